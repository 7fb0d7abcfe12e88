"""What every training here shares: pairs made on the device, one number to minimise.

A subclass of ``PairModel`` says in ``objective`` what one step minimises. Differentiating,
applying Adam, scaling losses and spreading over devices is left to Keras's own ``fit``,
so that the same lines train on TensorFlow and on JAX.
"""

import keras
import numpy as np
from keras import ops

from .. import losses, machine
from ..augmentation import turned
from ..degradation import reduced, to_float
from ..models import cutblur


class StreamedImages(keras.layers.Layer):
    """The images of a training that come batch by batch, because memory cannot hold them all.

    Takes (pixels uint8 (B, S, S, 1), labels (B,)), as ``streaming.StreamedBatches`` reads
    them. A third entry, turns (B,), says how each image is turned, as ``turned`` tells.
    """

    def __init__(self):
        super().__init__(trainable=False, dtype="float32")
        self.built = True

    def call(self, batch):
        """A batch -> HR (B, S, S, 1) in [-1, 1] and labels (B,)."""
        pixels, labels, *turns = batch
        if turns:
            pixels = turned(pixels, turns[0])
        return to_float(pixels), labels


class DeviceImages(StreamedImages):
    """All images of a training, on the device: uint8 (N, S, S, 1), and their labels (N,).

    Batches are then mere indices (B,), or (indices, turns), and nothing has to be fed
    between steps. The images are variables, so that no backend copies them into its
    compiled program, but they are not weights: they are never saved.
    """

    def __init__(self, pixels, labels):
        super().__init__()
        dtype = "uint8" if machine.machine_count() == 1 else "int32"  # TensorFlow sends no uint8
        self.pixels = keras.Variable(pixels, dtype=dtype, trainable=False, name="pixels")
        self.labels = keras.Variable(labels, dtype="int32", trainable=False, name="labels")
        self.built = True

    def call(self, batch):
        """A batch -> HR (B, S, S, 1) in [-1, 1] and labels (B,)."""
        indices, *turns = batch if isinstance(batch, list | tuple) else (batch,)
        pixels = ops.take(self.pixels, indices, axis=0)
        return super().call((pixels, ops.take(self.labels, indices, axis=0), *turns))

    def save_own_variables(self, store):
        """Saves nothing: images do not belong in a file of weights."""

    def load_own_variables(self, store):
        """Loads nothing, as nothing was saved."""


class Batches(keras.utils.PyDataset):
    """Batches of indices into ``DeviceImages``; the order depends on seed and epoch alone.

    For training: a smaller last batch is dropped, so that all steps have one shape. With
    ``seed=None``, for validation: the order is that of ``indices``, and none is dropped,
    except that many devices need equal shares, so that they leave out fewer than their number.
    With ``turns``, each image comes in a position drawn anew in every epoch (``turned``).
    As they are drawn here, both backends and any number of devices see the same pictures.
    An interrupted epoch goes on at step ``first``. With a ``length``, an epoch is that many
    images, drawn anew for each, or all where there are fewer.
    """

    def __init__(
        self, indices, batch_size, seed=None, epoch=0, turns=False, first=0, length=0, **kwargs
    ):
        super().__init__(**kwargs)
        if turns and seed is None:
            raise ValueError("turns are drawn: give Batches a seed, or leave turns out.")
        shares = machine.device_count()
        if batch_size % shares:
            raise ValueError(
                f"a batch of {batch_size} cannot be shared equally among {shares} devices: "
                f"choose a multiple of {shares}."
            )
        if seed is None:
            indices = indices[: len(indices) // shares * shares]
        self.indices = np.asarray(indices, "int32")
        self.batch_size = batch_size
        self.seed = seed
        self.epoch = epoch
        self.turns = turns
        self.first = first
        self.length = min(length or len(self.indices), len(self.indices))
        self._shuffle()

    def _shuffle(self):
        self.order = self.indices
        if self.seed is not None:
            draw = np.random.default_rng((self.seed, self.epoch))
            self.order = draw.permutation(self.indices)
            self.positions = draw.integers(8, size=len(self.order), dtype="int32")

    def __len__(self):
        whole, rest = divmod(self.length, self.batch_size)
        return whole + (self.seed is None and rest > 0) - self.first

    def __getitem__(self, step):
        step += self.first
        part = slice(step * self.batch_size, (step + 1) * self.batch_size)
        if self.turns:
            return ((self.order[part], self.positions[part]),)
        return (self.order[part],)

    def on_epoch_end(self):
        self.epoch += 1
        self._shuffle()


class PairModel(keras.Model):
    """Trains ``generator`` on LR/HR pairs that it makes from images on the device.

    ``images`` is a ``DeviceImages`` of training images followed by validation images;
    ``fit`` feeds indices (B,) of the former and validates on the latter. Or it is
    ``StreamedImages``, and ``fit`` feeds what has been read. The history holds
    what ``objective`` reports, the mean brightness of output and target and the output's
    contrast (all three in grey levels, 0 to 255), and the PSNR in dB. Where there is an
    ``average`` (``ema.Average``), it follows the generator and is what validation sees.

    ``content(hr, sr)`` is the loss between original and result, the mean squared error unless
    another is given. In training, ``augmentation`` (``augment.Augmentation``) changes the
    pictures, and ``degradation`` (``second_order.SecondOrder``) takes the place of the bicubic
    reduction; validation sees neither. With ``windows`` (``windows.Windows``) the images are
    larger than HR, and it makes HR of them.
    """

    reported = ("brightness", "target_brightness", "contrast", "psnr")

    def __init__(
        self,
        generator,
        images,
        factor,
        average=None,
        content=losses.mean_squared_error,
        degradation=None,
        augmentation=None,
        windows=None,
    ):
        super().__init__(dtype="float32")  # the networks keep the policy they were built with
        self.generator = generator
        self.average = average
        self.images = images
        self.factor = factor
        self.content = content
        self.degradation = degradation
        self.augmentation = augmentation
        self.windows = windows
        self.trained, self.enlarge = generator, None
        if augmentation is not None and augmentation.mixes:  # fed behind its enlargement
            self.trained, self.enlarge = cutblur.core(generator), cutblur.enlargement(generator)
        self.means = {name: keras.metrics.Mean(name=name) for name in self.reported}
        self.built = True

    def objective(self, lr, hr, labels):
        """SR (B, S, S, 1), the number to minimise, and a dict of figures for the history."""
        raise NotImplementedError

    @property
    def fixed(self):
        """Layers whose variables no training changes, so that no checkpoint need hold them."""
        return [one for one in (self.images, self.content) if isinstance(one, keras.Layer)]

    @property
    def upscaler(self):
        """The network that is judged and kept: the generator, or its average."""
        return self.generator if self.average is None else self.average.network

    def originals(self, images, training=False):
        """HR (B, S, S, 1) of images as they are held: themselves, or windows on larger ones."""
        return images if self.windows is None else self.windows(images, training=training)

    def pairs(self, hr):
        """(what the generator is fed in training, its target) of originals (B, S, S, 1)."""
        if self.augmentation is not None:
            hr = self.augmentation.originals(hr)
        lr = reduced(hr, self.factor) if self.degradation is None else self.degradation(hr)
        if self.augmentation is not None:
            lr, hr = self.augmentation.inputs(lr, hr, self.enlarge)
        return lr, hr

    def enlarged(self, lr, labels, training):
        """SR (B, S, S, 1) of one batch; a conditioned generator also looks at the labels."""
        network = self.trained if training else self.upscaler
        return network([lr, labels] if len(network.inputs) == 2 else lr, training=training)

    def compile(self, optimizer, **kwargs):
        """Keras's ``compile``; in float16 the loss is scaled, or small gradients would vanish."""
        if self.generator.dtype_policy.name == "mixed_float16":
            optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
        super().compile(optimizer, **kwargs)
        self.optimizer.build(self.trainable_variables)

    def _maybe_symbolic_build(self, iterator=None, data_batch=None):
        """Nothing: all is built. Keras would build from a batch, and cannot average one that
        is spread over several machines.
        """

    def fit(self, *args, **kwargs):
        """Keras's ``fit``, with the batches in the order that they have.

        Keras would shuffle them once more, from a state of Python's own random numbers.
        """
        return super().fit(*args, **{"shuffle": False} | kwargs)

    def call(self, batch, training=False):
        """One step up to the number to minimise: a dict of figures, ``objective`` among them."""
        images, labels = self.images(batch)
        hr = self.originals(images, training)
        if training:
            if self.average is not None:
                self.average.follow(self.generator)
            lr, hr = self.pairs(hr)
            sr, objective, figures = self.objective(lr, hr, labels)
        else:
            lr = reduced(hr, self.factor)
            sr, objective, figures = self.enlarged(lr, labels, training=False), ops.zeros(()), {}
        return figures | portrait(hr, sr) | {"objective": objective}

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        # TensorFlow adds up the gradients of all devices, so that each brings its share.
        return y_pred["objective"] / machine.replicas()

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        images = ops.shape(keras.tree.flatten(x)[0])[0]
        seen = {name: mean for name, mean in self.means.items() if name in y_pred}
        for name, mean in seen.items():
            mean.update_state(y_pred[name], sample_weight=images)
        # Keras averages logs over machines along their first axis, so there has to be one.
        shape = () if machine.machine_count() == 1 else (1,)
        return {name: ops.reshape(mean.result(), shape) for name, mean in seen.items()}


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
    """The generator alone, on the content loss: the mean squared error, unless another is given."""

    reported = ("generator_loss", *PairModel.reported)

    def objective(self, lr, hr, labels):
        sr = self.enlarged(lr, labels, training=True)
        loss = self.content(hr, sr)
        return sr, loss, {"generator_loss": loss}
