"""The pages of a TIFF that make a scan, and why those of others are refused."""

import numpy as np

from ..machine import UserError
from .files import check_claim, deflated_at_most
from .tiff_decoding import (
    DEFLATE,
    JPEG,
    MINISWHITE,
    PALETTE,
    RGB,
    UNCOMPRESSED,
    YCBCR,
    turn_of,
)

KEPT_PHOTOMETRIC = {MINISWHITE: "miniswhite", 1: "minisblack", RGB: "rgb", 5: "separated"}
MOST_PAGES = 100_000


def pages_of(path, tif):
    """The pages that are of full size, all alike, and notes. Raises UserError for others."""
    pages = []
    for page in tif.pages:
        if len(pages) == MOST_PAGES:
            raise UserError(f"{path}: has more than {MOST_PAGES} pages; split it first.")
        pages.append(page.aspage())
    if not pages:
        raise UserError(f"{path}: has no page; get it again.")
    found = len(pages)
    pages = [page for page in pages if not page.is_reduced] or pages  # thumbnails, also in front
    first, reduced = pages[0], found - len(pages)
    if len(set(map(kind_of, pages))) > 1:
        raise UserError(f"{path}: its pages differ in size or type; split it first.")
    if first.dtype is None or first.imagedepth > 1 or 0 in first.shape:
        raise UserError(f"{path}: has pages of a kind that is not read; write it anew as TIFF.")
    check_size(path, pages)
    check_colours(path, first)
    check_planes(path, tif, first.size * found)
    return pages, [f"{reduced} reduced page(s) left out"] if reduced else []


def kind_of(page):
    """What all pages of one scan share."""
    return page.shape, page.dtype, page.bitspersample, int(page.photometric), turn_of(page)


def check_colours(path, page):
    """Refuses numbers that are neither grey levels nor colours one by one."""
    photometric = int(page.photometric)
    by_decoder = photometric == YCBCR and int(page.compression) in JPEG
    if photometric not in (*KEPT_PHOTOMETRIC, PALETTE) and not by_decoder:
        name = getattr(page.photometric, "name", f"numbers of photometric kind {photometric}")
        raise UserError(f"{path}: holds {name}, which is not read; convert it to RGB or grey.")


def check_planes(path, tif, held):
    """Refuses stacks of which one page only says where all planes lie.

    ImageJ, tifffile and MetaMorph write these.
    """
    if tif.is_imagej or tif.is_shaped or tif.is_stk:
        said = sum(one.size for one in tif.series)
        if said > held:
            raise UserError(
                f"{path}: holds {said:,} numbers, and has pages for {held:,} of them; save it anew "
                "with a page for each plane."
            )


def check_size(path, pages):
    """Refuses pages that claim more than the file or memory can hold."""
    first = pages[0]
    colours = first.samplesperpixel > 1 or int(first.photometric) == PALETTE
    size = np.prod(first.shape, dtype=object) * max(first.dtype.itemsize, 4 if colours else 1)
    check_claim(path, int(size) * len(pages))
    held = {UNCOMPRESSED: path.stat().st_size} | dict.fromkeys(DEFLATE, deflated_at_most(path))
    bits = int(np.prod(first.shape, dtype=object)) * first.bitspersample
    check_claim(path, bits // 8, held.get(int(first.compression)))
