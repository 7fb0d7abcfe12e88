"""A named reduction, and what undoes it, for pictures of any size.

``degradation.reductions`` has each as one full matrix a side. Here a picture may have sides of
many thousands. A kernel of a few pixels, as bicubic's, Lanczos's or a detector's, makes a matrix
whose rows are all alike except at the ends: it is read off a small one and kept as a band.
Truncated k-space reaches from end to end. But its matrices only cut a Fourier transform, or go on
with zeros, so a fast transform takes their place, and so does its pseudo-inverse.

Both kinds have what ``consistency`` asks of ``degradation.bands``: ``resized``, ``add_undone`` and
``LOCAL``.
"""

import functools

import numpy as np
from scipy import fft
from scipy.sparse import csr_array

from ..degradation import REDUCTIONS, ZERO_FILLED, bands
from . import consistency

END = 8  # LR pixels at each end of a side whose rows are their own
WIDTH = 10  # diagonals of ``A A^T`` that are not zero: twice the longest kernel, Lanczos's


def reducer(name):
    """What stands for a reduction of ``degradation.REDUCTIONS``; None for "unknown"."""
    if name == "unknown":
        return None
    if name == "bicubic":
        return bands
    if name == "k-space" or name in ZERO_FILLED:
        return KSpace(ZERO_FILLED.get(name, 1.0))
    return Band(name)


def projected(sr, lr, factor, low, high, name, within=0.0, settled=None):
    """``consistency.projected`` by a named reduction; of "unknown" SR is only kept in range.

    The reduced result may differ from LR by ``within`` at each pixel, in stored units; what
    differs by less stays. ``settled`` is as for ``consistency``.
    """
    how = reducer(name)
    if how is None:
        return np.clip(sr, low, high, out=sr)
    target = lr if how is bands else how.reachable(lr)
    if within:
        target = np.clip(how.resized(sr, *lr.shape), target - within, target + within)
    return consistency.projected(sr, target, factor, low, high, how, settled)


class Band:
    """Lanczos, averaging, or a detector: what a result has at one place it shows near there."""

    LOCAL = True

    def __init__(self, name):
        self.name = name

    def resized(self, plane, height, width):
        """Float (f*h, f*w) reduced to (h, w), in its own dtype; not clipped."""
        rows, columns = (
            band(self.name, side, old // side, plane.dtype.name)
            for side, old in zip((height, width), plane.shape, strict=True)
        )
        return (columns @ (rows @ plane).T).T

    def add_undone(self, sr, residual, factor):
        """Adds to SR (f*h, f*w), in place, the smallest picture that reduces to ``residual``."""
        height, width = residual.shape
        solved = bands.solved(gram_factor(self.name, height, factor), residual)
        solved = bands.solved(gram_factor(self.name, width, factor), solved.T).T.astype(sr.dtype)
        rows, columns = (band(self.name, side, factor, sr.dtype.name) for side in (height, width))
        raising = rows.T.tocsr()
        for strip in bands.strips(sr.shape):
            sr[strip] += (columns.T @ (raising[strip] @ solved).T).T

    def reachable(self, lr):
        """All inputs can come from this reduction."""
        return lr


@functools.lru_cache(maxsize=32)
def band(name, size, factor, dtype="float64"):
    """``degradation.reducing_matrix`` of a local reduction as a sparse (size, factor * size)."""
    most = min(size, 2 * END + 1)
    small = np.array(REDUCTIONS[name](factor * most, most), float)
    small[np.abs(small) < 1e-12] = 0.0
    if size == most:
        return csr_array(small.astype(dtype))
    inner = np.arange(END, size - END)
    taps = np.flatnonzero(small[END])
    places = taps + factor * (inner - END)[:, None]
    low, high = np.nonzero(small[:END]), np.nonzero(small[-END:])
    values = [small[:END][low], np.tile(small[END, taps], len(inner)), small[-END:][high]]
    rows = [low[0], np.repeat(inner, len(taps)), high[0] + size - END]
    columns = [low[1], places.ravel(), high[1] + factor * (size - most)]
    values, rows, columns = map(np.concatenate, (values, rows, columns))
    return csr_array((values.astype(dtype), (rows, columns)), shape=(size, factor * size))


@functools.lru_cache(maxsize=32)
def gram_factor(name, size, factor):
    """``bands.gram_factor`` of a local reduction."""
    return bands.gram_factor(band(name, size, factor), min(size, WIDTH))


class KSpace:
    """Truncated k-space; with a ``share`` below 1 zero-filled to its pixels.

    Of an even number of frequencies the last is measured with one sign only
    (``degradation.reductions.k_space_matrix``), so half of it is lost, and given back twofold.
    """

    LOCAL = False

    def __init__(self, share=1.0):
        self.share = share

    def resized(self, plane, height, width):
        """Float (f*h, f*w) reduced to (h, w), in its own dtype; not clipped."""
        for axis, side in enumerate((height, width)):
            if self.share < 1.0:
                plane = cut(plane, measured(side, self.share), axis)
                plane = filled(plane, side, axis)
            else:
                plane = cut(plane, side, axis)
        return plane

    def add_undone(self, sr, residual, factor):
        """Adds to SR, in place, the smallest picture that reduces to ``residual``, as near as can
        be: what was not measured stays nought.
        """
        plane = residual.astype(sr.dtype)
        for axis, side in enumerate(residual.shape):
            if self.share < 1.0:
                plane = cut(plane, measured(side, self.share), axis, last=2.0)
            plane = filled(plane, factor * side, axis, last=1.0)
        sr += plane

    def reachable(self, lr):
        """The part of LR that such a scan can hold: its frequencies above the share are nought."""
        if self.share == 1.0:
            return lr
        plane = lr
        for axis, side in enumerate(lr.shape):
            plane = cut(plane, measured(side, self.share), axis, last=2.0)
            plane = filled(plane, side, axis)
        return plane


def measured(side, share):
    """How many frequencies a zero-filled side was made of."""
    return max(1, round(share * side))


def turned(spectrum, count, sign, axis):
    """A half spectrum moved by half a pixel of ``count``."""
    frequencies = np.arange(spectrum.shape[axis])
    turn = np.exp(sign * 1j * np.pi * frequencies / count).astype(spectrum.dtype)
    return spectrum * np.expand_dims(turn, 1 - axis)


def cut(plane, size, axis, last=1.0):
    """``k_space_matrix(old, size)`` along an axis; the last of an even number times ``last``."""
    old = plane.shape[axis]
    if size == old:
        return plane
    spectrum = turned(fft.rfft(plane, axis=axis), old, -1, axis)
    spectrum = spectrum.take(np.arange(size // 2 + 1), axis)
    spectrum = turned(spectrum, size, 1, axis)
    if size % 2 == 0:
        np.moveaxis(spectrum, axis, 0)[-1] *= last
    return fft.irfft(spectrum, size, axis=axis) * plane.dtype.type(size / old)


def filled(plane, size, axis, last=0.5):
    """``k_space_matrix(old, size)`` to more pixels; of an even number the last times 2 ``last``."""
    old = plane.shape[axis]
    if size == old:
        return plane
    spectrum = turned(fft.rfft(plane, axis=axis), old, -1, axis)
    if old % 2 == 0:
        np.moveaxis(spectrum, axis, 0)[-1] *= last
    spectrum = turned(spectrum, size, 1, axis)
    return fft.irfft(spectrum, size, axis=axis) * plane.dtype.type(size / old)
