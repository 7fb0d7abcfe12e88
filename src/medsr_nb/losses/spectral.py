"""What a sharp network owes as a whole picture: the right amount of detail, no stripes, no grid.

A discriminator sees small patches. It does not notice a fifth too much fine detail everywhere, nor
stripes that come back in many pictures, nor a faint grid. A mean over whole pictures shows all.
"""

import functools

import numpy as np
from keras import ops

from .rings import hann, rings_of

BINS = 25  # rings of the spectrum from 0 to 0.5 cycles per pixel, fewer for small pictures
ROUNDING = 1 / 12  # power of the rounding to 8 bit, in grey levels squared: less is not told apart
CELL = 3  # frequencies to a side: the window spreads a stripe over as many
TILE = 6  # pixels: three of an LR pixel, two LR pixels of a network's coarser level


def spectral_loss(hr, sr):
    """How far the fine detail of each picture is from the right amount, whatever it shows.

    The mean of ``log(P_sr / P_hr)^2`` over the rings of the upper half of the spectrum, and over
    the batch: P is the power in a ring, of a Hann-windowed picture, and that of ROUNDING. Durall et
    al. 2020 (arXiv 2003.01826, equation 8) compare the rings' shares by cross-entropy; the
    logarithm makes twice as much detail as bad as half as much. ``hr`` and ``sr`` are square, (B,
    S, S, 1) in [-1, 1].
    """
    wanted, found = (ops.log(ring_power(one) + ROUNDING) for one in (hr, sr))
    return ops.mean(ops.square(found - wanted)[:, found.shape[1] // 2 :])


def tile_loss(hr, sr):
    """How strong a grid all pictures of a batch share: near 0 for detail that does not repeat.

    ``sr - hr`` is cut into tiles of 6x6 pixels. What they have in common is their mean, over the
    batch; the loss is its root mean square over the 36 places, the tile's own mean taken off, in
    units of [-1, 1]. Detail that does not repeat leaves its own deviation over the square root of
    the number of tiles. A network that makes the nine pixels of an LR pixel by nine filters, or the
    four LR pixels of a coarser level by four, may draw such grids (checkerboards: Odena et al.
    2016, doi 10.23915/distill.00003). ``hr`` and ``sr`` are (B, S, S, 1); pixels at the end that
    fill no tile are left out.
    """
    size = hr.shape[1] // TILE
    rest = ops.cast(sr - hr, "float32")[:, : size * TILE, : size * TILE, 0]
    tile = ops.mean(ops.reshape(rest, (-1, size, TILE, size, TILE)), axis=(0, 1, 3))
    return ops.sqrt(ops.mean(ops.square(tile - ops.mean(tile))) + 1e-12)


def pattern_loss(hr, sr):
    """How far the spectrum of a batch, cell by cell, differs from that of its originals.

    The mean of ``log(P_sr / P_hr)^2`` over cells of CELL x CELL frequencies beyond a sixth of a
    cycle, along rows or columns, which an image enlarged by 3 has not from its input. P is the mean
    over the batch of the power in a cell and that of ROUNDING, each picture's divided by that of
    the fine detail of its own original: so a dull picture counts as much as a lively one. Stripes
    that come back in many pictures, of whatever period, have too much power in a few cells. Detail
    that is right in kind but is not the original's costs the more, the smaller the batch. ``hr``
    and ``sr`` are as for ``spectral_loss``, of at least 9 pixels a side.
    """
    fine = fine_cells(hr.shape[1])
    wanted, found = (cell_power(one) + ROUNDING for one in (hr, sr))
    share = fine / ops.sum(fine * wanted, axis=(1, 2), keepdims=True)
    wanted, found = (ops.log(ops.sum(share * one, axis=0) + 1e-9) for one in (wanted, found))
    return ops.sum(fine * ops.square(found - wanted)) / float(fine.sum())


def ring_power(images):
    """(B, S, S, 1) in [-1, 1] -> mean power (B, rings) of each ring, in grey levels squared.

    As ``scoring/spectrum.py`` has it, with a gradient.
    """
    rings = member_of_rings(images.shape[1])
    return ops.matmul(ops.reshape(power(images), (-1, rings.shape[0])), rings)


def cell_power(images):
    """(B, S, S, 1) in [-1, 1] -> mean power (B, C, C) of each cell; what fills none is left out."""
    count = images.shape[1] // CELL
    whole = power(images)[:, : count * CELL, : count * CELL]
    return ops.mean(ops.reshape(whole, (-1, count, CELL, count, CELL)), axis=(2, 4))


def power(images):
    """(B, S, S, 1) in [-1, 1] -> power (B, S, S) at each frequency, in grey levels squared."""
    window = np.outer(hann(images.shape[1]), hann(images.shape[1])).astype("float32")
    plane = 127.5 * ops.cast(images, "float32")[..., 0]
    level = ops.sum(window * plane, axis=(1, 2), keepdims=True) / float(window.sum())
    real, imaginary = ops.fft2((window * (plane - level), ops.zeros_like(plane)))
    return (ops.square(real) + ops.square(imaginary)) / float((window**2).sum())


@functools.lru_cache(maxsize=4)
def member_of_rings(size):
    """Which part of a ring's mean each frequency is: (S * S, rings)."""
    ring, sizes = rings_of(size, size, min(BINS, size // 2))
    member = ring.reshape(-1, 1) == np.arange(len(sizes))
    return (member / sizes).astype("float32")


@functools.lru_cache(maxsize=4)
def fine_cells(size):
    """1 for cells (C, C) all of whose frequencies are beyond a sixth of a cycle, 0 for others."""
    count = size // CELL
    along = np.abs(np.fft.fftfreq(size))[: count * CELL].reshape(count, CELL).min(axis=1)
    return (np.maximum(along[:, None], along) > 1 / 6).astype("float32")
