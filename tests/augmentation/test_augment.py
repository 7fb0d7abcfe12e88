"""The augmentations of section 2.5.1, by hand, against Pillow and numpy."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops
from PIL import Image

from medsr_nb import degradation
from medsr_nb.augmentation import augment, windows
from medsr_nb.augmentation.augment import AUGMENTATIONS, PAPER, Augmentation
from medsr_nb.augmentation.mixtures import MIXTURES
from medsr_nb.models.layers import PixelShuffle, PixelUnshuffle


def seeded(seed=0):
    return keras.random.SeedGenerator(seed)


def pictures(count=1, size=20, seed=0):
    rng = np.random.default_rng(seed)
    return rng.uniform(-1, 1, (count, size, size, 1)).astype("float32")


def ramps(count, size):
    """Images that rise from left to right by 1/size a pixel."""
    ramp = np.linspace(-0.5, 0.5, size, endpoint=False, dtype="float32")
    return np.broadcast_to(ramp[None, None, :, None], (count, size, size, 1))


def slopes(images, size):
    """The typical step from column to column of each image, in that of a ramp."""
    steps = np.abs(np.diff(np.asarray(images)[..., 0], axis=2))
    return np.median(steps, axis=(1, 2)) * size


def test_unshuffle_undoes_the_shuffle_and_the_other_way_round():
    features = np.random.default_rng(0).normal(size=(2, 3, 4, 18)).astype("float32")
    shuffled = PixelShuffle(3)(features)
    np.testing.assert_array_equal(PixelUnshuffle(3)(shuffled), features)
    image = np.random.default_rng(1).normal(size=(2, 6, 9, 2)).astype("float32")
    np.testing.assert_array_equal(PixelShuffle(3)(PixelUnshuffle(3)(image)), image)
    assert PixelUnshuffle(3).compute_output_shape((None, 6, 9, 2)) == (None, 2, 3, 18)


def test_unshuffle_refuses_a_side_that_leaves_a_rest():
    with pytest.raises(ValueError, match="crop it to 6x9"):
        PixelUnshuffle(3)(np.zeros((1, 7, 9, 1), "float32"))


@pytest.mark.parametrize(("start", "length"), [(0.0, 12.0), (5.5, 13.25), (8.0, 12.0)])
def test_a_window_is_enlarged_as_pillow_does(start, length):
    image = pictures()[0, :, :, 0]
    pillow = Image.fromarray(image).resize(
        (20, 20), Image.BICUBIC, box=(start, start, start + length, start + length)
    )
    matrix = windows.sampling_matrix(20, np.float32([start]), np.float32([length]))[0]
    ours = np.asarray(matrix) @ image @ np.asarray(matrix).T
    np.testing.assert_allclose(ours, np.asarray(pillow), atol=1e-5)


def test_a_larger_window_is_the_reduced_image_in_a_mirror():
    image, (above, below) = pictures(size=30)[0, :, :, 0], (3, 7)
    reduced = degradation.resize_matrix(30, 20) @ image
    expected = np.pad(reduced, ((above, below), (0, 0)), mode="symmetric")
    matrix = windows.sampling_matrix(30, np.float32([-above * 1.5]), np.float32([45.0]))[0]
    np.testing.assert_allclose(np.asarray(matrix) @ image, expected, atol=1e-5)


def test_the_whole_window_changes_nothing():
    matrix = windows.sampling_matrix(20, np.float32([0.0]), np.float32([20.0]))[0]
    np.testing.assert_array_equal(matrix, np.eye(20))


def test_rows_and_columns_see_windows_of_their_own():
    image = pictures(size=10)
    top, left, length = (np.float32([value]) for value in (1.5, 4.0, 6.0))
    pillow = Image.fromarray(image[0, :, :, 0]).resize(
        (10, 10), Image.BICUBIC, box=(4.0, 1.5, 10.0, 7.5)
    )
    np.testing.assert_allclose(
        np.asarray(windows.window(image, top, left, length))[0, :, :, 0],
        np.clip(np.asarray(pillow), -1, 1),
        atol=1e-5,
    )


def test_crops_of_a_ramp_stay_ramps_and_half_of_the_images_stay_whole():
    cropped = np.asarray(augment.crops(ramps(200, 20), seeded()))
    inner = cropped[:, :, 3:-3, 0]
    np.testing.assert_allclose(np.diff(inner, n=2, axis=2), 0, atol=1e-5)
    slope = slopes(cropped, 20)
    whole = np.abs(slope - 1) < 1e-6
    assert 80 <= whole.sum() <= 120
    assert 0.6 <= slope.min() < 0.65 and 0.95 < slope[~whole].max() <= 1
    assert np.std(cropped[~whole].mean(axis=(1, 2, 3))) > 0.03  # the windows lie anywhere


def test_resize_shrinks_half_of_the_images_to_60_percent_at_least():
    shrunk = np.asarray(augment.resize(ramps(200, 20), seeded()))
    slope = slopes(shrunk, 20)
    whole = np.abs(slope - 1) < 1e-6
    assert 80 <= whole.sum() <= 120
    assert 1 <= slope.min() and 1.5 < slope.max() < 1.68  # 1 / 0.6, and the kernel's ripple
    assert shrunk.min() >= -0.5 - 0.01 and shrunk.max() <= 0.5 + 0.01


def test_a_mirrored_image_is_never_upside_down():
    image = np.arange(4, dtype="float32").reshape(1, 2, 2, 1)
    seen = np.asarray(augment.mirror(np.repeat(image, 200, 0), seeded()))
    same = (seen == image).all(axis=(1, 2, 3))
    assert 70 < same.sum() < 130
    assert (seen[~same] == image[:, :, ::-1]).all()


def test_flips_draw_the_four_positions_equally_often():
    image = pictures(size=4)
    flipped = np.asarray(augment.flips(np.repeat(image, 200, 0), seeded()))
    positions = [image[0, ::down, ::right] for down in (1, -1) for right in (1, -1)]
    counts = [sum(np.array_equal(one, position) for one in flipped) for position in positions]
    assert sum(counts) == 200 and min(counts) > 30


def test_noise_of_0_to_10_grey_levels_on_half_of_the_lr_images():
    lr, hr = np.zeros((200, 10, 10, 1), "float32"), pictures(200, 30)
    lr = np.asarray(degradation.rounded_to_8_bit(lr))
    noisy, target = Augmentation(("noise",)).inputs(lr, hr)
    assert target is hr
    levels = 127.5 * (np.asarray(noisy) - lr)
    np.testing.assert_allclose(levels, np.rint(levels), atol=1e-3)
    sigma = levels.std(axis=(1, 2, 3))
    touched = sigma > 0
    assert 75 <= touched.sum() <= 120  # noise of less than a fifth of a level leaves 8 bit alone
    assert sigma.max() < 13 and sigma[touched].mean() == pytest.approx(5, abs=1)


def test_names_in_any_order_are_applied_in_that_of_the_list():
    assert Augmentation(("resize", "flips", "crops")).names == ("flips", "crops", "resize")
    assert AUGMENTATIONS[: len(PAPER)] == PAPER == ("flips", "crops", "noise", "resize")
    hr = pictures(8, 12)
    both, draws = Augmentation(("crops", "flips"), seed=5).originals(hr), seeded(5)
    np.testing.assert_array_equal(both, augment.crops(augment.flips(hr, draws), draws))


def test_nothing_named_does_nothing():
    none, lr, hr = Augmentation(()), pictures(2, 4), pictures(2, 12)
    assert none.originals(hr) is hr
    assert none.inputs(lr, hr) == (lr, hr)
    assert not none.mixes


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="no augmentation 'rgb': choose of flips, .*, moa"):
        Augmentation(("flips", "rgb"))


def test_the_paper_list_feeds_lr_size_and_the_family_hr_size():
    assert not Augmentation(PAPER).mixes
    assert Augmentation(("moa",)).mixtures == tuple(MIXTURES)
    mixing = Augmentation(("flips", "cutblur"))
    assert mixing.mixes and mixing.mixtures == ("cutblur",)
    lr, hr = pictures(2, 4), pictures(2, 12)
    fed, target = mixing.inputs(lr, hr, keras.layers.UpSampling2D(3))
    assert fed.shape == hr.shape and target is not lr


def test_the_same_seed_draws_the_same_and_its_state_is_a_variable():
    hr = pictures(8, 12)
    first, again, other = (Augmentation(PAPER, seed=seed) for seed in (1, 1, 2))
    drawn = np.asarray(first.originals(hr))
    np.testing.assert_array_equal(drawn, again.originals(hr))
    assert np.abs(drawn - np.asarray(other.originals(hr))).max() > 0.1
    assert np.abs(drawn - np.asarray(first.originals(hr))).max() > 0.1
    assert [one.path for one in first.variables] == [first.draws.state.path]


def test_all_compile_under_xla_for_batches_of_any_size():
    every, enlarge = Augmentation(AUGMENTATIONS), keras.layers.UpSampling2D(3)

    @tf.function(jit_compile=True, input_signature=[tf.TensorSpec((None, 12, 12, 1))])
    def step(hr):
        hr = every.originals(hr)
        return every.inputs(degradation.reduced(hr, 3), hr, enlarge)

    for image in step(pictures(4, 12)):
        assert image.shape == (4, 12, 12, 1)
        assert np.abs(ops.convert_to_numpy(image)).max() <= 1.0 + 1e-6
