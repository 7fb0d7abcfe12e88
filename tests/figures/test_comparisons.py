"""Methods beside each other: what is chosen, magnified and written is what was compared."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.patches import Circle
from shared import images

from medsr_nb import data, figures
from medsr_nb.figures import comparisons, grid, regions
from medsr_nb.scoring import Comparison


@pytest.fixture(scope="module")
def comparison():
    """Four images of 48 pixels, a method that is off by ten levels and one by one to four."""
    originals = images(4)
    near = np.clip(originals.pixels.astype(int) + np.arange(1, 5)[:, None, None, None], 0, 255)
    far = np.clip(originals.pixels.astype(int) + 10, 0, 255)
    sr = {"bicubic": far.astype(np.uint8), "ours": near.astype(np.uint8)}
    scores = {
        "bicubic": {"psnr": np.full(4, 28.13), "ssim": np.full(4, 0.9)},
        "ours": {"psnr": np.array([48.13, 42.11, 38.59, 36.09]), "ssim": np.full(4, 0.95)},
    }
    return Comparison(originals, originals.pixels[:, 1::3, 1::3], sr, scores)


def texts(sheet):
    return [text.get_text() for text in sheet.texts]


def pictures(sheet):
    """The images of a sheet and their scales in CSS pixels, in the order of drawing."""
    found = [(axis.images[0].get_array(), axis) for axis in sheet.axes if axis.images]
    return [
        (array, axis.get_position().width * sheet.wide / array.shape[1]) for array, axis in found
    ]


def test_three_rows_shows_the_least_and_the_largest_gain(comparison):
    sheet = figures.three_rows(comparison, "ours", title="Title")
    assert "Title: waves" in texts(sheet)
    assert [text for text in texts(sheet) if "ours" in text] == [
        "ours: 36.09 dB, SSIM 0.950",
        "ours: 48.13 dB, SSIM 0.950",
    ]
    whole = pictures(sheet)[0]
    np.testing.assert_array_equal(whole[0][..., 0], comparison.images.pixels[3, ..., 0])
    assert whole[1] == pytest.approx(7)  # 336 CSS pixels: the first whole multiple above 300


def test_every_picture_has_a_whole_number_of_real_pixels_a_pixel(comparison):
    drawn = [
        figures.three_rows(comparison, "ours"),
        figures.methods_grid(comparison, title="a"),
        figures.one_image(comparison, 0, "b", zoom=20),
        figures.image_rows(comparison, "d"),
    ]
    for sheet in drawn:
        for array, scale in pictures(sheet):
            if array.shape[0] > 1:  # a colour bar is one row
                assert 2 * scale == pytest.approx(round(2 * scale))
        for axis in sheet.axes:
            left, bottom, right, top = axis.get_position().extents
            assert left > -1e-9 and bottom > -1e-9 and right < 1 + 1e-9 and top < 1 + 1e-9


def test_a_given_place_is_magnified_in_every_method(comparison):
    sheet = figures.one_image(comparison, 2, "t", zoom=12, at=(5, 7))
    for (array, _), whole in zip(
        pictures(sheet)[1:], [comparison.images.pixels, *comparison.sr.values()], strict=True
    ):
        np.testing.assert_array_equal(array[..., 0], whole[2, 5:17, 7:19, 0])


def test_a_ring_lies_around_a_disc_of_the_original(comparison):
    sheet = figures.one_image(comparison, 2, "t", zoom=12, at=(5, 7), disc=(10, 15, 4))
    found = []
    for axis in sheet.axes[:2]:
        dark, bright = (patch for patch in axis.patches if isinstance(patch, Circle))
        assert dark.center == bright.center and dark.radius == bright.radius == 4
        found.append(bright.center)  # column, row
    assert found == [(15, 10), (8, 5)]
    assert not any(axis.patches for axis in sheet.axes[2:])


def test_the_title_of_one_image_names_it_once(comparison):
    named = replace(comparison.images, name="waves", names=("head MR",) * 4)
    for name, heading in (("waves", "t: waves, head MR"), ("a real head MR", "t: a real head MR")):
        found = replace(comparison, images=replace(named, name=name))
        assert texts(figures.one_image(found, 0, "t"))[0] == heading


def test_of_the_head_of_the_plate_the_brain_is_magnified():
    head = data.plate().take([0])
    found = Comparison(head, head.pixels, {"same": head.pixels}, {})
    assert comparisons.region_of(found, 0, 31) == (32, 54, 31)
    assert comparisons.region_of(found, 0, 31, (5, 6)) == (5, 6, 31)
    assert comparisons.region_of(found, 0, 149).top < 2  # it would not fit
    other = replace(found, images=replace(head, names=("other",)))
    assert comparisons.region_of(other, 0, 31)[:2] != (32, 54)


def test_errors_of_all_methods_share_a_scale_that_ends_at_a_ten(comparison):
    assert comparisons.error_top(comparison, [0], ["bicubic"]) == 10
    sheet = figures.image_rows(comparison, "t")
    far, near = (pictures(sheet)[place][0].astype(int).sum() for place in (3, 5))
    assert far > near
    assert {"0", "5", "≥ 10"} <= set(texts(sheet))


def test_small_images_stand_in_one_row_at_four_times_their_size(comparison):
    small = images(9, size=28)
    sr = {"bicubic": small.pixels, "ours": small.pixels}
    scores = {name: {"psnr": np.arange(9.0), "ssim": np.ones(9)} for name in sr}
    sheet = figures.three_rows(Comparison(small, small.pixels, sr, scores), "ours")
    shown = pictures(sheet)
    assert len(shown) == 3 * 7 and all(scale == pytest.approx(4) for _, scale in shown)


def test_the_most_detailed_region_is_where_the_texture_is():
    image = np.full((60, 60, 1), 100, np.uint8)
    image[20:40, 30:50] = np.indices((20, 20)).sum(axis=0)[..., None] % 2 * 40 + 80
    image[5, :] = 255  # one loud line is not detail
    region = regions.most_detailed(image, 20)
    assert abs(region.top - 20) <= 1 and abs(region.left - 30) <= 1
    assert region.of(image).shape == (20, 20, 1)


def test_the_figure_is_as_wide_as_a_page_at_most(comparison):
    for count in (1, 2, 3):
        assert figures.three_rows(comparison, "ours", count).wide <= 932
    assert grid.whole_scale(150) == 2 and grid.whole_scale(100) == 3
    assert grid.panel_width(28) == 4 * 28 and grid.panel_width(150) == 300


def test_the_figures_of_one_comparison_share_a_scale_of_errors(comparison):
    sr = comparison.sr | {"worse": np.clip(comparison.images.pixels.astype(int) + 60, 0, 255)}
    scores = comparison.scores | {"worse": comparison.scores["bicubic"]}
    both = Comparison(comparison.images, comparison.lr, sr, scores)
    for method in ("ours", "worse"):
        assert "≥ 60" in texts(figures.three_rows(both, method, 1))


def test_every_second_number_is_called_ssim(comparison):
    small = images(3, size=28)
    sr = {"bicubic": small.pixels, "ours": small.pixels}
    scores = {name: {"psnr": np.arange(3.0), "ssim": np.ones(3)} for name in sr}
    tiny = figures.three_rows(Comparison(small, small.pixels, sr, scores), "ours")
    assert "ours\n2.0 dB, SSIM 1.00" in texts(tiny)
    assert "ours\n48.13 dB, SSIM 0.950" in texts(figures.image_rows(comparison, "t"))
