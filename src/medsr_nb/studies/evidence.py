"""How a claim of the paper is judged: by numbers from recorded runs, and rules fixed beforehand.

A ``Claim`` (``claims.py``) names its numbers and lists rules: which numbers give which verdict, and
what it means. ``verdicts`` reads the numbers from ``results/`` and takes the first rule that they
meet. Where a run that decides is not recorded, the claim is open.
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
    interval. ``runs`` is the name of a file ``results/<name>.json``, or several with blanks
    between, which ``value`` is given one by one.
    """

    what: str
    runs: str
    value: Callable
    unit: str


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


def best_gain(run):
    """[mean, low, high] of the row that gains most over the reference, bicubic left aside."""
    reference, *rows = (name for name in run["scores"]["all"] if name != "bicubic")
    return max((run["scores"]["all"][name]["psnr_gain"] for name in rows), key=lambda one: one[0])


def augmentation(name, row, run="augmentation_long"):
    """Evidence: what one augmentation gains over none, in a training of 33 passes."""
    return Evidence(f"{name}: gain over none", run, score("all", row, "psnr_gain"), "dB")


def discriminator_right(run):
    """The share of real and generated images that it told apart in the last epoch."""
    history = run["history"]
    return (history["real_accuracy"][-1] + history["fake_accuracy"][-1]) / 2


def right_in_ten(last):
    """A function: the same over the first ten epochs of a run, or over its ``last`` ten."""
    epochs = slice(-10, None) if last else slice(10)
    return lambda run: float(
        np.mean([run["history"][f"{kind}_accuracy"][epochs] for kind in ("real", "fake")])
    )


def troubled_count(run):
    """In how many epochs the prototype's output for validation images was black or constant."""
    epochs = troubled_epochs(run["history"])
    return 0 if epochs == "none" else epochs.count(",") + 1


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


def srgan_over_iteration1(run):
    """How many times as long an epoch of SRGAN takes as one of iteration 1, in a benchmark."""
    return bench_epoch("srgan")(run) / bench_epoch("iteration1")(run)


def bench_epoch(network):
    """A function: the seconds of a network's adversarial epoch in a benchmark."""
    return lambda run: next(
        row["adversarial_epoch_seconds"] for row in run["rows"] if row["network"] == network
    )


def peak_share(network, card, precision, seconds):
    """A function: the share of what a card can do at most that so many seconds an epoch need."""
    return lambda run: run["epochs"][network]["least_seconds"][card][precision] / seconds


# What several claims ask for


def small_images(run, kind):
    """The evidence for claims 1 and 2: the baseline on one kind of image."""

    def of(what, name, unit):
        return Evidence(what, run, score(kind, "baseline", name), unit)

    return {
        "gain": of("gain over bicubic, x4 at 28x28", "psnr_gain", "dB"),
        "better": of("images nearer to the original than bicubic's", "better_than_reference", "%"),
        "ssim": of("SSIM", "ssim", ""),
    }


def epoch_claim(text, section, network, seconds, note, **more):
    """A claim on the time of an epoch, judged by the hardware's limits. ``more`` is only shown."""

    def asked(card, precision):
        return Evidence(
            f"shortest time on a {card} ({precision}), as counted, over the claimed",
            "operations",
            peak_share(network, card, precision, seconds),
            "%",
        )

    return Claim(text, section, {
        "T4": asked("T4", "float32"), "A100": asked("A100", "tensor"),
        "V100": asked("V100", "float32"),
        "here": Evidence("an epoch of 1957 images on two processor cores (float32)",
                         "bench_paper", bench_epoch(network), "s"),
    } | more, (
        Rule(HOLDS, {"T4": (0.0, 0.5)},
             "Even the slowest of the paper's cards can do it: the rule allows half of its limit. "
             "None of the three cards has run it for this series."),
        Rule(REFUTED, {"A100": (1.0, math.inf)},
             "Not even the fastest of the paper's cards could, at its limit."),
        Rule(PARTLY, {}, "The faster of the paper's cards can, the slowest hardly."),
    ), note)  # fmt: skip


def other_peoples(kind):
    """Evidence for claim 10 on one kind of image: a network made sharp, and one made exact."""

    def over_bicubic(what, name):
        return Evidence(
            f"{what}, over bicubic, {kind}",
            "published",
            score(kind, f"{name} x4 -> x3", "psnr_gain"),
            "dB",
        )

    return {
        f"sharp {kind}": over_bicubic("Real-ESRGAN, trained to look sharp", "Real-ESRGAN"),
        f"exact {kind}": over_bicubic("SPAN, trained to be exact", "SPAN"),
    }  # fmt: skip


def sharp_and_exact(sharp, exact):
    """Bounds for both of these networks, on both kinds of image."""
    return {f"sharp {kind}": sharp for kind in ("MRI", "X-ray")} | {
        f"exact {kind}": exact for kind in ("MRI", "X-ray")
    }


# Judging


def settled(value):
    """[mean, low, high], or a number, with four digits."""
    return [round(float(one), 4) for one in np.atleast_1d(value)]


def exists(run):
    """Whether a run is recorded."""
    return (results_dir() / f"{run}.json").exists()


def found(evidence):
    """An evidence as plain values: its number, and the files, data and hardware that it is from.

    Where no run is recorded, its value is None.
    """
    row = {"what": evidence.what, "value": None, "unit": evidence.unit}
    names = evidence.runs.split()
    if not all(map(exists, names)):
        return row
    runs = [recorded(name) for name in names]
    return row | {
        "value": settled(evidence.value(*runs)),
        "file": " + ".join(f"results/{name}.json" for name in names),
        "data": next((run["data"]["name"] for run in runs if "data" in run), "none"),
        "hardware": "; ".join(dict.fromkeys(map(places, runs))),
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
    verdict, why = OPEN, "The run that decides is not recorded yet."
    for rule in claim.rules:
        met = [within(numbers[name], bounds) for name, bounds in rule.bounds.items()]
        if False in met:
            continue
        if None not in met:
            verdict, why = rule.verdict, rule.why
        break
    return {
        "number": number,
        "claim": claim.text,
        "section": claim.section,
        "verdict": verdict,
        "why": why,
        "note": claim.note,
        "evidence": list(numbers.values()),
    }


def verdicts(claims, marks=range(1, 14)):
    """The claims as plain JSON values, judged, each with its mark in place of a number."""
    return [judged(mark, claim) for mark, claim in zip(marks, claims, strict=True)]
