"""Who is stronger, generator or discriminator: blocks and dropout varied (section 3.3).

The paper saw its discriminator win, took dropout into it and blocks out of the generator, and saw
its accuracy fall. A discriminator that judges with its dropout on is wrong more often because of
that alone; so it is asked without as well. ``python -m medsr_nb.studies.balance`` trains the
prototype with 16, 7 and 3 blocks, with dropout 0.5 and without, with three seeds each, on small
images, and writes ``results/balance.json``. The same command goes on after an interruption.
"""

import argparse
import sys
from dataclasses import replace

import keras
import numpy as np

from .. import training
from ..data import load
from ..machine import exit_status, markdown_table, named, place, results_dir, runs_dir
from . import paper_size, results
from .suspects import long_recipe

SEEDS = 3
BLOCKS, DROPOUTS = (16, 7, 3), (0.5, 0.0)
EPOCHS = 5  # as many steps as five of the paper's epochs have
KEPT = (
    "real_accuracy", "fake_accuracy", "judge_real", "judge_fake", "judge_real_dropout",
    "judge_fake_dropout", "val_psnr", "val_brightness", "val_target_brightness",
)  # fmt: skip


def recipe_of(seed, blocks):
    """The prototype at 48x48, narrow, for 610 steps."""
    return replace(long_recipe(seed), epochs=EPOCHS, blocks=blocks)


def title(blocks, dropout):
    """The name of a variant: "7 blocks, dropout 0.5"."""
    return f"{blocks} blocks, dropout {dropout:g}"


def built(chosen, parts, dropout):
    """The compiled prototype of a recipe, the dropout in its discriminator changed."""
    gan = paper_size.built(chosen, parts)
    for layer in gan.discriminator.layers:
        if isinstance(layer, keras.layers.Dropout):
            layer.rate = dropout
    return gan


def run(chosen, parts, dropout, folder):
    """({figure: one value an epoch}, seconds) of one training, kept in ``folder``."""
    keras.utils.clear_session()
    watch = paper_size.Looks(*paper_size.followed(parts), chosen.batch_size)
    history = training.train(built(chosen, parts, dropout), chosen, parts, watch, folder=folder)
    figures = {name: [round(float(one), 4) for one in history[name]] for name in KEPT}
    return figures, sum(history["seconds"])


def last(runs, *names):
    """The mean of some figures over the last epochs of all seeds."""
    return round(float(np.mean([[one[name][-1] for name in names] for one in runs])), 4)


def study(variants, seeds, data, work, recipe_of=recipe_of):
    """The variants, (blocks, dropout), with all seeds as plain values for ``results/``.

    ``right`` is the share of originals and results that the discriminator tells rightly in the
    end as ``predict`` judges, ``right_dropout`` as a training does, ``psnr`` the generator's on
    validation images. Raises UserError where ``work`` holds a run that was asked for otherwise.
    """
    first = recipe_of(0, variants[0][0])
    pictures = load(data, first.hr_size)
    runs, seconds = {title(*variant): [] for variant in variants}, 0.0
    for seed in range(seeds):
        for blocks, dropout in variants:
            chosen, name = recipe_of(seed, blocks), title(blocks, dropout)
            parts = training.split(chosen, pictures)
            print(f"== {name}, seed {seed}", flush=True)
            figures, spent = run(chosen, parts, dropout, work / f"{name} {seed}")
            runs[name].append(figures)
            seconds += spent
    return {
        "recipe": first.to_dict(),
        "seeds": seeds,
        "seconds": round(seconds, 1),
        "data": results.data_note(parts),
        "hardware": results.hardware(),
        "right": {name: last(each, "judge_real", "judge_fake") for name, each in runs.items()},
        "right_dropout": {
            name: last(each, "judge_real_dropout", "judge_fake_dropout")
            for name, each in runs.items()
        },
        "psnr": {name: last(each, "val_psnr") for name, each in runs.items()},
        "runs": runs,
    }


def balance_table(found):
    """A recorded study as Markdown: a row a variant, the mean of its seeds and their range."""
    head = ("", "the discriminator is right, in `predict`", "in training mode",
            "PSNR of the generator")  # fmt: skip
    rows = []
    for name, runs in found["runs"].items():
        # Rounded as verdicts round them, so that both say the same per cent.
        ends = [round((one["judge_real"][-1] + one["judge_fake"][-1]) / 2, 4) for one in runs]
        right = f"{found['right'][name]:.0%} ({min(ends):.0%} to {max(ends):.0%})"
        values = [one["val_psnr"][-1] for one in runs]
        psnr = f"{found['psnr'][name]:.2f} dB ({min(values):.2f} to {max(values):.2f})"
        rows.append((name, right, f"{found['right_dropout'][name]:.0%}", psnr))
    return markdown_table(head, rows)


def main():
    """Records the study in ``results/``."""
    parser = argparse.ArgumentParser(description="Vary the prototype's blocks and dropout.")
    parser.add_argument("--data", type=named, default="kaggle", help="sample, kaggle or a folder")
    parser.add_argument("--work", type=place, help="default: balance below MEDSR_RUNS, or runs")
    asked = parser.parse_args()
    variants = [(blocks, dropout) for blocks in BLOCKS for dropout in DROPOUTS]
    found = study(variants, SEEDS, asked.data, asked.work or runs_dir() / "balance")
    results.write(results_dir() / "balance.json", found)
    for name, share in found["right"].items():
        print(f"{name}: right on {share:.0%}, with its dropout {found['right_dropout'][name]:.0%}")


if __name__ == "__main__":
    sys.exit(exit_status(main))
