"""JPEG against Pillow's files."""

import io

import numpy as np
import pytest
from PIL import Image

from medsr_nb.degradation import jpeg

QUALITIES = (30, 50, 75, 95)


def picture(side=64):
    """Grey levels with slopes, edges and texture."""
    rng = np.random.default_rng(0)
    row, column = np.mgrid[:side, :side]
    waves = 60 * np.sin(row / 7) * np.cos(column / 5) + 128
    waves[row > column] += 50
    return np.clip(waves + rng.normal(0, 6, waves.shape), 0, 255).round().astype("uint8")


def through_pillow(pixels, quality):
    """(levels, quantisation table) of Pillow's file."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=quality)
    read = Image.open(io.BytesIO(file.getvalue()))
    return np.asarray(read, "float32"), np.array(read.quantization[0]).reshape(8, 8)


def ours(pixels, *qualities):
    images = np.repeat(pixels[None].astype("float32"), len(qualities), axis=0)
    return np.asarray(jpeg.compressed(images, np.array(qualities, "float32")))


def test_the_cosine_matrix_is_orthonormal_and_starts_with_the_mean():
    matrix = jpeg.cosine_matrix()
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(64), atol=1e-6)
    np.testing.assert_allclose(matrix[0], 1 / 8, atol=1e-6)


def test_quantisation_tables_are_pillows():
    tables = jpeg.quantisation_tables(np.array(QUALITIES, "float32"))
    np.testing.assert_array_equal(tables[1], jpeg.LUMINANCE)
    for quality, table in zip(QUALITIES, tables, strict=True):
        np.testing.assert_array_equal(table, through_pillow(picture(), quality)[1])


def blocks(image):
    """(64 blocks, 64) of a picture, each block row by row."""
    return image.reshape(8, 8, 8, 8).transpose(0, 2, 1, 3).reshape(64, 64)


def test_images_are_those_of_pillows_files():
    """Within 1 grey level, but for blocks where a coefficient lies next to a tie.

    Pillow computes the transform in integers, so that such a coefficient may round the other
    way; over all blocks that is 0.2 to 0.4 grey levels on average.
    """
    found = ours(picture(), *QUALITIES)
    for quality, levels in zip(QUALITIES, found, strict=True):
        expected, steps = through_pillow(picture(), quality)
        coefficients = blocks(picture() - 128.0) @ jpeg.cosine_matrix().T / steps.reshape(64)
        from_tie = np.abs(np.abs(coefficients - coefficients.round()) - 0.5).min(axis=1)
        difference = np.abs(levels - expected)
        clear = blocks(difference)[from_tie > 0.01]
        assert len(clear) > 5 and clear.max() <= 1
        assert difference.mean() < 0.4


def test_lower_quality_loses_more_and_levels_are_whole():
    found = ours(picture(), *QUALITIES)
    lost = np.abs(found - picture()).mean(axis=(1, 2))
    assert (np.diff(lost) < 0).all()
    np.testing.assert_array_equal(found, found.round())
    assert found.min() >= 0 and found.max() <= 255


def test_a_flat_image_comes_back_within_half_of_its_step():
    flat = np.full((16, 16), 77, "uint8")  # its DC coefficient is 8 (77 - 128) = -408
    for quality in QUALITIES:
        step = through_pillow(flat, quality)[1][0, 0]
        level = 128 + round(-408 / step) * step / 8
        np.testing.assert_allclose(ours(flat, quality), np.full((1, 16, 16), level), atol=0.5)


def test_values_out_of_range_are_clipped_first():
    found = jpeg.compressed(np.full((1, 8, 8), 400.0, "float32"), np.array([95.0], "float32"))
    np.testing.assert_array_equal(found, np.full((1, 8, 8), 255.0))


def test_a_side_that_is_no_multiple_of_8_is_refused():
    with pytest.raises(ValueError, match="continue 12 pixels to 16"):
        jpeg.compressed(np.zeros((1, 12, 12), "float32"), np.array([50.0], "float32"))
