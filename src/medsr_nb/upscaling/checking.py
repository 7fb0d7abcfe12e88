"""How good the network is on a scan: the scan reduced, enlarged again, and compared with itself.

The scan is taken for an original. It is reduced by bicubic in float, which is what the network was
trained on and kinder than a scanner, and enlarged as ``enlarging`` does. All that comes back is in
the scan's own units.
"""

from dataclasses import dataclass, replace

import numpy as np

from ..degradation import bands
from ..machine import UserError, markdown_table
from ..scans import FACTOR, StoredRange
from ..scoring import trust
from . import enlarging


@dataclass(frozen=True)
class Checked:
    """Planes (N, H, W) of a scan, cut to a multiple of 3, in its units.

    ``bicubic`` and ``enlarged`` are made of the reduced planes. ``guesses``, ``errors`` and
    ``ranges`` say how far ``enlarged`` is a guess, which error to expect, and how far to both sides
    nine of ten originals lie.
    """

    unit: str
    original: np.ndarray
    bicubic: np.ndarray
    enlarged: np.ndarray
    guesses: np.ndarray
    errors: np.ndarray
    ranges: np.ndarray

    def rms(self, method, where=...):
        """The root mean square error of "bicubic" or "enlarged", in the unit.

        ``where`` (N, H, W) says at which pixels; all without it.
        """
        wrong = (getattr(self, method) - self.original)[where]
        return float(np.sqrt(np.mean(wrong**2)))

    def maps(self, part, index=0):
        """(result, guess, error to expect, absolute error) in ``part``, two slices, of a plane."""
        wrong = np.abs(self.enlarged - self.original)
        return [each[index][part] for each in (self.enlarged, self.guesses, self.errors, wrong)]

    def covered(self, where=...):
        """The share of originals that lie within ``ranges``."""
        return float(np.mean((np.abs(self.enlarged - self.original) <= self.ranges)[where]))


def trust_table(found, places):
    """What was foretold and what came, as Markdown: a row a ``Checked`` and a place.

    ``found`` is {name: ``Checked``}, ``places`` {name: bool (N, H, W)}. Guess and errors are root
    mean squares. "Detail agrees" is the correlation of what was guessed with the same part of the
    original, that which its reduction does not show.
    """
    rows = []
    for name, one in found.items():
        hidden = [
            trust.guessed(planes[..., None], FACTOR)[..., 0]
            for planes in (one.enlarged, one.original)
        ]
        for place, where in places.items():
            strength, expected = (
                np.sqrt(np.mean(each[where] ** 2)) for each in (one.guesses, one.errors)
            )
            agrees = np.corrcoef(*(part[where] for part in hidden))[0, 1]
            levels = strength, expected, one.rms("enlarged", where)
            shares = f"{one.covered(where):.0%}", f"{agrees:.2f}"
            rows.append((f"{name}, {place}", *(f"{each:.1f}" for each in levels), *shares))
    head = ("", "guessed", "error to expect", "error made", "originals in the range",
            "detail agrees")  # fmt: skip
    return markdown_table(head, rows)


def checked(scan, sharpness=0.0):
    """The ``Checked`` of a ``Scan``. Raises UserError as ``enlarge``, and for a side under 3."""
    height, width = (side - side % FACTOR for side in scan.planes.shape[1:])
    if not height * width:
        raise UserError(f"a scan is checked from {FACTOR}x{FACTOR} pixels on: take a larger one.")
    original = scan.planes[:, :height, :width].astype(np.float32)
    small = np.stack([bands.resized(one, height // FACTOR, width // FACTOR) for one in original])
    bicubic = np.stack([bands.resized(one, height, width) for one in small])
    floats = StoredRange.of(np.float32)
    small = replace(scan, planes=small, extras=None, stored=floats, stored_each=(), missing=None,
                    reduction="bicubic")  # fmt: skip
    larger = enlarging.enlarge(small, sharpness, guesses=True)
    values = (scan.slope * one + scan.intercept for one in (original, bicubic, larger.planes))
    wide = (abs(scan.slope) * one for one in (larger.guesses, larger.errors, larger.ranges))
    return Checked(scan.unit, *values, *wide)
