"""PNG with 16 bits a colour by imagecodecs: Pillow would cut them to 8 without a word."""

import struct
import zlib

from ..machine import UserError
from .files import check_claim

SIGNATURE = b"\x89PNG\r\n\x1a\n"
CHANNELS = {2: 3, 4: 2, 6: 4}  # of PNG's colour types with more than one
INCHES = 0.0254  # metres


def is_deep(path):
    """Whether the file is a PNG with 16 bits and more than one channel.

    Raises UserError for a JPEG 2000 of that kind, which is not read.
    """
    with open(path, "rb") as file:
        start = file.read(4096)
    if start[:8] == SIGNATURE:
        return len(start) > 25 and start[24] == 16 and start[25] in CHANNELS
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


def read(path):
    """uint16 (H, W, C) and dots per inch (x, y), None where the file does not say them."""
    data = path.read_bytes()
    width, height = struct.unpack(">II", data[16:24])
    check_claim(path, 2 * width * height * CHANNELS[data[25]])
    return codecs(path).png_decode(data), resolution(data)


def resolution(data):
    """Dots per inch (x, y) of a PNG's bytes, or None."""
    place = data.find(b"pHYs", 0, data.find(b"IDAT"))
    if place < 0:
        return None
    x, y, unit = struct.unpack(">IIB", data[place + 4 : place + 13])
    return (x * INCHES, y * INCHES) if unit == 1 and x and y else None


def write(file, pixels, dpi):
    """uint16 (H, W, C) to an open file, with dots per inch (x, y) or None."""
    data = codecs(file.name).png_encode(pixels)
    header = len(SIGNATURE) + 25  # of IHDR with its frame
    file.write(data[:header])
    if dpi:
        body = b"pHYs" + struct.pack(">IIB", *(round(one / INCHES) for one in dpi), 1)
        file.write(struct.pack(">I", 9) + body + struct.pack(">I", zlib.crc32(body)))
    file.write(data[header:])
