"""What the page shows of an enlarged scan: its own units, and no more than a browser can draw.

A slice of a large film is cut to its middle, at full size: reduced, neither the input nor the
result would be what they are. Values are turned into the scan's units slice by slice, as they are
packed, so that no second volume is held.
"""

from dataclasses import dataclass

import numpy as np

from ..machine import UserError
from ..scans import FACTOR, SWAPPED_SIDES, around, upright
from . import viewer

MOST_SLICE = 27_000_000  # enlarged pixels of a slice: a browser needs some 40 bytes for each
LONGEST = 5_400  # pixels before: browsers draw 16,384 after


@dataclass(frozen=True)
class InUnits:
    """Planes (N, H, W) as ``slope * number + intercept``, upright, cut by ``cut``, two slices.

    ``orientation`` is that of a ``Scan``.
    """

    planes: np.ndarray
    slope: float
    intercept: float
    cut: tuple[slice, slice]
    orientation: int

    @property
    def shape(self):
        """As the array that it stands for has it."""
        return (len(self.planes), *(part.stop - part.start for part in self.cut))

    def __len__(self):
        return len(self.planes)

    def __getitem__(self, index):
        plane = upright(self.planes[index], self.orientation)[self.cut]
        dtype = np.result_type(plane.dtype, np.float32)  # large floats have no place in float32
        return self.slope * plane.astype(dtype) + self.intercept


def shown_range(planes):
    """(low, high) in stored values: what the page shows between black and white to begin with.

    All but the extremes. Where nearly all values are one, as in a mask, the extremes are the scan.
    """
    low, high = np.percentile(planes, (0.5, 99.5))
    if high <= low:
        low, high = float(planes.min()), float(planes.max())
    return (low, high) if high != low else around(low)


def left_off(page, source):
    """Why a ``viewer.Page`` has no room for a ``Scan`` that is to be enlarged; "" where it has."""
    rows, columns = (FACTOR * (part.stop - part.start) for part in middle(*sides(source)))
    try:
        page.check_room((len(source.planes), rows, columns))
    except UserError as error:
        return f"left off the page: {error}"
    return ""


def sides(source):
    """The rows and columns of a ``Scan`` that lies upright."""
    height, width = source.planes.shape[1:]
    return (width, height) if source.orientation in SWAPPED_SIDES else (height, width)


@np.errstate(over="ignore", invalid="ignore")  # of the largest floats: the page refuses them
def show(page, title, larger):
    """Adds an ``Enlarged`` with its guesses to a ``viewer.Page``; notes for the reader, if any.

    A scan that cannot be added is left off, and the note says so.
    """
    source = larger.scan
    cut = middle(*sides(source))
    enlarged = tuple(slice(FACTOR * part.start, FACTOR * part.stop) for part in cut)

    def in_units(planes, cut=enlarged):
        return InUnits(planes, source.slope, source.intercept, cut, source.orientation)

    def wide(planes):
        return InUnits(planes, abs(source.slope), 0.0, enlarged, source.orientation)

    before, notes, spacing = in_units(source.to_show(source.planes), cut), (), source.spacing
    if before.shape[1:] != sides(source):
        notes = (f"the page shows the middle {before.shape[2]}x{before.shape[1]} pixels",)
    if source.extras is not None and source.extras.shape[-1] > 1:
        notes += ("the page shows luminance only, no colours",)
    if spacing and source.orientation in SWAPPED_SIDES:
        spacing = spacing[::-1]
    low, high = shown_range(source.planes)
    entry = viewer.Entry(
        title=title,
        before=before,
        after=in_units(source.to_show(larger.planes)),
        guess=wide(larger.guesses),
        unit=source.unit,
        window=(
            source.slope * (low + high) / 2 + source.intercept,
            abs(source.slope) * (high - low),
        ),
        spacing=spacing,
        notes=(*source.notes, *notes),
        inverted=source.inverted,
        ranges=wide(larger.ranges),
    )
    try:
        page.add(entry)
    except UserError as error:
        return (f"left off the page: {error}",)
    return notes


def middle(height, width):
    """The largest middle part that a browser draws, in the picture's proportions: two slices."""
    most = MOST_SLICE / FACTOR**2
    share = min(1.0, (most / (height * width)) ** 0.5)
    rows, columns = (min(LONGEST, max(1, int(share * side))) for side in (height, width))
    return tuple(
        slice((side - kept) // 2, (side - kept) // 2 + kept)
        for side, kept in ((height, rows), (width, columns))
    )
