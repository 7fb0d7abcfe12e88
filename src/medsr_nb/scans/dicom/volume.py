"""Where the planes of a DICOM lie as one volume, for files that hold one place for all of them."""

from dataclasses import replace

import numpy as np

from ...machine import UserError
from . import geometry
from .elements import number

ALIKE = 1e-3  # directions and spacings that differ by less are the same
EVEN = 0.02  # of the step between planes: how far one may lie from its place
SQUARE = 1e-4  # the cosine between axes up to which ITK takes them for being at right angles
TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])  # DICOM counts to the left and back, NIfTI not


def laid(scan, named):
    """(the scan with its planes as they lie behind each other, their ``affine``).

    Frames may be stored in any order. Raises UserError, naming ``named``, where they lie nowhere.
    """
    instances = scan.origin.files
    places = [place for one in instances for place in places_of(one.dataset, one.frames)]
    if any(one is None for place in places for one in place):
        raise UserError(f"{named}: does not say where its planes lie; give --format tiff or png.")
    positions, directions, spacings = map(np.array, zip(*places, strict=True))
    along = positions @ np.cross(*directions[0].reshape(2, 3))
    order = np.argsort(along.round(3), kind="stable")
    lying = affine(positions[order], directions[order], spacings[order],
                   thickness(instances[0].dataset), named)  # fmt: skip
    scan = in_order(scan, order)
    return replace(scan, notes=(*scan.notes, *skewed(lying))), lying


def in_order(scan, order):
    """A scan without colours whose planes come in another order."""
    missing = scan.missing
    if missing is not None:
        where = missing.where[order]
        numbers = np.asarray(missing.put_back(scan.planes))[order][where]
        missing = replace(missing, where=where, numbers=numbers)
    each = tuple(scan.stored_each[index] for index in order) if scan.stored_each else ()
    return replace(scan, planes=scan.planes[order], missing=missing, stored_each=each)


def affine(positions, directions, spacings, thick, named):
    """(4, 4) from (column, row, plane) to millimetres to the right, to the front and up.

    Of each plane (N, 3), (N, 6) and (N, 2) are given, and how ``thick`` one is. Raises UserError,
    naming ``named``, where they do not lie evenly behind each other.
    """
    (along_row, along_column), spacing = directions[0].reshape(2, 3), spacings[0]
    steps = np.arange(len(positions))[:, None]
    if len(positions) > 1:
        step = (positions[-1] - positions[0]) / (len(positions) - 1)
    else:
        step = np.cross(along_row, along_column) * thick
    apart = np.linalg.norm(step)
    even = np.abs(positions - positions[0] - steps * step).max() <= EVEN * apart
    alike = np.ptp(directions, axis=0).max() <= ALIKE and np.ptp(spacings, axis=0).max() <= ALIKE
    columns = [along_row * spacing[1], along_column * spacing[0], step]
    if not (apart > ALIKE and even and alike and abs(np.linalg.det(columns)) > 0):
        raise UserError(
            f"{named}: its planes do not lie evenly behind each other, as in a NIfTI; give "
            "--format tiff, or none."
        )
    return TO_RAS @ np.vstack([np.transpose([*columns, positions[0]]), [0, 0, 0, 1]])


def skewed(affine):
    """What a reader is told of axes that are not at right angles: NIfTI holds them, ITK does not.

    A tilted gantry makes them so, as it shifts each plane against the one before.
    """
    axes = affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0)
    if np.abs(axes.T @ axes - np.eye(3)).max() <= SQUARE:
        return []
    return ["its planes are shifted (tilted gantry): programs built on ITK do not open this NIfTI"]


def places_of(dataset, frames):
    """(position, directions, spacing) of each frame of a file, in mm; None for what is not said."""
    shared = list(dataset.get("SharedFunctionalGroupsSequence") or [])
    own = list(dataset.get("PerFrameFunctionalGroupsSequence") or [])
    for_all = [item for group in shared for item in geometry.inside(group)]
    own = [geometry.inside(one) for one in own] if len(own) == frames else [[]] * frames
    names = (("ImagePositionPatient", 3), ("ImageOrientationPatient", 6), ("PixelSpacing", 2))
    return [
        [geometry.found([*items, *for_all, dataset], name, count)[1] for name, count in names]
        for items in own
    ]


def thickness(dataset):
    """Millimetres of a single plane; 1 where that is not said."""
    return float(number(dataset, "SliceThickness") or 1.0)
