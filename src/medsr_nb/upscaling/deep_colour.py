"""PNG with 16 bits a colour by imagecodecs: Pillow would cut them to 8 without a word."""

import struct
import zlib

from PIL import PngImagePlugin

from ..machine import UserError
from .files import check_claim

DEEP = ("LA;16B", "RGB;16B", "RGBA;16B")  # as Pillow calls what is in the file
HEAD = 33  # bytes of a PNG up to the end of its first chunk
INCHES = 0.0254  # metres


def is_deep(path, picture):
    """Whether a picture, opened by Pillow, is a PNG with 16 bits and more than one channel.

    Raises UserError for a JPEG 2000 of that kind, which is not read.
    """
    if picture.format == "PNG":
        return picture.tile[0][3] in DEEP
    with open(path, "rb") as file:
        start = file.read(4096)
    size = start.find(b"\xff\x4f\xff\x51")  # JPEG 2000's image and tile size
    if size < 0 or not (start[:4] == b"\xff\x4f\xff\x51" or start[4:8] == b"jP  "):
        return False
    fields = start[size + 40 : size + 43]
    if len(fields) == 3 and int.from_bytes(fields[:2], "big") > 1 and (fields[2] & 127) + 1 > 8:
        raise UserError(
            f"{path}: is a JPEG 2000 of more than 8 bits a colour; convert it to TIFF, which is "
            "read in full depth."
        )
    return False


def codecs(path):
    """The module imagecodecs. Raises UserError where it is not installed."""
    try:
        import imagecodecs
    except ImportError:
        raise UserError(
            f"{path}: has 16 bits a colour, for which imagecodecs is needed (pip install "
            "imagecodecs); or convert it to TIFF."
        ) from None
    return imagecodecs


def read(path, picture):
    """uint16 (H, W, C) of a picture that ``is_deep``."""
    check_claim(path, 2 * picture.width * picture.height * len(picture.getbands()))
    return codecs(path).png_decode(path.read_bytes())


def write(file, pixels, options):
    """uint16 (H, W, C) to an open file, with what Pillow's ``options`` have of dpi and profile."""
    data = codecs(file.name).png_encode(pixels)
    file.write(data[:HEAD])
    if profile := options.get("icc_profile"):
        named = b"ICC Profile\0\0"  # a name, and 0 for its only kind of compression
        PngImagePlugin.putchunk(file, b"iCCP", named + zlib.compress(profile))
    if dpi := options.get("dpi"):
        dots = (round(one / INCHES) for one in dpi)  # of a metre
        PngImagePlugin.putchunk(file, b"pHYs", struct.pack(">IIB", *dots, 1))
    file.write(data[HEAD:])
