"""Pixels without a value, and numbers near the end of floats: they spoil nothing around them."""

import warnings
from types import SimpleNamespace

import numpy as np
import pytest
import tifffile
from PIL import Image

from medsr_nb.degradation import bands
from medsr_nb.folders import showing
from medsr_nb.scans import intensity_map, missing, scan
from medsr_nb.upscaling import enlarging, guess
from medsr_nb.upscaling.settings import Settings

pytestmark = pytest.mark.usefixtures("bicubic_alone")

TYPES = [(np.float32, -3.4028235e38), (np.float32, 1e30), (np.float64, 1e30),
         (np.float64, -1.7976931348623157e308), (np.int32, -(2**31))]  # fmt: skip


def greys(dtype, seed=0):
    """Numbers from 0 to 9, (40, 40)."""
    return np.random.default_rng(seed).integers(0, 10, (40, 40)).astype(dtype)


def smooth():
    """Numbers from 0 to 1, hardly two alike, (40, 40)."""
    rows, columns = np.mgrid[:40, :40]
    waves = np.sin(rows / 5) * np.cos(columns / 7) + 0.3 * np.sin(rows * columns / 90)
    return (waves - waves.min()) / np.ptp(waves)


def enlarged(values, path):
    """Values through a TIFF and back: the scan, and its enlargement as it is written."""
    tifffile.imwrite(path / "a.tif", values)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        larger = enlarging.enlarge(path / "a.tif")
        larger.save(path / "b.tif")
    return larger.scan, tifffile.imread(path / "b.tif")


def page_of(larger):
    """What a page would show of an ``Enlarged``."""
    entries = []
    showing.show(SimpleNamespace(add=entries.append), "a", larger)
    return entries


@pytest.mark.parametrize("dtype, extreme", TYPES)
def test_one_value_far_beyond_all_others_leaves_these_as_without_it(tmp_path, dtype, extreme):
    values = greys(dtype)
    _, plain = enlarged(values, tmp_path)
    values[20, 30] = extreme
    one, found = enlarged(values, tmp_path)
    assert "1 values lie far beyond all others and stay as they are" in one.notes
    assert (found[60:63, 90:93] == values[20, 30]).all() and np.isfinite(found).all()
    found, plain = found.astype(float), plain.astype(float)
    np.testing.assert_allclose(found[:, :60], plain[:, :60], atol=1e-3)
    found[60:63, 90:93] = 0
    assert np.abs(found).max() < 20


def test_a_corner_of_marks_for_nothing_measured_is_left_out(tmp_path):
    values = greys(np.float32)
    values[:12, :12] = np.finfo(np.float32).min
    one, found = enlarged(values, tmp_path)
    assert (found[:36, :36] == values[0, 0]).all() and len(one.missing.numbers) == 144
    assert np.abs(found[36:]).max() < 20 and np.abs(found[:, 36:]).max() < 20


MARKED = [
    (np.float32, 2000, -1e30), (np.float64, 2000, -1e30), (np.float32, 1, 1e20),
    (np.float32, 1, -3.4e38), (np.float32, 2000, -1e10), (np.float32, 2000, -1e8),
    (np.float32, 500, -1e6), (np.float32, 1, -9999), (np.float32, 0.001, -32768),
    (np.uint32, 2000, 2**32 - 1), (np.int64, 2000, -(2**63)), (np.float16, 1, 60000),
]  # fmt: skip


@pytest.mark.parametrize("dtype, width, mark", MARKED)
def test_marks_for_nothing_measured_change_nothing_elsewhere(tmp_path, dtype, width, mark):
    values = (width * smooth()).astype(dtype)
    _, plain = enlarged(values, tmp_path)
    values[:, :4] = mark
    one, found = enlarged(values, tmp_path)
    assert "160 values lie far beyond all others and stay as they are" in one.notes
    assert (found[:, :12] == values[0, 0]).all()
    difference = found[:, 60:].astype(float) - plain[:, 60:].astype(float)
    assert np.abs(difference).max() <= max(1e-3 * width, one.stored.whole)


def test_marks_of_two_programs_and_what_lies_between_them_and_values_are_left_out():
    planes = smooth()[None].astype(np.float32)
    real = np.ones(planes.shape, bool)
    planes[0, :4], planes[0, 4:8], planes[0, 8, :20] = -9999, 9999, 5e4
    planes[0, 9], planes[0, 10, 0] = -8888, -1e7
    found = missing.beyond(planes, real)
    assert (found == (np.abs(planes) > 1)).all() and found.sum() == 381
    planes = smooth()[None].astype(np.float32)
    planes[0, 20:] = -1e38 * (1 + smooth()[20:])  # a mask that was resampled
    assert (missing.beyond(planes, real) == (planes < -1)).all()


ORDINARY = {
    "air and padding": lambda: np.where(smooth() < 0.3, -3024, 30 * smooth() - 1000),
    "a masked background": lambda: np.where(smooth() < 0.5, 0, 1000 + 5 * smooth()),
    "a mask": lambda: 1e6 * (smooth() > 0.5),
    "labels": lambda: np.floor(5 * smooth()) ** 6,
    "all the same": lambda: np.full((40, 40), -32768),
    "saturated": lambda: np.where(smooth() > 0.9, 65535, 100 * smooth()),
    "a spot on nothing": lambda: np.where(smooth() > smooth().max() * 0.9999, 1e5, 0),
}


@pytest.mark.parametrize("name", ORDINARY)
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int32])
def test_air_masks_labels_and_saturation_are_values(name, dtype):
    planes = ORDINARY[name]()[None].astype(dtype)
    assert not missing.beyond(planes, np.ones(planes.shape, bool)).any()


def test_of_16_bits_all_numbers_are_values():
    values = np.where(smooth() > 0.8, 65535, 10 * smooth()).astype(np.uint16)[None]
    one = scan.Scan("tiff", values, None, "", scan.StoredRange.of(np.uint16), (), None)
    assert missing.kept(one, "a").missing is None


def test_few_bright_values_on_a_dark_ground_are_no_marks():
    for ground in (np.zeros((1, 50, 50), np.float32), np.random.default_rng(0).random((1, 50, 50))):
        ground[0, 7, 7] = 5e4
        one = scan.Scan("tiff", ground, None, "", scan.StoredRange.of(ground.dtype), (), None)
        assert missing.kept(one, "a").missing is None
    marks = np.full((1, 4, 4), np.finfo(np.float32).max, np.float32)
    assert not missing.beyond(marks, np.ones(marks.shape, bool)).any()


@pytest.mark.parametrize("dtype, largest", [(np.float32, 3e38), (np.float64, 8e307),
                                            (np.float64, 1e200)])  # fmt: skip
def test_the_largest_floats_are_enlarged_like_others(tmp_path, calibrated, dtype, largest):
    values = largest * np.linspace(-1, 1, 900, dtype=dtype).reshape(30, 30)
    _, found = enlarged(values, tmp_path)
    assert np.isfinite(found).all()
    again = bands.resized(found / dtype(largest), 30, 30)
    np.testing.assert_allclose(again[2:-2], (values / dtype(largest))[2:-2], atol=1e-2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        larger = enlarging.enlarge(tmp_path / "a.tif", guesses=True)
        assert "inf" not in guess.said(larger.scan, larger.errors)
        [shown] = page_of(larger)
        assert np.isfinite(shown.before[0]).all() and np.isfinite(shown.after[0]).all()
    for one in (larger.guesses, larger.errors, larger.ranges):
        assert np.isfinite(one).all()
    assert larger.errors.max() > 1e30


def test_equal_large_numbers_have_a_guess_too(calibrated):
    planes = np.full((1, 4, 5), 2**60, np.int64)
    assert intensity_map.intensity(planes).grey_level > 0
    one = scan.Scan("tiff", planes, None, "", scan.StoredRange.of(np.int64), (), None)
    larger = enlarging.enlarged_scan(one, Settings(), True, lambda share: None)
    assert np.isfinite(larger.guesses).all()
    low, high = showing.shown_range(planes)
    assert low < 2**60 < high


def test_floats_stay_finite_in_a_smaller_type():
    numbers = scan.StoredRange.of(np.float16).stored(np.array([7e4, -7e4, np.inf, 5]), np.float16)
    assert numbers.tolist() == [65504, -65504, np.inf, 5]


def test_beside_nothing_measured_no_edge_is_drawn(tmp_path):
    """Within NaN lie values from 990 to 1010, elsewhere is a 0: the rims know nothing of it."""
    values = 990 + 2 * greys(np.float32)
    values[np.hypot(*np.mgrid[-20:20, -20:20]) > 12] = np.nan
    values[0, 0] = 0
    one, found = enlarged(values, tmp_path)
    measured = found[20:100, 20:100]
    assert 970 < np.nanmin(measured) and np.nanmax(measured) < 1030
    assert np.isnan(found).sum() == 9 * np.isnan(values).sum()
    assert "1158 values are not finite and stay so" in one.notes


def test_the_nearest_pixel_of_the_same_plane_fills():
    planes = np.arange(24.0).reshape(2, 3, 4)
    real = np.ones(planes.shape, bool)
    real[0, :, 2:] = False
    filled = missing.filled(planes, real)
    assert (filled[0] == planes[0][:, [0, 1, 1, 1]]).all() and (filled[1] == planes[1]).all()
    real[0] = False
    assert (missing.filled(planes, real)[0] == 12).all()
    assert (missing.filled(planes, ~real | True) == planes).all() and planes[0, 0, 3] == 3


def test_what_fills_is_not_shown(tmp_path, calibrated):
    """Pictures and the page have the lowest value there, and of infinity the highest."""
    values = 5 + greys(np.float32)
    values[:10], values[:10, :10], values[30:, 30:] = np.nan, np.inf, 99
    tifffile.imwrite(tmp_path / "a.tif", values)
    larger = enlarging.enlarge(tmp_path / "a.tif", guesses=True)
    [picture] = scan.pictures_of(larger.scan, larger.planes, None, tmp_path / "a.png")
    levels = np.asarray(Image.open(picture))
    assert np.ptp(levels[:30, 30:]) == 0 == np.ptp(levels[:30, :30])
    assert levels[0, 30] < levels[40:80, 40:80].mean() < levels[0, 0]
    [shown] = page_of(larger)
    assert (shown.before[0][:10, 10:] == 5).all() and (shown.after[0][:30, 30:] == 5).all()
    assert (shown.before[0][:10, :10] == 99).all()
