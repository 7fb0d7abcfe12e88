"""How a claim of the paper is judged: by numbers from recorded runs, and rules fixed beforehand.

A ``Claim`` (``claims.py``) names its numbers and lists rules: which numbers give which verdict, and
what it means. ``verdicts`` reads the numbers from ``results/`` and takes the first rule that they
meet. Where the run that would settle a claim is not recorded, a smaller one may stand in; the
verdict then is "so far", and says which run it awaits. Where there is neither, it is open.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..machine import results_dir
from .results import places, recorded, troubled_epochs

HOLDS, PARTLY, REFUTED, OPEN = "holds", "partly", "refuted", "open"
ABOVE, BELOW = (0.0, math.inf), (-math.inf, 0.0)


@dataclass(frozen=True)
class Evidence:
    """One number behind a verdict.

    ``value`` takes it from what ``runs`` names: a number, or [mean, low, high] with a 95 %
    interval. ``runs`` lists alternatives, the best first, of which the first that is recorded
    counts. Each is the name of a file ``results/<name>.json``, or several with blanks between,
    which ``value`` is given one by one. ``until`` lists those that stand in until then, and
    ``standing_in`` says what their number is, where that differs from ``what``.
    """

    what: str
    runs: tuple[str, ...]
    value: Callable
    unit: str
    until: tuple[str, ...] = ()
    standing_in: str = ""


@dataclass(frozen=True)
class Rule:
    """A verdict, the bounds within which all its numbers have to lie, and what that means.

    ``bounds`` is {name of an evidence: (low, high)}. Of a number with an interval, both ends have
    to lie within. Without bounds it is the verdict where no rule before it was met.
    """

    verdict: str
    bounds: dict[str, tuple[float, float]]
    why: str


@dataclass(frozen=True)
class Claim:
    """What the paper says in ``section``, what is measured, and what decides.

    ``note`` is what a reader has to know of the claim itself, as a contradiction in the paper.
    """

    text: str
    section: str
    evidence: dict[str, Evidence]
    rules: tuple[Rule, ...]
    note: str = ""


# What is taken from a run


def score(kind, method, what):
    """A function that finds [mean, low, high] of a method's score on one kind of image."""
    return lambda run: run["scores"][kind][method][what]


def own_row(run):
    """The gain over bicubic of the network that a run is about: SRResNet, or the prototype."""
    rows = run["scores"]["all"]
    return rows["SRResNet" if "SRResNet" in rows else "prototype"]["psnr_gain"]


def best_gain(run):
    """[mean, low, high] of the row that gains most over the reference, bicubic left aside."""
    reference, *rows = (name for name in run["scores"]["all"] if name != "bicubic")
    return max((run["scores"]["all"][name]["psnr_gain"] for name in rows), key=lambda one: one[0])


def augmentation(name, row):
    """Evidence: what one augmentation gains over none, in a training of 33 passes."""
    return Evidence(
        f"{name}: gain over none",
        ("augmentation_long",),
        score("all", row, "psnr_gain"),
        "dB",
        ("augmentation",),
    )


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


def troubled_count(run):
    """In how many epochs the prototype's output for validation images was black or constant."""
    history = run["history"] if "history" in run else run["rows"]["prototype"]["history"]
    return 0 if (epochs := troubled_epochs(history)) == "none" else epochs.count(",") + 1


def share_of_seeds(suspect, *outcomes):
    """A function: the share of a suspect's runs in the collapse study that ended so."""
    return lambda run: float(np.mean([one["outcome"] in outcomes for one in run["runs"][suspect]]))


def worst_share(*outcomes):
    """A function: the same of the suspect with most such runs."""
    return lambda run: max(share_of_seeds(suspect, *outcomes)(run) for suspect in run["runs"])


def generated_known(suspect):
    """A function: the share of generated images that the discriminator knew at the end."""
    return lambda run: float(np.mean([one["fake_accuracy"][-1] for one in run["runs"][suspect]]))


def seed_right(variant, chosen):
    """A function: how often, without its dropout, a variant's discriminator of the balance study is
    right in the end, of the seed that ``chosen`` takes, min or max.
    """
    return lambda run: chosen(
        (one["judge_real"][-1] + one["judge_fake"][-1]) / 2 for one in run["runs"][variant]
    )


def late_rise(run, epochs=10, apart=10):
    """How much the validation PSNR (dB) of the last epochs lies above that of earlier ones.

    Those are as many, ``apart`` epochs before them.
    """
    values = np.array(run["history"]["val_psnr"])
    earlier = values[-apart - epochs : -apart]
    return float(values[-epochs:].mean() - earlier.mean())


def lag(run, first=5):
    """By how many grey levels the same images were darker by ``predict`` than in training mode, at
    most, after the first epochs.
    """
    batch, predicted = (run["history"][f"val_{one}brightness"] for one in ("batch_", ""))
    return float(np.max(np.array(batch[first:]) - np.array(predicted[first:])))


def srgan_over_iteration1(*runs):
    """How many times as long an epoch of SRGAN takes as one of iteration 1: of one interleaved
    benchmark, or of two trainings.
    """
    if len(runs) == 2:
        srgan, iteration1 = (epoch_seconds(360)(run) for run in runs)
    else:
        rows = {row["network"]: row["adversarial_epoch_seconds"] for row in runs[0]["rows"]}
        srgan, iteration1 = rows["srgan"], rows["iteration1"]
    return srgan / iteration1


def bench_epoch(network):
    """A function: the seconds of a network's adversarial epoch in a benchmark."""
    return lambda run: next(
        row["adversarial_epoch_seconds"] for row in run["rows"] if row["network"] == network
    )


def peak_share(network, card, precision, seconds):
    """A function: the share of what a card can do at most that so many seconds an epoch need."""
    return lambda run: run["epochs"][network]["least_seconds"][card][precision] / seconds


# Judging


def settled(value):
    """[mean, low, high], or a number, with four digits."""
    return [round(float(one), 4) for one in np.atleast_1d(value)]


def exists(runs):
    """Whether all files of an alternative are recorded."""
    return all((results_dir() / f"{name}.json").exists() for name in runs.split())


def found(evidence):
    """An evidence as plain values: its number, and the files, data and hardware that it is from.

    Where no run is recorded, its value is None; ``awaits`` lists what is missing of the run that
    it should be from.
    """
    own = next(filter(exists, evidence.runs), None)
    used = own or next(filter(exists, evidence.until), None)
    row = {"what": evidence.what, "value": None, "unit": evidence.unit}
    if own is None:
        row["awaits"] = [name for name in evidence.runs[0].split() if not exists(name)]
    if used is None:
        return row
    if own is None:
        row["what"] = evidence.standing_in or evidence.what
    runs = [recorded(name) for name in used.split()]
    return row | {
        "value": settled(evidence.value(*runs)),
        "file": " + ".join(f"results/{name}.json" for name in used.split()),
        "data": next((run["data"]["name"] for run in runs if "data" in run), "none"),
        "hardware": places(runs[0]),
    }


def within(row, bounds):
    """Whether a number of ``found`` lies within bounds, ends included; None where it is missing."""
    if row["value"] is None:
        return None
    return bounds[0] <= min(row["value"]) and max(row["value"]) <= bounds[1]


def judged(number, claim):
    """A claim as plain values: the verdict of the first rule that its numbers meet, and why.

    A rule is passed over where one of its numbers lies outside; where none does but one is
    missing, the claim is open.
    """
    numbers = {name: found(one) for name, one in claim.evidence.items()}
    deciding = dict.fromkeys(name for rule in claim.rules for name in rule.bounds)
    verdict, why = OPEN, "The run that decides is not recorded yet."
    for rule in claim.rules:
        met = [within(numbers[name], bounds) for name, bounds in rule.bounds.items()]
        if False in met:
            continue
        if None not in met:
            verdict, why = rule.verdict, rule.why
        break
    awaited = [run for name in deciding for run in numbers[name].get("awaits", ())]
    return {
        "number": number,
        "claim": claim.text,
        "section": claim.section,
        "verdict": verdict,
        "awaits": list(dict.fromkeys(awaited)),
        "why": why,
        "note": claim.note,
        "evidence": list(numbers.values()),
    }


def verdicts(claims, marks=range(1, 14)):
    """The claims as plain JSON values, judged, each with its mark in place of a number."""
    return [judged(mark, claim) for mark, claim in zip(marks, claims, strict=True)]
