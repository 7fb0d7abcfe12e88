"""NIfTI-1 and -2, MGH and Analyze read by nibabel: volumes, whose finest plane is enlarged.

Planes stand upright as radiologists have them: columns run to the patient's left (or back),
rows to the back (or down). ``writing`` turns them back to the axes of the file.
"""

import os
from dataclasses import dataclass

import nibabel
import numpy as np
from nibabel.fileholders import FileHolder

from .. import colour
from ..files import is_packed, unpacked
from ..kinds import PAIRED_OR_MGH
from ..scan import SCALED, STORED, Scan, StoredRange, sound
from .claims import check_ends, check_head, check_pair, check_volume
from .mending import EQUAL, mended

MILLIMETRES = {1: 1000.0, 3: 0.001}  # of a metre and of a micron, by their codes in NIfTI


@dataclass(frozen=True)
class Layout:
    """How planes lie in the volume: the axes of rows and columns, which of them run the other
    way, and the axis across, None in two dimensions.
    """

    row: int
    column: int
    flipped: tuple[int, ...]
    across: int | None

    def planes(self, volume):
        """A view of the volume, (further axes ..., across, rows, columns)."""
        view = np.flip(volume, self.flipped)
        across = [] if self.across is None else [self.across]
        further = [a for a in range(volume.ndim) if a not in (self.row, self.column, *across)]
        return view.transpose(*further, *across, self.row, self.column)


@dataclass(frozen=True)
class Origin:
    """The image as opened, how it is cut into planes, and how its numbers are stored.

    ``another``: whether they are of another quantity than the image's, such as a guess.
    """

    image: object
    layout: Layout
    dtype: np.dtype
    through_plane: bool
    slope: float
    intercept: float
    another: bool = False


def read(path, through_plane=False):
    """The ``Scan`` in a volume file. Raises UserError, or whatever a damaged file causes."""
    check_pair(path)
    image = opened(path)
    check_volume(path, image, through_plane)
    raw = np.asanyarray(image.dataobj.get_unscaled())
    check_ends(path, image)
    layout = layout_of(image)
    notes = notes_of(image, layout, through_plane)
    channels = raw.dtype.names
    if channels:
        values = np.stack([layout.planes(raw[name]) for name in channels], axis=-1)
        planes, extras, told = colour.parted(values.reshape(-1, *values.shape[-3:]))
        notes += told
        stored = StoredRange.of(np.uint8)
    else:
        planes, extras = layout.planes(raw), None
        planes = planes.reshape(-1, *planes.shape[-2:])
        stored = StoredRange.of(raw.dtype)
    slope, intercept = scale_of(image)
    origin = Origin(image, layout, raw.dtype.newbyteorder("="), through_plane, slope, intercept)
    lengths = millimetres(image)
    unit = STORED if (slope, intercept) == (1, 0) else SCALED
    return Scan("nifti", planes, extras, unit, stored, tuple(notes), origin,
                suffix_of(path), slope, intercept, hiding=len(channels or ()) == 4,
                spacing=sound((lengths[layout.row], lengths[layout.column])))  # fmt: skip


def opened(path):
    """The image in a file, by its content where the name says something else.

    Raises UserError for claims that would be believed here.
    """
    check_head(path)
    name = path.name.lower()
    usual = ".nii.gz" if is_packed(path) else ".nii"
    if name.endswith(usual) or name.endswith(PAIRED_OR_MGH):
        # Mapped, a file that shrinks later would end the process.
        return mended(nibabel.load(path, mmap=False))
    file = unpacked(path)
    kind = nibabel.Nifti1Image if file.read(348)[344:] == b"n+1\0" else nibabel.Nifti2Image
    return mended(kind.from_file_map({"image": FileHolder(fileobj=file)}, mmap=False))


def millimetres(image):
    """The distance of voxels along each axis; where the header names no unit, as it stands."""
    zooms = np.array(image.header.get_zooms(), float)
    if isinstance(image, nibabel.Nifti1Pair):
        zooms[:3] *= MILLIMETRES.get(int(image.header["xyzt_units"]) % 8, 1.0)
    return zooms


def suffix_of(path):
    """What a name ends in, packing included: ``.nii.gz``, as the file has it."""
    stem = path.name[: -len(".gz")] if path.name.lower().endswith(".gz") else path.name
    return path.name[len(os.path.splitext(stem)[0]) :]


def scale_of(image):
    """Slope and intercept between stored numbers and values."""
    slope = getattr(image.dataobj, "slope", 1.0)
    intercept = getattr(image.dataobj, "inter", 0.0)
    return float(slope), float(intercept)


def layout_of(image):
    """Which two axes make a plane.

    Two that are equally fine, the finest such pair; where no two are alike, the two finest.
    Of several the first: axes 0 and 1. Axes of one voxel only where there are no others.
    """
    if len(image.shape) == 2:
        pair = (0, 1)
    else:
        zooms = image.header.get_zooms()[:3]
        pairs = [(0, 1), (0, 2), (1, 2)]
        long = [p for p in pairs if image.shape[p[0]] > 1 and image.shape[p[1]] > 1]
        pairs = long or pairs  # a single slice is enlarged as it lies
        alike = [p for p in pairs if abs(zooms[p[0]] - zooms[p[1]]) <= EQUAL * zooms[p[0]]]
        pair = min(alike or pairs, key=lambda p: round(float(zooms[p[0]]) + float(zooms[p[1]]), 4))
    directions = nibabel.io_orientation(image.affine)
    world = {axis: directions[axis, 0] if axis < len(directions) else axis for axis in pair}
    world = {axis: axis if np.isnan(one) else one for axis, one in world.items()}
    column, row = sorted(pair, key=lambda axis: world[axis])
    flipped = tuple(axis for axis in pair if axis < len(directions) and directions[axis, 1] > 0)
    across = None if len(image.shape) == 2 else next(a for a in range(3) if a not in pair)
    return Layout(row, column, flipped, across)


def notes_of(image, layout, through_plane):
    """What a reader is told of type, plane and spacing."""
    dtype, shape = image.get_data_dtype(), image.shape
    notes = [f"{8 * dtype.itemsize} bit{' float' if dtype.kind == 'f' else ''}"]
    if (volumes := int(np.prod(shape[3:]))) > 1:
        notes.append(f"{volumes} volumes")
    first, second = sorted((layout.row, layout.column))
    zooms = millimetres(image)
    notes.append(f"spacing {zooms[first]:.4g} x {zooms[second]:.4g} mm")
    plane = f"plane of axes {first} and {second} enlarged"
    if layout.across is None:
        notes.append(plane)
    elif through_plane:
        notes.append(f"{plane} by the network; axis {layout.across} interpolated to three times")
    else:
        notes.append(f"{plane}; axis {layout.across} of {zooms[layout.across]:.4g} mm kept")
    return notes
