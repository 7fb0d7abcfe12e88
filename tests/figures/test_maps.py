"""Figures of guesses, spectra and collapse: what is drawn is what was given."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

from medsr_nb.figures import maps


def test_spectra_are_shares_of_the_originals_power():
    parts = {
        "MRI": {
            "original": {"restored": [4.0, 2.0], "invented": [0.0, 0.0]},
            "sharp": {"restored": [2.0, 0.5], "invented": [1.0, 1.0]},
        }
    }
    [axis] = maps.spectra(parts, "title").axes
    restored, invented, *_ = axis.get_lines()
    np.testing.assert_allclose(restored.get_ydata(), [0.5, 0.25])
    np.testing.assert_allclose(invented.get_ydata(), [0.25, 0.5])
    assert invented.get_linestyle() == "--" and restored.get_color() == invented.get_color()
    assert [text.get_text() for text in axis.get_legend().get_texts()] == ["sharp"]
    assert any("1/6" in text.get_text() for text in axis.texts)


def test_spectra_say_how_fine_an_input_can_be_along_rows_and_in_any_direction():
    """The waves of an input of 50x50 pixels, in cycles per pixel of a result of 150x150."""
    parts = {"MRI": {name: {"restored": [1.0], "invented": [0.0]} for name in ("original", "one")}}
    [axis] = maps.spectra(parts, "title").axes
    held = np.fft.fftfreq(50) / 3
    limits = [np.abs(held).max(), np.hypot(held[:, None], held).max()]
    drawn = [line.get_xdata()[0] for line in axis.get_lines() if len(set(line.get_xdata())) == 1]
    np.testing.assert_allclose(drawn[-2:], limits)
    along, diagonal = axis.texts
    assert along.get_position()[0] == pytest.approx(limits[0])
    assert "not in the input" not in along.get_text()
    assert diagonal.get_position()[0] == pytest.approx(limits[1])
    assert "not in the input" in diagonal.get_text()


def test_reliability_draws_each_network_against_the_diagonal():
    report = {"MRI": {"expected": [1.0, 4.0], "actual": [1.5, 3.5]}}
    [axis] = maps.reliability({"faithful": report}, "title").axes
    line, diagonal = axis.get_lines()
    np.testing.assert_allclose(line.get_xydata(), [[1.0, 1.5], [4.0, 3.5]])
    np.testing.assert_allclose(diagonal.get_xydata(), [[0, 0], [4, 4]])


def test_guesses_and_errors_share_a_scale():
    draw = np.random.default_rng(0)
    image = tuple(draw.uniform(0, top, (9, 9, 1)) for top in (255, 5, 10, 40))
    sheet = maps.trust_maps([image], ["faithful"], "title")
    written = [text.get_text() for text in sheet.texts]
    assert "≥ 40" in written and "faithful: enlarged" in written
    for place, head in enumerate(("what was guessed", "error to expect", "error made"), start=1):
        assert f"{head}: {np.sqrt((image[place] ** 2).mean()):.3g} grey levels RMS" in written
    guess, expected, made = (
        axis.images[0].get_array().astype(int).sum() for axis in sheet.axes[1:4]
    )
    assert guess < expected < made


def test_a_disc_is_ringed_in_the_result_and_in_its_maps():
    image = (np.ones((9, 9, 1)),) * 4
    sheet = maps.trust_maps([image], ["faithful"], "title", disc=(3, 5, 2))
    rings = [axis.patches[-1].get_center() for axis in sheet.axes if axis.patches]
    assert rings == 4 * [(5, 3)]


def test_a_run_that_is_no_longer_a_number_ends_early():
    run = {"val_brightness": [60.0, None], "val_target_brightness": [60.0, 60.0],
           "slope": [0.5, None], "outcome": "broken"}  # fmt: skip
    study = {"runs": {"log": [run]}, "seeds": 1, "data": {"name": "sample"}}
    figure = maps.darkening(study)
    brightness, slope, *_ = figure.axes[0].get_lines()
    np.testing.assert_array_equal(np.isnan(brightness.get_ydata()), [False, True])
    assert to_hex(brightness.get_color()) != to_hex(slope.get_color())
    assert "broken" in figure.axes[0].get_title(loc="left")


def test_a_brightness_beyond_the_scale_is_told():
    run = {"val_brightness": [60.0, 180.0], "val_target_brightness": [60.0, 60.0],
           "slope": [0.5, 0.5], "outcome": "alive"}  # fmt: skip
    figure = maps.darkening({"runs": {"log": [run]}, "seeds": 1, "data": {"name": "sample"}})
    assert "brightness from 1.0 to 3.0" in [text.get_text() for text in figure.axes[0].texts]


@pytest.mark.parametrize("place", [0, 100])
def test_saturation_shows_that_the_slope_is_the_derivative(place):
    pixel, slope = maps.saturation().axes[0].get_lines()
    x, y = pixel.get_data()
    numeric = np.gradient(y, x)[place]
    assert slope.get_ydata()[place] == pytest.approx(numeric, abs=0.01)
