"""The measuring side of ``medsr bench``: one process for each variant, which obeys questions.

A process of its own gives each variant its own peak of memory and its own backend, and lets
variants take turns: while one answers, the others wait without computing.
"""

import time

import keras
import numpy as np
from keras import ops

from .. import machine, training
from ..machine import peak_memory
from ..models import medsr, srresnet
from ..presets import SYSTEMS, recipe
from ..training import Batches, DeviceImages, LogitAdversarialModel, PixelModel

# x3 networks of one size in every preset: arguments of their builder. "fast" is medsr on one level,
# which makes its pixels at LR size.
PLAIN = {
    "plain": (srresnet.generator, {"width": 64, "blocks": 16}),
    "fast": (medsr.generator, {"width": 48, "blocks": 8, "levels": 1, "late": 0}),
}
NETWORKS = (*PLAIN, *SYSTEMS)
LR_SIZE, FACTOR = 50, 3  # of the plain networks, the paper's task
IMAGES = 64  # held on the device; their content does not matter


def answer(connection, worker, *arguments):
    """Makes a worker and lets it answer (method, arguments) until it gets None."""
    try:
        made = worker(*arguments)
        connection.send(made.facts)
        while (question := connection.recv()) is not None:
            method, *arguments = question
            connection.send(getattr(made, method)(*arguments))
    except Exception as error:
        connection.send(error)
        raise


def networks(name, preset):
    """(generator, discriminator or None, its GAN, LR size, factor) of a network by name."""
    if name in PLAIN:
        build, sizes = PLAIN[name]
        generator = build(LR_SIZE, FACTOR, **sizes)
        discriminator = medsr.discriminator(LR_SIZE * FACTOR)
        return generator, discriminator, LogitAdversarialModel, LR_SIZE, FACTOR
    chosen = recipe(name, preset)
    return *training.networks(chosen), training.GANS.get(name), chosen.lr_size, chosen.factor


class WaitClock(keras.callbacks.Callback):
    """Counts the seconds that the steps of a ``fit`` take, and those they wait for a batch.

    The first step is left out, as it waits for the pipeline to start, once an epoch.
    """

    def on_train_begin(self, logs=None):
        self.waits, self.ends = [], []
        self.step = self.model.train_function
        self.model.train_function = self.watched_step
        self.began = time.perf_counter()

    def watched_step(self, *arguments):
        """One step, as the backend's trainer calls it: state if it has one, then the iterator."""
        *state, batches = arguments
        asked = time.perf_counter()
        batch = next(batches)
        self.waits.append(time.perf_counter() - asked)
        return self.step(*state, iter([batch]))

    def on_train_batch_end(self, batch, logs=None):
        float(logs["psnr"])  # waits until the device has done the step
        self.ends.append(time.perf_counter())

    def on_train_end(self, logs=None):
        self.model.train_function = self.step

    def first(self):
        """Seconds of the first step."""
        return self.ends[0] - self.began

    def rest(self):
        """(seconds of a step, share of it that waits for its batch) of all but the first."""
        seconds = self.ends[-1] - self.ends[0]
        return seconds / (len(self.ends) - 1), sum(self.waits[1:]) / seconds


class NetworkWorker:
    """One network at one precision: its training steps and its inference."""

    def __init__(self, name, preset, wanted, batch_size):
        keras.utils.set_random_seed(0)
        with machine.policy(wanted) as policy:
            generator, discriminator, gan, lr_size, factor = networks(name, preset)
        self.generator, self.batch_size = generator, batch_size
        self.lr = np.zeros((1, lr_size, lr_size, 1), "float32")
        self.steps = {}
        self.indices = np.arange(max(IMAGES, batch_size))
        size = lr_size * factor
        pixels = np.random.default_rng(0).integers(
            256, size=(len(self.indices), size, size, 1), dtype="uint8"
        )
        images = DeviceImages(pixels, np.zeros(len(pixels)))
        if len(generator.inputs) == 2:  # conditioned on the class
            self.lr = [self.lr, np.zeros(1, "int32")]
        self.models = {"pixel": PixelModel(generator, images, factor)}
        self.facts = {
            "network": name,
            "precision": policy.removeprefix("mixed_"),
            "framework": keras.backend.backend(),
            "parameters": generator.count_params(),
            "kinds": ["pixel"],
        }
        if machine.counts_all(generator):
            self.facts["pixel_flops"] = machine.step_flops(generator)
        if discriminator is None:
            return
        self.models["adversarial"] = gan(generator, discriminator, images, factor, 1e-3)
        self.facts["kinds"].append("adversarial")
        if machine.counts_all(generator) and machine.counts_all(discriminator):
            self.facts["adversarial_flops"] = machine.step_flops(generator, discriminator)

    def first(self, kind):
        """What compiling takes beyond a step, and the memory: seconds and bytes."""
        self.models[kind].compile(keras.optimizers.Adam(1e-4))
        clock = self.fitted(kind, 2)
        self.steps[kind], _ = clock.rest()
        return {
            "compile_seconds": max(0.0, clock.first() - self.steps[kind]),
            "peak_bytes": peak_memory(),
        }

    def fitted(self, kind, steps):
        """The clock of a fit of so many steps."""
        clock = WaitClock()
        indices = np.resize(self.indices, steps * self.batch_size)
        batches = Batches(indices, self.batch_size, seed=0)
        self.models[kind].fit(batches, verbose=0, callbacks=[clock])
        return clock

    def train(self, kind, seconds):
        """(seconds of a step, share that waits for its batch) over about so many seconds."""
        self.steps[kind], waiting = self.fitted(
            kind, 1 + max(1, round(seconds / self.steps[kind]))
        ).rest()
        return self.steps[kind], waiting

    def infer(self, seconds):
        """Seconds for one image, passed alone, over about so many seconds."""
        return repeated(lambda: self.generator.predict_on_batch(self.lr), seconds)


def repeated(call, seconds):
    """Seconds of one call, which returns when its result is there; it is warmed up first."""
    call()
    started, calls = time.perf_counter(), 0
    while calls == 0 or time.perf_counter() - started < seconds:
        call()
        calls += 1
    return (time.perf_counter() - started) / calls


class MatrixWorker:
    """The machine's rate of matrix products, against which the networks are measured."""

    def __init__(self, size):
        self.size = size
        self.matrix = np.random.default_rng(0).normal(size=(size, size)).astype("float32")
        self.facts = {}

    def rate(self, precision, seconds):
        """Operations a second of square products, accumulated as the backend does."""
        matrix = ops.cast(self.matrix, precision)

        def product():
            return np.asarray(ops.cast(ops.matmul(matrix, matrix)[0, 0], "float32"))

        return 2 * self.size**3 / repeated(product, seconds)
