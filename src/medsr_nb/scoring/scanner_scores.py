"""How methods do on images that scanners took, each in its own way: the table of notebook 10.

Every method is compared with the best that can be had without a network: of bicubic, Lanczos and
zero-filled enlargement the one with the highest PSNR on these very images. The command
``medsr score NPZ`` makes the same table for the networks of the package, on anybody's originals.
"""

import functools
from pathlib import Path

import numpy as np
from PIL import Image

from .. import data, degradation
from ..degradation import INTERPOLATIONS, Scanner
from ..machine import UserError
from . import intervals, metrics

FACTOR = 3
LEAST = 12  # pixels: SSIM has a window of 11
CASES = {
    "bicubic": Scanner("bicubic"),
    "Lanczos": Scanner("lanczos"),
    "average": Scanner("average"),
    "average, 4 photons a level": Scanner("average", "counted", 4.0),
    "bicubic, Gaussian noise 5": Scanner("bicubic", "gaussian", 5.0),
    "k-space": Scanner("k-space"),
    "k-space, Rician noise 4": Scanner("k-space", "rician", 4.0),
}
KINDS = {"mri": "MRI", "cxr": "X-ray"}  # array of the file: kind of image


def interpolation(name, factor):
    """One of ``reductions.INTERPOLATIONS`` as a method: uint8 LR -> uint8 SR."""

    def method(lr):
        return degradation.to_pixels(degradation.enlarged(degradation.to_float(lr), factor, name))

    return method


def scores_by_scanner(methods, images, factor=FACTOR, cases=CASES):
    """{case: {kind: figures}} of ``{name: method}`` on an ImageSet, as plain JSON values.

    See ``scores_of`` for the figures. Raises ValueError where the images' side is no multiple of
    the factor.
    """
    return {case: scores_of(methods, images, scanner, factor) for case, scanner in cases.items()}


def scores_of(methods, images, scanner, factor=FACTOR):
    """{kind: figures} for what one ``Scanner`` makes of an ImageSet.

    ``images`` is their number, ``interpolation`` the best one, ``psnr`` (dB) and ``ssim`` its
    scores and those of all methods as {name: [mean, low, high]}, ``gain`` the PSNR (dB) over the
    best interpolation, with intervals over groups.
    """
    lr = scanner.taken(images.pixels, factor)
    every = {name: interpolation(name, factor) for name in INTERPOLATIONS} | methods
    values = {name: rated(images.pixels, method(lr)) for name, method in every.items()}
    found = {}
    for kind in sorted(set(images.kinds.tolist())):
        chosen = np.flatnonzero(images.kinds == kind)
        own = {
            name: {what: each[chosen] for what, each in figures.items()}
            for name, figures in values.items()
        }
        best = max(INTERPOLATIONS, key=lambda name: own[name]["psnr"].mean())
        interval = functools.partial(rounded_interval, groups=images.groups[chosen])
        found[kind] = {
            "images": len(chosen),
            "interpolation": best,
            "psnr": {name: interval(own[name]["psnr"]) for name in (best, *methods)},
            "ssim": {name: interval(own[name]["ssim"]) for name in (best, *methods)},
            "gain": {name: interval(own[name]["psnr"] - own[best]["psnr"]) for name in methods},
        }
    return found


def rated(hr, sr):
    """PSNR and SSIM of each image."""
    return {"psnr": metrics.psnr(hr, sr), "ssim": metrics.ssim(hr, sr)}


def rounded_interval(values, groups):
    """[mean, low, high] with four digits."""
    return [round(each, 4) for each in intervals.interval(values, groups)]


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


def originals_of(path):
    """The ImageSet of a file of originals: arrays ``mri`` and ``cxr``, or one of them.

    Each is uint8 (N, S, S), both of one S that is a multiple of 3 and has room for SSIM's window.
    Near-twins make a group, as they say the same thing more than once. Raises UserError for
    anything else, and for an image of one grey level, whose PSNR is infinite.
    """
    arrays = arrays_of(path)
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
    pixels = np.concatenate(list(arrays.values()))[..., None]
    kinds = np.repeat(list(arrays), [len(each) for each in arrays.values()])
    hashes = np.stack([data.difference_hashes(Image.fromarray(one[..., 0])) for one in pixels])
    return data.ImageSet(
        name=Path(path).name,
        pixels=pixels,
        names=tuple(f"{kind} {number}" for number, kind in enumerate(kinds)),
        kinds=kinds,
        labels=np.zeros(len(pixels), "int32"),
        label_names=("",),
        groups=data.grouped(hashes, [None] * len(pixels)),
        parts=np.full(len(pixels), ""),
        source=str(path),
        licence="",
    )
