"""Images that are read while training give, bit by bit, what images in memory give."""

from dataclasses import replace

import keras
import numpy as np
import pytest
from backend_steps import draw_weights, pictures
from shared import images, tiny

from medsr_nb.data import cache
from medsr_nb.data.splits import Split
from medsr_nb.models import prototype
from medsr_nb.training import experiment, steps, streaming

LABELS = np.arange(12) % 3


@pytest.fixture
def on_disk(tmp_path):
    """The pictures in another order on disk, and rows that put it right."""
    np.save(tmp_path / "pixels.npy", pictures(12, 20)[::-1])
    mapped = np.load(tmp_path / "pixels.npy", mmap_mode="r")
    return cache.Rows(mapped, np.arange(12)[::-1])


def trained(images, batches, held_back):
    """History and weights of a training that goes on in the middle of its first epoch."""
    keras.utils.clear_session()  # TensorFlow orders some sums by the layers' numbered names
    generator = prototype.generator(10, 2, width=4, blocks=1)
    draw_weights(generator)
    model = steps.PixelModel(generator, images, 2)
    model.compile(optimizer=keras.optimizers.Adam(1e-3))
    rest = model.fit(batches(epoch=0, first=1), validation_data=held_back, verbose=0)
    settings = {"initial_epoch": 1, "epochs": 3, "validation_data": held_back, "verbose": 0}
    whole = model.fit(batches(epoch=1, first=0), **settings)
    return rest.history, whole.history, generator.get_weights()


def test_streaming_trains_to_the_same_bits(on_disk):
    settings = {"indices": np.arange(9), "batch_size": 4, "seed": 3, "turns": True}
    *from_memory, weights = trained(
        steps.DeviceImages(pictures(12, 20), LABELS),
        lambda **place: steps.Batches(**settings, **place),
        steps.Batches(np.arange(9, 12), 2),
    )
    *streamed, streamed_weights = trained(
        steps.StreamedImages(),
        lambda **place: streaming.StreamedBatches(on_disk, LABELS, **settings, **place),
        streaming.StreamedBatches(on_disk, LABELS, np.arange(9, 12), 2),
    )
    assert streamed == from_memory
    for a, b in zip(streamed_weights, weights, strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_batch_holds_pixels_and_labels(on_disk):
    batches = streaming.StreamedBatches(on_disk, LABELS, np.arange(5), 2)
    assert len(batches) == 3
    ((pixels, labels),) = batches[1]
    np.testing.assert_array_equal(pixels, pictures(12, 20)[2:4])
    assert pixels.dtype == "uint8" and labels.dtype == "int32" and labels.tolist() == [2, 0]


def test_an_epoch_is_read_in_the_order_of_batches(on_disk):
    """Every step of two epochs, through Keras's threads or not, in memory or on disk."""
    expected = steps.Batches(np.arange(11), 2, seed=5, epoch=1, turns=True, first=2)
    every = [
        streaming.StreamedBatches(
            pixels, LABELS, np.arange(11), 2, seed=5, epoch=1, turns=True, first=2
        )
        for pixels in (on_disk, pictures(12, 20))
    ]
    for _ in range(2):
        for step in range(len(expected)):
            ((indices, turns),) = expected[step]
            for batches in every:
                ((pixels, labels, given),) = batches[step]
                np.testing.assert_array_equal(pixels, pictures(12, 20)[indices])
                np.testing.assert_array_equal(labels, LABELS[indices])
                np.testing.assert_array_equal(given, turns)
        for batches in (expected, *every):
            batches.on_epoch_end()


def test_turns_need_a_seed():
    with pytest.raises(ValueError, match="give Batches a seed"):
        steps.Batches(np.arange(4), 2, turns=True)


def test_a_recipe_trains_alike_on_images_that_memory_cannot_hold(tmp_path, eagerly):
    """The recipe turns its images and takes a part of them in each epoch."""
    recipe = tiny("medsr", epoch_images=4)
    whole = images(12)
    np.save(tmp_path / "pixels.npy", whole.pixels)
    mapped = cache.Rows(np.load(tmp_path / "pixels.npy", mmap_mode="r"), np.arange(8))
    histories = []
    train = whole.take(np.arange(8))
    for of_disk in (False, True):
        if of_disk:
            train = replace(train, pixels=mapped)
        parts = Split(train, whole.take([8, 9]), whole.take([10, 11]))
        assert parts.train.on_disk == of_disk
        keras.utils.clear_session()
        model = experiment.build(recipe, parts, "float32")
        histories.append(experiment.train(model, recipe, parts))
    for history in histories:
        del history["seconds"]
    assert histories[0] == histories[1]
