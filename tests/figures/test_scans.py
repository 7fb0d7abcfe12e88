"""Scans are shown pixel by pixel, in their own units."""

import numpy as np

from medsr_nb import figures
from medsr_nb.figures import scans


def shown(figure):
    """{title: (its picture, screen pixels a pixel)} of all panels with a picture."""
    found = {}
    width, height = figure.get_size_inches() * figure.dpi
    for axis in figure.axes:
        for image in axis.get_images():
            place, (rows, columns) = axis.get_position(), image.get_array().shape
            times = place.width * width / columns, place.height * height / rows
            assert times[0] == times[1] or abs(times[0] - times[1]) < 1e-6
            found[axis.get_title()] = image.get_array(), round(times[0], 6)
    return found


def test_pixels_are_whole_multiples_and_errors_are_differences():
    original = np.random.default_rng(0).normal(100, 5, (70, 300))
    results = {"bicubic": original + 1.0, "medsr": original - 2.0}
    figure = figures.magnified(original, results, (20, 250, 10), (80, 120), "HU", "A scan")
    found = shown(figure)
    assert found["original, 1 pixel as 1"][0].shape == (70, scans.CONTEXT)
    assert found["original, 1 pixel as 1"][1] == 1 and found["bicubic less original"][1] == 5
    np.testing.assert_array_equal(
        found["bicubic\n1 HU RMS in all"][0], results["bicubic"][20:30, 250:260]
    )
    np.testing.assert_allclose(found["medsr less original"][0], -2.0)


def test_guesses_and_pictures_stand_beside_each_other():
    plane = np.random.default_rng(1).normal(0, 1, (20, 30))
    found = shown(figures.guesses(plane, abs(plane), abs(plane), abs(plane), (-1, 1), "HU", "x"))
    assert {times for _, times in found.values()} == {2} and len(found) == 4
    assert "error to expect (HU)" in found
    found = shown(figures.side_by_side([plane, plane.T], ["a", "b"], [(0, 1)] * 2, "x", times=3))
    assert {times for _, times in found.values()} == {3} and set(found) == {"a", "b"}


def test_the_context_stays_within_the_scan():
    assert scans.context(5, 1000) == slice(0, scans.CONTEXT)
    assert scans.context(999, 1000) == slice(1000 - scans.CONTEXT, 1000)
    assert scans.context(10, 30) == slice(0, 30)
