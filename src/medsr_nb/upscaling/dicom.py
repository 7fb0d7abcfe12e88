"""DICOM read by pydicom: one file with all its frames, or a folder that is one series."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pydicom
from pydicom.dataset import Dataset

from ..machine import UserError
from . import colour, dicom_geometry, dicom_mr, dicom_padding, dicom_pixels
from .files import MOST_BYTES, check_claim, damage_named, quiet
from .pictures import COLOUR_NOTE
from .scan import DICOM_SUFFIXES, Scan, StoredRange, sound

DESCRIPTION = "x3 medsr"
PICTURED = {"MR": "MRI", "CR": "X-ray", "DX": "X-ray", "RG": "X-ray"}  # by DICOM's modality


@dataclass(frozen=True)
class Origin:
    """``files``: one per instance, in the order of the planes. ``description``: of the series."""

    files: tuple
    in_folder: bool
    description: str = DESCRIPTION


@dataclass(frozen=True)
class Instance:
    """One file: its dataset without pixels, and how its numbers are stored.

    ``scales`` are slope and intercept of each of its frames.
    """

    name: str
    dataset: Dataset
    frames: int
    dtype: np.dtype
    stored: StoredRange
    scales: tuple[tuple[float, float], ...]
    padding: dicom_padding.Padding | None


def read_file(path):
    """The ``Scan`` of one DICOM file. Raises UserError, or whatever a damaged file causes."""
    path = Path(path)
    dataset = dicom_pixels.opened(path)
    values, instance = instance_of(path, dataset)
    return scan_of([values], [instance], path.suffix, False)


def series_of(folder):
    """({(SeriesInstanceUID, size): files}, {damaged file: its UID}) directly in a folder.

    An overview of another size, or an X-ray from the side, is no slice of the others' volume.
    Files of other kinds are left out, and whole series without pictures, such as reports. What has
    no picture is damaged where its kind or its series has pictures, or where it names no series,
    which is "" then.
    """
    series, damaged, others = {}, {}, {}
    for file in sorted(Path(folder).iterdir()):
        named = file.is_file() and file.suffix.lower() in DICOM_SUFFIXES
        skipped = file.name[0] == "." or file.name.lower() == "dicomdir"
        if not skipped and (named or is_dicom(file)):
            uid, size, of_images = head_of(file)
            if size is not None:
                series.setdefault((uid, size), []).append(file)
            else:
                (damaged if of_images or not uid else others)[file] = uid
    pictured = {uid for uid, _ in series}
    return series, damaged | {file: uid for file, uid in others.items() if uid in pictured}


def head_of(file):
    """(SeriesInstanceUID or "", size of its picture or None, whether its kind has any)."""
    tags = ["SOPClassUID", "SeriesInstanceUID", "Rows", "Columns"]
    try:
        with quiet():
            header = pydicom.dcmread(file, stop_before_pixels=True, force=True, specific_tags=tags)
        named = header.get_item("SeriesInstanceUID")
        whole = named is not None and named.length == len(named.value or b"")
        uid = str(header.SeriesInstanceUID) if whole else ""
        size = None
        if "Rows" in header and "Columns" in header and not dicom_pixels.is_spectrum(header):
            size = int(header.Rows), int(header.Columns)
        return uid, size, dicom_pixels.is_for_images(header)
    except Exception:  # a damaged file may raise anything
        return "", None, False


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
        with damage_named(file):
            opened.append((file, dicom_pixels.opened(file)))
    if len({str(one.get("SeriesInstanceUID")) for _, one in opened}) > 1:
        raise UserError(f"{files[0].parent}: more than one DICOM series; enlarge each by itself.")
    check_alike(opened)
    values, instances = [], []
    for file, dataset in in_order(opened):
        one, instance = instance_of(file, dataset)
        values.append(one)
        instances.append(instance)
    return scan_of(values, instances, "", True)


def check_alike(opened):
    """Refuses slices that cannot be one volume, or that memory cannot hold."""

    def size(dataset):
        photometric = str(dataset.get("PhotometricInterpretation"))
        return dataset.Rows, dataset.Columns, dataset.get("SamplesPerPixel", 1), photometric

    first = size(opened[0][1])
    claimed = 0
    for file, dataset in opened:
        if size(dataset) != first:
            raise UserError(
                f"{file}: differs in size or colour from the others of its series; put it into a "
                "folder of its own."
            )
        bits = int(dataset.get("BitsAllocated") or 32)
        frames = int(dataset.get("NumberOfFrames") or 1)
        claimed += first[0] * first[1] * frames * (12 if first[2] > 1 else bits // 8)
    check_claim(opened[0][0].parent, claimed, most=MOST_BYTES)


def in_order(opened):
    """Files by position along the normal of their planes; by number where that is not said."""
    planes = [dicom_geometry.plane(dataset) for _, dataset in opened]
    said = all(position is not None and axes is not None for position, axes in planes)
    if said:
        said = all(np.allclose(axes, planes[0][1], atol=1e-3) for _, axes in planes)

    def key(index):
        file, dataset = opened[index]
        number = int(dataset.get("InstanceNumber") or 0)
        along = 0.0
        if said:
            along = round(float(np.cross(*planes[0][1]) @ planes[index][0]), 3)
        return along, number, file.name

    return [opened[index] for index in sorted(range(len(opened)), key=key)]


def instance_of(path, dataset):
    """(values, Instance) of an opened dataset, whose pixels leave it."""
    with damage_named(path):  # of a series only this one
        values = dicom_pixels.decoded(path, dataset)
        dtype, stored = dicom_pixels.stored_type(dataset, values)
        scales = scales_of(dataset, len(values))
        padding = dicom_padding.found(dataset, values)
    return values, Instance(path.name, dataset, len(values), dtype, stored, scales, padding)


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
    """(slope, intercept) as a dataset says them, else (1, 0). Raises ValueError for NaN."""
    slope, intercept = dataset.get("RescaleSlope"), dataset.get("RescaleIntercept")
    if slope is None or intercept is None or not float(slope):
        return 1.0, 0.0
    if not np.isfinite([float(slope), float(intercept)]).all():
        raise ValueError(f"its values are rescaled by {slope} and {intercept}")
    return float(slope), float(intercept)


def scan_of(values, instances, suffix, in_folder):
    """The Scan of decoded values, one array an instance."""
    first = instances[0]
    scales = [scale for one in instances for scale in one.scales]
    (slope, intercept), stored = scales[0], first.stored
    notes = [f"{first.dataset.get('BitsStored', 32)} bit"]
    if len(set(scales)) > 1:  # PET: slices are comparable only in their unit
        values = [in_units(one, instance) for one, instance in zip(values, instances, strict=True)]
        slope, intercept = 1.0, 0.0
        notes.append("each slice has a scale of its own")
        ends = [own * end + shift for one in instances for own, shift in one.scales
                for end in (one.stored.lowest, one.stored.highest)]  # fmt: skip
        stored = StoredRange(min(ends), max(ends), False)
    whole_series = np.concatenate(values) if len(values) > 1 else values[0]
    notes += notes_of(whole_series, instances, in_folder)
    whole_series, padding = dicom_padding.filled(whole_series, instances)
    notes += [f"{padding} pixels are padding, no values"] if padding else []
    reduction, measured = dicom_mr.reduction(first.dataset)
    notes += [measured] if measured else []
    extras = None
    if whole_series.ndim == 4:
        whole_series, extras = colour.split(whole_series)
        notes.append(COLOUR_NOTE)
    return Scan(
        "dicom", whole_series, extras, unit_of(first.dataset, *scales[0]), stored,
        tuple(notes), Origin(tuple(instances), in_folder), suffix, slope, intercept,
        first.dataset.get("PhotometricInterpretation") == "MONOCHROME1",
        spacing=sound(dicom_geometry.spacing(first.dataset)),
        pictured=PICTURED.get(first.dataset.get("Modality"), ""),
        reduction=reduction,
    )  # fmt: skip


def in_units(values, instance):
    """Stored numbers (N, H, W) as float32 in their unit, each frame by its own scale."""
    slopes, intercepts = np.array(instance.scales, np.float32).T[:, :, None, None]
    return values * slopes + intercepts


def notes_of(values, instances, in_folder):
    """What a reader is told of frames, slices and spacing."""
    notes = []
    if in_folder:
        notes.append(f"{len(instances)} files of one series")
    if len(values) > len(instances):
        notes.append(f"{len(values)} frames")
    distances = sound(dicom_geometry.spacing(instances[0].dataset))
    if distances is not None:
        notes.append(f"spacing {distances[0]:g} x {distances[1]:g} mm")
    return notes


def unit_of(dataset, slope, intercept):
    """What a value is."""
    if dataset.get("PhotometricInterpretation") == "RGB":
        return f"grey levels of {2 ** int(dataset.BitsStored) - 1}"
    kind = str(dataset.get("RescaleType") or "")
    if kind and kind != "US":
        return kind
    if dataset.get("Modality") == "CT" and (slope, intercept) != (1, 0):
        return "HU"
    if dataset.get("Modality") == "PT" and dataset.get("Units"):
        return str(dataset.Units)
    return "stored units"
