"""Whether a scan looks like labels: few numbers in large plateaus, between which nothing lies.

Files that say so are refused by their readers. Masks, and what FreeSurfer writes, do not say it.
"""

import numpy as np

FEW = 256  # numbers
PLATEAU = 0.75  # of the pixels of a number, the mean over all numbers: the next one has it, too
PLANES, LINES, LONG = 5, 400, 1000  # that are looked at: lines along rows, and along columns


def noted(planes):
    """A note for the reader of planes (N, H, W) that look like labels, in a tuple; else ()."""
    places = np.linspace(0, len(planes) - 1, min(PLANES, len(planes))).round().astype(int)
    looked_at = planes[places]
    found = [plateaus(lines(each)) for each in (looked_at, np.swapaxes(looked_at, 1, 2))]
    count, share = max(one for one, _ in found), min(one for _, one in found)
    if not 1 < count <= FEW or share < PLATEAU:
        return ()
    return (
        f"looks like labels ({count} numbers in plateaus), but is enlarged as grey: between two of "
        "them come numbers that are none; enlarge labels by nearest neighbour",
    )


def lines(planes):
    """At most LINES rows of planes (N, H, W), of each the LONG pixels in the middle."""
    height, width = planes.shape[1:]
    start = max(0, (width - LONG) // 2)
    return planes[:, :: -(-height // LINES), start : start + LONG]


def plateaus(rows):
    """How many numbers (..., W) have, and the share of their pixels whose right neighbour has it.

    That is the mean over all numbers, as a background alone may have most of the pixels.
    """
    numbers, places = np.unique(rows, return_inverse=True)
    places = places.reshape(rows.shape)
    left, alike = places[..., :-1], places[..., :-1] == places[..., 1:]
    all_of, with_next = (
        np.bincount(one.ravel(), minlength=len(numbers)) for one in (left, left[alike])
    )
    there = all_of > 0
    return len(numbers), float(np.mean(with_next[there] / all_of[there])) if there.any() else 0.0
