"""medsr: our own network, which works at the size of the LR image and never contradicts it.

A plain residual trunk without batch norm (as EDSR, Lim et al. 2017, arXiv 1707.02921, figure
2c) sees the LR image only; one convolution makes the f*f values of each pixel, one shuffle
(Shi et al. 2016, arXiv 1609.05158) puts them in place. What it adds to the bicubic enlargement
is then moved to the nearest image that reduces to the input (``degrade.consistent``), so that
the trunk need not learn what the input already says. Its last convolution starts at zero: an
untrained network is the consistent bicubic enlargement.
"""

import keras
from keras import layers

from ..degrade import Consistent, Enlarge
from .layers import PixelShuffle, PixelUnshuffle, conv, leaky_relu


def residual_block(features, width):
    """conv-ReLU-conv and the identity, without batch norm."""
    inner = conv(layers.ReLU()(conv(features, width)), width)
    return layers.Add()([features, inner])


def generator(lr_size, factor=3, width=48, blocks=8):
    """LR (B, h, h, 1) in [-1, 1] -> SR (B, f*h, f*h, 1), about [-1, 1]."""
    lr = layers.Input((lr_size, lr_size, 1), name="lr")
    first = features = conv(lr, width)
    for _ in range(blocks):
        features = residual_block(features, width)
    features = layers.Add()([conv(features, width), first])
    detail = layers.Conv2D(
        factor * factor, 3, padding="same", kernel_initializer="zeros", dtype="float32"
    )(features)
    detail = PixelShuffle(factor, dtype="float32")(detail)
    sr = layers.Add(dtype="float32")([Enlarge(factor)(lr), detail])
    return keras.Model(lr, Consistent(factor)([sr, lr]), name="medsr_generator")


def discriminator(size, width=32, factor=3):
    """Image (B, S, S, 1) -> logits (B, s, s, 1): which patches are original, one a patch.

    Cheap beside the generator: blocks of pixels become channels first, so that nothing is lost
    and all convolutions work at LR size and below. Patches as in PatchGAN (Isola et al. 2017,
    arXiv 1611.07004, section 3.2.2). ``size`` is a multiple of the factor.
    """
    image = layers.Input((size, size, 1), name="image")
    features = leaky_relu(conv(PixelUnshuffle(factor)(image), width))
    for scale in (2, 4):
        features = leaky_relu(conv(features, scale * width, stride=2))
    logits = layers.Conv2D(1, 3, padding="same", dtype="float32")(features)
    return keras.Model(image, logits, name="medsr_discriminator")
