"""A recorded study as text and as a figure: the right row, against the right reference."""

import json

import numpy as np
import pytest
from shared import images

from medsr_nb import scoring
from medsr_nb.figures import charts
from medsr_nb.studies import budget, entries, measures, results, study


def perfect(name, whole):
    """A row whose results are the originals."""
    scores = measures.scores(whole.pixels, whole.pixels, scoring.low_resolution(whole, 3))
    return {"name": name, "scores": scores}


def test_augmentations_are_compared_with_none_and_systems_with_bicubic():
    whole = images(4)
    found = [perfect("flips", whole), perfect("none", whole)]
    comparison = budget.comparison(found, [whole.pixels] * 2, whole)
    assert list(comparison.scores) == ["none", "bicubic", "flips"]
    comparison = budget.comparison([perfect("SRGAN", whole)], [whole.pixels], whole)
    assert list(comparison.scores) == ["bicubic", "SRGAN"]
    assert (comparison.sr["SRGAN"] == whole.pixels).all()


def test_the_scores_of_an_original_are_perfect():
    scores = perfect("original", images(4))["scores"]
    for what, best in {"ssim": 1, "perceptual": 0, "vif": 1, "fine": 1, "brightness": 0}.items():
        np.testing.assert_allclose(scores[what], best, atol=1e-5, err_msg=what)
    # Its reduction was rounded to 8 bit: 1 / sqrt(12), or less where it is black or white.
    assert 0.1 < np.mean(scores["consistency"]) < 0.32


def test_a_number_that_is_not_known_is_null_in_a_file(tmp_path):
    """JSON has no NaN, and an interval of one group has no ends."""
    found = {"gain": (1.5, np.nan, float("inf")), "of": [{"one": np.float64("nan")}], "n": 3}
    results.write(tmp_path / "found.json", found)
    text = (tmp_path / "found.json").read_text()
    assert json.loads(text, parse_constant=pytest.fail) == {
        "gain": [1.5, None, None], "of": [{"one": None}], "n": 3
    }  # fmt: skip


def recorded(summary):
    return {"scores": summary, "rows": {"flips": {"parameters": 1234}}}


def summary():
    plain = {"images": 2, "ssim": [0.9, 0.8, 1.0], "perceptual": [0.1, 0.0, 0.2]}
    plain |= {"vif": [0.5, 0.4, 0.6], "fine": [0.25, 0.2, 0.3], "consistency": [1.5, 1.0, 2.0]}
    gains = {"none": 0.0, "bicubic": -3.0, "flips": 0.25}
    return {
        "MRI": {
            name: plain | {"psnr": [30.0 + gain] * 3, "psnr_gain": [gain, gain - 0.1, gain + 0.2]}
            for name, gain in gains.items()
        }
    }


def test_the_table_names_its_reference_and_shows_its_psnr():
    lines = study.study_table(recorded(summary())).splitlines()
    assert "MRI: gain over none" in lines[0]
    assert lines[2] == "| none | - | (30.00 dB) | 0.900 | 0.100 |"
    assert lines[4] == "| flips | 1,234 | +0.25 [+0.15, +0.45] dB | 0.900 | 0.100 |"


def test_tables_tell_the_groups_where_they_were_counted():
    counted = summary()
    for row in counted["MRI"].values():
        row["groups"] = 1
    study_of = recorded(counted) | {
        "differences": [{"kind": "MRI", "methods": ("a", "b"), "mean": 0.1, "corrected": 0.01}]
    }
    for table in (study.study_table, study.qualities, study.undecided):
        assert "MRI (2 images, 1 groups)" in table(study_of)
        assert "groups" not in table(study_of | {"scores": summary()})


def test_the_table_of_qualities_has_a_column_a_score():
    lines = study.qualities(recorded(summary())).splitlines()
    assert lines[0].startswith("| MRI | MRI: perceptual") and lines[0].count("MRI: ") == 4
    assert lines[2] == "| none | 0.100 | 0.500 | 25% | 1.50 |"


def test_a_number_of_blocks_that_is_not_set_is_the_papers():
    def row(blocks):
        gains = {"training_gain": [1.0, 0.9, 1.1], "validation_gain": [1.0, 0.9, 1.1]}
        cost = {"parameters": 1, "images_seen": 1, "machine_seconds": 60.0, "ms_an_image": 1.0}
        return gains | cost | {"peak_mib": 1, "recipe": {"width": 12, "blocks": blocks}}

    lines = study.costs({"rows": {"prototype": row(0), "SRResNet": row(8)}}).splitlines()
    assert "12, as in the paper |" in lines[2] and "12, 8 |" in lines[3]


def test_the_figure_of_gains_leaves_out_what_they_are_measured_from():
    [axis] = charts.gains(summary(), [], "drawn").axes
    assert [label.get_text() for label in axis.get_yticklabels()] == ["flips"]
    assert "none" in axis.get_xlabel() and "2 images" in axis.get_title(loc="left")
    _, interval, point = axis.lines  # the first stands at zero
    low, high = interval.get_xdata()
    assert point.get_xdata()[0] == 0.25 and point.get_ydata()[0] == 0
    assert (low, high) == pytest.approx((0.15, 0.45))


def test_the_images_scored_elsewhere_are_those_of_all_systems(monkeypatch):
    monkeypatch.setattr(study.data, "load", lambda *given: given, raising=False)
    monkeypatch.setattr(study.training, "split", lambda *given: given, raising=False)
    recipe, loaded = study.scored_split("kaggle")
    assert recipe == entries.recipe_of("systems", "SRResNet", train_images=1957, test_images=200)
    assert loaded == ("kaggle", 150)
