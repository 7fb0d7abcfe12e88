"""How far each pixel of a result is a guess, and the error to expect there, in stored units.

``scoring.trust`` says what both are and how errors are foretold. Here they are made in strips, for
pictures of any size, and from grey levels, which the calibration counts in, to stored units by the
map that the network saw the scan through (``scans.intensity``). The calibration was counted on the
validation images of the training, ``medsr calibrate`` writes it: brain MRI and chest X-rays, for
each network and each reduction that it can be told, with noise that is told too and without. A
network that is told nothing may change the input, so its count also goes by how much it took off
there. One that is told of noise may change the input by so much, and its count goes by how much it
took off the whole plane.

The two kinds differ. Counted together, the errors expected on X-rays are too large, and on much of
the MRI too small (``results/calibration.json``). So a scan that says what it is gets the count of
its kind. Others, of which nothing is known, get that of both together, each weighing the same.
"""

import functools
import json

import numpy as np

from ..degradation import ZERO_FILLED, bands
from ..machine import UserError, results_dir
from ..scoring import SIGMA, WINDOW, blurred

NAMES = ("faithful", "sharp", "robust")
TABLES = ("removed_edges", "guess_edges", "contrast_edges", "rms", "reach")
AGAIN = "install medsr-nb again, or write it anew with medsr calibrate."
MAPS = ("guess", "error", "range")
NAMED = ("bicubic", "lanczos", "average", "detector", "k-space", "zero-filled 0.8")
COUNTED_ON = {"MRI": "MRI of brains", "X-ray": "X-rays of chests"}  # by ``Scan.pictured``
STRENGTHS = (1.0, 2.5, 4.5, 8.0)  # grey levels of noise that is named, on each of which was counted
NOISE = ", noise "  # after the name of a reduction, before the strength
COUNTED = (
    *NAMED,
    *(f"{name}{NOISE}{strength:g}" for name in NAMED for strength in STRENGTHS),
    "unknown",
)


def maps(sr, lr, grey_level, tables, factor=3, out=None, black=0.0):
    """(guess, error, range), float32 (3, f*h, f*w) in stored units, of a result and its input.

    The guess is the local root mean square of what a reduced result does not show. The error is the
    root mean square error of validation pixels that looked alike, and nine of ten of them lay
    within the range to both sides of their original. ``grey_level`` is how many stored units one
    grey level is (``Intensity.grey_level``), ``black`` the stored value of level 0, and ``tables``
    what ``tables_for`` gives. ``out`` takes all three where it is given. All is counted in grey
    levels, as squares of the largest floats would have no end.
    """
    out = np.empty((len(MAPS), *sr.shape), np.float32) if out is None else out
    determined = np.zeros(sr.shape, np.float32)
    reduced = bands.resized(sr, *lr.shape)
    bands.add_undone(determined, ((reduced - black) / grey_level).astype(np.float32), factor)
    removed = np.sqrt(local_mean(((lr - reduced) / grey_level) ** 2))
    middle = np.float32(determined.mean())  # taken off: squares of small numbers lose nothing
    for strip in bands.strips(sr.shape):
        start = max(strip.start - WINDOW // 2, 0)
        around = slice(start, strip.stop + WINDOW // 2)
        inner = slice(strip.start - start, strip.stop - start)
        known = determined[around]
        guess = np.sqrt(local_mean(((sr[around] - black) / grey_level - known) ** 2)[inner])
        known = known - middle
        lively = (local_mean(known**2) - local_mean(known) ** 2)[inner]
        lively = np.sqrt(np.maximum(lively, 0.0))
        lost = removed[np.arange(*strip.indices(len(sr))) // factor].repeat(factor, axis=1)
        out[0, strip] = grey_level * guess
        out[1:, strip] = grey_level * looked_up(tables, lost, guess, lively)
    return out


def local_mean(plane):
    """A plane (H, W) under the window of ``scoring.trust``."""
    return blurred(plane[None], WINDOW, SIGMA)[0]


def said(scan, errors, noise=0.0):
    """One line about the errors to expect of a whole scan, in its units.

    ``noise`` is what the network was told.
    """
    squares = [np.mean(np.square(one, dtype=np.float64)) for one in errors]
    values = abs(scan.slope) * np.sqrt(np.mean(squares))
    counted = COUNTED_ON.get(scan.pictured, "brain MRI and chest X-rays, which this may not be")
    if scan.reduction == "unknown":
        counted += ", taken in many ways"
    elif noise:
        counted += ", with noise of several strengths"
    return f"over all an error of {values:.3g} {scan.unit} (RMS) is expected, counted on {counted}"


def looked_up(tables, *signs):
    """RMS error and reach (2, ...) at each pixel; of several networks or strengths their blend.

    ``tables`` as from ``tables_for``, ``signs`` as from ``scoring.trust.signs``, each of one shape.
    """
    found = 0
    for weight, table in tables:
        cells = tuple(map(np.digitize, signs, (table[edges] for edges in TABLES[:3])))
        found += weight * np.stack([table["rms"][cells], table["reach"][cells]])
    return found


def tables_for(settings, kind="", noise=0.0):
    """[(weight, table)]: what was counted for ``Settings``, on a kind of scan.

    ``kind`` is ``Scan.pictured``, ``noise`` that of the settings in grey levels. Raises UserError
    where the calibration is missing.
    """
    reduction = "zero-filled 0.8" if settings.reduction in ZERO_FILLED else settings.reduction
    sharpness = settings.sharpness
    weights = {"faithful": 1.0 - sharpness, "sharp": sharpness}
    weights = {"robust": 1.0} if settings.robust else weights
    found = calibrations()
    weights = {name: weight for name, weight in weights.items() if weight}
    try:
        return [
            (weight * share, found[name][counted][kind])
            for name, weight in weights.items()
            for share, counted in counted_near(reduction, noise)
        ]
    except KeyError:
        raise older() from None


def counted_near(reduction, noise):
    """[(share, name in COUNTED)] for noise of any strength, in grey levels, that is named.

    Between two strengths the counts of both are blended, beyond the last its own are taken. Noise
    changes nothing where the reduction is "unknown".
    """
    levels = (0.0, *STRENGTHS) if reduction != "unknown" else (0.0,)
    place = np.interp(noise, levels, np.arange(len(levels)))
    shares = np.maximum(1.0 - np.abs(np.arange(len(levels)) - place), 0.0)
    return [
        (float(share), f"{reduction}{NOISE}{strength:g}" if strength else reduction)
        for share, strength in zip(shares, levels, strict=True)
        if share
    ]


@functools.lru_cache(maxsize=1)
def calibrations():
    """{network: {reduction: {kind, or "" for both: {name: array}}}}, in grey levels.

    The names are TABLES. Raises UserError where there is no such file, or an older one.
    """
    path = counts_file()
    try:
        return {
            name: {
                reduction: {kind: arrays(table) for kind, table in kinds.items()}
                for reduction, kinds in reductions.items()
            }
            for name, reductions in json.loads(path.read_text())["networks"].items()
        }
    except OSError as error:
        raise UserError(f"cannot read {path} ({error.strerror}): {AGAIN}") from None
    except (KeyError, ValueError):
        raise older() from None


def counts_file():
    """Where ``calibrations`` lie."""
    return results_dir() / "calibration.json"


def older():
    """The error of a file that lacks something."""
    return UserError(f"{counts_file()} is not what this version of medsr counts: {AGAIN}")


def arrays(table):
    """One table of the file. Raises KeyError where something is missing."""
    return {key: np.array(table[key]) for key in TABLES}
