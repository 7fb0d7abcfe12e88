"""What a sharp network owes as a whole picture: as much fine detail as originals, and no grid.

A discriminator sees small patches. It does not notice that there is a fifth too much fine detail
everywhere, nor a grid of a tenth of a grey level. Both are plain in a mean over the whole picture.
"""

import functools

import numpy as np
from keras import ops

from .rings import hann, rings

BINS = 25  # rings of the spectrum from 0 to 0.5 cycles per pixel, fewer for small pictures
ROUNDING = 1 / 12  # power of the rounding to 8 bit, in grey levels squared: less is not told apart
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


def ring_power(images):
    """(B, S, S, 1) in [-1, 1] -> mean power (B, rings) of each ring, in grey levels squared.

    As ``scoring/spectrum.py`` has it, with a gradient.
    """
    window, rings = window_and_rings(images.shape[1])
    plane = 127.5 * ops.cast(images, "float32")[..., 0]
    level = ops.sum(window * plane, axis=(1, 2), keepdims=True) / float(window.sum())
    real, imaginary = ops.fft2((window * (plane - level), ops.zeros_like(plane)))
    power = (ops.square(real) + ops.square(imaginary)) / float((window**2).sum())
    return ops.matmul(ops.reshape(power, (-1, rings.shape[0])), rings)


@functools.lru_cache(maxsize=4)
def window_and_rings(size):
    """Hann's window (S, S), and which part of a ring's mean each frequency is: (S * S, rings)."""
    ring, sizes = rings(size, size, min(BINS, size // 2))
    member = ring.reshape(-1, 1) == np.arange(len(sizes))
    return np.outer(hann(size), hann(size)).astype("float32"), (member / sizes).astype("float32")
