"""A verdict stands while its numbers do, and no longer."""

import math

import pytest

from medsr_nb.machine.paths import UserError
from medsr_nb.studies import evidence, results

RUN = {
    "data": {"name": "drawn", "train": {"images": 50}},
    "hardware": "a machine",
    "scores": {"MRI": {"net": {"psnr_gain": [1.5, 1.25, 1.75]}}},
    "history": {
        "seconds": [9.0, 2.0, 3.0, 4.0],
        "real_accuracy": [0.5, 0.75],
        "fake_accuracy": [0.5, 0.25],
        "val_brightness": [80.0, 0.0, 79.0, 80.0],
        "val_target_brightness": [80.0] * 4,
        "val_contrast": [50.0, 50.0, 0.0, 50.0],
    },
}


@pytest.fixture(autouse=True)
def runs(monkeypatch):
    monkeypatch.setattr(evidence, "recorded", {"run": RUN}.__getitem__)


def claim(bounds, unit="dB"):
    gain = evidence.score("MRI", "net", "psnr_gain")
    one = evidence.Evidence("gain", "run", gain, unit, bounds)
    return evidence.Claim("it works", "1", evidence.HOLDS, "It does.", (one,))


def test_numbers_come_from_the_run_with_data_and_hardware():
    [judged] = evidence.verdicts([claim(evidence.ABOVE)])
    assert judged["number"] == 1 and judged["verdict"] == "holds"
    [number] = judged["evidence"]
    assert number["value"] == [1.5, 1.25, 1.75] and number["file"] == "results/run.json"
    assert (number["data"], number["hardware"]) == ("drawn", "a machine")
    assert "| 1 | it works | holds | gain: +1.50 [+1.25, +1.75] dB | `results/run.json` |" in (
        evidence.verdict_table([judged])
    )


@pytest.mark.parametrize("bounds", [(1.3, math.inf), (-math.inf, 1.7), evidence.BELOW])
def test_a_number_outside_its_bounds_overthrows_the_verdict(bounds):
    with pytest.raises(UserError, match="claim 1: gain is .*Judge the claim anew"):
        evidence.verdicts([claim(bounds)])


def test_what_is_taken_from_a_history():
    assert evidence.epoch_seconds(100)(RUN) == 6.0  # the median of 2, 3, 4, for twice as many
    assert evidence.discriminator_right(RUN) == 0.5
    row = {"training_gain": [4.0, 3.5, 4.5], "validation_gain": [3.75, 3.0, 4.0]}
    assert evidence.learned_by_heart(row) == 0.25
    rows = {"bicubic": {"psnr": 26.5}, "net": {"psnr": 29.5}}
    assert evidence.given_gain({"scores": {"MRI": rows}}, "MRI", "net") == 3.0
    assert evidence.troubled_count(RUN["history"]) == 2
    assert results.troubled_epochs(RUN["history"]) == "2, 3"


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [([0.975], "%", "98%"), ([1234.5], "s", "1,234 s"), ([-0.8, -1.0, -0.6], "of 255",
      "-0.8 [-1.0, -0.6] of 255")],
)  # fmt: skip
def test_numbers_as_a_reader_wants_them(value, unit, text):
    assert evidence.text({"value": value, "unit": unit}) == text
