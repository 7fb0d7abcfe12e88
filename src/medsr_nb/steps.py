"""What every training here shares: pairs made on the device, one number to minimise.

A subclass of ``PairModel`` says in ``objective`` what one step minimises. Differentiating,
applying Adam, scaling losses and spreading over devices is left to Keras's own ``fit``,
so that the same lines train on TensorFlow and on JAX.
"""

import keras
import numpy as np
from keras import ops

from . import degrade, losses


class DeviceImages(keras.layers.Layer):
    """All images of a training, on the device: uint8 (N, S, S, 1), and their labels (N,).

    Batches are then mere indices and nothing has to be fed between steps. The images are
    variables, so that no backend copies them into its compiled program, but they are not
    weights: they are never saved.
    """

    def __init__(self, pixels, labels):
        super().__init__(trainable=False, dtype="float32")
        self.pixels = keras.Variable(pixels, dtype="uint8", trainable=False, name="pixels")
        self.labels = keras.Variable(labels, dtype="int32", trainable=False, name="labels")
        self.built = True

    def call(self, indices):
        """Indices (B,) -> HR (B, S, S, 1) in [-1, 1] and labels (B,)."""
        pixels = ops.take(self.pixels, indices, axis=0)
        return degrade.to_float(pixels), ops.take(self.labels, indices, axis=0)

    def save_own_variables(self, store):
        """Saves nothing: images do not belong in a file of weights."""

    def load_own_variables(self, store):
        """Loads nothing, as nothing was saved."""


class Batches(keras.utils.PyDataset):
    """Batches of indices into ``DeviceImages``; the order depends on seed and epoch alone.

    For training: a smaller last batch is dropped, so that all steps have one shape. With
    ``seed=None``, for validation: the order is that of ``indices``, and none is dropped.
    """

    def __init__(self, indices, batch_size, seed=None, epoch=0):
        super().__init__()
        self.indices = np.asarray(indices, "int32")
        self.batch_size = batch_size
        self.seed = seed
        self.epoch = epoch
        self._shuffle()

    def _shuffle(self):
        self.order = self.indices
        if self.seed is not None:
            self.order = np.random.default_rng((self.seed, self.epoch)).permutation(self.indices)

    def __len__(self):
        whole, rest = divmod(len(self.indices), self.batch_size)
        return whole + (self.seed is None and rest > 0)

    def __getitem__(self, step):
        return (self.order[step * self.batch_size : (step + 1) * self.batch_size],)

    def on_epoch_end(self):
        self.epoch += 1
        self._shuffle()


class PairModel(keras.Model):
    """Trains ``generator`` on LR/HR pairs that it makes from images on the device.

    ``images`` is a ``DeviceImages`` of training images followed by validation images;
    ``fit`` feeds indices (B,) of the former and validates on the latter. The history holds
    what ``objective`` reports, the mean brightness of output and target and the output's
    contrast (all three in grey levels, 0 to 255), and the PSNR in dB.
    """

    reported = ("brightness", "target_brightness", "contrast", "psnr")

    def __init__(self, generator, images, factor):
        super().__init__(dtype="float32")  # the networks keep the policy they were built with
        self.generator = generator
        self.images = images
        self.factor = factor
        self.means = {name: keras.metrics.Mean(name=name) for name in self.reported}
        self.built = True

    def objective(self, lr, hr, labels):
        """SR (B, S, S, 1), the number to minimise, and a dict of figures for the history."""
        raise NotImplementedError

    def enlarged(self, lr, labels, training):
        """SR (B, S, S, 1) of one batch; a conditioned generator also looks at the labels."""
        return self.generator(lr, training=training)

    def call(self, indices, training=False):
        """One step up to the number to minimise: a dict of figures, ``objective`` among them."""
        hr, labels = self.images(indices)
        lr = degrade.reduced(hr, self.factor)
        if training:
            sr, objective, figures = self.objective(lr, hr, labels)
        else:
            sr, objective, figures = self.enlarged(lr, labels, training=False), 0.0, {}
        return figures | portrait(hr, sr) | {"objective": objective}

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        return y_pred["objective"]

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        seen = {name: mean for name, mean in self.means.items() if name in y_pred}
        for name, mean in seen.items():
            mean.update_state(y_pred[name], sample_weight=ops.shape(x)[0])
        return {name: mean.result() for name, mean in seen.items()}


def portrait(hr, sr):
    """How output and target look: brightness and contrast in grey levels, PSNR in dB.

    The paper's images went black; a mean brightness far below the target's, or a contrast
    of nothing, shows it in the epoch in which it happens.
    """
    sr = ops.cast(sr, "float32")
    error = ops.mean(ops.square(ops.clip(sr, -1.0, 1.0) - hr), axis=(1, 2, 3))
    return {
        "brightness": 127.5 * (ops.mean(sr) + 1.0),
        "target_brightness": 127.5 * (ops.mean(hr) + 1.0),
        "contrast": 127.5 * ops.mean(ops.std(sr, axis=(1, 2, 3))),
        "psnr": ops.mean(10.0 * ops.log10(4.0 / ops.maximum(error, 1e-10))),
    }


class PixelModel(PairModel):
    """The generator alone, on the mean squared error."""

    reported = ("generator_loss", *PairModel.reported)

    def objective(self, lr, hr, labels):
        sr = self.enlarged(lr, labels, training=True)
        loss = losses.mean_squared_error(hr, sr)
        return sr, loss, {"generator_loss": loss}
