"""The first rule that the numbers meet gives the verdict; what is missing is named."""

import dataclasses
import math

import pytest

from medsr_nb.studies import evidence, results, verdict_tables
from medsr_nb.studies.evidence import ABOVE, BELOW, HOLDS, OPEN, PARTLY, REFUTED, Rule

RUN = {
    "data": {"name": "drawn", "train": {"images": 50}},
    "hardware": "a machine",
    "scores": {"MRI": {"net": {"psnr_gain": [1.5, 1.25, 1.75]}}},
    "history": {
        "real_accuracy": [0.5, 0.75],
        "fake_accuracy": [0.5, 0.25],
        "val_brightness": [80.0, 0.0, 79.0, 80.0],
        "val_batch_brightness": [80.0, 80.0, 81.5, 79.0],
        "val_target_brightness": [80.0] * 4,
        "val_contrast": [50.0, 50.0, 0.0, 50.0],
        "val_psnr": [20.0, 21.0, 22.0, 24.0],
    },
}
RECORDED = {"run": RUN, "small": RUN | {"hardware": "a small machine"}}


@pytest.fixture(autouse=True)
def runs(monkeypatch):
    monkeypatch.setattr(evidence, "recorded", RECORDED.__getitem__)
    monkeypatch.setattr(evidence, "exists", RECORDED.__contains__)


GAIN = evidence.Evidence("gain", "run", evidence.score("MRI", "net", "psnr_gain"), "dB")
MISSING = dataclasses.replace(GAIN, what="another", runs="other")


def judge(*rules, **numbers):
    claim = evidence.Claim("it works", "1", numbers or {"gain": GAIN}, rules)
    return evidence.judged(1, claim)


def test_numbers_come_from_the_run_with_data_and_hardware():
    one = judge(Rule(HOLDS, {"gain": ABOVE}, "It does."), Rule(REFUTED, {}, "It does not."))
    assert (one["verdict"], one["why"]) == ("holds", "It does.")
    [number] = one["evidence"]
    assert number["value"] == [1.5, 1.25, 1.75] and number["file"] == "results/run.json"
    assert (number["data"], number["hardware"]) == ("drawn", "a machine")
    assert "| 1 | it works | holds | gain: +1.50 [+1.25, +1.75] dB | `results/run.json` |" in (
        verdict_tables.verdict_table([one])
    )
    assert "**holds.** It does." in verdict_tables.reasons([one])


@pytest.mark.parametrize(
    ("bounds", "verdict"),
    [(ABOVE, HOLDS), ((1.25, 1.75), HOLDS), ((1.3, math.inf), REFUTED),
     ((-math.inf, 1.7), REFUTED), (BELOW, REFUTED)],
)  # fmt: skip
def test_the_whole_interval_has_to_lie_within(bounds, verdict):
    assert judge(Rule(HOLDS, {"gain": bounds}, ""), Rule(REFUTED, {}, ""))["verdict"] == verdict


def test_the_first_rule_that_is_met_counts():
    rules = Rule(HOLDS, {"gain": (2.0, 3.0)}, ""), Rule(PARTLY, {"gain": ABOVE}, "")
    assert judge(*rules, Rule(HOLDS, {"gain": ABOVE}, ""))["verdict"] == PARTLY


def test_without_a_run_a_claim_is_open_unless_another_number_decides():
    both = {"gain": GAIN, "missing": MISSING}
    rules = Rule(HOLDS, {"gain": ABOVE, "missing": ABOVE}, ""), Rule(REFUTED, {}, "")
    one = judge(*rules, **both)
    assert one["verdict"] == OPEN
    assert one["evidence"][1]["value"] is None and "another: not recorded yet" in (
        verdict_tables.reasons([one])
    )
    rules = Rule(HOLDS, {"gain": BELOW, "missing": ABOVE}, ""), Rule(REFUTED, {}, "")
    assert judge(*rules, **both)["verdict"] == REFUTED
    nothing = judge(Rule(HOLDS, {"gain": ABOVE}, ""), gain=MISSING)
    assert "| 1 | it works | open | no run yet |  |" in verdict_tables.verdict_table([nothing])


def test_a_number_that_no_rule_asks_for_may_be_missing():
    assert judge(Rule(HOLDS, {"gain": ABOVE}, ""), gain=GAIN, more=MISSING)["verdict"] == HOLDS


def test_a_number_of_two_runs_names_both_and_needs_both():
    def both(*given):
        return len(given)

    two = dataclasses.replace(GAIN, runs="run small", value=both)
    assert evidence.found(two)["value"] == [2.0]
    assert evidence.found(two)["file"] == "results/run.json + results/small.json"
    assert evidence.found(two)["hardware"] == "a machine; a small machine"
    again = dataclasses.replace(two, runs="run run")
    assert evidence.found(again)["hardware"] == "a machine"
    assert evidence.found(dataclasses.replace(two, runs="run other"))["value"] is None
    table = verdict_tables.verdict_table([judge(Rule(HOLDS, {"gain": ABOVE}, ""), gain=two)])
    assert "`results/run.json`, `results/small.json`" in table


@pytest.mark.parametrize(
    ("verdict", "unit", "shown"),
    [
        (PARTLY, "dB", "gain: +1.50 [+1.25, +1.75] dB; less: +1.50 [+1.25, +1.75] dB"),
        (PARTLY, "of 255", "gain: +1.50 [+1.25, +1.75] dB"),
        (HOLDS, "dB", "gain: +1.50 [+1.25, +1.75] dB"),
    ],
)
def test_what_holds_in_part_shows_the_next_number_of_its_unit_too(verdict, unit, shown):
    less = dataclasses.replace(GAIN, what="less", unit=unit)
    one = judge(Rule(verdict, {}, ""), gain=GAIN, missing=MISSING, less=less, more=less)
    assert f"| {shown} | `results/run.json` |" in verdict_tables.verdict_table([one])


def test_the_thresholds_stand_in_a_table():
    claim = evidence.Claim("it works", "1", {"gain": GAIN}, (
        Rule(HOLDS, {"gain": (1.0, math.inf)}, ""), Rule(PARTLY, {"gain": (0.0, 1.0)}, ""),
        Rule(PARTLY, {"gain": BELOW}, ""), Rule(REFUTED, {}, ""),
    ))  # fmt: skip
    assert verdict_tables.threshold_table([claim]).splitlines()[2:] == [
        "| 1 | holds | gain: at least +1.00 dB | `run` |",
        "| 1 | partly | gain: from +0.00 dB to +1.00 dB | `run` |",
        "| 1 | partly | gain: at most +0.00 dB | `run` |",
        "| 1 | refuted | otherwise |  |",
    ]


def test_what_is_taken_from_a_run():
    assert evidence.discriminator_right(RUN) == 0.5
    rising = {"real_accuracy": [0.5] * 10 + [1.0] * 10, "fake_accuracy": [0.0] * 10 + [0.5] * 10}
    assert evidence.right_in_ten(last=False)({"history": rising}) == 0.25
    assert evidence.right_in_ten(last=True)({"history": rising}) == 0.75
    assert evidence.troubled_count(RUN) == 2
    assert results.troubled_epochs(RUN["history"]) == "2, 3"
    assert evidence.late_rise(RUN, epochs=2, apart=2) == 2.5
    rising = {"history": {"val_psnr": [1.0, 2.0, 4.0, 8.0]}}
    assert evidence.late_rise(rising, epochs=1, apart=3) == 7.0
    assert evidence.lag(RUN, first=2) == 2.5 and evidence.lag(RUN, first=0) == 80.0
    seeds = {
        "runs": {"a": [{"outcome": "black"}, {"outcome": "alive"}], "b": [{"outcome": "dark"}]}
    }
    assert evidence.worst_share("black")(seeds) == 0.5
    gains = {"none": 0.0, "bicubic": 9.0, "flips": -0.1, "crops": 0.2}
    rows = {name: {"psnr_gain": [one] * 3} for name, one in gains.items()}
    assert evidence.best_gain({"scores": {"all": rows}}) == [0.2] * 3


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [([0.975], "%", "98%"), ([1234.5], "s", "1,234 s"), ([-0.8, -1.0, -0.6], "of 255",
      "-0.8 [-1.0, -0.6] of 255"), ([0.5, 0.25, 0.75], "%", "50% [25%, 75%]"),
     ([9.66], "times", "9.7 times"), (None, "dB", "not recorded yet")],
)  # fmt: skip
def test_numbers_as_a_reader_wants_them(value, unit, text):
    assert verdict_tables.text({"value": value, "unit": unit}) == text


def test_the_figure_has_a_heading_for_each_claim_and_the_bounds_that_were_met():
    refuted, holds = Rule(REFUTED, {"gain": BELOW}, "No."), Rule(HOLDS, {"gain": ABOVE}, "Yes.")
    claim = evidence.Claim("it works", "1", {"gain": GAIN, "other": MISSING}, (refuted, holds))
    heading, number = verdict_tables.figure_rows([evidence.judged(1, claim)], [claim])
    assert heading[0] == "1 it works" and heading[1] is None and heading[-1] == "holds"
    assert number == ("gain", 1.5, 1.25, 1.75, ABOVE, "dB", "holds")


def test_the_least_and_the_most_of_the_seeds_are_of_their_last_epoch():
    ends = [(0.9, 0.5), (0.4, 0.6)]
    runs = [{"judge_real": [0.0, real], "judge_fake": [1.0, fake]} for real, fake in ends]
    run = {"runs": {"some": runs, "other": []}}
    assert evidence.seed_right("some", max)(run) == pytest.approx(0.7)
    assert evidence.seed_right("some", min)(run) == pytest.approx(0.5)
