"""How much of the original a result carries, and whether it agrees with its input.

Scores beside PSNR and SSIM, taken in the same way: 8 bit, whole images, one score an image.
Radiologists' marks of MR images follow VIF more closely than SSIM (Mason et al. 2019).
"""

import numpy as np

from ..degradation import resize_matrix
from .metrics import blurred, check_pair

VISUAL_NOISE = 2.0  # variance in grey levels squared
VIF_WINDOWS = (17, 9, 5, 3)  # pixels, finest scale first; sigma is a fifth
VIF_SIDE = 41  # the fourth scale of such an image is one window


def vif(hr, sr):
    """Visual information fidelity of each image, in the pixel domain (VIFp).

    Sheikh & Bovik 2006 (IEEE Trans. Image Process. 15(2)): the original is a mixture of
    Gaussians, the result locally ``gain * original + noise``, and both are seen through noise
    of variance 2; the score is the information that the result shares with the original over
    the information that the original carries. As in the authors' release of the pixel-domain
    version, local moments are taken under Gaussian windows of 17, 9, 5 and 3 pixels on four
    scales, each half the one before.

    ``hr`` and ``sr`` are uint8 (N, H, W, 1), at least 41 pixels a side; the result is float
    (N,): 1 for equal images, 0 for nothing in common, above 1 where contrast was raised
    without noise, NaN for a constant original, which carries no information. Raises
    ValueError when the shapes differ or a side is too short.
    """
    check_pair(hr, sr)
    if min(hr.shape[1:3]) < VIF_SIDE:
        raise ValueError(
            f"VIF needs {VIF_SIDE} pixels a side for its four scales, these images have "
            f"{hr.shape[1:3]}: use SSIM for images as small as these."
        )
    x, y = (images[..., 0].astype(np.float64) for images in (hr, sr))
    shared, carried = _information(x, y, VIF_WINDOWS[0])
    for length in VIF_WINDOWS[1:]:
        x, y = (_windowed(planes, length)[:, ::2, ::2] for planes in (x, y))
        more_shared, more_carried = _information(x, y, length)
        shared, carried = shared + more_shared, carried + more_carried
    with np.errstate(invalid="ignore"):
        return shared / carried


def _information(x, y, length):
    """What (N, H, W) ``y`` tells of ``x``, and what ``x`` itself tells: two (N,), in nats.

    A variance of 0 is often computed as a little more; the smallest one that 8-bit images
    have is far above 1e-10.
    """
    mean_x, mean_y, square_x, square_y, product = (
        _windowed(planes, length) for planes in (x, y, x * x, y * y, x * y)
    )
    variance_x, variance_y = square_x - mean_x**2, square_y - mean_y**2
    covariance = product - mean_x * mean_y
    variance_x = np.where(variance_x < 1e-10, 0.0, variance_x)
    gain = np.where(variance_x > 0, np.maximum(covariance, 0.0) / (variance_x + 1e-10), 0.0)
    noise = np.maximum(variance_y - gain * covariance, 0.0)
    shared = np.log1p(gain**2 * variance_x / (noise + VISUAL_NOISE))
    carried = np.log1p(variance_x / VISUAL_NOISE)
    return 0.5 * shared.sum(axis=(1, 2)), 0.5 * carried.sum(axis=(1, 2))


def _windowed(planes, length):
    """(N, H, W) under a Gaussian of sigma ``length / 5``, where its window fits whole."""
    inside = slice(length // 2, -(length // 2))
    return blurred(planes, length, length / 5)[:, inside, inside]


def consistency_error(lr, sr, factor):
    """How far the reduction of each result lies from its input: RMS in grey levels.

    ``lr`` is uint8 (N, h, w, 1), ``sr`` uint8 (N, factor*h, factor*w, 1); the result is float
    (N,), 0 to 255. Raises ValueError when the sizes do not belong together.

    The reduction is ``degradation.reduced`` without its rounding to 8 bit, which would call every
    deviation under half a level 0. So rounding sets a floor: the original itself scores up to
    about 0.29 (1/sqrt(12), LR was rounded), and a result that agreed exactly before it was
    rounded to 8 bit scores the part of that rounding which a reduction passes on, up to about
    0.08 for factor 3. Both score more where the kernel overshoots beside black or white and
    was clipped to 0 and 255. In float64, where an accelerator's matrix products would add an
    error of this order.
    """
    count, height, width, channels = lr.shape
    if sr.shape != (count, height * factor, width * factor, channels):
        raise ValueError(
            f"results {sr.shape} are not inputs {lr.shape} enlarged by {factor}: "
            "give the images that the results were made from, and their factor."
        )
    rows = resize_matrix(height * factor, height).astype(np.float64)
    columns = resize_matrix(width * factor, width).astype(np.float64)
    again = rows @ sr[..., 0].astype(np.float64) @ columns.T
    return np.sqrt(np.mean((again - lr[..., 0]) ** 2, axis=(1, 2)))
