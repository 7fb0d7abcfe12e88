"""Pictures by Pillow: PNG, JPEG, JPEG 2000, WebP, GIF, BMP, PGM; all frames, colour, transparency.

No text of a file (EXIF, comments) goes into a
result, as it may name a patient; dots per inch, durations, colour profile and gamma do.
"""

import itertools
import struct
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, ImageSequence, PngImagePlugin

from ...machine import UserError
from .. import colour
from ..files import check_claim, deflated_at_most, pictures_of_any_size
from ..scan import FACTOR, Scan, StoredRange
from ..turning import ORIENTATION, SWAPPED_SIDES, TURNS, upright
from . import deep_colour
from .resolution import aspect_of, dpi_of

TURNED = "turned upright as its EXIF note says"
LOSSLESS = {
    "JPEG": {"quality": 95, "subsampling": 0},  # not lossless, but no more is lost than must be
    "WEBP": {"lossless": True, "exact": True},
    "PNG": {"compress_level": 1},
    "GIF": {"disposal": 2, "optimize": False},
    "AVIF": {"quality": 100, "subsampling": "4:4:4"},
}
NOT_READ = {"FITS", "SPIDER"}  # Pillow swaps the bytes of one, and finds no frame in the other
RESOLVED = {"1": "1 bit becomes 8", "P": "the palette is resolved"} | {
    mode: f"{mode} becomes RGB" for mode in ("CMYK", "YCbCr", "LAB", "HSV")
}
JOINING = ("GIF", "WEBP")  # Pillow writes frames that are alike as one, for the time of all
STRETCHED = {"L;2": 3, "L;4": 15}  # the highest level of grey that Pillow stretches to 255
BEHIND_END = 1024  # bytes of a GIF, which some programs put behind it
LARGEST_SIDE = {"WEBP": 16383, "JPEG": 65500, "GIF": 65535}
# What Pillow writes only into some formats, and what it is called.
CARRIED = {
    "dpi": ("dots per inch", {"PNG", "JPEG", "BMP", "DIB", "PCX"}),
    "icc_profile": ("colour profile", {"PNG", "JPEG", "WEBP", "AVIF"}),
}


@dataclass(frozen=True)
class Origin:
    """What a picture is written with."""

    format: str
    dtype: np.dtype
    options: dict = field(default_factory=dict)
    most: int = 0  # of grey with neither 8 nor 16 bits: the highest level


def is_picture(path):
    """Whether Pillow knows the file's kind."""
    try:
        with pictures_of_any_size(), Image.open(path):
            return True
    except OSError:
        return False


def read(path):
    """The ``Scan`` in a picture file. Raises UserError, or whatever a damaged file causes."""
    path = Path(path)
    with pictures_of_any_size(), Image.open(path) as picture:
        if picture.format in NOT_READ:
            raise UserError(f"{path}: {picture.format} is not read; convert it to TIFF first.")
        if deep_colour.is_deep(path, picture):
            return deep_colour_scan(path, picture)
        stretch_transparency(picture)
        views = 1
        if picture.format == "MPO":  # a JPEG with more views of the same scene behind it
            picture.format, views = "JPEG", picture.n_frames
        check_size(path, picture)
        orientation = picture.getexif().get(ORIENTATION, 1)
        mode, most = picture.mode, highest_of(path, picture)
        options = options_of(picture, orientation)
        aspect = aspect_of(picture)
        frames, durations = [], []
        for frame in ImageSequence.Iterator(picture):
            frames.append(numbers(path, ImageOps.exif_transpose(frame)))
            durations.append(frame.info.get("duration", 0))  # some plugins know it once decoded
            if picture.format == "JPEG":
                break
        if len(frames) > 1:
            if "default_image" in options:  # it is no part of the film
                del durations[0]
            options |= {"duration": durations, "loop": picture.info.get("loop", 1)}
            if picture.info.get("loop") is None:
                del options["loop"]  # played once
        if len({frame.shape[2:] for frame in frames}) > 1:  # some frames are transparent
            frames = [with_four_channels(frame) for frame in frames]
        values = np.stack(frames)
        format = picture.format
    notes = [f"{8 * values.dtype.itemsize} bit{' float' * (values.dtype.kind == 'f')}"]
    if values.ndim == 3 and most:
        values = unstretched(values, format, most)
    if most and format == "JPEG2000":
        notes = [
            f"{most.bit_length()} bit becomes {8 * values.dtype.itemsize}, of the same numbers"
        ]
    if views > 1:
        notes.append(f"the first of its {views} views")
    if mode in RESOLVED:
        notes.append(RESOLVED[mode])
    if mode not in ("RGB", "RGBA") and values.ndim == 4 and colour.is_grey(values):
        values = values[..., [0, 3]] if values.shape[-1] == 4 else values[..., 0]
        if mode == "P":  # its profile is one of colours
            options.pop("icc_profile", None)
    if orientation in TURNS:
        notes.append(TURNED)
    if len(frames) > 1:
        notes.append(f"{len(frames)} frames")
    alike = sum(np.array_equal(one, other) for one, other in itertools.pairwise(frames))
    if alike and format in JOINING:
        notes.append(f"{alike} of them like the one before: {format} shows that longer instead")
    notes += [
        f"its {what} left out: not written into {format} here"
        for option, (what, formats) in CARRIED.items()
        if option in options and format not in formats
    ]
    if format == "GIF" and not has_end(path):
        notes.append("has no end: frames may be missing")
    notes += aspect
    return scan_of(values, Origin(format, values.dtype, options=options, most=most), notes, path)


def scan_of(values, origin, notes, path):
    """The Scan of (N, H, W), or of (N, H, W, C) with grey and alpha, RGB, or RGB and alpha."""
    planes, extras = values, None
    if values.ndim == 4:
        planes, extras, told = colour.parted(values)
        notes += told
    stored = StoredRange.of(origin.dtype)
    if origin.most:
        stored = StoredRange(0, origin.most, True)
    unit = f"grey levels of {stored.highest:.0f}" if stored.whole else "stored units"
    suffix = path.suffix or f".{origin.format.lower()}"
    return Scan("picture", planes, extras, unit, stored, tuple(notes), origin, suffix,
                hiding=extras is not None and extras.shape[-1] % 2 == 1)  # fmt: skip


def has_end(path):
    """Whether a GIF ends as the format asks, with some bytes behind its end perhaps."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - BEHIND_END))
        return b"\0;" in file.read()


def deep_colour_scan(path, picture):
    """The Scan of a picture with more than 8 bits a colour, which Pillow would cut to 8."""
    values = deep_colour.read(path, picture)
    orientation = picture.getexif().get(ORIENTATION, 1)
    origin = Origin("PNG", values.dtype, options=options_of(picture, orientation))
    notes = ["16 bit"] + [TURNED] * (orientation in TURNS) + aspect_of(picture)
    return scan_of(upright(values, orientation)[None], origin, notes, path)


def check_size(path, picture):
    """Refuses what memory, the file itself or a result of its format cannot hold."""
    frames = getattr(picture, "n_frames", 1)
    pixels = picture.width * picture.height * frames
    deep = picture.mode[0] in "IF"
    check_claim(path, pixels * (4 if deep or picture.mode in ("1", "L") else 12))
    if picture.tile and frames == 1:
        held = {"raw": path.stat().st_size, "zip": deflated_at_most(path)}
        check_claim(path, pixels // 8, held.get(picture.tile[0][0]))
    most = LARGEST_SIDE.get(picture.format, 2**31)
    if FACTOR * max(picture.size) > most:
        raise UserError(
            f"{path}: three times as large it has more than {most} pixels on a side, which "
            f"{picture.format} cannot hold; convert it to PNG first."
        )


def highest_of(path, picture):
    """The highest grey level that a PGM or JPEG 2000 states, where Pillow stretches it; else 0."""
    if picture.format == "JPEG2000" and picture.mode in ("L", "I;16"):
        [(bits, _)] = deep_colour.jpeg_2000_channels(path)
        return 2**bits - 1 if bits not in (8, 16) else 0
    if picture.format != "PPM" or picture.mode not in ("I", "I;16"):
        return 0
    most = deep_colour.highest_of_ppm(picture)
    return most if most != 65535 else 0


def stretch_transparency(picture):
    """Makes the level that a PNG calls transparent one of those that Pillow stretches it to.

    Pillow forgets that for grey of 2 and 4 bits, and nothing would be transparent.
    """
    level = picture.info.get("transparency")
    most = STRETCHED.get(picture.tile[0][3]) if picture.format == "PNG" else None
    if most and isinstance(level, int) and level <= most:
        picture.info["transparency"] = level * (255 // most)


def unstretched(values, format, most):
    """Grey levels up to ``most`` that Pillow stretched to all 8 or 16 bits, as they were."""
    if format == "JPEG2000":  # by places of bits
        return values >> (8 * values.dtype.itemsize - most.bit_length())
    return np.rint(values * (most / 65535)).astype(values.dtype)


def options_of(picture, orientation):
    """What ``save`` is told: how its format loses least, dots per inch times three, profile.

    The profile only where the numbers stay those of its colours.
    """
    options = dict(LOSSLESS.get(picture.format, {}))
    if dpi := dpi_of(picture):
        dpi = dpi[::-1] if orientation in SWAPPED_SIDES else dpi
        options["dpi"] = tuple(FACTOR * one for one in dpi)
    if picture.info.get("icc_profile") and picture.mode not in ("CMYK", "YCbCr", "LAB", "HSV"):
        options["icc_profile"] = picture.info["icc_profile"]
    if picture.format == "PNG" and picture.info.get("gamma"):
        options["pnginfo"] = PngImagePlugin.PngInfo()
        hundred_thousandths = struct.pack(">I", round(picture.info["gamma"] * 100_000))
        options["pnginfo"].add(b"gAMA", hundred_thousandths)
    if getattr(picture, "codec", None) == "j2k":  # JPEG 2000 without the boxes around it
        options["no_jp2"] = True
    if getattr(picture, "default_image", False):
        options["default_image"] = True
    return options


def numbers(path, frame):
    """One Pillow frame as (H, W) or (H, W, C): 16-bit grey and floats as they are, else 8 bit."""
    if frame.mode == "F":
        return np.asarray(frame)
    if frame.mode[0] == "I":  # mostly 16 bits; older releases of Pillow hand them out as 32
        levels = np.asarray(frame)
        if levels.min() < 0 or levels.max() > 65535:
            raise UserError(
                f"{path}: has levels from {levels.min()} to {levels.max()}, of which only those "
                "from 0 to 65535 are read; convert it to TIFF first."
            )
        return levels.astype(np.uint16)
    if frame.has_transparency_data:
        return np.asarray(frame.convert("RGBA"))
    return np.asarray(frame.convert("L" if frame.mode in ("1", "L") else "RGB"))


def with_four_channels(frame):
    """8-bit (H, W) or (H, W, C) as RGB and opaque alpha."""
    return np.asarray(Image.fromarray(frame).convert("RGBA"))
