"""Whether an enlargement shows its scan: told by blocks of pixels, whose means no kernel changes.

Tried on all scans of pydicom's and nibabel's packages, masks, noise and single bright pixels, each
enlarged in all ways that the command has. Blocks of true results differ by 0.9 of the room given
here at most, those of an MR 5 mm further on by more than all of it. Details of noise made sharp
without a named reduction correlate least, with 0.55; those of other noise do not.
"""

import math

import numpy as np
from scipy.ndimage import uniform_filter

SHORTEST, USUAL = 3, 4  # pixels of the scan to a side of a block; in large scans more
MOST_BLOCKS, FEWEST_BLOCKS = 128, 5  # along a side, of the usual length
SPREAD = 0.3  # of the deviation of all pixels: robust weights drift
ROUNDED = 0.01  # of the scan's range, as JPEG rounds
DETAILS = 0.5  # the least correlation of what is left of blocks without means and slopes
ENOUGH = 30  # details, below which they tell nothing
FAINT = 0.01  # of the deviation of all pixels: details below are those of rounding


def same(pairs, series, step, cut=False):
    """Whether larger planes show small ones.

    ``pairs`` are (plane (H, W), bool (H, W): what counts of it, the larger one (3H, 3W), a function
    of some rows of that as floats). ``series`` is the ``Intensity`` of the small ones, beyond which
    nothing counts; ``step`` is the distance of numbers that can be stored, 0 of floats. ``cut``
    says that both were cut to a window, which spoils all means: then details alone tell.
    """
    parts = [compared(*pair, series) for pair in pairs]
    small, squares, large, whole = (np.stack(one) for one in zip(*parts, strict=True))
    valid = (whole == 1) & np.isfinite(large)
    if not valid.any():
        return True
    spread = math.sqrt(max(0.0, squares[valid].mean() - small[valid].mean() ** 2))
    step = step * 2 / (series.high - series.low)
    room = SPREAD * spread + local(small, squares, valid) + ROUNDED + step / 4
    if not cut and (abs(large - small) > room)[valid].any():
        return False
    least = DETAILS / 2 if cut else DETAILS
    return details_agree(small, large, valid, FAINT * spread + step, least)


def compared(plane, counts, larger, floats, series):
    """(means, means of squares, those of the larger one, the share that counts) of all blocks."""

    def unit(values):
        return np.clip(series.to_network(values), -1.0, 1.0)

    size = tuple(map(block, plane.shape))
    return (
        means(plane, size, unit),
        means(plane, size, lambda rows: unit(rows) ** 2),
        means(larger, tuple(3 * side for side in size), lambda rows: unit(floats(rows))),
        means(counts, size, lambda rows: rows),
    )


def block(side):
    """The length of blocks along a side of so many pixels."""
    usual = min(USUAL, side // FEWEST_BLOCKS)
    return min(side, max(SHORTEST, usual, math.ceil(side / MOST_BLOCKS)))


def means(pixels, size, function):
    """The means of blocks of (H, W, ...), ``function`` of the rows of one after the other."""
    high, wide = size
    count = pixels.shape[1] // wide
    found = []
    for start in range(0, pixels.shape[0] - high + 1, high):
        columns = function(pixels[start : start + high]).mean(axis=0, dtype=np.float64)
        found.append(columns[: count * wide].reshape(count, wide).mean(axis=1))
    return np.stack(found)


def local(small, squares, valid):
    """The standard deviation of the pixels of each block and of those around it that count."""
    weights = uniform_filter(valid.astype(float), (0, 3, 3), mode="nearest")
    first, second = (
        uniform_filter(np.where(valid, one, 0.0), (0, 3, 3), mode="nearest")
        / np.maximum(weights, 0.1)
        for one in (small, squares)
    )
    return np.sqrt(np.maximum(0.0, second - first**2))


def details_agree(small, large, valid, faint, least):
    """Whether details of block means correlate by ``least``, where enough are above ``faint``."""
    valid = valid[:, 1:, 1:] & valid[:, 1:, :-1] & valid[:, :-1, 1:] & valid[:, :-1, :-1]
    one, other = (np.diff(np.diff(means, axis=1), axis=2)[valid] for means in (small, large))
    if np.count_nonzero(abs(one) > faint) < ENOUGH:
        return True
    return one @ other >= least * np.sqrt((one @ one) * (other @ other))
