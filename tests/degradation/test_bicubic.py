"""The reduction against Pillow, and its properties."""

import keras
import numpy as np
import pytest
from PIL import Image

from medsr_nb import degradation

SIZES = [(28, 7), (28, 14), (7, 28), (100, 50), (50, 100), (150, 50), (50, 150), (97, 41), (11, 13)]


@pytest.mark.parametrize(("size", "new_size"), SIZES)
def test_resize_equals_pillows_float_bicubic(size, new_size):
    image = np.random.default_rng(0).uniform(-1, 1, (size, size)).astype("float32")
    pillow = np.asarray(Image.fromarray(image).resize((new_size, new_size), Image.BICUBIC))
    ours = degradation.resized(image[None, ..., None], new_size, new_size)
    np.testing.assert_allclose(np.asarray(ours)[0, ..., 0], pillow, atol=1e-5)


def test_rows_and_columns_are_not_confused():
    image = np.random.default_rng(1).uniform(-1, 1, (30, 45)).astype("float32")
    pillow = np.asarray(Image.fromarray(image).resize((15, 10), Image.BICUBIC))
    ours = degradation.resized(image[None, ..., None], 10, 15)
    np.testing.assert_allclose(np.asarray(ours)[0, ..., 0], pillow, atol=1e-5)


def test_each_row_of_the_matrix_sums_to_one():
    np.testing.assert_allclose(degradation.resize_matrix(150, 50).sum(axis=1), 1, atol=1e-6)


def test_pixels_survive_the_two_conversions():
    grey = np.arange(256, dtype="uint8").reshape(1, 16, 16, 1)
    values = np.asarray(degradation.to_float(grey))
    assert values.min() == -1.0 and values.max() == 1.0
    np.testing.assert_array_equal(degradation.to_pixels(values), grey)


def test_out_of_range_values_are_clipped_not_wrapped():
    np.testing.assert_array_equal(degradation.to_pixels(np.array([-3.0, 5.0])), [0, 255])


def test_lr_images_hold_whole_grey_levels():
    hr = np.random.default_rng(2).uniform(-1, 1, (2, 30, 30, 1)).astype("float32")
    levels = (np.asarray(degradation.reduced(hr, 3)) + 1) * 127.5
    np.testing.assert_allclose(levels, np.rint(levels), atol=1e-4)
    assert levels.min() >= 0 and levels.max() <= 255


def test_a_side_that_is_no_multiple_is_refused_with_the_size_that_is():
    with pytest.raises(ValueError, match="crop it to 99x99"):
        degradation.reduced(np.zeros((1, 100, 100, 1), "float32"), 3)
    with pytest.raises(ValueError, match="at least 1"):
        degradation.resize_matrix(5, 0)


def test_each_image_may_have_matrices_of_its_own():
    draw = np.random.default_rng(1)
    images = draw.normal(size=(3, 8, 7, 1)).astype("float32")
    rows, columns = (draw.normal(size=(3, 5, side)).astype("float32") for side in (8, 7))
    together = np.asarray(degradation.apply_matrices(images, rows, columns))
    for index, each in enumerate(together):
        alone = degradation.apply_matrices(images[[index]], rows[index], columns[index])
        np.testing.assert_allclose(each, alone[0], atol=1e-5)


def test_noise_has_the_stated_strength():
    lr = np.zeros((8, 50, 50, 1), "float32")  # mid-grey: nothing is clipped
    noise = degradation.noisy(lr, 10.0, keras.random.SeedGenerator(0))
    assert np.asarray(noise).std() * 127.5 == pytest.approx(10.0, rel=0.03)


def test_with_one_factor_the_varying_reduction_is_the_fixed_one():
    hr = np.random.default_rng(3).uniform(-1, 1, (4, 60, 60, 1)).astype("float32")
    seed = keras.random.SeedGenerator(0)
    varying = degradation.reduced_by_varying_factors(hr, 3, (3,), seed)
    np.testing.assert_allclose(varying, degradation.reduced(hr, 3), atol=1.01 / 127.5)


def test_a_larger_factor_loses_more_detail():
    hr = np.random.default_rng(4).uniform(-1, 1, (1, 60, 60, 1)).astype("float32")
    seed = keras.random.SeedGenerator(0)
    detail = [
        np.asarray(degradation.reduced_by_varying_factors(hr, 3, (own,), seed)).std()
        for own in (3, 4, 6)
    ]
    assert detail[0] > detail[1] > detail[2]


def test_varying_factors_differ_from_image_to_image():
    hr = np.repeat(np.random.default_rng(5).uniform(-1, 1, (1, 60, 60, 1)), 16, 0).astype("float32")
    lr = degradation.reduced_by_varying_factors(hr, 3, (3, 6), keras.random.SeedGenerator(0))
    assert len(np.unique(np.asarray(lr).std(axis=(1, 2, 3)).round(6))) == 2


def test_the_enlarging_layer_is_the_bicubic_enlargement():
    lr = np.random.default_rng(6).uniform(-1, 1, (2, 10, 12, 1)).astype("float32")
    layer = degradation.Enlarge(3)
    np.testing.assert_array_equal(layer(lr), degradation.resized(lr, 30, 36))
    assert layer.compute_output_shape((None, 10, 12, 1)) == (None, 30, 36, 1)


def test_undone_reduces_to_what_it_came_from_and_is_the_smallest():
    lr = np.random.default_rng(0).uniform(-1, 1, (2, 5, 5, 1)).astype("float32")
    smallest = np.asarray(degradation.undone(lr, 3))
    assert smallest.shape == (2, 15, 15, 1)
    np.testing.assert_allclose(degradation.resized(smallest, 5, 5), lr, atol=2e-6)
    also = np.asarray(degradation.consistent(degradation.enlarged(lr, 3), lr, 3))
    assert np.sum(smallest**2) < np.sum(also**2)


def test_consistent_is_the_nearest_image_that_reduces_to_the_input():
    draw = np.random.default_rng(1)
    lr = draw.uniform(-1, 1, (1, 4, 4, 1)).astype("float32")
    sr = draw.uniform(-1, 1, (1, 12, 12, 1)).astype("float32")
    found = np.asarray(degradation.consistent(sr, lr, 3))
    np.testing.assert_allclose(degradation.resized(found, 4, 4), lr, atol=2e-6)
    np.testing.assert_allclose(degradation.consistent(found, lr, 3), found, atol=2e-6)
    # The way there is at right angles to all that the reduction does not see.
    unseen = np.asarray(degradation.consistent(draw.normal(size=sr.shape), 0 * lr, 3))
    assert abs(np.sum((found - sr) * unseen)) < 1e-3
    layer = degradation.Consistent(3)
    np.testing.assert_array_equal(layer([sr, lr]), found)


def test_within_the_noise_a_result_stays_and_beyond_it_comes_to_its_edge():
    draw = np.random.default_rng(2)
    lr = draw.uniform(-1, 1, (1, 4, 4, 1)).astype("float32")
    sr = np.asarray(degradation.undone(lr + draw.uniform(-0.2, 0.2, lr.shape), 3))
    away = np.asarray(degradation.resized(sr, 4, 4)) - lr
    found = np.asarray(degradation.consistent(sr, lr, 3, within=0.1))
    left = np.asarray(degradation.resized(found, 4, 4)) - lr
    np.testing.assert_allclose(left, np.clip(away, -0.1, 0.1), atol=2e-6)
    assert (np.abs(away) > 0.1).any() and (np.abs(away) < 0.1).any()
    np.testing.assert_array_equal(degradation.consistent(sr, lr, 3, within=1.0), sr)
