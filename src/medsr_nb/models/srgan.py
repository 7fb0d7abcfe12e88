"""SRGAN as published (Ledig et al. 2017, arXiv 1609.04802, figure 4), in greyscale.

Published: k9n64s1 with PReLU, 16 residual blocks k3n64s1 with batch norm, a long skip,
sub-pixel convolutions, k9 output. The paper enlarges by 4 with two shuffles of 2; for 3 it
is one shuffle of 3, as in the authors' other scales. PReLU has one slope a channel. The
output is linear as in the figure, so scoring clips it.
"""

import keras
from keras import layers

from .layers import STEPS, PixelShuffle, batch_norm, conv, grey_image, leaky_relu, probability


def prelu(features):
    """PReLU with one learned slope a channel, the same at every pixel."""
    return layers.PReLU(shared_axes=[1, 2])(features)


def residual_block(features, width):
    """conv-BN-PReLU-conv-BN and the identity (Ledig et al. 2017, figure 4)."""
    inner = prelu(batch_norm(conv(features, width)))
    inner = batch_norm(conv(inner, width))
    return layers.Add()([features, inner])


def generator(lr_size, factor=3, width=64, blocks=16):
    """LR (B, h, h, 1) in [-1, 1] -> SR (B, f*h, f*h, 1), about [-1, 1].

    Raises ValueError for a factor other than 2, 3 or 4.
    """
    if factor not in STEPS:
        raise ValueError(f"SRGAN enlarges by 2, 3 or 4, not by {factor}.")
    lr = layers.Input((lr_size, lr_size, 1), name="lr")
    first = features = prelu(conv(lr, width, kernel=9))
    for _ in range(blocks):
        features = residual_block(features, width)
    features = batch_norm(conv(features, width))
    features = layers.Add()([features, first])
    for shuffle in STEPS[factor]:
        features = conv(features, shuffle * shuffle * width)
        features = prelu(PixelShuffle(shuffle)(features))
    return keras.Model(lr, grey_image(features, 9, "linear"), name="srgan_generator")


def discriminator(size, width=64):
    """Image (B, S, S, 1) -> probability of being an original (B, 1) (figure 4, lower half)."""
    image = layers.Input((size, size, 1), name="image")
    features = leaky_relu(conv(image, width))
    for scale, stride in ((1, 2), (2, 1), (2, 2), (4, 1), (4, 2), (8, 1), (8, 2)):
        features = conv(features, scale * width, stride=stride)
        features = leaky_relu(batch_norm(features))
    features = leaky_relu(layers.Dense(16 * width)(layers.Flatten()(features)))
    return keras.Model(image, probability(features), name="srgan_discriminator")
