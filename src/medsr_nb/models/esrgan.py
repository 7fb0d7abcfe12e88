"""ESRGAN (Wang et al. 2018, arXiv 1809.00219): RRDBs, and a discriminator that compares.

The generator is ``rrdb`` (section 3.1). The discriminator (section 3.2) is VGG-like, as the
authors published it for 128x128: five stages, each a convolution k3s1 and one k4s2 that
halves, with 64, 128, 256, 512 and 512 filters, batch norm after all but the first, then
dense 100 and dense 1. It gives logits, for what is minimised is relativistic (equations 1
and 2): sigmoid(C(real) - mean C(fake)), which no probability can express.

150x150 fits the published network as it is: the halving convolutions see one row and column
of zeros on each side and drop an odd remainder, 150, 75, 37, 18, 9, 4, so that the dense
layer meets the same 4x4 as at 128.
"""

import keras
from keras import layers

from . import rrdb
from .layers import batch_norm, leaky_relu


def generator(lr_size, factor=3, width=64, blocks=23, growth=None, channels=1):
    """LR (B, h, h, channels) in [-1, 1] -> SR (B, f*h, f*h, channels), about [-1, 1].

    ``rrdb.generator`` by this name. Raises ValueError for a factor other than 2, 3 or 4.
    """
    return rrdb.generator(lr_size, factor, width, blocks, growth, channels, name="esrgan_generator")


def normalised(features, filters, kernel, stride):
    """Convolution, batch norm, LeakyReLU; the batch norm's offset serves as the bias."""
    features = layers.ZeroPadding2D(1)(features)
    features = layers.Conv2D(filters, kernel, strides=stride, use_bias=False)(features)
    return leaky_relu(batch_norm(features))


def discriminator(size, width=64, channels=1):
    """Image (B, S, S, channels) -> float32 logit (B, 1), high for an original.

    Raises ValueError for a size below 32, which cannot be halved five times.
    """
    if size < 32:
        raise ValueError(f"ESRGAN's discriminator needs 32x32 pixels or more, not {size}x{size}.")
    image = layers.Input((size, size, channels), name="image")
    features = leaky_relu(layers.Conv2D(width, 3, padding="same")(image))
    features = normalised(features, width, kernel=4, stride=2)
    for scale in (2, 4, 8, 8):
        features = normalised(features, scale * width, kernel=3, stride=1)
        features = normalised(features, scale * width, kernel=4, stride=2)
    features = leaky_relu(layers.Dense(100)(layers.Flatten()(features)))
    logit = layers.Dense(1, dtype="float32", name="logit")(features)
    return keras.Model(image, logit, name="esrgan_discriminator")
