"""All verdicts in one figure: each number and its interval, beside the bounds that it keeps."""

import math
from typing import NamedTuple

import numpy as np

from ..scoring import share_text
from . import palette
from .sheet import WIDTH, Sheet

ROW, HEAD, FOOT = 26, 40, 34  # CSS pixels
WORDS, SCALE = 392, 260  # widths of the first two columns; the numbers take the rest
COLOURS = {
    "holds": (palette.BLUE, "o"),
    "partly": (palette.AMBER, "D"),
    "refuted": (palette.VERMILION, "s"),
    "open": (palette.GREY, "^"),
}
BAND = "#d9ead3"  # where the verdict stands


class Number(NamedTuple):
    """One number behind a verdict, with its 95 % interval, or three times the same number.

    ``bounds`` are within which the verdict stands, infinite where there is no bound on a side.
    """

    label: str
    mean: float
    low: float
    high: float
    bounds: tuple[float, float]
    unit: str
    verdict: str


def verdicts(numbers, title="The paper's claims: numbers, intervals, and where a verdict stands"):
    """A row for each ``Number``, or a tuple of its seven values, on a scale of its own.

    The green band is where the verdict stands, the line the 95 % interval; a tick with a number
    marks each end of the band. A number on which the verdict sets no bound is written and not
    drawn, as it has no scale. A label without a value (mean None) is a heading.
    """
    rows = [Number(*each) for each in numbers]
    sheet = Sheet(WIDTH, HEAD + ROW * len(rows) + FOOT)
    sheet.write(0, 4, title, palette.TITLE, weight="bold")
    for place, number in enumerate(rows):
        top = HEAD + place * ROW
        if number.mean is None:
            heading(sheet, number, top)
        else:
            line(sheet, number, top)
    legend(sheet, HEAD + ROW * len(rows) + 12)
    return sheet


def heading(sheet, number, top):
    """A claim in its own words, and the verdict on it."""
    colour, _ = COLOURS[number.verdict]
    sheet.write(0, top + 7, number.label, palette.TEXT + 0.5, weight="bold")
    sheet.write(WIDTH, top + 7, number.verdict, palette.TEXT + 0.5, weight="bold", ha="right",
                color=colour)  # fmt: skip


def line(sheet, number, top):
    """One number: what it is, where it lies, and what it says."""
    sheet.write(16, top + 6, number.label)
    sheet.write(WORDS + SCALE + 14, top + 6, said(number), color="#222222")
    if not any(map(math.isfinite, number.bounds)):
        return
    axis = sheet.area(WORDS, top, SCALE, ROW)
    low, high = span(number)
    axis.set(xlim=(low, high), ylim=(0, 1))
    ends = np.clip(number.bounds, low, high)
    axis.axvspan(*ends, ymin=0.18, ymax=0.82, color=BAND, lw=0)
    for bound, side in zip(number.bounds, ("right", "left"), strict=True):
        if math.isfinite(bound) and not (side == "left" and bound == number.bounds[0]):
            axis.plot([bound, bound], [0.12, 0.88], color="#38761d", lw=1.2)
            axis.annotate(f"{bound * percent(number):g}", (bound, 0.5),
                          (-4 if side == "right" else 4, 0), textcoords="offset points",
                          ha=side, va="center", size=palette.TEXT - 1, color="#38761d")  # fmt: skip
    colour, marker = COLOURS[number.verdict]
    axis.plot([number.low, number.high], [0.5, 0.5], color=colour, lw=2.4)
    axis.plot(number.mean, 0.5, marker=marker, ms=7, color=colour, mec="white", mew=0.8)


def percent(number):
    """What a value is multiplied by to be written."""
    return 100 if number.unit == "%" else 1


def span(number):
    """The scale of a row: all that is on it, with room for the numbers at the ends of the band."""
    values = [number.mean, number.low, number.high, *filter(math.isfinite, number.bounds)]
    room = (max(values) - min(values)) or abs(number.mean) or 1.0
    return min(values) - 0.25 * room, max(values) + 0.25 * room


def said(number):
    """A number with its interval and unit."""
    values = (number.mean, number.low, number.high)
    if number.unit == "%":
        mean, low, high = (share_text(value).rstrip("%") for value in values)
    else:
        mean, low, high = (f"{value:,.{0 if number.unit == 's' else 2}f}" for value in values)
    interval = f" [{low}, {high}]" if number.low < number.high else ""
    return f"{mean}{interval} {number.unit}".rstrip()


def legend(sheet, top):
    """What band, line and colours mean."""
    axis = sheet.area(0, top, WIDTH, 16)
    axis.set(xlim=(0, WIDTH), ylim=(0, 1))
    axis.axvspan(16, 46, color=BAND, lw=0)
    axis.text(52, 0.5, "the verdict stands within", va="center", size=palette.TEXT)
    left = 210
    for verdict, (colour, marker) in COLOURS.items():
        if verdict == "open":  # no rule was met, so there is no band to draw it beside
            continue
        axis.plot(left, 0.5, marker=marker, ms=7, color=colour)
        axis.text(left + 10, 0.5, verdict, va="center", size=palette.TEXT)
        left += 40 + 6.5 * len(verdict)
    axis.text(left, 0.5, "lines: 95 % intervals; each row has its own scale", va="center",
              size=palette.TEXT)  # fmt: skip
