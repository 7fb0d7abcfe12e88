"""The slices of one DICOM series: which belong together, in which order, and at what distances."""

import hashlib

import numpy as np
import pydicom
from pydicom.uid import generate_uid

from ...machine import UserError
from ..files import check_claim, quiet
from . import geometry, pixel_data, rescaling, transfer_syntax
from .elements import number, said

# What tells one series from others. Not the study, which some programs draw anew for each file.
SERIES = ("PatientID", "SeriesInstanceUID")
UNEVEN = 0.1  # of the usual distance: by so much distances may differ
COLOURS = [f"{name}PaletteColorLookupTableData" for name in ("Red", "Green", "Blue")]
MEANING = (  # of pixels, besides their scale
    "PhotometricInterpretation", "BitsStored", "PixelPaddingValue", "PixelPaddingRangeLimit",
    "ModalityLUTSequence", *COLOURS,
)  # fmt: skip


def series_named(dataset):
    """The values of SERIES, as two patients' may bear one name; () where the file names none."""
    names = tuple(str(dataset.get(name) or "") for name in SERIES)
    return names if names[-1] else ()


def study_of(datasets):
    """The identifier of the study for those of one series that name none.

    That of the others, else one that is made of the series, so that it is the same in each result.
    """
    named = next(filter(None, (said(one, "StudyInstanceUID") for one in datasets)), None)
    return str(named or generate_uid(entropy_srcs=list(series_named(datasets[0])) or None))


def check_alike(opened):
    """Refuses slices that cannot be one volume, or that memory cannot hold."""

    def shape(dataset):
        return dataset.Rows, dataset.Columns, pixel_data.colour_of(dataset)

    first = shape(opened[0][1])
    for file, dataset in opened:
        if shape(dataset) != first:
            raise UserError(
                f"{file}: differs in size or colour from the others of its series; put it into a "
                "folder of its own."
            )
    claimed = sum(pixel_data.claimed(dataset) for _, dataset in opened)
    check_claim(opened[0][0].parent, claimed)


def in_order(opened):
    """Files by position along the normal of their planes; by number where that is not said."""
    places = places_of(opened) or [0.0] * len(opened)

    def key(index):
        file, dataset = opened[index]
        return places[index], number(dataset, "InstanceNumber") or 0, file.name

    return [opened[index] for index in sorted(range(len(opened)), key=key)]


def places_of(opened):
    """Where the slices lie along their normal, in mm; None where that is not said of all."""
    planes = planes_of(opened)
    return along_normal(planes) if planes is not None and parallel(planes) else None


def along_normal(planes):
    """Where parallel planes lie along their normal, in mm."""
    first = planes[0][1]
    return [round(float(np.cross(*first) @ position), 3) for position, _ in planes]


def planes_of(opened):
    """``geometry.plane`` of each slice; None where one does not say it."""
    planes = [geometry.plane(dataset) for _, dataset in opened]
    said_all = all(position is not None and axes is not None for position, axes in planes)
    return planes if said_all else None


def parallel(planes):
    """Whether all planes lie as the first."""
    return all(np.allclose(axes, planes[0][1], atol=1e-3) for _, axes in planes)


def uneven(opened):
    """What a reader is told of distances or counts that differ, as a missing slice makes them.

    And of slices that lie across the others, as an overview does.
    """
    planes = planes_of(opened)
    if planes is None or any(int(one.get("NumberOfFrames") or 1) > 1 for _, one in opened):
        return []
    if not parallel(planes):
        return ["slices are not all parallel: an overview may be among them"]
    places, counts = np.unique(along_normal(planes), return_counts=True)
    notes, steps = [], np.diff(places)
    if steps.size and np.ptp(steps) > UNEVEN * np.median(steps):
        apart = f"{steps.min():.4g} to {steps.max():.4g} mm"
        notes.append(f"slices lie {apart} apart: one may be missing")
    if np.ptp(counts):
        notes.append("not as many slices in one place as in another")
    return notes


def identity(dataset):
    """What the copies of a file have in common; None where too little is said to tell them.

    A processed image may have it as well, where a program did not give it an identifier of its own.
    """
    names = ("SOPInstanceUID", "InstanceNumber", "ImagePositionPatient")
    uid, order, position = (str(said(dataset, name) or "") for name in names)
    return (uid, order, position) if uid and (order or position) else None


def by_identity(opened):
    """Lists of the (file, dataset)s that have one identity."""
    found = {}
    for file, dataset in opened:
        found.setdefault(identity(dataset) or file, []).append((file, dataset))
    return list(found.values())


def without_copies(opened):
    """The (file, dataset) of each image once, the first of its copies.

    Pixels are compared only of files that have one identity: others are no copies.
    """
    kept = []
    for alike in by_identity(opened):
        images = {}
        for file, dataset in alike:
            images.setdefault(image(file) if len(alike) > 1 else file, (file, dataset))
        kept += images.values()
    return kept


def image(file):
    """A digest of what a file shows, or the file itself where it cannot be decoded.

    The digest is of its numbers, in whatever syntax they are stored, and of what they mean.
    """
    try:
        with quiet():
            dataset = pydicom.dcmread(file, force=True)
            pixels = dataset.pixel_array
            frames = int(dataset.get("NumberOfFrames") or 1)
            meaning = [str(dataset.get(name)) for name in MEANING]
            meaning += [pixels.shape, pixels.dtype, rescaling.scales_of(dataset, frames)]
        return hashlib.sha256(pixels.tobytes() + repr(meaning).encode()).digest()
    except Exception:  # a damaged file may raise anything
        return file


def ambiguous(opened):
    """What a reader is told where files that are no copies have one identity nevertheless."""
    if len(by_identity(opened)) == len(opened):
        return []
    return ["different images share one SOPInstanceUID: each is enlarged"]


def unique(files):
    """The files that ``without_copies`` leaves, read only as far as is needed."""
    return [file for file, _ in without_copies([(file, head_of(file)) for file in files])]


def head_of(file):
    """A dataset without pixels; empty where the file cannot be read."""
    try:
        with quiet():
            return transfer_syntax.head_of(file)
    except Exception:  # a damaged file may raise anything
        return pydicom.Dataset()
