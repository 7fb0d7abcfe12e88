"""Volumes written by nibabel: the header of the input with the geometry of larger planes."""

import gzip
from contextlib import ExitStack
from dataclasses import replace

import nibabel
import numpy as np
from nibabel.fileholders import FileHolder

from .. import colour
from ..files import whole_together
from ..scan import FACTOR, StoredRange
from .reading import suffix_of


def write(scan, planes, extras, path):
    """``scan.write`` for volumes. A pair becomes two files, that of SPM three."""
    image = enlarged_image(scan, planes, extras)
    names = names_of(image, path)
    with whole_together(names.values()) as opened, ExitStack() as stack:
        files = dict(zip(names, opened, strict=True))
        packed = str(path).lower().endswith((".gz", ".mgz"))
        holders = {}
        for key, file in files.items():
            if packed:
                file = stack.enter_context(
                    gzip.GzipFile(filename="", mode="wb", fileobj=file, compresslevel=3, mtime=0)
                )
            holders[key] = FileHolder(fileobj=file)
        if "header" not in files and "header" in image.file_map:
            holders["header"] = holders["image"]
        image.to_file_map(holders)
    return list(names.values())


def names_of(image, path):
    """{key of nibabel's file map: path}; of a pair the image last, which tells that all are there.

    All in capitals where ``path`` ends so: readers look for the second file as the first is called.
    """
    types = dict(image.files_types)
    if "header" not in types:
        return {"image": path}
    suffix = suffix_of(path)
    stem, packing = path.name[: -len(suffix)], suffix[len(".hdr") :]
    ends = {key: types[key] for key in ("header", "mat", "image") if key in types}
    if suffix[: len(".hdr")].isupper():
        ends = {key: end.upper() for key, end in ends.items()}
    return {key: path.with_name(stem + end + packing) for key, end in ends.items()}


def enlarged_image(scan, planes, extras):
    """The nibabel image of the result, its header that of the input with the new geometry."""
    origin, source = scan.origin, scan.origin.image
    layout = origin.layout
    factors = np.ones(len(source.shape), int)
    factors[[layout.row, layout.column]] = FACTOR
    if origin.through_plane and layout.across is not None:
        factors[layout.across] = FACTOR
    volume = np.zeros(np.array(source.shape) * factors, origin.dtype, order="F")
    fill(scan, volume, planes, extras)
    header = source.header.copy()
    header.set_data_dtype(origin.dtype)
    return with_geometry(source, volume, header, factors, origin)


def fill(scan, volume, planes, extras):
    """Puts results into the volume, rounded to its type."""
    layout, dtype = scan.origin.layout, scan.origin.dtype
    names = dtype.names
    views = [layout.planes(volume[name]) for name in names] if names else [layout.planes(volume)]
    if scan.origin.through_plane and layout.across is not None:
        across = scan.origin.image.shape[layout.across]
        planes = through(planes, across)
        extras = None if extras is None else through(extras, across)
    planes = scan.with_missing(planes)
    for index, place in enumerate(np.ndindex(*views[0].shape[:-2])):
        extra = None if extras is None else extras[index]
        pixels = colour.joined(scan, planes[index], extra, np.uint8 if names else dtype)
        for number, view in enumerate(views):
            view[place] = pixels[..., number] if names else pixels


def through(planes, across):
    """Planes (M * S, H, W) of M volumes with S slices each, interpolated to (M * 3S, H, W).

    By the enlargement that the antialiased bicubic reduces to the planes again.
    """
    from ...degradation import undoing_matrix

    matrix = undoing_matrix(FACTOR * across, FACTOR)
    slices = planes.reshape(len(planes) // across, across, -1)
    return (matrix @ slices).reshape(-1, *planes.shape[1:])


def enlarged_affine(affine, factors):
    """The affine of the enlarged volume: a corner of the volume stays where it is in space."""
    spatial = np.ones(3)
    spatial[: min(3, len(factors))] = factors[:3]
    voxels = np.diag([*(1 / spatial), 1.0])
    voxels[:3, 3] = (1 / spatial - 1) / 2  # of an old voxel, to the centre of the new first one
    return affine @ voxels


def with_geometry(source, volume, header, factors, origin):
    """A nibabel image of ``source``'s class whose header agrees with itself."""
    kind = type(source)
    zooms = np.array(header.get_zooms(), float)
    zooms[: len(factors)] = zooms[: len(factors)] / factors[: len(zooms)]
    for name in stale(header, factors, origin):
        header[name] = 0
    if not isinstance(source, nibabel.Nifti1Pair):
        return kind(volume, enlarged_affine(source.affine, factors), header)
    header["vox_offset"] = 0  # nibabel finds the place behind the extensions
    image = kind(volume, None, header)
    image.header.set_zooms(zooms)
    image.header.set_slope_inter(origin.slope, origin.intercept)
    forms = {name: (int(header[f"{name}_code"]), getattr(source.header, f"get_{name}")())
             for name in ("sform", "qform")}  # fmt: skip
    if not any(code for code, _ in forms.values()):
        return image  # sizes alone place such a volume, and agree by themselves
    best = source.affine
    for name, (code, matrix) in forms.items():  # qform last: it also sets the sizes
        own = enlarged_affine(matrix if code else best, factors)
        getattr(image, f"set_{name}")(own, code, update_affine=False)
    image._affine = image.header.get_best_affine()
    return image


def stale(header, factors, origin):
    """Names of what a header says that is not so of the result; of those that it has."""
    names = ["cal_min", "cal_max", "intent_code"] if origin.another else []
    if isinstance(header, nibabel.Nifti1Header):
        across = header.get_dim_info()[2]
        across = 2 if across is None else across
        if across < len(factors) and factors[across] > 1:  # slices are others than were taken
            names += ["slice_start", "slice_end", "slice_code", "slice_duration"]
    return [name for name in names if name in header.keys()]


def derived(scan, description, highest):
    """``scan.derived`` for volumes: floats in the scan's unit."""
    origin = replace(
        scan.origin, dtype=np.dtype(np.float32), slope=1.0, intercept=0.0, another=True
    )
    stored = StoredRange.of(np.float32)
    note = f"{description}: 32-bit floats, {scan.unit}"
    return replace(scan, origin=origin, stored=stored, slope=1.0, notes=(note,))
