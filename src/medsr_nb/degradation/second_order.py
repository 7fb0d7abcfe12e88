"""Real-ESRGAN's second-order degradation (Wang et al. 2021, arXiv 2107.10833, section 3).

Blur, resize, noise and JPEG, twice (section 3.2, D2(D1(HR))), and a sinc filter with the last
resize, before or after the last JPEG (section 3.3). Ranges and probabilities are those of the
published training. Where we depart from it, and why:

* everything is drawn for each image; there, resize, kind of noise and the order of the last
  stages are common to a batch, and a pool of 180 pairs mixes batches to make up for it;
* JPEG takes and gives whole grey levels, as a file does, and continues a border as libjpeg
  does; there, a differentiable stand-in pads with black and does not round;
* Poisson numbers come from one normal number each (``poisson``), as Keras has no others;
* with one channel there is no grey noise beside colour noise.

As there, resizing is not antialiased, which adds aliasing to what has to be undone. There,
HR is sharpened before; whoever wants that gives sharpened HR.
"""

from dataclasses import dataclass

import numpy as np
from keras import ops

from . import blur, canvas, jpeg
from .draws import DrawnReduction

KERNELS = (0.45, 0.25, 0.12, 0.03, 0.12, 0.03)  # iso, aniso; generalised, both; plateau, both
SINC = 0.1  # how often a sinc filter takes the place of such a kernel
GENERALISED_BETA, PLATEAU_BETA = (0.5, 4.0), (1.0, 2.0)
RADII = (3, 10)  # kernel sizes 7, 9, ..., 21
QUALITY = (30.0, 95.0)
LAST_SINC = 0.8
RARE = 2.0  # below this rate Poisson numbers are counted out


@dataclass(frozen=True)
class Order:
    """What differs between the two orders: ranges of what is drawn, and probabilities.

    ``sigma`` is in pixels, ``scales`` is relative to a base side (HR's, then LR's), ``resize``
    is how often it goes up, down or stays, ``gaussian`` is in grey levels, ``poisson`` the
    factor of the noise.
    """

    blurred: float
    sigma: tuple[float, float]
    resize: tuple[float, float, float]
    scales: tuple[float, float]
    gaussian: tuple[float, float]
    poisson: tuple[float, float]


FIRST = Order(1.0, (0.2, 3.0), (0.2, 0.7, 0.1), (0.15, 1.5), (1.0, 30.0), (0.05, 3.0))
SECOND = Order(0.8, (0.2, 1.5), (0.3, 0.4, 0.3), (0.3, 1.2), (1.0, 25.0), (0.05, 2.5))


def drawn_shape(draw, low, high):
    """(B,) shapes beta of a kernel: as often below 1 as above."""
    return ops.where(draw.chance(0.5), draw.uniform(low, 1.0), draw.uniform(1.0, high))


def drawn_radius(draw):
    """(B,) whole radii of kernels."""
    low, high = RADII
    return ops.floor(draw.uniform(float(low), high + 1.0))


def drawn_filter(draw):
    """(B,) ways to resize: area, bilinear or bicubic, equally often."""
    return draw.choice((1 / 3, 1 / 3, 1 / 3))


def pulse(kernels, wanted):
    """The kernels where ``wanted`` (B,), elsewhere the kernel that changes nothing."""
    one = np.zeros(kernels.shape[1:], np.float32)
    one[blur.REACH, blur.REACH] = 1.0
    return ops.where(wanted[:, None, None], kernels, one)


def bell_kernels(draw, sigma, radius):
    """Drawn kernels (B, 21, 21) of the six bell-shaped kinds (section 3.1)."""
    kind = draw.choice(KERNELS)
    sigma_1 = draw.uniform(*sigma)
    isotropic = kind % 2 == 0
    sigma_2 = ops.where(isotropic, sigma_1, draw.uniform(*sigma))
    form = blur.quadratic_form(sigma_1, sigma_2, draw.uniform(-np.pi, np.pi))
    beta = ops.where(kind < 2, 1.0, drawn_shape(draw, *GENERALISED_BETA))
    bell = blur.generalised(form, beta)
    flat = blur.plateau(form, drawn_shape(draw, *PLATEAU_BETA))
    return blur.normalised(ops.where((kind >= 4)[:, None, None], flat, bell), radius)


def drawn_kernels(draw, order):
    """The blur kernels (B, 21, 21) of one order: a bell, or a sinc, or none.

    The sinc's lowest cutoff is pi/5, but pi/3 for kernels under 13x13, which are too small
    for slower waves.
    """
    radius = drawn_radius(draw)
    lowest = ops.where(radius < 6, np.pi / 3, np.pi / 5)
    sinc = blur.normalised(blur.low_pass(draw.uniform(lowest, np.pi)), radius)
    bells = bell_kernels(draw, order.sigma, radius)
    kernels = ops.where(draw.chance(SINC)[:, None, None], sinc, bells)
    return pulse(kernels, draw.chance(order.blurred))


def last_kernels(draw):
    """The last sinc filters (B, 21, 21), or none (section 3.3)."""
    cutoff = draw.uniform(np.pi / 3, np.pi)
    sinc = blur.normalised(blur.low_pass(cutoff), drawn_radius(draw))
    return pulse(sinc, draw.chance(LAST_SINC))


def drawn_sides(draw, order, base):
    """The sides (B,) int32 after one order's resize, at least 1, of a base side in pixels."""
    lowest, highest = order.scales
    way = draw.choice(order.resize)
    scale = ops.where(way == 0, draw.uniform(1.0, highest), draw.uniform(lowest, 1.0))
    sides = ops.floor(base * ops.where(way == 2, 1.0, scale))
    return ops.maximum(ops.cast(sides, "int32"), 1)


def poisson(rate, normal):
    """Poisson numbers of ``rate`` from normal numbers, both of one shape, elementwise.

    The quantile of the normal number's rank. From a rate of 2 it is the first Cornish-Fisher
    expansion, rounded, which misses it in under 1 % of draws, by one. Below, at the darkest
    pixels, of which medical images have many, the probabilities are added up until they pass
    the rank.
    """
    expansion = rate + ops.sqrt(rate) * normal + (ops.square(normal) - 1.0) / 6.0
    rank = 0.5 * (1.0 + ops.erf(normal * np.float32(np.sqrt(0.5))))
    probability = ops.exp(-ops.minimum(rate, RARE))
    passed, counted = probability, 0.0
    for number in range(1, 14):  # more come up once in 10 million at a rate of 2
        counted += ops.cast(rank > passed, "float32")
        probability = probability * rate / number
        passed += probability
    return ops.where(rate < RARE, counted, ops.maximum(ops.round(expansion), 0.0))


def photons(levels):
    """How many counts white stands for (B,), by image (B, M, M) of whole levels 0 to 255.

    The number of different levels in the image, up to the next power of 2, as scikit-image's
    ``random_noise`` and the published training have it.
    """
    images = ops.shape(levels)[0]
    codes = ops.cast(levels, "int32") + 256 * ops.arange(images, dtype="int32")[:, None, None]
    codes = ops.reshape(codes, (-1,))
    histogram = ops.segment_sum(ops.ones_like(codes), codes, num_segments=images * 256)
    seen = ops.cast(ops.reshape(histogram, (-1, 256)) > 0, "int32")
    powers = 2 ** np.arange(9)  # 1, 2, ..., 256
    smaller = powers < ops.sum(seen, axis=1, keepdims=True)
    return 2.0 ** ops.sum(ops.cast(smaller, "float32"), axis=1)


def shot_noise(levels, normal):
    """What photon counting adds to images (B, M, M) of grey levels, by normal numbers alike.

    The variance of a pixel is its level times 255 / photons (section 3.1: noise whose
    intensity follows the image's, pixel by pixel).
    """
    whole = ops.clip(ops.round(levels), 0.0, 255.0)
    counts = photons(whole)[:, None, None] / 255.0
    return poisson(whole * counts, normal) / counts - whole


def noisy(levels, draw, order):
    """Images (B, M, M) of grey levels with Gaussian or Poisson noise, half each, clipped."""
    normal = draw.normal(levels.shape[1])
    gaussian = draw.uniform(*order.gaussian)[:, None, None] * normal
    shot = draw.uniform(*order.poisson)[:, None, None] * shot_noise(levels, normal)
    noise = ops.where(draw.chance(0.5)[:, None, None], gaussian, shot)
    return ops.clip(levels + noise, 0.0, 255.0)


def room_for(side):
    """A canvas for images up to ``side`` pixels, in whole JPEG blocks."""
    return int(np.ceil(side / 8)) * 8


def randomly_resized(images, sides, base, draw, order):
    """(images, sides) after one order's resize; ``base`` is its side at scale 1."""
    new = drawn_sides(draw, order, base)
    length = room_for(base * order.scales[1])
    return canvas.resized(images, sides, new, length, drawn_filter(draw)), new


def through_jpeg(images, sides, draw):
    """Images of grey levels on canvases, out of JPEG files of drawn quality."""
    return jpeg.compressed(canvas.replicated(images, sides), draw.uniform(*QUALITY))


def first_order(images, sides, draw):
    """(images, sides) after the first blur, resize, noise and JPEG (equation 1)."""
    images = blur.blurred(images, sides, drawn_kernels(draw, FIRST))
    images, sides = randomly_resized(images, sides, images.shape[1], draw, FIRST)
    return through_jpeg(noisy(images, draw, FIRST), sides, draw), sides


def second_order(images, sides, base, draw):
    """LR images (B, base, base) after the second blur, resize and noise, and the last stages.

    The last resize and the sinc filter are one stage; JPEG comes after it or, as often,
    before.
    """
    images = blur.blurred(images, sides, drawn_kernels(draw, SECOND))
    images, sides = randomly_resized(images, sides, base, draw, SECOND)
    images = noisy(images, draw, SECOND)

    jpeg_first = draw.chance(0.5)[:, None, None]
    images = ops.where(jpeg_first, through_jpeg(images, sides, draw), images)
    lr_sides = ops.full_like(sides, base)
    images = canvas.resized(images, sides, lr_sides, room_for(base), drawn_filter(draw))
    images = blur.blurred(images, lr_sides, last_kernels(draw))
    images = ops.where(jpeg_first, images, through_jpeg(images, lr_sides, draw))
    return images[:, :base, :base]


class SecondOrder(DrawnReduction):
    """HR (B, S, S, 1) in [-1, 1] -> LR (B, S/factor, S/factor, 1) in [-1, 1], 8-bit levels."""

    def degraded(self, levels, draw):
        side = levels.shape[1]
        sides = ops.full((draw.count,), side, dtype="int32")
        return second_order(*first_order(levels, sides, draw), side // self.factor, draw)
