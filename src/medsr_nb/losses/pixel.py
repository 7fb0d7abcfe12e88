"""Distances between pixels. Every function returns one number, the mean over the batch."""

import math

import numpy as np
from keras import ops

WINDOW, SIGMA = 11, 1.5  # of SSIM's Gaussian, in pixels
C1, C2 = (0.01 * 2.0) ** 2, (0.03 * 2.0) ** 2  # of SSIM, for a range of 2
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


def ssim_loss(hr, sr):
    """1 - the mean SSIM of images (B, S, S, 1) in [-1, 1], S at least WINDOW pixels.

    Zhao et al. 2017 (arXiv 1511.08861, section III-B) take it as a loss. It is ``scoring.ssim``
    with a gradient: the means, variances and the covariance are those under the Gaussian window
    where it fits whole (Wang et al. 2004, equation 13).
    """
    x, y = (ops.cast(one, "float32") + 1.0 for one in (hr, sr))  # SSIM wants black at 0
    mean_x, mean_y = windowed(x), windowed(y)
    variance_x = windowed(ops.square(x)) - ops.square(mean_x)
    variance_y = windowed(ops.square(y)) - ops.square(mean_y)
    covariance = windowed(x * y) - mean_x * mean_y
    likeness = (2.0 * mean_x * mean_y + C1) * (2.0 * covariance + C2)
    likeness /= ops.square(mean_x) + ops.square(mean_y) + C1
    likeness /= variance_x + variance_y + C2
    return 1.0 - ops.mean(likeness)


def windowed(images):
    """The Gaussian mean around each pixel whose window fits: (B, S, S, 1) -> S - WINDOW + 1."""
    places = np.arange(WINDOW) - WINDOW // 2
    line = np.exp(-0.5 * (places / SIGMA) ** 2)
    line = (line / line.sum()).astype("float32")
    down = ops.conv(images, line[:, None, None, None])
    return ops.conv(down, line[None, :, None, None])
