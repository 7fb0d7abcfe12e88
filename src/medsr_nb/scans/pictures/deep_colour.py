"""Pictures of more than 8 bits that Pillow would cut to 8 without a word.

PNG is read by imagecodecs and written here; those of other kinds are refused, and so is what Pillow
would change otherwise.
"""

import re
import struct
import zlib

import numpy as np
from PIL import PngImagePlugin

from ...machine import UserError
from ..files import NotReadHere, check_claim

DEEP_GREY = "I;16B"  # as Pillow calls what is in the file
DEEP = ("LA;16B", "RGB;16B", "RGBA;16B")
MARK = b"\x89PNG\r\n\x1a\n"  # a PNG begins so
COLOUR_TYPES = {2: 4, 3: 2, 4: 6}  # PNG's numbers of grey with alpha, RGB, RGB with alpha
FROM_ABOVE = 2  # PNG's filter that keeps the differences to the row above
MOST_CHUNK = 2**30  # bytes
INCHES = 0.0254  # metres
CUT = "more than 8 bits, of which 8 would be read"


def is_deep(path, picture):
    """Whether a picture, opened by Pillow, is a PNG with 16 bits and more than one channel.

    One grey level that is transparent is a channel, too. Raises UserError for pictures of other
    kinds that Pillow would cut to 8 bits, and for what moves in 16.
    """
    if picture.format != "PNG":
        if numbers := changed(path, picture):
            raise UserError(
                f"{path}: is {picture.format} of {numbers}; convert it to TIFF, which is read in "
                "full depth."
            )
        return False
    stored = picture.tile[0][3]
    if stored in (*DEEP, DEEP_GREY) and picture.n_frames > 1:
        raise UserError(
            f"{path}: moves, in 16 bits; convert it to TIFF with a page for each frame."
        )
    return stored in DEEP or stored == DEEP_GREY and "transparency" in picture.info


def changed(path, picture):
    """What numbers a picture that is no PNG has, where Pillow would change them; else ""."""
    if picture.format == "JPEG2000":
        return changed_jpeg_2000(jpeg_2000_channels(path), picture.mode)
    return CUT if is_cut(path, picture) else ""


def is_cut(path, picture):
    """Whether a picture that is no PNG has more bits than the 8 that Pillow would read."""
    with open(path, "rb") as file:
        if picture.format == "SGI":
            return file.read(4)[3] == 2  # bytes
        if picture.format == "AVIF":
            return is_cut_avif(file)
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


def jpeg_2000_channels(path):
    """(bits, whether signed) of each channel of a JPEG 2000. Raises ValueError for damage."""
    with open(path, "rb") as file:
        file.seek(next((place for kind, place, _ in boxes(file) if kind == b"jp2c"), 0))
        head = file.read(42)  # its size; then three bytes a channel, the first on its numbers
        numbers = file.read(3 * int.from_bytes(head[40:], "big"))[::3]
    if head[:4] != b"\xff\x4f\xff\x51" or not numbers:
        raise ValueError("holds no JPEG 2000 where it should begin")
    return [((one & 127) + 1, one > 127) for one in numbers]


def changed_jpeg_2000(channels, mode):
    """``changed`` of a JPEG 2000. Pillow stretches numbers, of grey in a way that goes back."""
    depths = [bits for bits, _ in channels]
    grey = mode in ("L", "I;16")
    if any(signed for _, signed in channels):
        return "numbers with a sign, which would be lost"
    if max(depths) > 8 and not grey:
        return CUT
    if max(depths) > 16:
        return "more than 16 bits, of which 16 would be read"
    return "fewer than 8 bits, which would be stretched" if min(depths) < 8 and not grey else ""


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


def codecs(path, picture):
    """The module imagecodecs. Raises UserError where it is not installed, OSError for damage."""
    try:
        import imagecodecs
    except ImportError:
        picture.load()  # no module helps where that fails
        raise NotReadHere(
            f"{path}: has 16 bits a colour, or 16 bits and transparency, for which imagecodecs is "
            "needed (pip install imagecodecs); or convert it to TIFF."
        ) from None
    return imagecodecs


def read(path, picture):
    """uint16 (H, W, C) of a picture that ``is_deep``."""
    check_claim(path, 2 * picture.width * picture.height * len(picture.getbands()))
    return np.atleast_3d(codecs(path, picture).png_decode(path.read_bytes()))


def write(file, pixels, options):
    """uint16 (H, W, C) to an open file, with what Pillow's ``options`` have of dpi and profile."""
    height, width, channels = pixels.shape
    file.write(MARK)
    head = struct.pack(">2I5B", width, height, 16, COLOUR_TYPES[channels], 0, 0, 0)
    PngImagePlugin.putchunk(file, b"IHDR", head)
    if "pnginfo" in options:
        for kind, content, *_ in options["pnginfo"].chunks:
            PngImagePlugin.putchunk(file, kind, content)
    if profile := options.get("icc_profile"):
        named = b"ICC Profile\0\0"  # a name, and 0 for its only kind of compression
        PngImagePlugin.putchunk(file, b"iCCP", named + zlib.compress(profile))
    if dpi := options.get("dpi"):
        dots = (round(one / INCHES) for one in dpi)  # of a metre
        PngImagePlugin.putchunk(file, b"pHYs", struct.pack(">IIB", *dots, 1))
    rows = pixels.astype(">u2").reshape(height, -1).view(np.uint8)
    rows = np.insert(np.diff(rows, axis=0, prepend=np.uint8(0)), 0, FROM_ABOVE, axis=1)
    data = zlib.compress(rows, 1)
    for start in range(0, len(data), MOST_CHUNK):
        PngImagePlugin.putchunk(file, b"IDAT", data[start : start + MOST_CHUNK])
    PngImagePlugin.putchunk(file, b"IEND", b"")
