"""medsr: our own network, which works at the size of the LR image and never contradicts it.

A trunk of residual blocks without batch norm, SRResNet's, sees the LR image only. Half of it works
at half that size, where a convolution costs a quarter and sees twice as far, so that wider features
are affordable (U-Net, Ronneberger et al. 2015, arXiv 1505.04597, with one step down and a sum in
place of its concatenation). What the trunk adds to the bicubic enlargement is then moved to the
nearest image that reduces to the input (``degradation.consistent``), so that it need not learn what
the input already says. The last convolution starts at zero: an untrained network is the consistent
bicubic enlargement.

``DESIGNS`` are the forms that were tried (``results/designs.json``), and "free", which may
contradict its input: for a network that does not know how its input was reduced.
"""

import keras
from keras import layers

from ..degradation import Consistent, Enlarge
from . import layers as shared
from .layers import PixelShuffle, PixelUnshuffle, leaky_relu
from .srresnet import conv, residual_block

# What is changed in the arguments of ``generator``.
DESIGNS = {
    "": {},
    "late": {"late": 32},
    "one level, late": {"levels": 1, "late": 32},
    "free": {"reduction": "unknown"},
}


def generator(lr_size, factor=3, width=64, blocks=3, levels=2, late=0, reduction="bicubic"):
    """LR (B, h, w, 1) in [-1, 1] -> SR (B, f*h, f*w, 1), about [-1, 1].

    ``blocks`` residual blocks of ``width`` go down, as many come up, and between them are as many
    of one and a half times the width at half the size; with ``levels`` 1 only ``blocks`` of
    ``width``. ``late`` as for ``enlarging``. ``lr_size`` is (h, w), or one number for squares; the
    weights fit any size. ``reduction`` is how the input came about, one of
    ``reductions.REDUCTIONS``: the result reduces to the input by it. With "unknown" nothing is
    moved at the end; the weights are the same. Raises ValueError for other ``levels``.
    """
    if levels not in (1, 2):
        raise ValueError(f"medsr has 1 or 2 levels, not {levels}.")
    height, breadth = lr_size if isinstance(lr_size, tuple) else (lr_size, lr_size)
    lr = layers.Input((height, breadth, 1), name="lr")
    first = conv(lr, width)
    features = chain(first, width, blocks)
    if levels == 2:
        coarse = chain(conv(features, 3 * width // 2, strides=2), 3 * width // 2, blocks)
        up = PixelShuffle(2)(conv(coarse, 4 * width))
        up = layers.Cropping2D(((0, height % 2), (0, breadth % 2)))(up)  # halves are rounded up
        features = chain(layers.Add()([up, features]), width, blocks)
    return enlarging(lr, layers.Add()([conv(features, width), first]), factor, late, reduction)


def chain(features, width, blocks):
    """Residual blocks one after the other."""
    for _ in range(blocks):
        features = residual_block(features, width)
    return features


def enlarging(lr, features, factor, late, reduction):
    """The network from ``lr`` to the consistent enlargement that ``features`` add detail to.

    One convolution at LR size makes the f*f pixels of each place, a shuffle puts them there (Shi et
    al. 2016, arXiv 1609.05158). With ``late`` so many features of each HR pixel are made and
    shuffled instead, and two convolutions at HR size make the pixel of them.
    """
    zero = {"padding": "same", "kernel_initializer": "zeros", "dtype": "float32"}
    if late:
        features = PixelShuffle(factor)(conv(features, factor * factor * late))
        features = layers.ReLU()(conv(layers.ReLU()(features), late))
        detail = layers.Conv2D(1, 3, **zero)(features)
    else:
        detail = PixelShuffle(factor, dtype="float32")(
            layers.Conv2D(factor * factor, 3, **zero)(features)
        )
    sr = layers.Add(dtype="float32")([Enlarge(factor)(lr), detail])
    if reduction != "unknown":
        sr = Consistent(factor, reduction)([sr, lr])
    return keras.Model(lr, sr, name="medsr_generator")


def discriminator(size, width=32, factor=3, sees_lr=False):
    """Image (B, S, S, 1) -> logits (B, s, s, 1): which patches are original, one a patch.

    Cheap beside the generator: blocks of pixels become channels first, so that nothing is lost
    and all convolutions work at LR size and below. Patches as in PatchGAN (Isola et al. 2017,
    arXiv 1611.07004, section 3.2.2). ``size`` is a multiple of the factor. With ``sees_lr`` there
    is a second input, LR (B, S/f, S/f, 1): originals and results are told apart given what both
    are enlarged from (ibid., equation 1).
    """
    image = layers.Input((size, size, 1), name="image")
    inputs, features = [image], PixelUnshuffle(factor)(image)
    if sees_lr:
        inputs.append(layers.Input((size // factor, size // factor, 1), name="lr"))
        features = layers.Concatenate()([features, inputs[-1]])
    features = leaky_relu(shared.conv(features, width))
    for scale in (2, 4):
        features = leaky_relu(shared.conv(features, scale * width, stride=2))
    logits = layers.Conv2D(1, 3, padding="same", dtype="float32")(features)
    return keras.Model(inputs if sees_lr else image, logits, name="medsr_discriminator")
