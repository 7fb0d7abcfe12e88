"""Where the pixels of a DICOM lie: spacing, position and pixel coordinates after enlarging.

A pixel becomes three by three. Its corner stays in space, so the centre of the new first
pixel lies a third of an old pixel nearer to that corner, along rows and along columns.
"""

import numpy as np
from pydicom.valuerep import DSfloat, format_number_as_ds

from ..scan import FACTOR
from . import overlays
from .elements import is_lost, number, numbers, several

SHIFT = (1 / FACTOR - 1) / 2  # of an old pixel, from its centre to that of the new first one
SPACINGS = (
    "PixelSpacing", "ImagerPixelSpacing", "NominalScannedPixelSpacing",
    "ObjectPixelSpacingInCenterOfBeam", "ImagePlanePixelSpacing",
)  # fmt: skip
# Where the first pixel is: (position, how many numbers, orientation, the usual one, spacing).
POSITIONS = (
    ("ImagePositionPatient", 3, "ImageOrientationPatient", None, "PixelSpacing"),
    ("ImagePositionVolume", 3, "ImageOrientationVolume", None, "PixelSpacing"),
    ("RTImagePosition", 2, "RTImageOrientation", (1, 0, 0, 0, -1, 0), "ImagePlanePixelSpacing"),
)
# How many numbers each of these has.
COUNTS = dict.fromkeys(SPACINGS, 2) | {name: count for name, count, *_ in POSITIONS}
COUNTS |= {name: 6 for _, _, name, *_ in POSITIONS}
# Coordinates that count pixels from 1, and what is added to three times each: edges lie at the
# far or the near side of their pixel.
OUTLINES = ("Shutter", "Collimator", "ExposureControlSensingRegion")
COORDINATES = {
    "{}RightVerticalEdge": -2, "{}LowerHorizontalEdge": -2, "{}LeftVerticalEdge": 0,
    "{}UpperHorizontalEdge": 0, "CenterOfCircular{}": -1, "VerticesOfThePolygonal{}": -1,
    "RadiusOfCircular{}": 0,
}  # fmt: skip
# In ultrasound's regions, where they count from 0: places of pixels.
SPOTS = ("ReferencePixelX0", "ReferencePixelY0", "DopplerSampleVolumeXPosition",
         "DopplerSampleVolumeYPosition", "DopplerSampleVolumeXPositionRetired",
         "DopplerSampleVolumeYPositionRetired", "TMLinePositionX0", "TMLinePositionY0",
         "TMLinePositionX1", "TMLinePositionY1", "TMLinePositionX0Retired",
         "TMLinePositionY0Retired", "TMLinePositionX1Retired",
         "TMLinePositionY1Retired")  # fmt: skip


def decimal(value):
    """A number as DICOM's decimal string, as exact as its 16 characters allow."""
    return DSfloat(format_number_as_ds(float(value)))


def inside(group):
    """The items of all sequences in a functional group."""
    return [item for element in group if element.VR == "SQ" for item in element.value]


def groups(dataset):
    """The functional groups, those for all frames and those of each."""
    return [*(dataset.get("SharedFunctionalGroupsSequence") or []),
            *(dataset.get("PerFrameFunctionalGroupsSequence") or [])]  # fmt: skip


def grouped(dataset):
    """The items of all sequences in functional groups."""
    return [item for group in groups(dataset) for item in inside(group)]


def holders(dataset):
    """Where spacing, position and orientation of each frame are: lists, the nearest first.

    Top level for a plain file; functional groups of a frame, then those shared by all.
    """
    return plain_holders(dataset) + group_holders(dataset)


def plain_holders(dataset):
    """``holders`` of a plain file, whose detectors may have geometry of their own."""
    detectors = list(dataset.get("DetectorInformationSequence") or [])
    return [[one, dataset] for one in [dataset, *detectors]]


def group_holders(dataset):
    """``holders`` of a file with functional groups; none of others."""
    shared = list(dataset.get("SharedFunctionalGroupsSequence") or [])
    frames = list(dataset.get("PerFrameFunctionalGroupsSequence") or [])
    for_all = [item for group in shared for item in inside(group)]
    return [[*inside(group), *for_all, dataset] for group in [*frames, *shared]]


def found(places, name, count):
    """(place, numbers) of the first of ``places`` that has the element; (None, None) if none."""
    for place in places:
        values = numbers(place, name, count)
        if values is not None:
            return place, values
    return None, None


def plane(dataset):
    """(position, orientation (2, 3)) of the first frame, in mm; each None where not said."""
    groups = holders(dataset)
    places = next((one for one in groups if found(one, "ImagePositionPatient", 3)[0]), groups[0])
    _, position = found(places, "ImagePositionPatient", 3)
    _, orientation = found(places, "ImageOrientationPatient", 6)
    return position, None if orientation is None else orientation.reshape(2, 3)


def spacings(dataset):
    """(between rows, between columns) in mm: each pair once that frames have, none if not said.

    Those of frames, where they have any, count before those of the file.
    """
    for places in (group_holders(dataset), plain_holders(dataset)):
        pairs = [pair for one in places if (pair := spacing_in(one))]
        if pairs:
            return list(dict.fromkeys(pairs))
    return []


def spacing_in(places):
    """The first spacing that is found in ``places``, or None."""
    for name in SPACINGS:
        _, values = found(places, name, 2)
        if values is not None:
            return tuple(values.tolist())
    return None


def lost(dataset):
    """(where, name) of all that is said of geometry in such a way that it is not understood.

    Not enlarged it would be wrong of the result.
    """
    places = {id(one): one for group in holders(dataset) for one in group}.values()
    return [(one, name) for one in places for name in COUNTS if is_lost(one, name, COUNTS[name])]


def enlarge(dataset):
    """Changes spacing, positions and pixel coordinates of a dataset to those of its enlargement."""
    for place, name in lost(dataset):
        del place[name]
    moved, divided = [], []
    for places in holders(dataset):
        for name, count, directions, usual, distance in POSITIONS:
            place, position = found(places, name, count)
            _, orientation = found(places, directions, 6)
            _, distances = found(places, distance, 2)
            orientation = usual if orientation is None else orientation
            if position is not None and orientation is not None and distances is not None:
                along_row, along_column = np.reshape(orientation, (2, 3))[:, :count]
                # The first direction is that of a row: its steps are the distance between columns.
                step = along_row * distances[1] + along_column * distances[0]
                moved.append((place, name, position + SHIFT * step))
        for name in SPACINGS:
            place, distances = found(places, name, 2)
            if place is not None:
                divided.append((place, name, distances / FACTOR))
    for place, name, values in moved + divided:
        kind = decimal if place[name].VR == "DS" else float
        setattr(place, name, [kind(one) for one in values])
    for place in [dataset, *(dataset.get("MaskSubtractionSequence") or []), *grouped(dataset)]:
        enlarge_coordinates(place)
    enlarge_regions(dataset)
    overlays.enlarge(dataset)


def enlarge_coordinates(dataset):
    """Shutters and their like, which count pixels from 1, and the shift of a mask, in pixels."""
    for outline in OUTLINES:
        for name, added in COORDINATES.items():
            name = name.format(outline)
            if (values := several(dataset, name)) is not None:
                new = [FACTOR * int(one) + added for one in values]
                setattr(dataset, name, new if len(new) > 1 else new[0])
    shift = numbers(dataset, "MaskSubPixelShift", 2)
    if shift is not None:
        dataset.MaskSubPixelShift = [FACTOR * float(one) for one in shift]


def enlarge_regions(dataset):
    """Ultrasound's calibrated regions, whose pixels are counted from 0."""
    for region in dataset.get("SequenceOfUltrasoundRegions") or []:
        for name in ("PhysicalDeltaX", "PhysicalDeltaY"):
            change(region, name, lambda delta: float(delta) / FACTOR)
        for side, offset in (("Min", 0), ("Max", FACTOR - 1)):
            for name in (f"RegionLocation{side}X{side == 'Max':d}",
                         f"RegionLocation{side}Y{side == 'Max':d}"):  # fmt: skip
                change(region, name, lambda place, offset=offset: FACTOR * int(place) + offset)
        for name in SPOTS:
            change(region, name, lambda place: FACTOR * int(place) + 1)


def change(dataset, name, rule):
    """Gives an element the number that a rule makes of its own, if it has one."""
    value = number(dataset, name)
    if value is not None:
        setattr(dataset, name, rule(value))
