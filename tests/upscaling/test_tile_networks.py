"""The network of a tile: one for all sizes, and in bfloat16 where that saves time."""

import numpy as np
import pytest
from scan_files import scanned

from medsr_nb import machine, upscaling
from medsr_nb.degradation import bands
from medsr_nb.upscaling import enlarging, networks


def test_one_network_is_for_all_sizes_of_a_parity():
    """A folder of pictures that all differ would fill the memory otherwise."""
    assert networks.network(10, 13) is networks.network(24, 9)
    assert networks.network(10, 13) is not networks.network(11, 13)


def test_half_the_bits_move_a_result_by_little_and_tiles_by_nothing():
    networks.of_parity.cache_clear()  # the first size that a network sees is one of many
    plane = np.random.default_rng(1).uniform(-1, 1, (1, 130, 71, 1)).astype(np.float32)
    whole, exact = (networks.network(130, 71, half=half)(plane) for half in (True, False))
    assert whole.dtype == np.float32
    assert 0.0 < np.sqrt(np.mean((whole - exact) ** 2)) < 0.02 * exact.std()
    tile = networks.network(100, 71, half=True)(plane[:, 30:])
    np.testing.assert_array_equal(tile[:, 3 * 32 :], whole[:, 3 * 62 :])


def test_in_half_the_bits_a_result_still_reduces_to_its_input(monkeypatch):
    y, x = np.ogrid[:70, :60]
    waves = 2000 + 1900 * np.sin(x / 9) * np.cos(y / 7)
    planes = np.rint(waves + np.random.default_rng(0).normal(0, 6, waves.shape))[None]
    planes[0, :9] = 0
    exact = upscaling.enlarge(scanned(planes.astype(np.uint16))).planes
    monkeypatch.setattr(enlarging, "MANY", 0)
    monkeypatch.setattr(networks, "LARGE", 0)
    monkeypatch.setattr(networks, "multiplies_in_half", lambda: True)
    larger = upscaling.enlarge(scanned(planes.astype(np.uint16))).planes
    assert 0.01 < np.sqrt(np.mean((larger - exact) ** 2)) < 2  # of 16 numbers a grey level
    again = bands.resized(np.rint(larger[0]).astype(float), *planes.shape[1:])
    assert np.abs(again - planes[0]).max() <= 0.5


def test_the_first_convolution_sees_all_bits_of_the_picture():
    y, x = np.ogrid[:70, :60]
    plane = (0.9 * np.sin(x / 9) * np.cos(y / 7)).astype(np.float32)[None, ..., None]
    whole, exact = (networks.network(70, 60, half=half)(plane) for half in (True, False))
    assert np.sqrt(np.mean((whole - exact) ** 2)) < 0.03 * exact.std()


@pytest.mark.parametrize(
    ("dtype", "high", "many", "policy", "half"),
    [
        (np.uint8, 255, 10**6, "mixed_bfloat16", True),
        (np.uint8, 255, 10**6, "float32", False),
        (np.uint16, 255, 10**6, "mixed_bfloat16", True),  # a grey level is one number here too
        (np.uint16, 300, 10**6, "mixed_bfloat16", False),
        (np.uint16, 300, 301 * 300 - 1, "mixed_bfloat16", True),
        (np.float32, 255, 301 * 300 - 1, "mixed_bfloat16", False),
    ],
)
def test_large_pictures_of_whole_numbers_take_half_the_bits(
    dtype, high, many, policy, half, monkeypatch
):
    asked = []
    assert enlarging.MANY > 512 * 512  # a slice of a CT or an MR has all its bits
    monkeypatch.setattr(enlarging, "MANY", many)

    def network(height, width, *settings):
        asked.append(settings)
        return lambda tile: np.zeros((1, 3 * height, 3 * width, 1), np.float32)

    monkeypatch.setattr(networks, "network", network)
    monkeypatch.setattr(networks, "multiplies_in_half", networks.multiplies_in_half.__wrapped__)
    monkeypatch.setattr(machine, "chosen_policy", lambda: policy)
    planes = np.random.default_rng(1).uniform(0, high, (1, 301, 300)).astype(dtype)
    planes[0, 0, :2] = 0, high
    upscaling.enlarge(scanned(planes))
    upscaling.enlarge(scanned(planes[:, :299]))
    assert asked == [(0.0, False, half), (0.0, False, False)]
