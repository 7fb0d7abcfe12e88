"""Pictures of more than 8 bits that Pillow would cut to 8 without a word: PNG by imagecodecs.

Those of other kinds are refused.
"""

import re
import struct
import zlib

import numpy as np
from PIL import PngImagePlugin

from ..machine import UserError
from .files import check_claim

DEEP_GREY = "I;16B"  # as Pillow calls what is in the file
DEEP = ("LA;16B", "RGB;16B", "RGBA;16B")
HEAD = 33  # bytes of a PNG up to the end of its first chunk
INCHES = 0.0254  # metres


def is_deep(path, picture):
    """Whether a picture, opened by Pillow, is a PNG with 16 bits and more than one channel.

    One grey level that is transparent is a channel, too. Raises UserError for pictures of other
    kinds that Pillow would cut to 8 bits, and for what moves in 16.
    """
    if picture.format != "PNG":
        if is_cut(path, picture):
            raise UserError(
                f"{path}: is {picture.format} of more than 8 bits, of which 8 would be read; "
                "convert it to TIFF, which is read in full depth."
            )
        return False
    stored = picture.tile[0][3]
    if stored in (*DEEP, DEEP_GREY) and picture.n_frames > 1:
        raise UserError(
            f"{path}: moves, in 16 bits; convert it to TIFF with a page for each frame."
        )
    return stored in DEEP or stored == DEEP_GREY and "transparency" in picture.info


def is_cut(path, picture):
    """Whether a picture that is no PNG has more bits than the 8 that Pillow would read."""
    with open(path, "rb") as file:
        if picture.format == "SGI":
            return file.read(4)[3] == 2  # bytes
        if picture.format == "AVIF":
            return is_cut_avif(file)
        if picture.format == "JPEG2000":
            return is_cut_jpeg_2000(file)
    return picture.format == "PPM" and picture.mode == "RGB" and highest_of_ppm(picture) > 255


def highest_of_ppm(picture):
    """The highest level that a PPM or PGM states; 0 where Pillow reads it without asking."""
    decoder, *_, arguments = picture.tile[0]
    return arguments[-1] if decoder in ("ppm", "ppm_plain") else 0


def is_cut_avif(file):
    """Whether any picture in an AVIF file has 10 or 12 bits: a flag in its decoder's settings."""
    for kind, start, stop in boxes(file):
        if kind in (b"meta", b"moov"):
            file.seek(start)
            flags = re.findall(rb"av1C..(.)", file.read(stop - start), re.DOTALL)
            if any(one[0] & 64 for one in flags):
                return True
    return False


def is_cut_jpeg_2000(file):
    """Whether a JPEG 2000 has several channels of more than 8 bits; of grey Pillow reads 16."""
    start = next((place for kind, place, _ in boxes(file) if kind == b"jp2c"), 0)
    file.seek(start)
    head = file.read(42)  # its size; then three bytes a channel, of which the first is its depth
    count = int.from_bytes(head[40:], "big")
    depths = [(one & 127) + 1 for one in file.read(3 * count)[::3]]
    return head[:4] == b"\xff\x4f\xff\x51" and count > 1 and max(depths, default=0) > 8


def boxes(file):
    """(kind, start, stop) of what the boxes of a JPEG 2000 or AVIF hold, of the outermost level."""
    start, end = 0, file.seek(0, 2)
    while start + 8 <= end:
        file.seek(start)
        size, kind = struct.unpack(">I4s", file.read(8))
        inside = start + 8
        if size == 1:  # it does not fit into four bytes
            size = int.from_bytes(file.read(8), "big")
            inside += 8
        stop = start + size if size else end
        if stop < inside:
            return  # damaged
        yield kind, inside, stop
        start = stop


def codecs(path):
    """The module imagecodecs. Raises UserError where it is not installed."""
    try:
        import imagecodecs
    except ImportError:
        raise UserError(
            f"{path}: has 16 bits a colour, or 16 bits and transparency, for which imagecodecs is "
            "needed (pip install imagecodecs); or convert it to TIFF."
        ) from None
    return imagecodecs


def read(path, picture):
    """uint16 (H, W, C) of a picture that ``is_deep``."""
    check_claim(path, 2 * picture.width * picture.height * len(picture.getbands()))
    return np.atleast_3d(codecs(path).png_decode(path.read_bytes()))


def write(file, pixels, options):
    """uint16 (H, W, C) to an open file, with what Pillow's ``options`` have of dpi and profile."""
    data = codecs(file.name).png_encode(pixels)
    file.write(data[:HEAD])
    if "pnginfo" in options:
        for kind, content, *_ in options["pnginfo"].chunks:
            PngImagePlugin.putchunk(file, kind, content)
    if profile := options.get("icc_profile"):
        named = b"ICC Profile\0\0"  # a name, and 0 for its only kind of compression
        PngImagePlugin.putchunk(file, b"iCCP", named + zlib.compress(profile))
    if dpi := options.get("dpi"):
        dots = (round(one / INCHES) for one in dpi)  # of a metre
        PngImagePlugin.putchunk(file, b"pHYs", struct.pack(">IIB", *dots, 1))
    file.write(data[HEAD:])
