"""No measured figure is typed into a notebook's prose: results change, and text would not follow.

Prose points to what a cell has printed, or to a table that is written from ``results/``.
"""

import re
from pathlib import Path

import nbformat
import pytest

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
NOT_PROSE = re.compile(
    r"```.*?```|\$\$.*?\$\$|\$[^$]*\$|`[^`]*`|\]\([^)]*\)|\"[^\"]*\"", re.DOTALL
)  # code, formulas, links, and what is quoted from the paper
UNITS = (
    r"dB|decibels?|%|ms|s|seconds?|min|minutes?|hours?|HU|(?:grey )?levels?|of 255|[kMG]i?B|times"
)
FIGURE = re.compile(rf"(?<![\w.])[-+±]?\d[\d.,]*(?:(?: to | and |-)[\d.,]*\d)? ?(?:{UNITS})(?!\w)")
DECIMAL = re.compile(r"(?<![\w.:])[-+±]?\d+\.\d+(?![\w.])")

# (notebook, figure): what it is, if not a result.
ALLOWED = {
    ("00", "255 levels"): "how many there are",
    ("00", "5 levels"): "an example by hand",
    ("00", "3 dB"): "what half the squared error is",
    ("00", "95 %"): "what an interval is",
    ("01", "95 %"): "what an interval is",
    ("01", "47 grey levels"): "an example of a line",
    ("03", "30 dB"): "given in an exercise",
    ("03", "0.001"): "given in an exercise",
    ("03", "0.1"): "given in an exercise",
    ("03", "0.9"): "a setting of batch norm, and given in an exercise",
    ("03", "0.99"): "given in an exercise",
    ("03", "0.5"): "the paper's dropout",
    ("04", "0.2"): "a setting of ESRGAN",
    ("05", "300 MB"): "what is downloaded",
    ("06", "0.1"): "given in an exercise",
    ("07", "0.5"): "given in an exercise",
    ("07", "90 %"): "what a range is",
    ("09", "0 and 80 HU"): "what is chosen as flat",
    ("09", "10 HU"): "what is chosen as flat",
    ("10", "0.8"): "the name of a reduction",
    ("10", "95 %"): "what an interval is",
    ("10", "85 and 95 %"): "between which bounds a range counts as right",
    ("99", "30 dB"): "given in an exercise",
    ("99", "0.001"): "given in an exercise",
    ("99", "0.1"): "given in an exercise",
    ("99", "0.9"): "given in an exercise",
    ("99", "0.99"): "given in an exercise",
    ("99", "0.5"): "given in an exercise",
}


def figures(markdown):
    """Numbers with a unit, and other decimals but for numbers of sections, in the prose."""
    prose = " ".join(NOT_PROSE.sub(" ", markdown).split())
    prose = re.sub(r"\b[Ss]ections?\)? \d[\d.]*(?:,? (?:and|to) \d[\d.]*)?|\(\d\.\d\)", " ", prose)
    prose = re.sub(r"\barXiv \d+\.\d+|\[\d+\.\d+", " ", prose)
    found = FIGURE.findall(prose)
    return found + DECIMAL.findall(FIGURE.sub(" ", prose))


def found_in(path):
    cells = nbformat.read(path, as_version=4).cells
    texts = [cell.source for cell in cells if cell.cell_type == "markdown"]
    return {(path.stem[:2], one) for text in texts for one in figures(text)}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_measured_figure_is_typed_into_the_prose(path):
    assert sorted(found_in(path) - set(ALLOWED)) == [], "refer to what a cell prints"


def test_every_exception_is_still_needed():
    found = set().union(*map(found_in, NOTEBOOKS))
    assert sorted(set(ALLOWED) - found) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("gains 4.0 dB and 3.5 on X-ray", ["4.0 dB", "3.5"]),
        ("it ends 1.4 to 1.6 dB below", ["1.4 to 1.6 dB"]),
        ("right in 72 % of them, a\n12 ms call, 0.8 of 255", ["72 %", "12 ms", "0.8 of 255"]),
        ("of 150x150 pixels, section 2.5, sections 2.3 and 2.4, in 8 bit", []),
        ('says "9 dB", `3 dB`, $30$ dB and [1609.04802](https://a.b/1.5)', []),
    ],
)
def test_a_figure_is_found_and_what_is_none_is_not(text, expected):
    assert figures(text) == expected
