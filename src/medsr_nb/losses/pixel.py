"""Distances between pixels. Every function returns one number, the mean over the batch."""

from keras import ops


def mean_squared_error(hr, sr):
    """Pixel loss of section 2.6, on images (B, S, S, 1) in [-1, 1] (so at most 4)."""
    return ops.mean(ops.square(hr - sr))


def mean_absolute_error(hr, sr):
    """L1, the pixel loss of ESRGAN and after, on images (B, S, S, 1) in [-1, 1] (so at most 2)."""
    return ops.mean(ops.abs(ops.cast(hr, "float32") - ops.cast(sr, "float32")))
