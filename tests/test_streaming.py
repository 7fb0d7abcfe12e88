"""A folder that is read while training gives, bit by bit, what images in memory give."""

import keras
import numpy as np
import pytest
from backend_steps import draw_weights, pictures
from PIL import Image

from medsr_nb import steps, streaming
from medsr_nb.models import prototype
from medsr_nb.paths import UserError

LABELS = np.arange(12) % 3


@pytest.fixture
def files(tmp_path):
    paths = [tmp_path / f"{index}.png" for index in range(12)]
    for path, pixels in zip(paths, pictures(12, 20), strict=True):
        Image.fromarray(pixels[..., 0]).save(path)
    return paths


def trained(images, batches, held_back):
    generator = prototype.generator(10, 2, width=4, blocks=1)
    draw_weights(generator)
    model = steps.PixelModel(generator, images, 2)
    model.compile(optimizer=keras.optimizers.Adam(1e-3))
    history = model.fit(batches, validation_data=held_back, epochs=3, verbose=0).history
    return history, generator.get_weights()


def test_streaming_trains_to_the_same_bits(files):
    from_memory = trained(
        steps.DeviceImages(pictures(12, 20), LABELS),
        steps.Batches(np.arange(9), 4, seed=3, turns=True),
        steps.Batches(np.arange(9, 12), 2),
    )
    streamed = trained(
        steps.StreamedImages(),
        streaming.StreamedBatches(files, LABELS, 20, np.arange(9), 4, seed=3, turns=True),
        streaming.StreamedBatches(files, LABELS, 20, np.arange(9, 12), 2),
    )
    assert streamed[0] == from_memory[0]
    for a, b in zip(streamed[1], from_memory[1], strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_batch_holds_pixels_and_labels(files):
    batches = streaming.StreamedBatches(files, LABELS, 20, np.arange(5), 2)
    assert len(batches) == 3
    ((pixels, labels),) = batches[1]
    np.testing.assert_array_equal(pixels, pictures(12, 20)[2:4])
    assert pixels.dtype == "uint8" and labels.tolist() == [2, 0]


def test_a_damaged_file_is_named(files):
    files[3].write_bytes(b"")
    batches = streaming.StreamedBatches(files, LABELS, 20, np.arange(5), 2)
    with pytest.raises(UserError, match=r"3\.png: empty file\. Move it away"):
        batches[1]


def test_turns_need_a_seed():
    with pytest.raises(ValueError, match="give Batches a seed"):
        steps.Batches(np.arange(4), 2, turns=True)
