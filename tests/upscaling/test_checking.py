"""A scan reduced and enlarged again, in its own units."""

import numpy as np
import pytest

from medsr_nb import upscaling
from medsr_nb.degradation import bands
from medsr_nb.machine import UserError
from medsr_nb.scans import scan
from medsr_nb.scoring import trust
from medsr_nb.upscaling import networks
from medsr_nb.upscaling.checking import Checked


@pytest.fixture(autouse=True)
def one_more(monkeypatch):
    """A network that adds a tenth of its range everywhere, which the projection takes off."""

    def network(height, width, sharpness=0.0, robust=False, half=False):
        return lambda tile: np.full((1, 3 * height, 3 * width, 1), 0.1, np.float32)

    monkeypatch.setattr(networks, "network", network)


def test_bicubic_and_result_come_back_in_the_scans_units():
    planes = np.random.default_rng(0).integers(0, 900, (2, 31, 32)).astype(np.int16)
    limits = scan.StoredRange.of(planes.dtype)
    one = scan.Scan("dicom", planes, None, "HU", limits, (), None, slope=2.0, intercept=-1024.0,
                    reduction="k-space")  # fmt: skip
    found = upscaling.checked(one)
    assert found.unit == "HU" and found.original.shape == (2, 30, 30)
    original = 2.0 * planes[:, :30, :30] - 1024.0
    np.testing.assert_allclose(found.original, original)
    small = bands.resized(original[0], 10, 10)
    np.testing.assert_allclose(found.bicubic[0], bands.resized(small, 30, 30), atol=0.01)
    np.testing.assert_allclose(bands.resized(found.enlarged[0], 10, 10), small, atol=0.05)
    where = np.zeros(original.shape, bool)
    where[1, 3, 4] = True
    wrong = found.enlarged[1, 3, 4] - original[1, 3, 4]
    assert found.rms("enlarged", where) == pytest.approx(abs(wrong), rel=1e-5)
    assert found.rms("bicubic") == pytest.approx(np.sqrt(((found.bicubic - original) ** 2).mean()))
    assert found.guesses.shape == found.errors.shape == found.ranges.shape == original.shape
    assert (found.errors > 0).all()
    within = np.abs(found.enlarged - original) <= found.ranges
    assert found.covered() == within.mean() and found.covered(where) == within[1, 3, 4]


def test_a_scan_of_less_than_three_pixels_is_refused():
    with pytest.raises(UserError, match="from 3x3 pixels on"):
        upscaling.checked(scan.of_levels(np.zeros((2, 5), np.uint8)))


def test_what_was_foretold_stands_beside_what_came():
    """Of two halves one has the hidden detail of the original, the other its opposite."""
    original = np.random.default_rng(1).normal(100, 20, (1, 30, 60)).astype(np.float32)
    hidden = trust.guessed(original[..., None], 3)[..., 0]
    left = np.zeros(original.shape, bool)
    left[..., :30] = True
    enlarged = original - np.where(left, 0.0, 2.0 * hidden)
    whole = np.ones_like(original)
    one = Checked("HU", original, whole, enlarged, 3.0 * whole, 4.0 * whole, 5.0 * whole)
    table = upscaling.trust_table({"medsr": one}, {"left": left, "right": ~left}).splitlines()
    assert table[0].count("|") == table[1].count("|") == 7
    # The two halves meet in a few columns of the reduction.
    assert table[2].startswith("| medsr, left | 3.0 | 4.0 | 0.0 | 100% | ")
    assert float(table[2].split("|")[-2]) > 0.95 and float(table[3].split("|")[-2]) < -0.95
    wrong = np.abs(2.0 * hidden[~left])
    made, within = np.sqrt(np.mean(wrong**2)), np.mean(wrong <= 5.0)
    assert table[3].startswith(f"| medsr, right | 3.0 | 4.0 | {made:.1f} | {within:.0%} | ")
    part = slice(0, 2), slice(29, 31)
    result, guess, error, absolute = one.maps(part)
    np.testing.assert_array_equal(result, enlarged[0, :2, 29:31])
    assert (guess == 3).all() and (error == 4).all() and absolute.shape == (2, 2)
    np.testing.assert_allclose(absolute[:, 1], np.abs(2.0 * hidden[0, :2, 30]), rtol=1e-4)
