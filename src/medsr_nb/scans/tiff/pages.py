"""The pages of a TIFF that make a scan, and why those of others are refused."""

import math
import struct

import numpy as np

from ...machine import UserError
from ..files import check_claim, deflated_at_most
from . import tags
from .decoding import turn_of

KEPT_PHOTOMETRIC = {
    tags.MINISWHITE: "miniswhite",
    tags.MINISBLACK: "minisblack",
    tags.RGB: "rgb",
    5: "separated",
}
MOST_PAGES = 100_000
TOO_MANY = f"{{}}: has more than {MOST_PAGES} pages; split it first."
BROKEN = "{}: its list of pages is broken after page {}; it is damaged or cut short, get it again."


def pages_of(path, tif):
    """The pages that are of full size, all alike, and notes. Raises UserError for others."""
    found = all_pages(path, tif)
    pages = [page for page in found if not page.is_reduced] or found  # thumbnails, also in front
    first, notes = pages[0], notes_on(path, tif, found, len(found) - len(pages))
    if len(set(map(kind_of, pages))) > 1:
        raise UserError(f"{path}: its pages differ in size or type; split it first.")
    if first.dtype is None or first.imagedepth > 1 or 0 in first.shape:
        raise UserError(f"{path}: has pages of a kind that is not read; write it anew as TIFF.")
    check_size(path, pages)
    check_colours(path, first)
    check_planes(path, tif, first, first.size * len(found))
    return pages, notes


def all_pages(path, tif):
    """The pages from the first to the end of their list. Raises UserError where it is broken."""
    pages = {}
    for page in tif.pages:
        if len(pages) == MOST_PAGES:
            raise UserError(TOO_MANY.format(path))
        if page.offset in pages:  # it runs in a circle
            raise UserError(BROKEN.format(path, len(pages)))
        pages[page.offset] = page.aspage()
    if not pages:
        raise UserError(f"{path}: has no page; get it again.")
    if links_on(tif, list(pages)[-1]):
        raise UserError(BROKEN.format(path, len(pages)))
    return list(pages.values())


def links_on(tif, offset):
    """Whether the page there is not the last by its own words, or has no end.

    tifffile leaves it at that where the next page lies beyond the file, or is none.
    """
    tiff, file = tif.tiff, tif.filehandle
    file.seek(offset + tiff.tagnosize + tags_at(tif, offset) * tiff.tagsize)
    return file.read(tiff.offsetsize) != bytes(tiff.offsetsize)


def tags_at(tif, offset):
    """How many tags a page there has, whether tifffile can read them or not."""
    tif.filehandle.seek(offset)
    return struct.unpack(tif.tiff.tagnoformat, tif.filehandle.read(tif.tiff.tagnosize))[0]


def notes_on(path, tif, pages, reduced):
    """Notes on what is left out of all pages found, of which so many are reduced.

    Raises UserError where there is far too much behind them.
    """
    offsets = [offset for page in pages for offset in page.subifds or () if offset]
    if len(offsets) > MOST_PAGES:
        raise UserError(TOO_MANY.format(path))
    smaller = sum(is_smaller(below, page) for page in pages for below in page.pages or ())
    unread = sum(tags_at(tif, page.offset) - len(page.tags) for page in pages)
    counts = {
        "reduced page(s) left out": reduced + smaller,
        "page(s) in SubIFDs left out": len(offsets) - smaller,
        "tag(s) that cannot be read left out": unread,  # their values may lie beyond a cut
    }
    return [f"{count} {what}" for what, count in counts.items() if count]


def is_smaller(below, page):
    """Whether a page of a SubIFD is one that its page already shows."""
    area = below.imagelength * below.imagewidth
    return below.is_reduced or area < page.imagelength * page.imagewidth


def kind_of(page):
    """What all pages of one scan share."""
    return page.shape, page.dtype, page.bitspersample, int(page.photometric), turn_of(page)


def check_colours(path, page):
    """Refuses numbers that are neither grey levels nor colours one by one."""
    photometric = int(page.photometric)
    by_decoder = photometric == tags.YCBCR and int(page.compression) in tags.JPEG
    if photometric not in (*KEPT_PHOTOMETRIC, tags.PALETTE) and not by_decoder:
        name = getattr(page.photometric, "name", f"numbers of photometric kind {photometric}")
        raise UserError(f"{path}: holds {name}, which is not read; convert it to RGB or grey.")


def images_of(described):
    """How many images ImageJ's description says that there are; anything may stand there."""
    counts = {key: one for key, one in described.items() if isinstance(one, int)}
    each = math.prod(counts.get(key, 1) for key in ("channels", "slices", "frames"))
    return max(each, counts.get("images", 1))


def check_planes(path, tif, first, held):
    """Refuses stacks of which one page only says where all planes lie.

    ImageJ, tifffile and MetaMorph write these.
    """
    if tif.is_imagej or tif.is_shaped or tif.is_stk:
        said = sum(one.size for one in tif.series)
        if tif.is_imagej:  # of one that is cut tifffile makes a series of its page alone
            area = first.imagelength * first.imagewidth
            said = max(said, area * images_of(tif.imagej_metadata))
        if said > held:
            if first.compression == tags.UNCOMPRESSED:
                check_claim(path, said * first.bitspersample // 8, path.stat().st_size)
            raise UserError(
                f"{path}: holds {said:,} numbers, and has pages for {held:,} of them; save it anew "
                "with a page for each plane."
            )


def check_size(path, pages):
    """Refuses pages that claim more than the file or memory can hold."""
    first = pages[0]
    colours = first.samplesperpixel > 1 or int(first.photometric) == tags.PALETTE
    size = np.prod(first.shape, dtype=object) * max(first.dtype.itemsize, 4 if colours else 1)
    check_claim(path, int(size) * len(pages))
    held = {tags.UNCOMPRESSED: path.stat().st_size} | dict.fromkeys(
        tags.DEFLATE, deflated_at_most(path)
    )
    bits = int(np.prod(first.shape, dtype=object)) * first.bitspersample
    check_claim(path, bits // 8, held.get(int(first.compression)))
