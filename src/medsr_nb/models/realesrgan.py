"""Real-ESRGAN (Wang et al. 2021, arXiv 2107.10833): ESRGAN's generator, a stricter judge.

The generator is ``rrdb``. The discriminator (section 3.4, figure 6) is a U-Net with spectral
norm on all but the first and the last convolution, bilinear enlargement and skips that are
added: it judges every pixel, with a logit. With 64 filters and three channels it has the
published 4,376,897 parameters (greyscale 4,375,745), beside the vectors of the spectral norm,
which are not trained. The sharpened target of the training is here too; the degradation is in
``second_order``.
"""

import functools

import keras
import numpy as np
from keras import layers, ops
from scipy.ndimage import gaussian_filter1d

from .. import degradation
from . import rrdb
from .layers import Bilinear, conv, leaky_relu

THRESHOLD = 10.0  # grey levels, from which on a detail is sharpened
TINY = 1e-12  # the least length that a vector is divided by


def generator(lr_size, factor=3, width=64, blocks=23, growth=None, channels=1):
    """LR (B, h, h, channels) in [-1, 1] -> SR (B, f*h, f*h, channels), about [-1, 1].

    ``rrdb.generator`` by this name. Raises ValueError for a factor other than 2, 3 or 4.
    """
    return rrdb.generator(
        lr_size, factor, width, blocks, growth, channels, name="realesrgan_generator"
    )


def unit(vector):
    """A vector (N,) scaled to length 1."""
    return vector / ops.maximum(ops.sqrt(ops.sum(ops.square(vector))), TINY)


@keras.saving.register_keras_serializable("medsr_nb")
class SpectralNormConv2D(layers.Layer):
    """A convolution without bias by W / sigma(W) (Miyato et al. 2018, arXiv 1802.05957).

    sigma is the largest singular value of the kernel as a matrix, one row an output channel,
    found by algorithm 1: ``u`` is kept, and each call in training takes one power iteration.
    u and v count as constants, so that the gradient is that of W / (u^T W v), equations 9 to
    12. Keras's own SpectralNormalization differs: it overwrites the kernel, and no gradient
    passes through its sigma.

    The padding is Keras's "same". (B, H, W, C) -> (B, ceil(H/stride), ceil(W/stride), filters).
    """

    def __init__(self, filters, kernel_size, stride=1, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.kernel_size = kernel_size
        self.stride = stride

    def build(self, shape):
        # Both stay in float32 whatever the policy: rounded to 16 bits, u would stop moving.
        self.kernel = self.add_weight(
            name="kernel",
            shape=(self.kernel_size, self.kernel_size, shape[-1], self.filters),
            initializer="glorot_uniform",
            autocast=False,
        )
        self.u = self.add_weight(
            name="u",
            shape=(self.filters,),
            initializer=keras.initializers.RandomNormal(stddev=1.0),
            trainable=False,
            autocast=False,
            aggregation="mean",  # equal on all devices, as the weights are
        )

    def sigma(self, training):
        """The estimate u^T W v of the spectral norm; in training u takes one iteration first."""
        transposed = ops.reshape(self.kernel, (-1, self.filters))
        still = ops.stop_gradient(transposed)
        u = ops.stop_gradient(ops.convert_to_tensor(self.u))
        v = unit(ops.matmul(still, u))
        if training:
            u = unit(ops.matmul(v, still))
            self.u.assign(u)
        return ops.sum(v * ops.matmul(transposed, u))

    def call(self, features, training=False):
        kernel = ops.cast(self.kernel / self.sigma(training), self.compute_dtype)
        return ops.conv(features, kernel, strides=self.stride, padding="same")

    def compute_output_shape(self, shape):
        batch, height, width, _ = shape
        return batch, -(-height // self.stride), -(-width // self.stride), self.filters

    def get_config(self):
        own = {
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "stride": self.stride,
        }
        return super().get_config() | own


def spectral(features, filters, kernel=3, stride=1):
    """A spectrally normalised convolution and LeakyReLU."""
    return leaky_relu(SpectralNormConv2D(filters, kernel, stride)(features))


def discriminator(size, width=64, channels=1):
    """Image (B, S, S, channels) -> float32 logits (B, S', S', 1), high where original.

    The U-Net halves three times. So an image is cropped first, evenly, to S', the largest
    multiple of 8: 144 of 150, three pixels off each side. Raises ValueError for a size below
    8.
    """
    if size < 8:
        raise ValueError(
            f"Real-ESRGAN's discriminator needs 8x8 pixels or more, not {size}x{size}."
        )
    sides = (size % 8 // 2, (size % 8 + 1) // 2)
    image = layers.Input((size, size, channels), name="image")
    features = layers.Cropping2D((sides, sides))(image) if size % 8 else image
    features = leaky_relu(conv(features, width))
    skips = []
    for scale in (2, 4, 8):
        skips.append(features)
        features = spectral(features, scale * width, kernel=4, stride=2)
    for scale in (4, 2, 1):
        features = Bilinear(2)(features)
        features = layers.Add()([spectral(features, scale * width), skips.pop()])
    for _ in range(2):
        features = spectral(features, width)
    logits = layers.Conv2D(1, 3, padding="same", dtype="float32", name="logits")(features)
    return keras.Model(image, logits, name="realesrgan_discriminator")


@functools.lru_cache(maxsize=8)
def blur_matrix(size):
    """The matrix (size, size) that blurs one side: a Gaussian, borders mirrored.

    Without a sigma the authors' OpenCV takes 0.3 * (radius - 1) + 0.8, 8 for their 25.
    """
    matrix = gaussian_filter1d(np.eye(size), 8.0, axis=0, mode="mirror", radius=25)
    matrix = matrix.astype(np.float32)
    matrix.setflags(write=False)  # it is shared by everyone who asks for this size
    return matrix


def blurred(images):
    """(B, S, S, 1) blurred by the Gaussian of ``blur_matrix``."""
    rows, columns = (blur_matrix(side) for side in images.shape[1:3])
    return degradation.apply_matrices(images, rows, columns)


def sharpened(hr):
    """The target of Real-ESRGAN's pixel and VGG losses: HR (B, S, S, 1) in [-1, 1], sharpened.

    Unsharp masking, as the paper trains Real-ESRGAN+, by its code's numbers: half of what a blur
    removes is added, where that is more than ``THRESHOLD`` grey levels; the mask of these pixels
    is blurred too, so that it fades. The blur is 51 wide: they ask for 50, made odd.
    """
    detail = hr - blurred(hr)
    mask = blurred(ops.cast(ops.abs(detail) * 127.5 > THRESHOLD, "float32"))
    sharp = ops.clip(hr + 0.5 * detail, -1.0, 1.0)
    return mask * sharp + (1.0 - mask) * hr
