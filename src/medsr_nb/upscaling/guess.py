"""How far each pixel of a result is a guess, and the error to expect there, in stored units.

``trust`` says what both are and how errors are foretold. Here they are made in strips, for
pictures of any size, and from grey levels, which the calibration counts in, to stored units by the
map that the network saw the scan through (``intensity``). The calibration was counted on the
validation images of the training, ``medsr calibrate`` writes it: brain MRI and chest X-rays.

The two kinds differ. Counted together, the errors expected on X-rays of the test are 1.6 times
those made, and on much of the MRI 0.7 times. Counted apart, they are right within 5 % where they
are above 2 grey levels, but for the largest tenth on MRI, which come out a quarter too large
(``results/calibration.json`` has both). So a scan that says what it is gets the count of its kind.
Others, of which nothing is known, get that of both together.
"""

import functools
import json

import numpy as np

from ..machine import UserError, results_dir
from . import bands

NAMES = ("faithful", "sharp")
RADIUS, SIGMA = 5, 1.5  # pixels: ``trust.WINDOW``, as SSIM's


def maps(sr, lr, grey_level, sharpness=0.0, factor=3, kind="", out=None):
    """(guess, error), float32 (2, f*h, f*w) in stored units, of a result and its input.

    The guess is the local root mean square of what the input does not determine; the error is the
    root mean square error of validation pixels that looked alike. ``grey_level`` is how many
    stored units one grey level is (``Intensity.grey_level``); ``kind`` is ``Scan.pictured``.
    ``out`` takes both where it is given. Raises UserError where the calibration is missing.
    """
    out = np.empty((2, *sr.shape), np.float32) if out is None else out
    determined = np.zeros(sr.shape, np.float32)
    bands.add_undone(determined, lr.astype(np.float32), factor)
    middle = np.float32(determined.mean())  # taken off: squares of small numbers lose nothing
    for strip in bands.strips(sr.shape):
        start = max(strip.start - RADIUS, 0)
        around = slice(start, strip.stop + RADIUS)
        inner = slice(strip.start - start, strip.stop - start)
        known = determined[around]
        guess = np.sqrt(blurred((sr[around] - known) ** 2)[inner])
        known = known - middle
        lively = (blurred(known**2) - blurred(known) ** 2)[inner]
        lively = np.sqrt(np.maximum(lively, 0.0))
        out[0, strip] = guess
        seen = guess / grey_level, lively / grey_level
        out[1, strip] = grey_level * expected(*seen, sharpness, kind)
    return out


def blurred(plane):
    """A plane (H, W) under a Gaussian window of 11 pixels, edges mirrored."""
    from scipy.ndimage import gaussian_filter

    return gaussian_filter(plane, SIGMA, radius=RADIUS, mode="reflect")


def expected(guess, lively, sharpness, kind=""):
    """The error to expect in grey levels; between the two networks their blend."""
    tables = calibrations()[kind]
    faithful, sharp = (table_at(tables[name], guess, lively) for name in NAMES)
    return (1.0 - sharpness) * faithful + sharpness * sharp


def said(scan, errors):
    """One line about the errors to expect of a whole scan, in its units.

    They were counted on images that bicubic had reduced: said where ``scan`` was by another.
    """
    values = abs(scan.slope) * np.sqrt(np.mean([np.mean(one**2) for one in errors]))
    counted = "X-rays" if scan.pictured == "X-ray" else scan.pictured
    counted = counted or "brain MRI and chest X-rays, which this may not be"
    counted += "" if scan.reduction == "bicubic" else ", reduced by bicubic"
    return f"over all an error of {values:.3g} {scan.unit} (RMS) is expected, counted on {counted}"


def table_at(table, guess, lively):
    """``trust.Calibration.rms`` at each pixel."""
    return table["rms"][
        np.digitize(guess, table["guess_edges"]), np.digitize(lively, table["contrast_edges"])
    ]


@functools.lru_cache(maxsize=1)
def calibrations():
    """{kind, or "" for both: {"faithful", "sharp": {"guess_edges", "contrast_edges", "rms"}}}.

    As arrays, in grey levels.
    """
    path = results_dir() / "calibration.json"
    try:
        stored = json.loads(path.read_text())
    except OSError as error:
        raise UserError(
            f"cannot read {path} ({error.strerror}): install medsr-nb again, or write it anew with "
            "medsr calibrate."
        ) from None
    return {
        kind: {
            name: {key: np.array(values) for key, values in tables[name].items()} for name in NAMES
        }
        for kind, tables in {"": stored["networks"], **stored["kinds"]}.items()
    }
