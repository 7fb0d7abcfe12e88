"""Distances between pixels. Every function returns one number, the mean over the batch."""

import math

from keras import ops

LEAST_ERROR = 1e-8  # squared, far below one grey level: an image that is met exactly stays finite


def mean_squared_error(hr, sr):
    """Pixel loss of section 2.6, on images (B, S, S, 1) in [-1, 1] (so at most 4)."""
    return ops.mean(ops.square(hr - sr))


def mean_absolute_error(hr, sr):
    """L1, the pixel loss of ESRGAN and after, on images (B, S, S, 1) in [-1, 1] (so at most 2)."""
    return ops.mean(ops.abs(ops.cast(hr, "float32") - ops.cast(sr, "float32")))


def negative_psnr(hr, sr):
    """Minus the mean PSNR in dB of images (B, S, S, 1) in [-1, 1].

    HINet's loss (Chen et al. 2021, arXiv 2105.06070, section 3.4). An image that is easy to enlarge
    counts as much as a hard one here. In the two losses above a hard image counts for more.
    """
    differences = ops.cast(hr, "float32") - ops.cast(sr, "float32")
    errors = ops.mean(ops.square(differences), axis=(1, 2, 3))
    return 10.0 / math.log(10.0) * ops.mean(ops.log((errors + LEAST_ERROR) / 4.0))
