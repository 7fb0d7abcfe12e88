"""Padding of DICOM: pixels outside of what was scanned, whose numbers are no values.

One number, or all from it to a limit (PS3.3 C.7.5.1.1.2). Enlarged with the others they would
draw edges that are not there, and seem values themselves. So they are filled before, and put back
in the result.
"""

from dataclasses import dataclass

import numpy as np

from .scan import FACTOR

KINDS = {"float32": "Float", "float64": "DoubleFloat"}  # in the names of what tells the padding
NAMES = tuple(f"{kind}PixelPadding{end}" for kind in ("", *KINDS.values())
              for end in ("Value", "RangeLimit"))  # fmt: skip


@dataclass(frozen=True)
class Padding:
    """``where`` (N, H, W) an instance has padding, the ``numbers`` there, and between which
    ``limits`` they lie. ``nearest`` is the stored number beside these that is none, or None.
    """

    where: np.ndarray
    numbers: np.ndarray
    limits: tuple
    nearest: float | None


def found(dataset, values):
    """The ``Padding`` of stored ``values`` (N, H, W[, C]), or None where the dataset names none."""
    limits = ends(dataset, values.dtype)
    if limits is None or values.ndim != 3:  # only grey has padding
        return None
    where = between(values, limits)
    real = values[~where & np.isfinite(values)]
    above = real[real > limits[1]]
    nearest = above.min() if above.size else real.max() if real.size else None
    return Padding(where, values[where], limits, nearest)


def ends(dataset, dtype):
    """(lowest, highest) stored number that is padding; None where none is."""
    kind = KINDS.get(dtype.name, "")
    value = dataset.get(f"{kind}PixelPaddingValue")
    limit = dataset.get(f"{kind}PixelPaddingRangeLimit")
    both = [one for one in (value, limit) if one is not None]
    if value is None or not kind and not all(fits(one, dtype) for one in both):
        return None
    both = [np.array(one).astype(dtype) for one in both]
    return min(both), max(both)


def fits(number, dtype):
    """Whether pixels can hold a number; a negative one is often written as if it had no sign."""
    bits = 8 * dtype.itemsize
    return -(2 ** (bits - 1)) <= number < 2**bits


def between(values, limits):
    """Bool, which of ``values`` lie from the first of the two ``limits`` to the second."""
    return (values >= limits[0]) & (values <= limits[1])


def filled(values, instances):
    """(values, how many are padding): padding becomes the nearest number of all that are none.

    ``values`` (N, H, W) are those of all instances, in stored numbers or in their unit.
    """
    if not any(one.padding for one in instances):
        return values, 0
    shape = values.shape[1:]
    mask = np.concatenate(
        [one.padding.where if one.padding else np.zeros((one.frames, *shape), bool)
         for one in instances]
    )  # fmt: skip
    real = ~mask & np.isfinite(values)
    if real.any():
        most = np.inf if values.dtype.kind == "f" else np.iinfo(values.dtype).max
        least = -np.inf if values.dtype.kind == "f" else np.iinfo(values.dtype).min
        lowest = values.min(where=real, initial=most)
        highest = values.max(where=real, initial=least)
        values = values if values.flags.writeable else values.copy()
        values[mask] = np.clip(values[mask], lowest, highest)
    return values, np.count_nonzero(mask)


def put_back(pixels, padding):
    """Result ``pixels`` (N, 3H, 3W) with an instance's ``Padding``, or None, as it was.

    What was none must not become padding by rounding: it gets the nearest number that was none.
    """
    if padding is None:
        return pixels
    if padding.nearest is not None:
        pixels = np.where(between(pixels, padding.limits), padding.nearest, pixels)
    old = np.zeros(padding.where.shape, padding.numbers.dtype)
    old[padding.where] = padding.numbers
    mask, old = (one.repeat(FACTOR, axis=1).repeat(FACTOR, axis=2) for one in (padding.where, old))
    return np.where(mask, old, pixels)
