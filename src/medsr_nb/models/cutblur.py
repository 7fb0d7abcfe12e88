"""Networks whose input has HR size, as CutBlur needs them (Yoo et al. 2020, arXiv 2004.00448).

CutBlur mixes LR and HR in one picture, so the network has to take HR size. The authors give
their networks the LR image enlarged by nearest neighbour and let them begin with a layer
that moves each block of pixels into channels, so that all but the ends still work at LR size.
``generator`` is that for our SRResNet. It takes the LR image like all others, and begins
with the enlargement; training mixes between the enlargement and the rest, its ``core``.
Of its nine copies of each pixel none is wasted: in a mixture they differ.

The authors' networks add nothing to their input. This one adds to it, as SRResNet adds to the
bilinear enlargement: what is sharp already then passes through unchanged.

The paper's own networks (``prototype``, ``iteration1``) begin with a bicubic enlargement, so
they have a core too, and are mixed at HR size with no change.
"""

import keras
from keras import layers

from ..degradation import Enlarge
from . import srresnet
from .layers import PixelUnshuffle


def generator(lr_size, factor=3, width=64, blocks=16):
    """LR (B, h, h, 1) in [-1, 1] -> SR (B, f*h, f*h, 1), about [-1, 1].

    Raises ValueError for a factor other than 2 or 3.
    """
    lr = layers.Input((lr_size, lr_size, 1), name="lr")
    image = layers.UpSampling2D(factor, interpolation="nearest", dtype="float32")(lr)
    added = srresnet.detail(PixelUnshuffle(factor)(image), factor, width, blocks, channels=1)
    return keras.Model(lr, layers.Add(dtype="float32")([image, added]), name="cutblur_generator")


def enlargement(generator):
    """The first layer of a network that begins by enlarging: LR -> its input at HR size.

    Raises ValueError for a network that does not.
    """
    first = generator.layers[1]
    if len(generator.inputs) > 1 or not isinstance(first, Enlarge | layers.UpSampling2D):
        raise ValueError(
            f"{generator.name} does not begin by enlarging its one input, so nothing can be "
            "mixed at HR size: train cutblur.generator, or leave out blend to cutblur, and moa."
        )
    return first


def core(generator):
    """All behind the enlargement, (B, S, S, 1) -> (B, S, S, 1), with the generator's weights.

    Raises ValueError as ``enlargement`` does.
    """
    image = enlargement(generator).output
    return keras.Model(image, generator.output, name=f"{generator.name}_core")
