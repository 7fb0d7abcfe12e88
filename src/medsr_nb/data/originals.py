"""Originals that somebody brings in one NPZ file: ``load_originals`` reads and checks them."""

from pathlib import Path

import numpy as np
from PIL import Image

from ..machine import UserError
from .groups import difference_hashes, grouped
from .imageset import ImageSet

KINDS = {"mri": "MRI", "cxr": "X-ray"}  # array of the file: kind of image
LEAST = 12  # pixels: SSIM has a window of 11
FACTOR = 3  # by which the images are reduced


def load_originals(path):
    """The ImageSet of a file of originals: arrays ``mri`` and ``cxr``, or one of them.

    Each is uint8 (N, S, S), both of one S that is a multiple of FACTOR and has room for
    SSIM's window. Near-twins make a group, as they say the same thing more than once. Raises
    UserError for anything else, and for an image of one grey level, whose PSNR is infinite.
    """
    arrays = arrays_of(path)
    check(arrays, path)
    pixels = np.concatenate(list(arrays.values()))[..., None]
    kinds = np.repeat(list(arrays), [len(each) for each in arrays.values()])
    hashes = np.stack([difference_hashes(Image.fromarray(one[..., 0])) for one in pixels])
    return ImageSet(
        name=Path(path).name,
        pixels=pixels,
        names=tuple(f"{kind} {number}" for number, kind in enumerate(kinds)),
        kinds=kinds,
        labels=np.zeros(len(pixels), "int32"),
        label_names=("",),
        groups=grouped(hashes, [None] * len(pixels)),
        parts=np.full(len(pixels), ""),
        source=str(path),
        licence="",
    )


def arrays_of(path):
    """{kind: array} of a file of originals. Raises UserError for what is no such file."""
    try:
        file = np.load(path, allow_pickle=False)
        if not isinstance(file, np.lib.npyio.NpzFile):
            raise UserError(f"{path} is one array: save it by np.savez as mri or cxr.")
        with file:
            return {KINDS[name]: np.asarray(file[name]) for name in KINDS if name in file.files}
    except UserError:
        raise
    except MemoryError:
        raise UserError(f"{path} is too large for this memory; cut it into parts.") from None
    except Exception as error:  # a damaged archive may raise anything
        raise UserError(f"{path} cannot be read as an NPZ file ({error}).") from None


def check(arrays, path):
    """Raises UserError unless the arrays of a file are originals as ``load_originals`` takes."""
    if not arrays:
        raise UserError(f"{path} has neither an array mri nor one cxr: uint8 (N, 150, 150).")
    for kind, pixels in arrays.items():
        if pixels.dtype != np.uint8 or pixels.ndim != 3 or not pixels.size:
            raise UserError(
                f"{path}: {kind} is {pixels.dtype} {pixels.shape}, not uint8 (N, 150, 150)."
            )
    sides = {side for pixels in arrays.values() for side in pixels.shape[1:]}
    if len(sides) > 1 or min(sides) % FACTOR or min(sides) < LEAST:
        raise UserError(
            f"{path}: images are squares of one side, a multiple of {FACTOR} from {LEAST} on, "
            f"not of {', '.join(map(str, sorted(sides)))} pixels."
        )
    for kind, pixels in arrays.items():
        flat = np.flatnonzero(pixels.min(axis=(1, 2)) == pixels.max(axis=(1, 2)))
        if len(flat):
            raise UserError(f"{path}: {kind} {flat[0]} is of one grey level: leave it out.")
