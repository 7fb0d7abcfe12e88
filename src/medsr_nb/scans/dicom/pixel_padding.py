"""Numbers of a DICOM's pixels that are no values: padding, and colours among grey.

Padding lies outside of what was scanned: one number, or all from it to a limit (PS3.3 C.7.5.1.1.2).
Colours are numbers of a palette that supplements the grey, as on maps of perfusion (PS3.3
C.8.16.2.1.1.1). Enlarged with the others both would draw edges that are not there, and between two
colours would come a third. So they are ``missing``.
"""

from dataclasses import dataclass

import numpy as np

from ..missing import Missing
from .elements import number, said

KINDS = {"float32": "Float", "float64": "DoubleFloat"}  # in the names of what tells the padding
NAMES = tuple(f"{kind}PixelPadding{end}" for kind in ("", *KINDS.values())
              for end in ("Value", "RangeLimit"))  # fmt: skip
COLOURED = ("COLOR", "MIXED")  # values of PixelPresentation; mixed are those of several frames


@dataclass(frozen=True)
class Padding:
    """The ``missing`` pixels of an instance, of which so many are ``coloured``.

    ``spans`` are (lowest, highest, nearest): between the first two their numbers lie, and the last
    is the stored number beside these that is a value, or None.
    """

    missing: Missing
    spans: tuple
    coloured: int


def found(dataset, values):
    """The ``Padding`` of stored ``values`` (N, H, W[, C]), or None where the dataset names none."""
    if values.ndim != 3:  # only grey has any
        return None
    padding, colours = ends(dataset, values.dtype), colour_ends(dataset, values.dtype)
    limits = [one for one in (padding, colours) if one is not None]
    if not limits:
        return None
    where = np.any([between(values, one) for one in limits], axis=0)
    real = values[~where & np.isfinite(values)]
    spans = tuple((*one, nearest(real, one)) for one in limits)
    coloured = 0 if colours is None else np.count_nonzero(between(values, colours))
    return Padding(Missing(where, values[where]), spans, coloured)


def nearest(real, limits):
    """Of ``real`` values the first above the ``limits``, else the last below; None of none."""
    above = real[real > limits[1]]
    return above.min() if above.size else real.max() if real.size else None


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


def colour_ends(dataset, dtype):
    """(lowest, highest) stored number that is a colour; None where none is.

    All numbers are from the first that the palette names: those beyond its end have its last.
    """
    named = said(dataset, "RedPaletteColorLookupTableDescriptor")
    if dtype.kind == "f" or named is None or said(dataset, "PixelPresentation") not in COLOURED:
        return None
    return int(named[1]), int(np.iinfo(dtype).max)


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


def told(missing, instances):
    """What a reader is told of the ``Missing`` pixels of all ``instances``, or of None."""
    if missing is None:
        return []
    coloured = sum(one.padding.coloured for one in instances if one.padding)
    counts = {
        "are padding, no values": len(missing.numbers) - coloured,
        "are colours of its palette among the grey: kept as they are, three by three": coloured,
    }
    return [f"{count} pixels {what}" for what, count in counts.items() if count]


def put_back(pixels, padding):
    """Result ``pixels`` (N, 3H, 3W), changed in place, with an instance's ``Padding`` as it was.

    What was none must not become padding by rounding: it gets the nearest number that was none.
    """
    if padding is None:
        return pixels
    for lowest, highest, value in padding.spans:
        if value is not None:
            pixels[between(pixels, (lowest, highest))] = value
    padding.missing.put_into(pixels)
    return pixels
