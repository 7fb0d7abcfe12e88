"""How methods do on images that scanners took, each in its own way: the table of notebook 10.

Every method is compared with the best that can be had without a network: of bicubic, Lanczos and
zero-filled enlargement the one with the highest PSNR on these very images. The command
``medsr score NPZ`` makes the same table for the networks of the package, on anybody's originals.
"""

import functools

from ..degradation import INTERPOLATIONS, Scanner
from . import intervals, metrics
from .comparison import interpolation

FACTOR = 3
NOT_NAMED = ", not named"  # after the name of an input of which a network is told nothing
DRAWN = "drawn scanners" + NOT_NAMED
CASES = {
    "bicubic": Scanner("bicubic"),
    "Lanczos": Scanner("lanczos"),
    "average": Scanner("average"),
    "average, 4 photons a level": Scanner("average", "counted", 4.0),
    "bicubic, Gaussian noise 5": Scanner("bicubic", "gaussian", 5.0),
    "k-space": Scanner("k-space"),
    "k-space, Rician noise 4": Scanner("k-space", "rician", 4.0),
}
MORE_CASES = {  # that networks are scored on, but not calibrated for
    "detector, 4 photons a level": Scanner("detector", "counted", 4.0),
    "zero-filled 0.8": Scanner("zero-filled 0.8"),
    "bicubic, JPEG of quality 75": Scanner("bicubic", quality=75),
}


def scores_by_scanner(methods, images, cases=CASES):
    """{case: {kind: figures}} of ``{name: method}`` on an ImageSet, as plain JSON values.

    See ``scores_of`` for the figures. Raises ValueError where the images' side is no multiple of
    FACTOR.
    """
    return {case: scores_of(methods, images, scanner) for case, scanner in cases.items()}


def scores_of(methods, images, scanner):
    """{kind: figures} for what one ``Scanner`` makes of an ImageSet.

    ``images`` is their number, ``groups`` that of patients, ``interpolation`` the best one,
    ``psnr`` (dB) and ``ssim`` its scores and those of all methods as {name: [mean, low, high]},
    ``gain`` the PSNR (dB) over the best interpolation, with intervals over groups.
    """
    lr = scanner.taken(images.pixels, FACTOR)
    every = {name: interpolation(name, FACTOR) for name in INTERPOLATIONS} | methods
    values = {name: rated(images.pixels, method(lr)) for name, method in every.items()}
    found = {}
    for kind, chosen in images.by_kind().items():
        own = {
            name: {what: each[chosen] for what, each in figures.items()}
            for name, figures in values.items()
        }
        best = max(INTERPOLATIONS, key=lambda name: own[name]["psnr"].mean())
        interval = functools.partial(intervals.rounded_interval, groups=images.groups[chosen])
        found[kind] = {
            "images": len(chosen),
            "groups": len(set(images.groups[chosen].tolist())),
            "interpolation": best,
            "psnr": {name: interval(own[name]["psnr"]) for name in (best, *methods)},
            "ssim": {name: interval(own[name]["ssim"]) for name in (best, *methods)},
            "gain": {name: interval(own[name]["psnr"] - own[best]["psnr"]) for name in methods},
        }
    return found


def rated(hr, sr):
    """PSNR and SSIM of each image."""
    return {"psnr": metrics.psnr(hr, sr), "ssim": metrics.ssim(hr, sr)}
