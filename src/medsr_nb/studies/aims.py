"""What we had aimed at with our own network, what was reached, and what was tried.

The aims were set before the runs: a number for MRI and one for X-rays, on the test images. Each has
its attempts, all from files in ``results/``. Those whose weights come with the package decide
whether it is met; the others say what else was tried.
"""

import math
from dataclasses import dataclass

from .. import scoring
from ..machine import markdown_table
from .entries import FIRST_ROBUST, LEADS, MIRRORED, WHOLE_ROBUST
from .results import recorded

KINDS = ("MRI", "X-ray")
COVER, TENTHS = (0.88, 0.92), (0.85, 0.95)  # of the originals in their range, over all and a tenth


@dataclass(frozen=True)
class Try:
    """An attempt: a name, a file in ``results/``, and ``value(record, kind)``, a number from it."""

    name: str
    file: str
    value: object

    def text(self, form):
        """Its name and its two numbers."""
        return f"{self.name} {' / '.join(form.format(one) for one in self.values())}"

    def values(self):
        """Its number for each of KINDS."""
        return [self.value(recorded(self.file), kind) for kind in KINDS]


@dataclass(frozen=True)
class Aim:
    """Bounds that a number should keep on MRI and on X-rays, and the attempts at it."""

    what: str
    bounds: tuple  # (low, high) for each of KINDS
    shipped: tuple  # of ``Try``: one that keeps the bounds is enough
    others: tuple = ()
    form: str = "{:+.2f}"

    def met(self):
        """Whether it is met, for each of KINDS."""
        found = zip(*(one.values() for one in self.shipped), strict=True)
        pairs = zip(self.bounds, found, strict=True)
        return [any(low <= one <= high for one in values) for (low, high), values in pairs]


def least(*numbers):
    """Bounds from below for each of KINDS."""
    return tuple((one, math.inf) for one in numbers)


def most(*numbers):
    """Bounds from above for each of KINDS."""
    return tuple((-math.inf, one) for one in numbers)


def scored(row, what, start=""):
    """A ``Try.value``: the mean of a score of a study's row; less that of the row ``start``."""

    def value(record, kind):
        rows = record["scores"][kind]
        return rows[row][what][0] - (rows[start][what][0] if start else 0.0)

    return value


def packaged(name, what):
    """A ``Try.value``: a score of a network as it comes with the package, of ``medsr score``."""

    def value(record, kind):
        return record["over bicubic"][kind][name][what][0]

    return value


def on_scanner(case, method, start=""):
    """A ``Try.value``: gain over the best interpolation; less that of the method ``start``.

    Told or not, whichever is better, where the method is a row of "robust".
    """

    def value(record, kind):
        if "scanners" in record:
            gains = record["scanners"][case][kind]["gain"]
            found = max(gains[name][0] for name in (method, f"{method}, told") if name in gains)
        else:
            found = record["scores"][case][kind]["gain"][method][0]
        if not start:
            return found
        return found - recorded("scanners")["scores"][case][kind]["gain"][start][0]

    return value


def of_attempt(name, value):
    """A ``Try.value`` of one of the attempts that a record holds."""
    return lambda record, kind: value(record["tries"][name], kind)


def share_of(what, method, start):
    """A ``Try.value``: a figure of the distribution, as a share of the method ``start``'s."""

    def value(record, kind):
        figures = record["distribution"][kind][what]
        return figures[method] / figures[start]

    return value


def perceptual_share(distance):
    """A ``Try.value``: the perceptual distance that another tells, as a share of faithful's."""
    start = scored("faithful", "perceptual")
    return lambda record, kind: distance(record, kind) / start(recorded("faithful"), kind)


def kept_bounds(network, alone=True):
    """A ``Try.value``: in which share of the cases a network's ranges keep COVER and TENTHS.

    With ``alone``, each scanner that is not named is a case by itself, too.
    """

    def value(record, kind):
        kept = []
        for case, cases in record["cover"][network].items():
            if case.endswith(scoring.NOT_NAMED) and not alone and case != scoring.DRAWN:
                continue
            cover, tenths = cases[kind]["cover"], cases[kind]["deciles"]
            inside = [TENTHS[0] <= one <= TENTHS[1] for one in tenths]
            kept.append(COVER[0] <= cover <= COVER[1] and all(inside))
        return sum(kept) / len(kept)

    return value


def faithful(what, asked, form):
    """An aim of the faithful network, and the trainings that were tried for it."""
    others = [
        Try("half an hour on two cores", "medsr", scored("faithful", what)),
        Try("ten passes more, of whole images", "whole", scored("faithful", what)),
        Try("the same, mirrored", "whole", scored(MIRRORED, what)),
    ]
    others += [
        Try(f"design: {name}", "designs", scored(name, what))
        for name in ("two levels, turned", "two levels, late", "one level, late")
    ]
    others.append(
        Try("--best, in twice the time", "scanners", packaged("faithful, told, best", what))
    )
    others += [Try(f"ten minutes: {name}", "leads", scored(name, what)) for name in LEADS]
    shipped = (Try("faithful", "scanners", packaged("faithful", what)),)
    return Aim(f"faithful: {asked}", BOUNDS[what], shipped, tuple(others), form)  # fmt: skip


BOUNDS = {"psnr_gain": least(4.4, 4.7), "ssim_gain": least(0.085, 0.050)}
ONCE = ("one of its two trainings", "sharp")
WINDOWS = ("with the absolute error, on windows", "sharp_windows")  # a sharp one before
RANGES_BEFORE = (
    "by guess and liveliness alone",
    "by what was taken off around a pixel too",
    "by what was taken off the whole image, where noise is named",
)
NO_CONDITION = "two, without a condition"  # the sharp one before
SHARP_BEFORE = (NO_CONDITION, "one of these two", "ten passes, with the absolute error", "first")
FIRST_SHARP = ("sharp", "sharp, weight 0.3", "sharp, features")
POWER = "power in the upper half of the spectrum, as a share of the originals'"
ROBUST = {  # gain over the best interpolation, MRI and X-ray
    "k-space": (2.3, 3.0),
    "k-space, Rician noise 4": (2.2, 2.5),
    "average": (3.2, 3.3),
    "Lanczos": (3.2, 3.3),
    "average, 4 photons a level": (2.8, 2.4),
    "bicubic, Gaussian noise 5": (2.7, 2.4),
}


def sharp(what, asked, bounds, form):
    """An aim of the sharp network; its first forms had no loss of whole pictures."""
    others = tuple(Try(f"first: {name}", "medsr", scored(name, what)) for name in FIRST_SHARP)
    others = (Try(*ONCE, scored("sharp, once", what)), without_a_condition(what),
              Try(*WINDOWS, scored("sharp", what)), *others)  # fmt: skip
    shipped = (Try("sharp", "scanners", packaged("sharp", what)),)
    return Aim(f"sharp: {asked}", bounds, shipped, others, form)


def without_a_condition(what, share=lambda value: value):
    """The ``Try`` of the sharp network before, whose discriminator did not go by LR."""
    value = share(packaged("sharp", what))
    return Try(NO_CONDITION, "sharp_before", of_attempt(NO_CONDITION, value))


def sharp_before(what, start):
    """``share_of`` one of sharp's trainings, and of the networks that the package had before."""
    share = share_of(what, "sharp", start)
    earlier = (Try(name, "sharp_before", of_attempt(name, share)) for name in SHARP_BEFORE)
    return (Try(*ONCE, share_of(what, "sharp, once", start)), Try(*WINDOWS, share), *earlier)


def robust(case, bounds, start=""):
    """An aim of the robust network under one reduction, told it or not."""

    def tried(name):
        return Try(name, "scanners", on_scanner(case, name, start))

    first = Try("first training", "robust", on_scanner(case, FIRST_ROBUST, start))
    whole = Try("first and second", "robust", on_scanner(case, WHOLE_ROBUST, start))
    turned = Try("then in all positions", "turned", on_scanner(case, "robust", start))
    shipped = tuple(map(tried, ("robust", "robust, told", "robust, best", "robust, told, best")))
    what = f"robust, {case}: gain over {start or 'the best interpolation'}, dB"
    return Aim(what, bounds, shipped, (first, whole, turned, tried("faithful, told")))


AIMS = (
    faithful("psnr_gain", "gain over bicubic, dB", "{:+.2f}"),
    faithful("ssim_gain", "SSIM over bicubic's", "{:+.4f}"),
    sharp("psnr_gain", "gain over bicubic, dB", least(3.2, 3.4), "{:+.2f}"),
    sharp("fine", POWER, ((0.85, 1.15),) * 2, "{:.0%}"),
    Aim("sharp: perceptual distance, as a share of faithful's", most(0.8, 0.8),
        (Try("sharp", "scanners", perceptual_share(packaged("sharp", "perceptual"))),),
        (Try(*ONCE, perceptual_share(scored("sharp, once", "perceptual"))),
         without_a_condition("perceptual", perceptual_share),
         Try(*WINDOWS, perceptual_share(scored("sharp", "perceptual"))),
         *(Try(f"first: {name}", "medsr", perceptual_share(scored(name, "perceptual")))
           for name in FIRST_SHARP)),
        form="{:.2f}"),
    *(
        Aim(f"sharp: kernel distance by {name}, as a share of faithful's", most(1 / 3, 1 / 3),
            (Try("sharp", "scanners", share_of(what, "sharp", "faithful")),),
            sharp_before(what, "faithful"), form="{:.2f}")
        for what, name in (("labels", "the classifier"), ("texture", "texture"))
    ),
    Aim("sharp: strongest pattern, as a share of the originals'", most(1.0, 1.0),
        (Try("sharp", "scanners", share_of("pattern", "sharp", "original")),),
        sharp_before("pattern", "original"), form="{:.2f}"),
    *(robust(case, least(*bounds)) for case, bounds in ROBUST.items()),
    robust("bicubic", least(-0.3, -0.3), "faithful"),
    *(
        Aim(f"ranges of {name}: share of the inputs with 88 to 92 % over all, 85 to 95 % in each "
            "tenth", least(1.0, 1.0), (Try(name, "scanners", kept_bounds(name, alone=False)),),
            (Try("with each scanner that is not named by itself", "scanners", kept_bounds(name)),)
            + tuple(Try(f"counted {how}", "ranges_before", of_attempt(how, kept_bounds(name)))
                  for how in RANGES_BEFORE), form="{:.0%}")
        for name in ("faithful", "sharp", "robust")
    ),
)  # fmt: skip


def asked(aim):
    """The bounds of an aim in words, MRI and X-ray."""
    texts = []
    for low, high in aim.bounds:
        ends = [aim.form.format(one) for one in (low, high) if math.isfinite(one)]
        word = "" if len(ends) == 2 else "at least " if math.isfinite(low) else "at most "
        texts.append(word + " to ".join(ends))
    return texts[0] if texts[0] == texts[1] else " / ".join(texts)


def aims_table(aims=AIMS):
    """All aims as Markdown: what was asked, the package's number, whether it is met, the tries."""
    rows = []
    for aim in aims:
        met = " / ".join("yes" if one else "no" for one in aim.met())
        shipped, others = (
            "; ".join(one.text(aim.form) for one in tries) for tries in (aim.shipped, aim.others)
        )
        rows.append((aim.what, asked(aim), shipped, met, others))
    head = ("aim", "asked, MRI / X-ray", "the package's", "met", "what else was tried")
    return markdown_table(head, rows)
