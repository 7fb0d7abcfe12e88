"""STAND-IN with the face of the real one, which the merge puts in its place: PNG and .npy only."""

import os
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from PIL import Image

from ..paths import UserError

NIFTI_SUFFIXES = (".nii", ".nii.gz")


@dataclass(frozen=True)
class StoredRange:
    """What the stored type can hold."""

    lowest: float
    highest: float
    whole: bool

    @classmethod
    def of(cls, dtype):
        """The range of a numpy type, integer or float."""
        limits = np.iinfo(dtype) if np.dtype(dtype).kind in "iu" else np.finfo(dtype)
        return cls(float(limits.min), float(limits.max), np.dtype(dtype).kind in "iu")


@dataclass(frozen=True)
class Scan:
    """Pixels (N, H, W) as stored, and what is needed to write the like of them."""

    kind: str
    planes: np.ndarray
    extras: np.ndarray | None
    unit: str
    stored: StoredRange
    notes: tuple[str, ...]
    origin: object = field(repr=False)
    suffix: str = ""
    slope: float = 1.0
    intercept: float = 0.0
    inverted: bool = False
    missing: np.ndarray | None = None


def read(path, through_plane=False):
    """A file as a ``Scan``; raises UserError where it cannot be read."""
    try:
        planes = np.load(path) if str(path).endswith(".npy") else np.asarray(Image.open(path))
        if planes.dtype == np.int32:  # Pillow's mode I
            planes = planes.astype(np.uint16)
        planes = planes.reshape(-1, *planes.shape[-2:])
    except Exception as error:
        raise UserError(f"{path}: cannot be decoded ({error}).") from None
    stored, notes = StoredRange.of(planes.dtype), (f"{8 * planes.dtype.itemsize} bit",)
    return Scan("picture", planes, None, "levels", stored, notes, planes.dtype, Path(path).suffix)


def write(scan, planes, extras, path):
    """Writes enlarged planes like those of ``scan``; the paths written. Whole or not at all."""
    part = Path(path).with_name(f".{Path(path).name}.part")
    if scan.stored.whole:
        planes = np.rint(np.clip(planes, scan.stored.lowest, scan.stored.highest))
    planes = planes.astype(scan.origin)
    with open(part, "wb") as file:
        if str(path).endswith(".npy"):
            np.save(file, planes)
        else:
            Image.fromarray(planes[0]).save(file, "png")
    os.replace(part, path)
    return [Path(path)]


def derived(scan, description, highest):
    """A scan of the same size and kind for another quantity, from 0 to ``highest``."""
    notes = (f"{description}: white is {highest:.4g} {scan.unit}",)
    stored = StoredRange(0, 255, True)
    return replace(
        scan, stored=stored, slope=highest / 255, notes=notes, origin=np.uint8, suffix=".png"
    )


def pictures_of(scan, planes, extras, path, window=None):
    """Writes any scan as PNG; the paths written."""
    low, high = planes.min(), planes.max()
    if window is not None:
        low, high = window[0] - window[1] / 2, window[0] + window[1] / 2
    levels = (planes - low) / ((high - low) or 1.0) * 255
    return write(
        replace(scan, stored=StoredRange(0, 255, True), origin=np.uint8), levels, None, path
    )
