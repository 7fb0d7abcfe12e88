"""The trunk of ESRGAN and Real-ESRGAN: residual-in-residual dense blocks, without batch norm.

Wang et al. 2018 (arXiv 1809.00219), section 3.1 and figure 4. A dense block has five
convolutions, each of which sees the block's input and everything made since; its output is
scaled by 0.2 before it is added to the input. Three of them in a row, scaled by 0.2 and
added once more, are an RRDB. Enlargement comes last: nearest neighbour, then a convolution.

Published for x4 in two such steps. For x3, which the paper does not have, one step of 3; x2
takes one step of 2. (Real-ESRGAN's own x2 halves the image first and then enlarges by 4.)

Initial weights: a tenth of He's within the dense blocks, where section 3.1 argues for a
"smaller initialization"; elsewhere PyTorch's usual variance, 1/3 over the fan-in, as in the
authors' released code. The trunk amplifies, for every RRDB adds a fifth of something that
contains its input: 1.2 ** 23 = 66 times. With He's weights outside the blocks the first output
has a standard deviation of 86 instead of 1; with a tenth everywhere it is next to nothing, and
150 steps of a small network (12 blocks, 24 wide) left an L1 of 0.115 where this leaves 0.077.

With 64 filters, 23 blocks, growth 32 and three channels x4 has the published 16,697,987
parameters; greyscale x3 has 16,658,753.
"""

import keras
from keras import layers

from .layers import STEPS, leaky_relu

SCALING = 0.2
TENTH_OF_HE = 2 * 0.1**2  # as a variance; He et al. 2015 (arXiv 1502.01852) take 2


def conv(features, filters, name, variance=1 / 3, **settings):
    """A 3x3 convolution whose weights start with ``variance`` over the fan-in."""
    drawn = keras.initializers.VarianceScaling(variance, "fan_in", "untruncated_normal")
    return layers.Conv2D(
        filters, 3, padding="same", kernel_initializer=drawn, name=name, **settings
    )(features)


def added(features, residual):
    """The features plus a fifth of the residual."""
    return layers.Add()([features, layers.Rescaling(SCALING)(residual)])


def dense_block(features, growth, name):
    """Four convolutions that add ``growth`` maps each, and one back to the width (figure 4)."""
    width = features.shape[-1]
    seen = features
    for number in range(1, 5):
        grown = leaky_relu(conv(seen, growth, f"{name}.conv{number}", TENTH_OF_HE))
        seen = layers.Concatenate()([seen, grown])
    return added(features, conv(seen, width, f"{name}.conv5", TENTH_OF_HE))


def residual_in_residual(features, growth, name):
    """Three dense blocks, and the input added to a fifth of what they make of it (figure 4)."""
    inner = features
    for number in range(1, 4):
        inner = dense_block(inner, growth, f"{name}.rdb{number}")
    return added(features, inner)


def generator(
    lr_size, factor=3, width=64, blocks=23, growth=None, channels=1, name="rrdb_generator"
):
    """LR (B, h, h, channels) in [-1, 1] -> SR (B, f*h, f*h, channels), about [-1, 1].

    Without a growth it is half the width, as published. The layers bear the names of the
    official weight files, by which parity is tested. Raises ValueError for a factor other
    than 2, 3 or 4.
    """
    if factor not in STEPS:
        raise ValueError(f"RRDBNet enlarges by 2, 3 or 4, not by {factor}.")
    growth = growth or width // 2
    lr = layers.Input((lr_size, lr_size, channels), name="lr")
    first = features = conv(lr, width, "conv_first")
    for number in range(blocks):
        features = residual_in_residual(features, growth, f"body.{number}")
    features = layers.Add()([first, conv(features, width, "conv_body")])
    for number, step in enumerate(STEPS[factor], start=1):
        features = layers.UpSampling2D(step, interpolation="nearest")(features)
        features = leaky_relu(conv(features, width, f"conv_up{number}"))
    features = leaky_relu(conv(features, width, "conv_hr"))
    sr = conv(features, channels, "conv_last", dtype="float32")
    return keras.Model(lr, sr, name=name)
