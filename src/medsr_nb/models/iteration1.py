"""Iteration 1 (sections 3.2 and 3.3): the first medical version, after SRGAN, at 100x100.

The paper says that SRGAN was the base, that the images were re-enlarged before they entered
the network, and that it was "adapted" until an epoch took about a minute; figure and listing
are lost. Our reading, between SRGAN and the final prototype: SRGAN's residual blocks on the
re-enlarged image, eight of its sixteen, two shuffles as SRGAN has, each behind a stride of
2 so that the size stays, tanh as everywhere in the paper. The discriminator is SRGAN's own:
dropout came only later (3.3), when the discriminator had proved too strong. 50x50 is the one
low-resolution size that the paper names, so 100x100 is a factor of 2.
"""

import keras
from keras import layers

from ..degradation import Enlarge
from .layers import batch_norm, conv, grey_image, leaky_relu, size_keeping_shuffle
from .srgan import discriminator, prelu, residual_block

__all__ = ["discriminator", "generator"]


def generator(lr_size=50, factor=2, width=64, blocks=8):
    """LR (B, h, h, 1) -> SR (B, f*h, f*h, 1), both in [-1, 1]; f*h must be even."""
    lr = layers.Input((lr_size, lr_size, 1), name="lr")
    first = features = prelu(conv(Enlarge(factor)(lr), width, kernel=9))
    for _ in range(blocks):
        features = residual_block(features, width)
    features = batch_norm(conv(features, width))
    features = layers.Add()([features, first])
    for _ in range(2):
        features = leaky_relu(size_keeping_shuffle(features, width))
    return keras.Model(lr, grey_image(features, 9, "tanh"), name="iteration1_generator")
