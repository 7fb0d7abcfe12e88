"""Pictures written by Pillow: all frames, 16 bits of grey and of colour, and what is derived."""

import struct
from dataclasses import replace

import numpy as np
from PIL import Image, PngImagePlugin

from ...degradation import bands
from ...machine import UserError
from .. import colour
from ..files import pictures_of_any_size, whole
from ..scan import StoredRange
from ..turning import upright
from . import deep_colour
from .reading import JOINING, Origin

# Pillow writes these smaller, in one bit, or not at all.
NOT_WRITTEN = {"ICO", "ICNS", "CUR", "XBM", "XPM", "MSP", "PSD", "FLI", "PDF", "EPS"}


def write(scan, planes, extras, path):
    """``scan.write`` for pictures."""
    origin, planes, several = scan.origin, scan.with_missing(planes), len(planes) > 1
    writers = Image.SAVE_ALL if several else Image.SAVE
    if origin.format in NOT_WRITTEN or origin.format not in writers:
        raise UserError(
            f"{path}: {origin.format} holds no picture of this kind and size; give --format png."
        )
    if not several and origin.dtype == np.uint8 and extras is not None and extras.shape[-1] == 2:
        picture = in_colour(scan, planes[0], extras[0])
        with whole(path) as file:
            save_frames(file, [picture], origin.format, origin.options)
        return [path]
    each = [None] * len(planes) if extras is None else extras
    pixels = [
        upright(colour.joined(scan, plane, extra, origin.dtype), scan.orientation)
        for plane, extra in zip(planes, each, strict=True)
    ]
    with whole(path) as file:
        if origin.most and origin.format == "PPM":
            write_pgm(file, pixels[0], origin.most)
        else:
            save(file, pixels, origin.format, origin.options)
        if several:
            check_frames(path, file, len(pixels), origin)
    return [path]


def in_colour(scan, plane, extra):
    """One result in 8 bits as Pillow's picture, strip by strip: Pillow would copy the whole."""
    picture = Image.new("RGB", plane.shape[::-1])
    for rows in bands.strips(plane.shape):
        pixels = colour.joined(scan, plane[rows], extra[rows], np.uint8)
        picture.paste(Image.fromarray(pixels), (0, rows.start))
    return picture


def check_frames(path, file, count, origin):
    """Refuses what was written where Pillow made one frame of several that are alike.

    But for a film of GIF or WebP: there the one is shown as long as they were together.
    """
    with pictures_of_any_size(), Image.open(file) as written:
        found = getattr(written, "n_frames", 1)
    durations = origin.options.get("duration", [0])
    if found != count and not (origin.format in JOINING and all(durations)):
        raise UserError(
            f"{path}: {origin.format} keeps {found} of {count} frames, as some are alike; "
            "give --format png."
        )


def save(file, pixels, format, options):
    """All frames, each (H, W[, C]), to an open file by Pillow; a PNG may have 16 bits a colour."""
    if pixels[0].dtype.itemsize == 2 and pixels[0].ndim == 3:
        deep_colour.write(file, pixels[0], options)
        return
    if format == "GIF":  # has no half transparency
        for frame in pixels:
            if frame.shape[2:] in ((2,), (4,)):
                frame[..., -1] = 255 * (frame[..., -1] > 127)
    save_frames(file, [Image.fromarray(frame) for frame in pixels], format, options)


def save_frames(file, frames, format, options):
    """All frames, Pillow's pictures of 8 bits or one channel, to an open file."""
    if format == "GIF" and frames[0].mode == "LA":
        frames = [frame.convert("RGBA") for frame in frames]
    if len(frames) > 1:
        options = options | {"save_all": True, "append_images": frames[1:]}
    if len(frames) > 1 and format == "PNG":
        # Frames that differ in how they are disposed of are not made one, however alike. "Restore
        # what was before" changes nothing here: each frame is written against what is seen.
        options["disposal"] = [2 * (number % 2) for number in range(len(frames))]
    frames[0].save(file, format=format, **options)
    if format == "PCX" and "dpi" in options:  # Pillow always writes 100
        file.seek(12)
        file.write(struct.pack("<2H", *(min(round(one), 65535) for one in options["dpi"])))


def write_pgm(file, pixels, most):
    """A PGM of a depth that Pillow does not write, such as 4095."""
    file.write(b"P5\n%d %d\n%d\n" % (pixels.shape[1], pixels.shape[0], most))
    file.write(pixels.astype(">u2").tobytes())


def derived(scan, description, highest):
    """``scan.derived`` for pictures: an 8-bit PNG whose white is ``highest``, as a text in it says.

    Without that nobody could read it who has no more than the file.
    """
    highest = float(highest.max())
    options = scan.origin.options if scan.kind == "picture" else {}
    film = ("duration", "loop", "default_image", "dpi")
    kept = {name: options[name] for name in film if name in options}
    note = f"{description}: white is {highest:.4g} {scan.unit}"
    kept["pnginfo"] = PngImagePlugin.PngInfo()
    kept["pnginfo"].add_text("Description", note)
    return replace(
        scan,
        kind="picture",
        stored=StoredRange(0, 255, True),
        slope=highest / 255,
        suffix=".png",
        notes=(note,),
        origin=Origin("PNG", np.dtype(np.uint8), options=kept),
    )
