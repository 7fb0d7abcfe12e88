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

import keras
import numpy as np
from keras import ops

from . import blur, canvas, jpeg
from .bicubic import rounded_to_8_bit

KERNELS = (0.45, 0.25, 0.12, 0.03, 0.12, 0.03)  # iso, aniso; generalised, both; plateau, both
SINC = 0.1  # how often a sinc filter takes the place of such a kernel
GENERALISED_BETA, PLATEAU_BETA = (0.5, 4.0), (1.0, 2.0)
RADII = (3, 10)  # kernel sizes 7, 9, ..., 21
QUALITY = (30.0, 95.0)
LAST_SINC = 0.8
UNIFORMS = 50  # numbers that one image's way takes
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


class Draw:
    """Random numbers for each of ``count`` images, from one ``keras.random.SeedGenerator``.

    The uniform ones of a batch come from one call: 50 calls would take XLA seconds to compile.
    """

    def __init__(self, count, seed):
        self.count = count
        self.seed = seed
        self.rows = iter(ops.unstack(keras.random.uniform((UNIFORMS, count), seed=seed), UNIFORMS))

    def uniform(self, low, high):
        """(B,) between ``low`` and ``high``, numbers or (B,) themselves."""
        return low + (high - low) * next(self.rows)

    def chance(self, probability):
        """(B,) booleans, true with this probability."""
        return self.uniform(0.0, 1.0) < probability

    def choice(self, probabilities):
        """(B,) int32: which of several, by their probabilities, which sum to one."""
        bounds = np.cumsum(probabilities[:-1], dtype=np.float32)
        return ops.sum(ops.cast(self.uniform(0.0, 1.0)[:, None] >= bounds, "int32"), axis=1)

    def beta(self, low, high):
        """(B,) shapes of a kernel: as often below 1 as above."""
        return ops.where(self.chance(0.5), self.uniform(low, 1.0), self.uniform(1.0, high))

    def radius(self):
        """(B,) whole radii of kernels."""
        low, high = RADII
        return ops.floor(self.uniform(float(low), high + 1.0))

    def kind(self):
        """(B,) ways to resize: area, bilinear or bicubic, equally often."""
        return self.choice((1 / 3, 1 / 3, 1 / 3))

    def normal(self, side):
        """(B, side, side) normal numbers."""
        return keras.random.normal((self.count, side, side), seed=self.seed)


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
    beta = ops.where(kind < 2, 1.0, draw.beta(*GENERALISED_BETA))
    bell = blur.generalised(form, beta)
    flat = blur.plateau(form, draw.beta(*PLATEAU_BETA))
    return blur.normalised(ops.where((kind >= 4)[:, None, None], flat, bell), radius)


def drawn_kernels(draw, order):
    """The blur kernels (B, 21, 21) of one order: a bell, or a sinc, or none.

    The sinc's lowest cutoff is pi/5, but pi/3 for kernels under 13x13, which are too small
    for slower waves.
    """
    radius = draw.radius()
    lowest = ops.where(radius < 6, np.pi / 3, np.pi / 5)
    sinc = blur.normalised(blur.low_pass(draw.uniform(lowest, np.pi)), radius)
    bells = bell_kernels(draw, order.sigma, radius)
    kernels = ops.where(draw.chance(SINC)[:, None, None], sinc, bells)
    return pulse(kernels, draw.chance(order.blurred))


def last_kernels(draw):
    """The last sinc filters (B, 21, 21), or none (section 3.3)."""
    cutoff = draw.uniform(np.pi / 3, np.pi)
    sinc = blur.normalised(blur.low_pass(cutoff), draw.radius())
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
    return canvas.resized(images, sides, new, length, draw.kind()), new


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
    images = canvas.resized(images, sides, lr_sides, room_for(base), draw.kind())
    images = blur.blurred(images, lr_sides, last_kernels(draw))
    images = ops.where(jpeg_first, images, through_jpeg(images, lr_sides, draw))
    return images[:, :base, :base]


@keras.saving.register_keras_serializable("medsr_nb")
class SecondOrder(keras.layers.Layer):
    """HR (B, S, S, 1) in [-1, 1] -> LR (B, S/factor, S/factor, 1) in [-1, 1], 8-bit levels.

    Every call draws anew. Where it stands is a variable of this layer, so that a training
    that stores its models' variables goes on with the same images. Raises ValueError for
    images that are not square or whose side is no multiple of the factor.
    """

    def __init__(self, factor, seed=0, **kwargs):
        super().__init__(**{"trainable": False, "dtype": "float32"} | kwargs)
        self.factor = factor
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.built = True

    def call(self, hr):
        _, height, width, _ = hr.shape
        if height != width or height % self.factor:
            raise ValueError(
                f"an image of {height}x{width} cannot be degraded by {self.factor}: "
                f"crop it to a square whose side is a multiple of {self.factor}."
            )
        draw = Draw(ops.shape(hr)[0], self.seed_generator)
        levels = (ops.squeeze(hr, axis=-1) + 1.0) * 127.5
        sides = ops.full((draw.count,), height, dtype="int32")
        lr = second_order(*first_order(levels, sides, draw), height // self.factor, draw)
        return rounded_to_8_bit(ops.expand_dims(lr, axis=-1) / 127.5 - 1.0)

    def compute_output_shape(self, shape):
        batch, height, width, channels = shape
        return batch, height // self.factor, width // self.factor, channels

    def get_config(self):
        return super().get_config() | {"factor": self.factor, "seed": self.seed}
