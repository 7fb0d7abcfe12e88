"""Pixels that have no value by what GDAL wrote into a TIFF."""

import numpy as np
import pytest
import tifffile
from scan_files import tripled

from medsr_nb.scans import scan
from medsr_nb.upscaling import enlarging

pytestmark = pytest.mark.usefixtures("bicubic_alone")


def written(path, pixels, nodata, **options):
    """The path of a TIFF file whose pixels are of no value where they have this number."""
    tifffile.imwrite(
        path, pixels, metadata=None, extratags=[(42113, 2, 0, nodata, True)], **options
    )
    return path


def greys(dtype):
    """Numbers from 20 to 29, (30, 30)."""
    return np.random.default_rng(0).integers(20, 30, (30, 30)).astype(dtype)


@pytest.mark.parametrize(
    "dtype, nodata",
    [(np.float32, "-9999"), (np.int16, "-32768"), (np.uint8, "0"), (np.uint16, "65535"),
     (np.float32, "-3.4028234663852886e+38"), (np.float64, "0")],
)  # fmt: skip
def test_what_has_no_value_is_not_enlarged_and_comes_back(tmp_path, dtype, nodata):
    values = greys(dtype)
    values[:, :9] = float(nodata)
    larger = enlarging.enlarge(written(tmp_path / "a.tif", values, nodata))
    [out] = larger.save(tmp_path / "b.tif")
    with tifffile.TiffFile(out) as tif:
        found, said = tif.asarray(), tif.pages[0].tags.valueof(42113)
    assert float(said) == float(nodata)
    assert (found[:, :27] == values[0, 0]).all()
    assert found[:, 27:].min() > 5 and found[:, 27:].max() < 45
    assert "270 pixels have no value, as GDAL's note says" in larger.scan.notes


BESIDE = [
    (np.uint8, 0, 1), (np.uint8, 255, 254), (np.int16, -5, -4),
    (np.float32, 24.5, np.nextafter(np.float32(24.5), np.float32(0))),
]  # fmt: skip


@pytest.mark.parametrize("dtype, nodata, beside", BESIDE)
def test_no_result_has_that_number_by_chance(tmp_path, dtype, nodata, beside):
    values = greys(dtype)
    values[0, 0] = nodata
    one = scan.read(written(tmp_path / "a.tif", values, str(nodata)))
    results = tripled(one.planes).astype(np.float32)
    results[0, 40] = nodata
    [out] = scan.write(one, results, None, tmp_path / "b.tif")
    found = tifffile.imread(out)
    assert (found[40] == beside).all() and (found[:3, :3] == nodata).all()
    assert (found == nodata).sum() == 9


def test_a_guess_names_no_such_number(tmp_path, calibrated):
    values = greys(np.uint16)
    values[:5] = 0
    larger = enlarging.enlarge(written(tmp_path / "a.tif", values, "0"), guesses=True)
    one = scan.derived(larger.scan, "guessed", larger.guesses.max())
    [out] = scan.write(one, larger.guesses / one.slope, None, tmp_path / "b.tif")
    with tifffile.TiffFile(out) as tif:
        assert 42113 not in tif.pages[0].tags


@pytest.mark.parametrize("nodata", ["300", "1e400", "none", "nan"])
def test_a_number_that_no_pixel_has_changes_nothing(tmp_path, nodata):
    values = greys(np.uint8)
    one = scan.read(written(tmp_path / "a.tif", values, nodata))
    assert one.missing is None and (one.planes[0] == values).all()
    [out] = scan.write(one, tripled(one.planes), None, tmp_path / "b.tif")
    assert (tifffile.imread(out) == tripled(one.planes)[0]).all()


def test_of_colours_it_is_left_out_and_that_is_said(tmp_path):
    values = np.dstack([greys(np.uint8)] * 3)
    one = scan.read(written(tmp_path / "a.tif", values, "0", photometric="rgb"))
    assert any("GDAL's number for no value left out" in note for note in one.notes)
