"""TIFF written by tifffile, page by page, and what a PNG of its pages is told."""

from dataclasses import replace

import numpy as np

from .. import colour
from ..files import whole
from ..scan import StoredRange
from ..turning import SWAPPED_SIDES
from . import descriptions, gdal, tags
from .reading import without_tags


def write(scan, planes, extras, path):
    """``scan.write`` for TIFF, page by page."""
    import tifffile

    origin = scan.origin
    if origin.nodata is not None:  # nor may a result become that number by rounding
        planes = gdal.without(scan.stored.stored(planes, origin.dtype), origin.nodata)
    planes = scan.with_missing(planes)
    with whole(path) as file:
        with tifffile.TiffWriter(file, bigtiff=needs_bigtiff(planes, extras, origin)) as writer:
            for start in range(0, len(planes), origin.samples):
                page = planes[start : start + origin.samples]
                extra = None if extras is None else extras[start]
                if origin.samples > 1:
                    page = scan.stored.stored(np.moveaxis(page, 0, -1), origin.dtype)
                else:
                    page = colour.joined(scan, page[0], extra, origin.dtype)
                options = origin.options | origin.resolutions[start // origin.samples]
                if start:
                    options.pop("description", None)
                if page.ndim == 3:
                    options["planarconfig"] = "contig"
                writer.write(page, contiguous=False, **options)
    return [path]


def needs_bigtiff(planes, extras, origin):
    """Whether the result may have more than the 4 GB that a plain TIFF can address."""
    channels = 1 if extras is None else 1 + extras.shape[-1]
    return planes.size * channels * origin.dtype.itemsize > 2**32 - 2**25


def derived(scan, description, highest):
    """``scan.derived`` for TIFF: 32-bit floats in the scan's units."""
    options = scan.origin.options | {"photometric": "minisblack"}
    options.pop("extrasamples", None)
    if "description" in options:
        options["description"] = descriptions.without_values(options["description"])
    options = without_tags(options, tags.ICC_PROFILE, gdal.GDAL_NODATA)
    origin = replace(scan.origin, dtype=np.dtype(np.float32), options=options, nodata=None)
    return replace(
        scan,
        stored=StoredRange.of(np.float32),
        notes=(f"{description}: 32-bit floats, {scan.unit}",),
        origin=origin,
    )


def png_options(scan):
    """What a PNG, which shows the pages upright, is told of the first one: dots, profile."""
    found, resolution = {}, scan.origin.resolutions[0]
    inches = {tags.INCH: 1.0, tags.CENTIMETRE: 2.54}.get(resolution.get("resolutionunit"))
    if inches:
        dpi = tuple(inches * one for one in resolution["resolution"])
        found["dpi"] = dpi[::-1] if scan.orientation in SWAPPED_SIDES else dpi
    for code, _, _, value, _ in scan.origin.options["extratags"]:
        if code == tags.ICC_PROFILE:
            found["icc_profile"] = value
    return found
