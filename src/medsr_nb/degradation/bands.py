"""The bicubic resize of one side as a band, for pictures whose full matrices would not fit.

``degradation.resize_matrix`` holds a number for each pair of pixels, though of each row only some
twelve are not zero. Here only these are kept, so that memory and time grow with the pixels. What
the pseudo-inverse of a reduction ``A`` does is written ``A^T (A A^T)^-1``: ``A A^T`` is a narrow
band as well, and a banded Cholesky factor solves for it.
"""

import functools

import numpy as np
from scipy.linalg import cho_solve_banded, cholesky_banded
from scipy.sparse import csr_array

from .reductions import cubic

LOCAL = True  # a reduced pixel depends on a few around it (``reducers``)
STRIP = 1 << 21  # values of an enlarged picture that are worked on at once
SMALL = 256  # a side up to which the inverse of its band is at hand, four times as fast


@functools.lru_cache(maxsize=32)
def resize_band(size, new_size, dtype="float64"):
    """``degradation.resize_matrix`` as a sparse (new_size, size): Pillow's antialiased bicubic."""
    ratio = size / new_size
    stretch = max(ratio, 1.0)
    centres = (np.arange(new_size)[:, None] + 0.5) * ratio
    reach = int(np.ceil(2 * stretch))
    places = np.floor(centres).astype(int) + np.arange(-reach - 1, reach + 2)
    weights = cubic((places + 0.5 - centres) / stretch)
    weights[(places < 0) | (places >= size)] = 0.0
    weights /= weights.sum(axis=1, keepdims=True)
    rows = np.broadcast_to(np.arange(new_size)[:, None], places.shape)
    kept = weights != 0.0
    return csr_array(
        (weights[kept].astype(dtype), (rows[kept], places[kept])), shape=(new_size, size)
    )


@functools.lru_cache(maxsize=32)
def raising_band(size, factor, dtype="float64"):
    """The transpose (factor * size, size) of the band that reduces a side to ``size``."""
    return csr_array(resize_band(factor * size, size, dtype).T)


def gram_factor(band, width):
    """The banded Cholesky factor of ``A A^T``, which has ``width`` diagonals, of a sparse ``A``."""
    gram, size = band @ band.T, band.shape[0]
    lower = np.zeros((width, size))
    for below in range(width):
        lower[below, : size - below] = gram.diagonal(-below)
    return cholesky_banded(lower, lower=True)


def solved(factor, residual):
    """``(A A^T)^-1 r`` down the columns of float (h, w), by the Cholesky factor."""
    return cho_solve_banded((factor, True), residual, check_finite=False)


@functools.lru_cache(maxsize=32)
def bicubic_factor(size, factor):
    """``gram_factor`` of the band that reduces a side to ``size``."""
    width = min(size, 2 + 12 // factor)  # kernels that lie further apart do not meet
    return gram_factor(resize_band(factor * size, size), width)


@functools.lru_cache(maxsize=32)
def gram_inverse(size, factor, dtype):
    """The inverse of ``A A^T`` without what rounding would hide: a band, as it fades quickly."""
    inverse = solved(bicubic_factor(size, factor), np.eye(size))
    inverse[np.abs(inverse) < 0.1 * np.finfo(dtype).eps * np.abs(inverse).max()] = 0.0
    return csr_array(inverse.astype(dtype))


def bicubic_solved(residual, factor, dtype):
    """``solved`` for bicubic; of a short side by the inverse."""
    size = len(residual)
    if size <= SMALL:
        return gram_inverse(size, factor, dtype) @ residual
    return solved(bicubic_factor(size, factor), residual)


def resized(plane, height, width):
    """Bicubic resize of float (H, W) to (height, width), in its own dtype; not clipped."""
    rows = resize_band(plane.shape[0], height, plane.dtype.name)
    columns = resize_band(plane.shape[1], width, plane.dtype.name)
    if height < plane.shape[0]:  # first down the columns: what is then turned is smaller
        low = rows @ plane
        out = np.empty((height, width), plane.dtype)
        for strip in strips(low.shape):
            out[strip] = (columns @ low[strip].T).T
        return out
    out = np.zeros((height, width), plane.dtype)
    add_enlarged(out, plane)
    return out


def add_enlarged(sr, plane):
    """Adds to SR, in place, the bicubic enlargement of ``plane`` to its size; not clipped."""
    for strip in strips(sr.shape):
        sr[strip] += enlarged_rows(plane, *sr.shape, strip)


def enlarged_rows(plane, height, width, rows):
    """Some rows, a slice, of the bicubic enlargement of ``plane`` to (height, width)."""
    down = resize_band(plane.shape[0], height, plane.dtype.name)
    across = resize_band(plane.shape[1], width, plane.dtype.name)
    return (across @ (down[rows] @ plane).T).T


def add_undone(sr, residual, factor):
    """Adds to SR (f*h, f*w), in place, the smallest picture that reduces to ``residual`` (h, w).

    That picture is ``A+ r A+^T``, as ``degradation.undone`` makes it.
    """
    height, width = residual.shape
    dtype = sr.dtype.name
    wanted = bicubic_solved(bicubic_solved(residual, factor, dtype).T, factor, dtype).T
    rows = raising_band(height, factor, dtype)
    columns = raising_band(width, factor, dtype)
    wide = np.ascontiguousarray((columns @ wanted.astype(sr.dtype).T).T)
    for strip in strips(sr.shape):
        sr[strip] += rows[strip] @ wide


def strips(shape):
    """Slices of rows that cover a picture of this shape, each of about STRIP values."""
    rows = max(1, STRIP // shape[1])
    return [slice(top, min(top + rows, shape[0])) for top in range(0, shape[0], rows)]
