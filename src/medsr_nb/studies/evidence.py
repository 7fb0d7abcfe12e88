"""What a verdict on a claim of the paper stands on: numbers from recorded runs.

A verdict is a judgement in words (``claims.py``). Every number behind it is read from a file in
``results/``, and each evidence says within which bounds the verdict stands: where a run is
recorded anew and says otherwise, ``verdicts`` raises, and the claim has to be judged anew.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..machine import UserError
from .results import recorded, troubled_epochs

HOLDS, PARTLY, REFUTED, UNTESTED = "holds", "partly", "refuted", "not testable here"
VERDICTS = (HOLDS, PARTLY, REFUTED, UNTESTED)
ABOVE, BELOW = (0.0, math.inf), (-math.inf, 0.0)


@dataclass(frozen=True)
class Evidence:
    """One number behind a verdict.

    ``value`` takes it from the run ``results/<run>.json``: a number, or [mean, low, high] with
    a 95 % interval. The verdict stands while all of it lies within ``bounds``.
    """

    what: str
    run: str
    value: Callable
    unit: str
    bounds: tuple[float, float]


@dataclass(frozen=True)
class Claim:
    """What the paper says in ``section``, our verdict, and why."""

    text: str
    section: str
    verdict: str
    why: str
    evidence: tuple[Evidence, ...]


def score(kind, method, what):
    """A function that finds [mean, low, high] of a method's score on one kind of image."""
    return lambda run: run["scores"][kind][method][what]


def epoch_seconds(images):
    """A function: the median seconds of an epoch, scaled to so many training images."""

    def value(run):
        seconds = run["history"]["seconds"][1:]  # the first compiles
        return float(np.median(seconds)) * images / run["data"]["train"]["images"]

    return value


def discriminator_right(run):
    """The share of real and generated images that it told apart in the last epoch."""
    history = run["history"]
    return (history["real_accuracy"][-1] + history["fake_accuracy"][-1]) / 2


def troubled_count(history):
    """In how many epochs the output for validation images was black or constant."""
    return 0 if (epochs := troubled_epochs(history)) == "none" else epochs.count(",") + 1


def share_of_seeds(suspect, *outcomes):
    """A function: the share of a suspect's runs in the collapse study that ended so."""
    return lambda run: float(np.mean([one["outcome"] in outcomes for one in run["runs"][suspect]]))


def generated_known(suspect):
    """A function: the share of generated images that the discriminator knew at the end."""
    return lambda run: float(np.mean([one["fake_accuracy"][-1] for one in run["runs"][suspect]]))


def given_gain(run, kind, network):
    """What a network gains over bicubic in dB, from scores that were given without intervals."""
    rows = run["scores"][kind]
    return rows[network]["psnr"] - rows["bicubic"]["psnr"]


def learned_by_heart(row):
    """A network's gain over bicubic (dB) on training images less that on validation images."""
    return row["training_gain"][0] - row["validation_gain"][0]


def settled(value):
    """[mean, low, high], or a number, with four digits."""
    return [round(float(one), 4) for one in np.atleast_1d(value)]


def verdicts(claims):
    """The claims as plain JSON values, numbers filled in, in the paper's order.

    Raises UserError where a number lies outside the bounds within which its verdict stands.
    """
    return [
        {
            "number": number,
            "claim": claim.text,
            "section": claim.section,
            "verdict": claim.verdict,
            "why": claim.why,
            "evidence": [found(number, one) for one in claim.evidence],
        }
        for number, claim in enumerate(claims, start=1)
    ]


def found(number, evidence):
    """One evidence with its number, data and hardware. Raises UserError as ``verdicts``."""
    run = recorded(evidence.run)
    value = settled(evidence.value(run))
    low, high = evidence.bounds
    if not low <= min(value) <= max(value) <= high:
        raise UserError(
            f"claim {number}: {evidence.what} is {value}, and the verdict stands from {low} to "
            f"{high}. Judge the claim anew, in studies/claims.py."
        )
    return {
        "what": evidence.what,
        "value": value,
        "unit": evidence.unit,
        "file": f"results/{evidence.run}.json",
        "data": run["data"]["name"] if "data" in run else run["protocol"],
        "hardware": run.get("hardware", run.get("origin")),
    }


def text(evidence):
    """A number of ``found`` as a reader wants it: with its interval, sign and unit."""
    forms = {"dB": "{:+.2f}", "%": "{:.0%}", "s": "{:,.0f}", "of 255": "{:+.1f}"}
    form = forms.get(evidence["unit"], "{:.3g}")
    mean, *interval = (form.format(one) for one in evidence["value"])
    shown = f"{mean} [{', '.join(interval)}]" if interval else mean
    return shown if evidence["unit"] == "%" else f"{shown} {evidence['unit']}".rstrip()


def verdict_table(judged):
    """The verdicts as a Markdown table, each with the first of its numbers."""
    lines = [
        "| | the paper's claim | verdict | number, 95 % interval | from |",
        "|---|---|---|---|---|",
    ]
    for one in judged:
        first = one["evidence"][0]
        lines.append(
            f"| {one['number']} | {one['claim']} | {one['verdict']} "
            f"| {first['what']}: {text(first)} | `{first['file']}` |"
        )
    return "\n".join(lines)


def reasons(judged):
    """The verdicts as Markdown paragraphs: why, and every number with data and hardware."""
    parts = []
    for one in judged:
        parts.append(
            f'**{one["number"]}. "{one["claim"]}"** (section {one["section"]}): '
            f"**{one['verdict']}.** {one['why']}\n"
        )
        parts += [
            f"* {number['what']}: {text(number)} (`{number['file']}`; {number['data']}; "
            f"{number['hardware']})"
            for number in one["evidence"]
        ]
        parts.append("")
    return "\n".join(parts)
