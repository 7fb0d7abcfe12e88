"""SwinIR (Liang et al. 2021, arXiv 2108.10257): windows of attention instead of convolutions.

Section 3.1: one convolution (equation 1); groups (RSTB) and one more convolution (equations 2
and 3); then the enlargement of the sum of shallow and deep features (equation 4). A group is
some Swin blocks, a convolution, and the group's input added (section 3.2, figure 2). To enlarge,
the lightweight network has one convolution and one shuffle straight to the image, the classical
one convolutions and shuffles 64 wide. Windows of 8 do not tile 50 pixels: the image is mirrored
at its lower and right edge to 56, and the output is cropped.

The published networks see [0, 1], colour less its mean over DIV2K; two ``Rescaling`` layers do
the same to our [-1, 1], so that published weights fit as they are. There is no enlarged image
to which the network would add.

Parameters, x3: lightweight 918,267 in colour as published, 907,449 in greyscale; classical
(``width=180, depths=(6,) * 6, upsampler="classical"``) 11,937,127 in colour, 11,932,733 in
greyscale.

Departures: no stochastic depth in training (see ``swin``); biases start at 0 where PyTorch
draws them; weights start as published otherwise.
"""

import keras
from keras import layers, ops

from .layers import STEPS, PixelShuffle
from .swin import EPSILON, SwinBlock

UPSAMPLERS = ("direct", "classical")
TAIL_WIDTH = 64  # of the classical upsampler
MEANS = {1: [0.0], 3: [0.4488, 0.4371, 0.4040]}  # subtracted from [0, 1], by channels


@keras.saving.register_keras_serializable("medsr_nb")
class MirrorToMultiple(layers.Layer):
    """Mirrors the lower and right edge until sides are multiples: (B, H, W, C) -> (B, H', W', C).

    The edge itself is not repeated, so a side must be longer than what it lacks.
    """

    def __init__(self, multiple, **kwargs):
        super().__init__(**kwargs)
        self.multiple = multiple

    def call(self, images):
        _, height, width, _ = images.shape
        edges = ((0, 0), (0, -height % self.multiple), (0, -width % self.multiple), (0, 0))
        return ops.pad(images, edges, mode="reflect")

    def compute_output_shape(self, shape):
        batch, height, width, channels = shape
        return batch, height + -height % self.multiple, width + -width % self.multiple, channels

    def get_config(self):
        return super().get_config() | {"multiple": self.multiple}


def conv(features, filters, name, **settings):
    """A 3x3 convolution that starts as PyTorch's: uniform, of variance 1 / (3 fan-in)."""
    uniform = keras.initializers.VarianceScaling(1 / 3, "fan_in", "uniform")
    layer = layers.Conv2D(
        filters, 3, padding="same", kernel_initializer=uniform, name=name, **settings
    )
    return layer(features)


def norm(features, name):
    """Layer norm over the channels of each pixel."""
    return layers.LayerNormalization(epsilon=EPSILON, name=name)(features)


def residual_group(features, depth, heads, window, mlp_ratio, name):
    """Swin blocks, every second one shifted, a convolution, and the input (section 3.2)."""
    size, inner = features.shape[1:3], features
    for number in range(depth):
        inner = SwinBlock(
            size,
            heads,
            window,
            shift=window // 2 if number % 2 else 0,
            mlp_ratio=mlp_ratio,
            name=f"{name}.residual_group.blocks.{number}",
        )(inner)
    return layers.Add()([features, conv(inner, features.shape[-1], f"{name}.conv")])


def enlarged(features, factor, upsampler, channels):
    """Features (B, h, w, C) -> image (B, f*h, f*w, channels) in float32 (equation 4)."""
    if upsampler == "direct":
        features = conv(features, factor * factor * channels, "upsample.0", dtype="float32")
        return PixelShuffle(factor, dtype="float32")(features)
    features = conv(features, TAIL_WIDTH, "conv_before_upsample.0")
    features = layers.LeakyReLU(negative_slope=0.01)(features)
    for number, shuffle in enumerate(STEPS[factor]):
        features = conv(features, shuffle * shuffle * TAIL_WIDTH, f"upsample.{2 * number}")
        features = PixelShuffle(shuffle)(features)
    return conv(features, channels, "conv_last", dtype="float32")


def refuse_unfit(lr_size, factor, window, upsampler, channels):
    """Raises ValueError for what ``generator`` cannot build."""
    if factor not in STEPS:
        raise ValueError(f"SwinIR enlarges by 2, 3 or 4, not by {factor}.")
    if upsampler not in UPSAMPLERS:
        raise ValueError(f"no upsampler {upsampler!r}: choose one of {', '.join(UPSAMPLERS)}.")
    if channels not in MEANS:
        raise ValueError(f"SwinIR takes 1 or 3 channels, not {channels}.")
    if -lr_size % window >= lr_size:
        raise ValueError(
            f"{lr_size} pixels are too few to mirror them to a multiple of {window}: choose a "
            f"larger image or a smaller window."
        )


def generator(
    lr_size,
    factor=3,
    width=60,
    depths=(6, 6, 6, 6),
    heads=6,
    window=8,
    mlp_ratio=2.0,
    upsampler="direct",
    channels=1,
):
    """LR (B, h, h, channels) in [-1, 1] -> SR (B, f*h, f*h, channels), about [-1, 1].

    As it stands, the lightweight network. ``depths`` has the Swin blocks of each group. The
    layers bear the names of the official weight files, by which parity is tested.
    Raises ValueError for factors, upsamplers, channels, widths and sizes that it cannot take.
    """
    refuse_unfit(lr_size, factor, window, upsampler, channels)
    mean = MEANS[channels]
    lr = layers.Input((lr_size, lr_size, channels), name="lr")
    image = layers.Rescaling(0.5, [0.5 - value for value in mean], dtype="float32")(lr)
    shallow = conv(MirrorToMultiple(window, dtype="float32")(image), width, "conv_first")
    features = norm(shallow, "patch_embed.norm")
    for number, depth in enumerate(depths):
        features = residual_group(features, depth, heads, window, mlp_ratio, f"layers.{number}")
    features = conv(norm(features, "norm"), width, "conv_after_body")
    features = layers.Add()([features, shallow])
    sr = enlarged(features, factor, upsampler, channels)
    surplus = factor * (-lr_size % window)
    sr = layers.Cropping2D(((0, surplus), (0, surplus)), dtype="float32")(sr)
    sr = layers.Rescaling(2.0, [2.0 * value - 1.0 for value in mean], dtype="float32")(sr)
    return keras.Model(lr, sr, name="swinir_generator")
