"""From the numbers that a DICOM stores to its values: slope, intercept and unit."""

import numpy as np
from pydicom.dataset import Dataset

from ..scan import SCALED, STORED, StoredRange
from .elements import is_lost, number


def scales_of(dataset, frames):
    """(slope, intercept) of each frame: its own, else what is said for all, else (1, 0)."""
    shared = list(dataset.get("SharedFunctionalGroupsSequence") or [])
    own = list(dataset.get("PerFrameFunctionalGroupsSequence") or [])
    own = own if len(own) == frames else [Dataset()] * frames
    return tuple(
        next((scale for one in (group, *shared) if (scale := scale_in(one))), plain_scale(dataset))
        for group in own
    )


def scale_in(group):
    """(slope, intercept) that a functional group says, or None."""
    for one in group.get("PixelValueTransformationSequence") or []:
        return plain_scale(one)
    return None


def plain_scale(dataset):
    """(slope, intercept) as a dataset says them, 1 and 0 where it does not.

    Raises ValueError for what is no number: without it values would be others.
    """
    for name in ("RescaleSlope", "RescaleIntercept"):
        if is_lost(dataset, name, 1):
            raise ValueError(f"its {name} is no number")
    slope, intercept = number(dataset, "RescaleSlope"), number(dataset, "RescaleIntercept")
    if slope == 0:  # all values would be one
        return 1.0, 0.0
    return float(slope or 1.0), float(intercept or 0.0)


def in_units(values, instance):
    """Stored numbers (N, H, W) as float32 in their unit, each frame by its own scale."""
    slopes, intercepts = np.array(instance.scales, np.float32).T[:, :, None, None]
    return values * slopes + intercepts


def ranges_of(instance, in_unit):
    """The ``StoredRange`` of each frame, ``in_unit`` or in stored numbers."""
    if not in_unit:
        return (instance.stored,) * instance.frames
    ends = instance.stored.lowest, instance.stored.highest
    scaled = [[slope * end + intercept for end in ends] for slope, intercept in instance.scales]
    return tuple(StoredRange(min(both), max(both), False) for both in scaled)


def union(ranges):
    """What any of several ``StoredRange``s can hold."""
    return StoredRange(
        min(one.lowest for one in ranges),
        max(one.highest for one in ranges),
        all(one.whole for one in ranges),
    )


def unit_of(dataset, scales):
    """What a value is, of (slope, intercept) of all frames."""
    if dataset.get("PhotometricInterpretation") == "RGB":
        return f"grey levels of {2 ** int(dataset.BitsStored) - 1}"
    kind = str(dataset.get("RescaleType") or "")
    if kind and kind != "US":
        return kind
    if dataset.get("Modality") == "CT" and scales[0] != (1, 0):
        return "HU"
    if dataset.get("Modality") == "PT" and dataset.get("Units"):
        return str(dataset.Units)
    return next((SCALED for scale in scales if scale != (1, 0)), STORED)
