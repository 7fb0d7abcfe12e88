"""The number by which a TIFF of GDAL says that a pixel has no value."""

import numpy as np

from ...machine import UserError
from ..missing import Missing

GDAL_NODATA, ASCII = 42113, 2


def number_of(page):
    """That number, whole where it can be; None where the page names none, or no number."""
    text = page.tags.valueof(GDAL_NODATA)
    for kind in (int, float):
        try:
            return kind(text)
        except (TypeError, ValueError):
            pass
    return None


def number_in(path, pages):
    """The number of ``number_of`` that pages name: for all of them, as some writers name it once.

    None where none does. Raises UserError where they differ.
    """
    numbers = [number for page in pages if (number := number_of(page)) is not None]
    if len({"nan" if number != number else number for number in numbers}) > 1:
        raise UserError(f"{path}: its pages differ in GDAL's number for no value; split it first.")
    return numbers[0] if numbers else None


def tag(number):
    """What tifffile is told to write it."""
    return GDAL_NODATA, ASCII, 0, repr(number), True


def missing(planes, number):
    """The pixels of stored ``planes`` (N, H, W) without a value as ``Missing``, or None."""
    where = having(planes, number)
    return Missing(where, planes[where]) if where.any() else None


def without(planes, number):
    """Stored results, changed in place to the number beside it where they have it by chance."""
    where, inwards = having(planes, number), -1 if number > 0 else 1
    if where.any():
        whole = planes.dtype.kind in "iu"
        planes[where] = number + inwards if whole else np.nextafter(planes[where], inwards * np.inf)
    return planes


def having(planes, number):
    """Bool, which pixels have that number; none where their type cannot hold it."""
    with np.errstate(over="ignore"):
        return planes == number
