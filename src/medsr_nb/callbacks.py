"""What looks on while ``fit`` trains."""

import time

import keras
import numpy as np

from . import degrade


class EpochLines(keras.callbacks.Callback):
    """One line an epoch, and the seconds of each epoch in the history.

    ``seconds`` counts the training steps alone, validation excluded, so that it compares
    with the times of an epoch that papers give. The first epoch holds the compilation.
    """

    def on_epoch_begin(self, epoch, logs=None):
        self.started = self.trained = time.perf_counter()

    def on_train_batch_end(self, batch, logs=None):
        self.trained = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        logs["seconds"] = self.trained - self.started
        print(
            f"epoch {epoch + 1:>3}/{self.params['epochs']}  {logs['seconds']:6.1f} s  "
            f"PSNR {logs['val_psnr']:.2f} dB  "
            f"brightness {logs['val_brightness']:.0f} of {logs['val_target_brightness']:.0f}",
            flush=True,
        )


class Previews(keras.callbacks.Callback):
    """Keeps the generator's output for a few validation images after each epoch.

    ``indices`` (n,) into the model's images; ``pictures`` is a list of (epoch, uint8
    (n, S, S, 1)), epoch 0 being the untrained network.
    """

    def __init__(self, indices):
        super().__init__()
        self.indices = np.asarray(indices, "int32")
        self.pictures = []

    def _keep(self, epoch):
        hr, labels = self.model.images(self.indices)
        sr = self.model.enlarged(
            degrade.reduced(hr, self.model.factor), labels, training=False
        )
        self.pictures.append((epoch, degrade.to_pixels(sr)))

    def on_train_begin(self, logs=None):
        self._keep(0)

    def on_epoch_end(self, epoch, logs=None):
        self._keep(epoch + 1)


class CollapseWatch(keras.callbacks.Callback):
    """Says at once, with the epoch, when the output goes black, constant or not a number.

    ``found`` lists (epoch, what). Black: a mean brightness under a quarter of the target's.
    Constant: a contrast (standard deviation within an image) under 1 of 255 grey levels.
    Looked at in the training and in the validation images of each epoch.
    """

    def __init__(self):
        super().__init__()
        self.found = []

    def on_epoch_end(self, epoch, logs=None):
        for prefix, where in (("", "training"), ("val_", "validation")):
            trouble = trouble_of(
                logs[prefix + "brightness"],
                logs[prefix + "target_brightness"],
                logs[prefix + "contrast"],
            )
            if trouble:
                self.found.append((epoch + 1, f"{where} output {trouble}"))
                print(f"epoch {epoch + 1}: {self.found[-1][1]}", flush=True)


def trouble_of(brightness, target_brightness, contrast):
    """What is wrong with an output of this look (grey levels, 0 to 255), or ""."""
    if not np.isfinite(brightness + contrast):
        return "is not a number"
    if brightness < 0.25 * target_brightness:
        return f"is black: brightness {brightness:.1f}, target {target_brightness:.1f}"
    if contrast < 1.0:
        return f"is constant: contrast {contrast:.2f} of 255"
    return ""
