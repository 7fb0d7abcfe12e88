"""A scan in its own numbers: read from any kind of file, written as the same kind.

``read`` a file, or a folder that is one DICOM series; enlarge ``planes`` (and ``extras``, where
there are any) by three; ``write`` them. Between the two nothing is rounded or clipped.
"""

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from ..machine import UserError
from .files import damage_named, quiet
from .kinds import kind_of

FACTOR = 3
ROWS_AT_ONCE = 256  # rounded together: a large result takes no second one beside it
FORMATS = {"png": ".png", "tiff": ".tif", "nifti": ".nii.gz"}  # that may be asked for
STORED, SCALED = "stored units", "scaled units"  # where no file says what a value is


@dataclass(frozen=True)
class StoredRange:
    """What can be stored: ``lowest`` to ``highest``, whole numbers or not; floats have no end."""

    lowest: float
    highest: float
    whole: bool

    @classmethod
    def of(cls, dtype):
        """The range of a numpy type, integer or float."""
        if np.dtype(dtype).kind not in "iu":
            return cls(-np.inf, np.inf, False)
        limits = np.iinfo(dtype)
        return cls(float(limits.min), float(limits.max), True)

    def stored(self, values, dtype):
        """Float values rounded and clipped to this range, as ``dtype``. NaN becomes the lowest
        where the numbers are whole; floats stay finite. The one place where a result is rounded.
        """
        dtype = np.dtype(dtype)
        if not self.whole:
            with np.errstate(over="ignore"):  # a smaller float holds no more than its largest
                numbers = np.asarray(values, dtype)
            if (over := np.isinf(numbers) & np.isfinite(values)).any():
                numbers[over] = np.copysign(np.finfo(dtype).max, numbers[over])
            return numbers
        # The highest of 64 bits is no float; the next one below it is.
        highest = self.highest if self.highest < 2**53 else np.nextafter(self.highest, 0)
        numbers = np.empty(values.shape, dtype)
        for start in range(0, len(values), ROWS_AT_ONCE):
            rows = values[start : start + ROWS_AT_ONCE]
            rows = np.rint(rows, dtype=np.float64 if dtype.itemsize > 2 else None)
            np.clip(rows, self.lowest, highest, out=rows)
            np.nan_to_num(rows, copy=False, nan=self.lowest)
            numbers[start : start + ROWS_AT_ONCE] = rows
        return numbers


@dataclass(frozen=True)
class Scan:
    """One picture, stack, series or volume. A value is ``slope * number + intercept`` ``unit``s.

    kind: "picture", "tiff", "dicom" or "nifti".
    planes: (N, H, W) numbers as stored, of any type: frames, pages, slices; of colour the
        luminance. Values alone: what is none is in ``missing``.
    extras: (N, H, W, K) channels to interpolate, in stored numbers: two chrominances, then
        transparency; None where there are none.
    stored: what the stored type can hold; of several types, what any of them can.
    stored_each: of each plane, where not all have the same; else empty.
    notes: what a reader should be told, a few words each.
    origin: what the writer of its kind needs; opaque to others.
    suffix: what the name of a result ends in, "" for a folder.
    inverted: whether a higher number is darker (MONOCHROME1, MINISWHITE).
    missing: the ``missing.Missing`` pixels, where ``planes`` were filled; None without.
    spacing: millimetres from row to row and from column to column; None where that is not said.
    pictured: "MRI" or "X-ray" where the file says so, as kinds of images are called in ``data``.
    reduction: how it lost its resolution most likely, one of ``degradation.REDUCTIONS``, or
        "unknown".
    derivation: a sentence on how its numbers came to be, of what was derived; for files that hold
        one.
    orientation: how a picture of it is to be turned, as ``turning`` has it; its file says the same.
    premultiplied: whether its colours are multiplied by their transparency.
    hiding: whether its colours mean nothing where the last of ``extras``, transparency, is 0.
    sources: the files that it was read from, as ``sources.files_of`` has them; none is replaced.
    """

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
    missing: object = None
    spacing: tuple[float, float] | None = None
    pictured: str = ""
    reduction: str = "bicubic"
    derivation: str = ""
    orientation: int = 1
    premultiplied: bool = False
    hiding: bool = False
    stored_each: tuple[StoredRange, ...] = ()
    sources: tuple[tuple, ...] = ()

    def stored_in(self, index):
        """The ``StoredRange`` of one plane."""
        return self.stored_each[index] if self.stored_each else self.stored

    def with_missing(self, planes):
        """Enlarged ``planes`` with the numbers of ``missing`` where they were, plane by plane."""
        return planes if self.missing is None else self.missing.put_back(planes)

    def to_show(self, planes):
        """The scan's own or enlarged ``planes``, ``missing`` as near to its numbers as values go.

        What fills it to be enlarged was not seen there.
        """
        if self.missing is None:
            return planes
        lowest, highest = self.planes.min(), self.planes.max()
        return self.missing.between(lowest, highest).put_back(planes)


def of_levels(levels, pictured=""):
    """The ``Scan`` of grey levels, uint8 (H, W) or (N, H, W), written as PNG.

    ``pictured`` as there. Raises TypeError for other arrays.
    """
    from . import pictures

    if np.ma.isMaskedArray(levels):
        raise TypeError("an array with a mask would lose it: fill it first.")
    if levels.dtype != np.uint8 or levels.ndim not in (2, 3) or not levels.size:
        raise TypeError(
            f"an array is grey levels, uint8 (H, W) or (N, H, W), not {levels.dtype} "
            f"{levels.shape}: give a file, or a Scan, whose range is known."
        )
    if levels.ndim == 3 and levels.shape[-1] in (3, 4):
        raise TypeError(f"an array is grey levels, and {levels.shape} are colours: give a file.")
    if levels.ndim == 3 and levels.shape[-1] == 1 < levels.shape[0]:
        raise TypeError(
            f"an array is grey levels (H, W) or (N, H, W), and {levels.shape} has an axis of one "
            "channel at its end: give array[..., 0]."
        )
    planes = levels if levels.ndim == 3 else levels[None]
    origin = pictures.Origin("PNG", planes.dtype, options=pictures.LOSSLESS["PNG"])
    stored = StoredRange.of(np.uint8)
    return Scan(
        "picture", planes, None, "grey levels", stored, (), origin, ".png", pictured=pictured
    )


def sound(distances):
    """Distances as a tuple of floats, for ``Scan.spacing``; None where one of them is no length."""
    if distances is None or not np.all(np.isfinite(distances) & (np.asarray(distances) > 0)):
        return None
    return tuple(float(one) for one in distances)


def read(path, through_plane=False):
    """The ``Scan`` in a file, in a folder that is one DICOM series, or in a list of such files.

    ``through_plane`` also enlarges the third axis of a NIfTI volume, by interpolation.
    Raises UserError, one line that names the file, for anything that cannot be read, and TypeError
    for what is neither.
    """
    from . import hidden, labels, missing, sources

    sources.check_names(path)
    path = Path(path) if isinstance(path, os.PathLike) else path
    named = path if isinstance(path, (str, Path)) else f"{path[0]} and {len(path) - 1} more"
    with quiet(), damage_named(named):
        found = missing.kept(scan_in(path, through_plane), named)
        notes = *found.notes, *labels.noted(hidden.filled(found).planes)
        return replace(found, notes=notes, sources=sources.files_of(path))


def is_other(path):
    """Whether a file is of a kind that is no DICOM; False where that cannot be told."""
    with suppress(OSError, UserError):
        return kind_of(path) != "dicom"
    return False


def scan_in(path, through_plane):
    """``read`` without its guards."""
    listed = isinstance(path, Sequence) and not isinstance(path, str)
    if listed and is_other(Path(path[0])):
        raise UserError(
            f"{path[0]}: is no DICOM file, and a list is the files of one series; give it by "
            "itself."
        )
    if listed or Path(path).is_dir():
        from . import dicom

        return dicom.read_series(path)
    path = Path(path)
    if path.exists() and not path.is_file():  # to open a pipe would wait for ever
        raise UserError(f"{path}: is neither a file nor a folder; name another.")
    if not path.stat().st_size:
        raise UserError(f"{path}: is empty; get it again.")
    kind = kind_of(path)
    if kind == "nifti":
        from . import nifti

        return nifti.read(path, through_plane)
    if kind == "dicom":
        from . import dicom

        return dicom.read_file(path)
    from . import pictures, tiff

    return tiff.read(path) if kind == "tiff" else pictures.read(path)


def write(scan, planes, extras, path):
    """Writes ``planes``, float (N, 3H, 3W) in the numbers of ``scan.planes``; paths written.

    ``extras`` is float (N, 3H, 3W, K), or None as in the scan. Rounds and clips to the stored
    type once, here. A series of several files becomes a folder ``path``. Each result appears
    whole or not at all, in place of an older one. Raises UserError where it cannot be written, or
    would replace what the scan was read from, ValueError for shapes that do not belong to it.
    """
    from . import sources

    sources.check(scan.sources, path)
    count, height, width = scan.planes.shape
    wanted = (count, FACTOR * height, FACTOR * width)
    if planes.shape != wanted or (extras is None) != (scan.extras is None):
        raise ValueError(f"planes {planes.shape} given, {wanted} and extras as read are needed.")
    with quiet():
        return writer_of(scan).write(scan, planes, extras, Path(path))


def writer_of(scan):
    """The module that writes scans of this one's kind."""
    from . import dicom, nifti, pictures, tiff

    kinds = {"dicom": dicom, "nifti": nifti, "picture": pictures, "tiff": tiff}
    return kinds[scan.kind].writing


def derived(scan, description, highest, as_picture=False):
    """A scan of the same size and kind for another quantity, from 0 to ``highest`` ``unit``s.

    One number, or one of each plane. Colour and transparency are not in it. ``write`` it like any
    other, with numbers ``values / derived.slope``. TIFF and NIfTI hold floats (slope 1); DICOM is a
    series of its own whose slope spreads ``highest`` over 16 bits, one of each plane if the scan
    has such; a picture, and anything ``as_picture``, is a PNG whose white is ``highest``.
    """
    from . import pictures

    highest = np.broadcast_to(np.asarray(highest, float), len(scan.planes))
    highest = np.where(highest > 0, highest, highest.max() if highest.max() > 0 else 1.0)
    plain = replace(
        scan, extras=None, intercept=0.0, inverted=False, missing=None, premultiplied=False,
        stored_each=(), hiding=False,
    )  # fmt: skip
    writer = pictures.writing if as_picture else writer_of(scan)
    return writer.derived(plain, description, highest)


def pictures_of(scan, planes, extras, path, window=None):
    """Writes any scan as PNG, what ``--format png`` does; the paths written.

    One plane becomes the file ``path``, several a folder of that name without its suffix, with
    0001.png and so on. ``window`` is (centre, width) in the scan's units and gives 8 bits.
    Without one, levels of 8 bits and pictures of 16 keep their numbers; others are spread over
    16 bits by the scan's ``intensity``, all planes alike. Higher is brighter, also where the file
    has it the other way round. No text of the scan's own file goes into it. Raises UserError.
    """
    from . import pictures, sources

    check_window(window)
    path = Path(path)
    sources.check(scan.sources, path if len(planes) == 1 else path.with_suffix(""))
    with quiet():
        return pictures.windowed.write(scan, scan.to_show(planes), extras, path, window)


def check_window(window):
    """Raises UserError for a window that shows nothing; None is none."""
    if window is not None and not (np.isfinite(window).all() and window[1] > 0):
        raise UserError(f"a window is a centre and a width above 0, not {window[0]} {window[1]}.")
