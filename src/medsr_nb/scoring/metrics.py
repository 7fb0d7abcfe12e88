"""How good an enlarged image is, image by image.

Scores are taken as a user would see the images: 8 bit, whole, no border cropped.
"""

import numpy as np
from scipy.ndimage import gaussian_filter

PEAK = 255.0
WINDOW, SIGMA = 11, 1.5  # pixels, of SSIM's Gaussian


def psnr(hr, sr):
    """Peak signal-to-noise ratio in dB of each image: 10 log10(255^2 / MSE).

    ``hr`` and ``sr`` are uint8 (N, H, W, 1); the result is float (N,), infinite for equal
    images. Raises ValueError when the shapes differ.
    """
    from skimage.metrics import peak_signal_noise_ratio  # takes a second, and an enlargement none

    check_pair(hr, sr)
    with np.errstate(divide="ignore"):
        pairs = zip(hr, sr, strict=True)
        return np.array([peak_signal_noise_ratio(*pair, data_range=PEAK) for pair in pairs])


def ssim(hr, sr):
    """Structural similarity of each image (Wang et al. 2004, equation 13).

    Gaussian window of 11 pixels and sigma 1.5, K1 = 0.01, K2 = 0.03, the mean taken where
    the window fits whole, as the authors do. ``hr`` and ``sr`` are uint8 (N, H, W, 1), at
    least 11 pixels a side; the result is float (N,), at most 1. Raises ValueError when the
    shapes differ or a side is too short.
    """
    from skimage.metrics import structural_similarity

    check_pair(hr, sr)
    if min(hr.shape[1:3]) < WINDOW:
        raise ValueError(f"SSIM needs {WINDOW} pixels a side, these images have {hr.shape[1:3]}.")
    settings = {"gaussian_weights": True, "sigma": SIGMA, "use_sample_covariance": False}
    pairs = zip(hr[..., 0], sr[..., 0], strict=True)
    return np.array([structural_similarity(*pair, data_range=PEAK, **settings) for pair in pairs])


def blurred(planes, length, sigma):
    """(N, H, W) under a Gaussian window of ``length`` pixels, edges mirrored: (N, H, W)."""
    return gaussian_filter(planes, sigma, radius=length // 2, axes=(1, 2))


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
