"""The sheet: every pixel of an image is a block of whole size, and files stay small."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from medsr_nb.figures import grid, palette, regions, sheet


def shown(drawn):
    """A sheet as RGB uint8, as it lies in the PNG."""
    return np.asarray(Image.open(io.BytesIO(drawn.png())).convert("RGB"))


def noise(side, seed=0):
    return np.random.default_rng(seed).integers(256, size=(side, side, 1), dtype=np.uint8)


@pytest.mark.parametrize("scale", [0.5, 1, 1.5, 2, 3, 4.5, 6])
@pytest.mark.parametrize("place", [(0, 0), (13.5, 47.5), (311, 23)])
def test_each_pixel_is_a_block_of_equal_pixels(scale, place):
    image = noise(50)
    page = sheet.Sheet(700, 400)
    page.picture(palette.grey(image), *place, scale)
    block = int(2 * scale)
    left, top = (int(2 * one) for one in place)
    found = shown(page)[top : top + 50 * block, left : left + 50 * block, 0]
    np.testing.assert_array_equal(found, np.kron(image[..., 0], np.ones((block, block), np.uint8)))


@pytest.mark.parametrize("side", [28, 48, 50, 75, 100, 150, 151])
def test_a_grid_keeps_to_whole_multiples_beside_captions_and_colour_bars(side):
    image = noise(side)
    bar = grid.Bar(palette.heat, 0, 10, "error")
    tiles = [grid.Tile(palette.grey(image), "one\ntwo"), grid.Tile(palette.heat(image, 255), "x")]
    found = shown(grid.grid("a title", tiles, bar=bar))
    scale = grid.whole_scale(side)
    assert scale * side >= 300
    top = 2 * (grid.HEAD + 2 * grid.LINE + 5)
    picture = found[top : top + 2 * scale * side, : 2 * scale * side, 0].astype(int)
    blocks = picture.reshape(side, 2 * scale, side, 2 * scale)
    assert (blocks == blocks[:, :1, :, :1]).all()
    # Beside colours there may be too few greys for every level: a few are off by a little.
    assert np.abs(blocks[:, 0, :, 0] - image[..., 0]).max() <= 2


def test_a_sheet_of_grey_pictures_alone_has_them_exactly():
    image = noise(150)
    found = shown(grid.grid("grey", [grid.Tile(palette.grey(image), "an image")]))
    top = 2 * (grid.HEAD + grid.LINE + 5)
    np.testing.assert_array_equal(found[top:, :600:4][::4, :, 0], image[..., 0])


def test_the_outline_leaves_the_pixels_within_alone():
    image = np.full((150, 150, 1), 90, np.uint8)
    region = regions.Region(30, 40, 20)
    page = sheet.Sheet(300, 300)
    sheet.outline(page.picture(palette.grey(image), 0, 0, 2), region, 2)
    found = shown(page)
    assert (found[120:200, 160:240] == 90).all()
    assert (found[119, 160:240] != 90).any() and (found[200, 160:240] != 90).any()


def test_seldom_colours_become_the_nearest_frequent_ones():
    pixels = np.zeros((40, 40, 3), np.uint8)
    pixels[:20] = (200, 10, 10)
    pixels[0, 0] = (198, 12, 10)
    back = np.asarray(Image.open(io.BytesIO(sheet.compressed(pixels, 4))).convert("RGB"))
    assert tuple(back[0, 0]) in ((198, 12, 10), (200, 10, 10))
    crowd = np.random.default_rng(0).integers(256, size=(64, 64, 3), dtype=np.uint8)
    image = Image.open(io.BytesIO(sheet.compressed(crowd)))
    assert image.mode == "P" and len(image.getcolors()) <= 256


def test_a_written_picture_is_read_as_it_was_and_repeated_rows_cost_little():
    rows = np.random.default_rng(0).integers(256, size=(9, 300), dtype=np.uint8)
    for colours in (None, np.random.default_rng(1).integers(256, size=(256, 3), dtype=np.uint8)):
        sizes = []
        for times in (1, 20):
            pixels = np.repeat(rows, times, axis=0)
            png = sheet.written(pixels, colours)
            sizes.append(len(png))
            image = Image.open(io.BytesIO(png))
            image.load()  # checks the sums
            expected = pixels if colours is None else colours[pixels]
            read = np.asarray(image.convert("L" if colours is None else "RGB"))
            np.testing.assert_array_equal(read, expected)
        assert sizes[1] < sizes[0] + 9 * 20 * 4


def test_jupyter_is_given_the_picture_at_half_its_pixels():
    pytest.importorskip("IPython")
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.display import display
    from IPython.utils.capture import capture_output

    InteractiveShell.instance()
    page = sheet.Sheet(320, 120)
    with capture_output() as caught:
        display(page)
    [output] = caught.outputs
    image = Image.open(io.BytesIO(base64.b64decode(output.data["image/png"])))
    assert image.size == (640, 240)
    assert output.metadata["image/png"] == {"width": 320, "height": 120}
    assert output.data["text/plain"] == repr(page)
