"""A scan that is written as another kind of file: what ``--format`` does, except for pictures.

Only what ``scan.write`` needs is changed, before the scan is enlarged; so what a kind cannot hold
is refused before the work.
"""

import re
from dataclasses import replace

import nibabel
import numpy as np

from ..machine import UserError
from . import dicom, nifti, tiff
from .scan import FACTOR, FORMATS, StoredRange

# What a note says of the numbers in a scan's own file.
DEPTH = re.compile(r"\d+( and \d+)* bit( float)?|each slice has a scale of its own")
SCANNER = 1  # NIfTI's code for a place in space as the scanner had it
LONGEST = 32767  # pixels of a side in NIfTI-1


def converted(scan, format, named):
    """The scan as one of ``format``; unchanged where that is "" or "png".

    ``named`` is what a reader knows the scan by. Raises UserError where the format has no room for
    it.
    """
    if format not in ("tiff", "nifti"):
        return scan
    scan = to_tiff(scan) if format == "tiff" else to_nifti(scan, named)
    return replace(scan, suffix=FORMATS[format])


def to_tiff(scan):
    """A page for each plane, in the scan's values; numbers that are values keep their type."""
    if scan.kind == "tiff":
        return scan
    scan = in_values(scan)
    channels = 0 if scan.extras is None else scan.extras.shape[-1]
    dtype = scan.planes.dtype.newbyteorder("=")
    if channels > 1:  # luminance is float, whatever the colours were
        dtype = np.min_scalar_type(int(scan.stored.highest))
    grey = "miniswhite" if scan.inverted else "minisblack"
    pictured = scan.origin.options if scan.kind == "picture" else {}
    options = {"metadata": None, "extratags": [], "photometric": "rgb" if channels > 1 else grey}
    if channels % 2:
        options["extrasamples"] = [tiff.tags.ALPHA]
    if profile := pictured.get("icc_profile"):
        options["extratags"] = [(tiff.tags.ICC_PROFILE, 7, len(profile), profile, True)]
    resolution = {}
    if scan.spacing:
        resolution = tiff.in_dots(scan.spacing)
    elif dpi := pictured.get("dpi"):
        resolution = {"resolution": dpi, "resolutionunit": tiff.tags.INCH}
    origin = tiff.Origin(dtype, 1, options, [resolution] * len(scan.planes))
    lost = () if scan.kind == "picture" else ("TIFF holds no place in space",)
    lost = ("TIFF holds no durations",) if "duration" in pictured else lost
    return replace(scan, kind="tiff", origin=origin, notes=(*scan.notes, *lost))


def in_values(scan):
    """The scan with a slope of 1 and an intercept of 0: its values as floats, where they differ.

    Pixels without a value (``missing``) keep their own numbers, as values too.
    """
    if (scan.slope, scan.intercept) == (1, 0):
        return with_depth(scan)
    dtype = np.result_type(scan.planes.dtype, np.float32)

    def values(numbers):
        return (scan.slope * np.asarray(numbers, np.float64) + scan.intercept).astype(dtype)

    def in_range(stored):
        ends = sorted(scan.slope * end + scan.intercept for end in (stored.lowest, stored.highest))
        return StoredRange(*ends, False)

    missing = scan.missing and replace(scan.missing, numbers=values(scan.missing.numbers))
    each = tuple(map(in_range, scan.stored_each))
    scan = replace(scan, planes=values(scan.planes), missing=missing, slope=1.0, intercept=0.0,
                   stored=in_range(scan.stored), stored_each=each)  # fmt: skip
    return with_depth(scan)


def with_depth(scan):
    """A scan of which floats are written: its notes say so, whatever depth its own file had."""
    dtype = scan.planes.dtype
    if dtype.kind != "f" or scan.extras is not None:  # luminance is float, of whatever colours
        return scan
    notes = [note for note in scan.notes if not DEPTH.fullmatch(note)]
    return replace(scan, notes=(*notes, f"{8 * dtype.itemsize} bit float, {scan.unit}"))


def to_nifti(scan, named):
    """One volume in one file, its numbers as they are, with their slope and intercept."""
    if scan.kind == "nifti":
        return replace(scan, origin=replace(scan.origin, image=in_one_file(scan.origin)))
    if scan.kind != "dicom":
        raise UserError(f"{named}: has no place in space, as a NIfTI has; give --format tiff.")
    if scan.extras is not None:
        raise UserError(f"{named}: has colours, which no NIfTI here gets; give --format tiff.")
    scan, lying = dicom.volume.laid(scan, named)
    scan, dtype = with_depth(scan), scan.planes.dtype.newbyteorder("=")
    image = empty(dtype, scan.planes.shape[::-1], lying)
    layout = nifti.Layout(row=1, column=0, flipped=(), across=2)
    origin = nifti.Origin(image, layout, dtype, False, scan.slope, scan.intercept)
    notes = ("higher is darker in the DICOM",) if scan.inverted else ()
    return replace(scan, kind="nifti", origin=origin, notes=(*scan.notes, *notes))


def in_one_file(origin):
    """The image of a NIfTI's ``Origin`` as one that is a single file, with the same header."""
    image = origin.image
    if isinstance(image, nibabel.Nifti1Image):
        return image
    if isinstance(image, nibabel.Nifti1Pair):
        pair = isinstance(image, nibabel.Nifti2Pair)
        kind = nibabel.Nifti2Image if pair else nibabel.Nifti1Image
        return kind(zeros(origin.dtype, image.shape), image.affine, image.header)
    single = empty(origin.dtype, image.shape, image.affine)
    single.header.set_zooms(image.header.get_zooms())
    if isinstance(image, nibabel.MGHImage):
        single.header.set_xyzt_units("mm", "msec")
    return single


def empty(dtype, shape, affine):
    """A NIfTI that lies at ``affine``, without voxels: what an enlarged one is made after."""
    kind = nibabel.Nifti2Image if FACTOR * max(shape) > LONGEST else nibabel.Nifti1Image
    image = kind(zeros(dtype, shape), affine, dtype=dtype)
    image.set_sform(affine, SCANNER)
    image.header.set_xyzt_units("mm", "sec")
    return image


def zeros(dtype, shape):
    """Zeros that take no memory."""
    return np.broadcast_to(np.zeros((), dtype), shape)
