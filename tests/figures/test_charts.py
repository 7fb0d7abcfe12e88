"""Charts: every point has its name beside it, in a colour or shape of its own."""

import itertools

import numpy as np
import pytest
from matplotlib.text import Text

from medsr_nb import figures, studies
from medsr_nb.figures import judgements, labels, palette

HISTORY = {
    "seconds": [1, 1], "generator_loss": [0.1, 0.05], "discriminator_loss": [0.7, 0.6],
    "real_accuracy": [0.5, 0.6], "fake_accuracy": [0.5, 0.7], "brightness": [50, 60],
    "target_brightness": [70, 70], "val_brightness": [55, 65], "val_target_brightness": [68, 68],
    "val_psnr": [20.0, 25.0],
}  # fmt: skip


def row(psnr, distance):
    around = [psnr, psnr - 0.1, psnr + 0.1]
    return {"images": 5, "psnr": around, "psnr_gain": around, "perceptual": [distance] * 3}


def test_curves_are_two_by_two_and_each_output_has_its_own_originals():
    sheet = figures.curves(HISTORY, 24.5, "title")
    corners = {tuple(np.round(axis.get_position().p0, 3)) for axis in sheet.axes}
    assert len({x for x, _ in corners}) == len({y for _, y in corners}) == 2
    names = [line.get_label() for line in sheet.axes[2].get_lines()]
    assert names == [
        "originals, training", "output, training", "originals, validation", "output, validation",
    ]  # fmt: skip
    assert any("bicubic: 24.5 dB" in text.get_text() for text in sheet.axes[3].texts)


def test_without_a_discriminator_there_are_no_accuracies():
    history = {name: values for name, values in HISTORY.items() if "accuracy" not in name}
    del history["discriminator_loss"]
    assert len(figures.curves(history, 24.5, "title").axes) == 3


def test_progress_ends_at_the_recorded_gain_and_shows_where_the_discriminator_joins():
    def trained(psnr, gain, **more):
        history = {"val_psnr": psnr, "machine_seconds": [60.0] * 3} | more
        return {"history": history, "validation_gain": [gain, gain - 0.1, gain + 0.1]}

    rows = {
        "plain": trained([30.0, 31.0, 32.0], 2.5),
        "GAN": trained([30.0, 31.0, 29.0], -0.5, real_accuracy=[0.5] * 3, stage=[1.0, 1.0, 2.0]),
    }
    for axis, gains in zip(
        figures.progress(rows, "title").axes, ([0.5, 1.5, 2.5], [0.5, 1.5, -0.5]), strict=True
    ):
        [curve] = [line for line in axis.lines if len(line.get_xdata()) == 3]
        np.testing.assert_allclose(curve.get_xydata(), np.transpose([[1, 2, 3], gains]))
    [joins] = [line for line in axis.lines if line.get_marker() == "|"]
    np.testing.assert_allclose(joins.get_xydata(), [[2, 1.5]])
    assert [text.get_text() for text in axis.texts] == ["GAN"]
    [axis] = figures.progress({"plain": rows["plain"] | {"images_seen": 6000}}, "t", "images").axes
    np.testing.assert_allclose(axis.lines[1].get_xdata(), [2, 4, 6])


def test_each_point_of_the_tradeoff_is_named_beside_it():
    summary = {"MRI": {f"system {n}": row(25 + n, 1 / (1 + n)) for n in range(12)}}
    [axis] = figures.tradeoff(summary, "title").axes
    assert sorted(text.get_text() for text in axis.texts) == sorted(summary["MRI"])
    looks = {
        (line.get_color(), line.get_marker()) for line in axis.lines if len(line.get_xdata()) == 1
    }
    assert len(looks) == 12


def test_a_reference_that_would_press_the_others_together_is_told_in_words():
    others = {"one": row(30.0, 0.3), "two": row(31.0, 0.2)}
    near, far = ({"bicubic": row(psnr, 0.8)} | others for psnr in (29.5, 26.0))
    [axis] = figures.tradeoff({"MRI": near}, "title").axes
    assert "bicubic" in [text.get_text() for text in axis.texts]
    [axis] = figures.tradeoff({"MRI": far}, "title").axes
    written = [text.get_text() for text in axis.texts]
    assert "not shown: bicubic, 26.0 dB, distance 0.80" in written and "bicubic" not in written
    assert axis.get_xlim()[0] > 29


def test_names_do_not_lie_on_each_other():
    sheet = figures.Sheet(600, 400)
    axis = sheet.area(50, 50, 500, 300)
    points = [(0.5 + 0.004 * n, 0.5 + 0.003 * (n % 3)) for n in range(8)]
    labels.label_points(axis, points, [f"method {n}" for n in range(8)], ["k"] * 8)
    sheet.draw_without_rendering()
    boxes = [Text.get_window_extent(text).extents for text in axis.texts]  # without its line
    shared = [labels.overlap(one, other) for one, other in itertools.combinations(boxes, 2)]
    assert max(shared) < 60  # of a name's 600 square pixels


def test_the_first_styles_all_differ():
    assert len({palette.style(number) for number in range(64)}) == 64


def test_every_system_has_a_look_of_its_own_and_no_other_has_it():
    others = [f"other {number}" for number in range(30)]
    looks = palette.styles([*studies.SYSTEMS, "bicubic", "faithful", "sharp", "robust", *others])
    assert len(set(looks.values())) == len(looks)
    few = palette.styles(["other 3", "SRGAN", "other 4"])
    assert few["SRGAN"] == looks["SRGAN"] and len({colour for colour, _ in few.values()}) == 3


def test_a_system_looks_alike_in_all_charts():
    names = ["SwinIR", "ESRGAN", "bicubic", "faithful", "sharp"]
    history = {"val_psnr": [30.0, 31.0], "machine_seconds": [60.0] * 2}
    trained = {"history": history, "validation_gain": [1.0, 0.9, 1.1]}
    judged = trained | {"history": history | {"real_accuracy": [0.5] * 2}}
    power = {"restored": [1.0, 1.0], "invented": [0.0, 0.0]}
    trust = {"MRI": {"expected": [1.0, 4.0], "actual": [1.5, 3.5]}}
    cover = {"MRI": {"deciles": [0.9] * 10}}
    for order in (names, names[::-1]):
        sheets = [
            figures.progress({name: judged if name == "ESRGAN" else trained for name in order}, ""),
            figures.tradeoff({"MRI": {name: row(len(name), 1.0) for name in order}}, ""),
            figures.reliability(dict.fromkeys(order, trust), ""),
            figures.spectra({"MRI": dict.fromkeys(["original", *order], power)}, ""),
            figures.cover({name: {"k-space": cover} for name in order}, ""),
        ]
        for sheet in sheets:
            lines = [line for axis in sheet.axes for line in axis.lines]
            drawn = {line.get_color() for line in lines} - {palette.GREY}
            assert drawn == {palette.SYSTEMS[name][0] for name in names}
        for sheet in sheets[:3]:
            marked = [line for axis in sheet.axes for line in axis.lines]
            looks = {(line.get_color(), line.get_marker()) for line in marked}
            assert looks >= {palette.SYSTEMS[name] for name in names}


def test_gains_say_what_is_more_and_what_may_be_chance_for_so_many_pairs():
    gain = {"none": 0, "more": 1, "less": -1, "near": 0.2}  # the interval of the last leaves out 0
    corrected = {"more": 0.01, "less": 0.05, "near": 0.06}
    differences = [
        {"kind": "MRI", "methods": ["none", name], "corrected": p} for name, p in corrected.items()
    ]
    differences += [{"kind": "X-ray", "methods": ["none", "more"], "corrected": 0.9}]
    summary = {"MRI": {name: row(each, 1) for name, each in gain.items()}}
    [axis] = figures.gains(summary, differences, "title").axes
    colours = [line.get_color() for line in axis.lines if line.get_marker() == "o"]
    assert colours == [palette.BLUE, palette.VERMILION, palette.GREY]
    assert [text.get_text() for text in axis.texts] == ["+1.00", "-1.00", "+0.20"]


def test_a_verdict_has_its_band_its_interval_and_its_words():
    rows = [
        ("1. a claim", None, None, None, None, None, "partly"),
        ("better", 0.34, 0.3, 0.4, (0.1, 0.5), "%", "partly"),
        ("gain", 2.0, 2.0, 2.0, (0.0, np.inf), "dB", "holds"),
    ]
    sheet = figures.verdicts(rows)
    written = [text.get_text() for text in sheet.texts]
    assert "34 [30, 40] %" in written and "2.00 dB" in written and "1. a claim" in written
    ends = [text.get_text() for axis in sheet.axes[:2] for text in axis.texts]
    assert ends == ["10", "50", "0"]


def test_a_number_without_bounds_is_written_and_not_drawn():
    rows = [("seconds", 3.0, 3.0, 3.0, (-np.inf, np.inf), "s", "holds")]
    sheet = figures.verdicts(rows)
    assert "3 s" in [text.get_text() for text in sheet.texts]
    assert len(sheet.axes) == 1  # the legend


def test_a_share_is_rounded_as_in_the_tables():
    rows = [("right", 0.775, 0.775, 0.775, (0.0, 1.0), "%", "holds")]
    written = [text.get_text() for text in figures.verdicts(rows).texts]
    assert f"{0.775:.0%}"[:-1] + " %" in written


@pytest.mark.parametrize("verdict", ["holds", "partly", "refuted", "open"])
def test_every_verdict_has_a_colour(verdict):
    sheet = figures.verdicts([("1. a claim", None, None, None, None, None, verdict)])
    [said] = [text for text in sheet.texts if text.get_text() == verdict]
    assert said.get_color() == judgements.COLOURS[verdict][0]
    legend = [text.get_text() for text in sheet.axes[-1].texts]
    assert (verdict in legend) == (verdict != "open")  # which is never drawn
