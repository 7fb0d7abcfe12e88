"""Padding of DICOM: pixels outside of what was scanned, whose numbers are no values.

One number, or all from it to a limit (PS3.3 C.7.5.1.1.2). Enlarged with the others they would
draw edges that are not there, and seem values themselves. So they are ``missing``.
"""

from dataclasses import dataclass

import numpy as np

from .dicom_elements import number
from .missing import Missing

KINDS = {"float32": "Float", "float64": "DoubleFloat"}  # in the names of what tells the padding
NAMES = tuple(f"{kind}PixelPadding{end}" for kind in ("", *KINDS.values())
              for end in ("Value", "RangeLimit"))  # fmt: skip


@dataclass(frozen=True)
class Padding:
    """The ``missing`` pixels of an instance, and between which ``limits`` their numbers lie.

    ``nearest`` is the stored number beside these that is none, or None.
    """

    missing: Missing
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
    return Padding(Missing(where, values[where]), limits, nearest)


def ends(dataset, dtype):
    """(lowest, highest) stored number that is padding; None where none is."""
    kind = KINDS.get(dtype.name, "")
    value = number(dataset, f"{kind}PixelPaddingValue")
    limit = number(dataset, f"{kind}PixelPaddingRangeLimit")
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


def missing_of(values, instances):
    """The padding of all ``instances`` as ``Missing``; None where there is none.

    ``values`` (N, H, W) are theirs, in stored numbers or in their unit.
    """
    if not any(one.padding for one in instances):
        return None
    shape = values.shape[1:]
    where = np.concatenate(
        [one.padding.missing.where if one.padding else np.zeros((one.frames, *shape), bool)
         for one in instances]
    )  # fmt: skip
    return Missing(where, values[where]) if where.any() else None


def put_back(pixels, padding):
    """Result ``pixels`` (N, 3H, 3W), changed in place, with an instance's ``Padding`` as it was.

    What was none must not become padding by rounding: it gets the nearest number that was none.
    """
    if padding is None:
        return pixels
    if padding.nearest is not None:
        pixels[between(pixels, padding.limits)] = padding.nearest
    return np.asarray(padding.missing.put_back(pixels))
