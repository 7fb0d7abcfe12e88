"""Scans are shown pixel by pixel, in their own units."""

import numpy as np
import pytest

from medsr_nb import figures
from medsr_nb.figures import scans


@pytest.fixture
def drawn(monkeypatch):
    """What ``grid`` is asked to draw: {caption: tile}, and under "bar" its colour bar."""
    found = {}

    def grid(title, tiles, columns=None, bar=None):
        found.update({tile.caption: tile for tile in tiles}, bar=bar)

    monkeypatch.setattr(scans, "grid", grid)
    return found


def test_windows_decide_what_is_black_and_white():
    grey = scans.windowed(np.array([[-5.0, 0.0, 40.0, 80.0, 99.0]]), (0, 80))
    np.testing.assert_array_equal(grey[0, :, 0], [0, 0, 128, 255, 255])


def test_errors_are_differences_in_the_scans_unit(drawn):
    original = np.random.default_rng(0).normal(100, 5, (70, 300))
    results = {"bicubic": original + 1.0, "medsr": original - 2.0}
    scans.magnified(original, results, (20, 250, 10), (80, 120), "HU", "A scan")
    assert drawn["original"].colours.shape == (70, scans.CONTEXT, 3)
    assert drawn["original"].region == (20, 100, 10)
    inside = scans.windowed(results["bicubic"][20:30, 250:260], (80, 120))
    np.testing.assert_array_equal(drawn["bicubic: 1 HU RMS in all"].colours, inside)
    assert drawn["bar"].top == 2.0 and "HU" in drawn["bar"].label
    wrong = drawn["medsr less original"].colours
    np.testing.assert_array_equal(wrong, scans.palette.difference(np.full((10, 10), -2.0), 2.0))


def test_guesses_share_one_scale(drawn):
    plane = np.abs(np.random.default_rng(1).normal(0, 1, (20, 30)))
    scans.guesses(plane, plane, 2 * plane, 3 * plane, (0, 1), "HU", "x")
    most = drawn["bar"].top
    assert most == pytest.approx(np.quantile(3 * plane, 0.99), rel=0.05)
    rms = np.sqrt(np.mean(plane**2))
    for times, name in enumerate(("guessed", "error to expect", "error made"), start=1):
        shown = drawn[f"{name}: {times * rms:.3g} HU RMS"].colours
        np.testing.assert_array_equal(shown, scans.palette.heat(times * plane, most))


def test_the_figures_are_sheets():
    plane = np.random.default_rng(1).normal(0, 1, (20, 30))
    sheet = figures.side_by_side([plane, plane.T], ["a", "b"], [(0, 1)] * 2, "x")
    assert isinstance(sheet, figures.Sheet) and sheet.png().startswith(b"\x89PNG")


def test_the_context_stays_within_the_scan():
    assert scans.context(5, 1000) == slice(0, scans.CONTEXT)
    assert scans.context(999, 1000) == slice(1000 - scans.CONTEXT, 1000)
    assert scans.context(10, 30) == slice(0, 30)
