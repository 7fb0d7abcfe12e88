"""The figures of notebook 10 draw the matrices and the recorded shares."""

import numpy as np
import pytest

from medsr_nb import degradation, figures


def lines_of(axis):
    return {line.get_label(): line.get_xydata() for line in axis.get_lines()}


def test_the_weights_are_a_row_of_the_matrix_and_the_edge_is_reduced():
    sheet = figures.reductions()
    weights, edge = (axis for axis in sheet.axes if axis.get_title(loc="left"))
    row = degradation.reducing_matrix(90, 3, "average")[15]
    drawn = lines_of(weights)["average"]
    assert drawn[:, 1].sum() == pytest.approx(1.0) and (drawn[:, 1] > 0).sum() == 3
    np.testing.assert_allclose(drawn[:, 1].max(), row.max())
    np.testing.assert_allclose(np.average(drawn[:, 0], weights=drawn[:, 1]), 0.0, atol=1e-6)
    ringing = lines_of(edge)["k-space"][:, 1]
    assert ringing.max() > 185 and lines_of(edge)["average"][:, 1].max() == pytest.approx(180)


def test_cover_draws_a_line_a_network_and_input():
    deciles = [0.9 + 0.001 * number for number in range(10)]
    kinds = {kind: {"cover": 0.9, "deciles": deciles} for kind in ("", "MRI", "X-ray")}
    sheet = figures.cover({"robust": {"k-space": kinds, "average": kinds}}, "Ranges")
    panels = [axis for axis in sheet.axes if axis.get_title(loc="left")]
    assert [axis.get_title(loc="left") for axis in panels] == ["MRI", "X-ray"]
    np.testing.assert_allclose(lines_of(panels[0])["robust, k-space"][:, 1], deciles)


def test_a_network_has_its_colour_and_an_input_its_marker():
    kinds = {"MRI": {"cover": 0.9, "deciles": [0.9] * 10}}
    found = {"faithful": {"bicubic": kinds, "k-space": kinds}, "robust": {"k-space": kinds}}
    [axis] = [axis for axis in figures.cover(found, "Ranges").axes if axis.get_lines()]
    one, other, robust = axis.get_lines()[:3]
    assert one.get_color() == other.get_color() != robust.get_color()
    assert one.get_marker() != other.get_marker() == robust.get_marker()
