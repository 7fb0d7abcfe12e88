"""Names written beside the points that they belong to, so that no legend has to be decoded."""

import itertools

import numpy as np

from . import palette

LETTER, HEIGHT = 0.58, 1.25  # of a letter's size: how wide letters are on average, and a line
DISTANCES = (
    7,
    16,
    28,
    42,
    60,
    80,
)  # CSS pixels from the point; from the second on a line leads to it
DIRECTIONS = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1))


def label_points(axis, points, names, colours, bars=()):
    """Writes each name beside its point (x, y), where it hides least.

    ``axis`` has its final place and limits. ``bars`` are ((x, y), (x, y)) lines that should stay
    free as well. Points are in the units of the axis.
    """
    places = axis.transData.transform(points)
    inside = np.array(axis.bbox.extents)
    lines = [axis.transData.transform(line) for line in bars]
    taken = [box_around(place, 10, 10) for place in places]
    taken += [np.concatenate([line.min(0) - 2, line.max(0) + 2]) for line in lines]
    for place, point, name, colour in zip(places, points, names, colours, strict=True):
        step, box = best_offset(place, name, taken, inside)
        taken.append(box)
        far = np.hypot(*step) > 1.5 * DISTANCES[0]
        axis.annotate(
            name,
            point,
            step,
            textcoords="offset points",
            size=palette.TEXT,
            color=colour,
            ha=("right", "center", "left")[int(np.sign(step[0])) + 1],
            va=("top", "center", "bottom")[int(np.sign(step[1])) + 1],
            arrowprops={"arrowstyle": "-", "color": palette.GREY, "lw": 0.7} if far else None,
        )


def best_offset(place, name, taken, inside):
    """The offset (CSS pixels) at which a name hides least, near before far, and its box."""
    size = np.array([LETTER * len(name), HEIGHT]) * palette.TEXT
    best = None
    for rank, (distance, direction) in enumerate(itertools.product(DISTANCES, DIRECTIONS)):
        step = distance * np.array(direction) / max(1.0, np.hypot(*direction))
        box = box_around(place + step + size / 2 * np.sign(np.round(step)), *size)
        hidden = sum(overlap(box, other) for other in taken)
        beyond = size.prod() - overlap(box, inside)
        cost = hidden + 4 * beyond + rank
        if best is None or cost < best[0]:
            best = cost, step, box
    return best[1:]


def box_around(middle, wide, high):
    """(left, bottom, right, top) of a box."""
    half = np.array([wide, high]) / 2
    return np.concatenate([middle - half, middle + half])


def overlap(one, other):
    """The area that two boxes share."""
    sides = np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2])
    return float(np.prod(np.maximum(sides, 0)))
