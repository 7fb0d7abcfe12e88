"""Results that reduce to their input, though they end at black and at white.

``projected`` moves a result to the nearest picture that reduces to its input, as the network's
last layer does, but with bands (``degradation.bands``), for pictures of any size. Where such a
picture leaves the range of the stored type it is clipped, and no longer reduces to its input: on
slices with a black background every contour is concerned. Clipping and projecting in turn ends in a
picture that does both (projections onto convex sets, Bauschke & Borwein 1996, SIAM Review 38), but
slowly. Two things make it fast. What is missing is shared among those pixels that can still move,
not among all. And each round goes on a little in the direction of the last one (Nesterov's
acceleration, as in Beck & Teboulle 2009, SIAM J. Imaging Sciences 2, FISTA).
"""

import numpy as np

from ..degradation import bands

ROUNDS = 16
TOLERANCE = 0.25  # stored units: with it, rounding the result seldom changes a reduced pixel
SHARE = 0.2  # the least share of movable pixels that is counted on; below it rounds overshoot
BLOCK = 128  # LR pixels a side: only blocks that clip are mended
MARGIN = 16  # LR pixels around a block; the mending fades to a millionth in it


def projected(sr, lr, factor=3, low=-np.inf, high=np.inf, how=bands, settled=None):
    """SR float (f*h, f*w) between ``low`` and ``high`` that reduces to LR (h, w), made in place.

    All are in stored units. Where ``low`` and ``high`` leave no such picture, as where the input
    itself was clipped after a reduction, the result comes near. ``how`` is the reduction, a
    ``reducers.reducer``. LR pixels of ``settled``, bool (h, w), are not mended where they clip.
    Returns ``sr``.
    """
    how.add_undone(sr, lr - how.resized(sr, *lr.shape), factor)
    if low == -np.inf and high == np.inf:
        return sr
    np.clip(sr, low, high, out=sr)
    again = how.resized(sr, *lr.shape)
    if settled is not None:
        lr = np.where(settled, again, lr)
    open_pixels = np.abs(lr - again) > TOLERANCE
    length = BLOCK if how.LOCAL else max(lr.shape)
    for rows in blocks(lr.shape[0], length):
        for columns in blocks(lr.shape[1], length):
            if open_pixels[rows, columns].any():
                mend_block(sr, lr, factor, (rows, columns), (low, high), how)
    return sr


def blocks(size, length):
    """Slices of ``length`` pixels that cover a side."""
    return [slice(first, min(first + length, size)) for first in range(0, size, length)]


def mend_block(sr, lr, factor, block, limits, how):
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
    target = how.resized(window, *(part.stop - part.start for part in outer))
    target[inner] = lr[block]
    window[:] = mended(window.copy(), target, factor, *limits, how)


def mended(start, lr, factor, low, high, how):
    """A picture between ``low`` and ``high`` near ``start`` (f*h, f*w) that reduces to LR."""
    current, before, speed = start, start, 1.0
    missing = lr - how.resized(current, *lr.shape)
    for _ in range(ROUNDS):
        new = np.clip(current + shared(current, missing, factor, low, high, how), low, high)
        following = (1.0 + np.sqrt(1.0 + 4.0 * speed**2)) / 2.0
        if np.abs(lr - how.resized(new, *lr.shape)).max() <= TOLERANCE:
            return new
        current = np.clip(new + (speed - 1.0) / following * (new - before), low, high)
        current = current.astype(start.dtype, copy=False)
        before, speed = new, following
        missing = lr - how.resized(current, *lr.shape)
    return before


def shared(current, missing, factor, low, high, how):
    """What to add so that ``missing`` (h, w) is made up for by the pixels that can still move."""
    change = np.zeros_like(current)
    how.add_undone(change, missing, factor)
    if not how.LOCAL:  # what is missing at a pixel is not made up for by those around it
        return change
    stuck = ((current <= low) & (change < 0)) | ((current >= high) & (change > 0))
    movable = how.resized((~stuck).astype(current.dtype), *missing.shape)
    change[:] = 0.0
    how.add_undone(change, missing / np.maximum(movable, SHARE), factor)
    return change
