"""Pixels without a value: filled before a scan is enlarged, and put back as they were.

They are DICOM's padding, what is not finite, and what lies so far beyond all others that
``float32`` cannot hold both, as the marks do that some programs set where nothing was measured.
Enlarged with the others they would draw edges that are not there, and spoil the values around.
The nearest pixels that have a value take their place, so that none of these has a new edge.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import distance_transform_edt

from ..machine import UserError
from .intensity import ends

BEYOND = 2.0**24  # spans of nearly all others: float32 holds numbers to so many parts
MARKS = [float(np.finfo(one).max) for one in (np.float32, np.float64)]  # by custom no values


@dataclass(frozen=True)
class Missing:
    """``where``, bool (N, H, W), there is no value, and the ``numbers`` there, in this order."""

    where: np.ndarray
    numbers: np.ndarray

    def put_back(self, planes):
        """A copy of ``planes`` of the same size, or a multiple of it, with these numbers."""
        places, old = self.where, np.zeros(self.where.shape, self.numbers.dtype)
        old[places] = self.numbers
        for axis, side in enumerate(self.where.shape):
            factor = planes.shape[axis] // side
            places, old = (one.repeat(factor, axis=axis) for one in (places, old))
        return np.where(places, old, planes)

    def between(self, lowest, highest):
        """The same with numbers that can be shown: clipped, and of NaN the lowest."""
        numbers = np.clip(np.nan_to_num(self.numbers, nan=lowest, posinf=highest), lowest, highest)
        return replace(self, numbers=numbers)


def kept(scan, named):
    """A ``Scan`` as read, with values alone in its ``planes``; what is none moves to ``missing``.

    A pixel of which one colour is not finite has no colour that could be told: all become NaN.
    Raises UserError, which names the file, where no number is finite.
    """
    missing = scan.missing
    if scan.stored.highest - scan.stored.lowest > BEYOND:  # else nothing can be so far off
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

    That is the largest number of a float type, or a few that lie BEYOND spans outside.
    """
    nothing = np.zeros(real.shape, bool)
    marks = real & np.isin(np.abs(planes), MARKS) if planes.dtype.kind == "f" else nothing
    if not (real & ~marks).any():
        return nothing
    _, low, high, _ = ends(planes[real & ~marks])
    slack = BEYOND * (high - low)
    if not slack:
        return marks
    return marks | real & ((planes < low - slack) | (planes > high + slack))


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
