"""A palette of greys in a TIFF is grey, as it is in a picture of another kind."""

import numpy as np
import pytest
import tifffile
from scan_files import enlarged, tripled

from medsr_nb.scans import scan

NUMBERS = np.random.default_rng(0).integers(0, 256, (12, 15), dtype=np.uint8)
GREYS = np.stack([np.arange(255, -1, -1)] * 3).astype(np.uint16) * 257  # the other way round
COLOURS = np.stack([np.arange(256), np.arange(256)[::-1], np.arange(256)]).astype(np.uint16) * 257
ICC, NODATA = 34675, 42113


def written(path, *palettes, **options):
    """A TIFF with a page for each palette; the path."""
    with tifffile.TiffWriter(path) as writer:
        for palette in palettes:
            writer.write(NUMBERS, metadata=None, photometric="palette", colormap=palette, **options)
    return path


def test_a_palette_of_greys_becomes_grey_and_not_three_colours(tmp_path):
    profile = (ICC, 7, 4, b"abcd", True)  # it would be one of colours
    path = written(tmp_path / "a.tif", GREYS, extratags=[profile])
    one, [out] = enlarged(path, tmp_path / "b.tif")
    assert "the palette is resolved" in one.notes and one.extras is None and not one.inverted
    assert one.unit == "grey levels of 255"
    with tifffile.TiffFile(out) as tif:
        [page] = tif.pages
        assert page.photometric.name == "MINISBLACK" and ICC not in page.tags
        assert (page.asarray() == tripled(255 - NUMBERS[None])[0]).all()


@pytest.mark.parametrize("palettes", [(COLOURS,), (GREYS, COLOURS)])
def test_one_page_of_colours_keeps_all_in_colour(tmp_path, palettes):
    one, [out] = enlarged(written(tmp_path / "a.tif", *palettes), tmp_path / "b.tif")
    assert one.extras.shape[-1] == 2
    assert tifffile.imread(out).shape[-1] == 3


def test_the_number_for_no_value_counts_in_the_palette_and_not_in_its_greys(tmp_path):
    path = written(tmp_path / "a.tif", GREYS, extratags=[(NODATA, 2, 0, "7", True)])
    one = scan.read(path)
    assert one.missing is None and any(note.startswith("GDAL's number") for note in one.notes)
