"""SRResNet without batch norm, as it is trained today: the yardstick of speed and quality.

Known as MSRResNet (Wang et al. 2018, arXiv 1809.00219, section 4.2, which names it as the
start of its generator): SRGAN's residual blocks at the size of the LR image without batch
norm, one convolution and shuffle for x3, LeakyReLU of slope 0.1, a bilinear enlargement to
which the network adds, and initial weights a tenth of He's. With 64 filters, 16 blocks and
three channels it has the published 1,554,499 parameters.
"""

import keras
from keras import layers

from .layers import Bilinear, PixelShuffle

SLOPE = 0.1


def conv(features, filters, **settings):
    """A 3x3 convolution that starts at a tenth of He's weights (variance 2 / fan-in)."""
    tenth_of_he = keras.initializers.VarianceScaling(0.02, "fan_in", "untruncated_normal")
    return layers.Conv2D(filters, 3, padding="same", kernel_initializer=tenth_of_he, **settings)(
        features
    )


def leaky_relu(features):
    """LeakyReLU with the slope of this family, half of SRGAN's."""
    return layers.LeakyReLU(negative_slope=SLOPE)(features)


def residual_block(features, width):
    """conv-ReLU-conv and the identity."""
    inner = conv(layers.ReLU()(conv(features, width)), width)
    return layers.Add()([features, inner])


def detail(image, factor, width, blocks, channels):
    """What the network adds: (B, h, w, any) -> (B, f*h, f*w, channels) in float32.

    Raises ValueError for a factor other than 2 or 3, which one shuffle makes.
    """
    if factor not in (2, 3):
        raise ValueError(f"this SRResNet enlarges by 2 or 3, not by {factor}.")
    features = leaky_relu(conv(image, width))
    for _ in range(blocks):
        features = residual_block(features, width)
    features = PixelShuffle(factor)(conv(features, factor * factor * width))
    features = leaky_relu(conv(leaky_relu(features), width))
    return conv(features, channels, dtype="float32", name="detail")


def generator(lr_size, factor=3, width=64, blocks=16, channels=1):
    """LR (B, h, w, channels) in [-1, 1] -> SR (B, f*h, f*w, channels), about [-1, 1].

    ``lr_size`` is (h, w), or one number for squares; the weights fit any size. Raises ValueError
    for a factor other than 2 or 3.
    """
    height, breadth = lr_size if isinstance(lr_size, tuple) else (lr_size, lr_size)
    lr = layers.Input((height, breadth, channels), name="lr")
    added = detail(lr, factor, width, blocks, channels)
    enlarged = Bilinear(factor, dtype="float32")(lr)
    return keras.Model(
        lr, layers.Add(dtype="float32")([enlarged, added]), name="srresnet_generator"
    )
