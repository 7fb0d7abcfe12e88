"""Padding of DICOM: pixels outside of what was scanned, whose numbers are no values.

One number, or all from it to a limit (PS3.3 C.7.5.1.1.2). Enlarged with the others they would
draw edges that are not there, and seem values themselves. So they are filled before, and put back
in the result.
"""

import numpy as np

from .scan import FACTOR

KINDS = {"float32": "Float", "float64": "DoubleFloat"}  # in the names of what tells the padding
NAMES = tuple(f"{kind}PixelPadding{end}" for kind in ("", *KINDS.values())
              for end in ("Value", "RangeLimit"))  # fmt: skip


def ends(dataset, dtype):
    """(lowest, highest) stored number that is padding; None where none is."""
    kind = KINDS.get(dtype.name, "")
    value = dataset.get(f"{kind}PixelPaddingValue")
    limit = dataset.get(f"{kind}PixelPaddingRangeLimit")
    if value is None or dataset.get("SamplesPerPixel") == 3:  # only grey has padding
        return None
    # A negative one is often written as if it had no sign: the type of the pixels says which.
    both = [np.array(one).astype(dtype) for one in (value, limit) if one is not None]
    return min(both), max(both)


def between(values, ends):
    """Bool, which of ``values`` lie from the first of the two ``ends`` to the second."""
    return (values >= ends[0]) & (values <= ends[1])


def is_padding(instance):
    """Bool (N, H, W), which pixels of an instance are padding."""
    if instance.unfilled is None:
        return np.zeros((instance.frames, instance.dataset.Rows, instance.dataset.Columns), bool)
    return between(instance.unfilled, ends(instance.dataset, instance.dtype))


def filled(values, instances):
    """(values, how many are padding): padding becomes the nearest number of all that are none.

    ``values`` (N, H, W) are those of all instances, in stored numbers or in their unit.
    """
    if all(one.unfilled is None for one in instances):
        return values, 0
    mask = np.concatenate([is_padding(one) for one in instances])
    real = values[~mask & np.isfinite(values)]
    if real.size:
        values = values.copy()
        values[mask] = np.clip(values[mask], real.min(), real.max())
    return values, np.count_nonzero(mask)


def put_back(pixels, instance):
    """Result ``pixels`` (N, 3H, 3W) with the instance's padding as it was.

    What was none must not become padding by rounding: it gets the nearest number that was none.
    """
    if instance.unfilled is None:
        return pixels
    old, mask = instance.unfilled, is_padding(instance)
    limits = ends(instance.dataset, instance.dtype)
    real = old[~mask & np.isfinite(old)]
    if real.size:
        above = real[real > limits[1]]
        nearest = above.min() if above.size else real.max()
        pixels = np.where(between(pixels, limits), nearest, pixels)
    mask, old = (one.repeat(FACTOR, axis=1).repeat(FACTOR, axis=2) for one in (mask, old))
    return np.where(mask, old, pixels)
