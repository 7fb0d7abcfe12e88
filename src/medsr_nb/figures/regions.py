"""Which part of a picture is worth magnifying: where the original has most detail."""

from typing import NamedTuple

import numpy as np

LENS = 0.24  # of an image's side: the small part that is magnified beside the whole
# Of ``data.plate``, by name: folds of the brain, where nose and jaw have more detail. (row, column)
WORTH_SEEING = {"head MR": (32, 54)}
LOUD = 0.95  # of all differences between neighbours; louder ones, as of letters, count like this


class Region(NamedTuple):
    """A square of ``side`` pixels whose upper left pixel is (``top``, ``left``)."""

    top: int
    left: int
    side: int

    def of(self, image):
        """That part of an image (S, S, ...)."""
        return image[self.top : self.top + self.side, self.left : self.left + self.side]


def most_detailed(original, side):
    """The region of that side where the original (S, S, 1) differs most from pixel to pixel.

    Differences are absolute ones between neighbours, cut at their 95 % quantile, so that fine
    structure counts for more than a few hard edges. The first of equal regions is taken.
    """
    values = np.asarray(original, float).reshape(original.shape[:2])
    side = min(side, *values.shape)
    changes = np.zeros_like(values)
    changes[1:] += np.abs(np.diff(values, axis=0))
    changes[:, 1:] += np.abs(np.diff(values, axis=1))
    changes = np.minimum(changes, np.quantile(changes, LOUD))
    sums = np.pad(changes, ((1, 0), (1, 0))).cumsum(axis=0).cumsum(axis=1)
    within = sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]
    top, left = np.unravel_index(np.round(within, 6).argmax(), within.shape)
    return Region(int(top), int(left), side)
