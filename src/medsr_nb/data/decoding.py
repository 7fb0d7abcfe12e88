"""From a file to a square of 8-bit grey: the paper's preprocessing (section 2.5)."""

import os
import warnings
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from ..machine import bar
from .groups import HASH_BYTES, MIRRORINGS, difference_hashes
from .imageset import BLOCK, Skipped

IMAGE_SUFFIXES = frozenset(
    ".jpg .jpeg .jfif .png .gif .bmp .tif .tiff .webp .jp2 .pgm .ppm .pnm".split()
)


class Unusable(Exception):
    """A file that cannot become a picture; the message is the reason shown to the reader."""


def stretched(values):
    """8-bit picture (H, W) of numbers of any range: their minimum to 0, their maximum to 255.

    Files with 16 or 32 bits a pixel seldom state which range is meant, so each file's own is
    taken. Numbers that are not finite count as the minimum; a constant file becomes black.
    """
    values = values.astype(np.float64)
    finite = np.isfinite(values)
    if not finite.any():
        raise Unusable("holds no finite number")
    low, high = values[finite].min(), values[finite].max()
    unit = (np.where(finite, values, low) - low) / max(high - low, np.finfo(np.float64).tiny)
    return np.rint(255 * unit).astype(np.uint8)


def grey(picture):
    """8-bit greyscale version of a Pillow image of any mode, transparency laid over black."""
    if picture.mode in ("I", "F") or picture.mode.startswith("I;16"):
        return Image.fromarray(stretched(np.asarray(picture)))
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        black = Image.new("RGBA", picture.size, (0, 0, 0, 255))
        picture = Image.alpha_composite(black, picture)
    if picture.mode not in ("1", "L", "RGB"):
        picture = picture.convert("RGB")  # Pillow has no direct way from CMYK, Lab and others
    return picture.convert("L")


def centre_square(picture, size):
    """``picture`` cropped to its centre M x M, M = min(W, H), and reduced to ``size`` x ``size``.

    The reduction is Pillow's antialiased bicubic. Raises Unusable if M is below ``size``.
    """
    short = min(picture.size)
    if short < size:
        raise Unusable(f"{short} pixels on its short side, {size} are needed")
    left, top = (picture.width - short) // 2, (picture.height - short) // 2
    square = picture.crop((left, top, left + short, top + short))
    return square.resize((size, size), Image.Resampling.BICUBIC)


def opened(file):
    """An image file as an 8-bit grey Pillow image.

    Of an animation the first frame counts; the camera's orientation note (EXIF) is respected.
    Raises Unusable with the reason.
    """
    try:
        if not os.path.getsize(file):
            raise Unusable("empty file")
        with Image.open(file) as picture:
            return grey(ImageOps.exif_transpose(picture))
    except Unusable:
        raise
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise Unusable(f"more than {Image.MAX_IMAGE_PIXELS // 10**6} million pixels") from None
    except UnidentifiedImageError:
        raise Unusable("not a picture that Pillow can read") from None
    except Exception as error:  # a damaged file may raise anything in a decoder
        raise Unusable(f"cannot be decoded: {error or type(error).__name__}") from error


def decoded(file, size):
    """``(pixels, hashes)`` of an image file: uint8 (size, size) and uint8 (4, 32).

    The hashes are of the whole picture, before the crop. Raises Unusable with the reason.
    """
    whole = opened(file)
    return np.asarray(centre_square(whole, size)), difference_hashes(whole)


def decoded_or_reason(file, size):
    """What `decoded` returns, or the reason (a string) why it does not."""
    try:
        return decoded(file, size)
    except Unusable as unusable:
        return str(unusable)


def decoded_all(files, names, size, append):
    """Decode many files on all cores; ``append`` takes each picture, uint8 (size, size).

    Returns ``(kept, hashes, skipped)``: indices of the files that decode, int (K,); uint8
    (K, 4, 32); and a `Skipped` for each of the others. At most BLOCK pictures wait in memory.
    """
    hashes = np.empty((len(files), len(MIRRORINGS), HASH_BYTES), np.uint8)
    kept, skipped = [], []
    with warnings.catch_warnings(), ThreadPoolExecutor(os.cpu_count()) as pool:
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        warnings.filterwarnings("ignore", module="PIL", category=UserWarning)  # odd metadata
        results = (
            result
            for start in range(0, len(files), BLOCK)
            for result in pool.map(decoded_or_reason, files[start : start + BLOCK], repeat(size))
        )
        for index, result in enumerate(bar(results, desc="decoding", total=len(files))):
            if isinstance(result, str):
                skipped.append(Skipped(names[index], result))
                continue
            picture, hashes[len(kept)] = result
            append(picture)
            kept.append(index)
    return np.array(kept, int), hashes[: len(kept)], tuple(skipped)


def image_files(folder):
    """Image files anywhere below ``folder``, sorted, without hidden ones and __MACOSX."""
    found = []
    for parent, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name != "__MACOSX" and name[0] != "."]
        found += [Path(parent, name) for name in files if is_image_name(name)]
    return sorted(found)


def is_image_name(name):
    """Whether a file's name is that of a picture: a known suffix, and not hidden."""
    return name[0] != "." and os.path.splitext(name)[1].lower() in IMAGE_SUFFIXES
