"""How an image loses resolution: every linear reduction as one small matrix a side.

A reduction is ``A x A^T``. ``A`` is (size / factor, size), its rows sum to one, and pixel i of the
low-resolution line lies at the middle of the pixels factor*i to factor*i + factor - 1 that it
stands for. So all reductions put the same content at the same place, and any of them can take the
place of Pillow's bicubic. What a scanner does is "k-space" (MR: only the lowest frequencies are
measured), "zero-filled 0.8" (MR: fewer frequencies than the image has pixels), "average" (the
pixels of a detector read together) and "detector" (the same, behind the blur of the focal spot).
"""

import functools

import numpy as np

SPOT = 0.4  # standard deviation of a detector's blur, in pixels of the LR image


def cubic(distance):
    """Keys' cubic kernel with a = -0.5 (Keys 1981, equation 15), the one Pillow uses."""
    x = np.abs(distance)
    near = (1.5 * x - 2.5) * x * x + 1.0
    far = ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0
    return np.where(x < 1, near, np.where(x < 2, far, 0.0))


def lanczos(distance):
    """The Lanczos kernel with three lobes, the one Pillow uses: sinc(x) sinc(x / 3)."""
    return np.where(np.abs(distance) < 3, np.sinc(distance) * np.sinc(distance / 3), 0.0)


@functools.lru_cache(maxsize=64)
def resize_matrix(size, new_size, kernel=cubic):
    """The matrix ``(new_size, size)`` that resizes one side as Pillow's BICUBIC does.

    When reducing, the kernel is stretched by the factor (antialiasing); at the borders the
    weights that fall outside are dropped and the rest is scaled to sum to one. With the kernel
    ``lanczos`` it is Pillow's LANCZOS. Raises ValueError when a size is below 1.
    """
    if size < 1 or new_size < 1:
        raise ValueError(f"cannot resize {size} to {new_size} pixels: both must be at least 1.")
    ratio = size / new_size
    centres = (np.arange(new_size)[:, None] + 0.5) * ratio
    weights = kernel((np.arange(size) + 0.5 - centres) / max(ratio, 1.0))
    return shared(weights / weights.sum(axis=1, keepdims=True))


def shared(matrix):
    """The matrix in float32, read-only, as it is shared by everyone who asks for these sizes."""
    matrix = matrix.astype(np.float32)
    matrix.setflags(write=False)
    return matrix


def lanczos_matrix(size, new_size):
    """``resize_matrix`` with Pillow's LANCZOS."""
    return resize_matrix(size, new_size, lanczos)


def average_matrix(size, new_size):
    """The mean of what each new pixel covers: (new_size, size)."""
    ratio = size / new_size
    left, start = np.arange(size), np.arange(new_size)[:, None] * ratio
    covered = np.minimum(left + 1, start + ratio) - np.maximum(left, start)
    return np.maximum(covered, 0.0) / ratio


def detector_matrix(size, new_size):
    """A detector's pixels behind a Gaussian blur of ``SPOT`` LR pixels, the focal spot's."""
    apart = (np.arange(size) - np.arange(size)[:, None]) * new_size / size
    blur = np.exp(-0.5 * (apart / SPOT) ** 2)
    return average_matrix(size, new_size) @ (blur / blur.sum(axis=1, keepdims=True))


def k_space_matrix(size, new_size):
    """Truncated k-space where ``new_size`` is smaller, zero-filling where it is larger.

    The line's Fourier transform is cut to the frequencies that the shorter line can hold, or goes
    on with zeros, and is transformed back at the centres of the new pixels, which lie at (i + 0.5)
    / new_size of the line. Of an even number of frequencies the last, half a wave a pixel, is
    measured with one sign only; the real part of what that gives is kept. So the result is a sum
    of cosines, real and without a phase left over. Enlarged and reduced again a line is what it
    was, except for that last frequency, of which half is left.
    """
    kept = min(size, new_size)
    frequencies = 2 * np.pi * np.arange(-(kept // 2), kept - kept // 2)[:, None]
    old, new = ((np.arange(count) + 0.5) / count for count in (size, new_size))
    return (np.exp(1j * frequencies * new).T @ np.exp(-1j * frequencies * old)).real / size


def measured_matrix(size, new_size, share):
    """A scan of fewer frequencies than it has pixels: (new_size, size).

    ``share`` * new_size frequencies are measured, and zero-filled to new_size pixels: MR images
    of 256 pixels are often made of some 200 (DICOM's AcquisitionMatrix tells).
    """
    measured = max(1, round(share * new_size))
    return k_space_matrix(measured, new_size) @ k_space_matrix(size, measured)


ZERO_FILLED = {f"zero-filled {share}": share for share in (0.6, 0.7, 0.8, 0.9)}
REDUCTIONS = {
    "bicubic": resize_matrix,
    "lanczos": lanczos_matrix,
    "average": average_matrix,
    "detector": detector_matrix,
    "k-space": k_space_matrix,
} | {name: functools.partial(measured_matrix, share=share) for name, share in ZERO_FILLED.items()}
INTERPOLATIONS = {
    "bicubic": resize_matrix,
    "lanczos": lanczos_matrix,
    "zero-filling": k_space_matrix,
}


@functools.lru_cache(maxsize=64)
def reducing_matrix(size, factor, reduction="bicubic"):
    """The matrix (size / factor, size) of a named reduction, one of ``REDUCTIONS``.

    Raises ValueError for another name.
    """
    if reduction not in REDUCTIONS:
        raise ValueError(f"no reduction {reduction!r}: choose one of {', '.join(REDUCTIONS)}.")
    return shared(REDUCTIONS[reduction](size, size // factor))


@functools.lru_cache(maxsize=64)
def undoing_matrix(size, factor, reduction="bicubic"):
    """The pseudo-inverse (size, size / factor) of the matrix that reduces one side.

    What a zero-filled scan has not measured is left at zero, not divided by rounding errors.
    """
    matrix = reducing_matrix(size, factor, reduction).astype(np.float64)
    return shared(np.linalg.pinv(matrix, rcond=1e-5))


@functools.lru_cache(maxsize=64)
def enlarging_matrix(size, factor, interpolation="bicubic"):
    """The matrix (size * factor, size) of one of ``INTERPOLATIONS``.

    "zero-filling" is what the console of an MR scanner does. Raises ValueError for another name.
    """
    if interpolation not in INTERPOLATIONS:
        choices = ", ".join(INTERPOLATIONS)
        raise ValueError(f"no interpolation {interpolation!r}: choose one of {choices}.")
    return shared(INTERPOLATIONS[interpolation](size, size * factor))
