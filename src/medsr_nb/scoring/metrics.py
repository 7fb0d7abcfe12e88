"""How good an enlarged image is, image by image, and how sure we are of the mean.

Scores are taken as a user would see the images: 8 bit, whole, no border cropped.
"""

import functools

import numpy as np

PEAK = 255.0


def psnr(hr, sr):
    """Peak signal-to-noise ratio in dB of each image: 10 log10(255^2 / MSE).

    ``hr`` and ``sr`` are uint8 (N, H, W, 1); the result is float (N,), infinite for equal
    images. Raises ValueError when the shapes differ.
    """
    check_pair(hr, sr)
    error = np.mean((hr.astype(np.float64) - sr.astype(np.float64)) ** 2, axis=(1, 2, 3))
    with np.errstate(divide="ignore"):
        return 10.0 * np.log10(PEAK**2 / error)


def ssim(hr, sr):
    """Structural similarity of each image (Wang et al. 2004, equation 13).

    Gaussian window of 11 pixels and sigma 1.5, K1 = 0.01, K2 = 0.03, the mean taken where
    the window fits whole, as the authors do. ``hr`` and ``sr`` are uint8 (N, H, W, 1), at
    least 11 pixels a side; the result is float (N,), at most 1. Raises ValueError when the
    shapes differ or a side is too short.
    """
    check_pair(hr, sr)
    if min(hr.shape[1:3]) < 11:
        raise ValueError(f"SSIM needs 11 pixels a side, these images have {hr.shape[1:3]}.")
    luminance, structure = similarity_maps(hr[..., 0], sr[..., 0])
    return (luminance * structure).mean(axis=(1, 2))


def similarity_maps(x, y):
    """SSIM's two factors at every place of the window: luminance; contrast and structure.

    ``x`` and ``y`` are (N, H, W) in grey levels; each map is (N, H - 10, W - 10).
    """
    x, y = x.astype(np.float64), y.astype(np.float64)
    mean_x, mean_y = blurred(x), blurred(y)
    variance_x = blurred(x * x) - mean_x**2
    variance_y = blurred(y * y) - mean_y**2
    covariance = blurred(x * y) - mean_x * mean_y
    c1, c2 = (0.01 * PEAK) ** 2, (0.03 * PEAK) ** 2
    luminance = (2 * mean_x * mean_y + c1) / (mean_x**2 + mean_y**2 + c1)
    return luminance, (2 * covariance + c2) / (variance_x + variance_y + c2)


def blurred(planes, length=11, sigma=1.5):
    """(N, H, W) under a Gaussian window, where it fits: (N, H - length + 1, W - length + 1)."""
    rows, columns = (_window_matrix(size, length, sigma) for size in planes.shape[1:])
    return rows @ planes @ columns.T


@functools.lru_cache(maxsize=32)
def _window_matrix(size, length, sigma):
    """(size - length + 1, size): row i holds the window's taps from pixel i on."""
    taps = np.exp(-0.5 * ((np.arange(length) - (length - 1) / 2) / sigma) ** 2)
    matrix = np.zeros((size - length + 1, size))
    for row in range(len(matrix)):
        matrix[row, row : row + length] = taps / taps.sum()
    return matrix


def check_pair(hr, sr):
    """Raises ValueError unless both are (N, H, W, 1) of one size."""
    if hr.shape != sr.shape or hr.ndim != 4:
        raise ValueError(
            f"original {hr.shape} and result {sr.shape} must both be (N, H, W, 1): "
            "enlarge by the factor the images were reduced by."
        )


def mean_brightness(images):
    """Mean grey level (0 to 255) of each image: (N, H, W, 1) -> float (N,)."""
    return np.mean(images, axis=(1, 2, 3), dtype=np.float64)
