"""The rings of a spectrum, and the window that a picture is seen through: NumPy alone."""

import functools

import numpy as np


def hann(size):
    """Hann's window (size,), symmetric, with no pixel at 0: its transform has three lines."""
    return np.sin(np.pi * (np.arange(size) + 0.5) / size) ** 2


@functools.lru_cache(maxsize=16)
def rings_of(height, width, bins):
    """The ring of each frequency (H, W), ``bins`` beyond 0.5; the rings' sizes (bins,).

    Raises ValueError when the images are too small for so many rings.
    """
    distance = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width))
    ring = np.floor(distance * 2 * bins + 1e-9).astype(int)
    ring = np.where(distance > 0.5, bins, np.minimum(ring, bins - 1))  # 0.5 is in the last
    sizes = np.bincount(ring.ravel(), minlength=bins + 1)[:bins]
    if sizes.min() == 0:
        raise ValueError(
            f"images of {height}x{width} pixels cannot be divided into {bins} rings: "
            f"ask for at most {min(height, width) // 2} bins."
        )
    return ring, sizes
