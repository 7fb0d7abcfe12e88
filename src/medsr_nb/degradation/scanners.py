"""What scanners do to an image on its way to few pixels: reduction, noise, and JPEG on top.

The reductions are matrices (``reductions.py``). Noise comes after them, in grey levels: Gaussian;
Rician, which is the length of a complex number whose two parts are noisy, as MR images are taken
(Gudbjartsson & Patz 1995, Magn. Reson. Med. 34(6)); and that of counted photons, as in X-rays.

``ScannerReductions`` draws among all of them for a training, so that the network learns to undo
what it cannot know. It is blind: nobody tells it which scanner an image came from.
"""

import io
from dataclasses import dataclass

import numpy as np
from keras import ops
from PIL import Image

from . import jpeg, second_order
from .bicubic import apply_matrices
from .draws import DrawnReduction
from .reductions import ZERO_FILLED, k_space_matrix, reducing_matrix, shared

# How often a training sees each reduction; the zero-filled ones share what is left.
SHARES = {"bicubic": 0.2, "lanczos": 0.15, "average": 0.2, "detector": 0.1, "k-space": 0.25}
SHARES |= dict.fromkeys(ZERO_FILLED, (1.0 - sum(SHARES.values())) / len(ZERO_FILLED))
NOISES = ("none", "gaussian", "rician", "counted")
NOISE_SHARES = (0.4, 0.2, 0.2, 0.2)
STRONGEST = 8.0  # grey levels, of Gaussian and Rician noise
COUNTS = (2.0, 20.0)  # photons for a grey level: few is noisy
JPEG_SHARE, QUALITY = 0.1, (60.0, 95.0)


def gaussian(levels, sigma, normal):
    """Grey levels, any shape, with noise of ``sigma`` levels made of normal numbers."""
    return levels + sigma * normal


def rician(levels, sigma, normal, other):
    """The length of (level + noise, noise): never negative, and brighter where it was black.

    ``normal`` and ``other`` are independent normal numbers in the shape of the levels.
    """
    return ops.sqrt(ops.square(levels + sigma * normal) + ops.square(sigma * other))


def counted(levels, counts, normal):
    """Levels as photons tell them, ``counts`` for each level: a variance of level / counts."""
    return second_order.poisson(ops.maximum(levels, 0.0) * counts, normal) / counts


def passed_matrix(size, reduction):
    """What noise goes through on its way into an image of ``size`` pixels: (size, size).

    It is as smooth as a zero-filled scan, whose missing frequencies carry none; elsewhere it
    stays as it is.
    """
    measured = max(1, round(ZERO_FILLED.get(reduction, 1.0) * size))
    return shared(k_space_matrix(measured, size) @ k_space_matrix(size, measured))


@dataclass(frozen=True)
class Scanner:
    """One way to take an image: a reduction, one of ``NOISES`` and how strong that is, and JPEG.

    ``strength`` is in grey levels; of counted photons it is their number a level. ``quality`` is
    that of the JPEG file that the image is kept in, 1 to 100; None keeps all of it.
    """

    reduction: str
    noise: str = "none"
    strength: float = 0.0
    quality: int | None = None

    def __post_init__(self):
        if self.quality is not None and not 1 <= self.quality <= 100:
            raise ValueError(f"a JPEG's quality is from 1 to 100, not {self.quality}.")
        if self.noise not in NOISES:
            raise ValueError(f"no noise {self.noise!r}: choose one of {', '.join(NOISES)}.")
        if not self.strength >= 0 or (self.noise == "counted" and self.strength == 0):
            least = "more than 0 photons a level" if self.noise == "counted" else "0 or more"
            raise ValueError(f"{self.noise} noise has a strength of {least}, not {self.strength}.")

    def noise_at(self, level):
        """The noise's standard deviation where the image is ``level`` bright, in grey levels.

        A zero-filled scan has measured a share of each side's frequencies, and of the noise's too.
        """
        if self.noise == "none":
            return 0.0
        whole = (level / self.strength) ** 0.5 if self.noise == "counted" else self.strength
        return ZERO_FILLED.get(self.reduction, 1.0) * whole

    def taken(self, pixels, factor, seed=0):
        """Originals uint8 (N, H, W, 1) -> what this scanner makes of them, uint8 (N, h, w, 1).

        The same noise for the same seed. Raises ValueError where a side is no multiple of the
        factor.
        """
        _, height, width, _ = pixels.shape
        if height % factor or width % factor:
            raise ValueError(f"{height}x{width} pixels are no multiple of {factor}: crop them.")
        rows, columns = (reducing_matrix(side, factor, self.reduction) for side in (height, width))
        levels = ops.convert_to_numpy(apply_matrices(pixels.astype("float32"), rows, columns))
        draw = np.random.default_rng(seed)
        rows, columns = (passed_matrix(side, self.reduction) for side in levels.shape[1:3])
        normal, other = (
            apply_matrices(draw.standard_normal(levels.shape, "float32"), rows, columns)
            for _ in range(2)
        )
        if self.noise == "gaussian":
            levels = gaussian(levels, self.strength, normal)
        elif self.noise == "rician":
            levels = rician(levels, self.strength, normal, other)
        elif self.noise == "counted":
            levels = counted(levels, self.strength, normal)
        levels = np.clip(np.rint(ops.convert_to_numpy(levels)), 0, 255).astype("uint8")
        if self.quality is None:
            return levels
        return np.stack([out_of_jpeg(one[..., 0], self.quality) for one in levels])[..., None]


def out_of_jpeg(levels, quality):
    """Grey levels uint8 (h, w) as they come out of a JPEG file of that quality."""
    file = io.BytesIO()
    Image.fromarray(levels).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file))


class ScannerReductions(DrawnReduction):
    """HR (B, S, S, 1) in [-1, 1] -> LR (B, S/factor, S/factor, 1) in [-1, 1], 8-bit levels.

    For each image a reduction, a noise and its strength, and whether it went through JPEG are
    drawn.
    """

    def degraded(self, levels, draw):
        chosen = draw.choice(tuple(SHARES.values()))
        levels = self.reduced(levels, chosen)
        return through_jpeg(noisy(levels, self.passed(chosen, levels.shape[1]), draw), draw)

    def reduced(self, levels, chosen):
        """(B, S, S) -> (B, S/factor, S/factor): each by the reduction that was drawn for it."""
        matrices = [reducing_matrix(levels.shape[1], self.factor, name) for name in SHARES]
        return by_its_own(levels, ops.take(np.stack(matrices), chosen, axis=0))

    def passed(self, chosen, size):
        """The matrices (B, size, size) that the noise of each image goes through."""
        return ops.take(np.stack([passed_matrix(size, name) for name in SHARES]), chosen, axis=0)


def by_its_own(planes, matrices):
    """``M x M^T`` for planes (B, S, S), each with a matrix of its own: (B, s, S) -> (B, s, s)."""
    return apply_matrices(planes[..., None], matrices, matrices)[..., 0]


def noisy(levels, passed, draw):
    """Grey levels (B, s, s) with a drawn noise of a drawn strength, or none, for each image.

    All kinds are computed and one is taken: it costs little beside a network's step. The number
    of photons is drawn evenly on a logarithmic scale.
    """
    kind = draw.choice(NOISE_SHARES)[:, None, None]
    sigma = draw.uniform(0.0, STRONGEST)[:, None, None]
    counts = ops.exp(draw.uniform(*np.log(COUNTS).astype("float32")))[:, None, None]
    normal, other = (by_its_own(draw.normal(levels.shape[1]), passed) for _ in range(2))
    found = ops.where(kind == 1, gaussian(levels, sigma, normal), levels)
    found = ops.where(kind == 2, rician(levels, sigma, normal, other), found)
    return ops.where(kind == 3, counted(levels, counts, normal), found)


def through_jpeg(levels, draw):
    """Grey levels (B, s, s), some images of them out of JPEG files of drawn quality."""
    side = levels.shape[1]
    continued = np.minimum(np.arange(second_order.room_for(side)), side - 1)
    padded = ops.take(ops.take(levels, continued, axis=1), continued, axis=2)
    found = jpeg.compressed(padded, draw.uniform(*QUALITY))[:, :side, :side]
    return ops.where(draw.chance(JPEG_SHARE)[:, None, None], found, levels)
