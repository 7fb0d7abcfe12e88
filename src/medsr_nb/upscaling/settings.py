"""Which weights enlarge a scan, and what the network is told about it."""

from dataclasses import dataclass, replace
from numbers import Real

from ..degradation import REDUCTIONS
from ..machine import UserError, results_dir

ROBUST = ("robust", "robust")  # the recorded run, and its row
# Standard deviations of noise that a reduced result may differ from its input. On validation images
# with noise the first robust network lost up to 0.3 dB with 1.0, and with 2.0 faithful gained less.
WITHIN = 1.5


def has_robust():
    """Whether the robust weights come with this package."""
    return (results_dir() / f"{ROBUST[0]}.json").exists()


@dataclass(frozen=True)
class Settings:
    """What is asked of the network.

    ``sharpness`` 0.0 is faithful, 1.0 sharp. ``robust`` takes the weights that were trained on all
    reductions and on noise, which have no sharpness. ``reduction`` is how the input lost its
    resolution, one of ``degradation.REDUCTIONS``, or "unknown". Where sharpness or reduction is
    None, ``told`` chooses it.
    ``noise`` is the standard deviation of the input's noise, in its units. ``best`` asks for the
    mean of two positions (``positions``). Raises UserError for other values, and where robust
    weights are missing.
    """

    sharpness: float | None = None
    reduction: str | None = None
    robust: bool = False
    noise: float = 0.0
    best: bool = False

    def __post_init__(self):
        if self.reduction not in (*REDUCTIONS, "unknown", None):
            raise UserError(
                f"reduction is one of {', '.join(REDUCTIONS)} or unknown, not {self.reduction!r}."
            )
        sharpness = 0.0 if self.sharpness is None else self.sharpness
        if not isinstance(sharpness, Real) or not 0.0 <= sharpness <= 1.0:
            raise UserError(f"sharpness is from 0 (faithful) to 1 (sharp), not {self.sharpness!r}.")
        if not isinstance(self.noise, Real) or not 0.0 <= self.noise < float("inf"):
            raise UserError(f"noise is 0 or more, in the scan's units, not {self.noise!r}.")
        if self.robust and self.sharpness:
            raise UserError("the robust network has no sharpness: leave one of the two out.")
        if self.robust and not has_robust():
            raise UserError("no robust weights come with this package: leave robust out.")

    def told(self, usual="bicubic"):
        """The same with nothing left open, for a scan whose ``usual`` reduction is known.

        What comes straight out of k-space gets robust weights where no sharpness is asked for: on
        such MRI they are two decibels ahead of faithful, whatever faithful is told
        (``results/scanners.json``). All else gets faithful. Robust weights are told "unknown"
        unless a reduction is named, others the usual one.
        """
        straight = usual == "k-space" and self.sharpness is None and has_robust()
        robust = self.robust or straight
        reduction = self.reduction or ("unknown" if robust else usual)
        return replace(self, sharpness=self.sharpness or 0.0, robust=robust, reduction=reduction)
