"""TIFF by tifffile: all pages, 8 to 64 bits, signed, float, colour, MINISWHITE, resolution."""

from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from ..machine import UserError
from . import colour
from .files import check_claim, deflated_at_most, whole
from .pictures import COLOUR_NOTE, joined
from .scan import FACTOR, Scan, StoredRange

UNCOMPRESSED, DEFLATE = 1, (8, 32946)
RGB, PALETTE, YCBCR = 2, 3, 6
KEPT_PHOTOMETRIC = {0: "miniswhite", 1: "minisblack", 2: "rgb", 5: "separated", 8: "cielab"}
ORIENTATION = 274
MOST_PAGES = 100_000


@dataclass(frozen=True)
class Origin:
    """What a TIFF is written with. ``samples``: planes that make one page, beside each other."""

    dtype: np.dtype
    samples: int
    options: dict


def read(path):
    """The ``Scan`` in a TIFF file. Raises UserError, or whatever a damaged file causes."""
    import tifffile

    with tifffile.TiffFile(path, is_ome=False) as tif:
        pages, notes = pages_of(path, tif)
        first = pages[0]
        values = np.stack([page_numbers(path, page) for page in pages])
        bits, photometric = first.bitspersample, int(first.photometric)
        options = options_of(tif, first)
    if photometric == PALETTE and first.colormap is not None:
        # The colour map has 16 bits; files made by nearly everyone repeat 8 of them.
        values = (first.colormap[:, values] >> 8).astype(np.uint8).transpose(1, 2, 3, 0)
        photometric, bits = RGB, 8
        notes.append("the palette is resolved")
    if values.dtype == bool or values.dtype == np.uint8 and bits < 8:
        values = (values * (255 // (2**bits - 1))).astype(np.uint8)
        notes.append(f"{bits} bit becomes 8")
        bits = 8
    if values.dtype.kind not in "iuf":
        raise UserError(f"{path}: holds {values.dtype} numbers; write their magnitude first.")
    if photometric == YCBCR:
        photometric = RGB  # the decoder has turned it
    options["photometric"] = KEPT_PHOTOMETRIC.get(photometric, "minisblack")
    notes.append(f"{bits} bit{' float' if values.dtype.kind == 'f' else ''}")
    if len(values) > 1:
        notes.append(f"{len(values)} pages")
    if first.is_ome:
        notes.append("OME's notes on its axes left out")
    stored = StoredRange.of(values.dtype)
    if values.dtype.kind == "u" and bits < 8 * values.dtype.itemsize:
        stored = StoredRange(0, 2**bits - 1, True)
    planes, extras, samples = parted(values, photometric, notes)
    origin = Origin(values.dtype, samples, options)
    whole_type = stored.whole and stored.lowest == 0
    unit = f"grey levels of {stored.highest:.0f}" if whole_type and bits <= 16 else "stored units"
    return Scan("tiff", planes, extras, unit, stored, tuple(notes), origin, path.suffix or ".tif",
                inverted=photometric == 0)  # fmt: skip


def pages_of(path, tif):
    """The pages that are of full size, all alike, and notes. Raises UserError for others."""
    pages, reduced = [], 0
    for page in tif.pages:
        if len(pages) == MOST_PAGES:
            raise UserError(f"{path}: has more than {MOST_PAGES} pages; split it first.")
        page = page.aspage()
        if pages and page.is_reduced:
            reduced += 1
        else:
            pages.append(page)
    if not pages:
        raise UserError(f"{path}: has no page; get it again.")
    first = pages[0]
    for page in pages:
        if (page.shape, page.dtype) != (first.shape, first.dtype) or page.photometric != (
            first.photometric
        ):
            raise UserError(f"{path}: its pages differ in size or type; split it first.")
    if first.dtype is None or first.imagedepth > 1 or 0 in first.shape:
        raise UserError(f"{path}: has pages of a kind that is not read; write it anew as TIFF.")
    check_pages(path, pages)
    return pages, [f"{reduced} reduced page(s) left out"] if reduced else []


def check_pages(path, pages):
    """Refuses pages that claim more than the file or memory can hold."""
    first = pages[0]
    colours = first.samplesperpixel > 1 or int(first.photometric) == PALETTE
    size = np.prod(first.shape, dtype=object) * max(first.dtype.itemsize, 4 if colours else 1)
    check_claim(path, int(size) * len(pages))
    held = {UNCOMPRESSED: path.stat().st_size} | dict.fromkeys(DEFLATE, deflated_at_most(path))
    bits = int(np.prod(first.shape, dtype=object)) * first.bitspersample
    check_claim(path, bits // 8, held.get(int(first.compression)))


def page_numbers(path, page):
    """The numbers of one page, samples last. Pillow helps where tifffile has no decoder."""
    try:
        values = page.asarray()
    except (ValueError, KeyError) as error:
        if "imagecodecs" not in str(error):
            raise
        values = by_pillow(path, page)
    if page.samplesperpixel > 1 and page.planarconfig == 2:
        values = np.moveaxis(values, 0, -1)
    return values


def by_pillow(path, page):
    """One page decoded by libtiff. Raises UserError where Pillow would change the numbers."""
    with Image.open(path) as picture:
        picture.seek(page.index)
        values = np.asarray(picture)
    if page.planarconfig == 2 or (values.shape, values.dtype) != (page.shape, page.dtype):
        raise UserError(
            f"{path}: is compressed as {page.compression.name}, for which imagecodecs is needed: "
            "pip install imagecodecs."
        )
    return values


def options_of(tif, page):
    """What a page is written with: resolution times three, ImageJ's own notes, orientation."""
    options, tags = {"metadata": None}, page.tags
    resolution = [tags.valueof(name) for name in ("XResolution", "YResolution")]
    if all(isinstance(one, tuple) and one[0] and one[1] for one in resolution):
        options["resolution"] = tuple(FACTOR * over / under for over, under in resolution)
        options["resolutionunit"] = int(tags.valueof("ResolutionUnit", 2))
    if tif.is_imagej and len(page.description) < 4096:
        options["description"] = page.description  # spacing of the slices and its unit
    if page.compression != UNCOMPRESSED:
        options["compression"] = "zlib"  # loses nothing, and every reader has it
    turn = tags.valueof(ORIENTATION, 1)
    if turn != 1:
        options["extratags"] = [(ORIENTATION, "H", 1, turn, True)]
    if page.extrasamples:
        options["extrasamples"] = [int(one) for one in page.extrasamples]
    return options


def parted(values, photometric, notes):
    """(planes, extras, samples a page) of values (N, H, W) or (N, H, W, S)."""
    if values.ndim == 3:
        return values, None, 1
    if photometric == RGB and values.shape[-1] in (3, 4):
        planes, extras = colour.split(values[..., :3])
        notes.append(COLOUR_NOTE)
        if values.shape[-1] == 4:
            notes.append("transparency interpolated")
            extras = np.concatenate([extras, values[..., 3:].astype(np.float32)], axis=-1)
        return planes, extras, 1
    samples = values.shape[-1]
    notes.append(f"{samples} channels, each enlarged by the network")
    planes = np.moveaxis(values, -1, 1).reshape(-1, *values.shape[1:3])
    return planes, None, samples


def write(scan, planes, extras, path):
    """``scan.write`` for TIFF, page by page."""
    import tifffile

    origin = scan.origin
    with whole(path) as file:
        with tifffile.TiffWriter(file, bigtiff=needs_bigtiff(planes, extras, origin)) as writer:
            for start in range(0, len(planes), origin.samples):
                page = planes[start : start + origin.samples]
                extra = None if extras is None else extras[start]
                if origin.samples > 1:
                    page = scan.stored.stored(np.moveaxis(page, 0, -1), origin.dtype)
                else:
                    page = joined(scan, page[0], extra, origin.dtype)
                options = dict(origin.options)
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
    options = {name: value for name, value in scan.origin.options.items()
               if name not in ("extrasamples", "photometric")}  # fmt: skip
    origin = Origin(np.dtype(np.float32), scan.origin.samples,
                    options | {"photometric": "minisblack"})  # fmt: skip
    return replace(
        scan,
        stored=StoredRange.of(np.float32),
        notes=(f"{description}: 32-bit floats, {scan.unit}",),
        origin=origin,
    )
