"""The final prototype, layer by layer as sections 2.3 and 2.4 list it.

Where the paper is silent: 3x3 kernels everywhere; 64 filters in the generator; SRGAN's
filters and strides in the discriminator (64 to 512, every second convolution halves);
LeakyReLU slope 0.2; stride 2 before each pixel shuffle (see ``size_keeping_shuffle``). The
second to fourth convolution of the discriminator have no activation: the paper lists none,
and we build what it lists.
"""

import keras
from keras import layers

from ..degradation import Enlarge
from .layers import batch_norm, conv, grey_image, leaky_relu, probability, size_keeping_shuffle


def residual_block(features, width):
    """conv-BN-LeakyReLU-conv-BN-LeakyReLU-add (section 2.3)."""
    inner = leaky_relu(batch_norm(conv(features, width)))
    inner = leaky_relu(batch_norm(conv(inner, width)))
    return layers.Add()([features, inner])


def generator(lr_size=50, factor=3, width=64, blocks=7):
    """LR (B, h, h, 1) -> SR (B, f*h, f*h, 1), both in [-1, 1]; f*h must be even."""
    lr = layers.Input((lr_size, lr_size, 1), name="lr")
    first = features = leaky_relu(conv(Enlarge(factor)(lr), width))
    for _ in range(blocks):
        features = residual_block(features, width)
    features = layers.Add()([leaky_relu(conv(features, width)), first])
    for _ in range(3):
        features = leaky_relu(size_keeping_shuffle(features, width))
    return keras.Model(lr, grey_image(features, 3, "tanh"), name="prototype_generator")


def discriminator(size=150, width=64, dropout=0.5):
    """Image (B, S, S, 1) -> probability of being an original (B, 1) (section 2.4)."""
    image = layers.Input((size, size, 1), name="image")

    def block(features, scale, stride, norm):
        features = conv(features, scale * width, stride=stride)
        if norm:
            features = batch_norm(features)
        return layers.Dropout(dropout)(features)

    features = leaky_relu(block(image, 1, 1, norm=False))
    for scale, stride in ((1, 2), (2, 1), (2, 2)):
        features = block(features, scale, stride, norm=True)
    for scale, stride, norm in ((4, 1, True), (4, 2, False), (8, 2, False)):
        features = leaky_relu(block(features, scale, stride, norm))
    features = leaky_relu(layers.Dense(16 * width)(layers.Flatten()(features)))
    return keras.Model(image, probability(features), name="prototype_discriminator")
