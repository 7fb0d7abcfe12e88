"""Colours and transparency are interpolated row by row, and take no room before."""

import tracemalloc

import keras
import numpy as np
import pytest
from PIL import Image
from scan_files import tripled

from medsr_nb import degradation
from medsr_nb.degradation import bands
from medsr_nb.scans import colour, scan
from medsr_nb.upscaling import enlarging
from medsr_nb.upscaling.interpolated import Interpolated

pytestmark = pytest.mark.usefixtures("bicubic_alone")


def channels(count, seed=0, frames=2):
    return np.random.default_rng(seed).integers(0, 255, (frames, 8, 9, count), dtype=np.uint8)


def test_rows_frames_and_slices_are_those_of_the_whole():
    small = channels(3)
    found = Interpolated(small)
    whole = np.asarray(found)
    wanted = degradation.enlarged(keras.ops.cast(small[..., 1:2], "float32"), 3)
    np.testing.assert_allclose(whole[..., 1:2], wanted, atol=1e-3)
    assert found.shape == whole.shape == (2, 24, 27, 3) and whole.dtype == np.float32
    assert len(found) == 2 and found[1].shape == (24, 27, 3)
    assert (found[1][5:11] == whole[1, 5:11]).all() and (found[:, 3] == whole[:, 3]).all()
    assert (np.asarray(found[1:]) == whole[1:]).all()


def test_hidden_colours_are_black_but_in_frames_that_are_hidden_as_a_whole():
    small = channels(3)
    small[0, :, :4, -1], small[0, :, 4:, -1], small[1, ..., -1] = 0, 255, 0
    plain, black = np.asarray(Interpolated(small)), np.asarray(Interpolated(small, 0.5))
    hidden = plain[0, ..., -1] <= 0.5
    assert 0 < hidden.sum() < hidden.size and (black[0][hidden][:, :2] == 0).all()
    assert (black[0][~hidden] == plain[0][~hidden]).all() and (black[1] == plain[1]).all()


@pytest.mark.parametrize("count", [1, 2, 3])
def test_pixels_are_put_together_in_strips_as_in_one_piece(count, monkeypatch):
    small = channels(count, frames=1)
    source = scan.Scan("picture", small[..., 0], small, "", scan.StoredRange.of(np.uint8), (), None)
    plane = tripled(source.planes)[0].astype(np.float32)
    whole = colour.joined(source, plane, np.asarray(Interpolated(small))[0], np.uint8)
    assert whole.shape == (24, 27, count + 1)
    monkeypatch.setattr(bands, "STRIP", 5 * 27)
    assert (colour.joined(source, plane, Interpolated(small)[0], np.uint8) == whole).all()


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L"])
@pytest.mark.parametrize("as_png", [False, True])
def test_a_result_is_written_in_little_more_than_its_pixels(mode, as_png, tmp_path, monkeypatch):
    monkeypatch.setattr(bands, "STRIP", 1 << 14)
    Image.effect_noise((600, 400), 50).convert(mode).save(tmp_path / "a.png")
    larger = enlarging.enlarge(tmp_path / "a.png")
    larger.save(tmp_path / "c.png")  # what is imported late counts as well
    tracemalloc.start()
    if as_png:
        scan.pictures_of(larger.scan, larger.planes, larger.extras, tmp_path / "b.png")
    else:
        larger.save(tmp_path / "b.png")
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    pixels = np.asarray(Image.open(tmp_path / "b.png"))
    times = 0 if mode == "RGB" and not as_png else 2.5  # straight into Pillow's picture
    assert most < times * pixels.nbytes + 2e6 and pixels.shape[:2] == (1200, 1800)


def test_a_frame_can_be_an_array():
    small = np.random.default_rng(3).integers(0, 255, (1, 5, 6, 2), dtype=np.uint8)
    whole = Interpolated(small)
    np.testing.assert_array_equal(np.asarray(whole[0]), np.asarray(whole)[0])
