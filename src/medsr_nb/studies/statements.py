"""What else the paper says, judged as its claims are, and where it contradicts itself.

``python -m medsr_nb.studies.statements`` writes ``results/statements.json``.
"""

import math

import numpy as np

from ..machine import markdown_table, results_dir
from .claims import NOT_A_TENTH
from .evidence import (
    HOLDS,
    PARTLY,
    REFUTED,
    Claim,
    Evidence,
    Rule,
    verdicts,
)
from .results import write
from .verdict_tables import verdict_table

MARKS = "ABCDE"  # in place of numbers, which the claims have
INFINITE = math.inf
A_TENTH = (0.1, INFINITE)  # dB
WIDTHS = "paper_size_w64_e50 paper_size_w32_e50"
NARROW = "paper_size_w32_e50 paper_size_w16_e100"

CONTRADICTIONS = (
    (
        "Fashion-MNIST",
        "section 2.2: the baseline could largely reconstruct MNIST and Fashion-MNIST",
        "section 3.1: on Fashion-MNIST the results were not as expected, the model could not "
        "generate the images well",
    ),
    (
        "the architecture of reference",
        "section 1.1.1: ESRGAN was taken as reference",
        "section 2.1: no paper made Real-ESRGAN's or ESRGAN's architecture clear, SRGAN's did, and "
        "its code was used; sections 1, 2.2 and 3.2 say SRGAN as well",
    ),
    (
        "radiation",
        "section 1: super-resolution of magnetic resonance images spares the patient radiation",
        "magnetic resonance imaging uses none; of the paper's two data sets it is true of X-rays",
    ),
)


def times_as_much(*keys):
    """A function: Real-ESRGAN's operations over those of another network."""
    where, other = keys
    return lambda run: run[where]["Real-ESRGAN"] / run[where][other]


def gain_of(run):
    """The mean gain over bicubic of medsr's faithful network, in dB."""
    return run["scores"]["all"]["faithful"]["psnr_gain"][0]


def grey_share(kind):
    """A function: the share of files of a kind whose R, G and B are equal, but for rounding."""

    def value(run):
        counts = run["kinds"][kind]
        return (counts["equal"] + counts["slight"]) / counts["files"]

    return value


def wider(*runs):
    """The prototype's PSNR (dB) on test images at the greater width less that at the smaller."""
    first, second = (run["scores"]["all"]["prototype"]["psnr_gain"][0] for run in runs)
    return first - second


def wider_by_ten(*runs):
    """The same on validation images, by the mean of epochs 41 to 50 of both.

    Between two epochs the score jumps by more than what is asked for.
    """
    first, second = (np.mean(run["history"]["val_psnr"][40:50]) for run in runs)
    return float(first - second)


def psnr_between(after, before):
    """A function: a variant's PSNR in the study of the balance less another's, in dB."""
    return lambda run: run["psnr"][after] - run["psnr"][before]


# fmt: off
STATEMENTS = (
    Claim("Real-ESRGAN needs far more resources", "1.1.1", {
        "picture": Evidence("operations to enlarge a picture, in SRResNet's", "operations",
                            times_as_much("pictures", "SRResNet"), "times"),
        "step": Evidence("operations of a training step, in SRGAN's", "operations",
                         times_as_much("steps", "SRGAN"), "times"),
    }, (
        Rule(HOLDS, {"picture": (3.0, INFINITE), "step": (3.0, INFINITE)},
             "More than the three times that the rule asks for, for a picture and for a step."),
        Rule(REFUTED, {"picture": (0.0, 1.5), "step": (0.0, 1.5)}, "Hardly more."),
        Rule(PARTLY, {}, "More, but not three times as many in both."),
    ), "Its generator is ESRGAN's own: the paper's reason speaks against ESRGAN as well."),
    Claim("the number of images was sufficient", "2.5.1", {
        "more": Evidence("medsr on all images less on the 1957, after as many steps",
                         "medsr medsr_1957_long",
                         lambda *runs: gain_of(runs[0]) - gain_of(runs[1]), "dB"),
        "stopped": Evidence("the same, less the training on the 1957 that ended after 18 passes",
                            "medsr medsr_1957",
                            lambda *runs: gain_of(runs[0]) - gain_of(runs[1]), "dB"),
    }, (
        Rule(REFUTED, {"more": (0.3, INFINITE)},
             "Five times the images gain more than the three tenths of a decibel that the rule "
             "asks for, after as many steps."),
        Rule(HOLDS, {"more": NOT_A_TENTH}, "Five times the images are not worth a tenth."),
        Rule(PARTLY, {}, "Five times the images are worth a little."),
    ), "It is about our own network, not the paper's. On the 1957 the long training learns by "
       "heart; the one that ended early is better."),
    Claim("training in grey may have lost important information", "5", {
        "MRI": Evidence("MRI files without colour", "colours", grey_share("MRI"), "%"),
        "X-ray": Evidence("X-ray files without colour", "colours", grey_share("X-ray"), "%"),
    }, (
        Rule(REFUTED, {"MRI": (0.99, 1.0), "X-ray": (0.99, 1.0)},
             "There is no colour to lose: but for rounding, red, green and blue are the same in at "
             "least 99 of 100 files."),
        Rule(HOLDS, {"MRI": (0.0, 0.5), "X-ray": (0.0, 0.5)}, "Most files hold colour."),
        Rule(PARTLY, {}, "Some files hold colour."),
    )),
    Claim("the number of filters matters", "3.3", {
        "wider": Evidence("the prototype of width 64 less that of width 32, both after 50 epochs, "
                          "test images", WIDTHS, wider, "dB"),
        "ten": Evidence("the same in epochs 41 to 50, validation images", WIDTHS, wider_by_ten,
                        "dB"),
        "narrow": Evidence("width 32 after 50 epochs less width 16 after 100, test images", NARROW,
                           wider, "dB"),
        "narrow ten": Evidence("the same in epochs 41 to 50 of both, validation images", NARROW,
                               wider_by_ten, "dB"),
    }, (
        Rule(HOLDS, {"wider": A_TENTH, "ten": A_TENTH},
             "Twice the filters gain more than the tenth of a decibel that the rule asks for."),
        Rule(REFUTED, {"wider": (-INFINITE, 0.0), "ten": (-INFINITE, 0.0)},
             "Twice the filters gain nothing."),
        Rule(PARTLY, {}, "The two numbers disagree, or are less than the tenth of a decibel that "
             "the rule asks for: with one seed it is not decided."),
    ), "The rule was first about widths 32 and 16, and on test images alone. It then says holds. "
       "The mean of ten epochs was added after those runs, as the score of a single epoch jumps by "
       "more than a tenth; with it the rule says partly. The run with 64 filters came last, and "
       "the rule is now about that. X-rays gain, MRI do not. One seed each."),
    Claim("fewer blocks and more regularisation give better results", "3.3", {
        "both": Evidence("7 blocks with dropout less 16 blocks without", "balance",
                         psnr_between("7 blocks, dropout 0.5", "16 blocks, dropout 0"), "dB"),
        "blocks": Evidence("7 blocks less 16, with dropout", "balance",
                           psnr_between("7 blocks, dropout 0.5", "16 blocks, dropout 0.5"), "dB"),
        "dropout": Evidence("dropout less none, 7 blocks", "balance",
                            psnr_between("7 blocks, dropout 0.5", "7 blocks, dropout 0"), "dB"),
    }, (
        Rule(HOLDS, {"both": A_TENTH},
             "Both together gain more than the tenth of a decibel that the rule asks for."),
        Rule(REFUTED, {"both": (-INFINITE, 0.0)}, "Together they make the results no better."),
        Rule(PARTLY, {}, "They make the results better by less than a tenth of a decibel."),
    ), "Most of it comes from dropout. That of fewer blocks is within the scatter of the seeds."),
)
# fmt: on


def contradictions_table():
    """Where the paper contradicts itself, as a Markdown table."""
    return markdown_table(("on", "it says", "and"), CONTRADICTIONS)


if __name__ == "__main__":
    judged = verdicts(STATEMENTS, MARKS)
    write(results_dir() / "statements.json", judged)
    print(verdict_table(judged))
