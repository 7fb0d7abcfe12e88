"""Layers that more than one system uses."""

import keras
from keras import layers, ops

from .. import machine

STEPS = {2: (2,), 3: (3,), 4: (2, 2)}  # in which a network enlarges, for each factor


@keras.saving.register_keras_serializable("medsr_nb")
class PixelShuffle(layers.Layer):
    """Sub-pixel rearrangement (Shi et al. 2016, arXiv 1609.05158, equation 4).

    (B, h, w, factor*factor*C) -> (B, factor*h, factor*w, C): the pixel at (i, j) of a
    block comes from the channels that start at (factor*i + j) * C, TensorFlow's order.
    """

    def __init__(self, factor, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, features):
        f = self.factor
        _, height, width, channels = ops.shape(features)
        blocks = ops.reshape(features, (-1, height, width, f, f, channels // (f * f)))
        blocks = ops.transpose(blocks, (0, 1, 3, 2, 4, 5))
        return ops.reshape(blocks, (-1, height * f, width * f, channels // (f * f)))

    def compute_output_shape(self, shape):
        batch, *sides, channels = shape
        f = self.factor
        return batch, *(side and side * f for side in sides), channels // (f * f)

    def get_config(self):
        return super().get_config() | {"factor": self.factor}


@keras.saving.register_keras_serializable("medsr_nb")
class PixelUnshuffle(layers.Layer):
    """The inverse of ``PixelShuffle``, which loses nothing: a large image as many small ones.

    (B, factor*h, factor*w, C) -> (B, h, w, factor*factor*C). Raises ValueError when a side
    is not a multiple of the factor.
    """

    def __init__(self, factor, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, features):
        f = self.factor
        _, height, width, channels = self.compute_output_shape(features.shape)
        blocks = ops.reshape(features, (-1, height, f, width, f, channels // (f * f)))
        blocks = ops.transpose(blocks, (0, 1, 3, 2, 4, 5))
        return ops.reshape(blocks, (-1, height, width, channels))

    def compute_output_shape(self, shape):
        batch, height, width, channels = shape
        f = self.factor
        if height % f or width % f:
            raise ValueError(
                f"an image of {height}x{width} cannot be cut into blocks of {f}x{f}: "
                f"crop it to {height - height % f}x{width - width % f} first."
            )
        return batch, height // f, width // f, channels * f * f

    def get_config(self):
        return super().get_config() | {"factor": self.factor}


@keras.saving.register_keras_serializable("medsr_nb")
class Bilinear(layers.Layer):
    """Bilinear enlargement, (B, h, w, C) -> (B, factor*h, factor*w, C), borders repeated.

    Keras's ``UpSampling2D`` asks TensorFlow for it, and compiled by XLA, as on every GPU, that
    shifts the image. A new pixel is a mean of an old one and its neighbour, so sums do it too.
    """

    def __init__(self, factor, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, images):
        across = ops.swapaxes(self.taller(images), 1, 2)
        return ops.swapaxes(self.taller(across), 1, 2)

    def taller(self, images):
        """(B, h, w, C) -> (B, factor*h, w, C)."""
        _, height, width, channels = images.shape
        padded = ops.pad(images, ((0, 0), (1, 1), (0, 0), (0, 0)), mode="symmetric")
        rows = []
        for number in range(self.factor):
            offset = (number + 0.5) / self.factor - 0.5  # from the old pixel's middle
            neighbour = padded[:, :-2] if offset < 0 else padded[:, 2:]
            rows.append((1.0 - abs(offset)) * images + abs(offset) * neighbour)
        return ops.reshape(ops.stack(rows, axis=2), (-1, self.factor * height, width, channels))

    def compute_output_shape(self, shape):
        batch, height, width, channels = shape
        return batch, self.factor * height, self.factor * width, channels

    def get_config(self):
        return super().get_config() | {"factor": self.factor}


def conv(features, width, kernel=3, stride=1):
    """A convolution that keeps the size, or divides it by the stride."""
    return layers.Conv2D(width, kernel, strides=stride, padding="same")(features)


def batch_norm(features, epsilon=1e-5):
    """Batch norm whose moving averages follow with 0.9 instead of Keras's 0.99.

    With 0.99 they need some 500 steps to reach the data; a short training is then judged
    with averages of its first steps, and its images come out grey or dark. Over the paper's
    thousands of steps both are the same. On many devices it looks at the whole batch.

    ``epsilon``, added to the variance, is that of DCGAN's and ESRGAN's code (Torch's default);
    Keras has 1e-3. A recipe says which one its training has (``systems.with_epsilon``).
    """
    synchronized = machine.replicas() > 1
    norm = layers.BatchNormalization(momentum=0.9, epsilon=epsilon, synchronized=synchronized)
    return norm(features)


def leaky_relu(features):
    """LeakyReLU with slope 0.2, as DCGAN and SRGAN use it; the paper gives no slope."""
    return layers.LeakyReLU(negative_slope=0.2)(features)


def size_keeping_shuffle(features, width):
    """Convolution of stride 2, then shuffle by 2: the size stays, the receptive field grows.

    The paper lists three "conv, pixel shuffle x2" blocks behind an input that already has
    the output's size. Shuffles alone would multiply the side by 8; a stride of 2 in the
    convolution before each is the reading that fits 28, 100 and 150 pixels. Sides must be
    even.
    """
    return PixelShuffle(2)(conv(features, 4 * width, stride=2))


def probability(features):
    """One sigmoid unit in float32: how probable it is that the image is an original."""
    return layers.Dense(1, activation="sigmoid", dtype="float32", name="real")(features)


def grey_image(features, kernel, activation):
    """The last convolution: one greyscale filter, its activation in float32."""
    grey = layers.Conv2D(1, kernel, padding="same", dtype="float32")(features)
    return layers.Activation(activation, dtype="float32")(grey)
