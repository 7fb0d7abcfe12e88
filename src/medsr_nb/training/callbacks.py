"""What looks on while ``fit`` trains.

None of these looks at the figures of every step: Keras would then fetch them from the
accelerator after each one, and the accelerator would wait. So they act where a batch begins,
which costs nothing, and where an epoch ends.
"""

import itertools
import math
import time
from dataclasses import dataclass, field

import keras
import numpy as np

from .. import degradation
from ..machine import bar
from ..scoring import trouble_of

WINNING_EPOCHS = 3
STEPS_BETWEEN_LOOKS = 32


@dataclass
class Progress:
    """Where a training stands, in plain values; a checkpoint holds it.

    ``history`` has one dict of figures for each finished epoch, ``found`` one [epoch, what]
    for each trouble, ``won`` counts the latest epochs in a row that the discriminator won,
    ``started`` says whether any epoch was free of trouble.
    """

    epoch: int = 0  # finished epochs
    step: int = 0  # finished steps of the next one
    seconds: float = 0.0  # spent on these steps
    history: list = field(default_factory=list)
    found: list = field(default_factory=list)
    won: int = 0
    started: bool = False
    rollbacks: int = 0


class EpochLines(keras.callbacks.Callback):
    """One line an epoch, and the seconds of each epoch in the history.

    ``seconds`` counts the training steps alone, validation excluded, so that it compares
    with the times of an epoch that papers give. The first epoch holds the compilation.
    """

    def __init__(self, progress, epochs):
        super().__init__()
        self.progress = progress
        self.epochs = epochs

    def _count(self):
        self.progress.seconds = time.perf_counter() - self.started

    def on_epoch_begin(self, epoch, logs=None):
        self.started = time.perf_counter() - self.progress.seconds

    def on_train_batch_begin(self, batch, logs=None):
        self._count()

    def on_test_begin(self, logs=None):
        self.model.metrics_variables[0].numpy()  # waits for the last step
        self._count()

    def on_epoch_end(self, epoch, logs=None):
        logs["seconds"] = self.progress.seconds
        print(
            f"epoch {epoch + 1:>3}/{self.epochs}  {logs['seconds']:6.1f} s  "
            f"PSNR {logs['val_psnr']:.2f} dB  "
            f"brightness {logs['val_brightness']:.0f} of {logs['val_target_brightness']:.0f}",
            flush=True,
        )


class CosineRate(keras.callbacks.Callback):
    """A learning rate that falls from ``peak`` to zero within each stage, along a cosine.

    SGDR (Loshchilov & Hutter 2017, arXiv 1608.03983, equation 5), set once an epoch, at the
    epoch's middle. ``ends`` are the epochs in which the stages end; the peak is halved for
    each time a guard has gone back.
    """

    def __init__(self, progress, ends, peak):
        super().__init__()
        self.progress = progress
        self.stages = list(itertools.pairwise([0, *ends]))
        self.peak = peak

    def on_epoch_begin(self, epoch, logs=None):
        begin, end = next(stage for stage in self.stages if epoch < stage[1])
        share = (epoch - begin + 0.5) / (end - begin)
        rate = self.peak * 0.5 * (1.0 + math.cos(math.pi * share))
        self.model.optimizer.learning_rate = rate * 0.5**self.progress.rollbacks


class StepBar(keras.callbacks.Callback):
    """A bar over the steps of an epoch, without the figures of each step; gone at its end."""

    def on_epoch_begin(self, epoch, logs=None):
        self.bar = bar(
            desc=f"epoch {epoch + 1}", total=self.params["steps"], unit="step", leave=False
        )

    def on_train_batch_begin(self, batch, logs=None):
        self.bar.update(batch - self.bar.n)

    def on_test_begin(self, logs=None):
        self.bar.close()


class TensorBoardLog(keras.callbacks.Callback):
    """The history as TensorBoard reads it, in ``folder``/train and ``folder``/validation.

    Keras's own callback fetches the figures of every step, and needs the package tensorboard,
    which TensorFlow no longer brings; this one writes with TensorFlow alone, on any backend.
    Raises ImportError where TensorFlow is missing.
    """

    def __init__(self, folder):
        super().__init__()
        import tensorflow as tf

        self.tf = tf
        self.metadata = tf.compat.v1.SummaryMetadata(data_class="DATA_CLASS_SCALAR")
        self.metadata.plugin_data.plugin_name = "scalars"
        self.writers = {
            part: tf.summary.create_file_writer(str(folder / part))
            for part in ("train", "validation")
        }

    def on_epoch_end(self, epoch, logs=None):
        for name, value in logs.items():
            part = "validation" if name.startswith("val_") else "train"
            with self.writers[part].as_default():
                value = self.tf.constant(value, "float32")
                tag = "epoch_" + name.removeprefix("val_")
                self.tf.summary.write(tag, value, epoch + 1, self.metadata)
        for writer in self.writers.values():
            writer.flush()


class Previews(keras.callbacks.Callback):
    """Keeps the generator's output for a few validation images after each epoch.

    ``indices`` (n,) into the model's images; ``pictures`` is a list of (epoch, uint8
    (n, S, S, 1)), the first the network as it began.
    """

    def __init__(self, indices):
        super().__init__()
        self.indices = np.asarray(indices, "int32")
        self.pictures = []

    def keep(self, epoch):
        """Adds the output as it is now, after ``epoch`` epochs."""
        images, labels = self.model.images(self.indices)
        hr = self.model.originals(images)
        sr = self.model.enlarged(degradation.reduced(hr, self.model.factor), labels, training=False)
        self.pictures.append((epoch, degradation.to_pixels(sr)))

    def on_epoch_begin(self, epoch, logs=None):
        if not self.pictures:
            self.keep(epoch)

    def on_epoch_end(self, epoch, logs=None):
        self.keep(epoch + 1)


class CollapseWatch(keras.callbacks.Callback):
    """Says at once, with the epoch, when a training goes wrong; once, as long as that goes on.

    * Black, in training or validation images: a mean brightness under a quarter of the
      target's; constant: a contrast (standard deviation within an image) under 1 of 255
      grey levels. Looked at after each epoch.
    * Not a number: looked for every 32 steps, and after each epoch.
    * The discriminator is right on 99.9 % of the real and of the generated images for three
      epochs in a row, so that the generator learns nothing more from it.

    ``found`` lists [epoch, what]; ``alarm`` is the last of them until someone clears it. A
    network that begins black or constant and has not yet been anything else raises no alarm.
    """

    def __init__(self, progress=None):
        super().__init__()
        self.progress = progress or Progress()
        self.alarm = ""

    @property
    def found(self):
        """What was found: a list of [epoch, what], epochs counted from 1."""
        return self.progress.found

    def _name(self, what, where="", alarming=True):
        line = f"epoch {self.epoch}{where}: {what}"
        self.alarm = line if alarming else self.alarm
        said = {one.split(":")[0] for epoch, one in self.found if epoch == self.epoch - 1}
        self.found.append([self.epoch, what])
        if what.split(":")[0] not in said:  # else it goes on as the epoch before
            print(line, flush=True)

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch + 1
        self.looked = 0

    def on_train_batch_begin(self, batch, logs=None):
        if batch - self.looked >= STEPS_BETWEEN_LOOKS:
            self.look(batch)

    def look(self, batch):
        """Looks whether all is a number before step ``batch``; once found, not again."""
        self.looked = batch
        if self.alarm == "" and not finite(self.model):
            self._name("training output is not a number", f", step {batch}")

    def on_epoch_end(self, epoch, logs=None):
        looks = {
            where: [logs[prefix + n] for n in ("brightness", "target_brightness", "contrast")]
            for prefix, where in (("", "training"), ("val_", "validation"))
        }
        troubles = {where: trouble_of(*look) for where, look in looks.items()}
        for where, trouble in troubles.items():
            if trouble:
                gone = self.progress.started or not np.isfinite(looks[where]).all()
                self._name(f"{where} output {trouble}", alarming=gone)
        self.progress.started |= not any(troubles.values())
        accuracy = min(logs.get("real_accuracy", 0.0), logs.get("fake_accuracy", 0.0))
        self.progress.won = self.progress.won + 1 if accuracy >= 0.999 else 0
        if self.progress.won == WINNING_EPOCHS:
            self.progress.won = 0
            self._name(f"the discriminator was always right for {WINNING_EPOCHS} epochs")


def finite(model):
    """Whether all figures of the running epoch are numbers; waits for the last step."""
    reattach(model)
    return all(np.isfinite(figure.numpy()).all() for figure in model.metrics_variables)


def reattach(model):
    """Gives the model's variables the values of the last step, which ``fit`` on JAX holds back."""
    if keras.backend.backend() == "jax":
        model.jax_state_sync()
