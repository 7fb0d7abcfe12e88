"""TIFF read by tifffile: all pages, 8 to 64 bits, signed, float, colour, MINISWHITE, resolution."""

from dataclasses import dataclass

import numpy as np

from ...machine import UserError
from .. import colour
from ..scan import FACTOR, Scan, StoredRange
from ..turning import ORIENTATION
from . import descriptions, gdal, tags
from .decoding import page_numbers, turn_of
from .pages import KEPT_PHOTOMETRIC, pages_of


@dataclass(frozen=True)
class Origin:
    """What a TIFF is written with. ``samples``: planes that make one page, beside each other.

    ``options`` are those of all pages, ``resolutions`` options of one page each. ``nodata`` is the
    stored number that is no value, or None.
    """

    dtype: np.dtype
    samples: int
    options: dict
    resolutions: list
    nodata: float | None = None


def read(path):
    """The ``Scan`` in a TIFF file. Raises UserError, or whatever a damaged file causes."""
    import tifffile

    with tifffile.TiffFile(path, is_ome=False) as tif:
        pages, notes = pages_of(path, tif)
        first = pages[0]
        values = np.stack([page_numbers(path, page) for page in pages])
        bits, photometric = first.bitspersample, int(first.photometric)
        options, resolutions = options_of(tif, first), list(map(resolution_of, pages))
        nodata = gdal.number_in(path, pages)
        notes += descriptions.left_out(pages)
    palette = photometric == tags.PALETTE and first.colormap is not None
    if palette:
        values, bits = resolved(pages, values), 8
        photometric = tags.RGB if values.ndim == 4 else tags.MINISBLACK
        notes.append("the palette is resolved")
        if photometric != tags.RGB:  # its profile is one of colours
            options = without_tags(options, tags.ICC_PROFILE)
    if values.dtype == bool or values.dtype == np.uint8 and bits < 8:
        values = (values * (255 // (2**bits - 1))).astype(np.uint8)
        notes.append(f"{bits} bit becomes 8")
        bits = 8
    if values.dtype.kind not in "iuf":
        raise UserError(f"{path}: holds {values.dtype} numbers; write their magnitude first.")
    if photometric == tags.YCBCR:
        photometric = tags.RGB  # the decoder has turned it
    options["photometric"] = KEPT_PHOTOMETRIC.get(photometric, "minisblack")
    notes.append(f"{bits} bit{' float' if values.dtype.kind == 'f' else ''}")
    if len(values) > 1:
        notes.append(f"{len(values)} pages")
    spacing = None
    if first.is_ome:
        spacing, said = descriptions.of_ome(first.description)
        notes += said
    if spacing:
        resolutions = [in_dots(spacing)] * len(pages)
    stored = StoredRange.of(values.dtype)
    if values.dtype.kind == "u" and bits < 8 * values.dtype.itemsize:
        stored = StoredRange(0, 2**bits - 1, True)
    transparent = options.get("extrasamples") in ([tags.ASSOCIATED_ALPHA], [tags.ALPHA])
    planes, extras, samples = parted(values, photometric, transparent, notes)
    missing = None
    if nodata is not None and (extras is not None or palette or first.bitspersample < 8):
        notes.append("GDAL's number for no value left out: of colours and bits it is not read")
        nodata = None
    if nodata is not None:
        missing = gdal.missing(planes, nodata)
        options["extratags"] = [*options["extratags"], gdal.tag(nodata)]
    if missing:
        notes.append(f"{len(missing.numbers)} pixels have no value, as GDAL's note says")
    origin = Origin(values.dtype, samples, options, resolutions, nodata)
    whole_type = stored.whole and stored.lowest == 0
    unit = f"grey levels of {stored.highest:.0f}" if whole_type and bits <= 16 else "stored units"
    alpha = None if extras is None else options.get("extrasamples")
    return Scan("tiff", planes, extras, unit, stored, tuple(notes), origin, path.suffix or ".tif",
                inverted=photometric == tags.MINISWHITE, missing=missing,
                orientation=turn_of(first), spacing=spacing,
                premultiplied=alpha == [tags.ASSOCIATED_ALPHA],
                hiding=alpha == [tags.ALPHA])  # fmt: skip


def resolved(pages, values):
    """The colours of palette numbers (N, H, W), uint8 (N, H, W, 3); (N, H, W) of greys alone."""
    maps = [colours_of(page)[:, one] for page, one in zip(pages, values, strict=True)]
    values = np.stack(maps).transpose(0, 2, 3, 1)
    return values[..., 0] if colour.is_grey(values) else values


def colours_of(page):
    """The palette of a page, uint8 (3, entries).

    It has 16 bits. Files made by nearly everyone repeat 8 of them; some hold but these, and then
    no number above 255, as libtiff knows them.
    """
    return (page.colormap >> (8 if page.colormap.max() > 255 else 0)).astype(np.uint8)


def options_of(tif, page):
    """What pages are written with: ImageJ's own notes, orientation, colour profile."""
    options, more = {"metadata": None}, []
    if tif.is_imagej and (kept := descriptions.of_imagej(page.description)):
        options["description"] = kept  # spacing of the slices and its unit
    if page.compression != tags.UNCOMPRESSED:
        options["compression"] = "zlib"  # loses nothing, and every reader has it
    if turn_of(page) != 1:
        more.append((ORIENTATION, "H", 1, turn_of(page), True))
    if isinstance(profile := page.tags.valueof(tags.ICC_PROFILE), bytes):
        more.append((tags.ICC_PROFILE, 7, len(profile), profile, True))
    if page.extrasamples:
        options["extrasamples"] = [int(one) for one in page.extrasamples]
    return options | {"extratags": more}


def without_tags(options, *codes):
    """The options of pages without some of their further tags."""
    return options | {"extratags": [one for one in options["extratags"] if one[0] not in codes]}


def resolution_of(page):
    """The options of one page that keep its size: three times its resolution; none without."""
    resolution = [page.tags.valueof(name) for name in ("XResolution", "YResolution")]
    if not all(isinstance(one, tuple) and one[0] and one[1] for one in resolution):
        return {}
    return {
        "resolution": tuple(FACTOR * over / under for over, under in resolution),
        "resolutionunit": int(page.tags.valueof("ResolutionUnit", 2)),
    }


def in_dots(spacing):
    """The options of a page three times as large as one whose pixels lie so many mm apart."""
    down, across = (FACTOR * 10 / distance for distance in spacing)
    return {"resolution": (across, down), "resolutionunit": tags.CENTIMETRE}


def parted(values, photometric, transparent, notes):
    """(planes, extras, samples a page) of values (N, H, W) or (N, H, W, S).

    ``transparent`` says that the last of the samples is alpha, and that there is no other.
    """
    if values.ndim == 3:
        return values, None, 1
    samples = values.shape[-1]
    if photometric == tags.RGB and samples in (3, 4) or samples == 2 and transparent:
        planes, extras, told = colour.parted(values)
        notes += told
        return planes, extras, 1
    notes.append(f"{samples} channels, each enlarged by the network")
    planes = np.moveaxis(values, -1, 1).reshape(-1, *values.shape[1:3])
    return planes, None, samples
