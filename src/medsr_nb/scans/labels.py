"""Whether a scan looks like labels: numbers that are names, between which nothing lies.

Files that say so are refused by their readers. Masks, and what FreeSurfer writes, do not say it.
Three signs tell. Few numbers lie in large plateaus. Or parts are thin or small, but where one ends
the next number is any other, whereas the next grey level of a picture is mostly near. Or there are
two numbers, and one of them in specks. Noise has its next numbers anywhere too, but no parts.

The bounds were set by the label maps and pictures of ``tests/scans/test_labels.py`` and by 900
more pictures: pydicom's, scikit-image's, nibabel's and the ICBM152 template with 2 to 65536 levels,
with noise, as counts, dithered, and with pixels repeated. Of those with 10 numbers or more the
shares (``plateaus``) and steps (``steps``) are:

    label maps, parts 2 pixels thin or 3 across and more    share from 0.44    steps 0.80 to 1.40
    numbers in the order of the parts: plateaus alone tell        0.81 to 0.89       0.54 to 0.66
    pictures with a share above 0.3                               to 0.71            to 0.61
    pictures with steps above 0.7: noise, counts                  to 0.22            to 1.00
"""

from itertools import islice

import numpy as np

FEW = 256  # numbers
PLATEAU = 0.75  # of the pixels of a number, the mean over all numbers: the next one has it, too
SEVERAL, PART, APART = 10, 0.35, 0.75  # numbers at least; the same share; the least steps
SPECKS = 1 / 4000  # of the pixels at most: a picture of counts has more
PLANES, LINES, LONG = 5, 400, 1000  # that are looked at: lines along rows, and along columns
GOLDEN = (5**0.5 - 1) / 2


def noted(planes):
    """A note for the reader of planes (N, H, W) that look like labels, in a tuple; else ()."""
    looked_at = uneven(planes)
    if not looked_at:
        return ()
    turned = [plane.T for plane in looked_at]
    found = [numbered(np.stack([*map(lines, some)])) for some in (looked_at, turned)]
    count = max(len(numbers) for numbers, _ in found)
    if not (in_plateaus(found, count) or in_parts(found, count) or in_specks(found, count)):
        return ()
    return (
        f"looks like labels ({count} numbers), but is enlarged as grey: between two of "
        "them come numbers that are none; enlarge labels by nearest neighbour",
    )


def uneven(planes):
    """PLANES of them at most that hold more than one number: a mask is empty in most.

    These are evenly spaced where they can be. Others are tried in an order that leaps through all.
    """
    count = len(planes)
    even = np.linspace(0, count - 1, min(PLANES, count)).round().astype(int).tolist()
    others = sorted({*range(count)} - {*even}, key=lambda place: place * GOLDEN % 1)
    tried = (planes[place] for place in (*even, *others))
    return [*islice((plane for plane in tried if (plane != plane[0, 0]).any()), PLANES)]


def lines(plane):
    """At most LINES rows of a plane (H, W), of each the LONG pixels in the middle."""
    height, width = plane.shape
    start = max(0, (width - LONG) // 2)
    return plane[:: -(-height // LINES), start : start + LONG]


def numbered(rows):
    """The numbers in rows (..., W), ascending, and for each pixel the place of its number."""
    numbers, places = np.unique(rows, return_inverse=True)
    return numbers, places.reshape(rows.shape)


def in_plateaus(found, count):
    """Whether there are few numbers in large plateaus."""
    if not 1 < count <= FEW:
        return False
    return all(plateaus(*one) >= PLATEAU for one in found)


def in_parts(found, count):
    """Whether there are several numbers in parts, however small, with any other number next.

    Pixels that were repeated to make a picture larger are no parts.
    """
    if count < SEVERAL:
        return False
    once = [(numbers, unrepeated(places)) for numbers, places in found]
    return all(plateaus(*one) >= PART and steps(*one) >= APART for one in once)


def in_specks(found, count):
    """Whether there are two numbers, and hardly any pixel has one of them."""
    return count == 2 and all(np.bincount(at.ravel()).min() <= SPECKS * at.size for _, at in found)


def unrepeated(places):
    """Without rows and columns (..., H, W) that are in all planes as those before them."""
    for axis in (-1, -2):
        others = tuple(k for k in range(places.ndim) if k != places.ndim + axis)
        new = np.diff(places, axis=axis).any(axis=others)
        places = np.compress([True, *new], places, axis=axis)
    return places


def plateaus(numbers, places):
    """The share of the pixels of a number whose right neighbour has it, from ``numbered``.

    That is the mean over all numbers, as a background alone may have most of the pixels.
    """
    left, alike = places[..., :-1], places[..., :-1] == places[..., 1:]
    all_of, with_next = (
        np.bincount(one.ravel(), minlength=len(numbers)) for one in (left, left[alike])
    )
    there = all_of > 0
    return float(np.mean(with_next[there] / all_of[there])) if there.any() else 0.0


def steps(numbers, places):
    """How far two neighbours that differ lie apart, in units of any two pixels that differ.

    The mean of both; any two are drawn from these neighbours. 0 where none differ.
    """
    differ = places[..., :-1] != places[..., 1:]
    if not differ.any():
        return 0.0
    left, right = places[..., :-1][differ], places[..., 1:][differ]
    values = numbers.astype(float)
    counts = np.bincount(np.concatenate([left, right]), minlength=len(numbers)).astype(float)
    below = np.cumsum(counts) - counts
    above = counts.sum() - below - counts
    any_two = np.sum(values * counts * (below - above)) / np.sum(counts * below)
    return float(np.mean(np.abs(values[left] - values[right])) / any_two)
