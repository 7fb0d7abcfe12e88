"""Windows on larger originals: what is seen, how much of it, and how often mirrored."""

import numpy as np
import pytest
from PIL import Image

from medsr_nb import augmentation, presets, training
from medsr_nb.augmentation import windows
from medsr_nb.degradation import resize_matrix
from medsr_nb.training import systems

LARGE, SMALL = 60, 40


def ramps(count, side=LARGE):
    """Each column as bright as its place, from -0.5 to 0.5: (count, side, side, 1)."""
    line = (np.arange(side, dtype="float32") + 0.5) / side - 0.5
    return np.broadcast_to(line[None, None, :, None], (count, side, side, 1)).copy()


def test_outside_training_the_whole_is_reduced_as_a_file_is():
    image = np.random.default_rng(0).uniform(-0.5, 0.5, (2, LARGE, LARGE, 1)).astype("float32")
    seen = np.asarray(augmentation.Windows(SMALL)(image, training=False))
    matrix = resize_matrix(LARGE, SMALL)
    expected = matrix @ image[..., 0] @ matrix.T
    np.testing.assert_allclose(seen[..., 0], expected, atol=0.5 / 127.5 + 1e-6)
    levels = (seen + 1.0) * 127.5
    np.testing.assert_allclose(levels, np.round(levels), atol=1e-4)


def test_windows_have_90_to_100_percent_lie_anywhere_and_half_are_mirrored():
    seen = np.asarray(augmentation.Windows(SMALL, seed=1)(ramps(400), training=True))[..., 0]
    inner = seen[:, :, 5:-5].mean(axis=1)
    slope = (inner[:, -1] - inner[:, 0]) / (inner.shape[1] - 1) * SMALL
    share = np.abs(slope)
    assert 0.89 < share.min() < 0.91 and 0.99 < share.max() < 1.01
    assert 160 < (slope < 0).sum() < 240
    centre = inner.mean(axis=1)
    assert centre.min() < -0.03 and centre.max() > 0.03
    assert np.all(np.abs(centre) <= 0.5 * (1.0 - share) + 0.01)  # no window leaves the image


def test_height_and_width_are_drawn_apart():
    both = [ramps(200), np.swapaxes(ramps(200), 1, 2)]
    tall, wide = (
        np.asarray(augmentation.Windows(SMALL, seed=2)(one, training=True))[..., 0].std(axis=(1, 2))
        for one in both
    )
    assert abs(np.corrcoef(tall, wide)[0, 1]) < 0.3


def test_every_step_draws_anew_and_a_seed_repeats():
    image = np.random.default_rng(1).uniform(-0.5, 0.5, (2, LARGE, LARGE, 1)).astype("float32")
    layer, again = (augmentation.Windows(SMALL, seed=3) for _ in range(2))
    first, second = (np.asarray(layer(image, training=True)) for _ in range(2))
    assert np.abs(first - second).mean() > 0.01
    np.testing.assert_array_equal(np.asarray(again(image, training=True)), first)


@pytest.mark.parametrize(("start", "length"), [(3.0, 54.0), (0.0, 60.0), (1.5, 57.25)])
def test_a_window_is_reduced_as_pillow_does_and_backwards_it_is_mirrored(start, length):
    image = np.random.default_rng(2).uniform(-1, 1, (LARGE, LARGE)).astype("float32")
    box = (start, 0, start + length, LARGE)
    pillow = np.asarray(Image.fromarray(image).resize((SMALL, LARGE), Image.BICUBIC, box=box))
    there = windows.sampling_matrix(LARGE, np.float32([start]), np.float32([length]), SMALL)[0]
    back = windows.sampling_matrix(
        LARGE, np.float32([start + length]), np.float32([-length]), SMALL
    )[0]
    inner = slice(4, -4)  # Pillow cuts the kernel at the edges of its box
    np.testing.assert_allclose((image @ np.asarray(there).T)[:, inner], pillow[:, inner], atol=1e-4)
    np.testing.assert_allclose(
        (image @ np.asarray(back).T)[:, inner], pillow[:, ::-1][:, inner], atol=1e-4
    )


def test_a_training_step_makes_hr_of_larger_images():
    recipe = presets.recipe(
        "medsr", hr_size=24, source_size=36, width=4, train_images=8, batch_size=4, epochs=1
    )
    pixels = np.random.default_rng(3).integers(256, size=(8, 36, 36, 1), dtype="uint8")
    model = systems.model(recipe, training.DeviceImages(pixels, np.zeros(8)))
    model.compile(optimizer=training.optimizer(recipe))
    history = model.fit(
        training.Batches(np.arange(8), 4, seed=0),
        validation_data=training.Batches(np.arange(8), 4),
        verbose=0,
    ).history
    assert np.isfinite(history["generator_loss"][0]) and np.isfinite(history["val_psnr"][0])
