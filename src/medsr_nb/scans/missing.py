"""Pixels without a value: filled before a scan is enlarged, and put back as they were.

They are DICOM's padding, what is not finite, and the marks that some programs set where nothing
was measured: numbers that lie far beyond all others. Enlarged with these they would draw edges that
are not there, and spoil the values around, or all of them where ``float32`` cannot hold both.
The nearest pixels that have a value take their place, so that none of these has a new edge.

A mark that many pixels have is one number. In pictures as they were measured the rims of a bright
or dark part have all that lies between; so one number many spans beyond all others was set.
"""

import math
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from scipy.ndimage import distance_transform_edt

from ..machine import UserError
from .intensity_map import FEW, ends, repeated_beyond

BEYOND = 2.0**16  # spans of nearly all others: float32 leaves these no 256 grey levels further out
REPEATED = 2.0**10  # the same of one number that many pixels have
HUGE = 1e30  # no scanner measures that


@dataclass(frozen=True)
class Missing:
    """``where``, bool (N, H, W), there is no value, and the ``numbers`` there, in this order."""

    where: np.ndarray
    numbers: np.ndarray

    def put_back(self, planes):
        """``planes`` of the same size, or a multiple of it, with these numbers: ``PutBack``."""
        starts = np.cumsum([0, *map(np.count_nonzero, self.where)])
        return PutBack(self, planes, starts, range(len(planes)))

    def put_into(self, planes):
        """The same in place: of as many planes, without a copy of any."""
        starts = np.cumsum([0, *map(np.count_nonzero, self.where)])
        for plane, where, span in zip(planes, self.where, pairwise(starts), strict=True):
            put(plane, where, self.numbers[slice(*span)])

    def between(self, lowest, highest):
        """The same with numbers that can be shown: clipped, and of NaN the lowest."""
        numbers = np.clip(np.nan_to_num(self.numbers, nan=lowest, posinf=highest), lowest, highest)
        return replace(self, numbers=numbers)


@dataclass(frozen=True)
class PutBack:
    """A copy of some ``places`` of ``planes`` with what is ``missing``, made plane by plane.

    ``[index]`` is a plane, made where it is asked for, a slice several of them: a whole copy would
    take as much memory again. ``starts`` are the places of each plane's first missing number.
    """

    missing: Missing
    planes: np.ndarray
    starts: np.ndarray
    places: range

    @property
    def shape(self):
        """As the array that it stands for has it."""
        return (len(self.places), *self.planes.shape[1:])

    @property
    def size(self):
        """As the array that it stands for has it."""
        return math.prod(self.shape)

    def __len__(self):
        return len(self.places)

    def __array__(self, dtype=None, copy=None):
        planes = np.stack(list(self))
        return planes if dtype is None else planes.astype(dtype, copy=False)

    def __getitem__(self, index):
        place = self.places[index]
        if isinstance(place, range):
            return replace(self, places=place)
        own = place // (len(self.planes) // len(self.missing.where))
        numbers = self.missing.numbers[self.starts[own] : self.starts[own + 1]]
        plane = self.planes[place].astype(np.result_type(self.planes, numbers))
        put(plane, self.missing.where[own], numbers)
        return plane


def put(plane, where, numbers):
    """Numbers (K,) into a plane: its pixels, or blocks of pixels, that ``where`` (H, W) names."""
    down, across = np.array(plane.shape) // where.shape
    rows, columns = np.nonzero(where)
    for row, column in np.ndindex(down, across):
        plane[down * rows + row, across * columns + column] = numbers


def kept(scan, named):
    """A ``Scan`` as read, with values alone in its ``planes``; what is none moves to ``missing``.

    A pixel of which one colour is not finite has no colour that could be told: all become NaN.
    Raises UserError, which names the file, where no number is finite.
    """
    missing = scan.missing
    if scan.stored.highest - scan.stored.lowest > BEYOND:  # of 16 bits all numbers are in use
        scan = with_finite_extras(scan)
        where, notes = without_value(scan, named)
        numbers = scan.planes[where]
        if is_coloured(scan):
            numbers[~np.isfinite(numbers)] = np.nan
        missing = Missing(where, numbers) if where.any() else None
        scan = replace(scan, notes=notes)
    if missing is None:
        return scan
    return replace(scan, planes=filled(scan.planes, ~missing.where), missing=missing)


def is_coloured(scan):
    """Whether a scan has chrominances."""
    return scan.extras is not None and scan.extras.shape[-1] > 1


def without_value(scan, named):
    """(bool (N, H, W): pixels without a value, the scan's notes with how many these are)."""
    finite = np.isfinite(scan.planes)
    if not finite.any():
        raise UserError(f"{named}: holds no finite number; there is nothing to enlarge.")
    where = ~finite if scan.missing is None else ~finite | scan.missing.where
    far = beyond(scan.planes, ~where)
    kept_so = "values are not finite and stay so"
    if is_coloured(scan):
        kept_so = "pixels have a colour that is not finite and become NaN"
    counted = {
        kept_so: np.count_nonzero(~finite),
        "values lie far beyond all others and stay as they are": np.count_nonzero(far),
    }
    told = [f"{count} {what}" for what, count in counted.items() if count]
    return where | far, (*scan.notes, *told)


def beyond(planes, real):
    """Which of the ``real`` pixels are far beyond the others; none where nothing else is left.

    That is one number of many pixels REPEATED spans outside, a few that lie BEYOND spans outside,
    and all that are HUGE where not nearly all are.
    """
    huge = real & (np.abs(planes) >= HUGE) if planes.dtype.kind == "f" else ~real & real
    if np.count_nonzero(real) - np.count_nonzero(huge) <= max(1, FEW * real.size):
        huge[:] = False
    values = planes[real & ~huge]
    if not values.size:
        return huge
    marks = repeated_beyond(values, REPEATED)
    far = np.isin(planes, marks)
    _, low, high, _ = ends(values[~np.isin(values, marks)])
    if slack := BEYOND * (high - low):
        far |= (planes < low - slack) | (planes > high + slack)
    return huge | real & far


def filled(planes, real):
    """A copy of ``planes`` (N, H, W) with the nearest ``real`` pixel of a plane for each other.

    A plane without any gets the lowest of all, which is 0 where there is none at all.
    """
    lowest = planes[real].min() if real.any() else 0
    planes = planes.copy()
    for plane, known in zip(planes, real, strict=True):
        if not known.any():
            plane[:] = lowest
        elif not known.all():
            places = distance_transform_edt(~known, return_distances=False, return_indices=True)
            plane[:] = plane[tuple(places)]
    return planes


def with_finite_extras(scan):
    """Extras are interpolated, so a number that is not finite would spread over those around.

    Colour is left out there, and transparency becomes opaque.
    """
    if scan.extras is None or (finite := np.isfinite(scan.extras)).all():
        return scan
    filling, notes = np.zeros(scan.extras.shape[-1], scan.extras.dtype), scan.notes
    if len(filling) % 2:  # one or three: the last is transparency
        alpha, there = scan.extras[..., -1], finite[..., -1]
        filling[-1] = alpha[there].max(initial=0.0)
        if lost := np.count_nonzero(~there):
            notes = (*notes, f"transparency of {lost} pixels is not finite and becomes opaque")
    return replace(scan, extras=np.where(finite, scan.extras, filling), notes=notes)
