"""A scan reduced and enlarged again, in its own units."""

import numpy as np
import pytest

from medsr_nb import upscaling
from medsr_nb.upscaling import bands, networks, scan


@pytest.fixture(autouse=True)
def one_more(monkeypatch):
    """A network that adds a tenth of its range everywhere, which the projection takes off."""

    def network(height, width, sharpness=0.0, robust=False):
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
    assert found.guesses.shape == found.errors.shape == original.shape
    assert (found.errors > 0).all()
