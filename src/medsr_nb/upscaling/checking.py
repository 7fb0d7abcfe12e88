"""How good the network is on a scan: the scan reduced, enlarged again, and compared with itself.

The scan is taken for an original. It is reduced by bicubic in float, which is what the network was
trained on and kinder than a scanner, and enlarged as ``enlarging`` does. All that comes back is in
the scan's own units.
"""

from dataclasses import dataclass, replace

import numpy as np

from . import bands, enlarging
from .scan import FACTOR, StoredRange


@dataclass(frozen=True)
class Checked:
    """Planes (N, H, W) of a scan, cut to a multiple of 3, in its units.

    ``bicubic`` and ``enlarged`` are made of the reduced planes, ``guesses`` and ``errors`` say how
    far ``enlarged`` is a guess and which error to expect.
    """

    unit: str
    original: np.ndarray
    bicubic: np.ndarray
    enlarged: np.ndarray
    guesses: np.ndarray
    errors: np.ndarray

    def rms(self, method, where=...):
        """The root mean square error of "bicubic" or "enlarged", in the unit.

        ``where`` (N, H, W) says at which pixels; all without it.
        """
        wrong = (getattr(self, method) - self.original)[where]
        return float(np.sqrt(np.mean(wrong**2)))


def checked(scan, sharpness=0.0):
    """The ``Checked`` of a ``Scan``. Raises UserError as ``enlarge`` does."""
    height, width = (side - side % FACTOR for side in scan.planes.shape[1:])
    original = scan.planes[:, :height, :width].astype(np.float32)
    small = np.stack([bands.resized(one, height // FACTOR, width // FACTOR) for one in original])
    bicubic = np.stack([bands.resized(one, height, width) for one in small])
    floats = StoredRange.of(np.float32)
    small = replace(
        scan, planes=small, extras=None, stored=floats, missing=None, reduction="bicubic"
    )
    larger = enlarging.enlarge(small, sharpness, guesses=True)
    values = (scan.slope * one + scan.intercept for one in (original, bicubic, larger.planes))
    wide = (abs(scan.slope) * one for one in (larger.guesses, larger.errors))
    return Checked(scan.unit, *values, *wide)
