"""Trains a tiny GAN, kills it again and again, resumes it, and compares with one left alone.

Run by test_interruption.py, once for each backend: ``python kill_resume.py FOLDER KILLS``. Each
training is a fork of this process, which imports the backend but never starts it: an import
takes as long as all the rest. TensorFlow runs eagerly, as each fork would trace its few steps
anew. Prints one JSON object, last.
"""

import json
import os
import random
import signal
import sys
import time
import traceback
from pathlib import Path

import keras
import numpy as np
from keras import layers

from medsr_nb import presets
from medsr_nb.data.imageset import ImageSet
from medsr_nb.data.splits import Split
from medsr_nb.degradation.bicubic import Enlarge
from medsr_nb.models.layers import batch_norm
from medsr_nb.training import adversarial, checkpoint, ema, experiment, keeper, steps

RECIPE = presets.recipe(
    "prototype", hr_size=20, factor=2, width=4, train_images=24, test_images=4, epochs=7,
    batch_size=4, learning_rate=1e-3, adversarial_weight=0.1, pixel_epochs=3, ema=0.9,
)  # fmt: skip
STEPS = 42


def pictures(count, seed):
    """An ImageSet of noise."""
    pixels = np.random.default_rng(seed).integers(0, 256, (count, 20, 20, 1), dtype="uint8")
    words, numbers = np.full(count, ""), np.zeros(count, "int32")
    names = tuple(str(number) for number in range(count))
    return ImageSet("noise", pixels, names, words, numbers, ("",), numbers, words, "", "")


PARTS = Split(pictures(24, 0), pictures(4, 1), pictures(4, 2))


def tiny_gan():
    """A GAN with batch norm, dropout and a moving average."""
    keras.utils.set_random_seed(RECIPE.seed)
    lr, image = layers.Input((10, 10, 1)), layers.Input((20, 20, 1))
    features = batch_norm(layers.Conv2D(4, 3, padding="same")(Enlarge(2)(lr)))
    sr = layers.Conv2D(1, 3, padding="same", activation="tanh", name="output")(features)
    generator = keras.Model(lr, sr)
    features = batch_norm(layers.Conv2D(4, 3, strides=2)(image))
    features = layers.Flatten()(layers.Dropout(0.5)(features))
    discriminator = keras.Model(image, layers.Dense(1, activation="sigmoid")(features))
    held = [PARTS.train, PARTS.validation]
    images = steps.DeviceImages(
        *(np.concatenate([getattr(part, name) for part in held]) for name in ("pixels", "labels"))
    )
    average = ema.Average(generator, RECIPE.ema)
    gan = adversarial.AdversarialModel(generator, discriminator, images, 2, 0.1, average=average)
    gan.compile(optimizer=keras.optimizers.Adam(1e-3))
    return gan


class Marks(keras.callbacks.Callback):
    """Adds one character to a file for each step."""

    def __init__(self, file):
        super().__init__()
        self.file = file

    def on_train_batch_begin(self, batch, logs=None):
        os.write(self.file, b"s")


def forked(work):
    """Does ``work`` in a process of its own, which ends with status 0 or 1; its id."""
    if pid := os.fork():
        return pid
    status = 1
    try:
        work()
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(status)


def train(folder, marks):
    """One training, saved before every step, as a process of its own; its id."""

    def work():
        file = os.open(marks, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        replace = os.replace

        def slow_replace(old, new):
            os.write(file, b"w")
            time.sleep(0.02)  # time enough to be killed while the new file is not yet in place
            replace(old, new)

        checkpoint.os.replace = slow_replace
        if folder.name != "alone":
            keeper.pause_after = lambda writing: 0.0
        experiment.train(tiny_gan(), RECIPE, PARTS, Marks(file), folder=folder)

    return forked(work)


def killed(folder, marks, wanted, character, delay):
    """Whether the training was killed, ``delay`` seconds after its ``wanted``-th mark."""
    marks.unlink(missing_ok=True)
    pid = train(folder, marks)
    while True:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            assert status == 0, f"the training failed: {status}"
            return False
        if marks.exists() and marks.read_bytes().count(character) >= wanted:
            time.sleep(delay)
            os.kill(pid, signal.SIGKILL)
            return os.waitpid(pid, 0)[1] == signal.SIGKILL
        time.sleep(0.001)


def last(folder):
    """(progress without seconds, arrays) of a folder's newest checkpoint."""
    path = max(folder.glob("step-*.npz"))
    header, arrays = checkpoint.read(path)
    progress = header["progress"]
    for epoch in progress["history"]:
        epoch.pop("seconds")
    return progress, arrays


def main(folder, kills):
    rng = random.Random(0)
    alone, often = folder / "alone", folder / "often"
    assert not killed(alone, folder / "marks-alone", STEPS + 1, b"s", 0.0)
    seen = during_writing = 0
    while seen < kills:
        # Each attempt gets on by two to five steps, so that the kills spread over all of it.
        character, delay = rng.choice([(b"w", 0.0), (b"s", rng.uniform(0.0, 0.03))])
        if not killed(often, folder / "marks", rng.randint(3, 6), character, delay):
            break
        seen += 1
        during_writing += bool(list(often.glob("*.part")))
    assert not killed(often, folder / "marks", STEPS + 1, b"s", 0.0)
    (progress, arrays), (other, others) = last(alone), last(often)
    different = [
        name
        for name in sorted(arrays.keys() | others.keys())
        if name not in arrays
        or name not in others
        or arrays[name].tobytes() != others[name].tobytes()
    ]
    print(json.dumps({
        "kills": seen,
        "during_writing": during_writing,
        "arrays": len(arrays),
        "different": different,
        "same_progress": progress == other,
        "epochs": progress["epoch"],
    }))  # fmt: skip


if __name__ == "__main__":
    if keras.backend.backend() == "tensorflow":
        import tensorflow

        tensorflow.config.run_functions_eagerly(True)
    main(Path(sys.argv[1]), int(sys.argv[2]))
