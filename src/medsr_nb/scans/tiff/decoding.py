"""The numbers of a TIFF's page by tifffile, or by Pillow where imagecodecs is not installed."""

import io
import lzma
import math
import zlib
from contextlib import suppress

import numpy as np
from PIL import Image, UnidentifiedImageError

from ...machine import UserError
from ..files import check_claim, pictures_of_any_size
from ..turning import ORIENTATION, TURNS
from . import tags

UNPACKERS = {**dict.fromkeys(tags.DEFLATE, zlib.decompressobj), tags.LZMA: lzma.LZMADecompressor}
AT_ONCE = 2**20  # bytes unpacked
BESIDE = 2**24  # bytes that may be unpacked beyond what strips or tiles hold
BY_PILLOW = (tags.MINISBLACK, tags.RGB, tags.PALETTE, 5)
NOT_ALWAYS_BUILT_IN = {tags.LZMA: "lzma", 50000: "zstd", 50001: "webp"}  # of libtiff


def turn_of(page):
    """How a page is to be turned, 1 to 8; what does not exist is not at all."""
    turn = page.tags.valueof(ORIENTATION, 1)
    return turn if turn in TURNS else 1


def page_numbers(path, page):
    """The numbers of one page, samples last. Pillow helps where tifffile has no decoder."""
    check_packed(path, page)
    try:
        values = page.asarray()
    except ImportError:
        values = by_pillow(path, page)
    except (ValueError, KeyError, NotImplementedError) as error:
        if "imagecodecs" not in str(error):
            raise
        values = by_pillow(path, page)
    if page.samplesperpixel > 1 and page.planarconfig == 2:
        values = np.moveaxis(values, 0, -1)
    return values


def check_packed(path, page):
    """Refuses a page whose strips or tiles hold far more than it shows.

    Without imagecodecs tifffile unpacks them to their end.
    """
    if page.compression not in UNPACKERS:
        return
    cells = len(page.dataoffsets) * math.prod(page.chunks) * page.dtype.itemsize
    check_claim(path, cells)
    most, held, file = 4 * max(page.nbytes, cells) + BESIDE, 0, page.parent.filehandle
    for start, length in zip(page.dataoffsets, page.databytecounts, strict=False):
        file.seek(start)
        for block in unpacked(UNPACKERS[page.compression](), file.read(length)):
            held += len(block)
            if held > most:
                raise UserError(
                    f"{path}: unpacks to far more than the {page.nbytes:,} bytes of its page; it "
                    "is damaged, get it again."
                )


def unpacked(unpacker, packed):
    """What is packed, block by block, as far as it can be unpacked."""
    with suppress(zlib.error, lzma.LZMAError):  # said when it is decoded
        while not unpacker.eof and (block := unpacker.decompress(packed, AT_ONCE)):
            yield block
            packed = getattr(unpacker, "unconsumed_tail", b"")  # lzma's keeps it to itself


def by_pillow(path, page):
    """One page decoded by libtiff. Raises UserError where Pillow would change the numbers."""
    if not is_kept_by_pillow(page):
        raise UserError(without_codecs(path, page))
    try:
        with pictures_of_any_size(), Image.open(path) as picture:
            picture.seek(page.index)
            values = np.asarray(picture)
    except UnidentifiedImageError:
        raise UserError(without_codecs(path, page)) from None
    if (values.shape, values.dtype) != (page.shape, page.dtype):
        raise UserError(without_codecs(path, page))
    return ~values if int(page.photometric) == tags.MINISWHITE else values


def is_kept_by_pillow(page):
    """Whether Pillow changes no number of a page, except for turning black and white round.

    It divides colours by associated alpha, and turns a page upright.
    """
    photometric, bits = int(page.photometric), page.bitspersample
    known = photometric in BY_PILLOW or int(page.compression) in tags.JPEG
    known = bits in (1, 8) if photometric == tags.MINISWHITE else known and bits in (1, 8, 16, 32)
    known = known and is_built_in(page.compression)
    plain = page.planarconfig != 2 and tags.ASSOCIATED_ALPHA not in page.extrasamples
    return known and plain and turn_of(page) == 1


def is_built_in(compression):
    """Whether Pillow's own libtiff has what some are built without: it writes what it reads."""
    name = NOT_ALWAYS_BUILT_IN.get(int(compression))
    try:
        Image.new("RGB", (16, 16)).save(io.BytesIO(), "TIFF", compression=name)
    except OSError:
        return False
    return True


def without_codecs(path, page):
    """Why a page is not read, and what is to be done."""
    how = f"is compressed as {page.compression.name}"
    if page.compression == tags.UNCOMPRESSED:
        how = f"holds numbers of {page.bitspersample} bits"
    return f"{path}: {how}, for which imagecodecs is needed: pip install imagecodecs."
