"""DICOM read by pydicom: one file with all its frames, or a folder that is one series."""

from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset

from ...machine import UserError
from .. import colour
from ..files import damage_named, quiet
from ..kinds import DICOM_SUFFIXES
from ..scan import Scan, StoredRange, sound
from . import classes, geometry, mr, pixel_data, pixel_padding, rescaling, slices, transfer_syntax

DESCRIPTION = "x3 medsr"
ALIKE = 1e-3  # spacings that differ by less, of themselves, are the same
SHAPE = ("Rows", "Columns", "PhotometricInterpretation")  # what every picture says of itself
PICTURED = {"MR": "MRI", "CR": "X-ray", "DX": "X-ray", "RG": "X-ray"}  # by DICOM's modality
UNFIT = {  # by results/other_kinds.json
    "NM": "not advised: on a bone scan these networks did harm",
    "US": "not advised: on an ultrasound these networks helped little or did harm",
}


@dataclass(frozen=True)
class Origin:
    """``files``: one per instance, in the order of the planes. ``study``: of files that name none.

    ``description``: of the series. ``derived``: whether it is of another quantity than the scan.
    """

    files: tuple
    in_folder: bool
    study: str
    description: str = DESCRIPTION
    derived: bool = False


@dataclass(frozen=True)
class Instance:
    """One file: its dataset without pixels, and how its numbers are stored.

    ``scales`` are slope and intercept of each of its frames, ``notes`` what a reader should be told
    of their decoding.
    """

    name: str
    dataset: Dataset
    frames: int
    dtype: np.dtype
    stored: StoredRange
    scales: tuple[tuple[float, float], ...]
    padding: pixel_padding.Padding | None
    notes: tuple[str, ...] = ()


def read_file(path):
    """The ``Scan`` of one DICOM file. Raises UserError, or whatever a damaged file causes."""
    path = Path(path)
    dataset = pixel_data.opened(path)
    values, instance = instance_of(path, dataset)
    return scan_of([values], [instance], path.suffix, False)


def series_of(folder):
    """({(series, shape): files}, {damaged file: its series}) directly in a folder.

    A series is what ``slices.series_named`` tells; a file that names none is one of its own.
    An overview of another size, or an X-ray from the side, is no slice of the others' volume. Nor
    is a picture in colour beside those in grey, as ultrasound has them in one series.
    Files of other kinds are left out, reports and plans among them. What has no picture, and is of
    no such class, is damaged where its kind or its series has pictures, or where it names no
    series, which is () then.
    """
    series, damaged, others = {}, {}, {}
    for file in sorted(Path(folder).iterdir()):
        suffixed = file.is_file() and file.suffix.lower() in DICOM_SUFFIXES
        skipped = file.name[0] == "." or file.name.lower() == "dicomdir"
        if not skipped and (suffixed or is_dicom(file)):
            named, shape, of_images = head_of(file)
            if shape is not None:
                series.setdefault((named or file.name, shape), []).append(file)
            elif of_images is not None:
                (damaged if of_images or not named else others)[file] = named
    pictured = {named for named, _ in series}
    return series, damaged | {file: named for file, named in others.items() if named in pictured}


def head_of(file):
    """(series or (), shape of its picture or None, whether its kind has any).

    The shape is (rows, columns, colour once decoded). The last is None where it is without a
    picture, and its class is known to be.
    """
    tags = ["SOPClassUID", *slices.SERIES, "SamplesPerPixel", *SHAPE]
    try:
        with quiet():
            header = transfer_syntax.head_of(file, tags)
        named = header.get_item("SeriesInstanceUID")
        whole = named is not None and named.length == len(named.value or b"")
        series = slices.series_named(header) if whole else ()
        shape = None
        if all(map(header.get, SHAPE)) and not pixel_data.is_spectrum(header):
            shape = int(header.Rows), int(header.Columns), pixel_data.colour_of(header)
        without = shape is None and classes.is_without_picture(header)
        return series, shape, None if without else pixel_data.is_for_images(header)
    except Exception:  # a damaged file may raise anything
        return (), None, False


def is_dicom(file):
    """Whether a file has DICOM's mark, or begins like one that was written without it.

    What is no file, or may not be read, has none: that is said when it is read itself.
    """
    if not file.is_file():  # to open a pipe would wait for ever
        return False
    try:
        with open(file, "rb") as opened:
            start = opened.read(132)
    except OSError:
        return False
    return start[128:] == b"DICM" or start[:1] in (b"\x08", b"\x02") and start[1:2] == b"\0"


def read_series(path):
    """The ``Scan`` of a folder, or of a list of files, that hold one series."""
    if isinstance(path, (str, Path)):
        series, damaged = series_of(path)
        for file in damaged:
            raise UserError(f"{file}: cannot be read; get it again or move it away.")
        if not series:
            raise UserError(f"{path}: holds no DICOM picture; name a file or another folder.")
        if len(series) > 1:
            raise UserError(
                f"{path}: holds {len(series)} DICOM series; put each into a folder of its own."
            )
        [files] = series.values()
    else:
        files = [Path(one) for one in path]
    opened = []
    for file in files:
        with of_series(files), damage_named(file):
            opened.append((file, pixel_data.opened(file)))
    series = [slices.series_named(one) for _, one in opened]
    if len(opened) > 1 and (not series[0] or len(set(series)) > 1):
        raise UserError(f"{files[0].parent}: more than one DICOM series; enlarge each by itself.")
    opened = slices.in_order(slices.without_copies(opened))
    with of_series(files):
        slices.check_alike(opened)
    count = f"{len(opened)} file{'s' * (len(opened) > 1)}"
    notes = [f"{count} of one series", *slices.uneven(opened)]
    notes += slices.ambiguous(opened)
    if copies := len(files) - len(opened):
        notes.append(f"{copies} more are copies of these and left out")
    values, instances = [], []
    for file, dataset in opened:
        with of_series(files):
            one, instance = instance_of(file, dataset)
        values.append(one)
        instances.append(instance)
    return scan_of(values, instances, "", True, notes)


@contextmanager
def of_series(files):
    """What is wrong with one file is said together with what that costs."""
    try:
        yield
    except UserError as error:
        lost = f" The series of {len(files)} files is left out because of it."
        raise UserError(f"{error}{lost if len(files) > 1 else ''}") from None


def instance_of(path, dataset):
    """(values, Instance) of an opened dataset, whose pixels leave it."""
    with damage_named(path):  # of a series only this one
        values, notes = pixel_data.decoded(path, dataset)
        dtype, stored = pixel_data.stored_type(dataset, values)
        scales = rescaling.scales_of(dataset, len(values))
        padding = pixel_padding.found(dataset, values)
    frames = len(values)
    return values, Instance(path.name, dataset, frames, dtype, stored, scales, padding, notes)


def scan_of(values, instances, suffix, in_folder, notes=()):
    """The Scan of decoded values, one array an instance; ``notes`` are those on its files."""
    first = instances[0]
    scales = [scale for one in instances for scale in one.scales]
    notes = [depth(instances), *notes]
    slope, intercept = scales[0]
    if in_unit := len(set(scales)) > 1:  # PET: slices are comparable only in their unit
        values = [rescaling.in_units(*both) for both in zip(values, instances, strict=True)]
        slope, intercept = 1.0, 0.0
        notes.insert(1, "each slice has a scale of its own")
    each = [one for own in instances for one in rescaling.ranges_of(own, in_unit)]
    whole_series = np.concatenate(values) if len(values) > 1 else values[0]
    notes += notes_of(whole_series, instances)
    missing = pixel_padding.missing_of(whole_series, instances)
    notes += pixel_padding.told(missing, instances)
    datasets = [one.dataset for one in instances]
    reduction, measured = mr.reduction_of(datasets)
    notes += [measured] if measured else []
    notes += mr.phase_told(datasets)
    extras = None
    if whole_series.ndim == 4:
        whole_series, extras, told = colour.parted(whole_series)
        notes += told
    return Scan(
        "dicom", whole_series, extras, rescaling.unit_of(first.dataset, scales),
        rescaling.union(each), tuple(notes),
        Origin(tuple(instances), in_folder, slices.study_of(datasets)), suffix,
        slope, intercept, first.dataset.get("PhotometricInterpretation") == "MONOCHROME1",
        missing=missing,
        spacing=spacing_of(instances)[0],
        pictured=PICTURED.get(first.dataset.get("Modality"), ""),
        reduction=reduction,
        stored_each=tuple(each) if len(set(each)) > 1 else (),
    )  # fmt: skip


def depth(instances):
    """What a reader is told of how many bits a number has."""
    if instances[0].dtype.kind == "f":
        return f"{8 * instances[0].dtype.itemsize} bit float"
    return " and ".join(dict.fromkeys(str(one.dataset.BitsStored) for one in instances)) + " bit"


def notes_of(values, instances):
    """What a reader is told of frames, spacing, decoding, and of geometry that is lost."""
    notes = []
    if len(values) > len(instances):
        notes.append(f"{len(values)} frames")
    distances, differs = spacing_of(instances)
    if distances is not None:
        notes.append(f"spacing {distances[0]:g} x {distances[1]:g} mm")
    if differs:
        notes.append("spacing differs from plane to plane")
    if told := UNFIT.get(instances[0].dataset.get("Modality")):
        notes.append(told)
    if any("ModalityLUTSequence" in one.dataset for one in instances):
        notes.append("its numbers are those before its Modality LUT")
    notes += dict.fromkeys(note for one in instances for note in one.notes)
    lost = [name for one in instances for _, name in geometry.lost(one.dataset)]
    return notes + [f"{name} is wrongly written and left out" for name in dict.fromkeys(lost)]


def spacing_of(instances):
    """(millimetres between rows and between columns or None, whether planes differ in that)."""
    pairs = [pair for one in instances for pair in geometry.spacings(one.dataset)]
    differs = bool(pairs) and not np.allclose(pairs, pairs[0], rtol=ALIKE, equal_nan=True)
    return (None if differs or not pairs else sound(pairs[0])), differs
