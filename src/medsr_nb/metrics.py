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


def interval(values, groups=None, draws=2000, seed=0):
    """(mean, low, high): the mean and its 95 % percentile bootstrap interval.

    Whole groups (patients, near-twins) are drawn with replacement, since images of one
    group say the same thing more than once (Efron & Tibshirani 1993, chapter 13; clusters
    as in Field & Welsh 2007). ``values`` is float (N,); ``groups`` (N,) integers, or None
    where each image stands for itself. Raises ValueError for no values.
    """
    means = drawn_means(values, groups, draws, seed)
    low, high = np.percentile(means, (2.5, 97.5))
    return float(np.mean(values)), float(low), float(high)


def drawn_means(values, groups=None, draws=2000, seed=0):
    """The means (draws,) of so many bootstrap samples of whole groups; see ``interval``."""
    values = np.asarray(values, np.float64)
    if not len(values):
        raise ValueError("no values to average: the set of images is empty.")
    groups = np.arange(len(values)) if groups is None else np.unique(groups, return_inverse=True)[1]
    sums = np.bincount(groups, values)
    counts = np.bincount(groups)
    drawn = np.random.default_rng(seed).integers(0, len(sums), (draws, len(sums)))
    return sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)


def paired_p(difference, groups=None, draws=10000, seed=0):
    """How often chance alone gives a mean difference this far from 0, two-sided: 0 to 1.

    The paired bootstrap (Efron & Tibshirani 1993, section 16.4): the differences (N,) of two
    methods on the same images are moved to mean 0 and groups drawn anew; counted is how many
    of these means lie as far out as the one that was seen, itself included.
    """
    difference = np.asarray(difference, np.float64)
    seen = abs(difference.mean())
    means = drawn_means(difference - difference.mean(), groups, draws, seed)
    return float((1 + np.sum(np.abs(means) >= seen)) / (1 + draws))


def holm(p_values):
    """p values (M,) corrected for M comparisons at once (Holm 1979, Scand. J. Stat. 6).

    The k-th smallest is multiplied by M - k + 1 and is at least as large as those before it.
    """
    p_values = np.asarray(p_values, np.float64)
    order = np.argsort(p_values)
    grown = p_values[order] * np.arange(len(order), 0, -1)
    corrected = np.empty(len(order))
    corrected[order] = np.minimum(1.0, np.maximum.accumulate(grown))
    return corrected
