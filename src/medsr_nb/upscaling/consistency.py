"""Results that reduce to their input, though they end at black and at white.

``projected`` moves a result to the nearest picture that reduces to its input, as the network's
last layer does, but with bands (``bands``), for pictures of any size. Where such a picture leaves
the range of the stored type it is clipped, and no longer reduces to its input: on slices with a
black background every contour is concerned. Clipping and projecting in turn ends in a picture that
does both (projections onto convex sets, Bauschke & Borwein 1996, SIAM Review 38), but slowly. Two
things make it fast. What is missing is shared among those pixels that can still move, not among
all. And each round goes on a little in the direction of the last one (Nesterov's acceleration, as
in Beck & Teboulle 2009, SIAM J. Imaging Sciences 2, FISTA).
"""

import numpy as np

from . import bands

ROUNDS = 16
TOLERANCE = 0.25  # stored units: with it, rounding the result seldom changes a reduced pixel
SHARE = 0.2  # the least share of movable pixels that is counted on; below it rounds overshoot
BLOCK = 128  # LR pixels a side: only blocks that clip are mended
MARGIN = 16  # LR pixels around a block; the mending fades to a millionth in it


def projected(sr, lr, factor=3, low=-np.inf, high=np.inf):
    """SR float (f*h, f*w) between ``low`` and ``high`` that reduces to LR (h, w), made in place.

    All are in stored units. Where ``low`` and ``high`` leave no such picture, as where the input
    itself was clipped after a reduction, the result comes near. Returns ``sr``.
    """
    bands.add_undone(sr, lr - bands.resized(sr, *lr.shape), factor)
    if low == -np.inf and high == np.inf:
        return sr
    np.clip(sr, low, high, out=sr)
    open_pixels = np.abs(lr - bands.resized(sr, *lr.shape)) > TOLERANCE
    for rows in blocks(lr.shape[0]):
        for columns in blocks(lr.shape[1]):
            if open_pixels[rows, columns].any():
                mend_block(sr, lr, factor, (rows, columns), (low, high))
    return sr


def blocks(size):
    """Slices of BLOCK pixels that cover a side."""
    return [slice(first, min(first + BLOCK, size)) for first in range(0, size, BLOCK)]


def mend_block(sr, lr, factor, block, limits):
    """Mends the LR pixels of ``block`` (two slices) in place, and leaves those around as they are.

    The window around them is taken for a picture of its own. Its reduction differs at its edge
    from that of the whole, hence it is asked to stay there what it was.
    """
    outer = [
        slice(max(part.start - MARGIN, 0), min(part.stop + MARGIN, size))
        for part, size in zip(block, lr.shape, strict=True)
    ]
    inner = tuple(
        slice(part.start - around.start, part.stop - around.start)
        for part, around in zip(block, outer, strict=True)
    )
    window = sr[tuple(slice(factor * part.start, factor * part.stop) for part in outer)]
    target = bands.resized(window, *(part.stop - part.start for part in outer))
    target[inner] = lr[block]
    window[:] = mended(window.copy(), target, factor, *limits)


def mended(start, lr, factor, low, high):
    """A picture between ``low`` and ``high`` near ``start`` (f*h, f*w) that reduces to LR."""
    current, before, speed = start, start, 1.0
    missing = lr - bands.resized(current, *lr.shape)
    for _ in range(ROUNDS):
        new = np.clip(current + shared(current, missing, factor, low, high), low, high)
        following = (1.0 + np.sqrt(1.0 + 4.0 * speed**2)) / 2.0
        if np.abs(lr - bands.resized(new, *lr.shape)).max() <= TOLERANCE:
            return new
        current = np.clip(new + (speed - 1.0) / following * (new - before), low, high)
        current = current.astype(start.dtype, copy=False)
        before, speed = new, following
        missing = lr - bands.resized(current, *lr.shape)
    return before


def shared(current, missing, factor, low, high):
    """What to add so that ``missing`` (h, w) is made up for by the pixels that can still move."""
    change = np.zeros_like(current)
    bands.add_undone(change, missing, factor)
    stuck = ((current <= low) & (change < 0)) | ((current >= high) & (change > 0))
    movable = bands.resized((~stuck).astype(current.dtype), *missing.shape)
    change[:] = 0.0
    bands.add_undone(change, missing / np.maximum(movable, SHARE), factor)
    return change
