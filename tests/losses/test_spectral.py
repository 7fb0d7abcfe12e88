"""The losses of whole pictures: the right amount of fine detail, and no grid."""

import numpy as np
import pytest

from medsr_nb import losses
from medsr_nb.losses import spectral
from medsr_nb.scoring.spectrum import power


@pytest.fixture(scope="module")
def noise():
    """White noise of 10 grey levels, around the middle grey: (3, 150, 150, 1) in [-1, 1]."""
    return np.random.default_rng(0).normal(0.0, 10 / 127.5, (3, 150, 150, 1)).astype("float32")


@pytest.mark.parametrize(("side", "bins"), [(150, 25), (48, 24)])
def test_power_of_rings_is_that_of_the_scores(noise, side, bins):
    pictures = noise[:, :side, :side]
    found = np.array(spectral.ring_power(pictures))
    assert found == pytest.approx(power(127.5 * pictures, bins=bins), rel=1e-4, abs=1e-3)


def test_spectral_loss_is_the_squared_logarithm_of_the_power(noise):
    exact = 2 * np.log(np.sqrt(2))  # the power is doubled; rounding is a thousandth of it
    assert float(losses.spectral_loss(noise, np.sqrt(2) * noise)) == pytest.approx(
        exact**2, rel=0.01
    )
    assert float(losses.spectral_loss(noise, noise / np.sqrt(2))) == pytest.approx(
        exact**2, rel=0.01
    )
    assert float(losses.spectral_loss(noise, noise)) == 0.0


def test_spectral_loss_asks_for_the_amount_of_fine_detail_and_for_nothing_else(noise):
    elsewhere = np.roll(noise, 40, axis=1)  # the window sees it, a little
    assert float(losses.spectral_loss(noise, elsewhere)) < 0.02
    rows = np.arange(150)[:, None, None]
    coarse = (0.3 * np.sin(2 * np.pi * 0.1 * rows)).astype("float32")
    assert float(losses.spectral_loss(noise, noise + coarse)) < 1e-4


def test_each_picture_must_have_its_own_amount(noise):
    strong = np.array([2.0, 0.5, 1.0], "float32").reshape(3, 1, 1, 1)
    assert float(losses.spectral_loss(noise, strong * noise)) == pytest.approx(
        2 / 3 * np.log(4) ** 2, rel=0.02
    )


@pytest.mark.parametrize("period", [2, 3, 6])
def test_tile_loss_is_the_height_of_a_grid(noise, period):
    rows, columns = np.indices((150, 150))
    grid = 0.02 * np.sqrt(2) * np.cos(2 * np.pi * (rows + columns) / period)
    if period == 2:
        grid /= np.sqrt(2)  # there it has its whole height everywhere
    sr = noise + grid[..., None].astype("float32")
    assert float(losses.tile_loss(noise, sr)) == pytest.approx(0.02, rel=1e-3)


def test_tile_loss_overlooks_a_shift_of_all_grey_and_detail_that_does_not_repeat(noise):
    assert float(losses.tile_loss(noise, noise + 0.1)) == pytest.approx(0.0, abs=1e-5)
    tiles = 3 * 25 * 25
    by_chance = float(losses.tile_loss(np.zeros_like(noise), noise))
    assert by_chance == pytest.approx(noise.std() / np.sqrt(tiles), rel=0.3)


def test_tile_loss_leaves_out_what_fills_no_tile(noise):
    cut = noise[:, :50, :50]
    sr = cut.copy()
    sr[:, 48:] += 1.0
    assert float(losses.tile_loss(cut, sr)) == pytest.approx(0.0, abs=1e-6)
