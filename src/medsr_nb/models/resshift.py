"""ResShift's denoiser (Yue et al. 2023, arXiv 2307.12348): a U-Net with Swin blocks, on pixels.

The published configuration: width 160, times (1, 2, 2, 4) at 64, 32, 16 and 8 latent pixels, two
residual blocks with group norm and SiLU a level, two Swin blocks with windows of 8 in place of
attention at each level, the LR image as further input channels, t as sines and cosines through two
dense layers; 118.6 M parameters, trained 500,000 steps of 64 photographs. ``diffusion`` says why
there are no latents here. The structure is kept; what differs, and why:

* The U-Net works at the size of the LR image. A convolution of stride f and kernel 3f on x_t is a
  pixel unshuffle by f and a 3x3 convolution in one; the LR image needs no change of size, and the
  sum of both convolutions is one over the concatenation. A shuffle by f leads back. That costs a
  ninth of a U-Net at 150x150.
* 50 is mirrored to 56 and windows are 7 wide, Swin's own size, because 56, 28 and 14 are multiples
  of 7: with windows of 8 it would be 64, a third more work. Three levels, as 7x7 is one window.
* Width 48 times (1, 2, 2), 3,568,599 parameters; Swin at 28 and 14 only, at the level's own width
  instead of 192, after its blocks; an MLP twice as wide instead of four times; two blocks on the
  way up instead of three; t added instead of scaling too: for two cores and a few thousand images.
  118.6 M parameters could neither be trained there nor compared on one budget.
* The enlarged LR image y is added to the output, whose last convolution starts at zero. So the
  first guess of x_0 is bicubic instead of noise, the loss and its target stay the paper's, and a
  short training is spent on what y lacks.
"""

import math

import keras
import numpy as np
from keras import layers, ops

from ..degradation import Enlarge
from .diffusion import Sampler
from .layers import PixelShuffle, conv
from .swin import SwinBlock

HEAD = 32  # channels of an attention head, as published, or somewhat more
GROUPS = 8  # of the group norms, where they divide the width; published 32, at width 160


@keras.saving.register_keras_serializable("medsr_nb")
class Sinusoids(layers.Layer):
    """t (B,) -> (B, width): cosines and sines of t at width / 2 frequencies, from 1 to 1/10000.

    Vaswani et al. 2017 (arXiv 1706.03762), section 3.5, all cosines first; in float32.
    """

    def __init__(self, width, dtype="float32", **kwargs):
        super().__init__(dtype=dtype, **kwargs)
        self.width = width

    def call(self, t):
        frequencies = 1e4 ** (-np.arange(self.width // 2) / (self.width // 2))
        angles = ops.expand_dims(t, -1) * frequencies.astype("float32")
        return ops.concatenate([ops.cos(angles), ops.sin(angles)], axis=-1)

    def compute_output_shape(self, shape):
        return *shape, self.width

    def get_config(self):
        return super().get_config() | {"width": self.width}


@keras.saving.register_keras_serializable("medsr_nb")
class MirrorPad(layers.Layer):
    """(B, h, w, C) -> (B, h + before + after, w + before + after, C), mirrored at its edges.

    The edge pixels are repeated, so that an image and its enlargement stay in step.
    """

    def __init__(self, before, after, **kwargs):
        super().__init__(**kwargs)
        self.before = before
        self.after = after

    def call(self, image):
        margins = (self.before, self.after)
        return ops.pad(image, ((0, 0), margins, margins, (0, 0)), mode="symmetric")

    def compute_output_shape(self, shape):
        batch, height, width, channels = shape
        margins = self.before + self.after
        return batch, height + margins, width + margins, channels

    def get_config(self):
        return super().get_config() | {"before": self.before, "after": self.after}


def normed(features):
    """Group norm in float32, then SiLU: what stands before every convolution."""
    groups = math.gcd(GROUPS, features.shape[-1])
    features = layers.GroupNormalization(groups, epsilon=1e-5, dtype="float32")(features)
    return layers.Activation("silu")(features)


def residual_block(features, time, width):
    """norm-SiLU-conv, t added to each channel, norm-SiLU-conv, and the identity."""
    inner = conv(normed(features), width)
    inner = layers.Add()([inner, layers.Reshape((1, 1, width))(layers.Dense(width)(time))])
    inner = conv(normed(inner), width)
    if features.shape[-1] != width:
        features = conv(features, width, kernel=1)
    return layers.Add()([features, inner])


def swin_pair(features, window):
    """A Swin block and one with shifted windows; a lone window cannot be shifted."""
    side, width = features.shape[1], features.shape[-1]
    for shift in (0, window // 2 if side > window else 0):
        features = SwinBlock((side, side), max(1, width // HEAD), window, shift)(features)
    return features


def u_net(features, time, widths, blocks, window):
    """(B, s, s, widths[0]) -> the same shape, by way of s/2, s/4, ...; Swin below the first."""
    skips = []
    for level, width in enumerate(widths):
        if level:
            features = conv(features, width, stride=2)
        for _ in range(blocks):
            features = residual_block(features, time, width)
            skips.append(features)
        if level:
            features = swin_pair(features, window)
    features = residual_block(features, time, widths[-1])
    features = swin_pair(features, window)
    features = residual_block(features, time, widths[-1])
    for level, width in reversed(list(enumerate(widths))):
        for _ in range(blocks):
            features = layers.Concatenate()([features, skips.pop()])
            features = residual_block(features, time, width)
        if level:
            features = swin_pair(features, window)
            features = conv(layers.UpSampling2D()(features), widths[level - 1])
    return features


def denoiser(lr_size, factor=3, width=48, multipliers=(1, 2, 2), blocks=2, window=7):
    """[x_t (B, f*h, f*h, 1), LR (B, h, h, 1), t (B,)] -> guess of x_0 (B, f*h, f*h, 1).

    x_t is scaled as ``Sampler`` scales it, LR and x_0 are in [-1, 1]; the guess is not clipped.
    Each level after the first has half the side and ``multipliers`` times the width. Raises
    ValueError for an odd width, one that heads cannot share, and sides that cannot be padded to
    whole windows.
    """
    if width % 2:
        raise ValueError(f"width {width} is odd, and t takes pairs: choose {width + 1}.")
    unit = window * 2 ** (len(multipliers) - 1)
    missing = -lr_size % unit
    before, after = missing // 2, missing - missing // 2
    if after > lr_size:
        raise ValueError(
            f"{lr_size} pixels cannot be mirrored to {lr_size + missing}, a multiple of {unit}: "
            "choose a smaller window or fewer multipliers."
        )
    x_t = layers.Input((factor * lr_size, factor * lr_size, 1), name="x_t")
    lr = layers.Input((lr_size, lr_size, 1), name="lr")
    t = layers.Input((), name="t")

    time = layers.Dense(4 * width, activation="silu")(Sinusoids(width)(t))
    time = layers.Dense(4 * width, activation="silu")(time)
    seen = MirrorPad(factor * before, factor * after)(x_t)
    seen = conv(seen, width, kernel=3 * factor, stride=factor)
    features = layers.Add()([seen, conv(MirrorPad(before, after)(lr), width)])
    features = u_net(features, time, [width * one for one in multipliers], blocks, window)
    features = layers.Cropping2D(((before, after), (before, after)))(normed(features))
    detail = layers.Conv2D(
        factor * factor, 3, padding="same", kernel_initializer="zeros", dtype="float32"
    )(features)
    detail = PixelShuffle(factor, dtype="float32")(detail)
    x_0 = layers.Add(dtype="float32")([Enlarge(factor)(lr), detail])
    return keras.Model([x_t, lr, t], x_0, name="resshift_denoiser")


def generator(
    lr_size,
    factor=3,
    width=48,
    multipliers=(1, 2, 2),
    blocks=2,
    window=7,
    steps=4,
    kappa=2.0,
    min_noise=0.04,
    seed=0,
    divisor="largest",
):
    """LR (B, h, h, 1) -> SR (B, f*h, f*h, 1), both in [-1, 1], by ``steps`` passes of a denoiser.

    ``denoising.DiffusionModel`` trains it; ``diffusion.Sampler`` says what ``kappa``,
    ``min_noise``, ``seed`` and ``divisor`` are. Raises ValueError as ``denoiser``,
    ``schedule`` and ``Sampler`` do.
    """
    network = denoiser(lr_size, factor, width, multipliers, blocks, window)
    lr = layers.Input((lr_size, lr_size, 1), name="lr")
    sampler = Sampler(network, factor, steps, kappa, min_noise, seed, divisor, name="sampler")
    return keras.Model(lr, sampler(lr), name="resshift_generator")
