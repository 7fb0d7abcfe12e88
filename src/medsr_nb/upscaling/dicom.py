"""DICOM read by pydicom: one file with all its frames, or a folder that is one series."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pydicom
from pydicom.dataset import Dataset

from ..machine import UserError
from . import colour, dicom_geometry, dicom_pixels
from .files import MOST_BYTES, check_claim
from .pictures import COLOUR_NOTE
from .scan import Scan, StoredRange, sound

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
    """One file: its dataset without pixels, and how its numbers are stored and scaled."""

    name: str
    dataset: Dataset
    frames: int
    dtype: np.dtype
    stored: StoredRange
    slope: float
    intercept: float


def read_file(path):
    """The ``Scan`` of one DICOM file. Raises UserError, or whatever a damaged file causes."""
    path = Path(path)
    dataset = dicom_pixels.opened(path)
    values, instance = instance_of(path, dataset)
    return scan_of([values], [instance], path.suffix, False)


def series_of(folder):
    """{SeriesInstanceUID: files} of the DICOM files that lie directly in a folder.

    Files of other kinds, and DICOM files without pictures, are left out.
    """
    series = {}
    for file in sorted(Path(folder).iterdir()):
        if file.is_file() and file.name[0] != "." and is_dicom(file):
            try:
                header = pydicom.dcmread(
                    file, stop_before_pixels=True, force=True,
                    specific_tags=["SeriesInstanceUID", "Rows"],
                )  # fmt: skip
            except Exception:  # said when the file itself is read
                continue
            if "Rows" in header:
                series.setdefault(str(header.get("SeriesInstanceUID", "")), []).append(file)
    return series


def is_dicom(file):
    """Whether a file has DICOM's mark, or begins like one that was written without it."""
    with open(file, "rb") as opened:
        start = opened.read(132)
    return start[128:] == b"DICM" or start[:1] in (b"\x08", b"\x02") and start[1:2] == b"\0"


def read_series(path):
    """The ``Scan`` of a folder, or of a list of files, that hold one series."""
    if isinstance(path, (str, Path)):
        series = series_of(path)
        if not series:
            raise UserError(f"{path}: holds no DICOM picture; name a file or another folder.")
        if len(series) > 1:
            raise UserError(
                f"{path}: holds {len(series)} DICOM series; put each into a folder of its own."
            )
        [files] = series.values()
    else:
        files = [Path(one) for one in path]
    opened = [(file, dicom_pixels.opened(file)) for file in files]
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
    values = dicom_pixels.decoded(path, dataset)
    slope, intercept = scaling(dataset)
    dtype, stored = dicom_pixels.stored_type(dataset, values)
    return values, Instance(path.name, dataset, len(values), dtype, stored, slope, intercept)


def scaling(dataset):
    """Slope and intercept of a file; of frames with scales of their own, those they all share."""
    groups = [*(dataset.get("SharedFunctionalGroupsSequence") or []),
              *(dataset.get("PerFrameFunctionalGroupsSequence") or [])]  # fmt: skip
    inside = [one for group in groups
              for one in group.get("PixelValueTransformationSequence") or []]  # fmt: skip
    pairs = {
        (float(one.RescaleSlope), float(one.RescaleIntercept))
        for one in [dataset, *inside]
        if one.get("RescaleSlope") is not None and one.get("RescaleIntercept") is not None
    }
    [pair] = pairs if len(pairs) == 1 else [(1.0, 0.0)]
    return pair if pair[0] else (1.0, 0.0)


def scan_of(values, instances, suffix, in_folder):
    """The Scan of decoded values, one array an instance."""
    first = instances[0]
    scales = {(one.slope, one.intercept) for one in instances}
    slope, intercept, stored = first.slope, first.intercept, first.stored
    notes = [f"{first.dataset.get('BitsStored', 32)} bit"]
    if len(scales) > 1:  # PET: slices are comparable only in their unit
        values = [one * np.float32(i.slope) + np.float32(i.intercept)
                  for one, i in zip(values, instances, strict=True)]  # fmt: skip
        slope, intercept = 1.0, 0.0
        notes.append("each slice has a scale of its own")
        stored = StoredRange(
            min(one.slope * one.stored.lowest + one.intercept for one in instances),
            max(one.slope * one.stored.highest + one.intercept for one in instances),
            False,
        )
    whole_series = np.concatenate(values) if len(values) > 1 else values[0]
    notes += notes_of(whole_series, instances, in_folder)
    extras = None
    if whole_series.ndim == 4:
        whole_series, extras = colour.split(whole_series)
        notes.append(COLOUR_NOTE)
    return Scan(
        "dicom", whole_series, extras, unit_of(first.dataset, slope, intercept), stored,
        tuple(notes), Origin(tuple(instances), in_folder), suffix, slope, intercept,
        first.dataset.get("PhotometricInterpretation") == "MONOCHROME1",
        spacing=sound(dicom_geometry.spacing(first.dataset)),
        pictured=PICTURED.get(first.dataset.get("Modality"), ""),
    )  # fmt: skip


def notes_of(values, instances, in_folder):
    """What a reader is told of frames, slices and spacing."""
    notes = []
    if in_folder:
        notes.append(f"{len(instances)} files of one series")
    if len(values) > len(instances):
        notes.append(f"{len(values)} frames")
    distances = dicom_geometry.spacing(instances[0].dataset)
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
