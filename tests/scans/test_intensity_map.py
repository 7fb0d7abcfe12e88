"""The map from stored numbers to what the network sees: what is an outlier, and what is not."""

import numpy as np
import pytest
from scan_files import scanned

from medsr_nb import upscaling
from medsr_nb.scans.intensity_map import Intensity, intensities, intensity


def test_the_few_bright_pixels_of_a_nearly_empty_slice_are_no_outliers():
    planes = np.random.default_rng(9).normal(0, 3, (4, 200, 200)).astype(np.float32)
    planes[:3, 40:160, 40:160] += 1000
    planes[3, 100:105, 100:105] += 1000  # fewer than FEW of the pixels
    mapped, count = intensities(planes)
    assert count == 0 and mapped[3] == intensity(planes)
    planes[3, 100:105, 100:105] = 0
    assert intensities(planes)[1] == 1


@pytest.mark.parametrize("far", [-32768, 20000])
def test_one_number_far_out_costs_no_contrast_though_many_pixels_have_it(far):
    """Padding without a tag, or text that was drawn into the picture."""
    planes = np.random.default_rng(6).integers(0, 80, (1, 40, 40)).astype(np.int16)
    marked = planes.copy()
    marked[0, 36:] = far
    assert intensity(marked) == intensity(planes)
    before, after = (upscaling.enlarge(scanned(one)).planes for one in (planes, marked))
    assert np.abs(before - after)[0, :30].max() < 1


def test_air_padding_and_masks_count_in_the_range():
    ramp = np.arange(4000, dtype=np.int16).reshape(1, 40, 100) - 1000
    for lowest in (-1024, -2000, -3024):
        ramp[0, :5] = lowest
        assert intensity(ramp) == Intensity(lowest, 2999.0)
    assert intensity(np.where(ramp > 500, 1000, 0)) == Intensity(0.0, 1000.0)


def test_numbers_beside_a_large_centre_are_not_rounded_away():
    plane = (1e6 + np.arange(12) / 16).astype(np.float32).reshape(3, 4)
    units = intensity(plane[None]).to_network(plane)
    np.testing.assert_allclose(units.ravel(), np.linspace(-1, 1, 12), atol=1e-6)


def test_the_range_is_the_series_own_and_of_8_bit_fixed():
    ramp = np.arange(4000, dtype=np.int16).reshape(1, 40, 100) - 1000
    assert intensity(ramp) == Intensity(-1000.0, 2999.0)
    assert intensity(ramp.astype(np.uint8)) == Intensity(0.0, 255.0)
    assert intensity(np.full((1, 2, 2), 7.0)).high > 7.0
    assert intensity(np.full((1, 2, 2), np.nan)).grey_level > 0.0
