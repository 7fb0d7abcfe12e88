"""The blurs of Real-ESRGAN, with a kernel of its own for every image (arXiv 2107.10833).

Section 3.1: over the offsets C = [i, j] and with q = C^T Sigma^-1 C, a kernel is
proportional to exp(-q/2) (Gaussian, equations 2 and 3), exp(-q^beta / 2) (generalised) or
1 / (1 + q^beta) (plateau). Section 3.3: the sinc filter, the ideal circular low-pass, which
makes edges ring. All are 21x21, those of smaller size being zero outside, and sum to one.

The convolution multiplies spectra. The kernels are not separable, and under XLA a depthwise
21x21 convolution with one kernel an image takes 1.1 s on two cores for 16 images of 232x232,
where this takes 0.06 s.
"""

import numpy as np
from keras import ops

from .canvas import mirrored

REACH = 10  # pixels from the middle of a kernel to its border
OFFSETS = np.arange(-REACH, REACH + 1, dtype=np.float32)
COLUMN, ROW = OFFSETS[None], OFFSETS[:, None]


def normalised(weights, radius):
    """Kernels (B, 21, 21) cut to ``radius`` (B,) pixels around the middle, summing to one."""
    inside = np.maximum(abs(COLUMN), abs(ROW)) <= radius[:, None, None]
    weights = ops.where(inside, weights, 0.0)
    return weights / ops.sum(weights, axis=(1, 2), keepdims=True)


def quadratic_form(sigma_1, sigma_2, angle):
    """q = C^T Sigma^-1 C at each offset C = [column, row]: three times (B,) -> (B, 21, 21).

    Sigma = R diag(sigma_1^2, sigma_2^2) R^T with the rotation R by ``angle`` (equation 3),
    so sigma_1 pixels is the spread along [cos, sin].
    """
    sigma_1, sigma_2, angle = (one[:, None, None] for one in (sigma_1, sigma_2, angle))
    along = ops.cos(angle) * COLUMN + ops.sin(angle) * ROW
    across = ops.cos(angle) * ROW - ops.sin(angle) * COLUMN
    return ops.square(along / sigma_1) + ops.square(across / sigma_2)


def generalised(form, beta):
    """exp(-q^beta / 2), up to a factor; beta (B,) of 1 is the Gaussian."""
    return ops.exp(-0.5 * power(form, beta))


def plateau(form, beta):
    """1 / (1 + q^beta), up to a factor."""
    return 1.0 / (1.0 + power(form, beta))


def power(form, beta):
    """q^beta, kept finite: a small sigma and a large beta would leave float32."""
    return ops.power(ops.minimum(form, 1e6), beta[:, None, None])


def low_pass(cutoff):
    """The sinc filter, up to a factor: cutoff (B,) in radians a pixel -> (B, 21, 21).

    k(i, j) = w J1(w r) / (2 pi r) with r^2 = i^2 + j^2 (section 3.3). Keras has no Bessel
    function; Poisson's integral gives J1(x)/x as the mean of sin^2(t) cos(x cos t) over half
    a turn, free of the division by zero in the middle. As x is at most 45, 64 points make
    it exact in float32.
    """
    turn = (np.arange(64, dtype=np.float32) + 0.5) * (np.pi / 64)
    radius = np.sqrt(COLUMN**2 + ROW**2)[None, :, :, None]
    waves = ops.cos(cutoff[:, None, None, None] * radius * np.cos(turn))
    return ops.mean(np.sin(turn) ** 2 * waves, axis=-1)


def transfer(kernels, length):
    """The spectrum (B, length, length) of kernels (B, 21, 21), length at least 21.

    It is real, because every kernel here is the same when turned by half: of the Fourier
    sum only cos(a + b) = cos a cos b - sin a sin b is left.
    """
    phase = 2 * np.pi / length * np.outer(np.arange(length), OFFSETS)
    cosine, sine = np.cos(phase).astype(np.float32), np.sin(phase).astype(np.float32)
    return ops.matmul(ops.matmul(cosine, kernels), cosine.T) - ops.matmul(
        ops.matmul(sine, kernels), sine.T
    )


def blurred(canvas, sides, kernels):
    """Each image on its canvas (B, M, M) convolved with its kernel (B, 21, 21).

    ``sides`` (B,) are the images' sides; beyond the border the image is mirrored without
    repeating the border pixel. A kernel has to be the same when turned by half.
    """
    size = canvas.shape[1]
    length = -(-(size + 2 * REACH) // 16) * 16  # Fourier transforms are fast at such lengths
    image = mirrored(canvas, sides, REACH, length)
    real, imaginary = ops.fft2((image, ops.zeros_like(image)))
    spectrum = transfer(kernels, length)
    return ops.ifft2((real * spectrum, imaginary * spectrum))[0][:, :size, :size]
