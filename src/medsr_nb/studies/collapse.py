"""Why images go black: the paper's prototype with one suspect switched at a time.

The paper's images "turned entirely black" after 20 to 50 epochs (section 4), and it does not say
why. Here its recipe is trained many times on small images, each time with another part changed
(``suspects.py``), with several seeds; what is watched is the brightness of the output and whether
its last activation still passes a gradient. ``python -m medsr_nb.studies.collapse`` records short
runs of many suspects; with ``--long``, runs of 20 of the paper's epochs of those that remain; with
``--paper``, at the paper's size, of what collapses at once, and with ``--faster`` of what does so
there.

Black is -1, where tanh ends. Its slope there, 1 - sr^2, is nothing: a network that is pushed so
far down gets no gradient from any loss, and stays.
"""

import argparse
import json
import sys
import time
from dataclasses import asdict
from itertools import chain

import keras
import numpy as np
from keras import ops

from .. import degradation, presets, training
from ..data import load
from ..machine import UserError, exit_status, markdown_table, named, place, results_dir, runs_dir
from . import results
from .suspects import (
    FASTER,
    LONG,
    PAPER,
    SUSPECTS,
    faster_recipe,
    long_recipe,
    model,
    paper_recipe,
    small_recipe,
)

SEEDS = 3
KEPT = (
    "slope", "real_accuracy", "fake_accuracy", "brightness", "target_brightness", "psnr",
    "val_brightness", "val_target_brightness", "val_contrast", "val_psnr",
    "val_batch_brightness",
)  # fmt: skip
SHOWN = ("val_brightness", "val_target_brightness", "slope", "fake_accuracy", "val_psnr")
BLACK = 0.1  # of the originals' mean brightness: nothing to be seen
FROZEN = 0.01  # of the gradient is all that passes
STUDIES = {
    "collapse": (SUSPECTS, small_recipe),
    "collapse_long": (LONG, long_recipe),
    "collapse_paper": (PAPER, paper_recipe),
    "collapse_faster": (FASTER, faster_recipe),
}


class BatchBrightness(keras.callbacks.Callback):
    """``val_batch_brightness``: validation images enlarged with the statistics of their own batch.

    Those are what training uses. ``val_brightness`` is of the same images enlarged with the moving
    averages, which ``predict`` uses; where the two differ, the averages lag behind. ``indices``
    (n,) are into the model's images.
    """

    def __init__(self, indices):
        super().__init__()
        self.indices = indices

    def on_epoch_end(self, epoch, logs=None):
        hr, labels = self.model.images(self.indices)
        lr = degradation.reduced(hr, self.model.factor)
        with keras.StatelessScope():  # the moving averages stay as they are
            sr = self.model.generator(lr, training=True)
        logs["val_batch_brightness"] = float(ops.mean(127.5 * (ops.cast(sr, "float32") + 1.0)))


def run(suspect, chosen, parts):
    """{figure: one value an epoch}: a suspect trained, and judged on validation images."""
    built = model(suspect, chosen, training.held(parts))
    count, size = len(parts.train), training.batch_size(chosen, parts)
    validation = count + np.arange(len(parts.validation))
    history = built.fit(
        training.Batches(np.arange(count), size, seed=chosen.seed),
        validation_data=training.Batches(validation, size),
        epochs=chosen.epochs,
        callbacks=[BatchBrightness(validation)],
        verbose=0,
    ).history
    return kept_figures(history)


def cell(name, chosen, parts, *callbacks):
    """``run`` of the suspect of that name, for a notebook: ``training.train_cell`` keeps it.

    ``callbacks`` are Keras's. There is no figure where it was stopped in its first epoch.
    """
    built = model(SUSPECTS[name], chosen, training.held(parts))
    validation = len(parts.train) + np.arange(len(parts.validation))
    watch = BatchBrightness(validation)
    return kept_figures(training.train_cell(built, chosen, parts, watch, *callbacks, variant=name))


def kept_figures(history):
    """The figures of a training that the study keeps, rounded.

    None stands for what is not a number, which JSON does not know.
    """
    return {
        name: [round(float(one), 4) if np.isfinite(one) else None for one in history[name]]
        for name in KEPT
        if name in history
    }


def outcome(history):
    """What became of a run, in words: "broken" (NaN), "black", "frozen" (no gradient passes the
    output any more, whatever it shows), "flat", "dark" or "alive".
    """
    bright, target = history["val_brightness"][-1], history["val_target_brightness"][-1]
    if bright is None:
        return "broken"
    if bright < BLACK * target:
        return "black"
    if history["slope"][-1] < FROZEN:
        return "frozen"
    if history["val_contrast"][-1] < 1.0:
        return "flat"
    return "dark" if bright < 0.75 * target else "alive"


def study(suspects, recipe_of, work, seeds=SEEDS, data="sample"):
    """All suspects ``{name: Suspect}`` with all seeds, as plain values for ``results/``.

    ``recipe_of`` gives the recipe of a seed. ``work`` is a folder (Path) that keeps each finished
    run, so that the same call goes on after an interruption. Raises UserError where it holds a run
    that was asked for otherwise.
    """
    pictures = load(data, recipe_of(0).hr_size)
    runs = {name: [] for name in suspects}
    for seed in range(seeds):
        chosen = recipe_of(seed)
        parts = training.split(chosen, pictures)
        for name, suspect in suspects.items():
            runs[name].append(kept_run(name, suspect, chosen, parts, work))
            print(f"seed {seed}  {name}: {runs[name][-1]['outcome']}", flush=True)
    return {
        "recipe": recipe_of(0).to_dict(),
        "seeds": seeds,
        "data": results.data_note(parts),
        "hardware": "; ".join(
            dict.fromkeys(run.get("hardware", "not noted") for run in chain(*runs.values()))
        ),
        "seconds": round(sum(run["seconds"] for run in chain(*runs.values()))),
        "runs": runs,
    }


def kept_run(name, suspect, chosen, parts, work):
    """One run with its outcome, seconds and hardware, read from ``work`` where it is finished."""
    asked = {
        "suspect": {what: str(value) for what, value in asdict(suspect).items()},
        "recipe": chosen.to_dict(),
        "images": parts.train.fingerprint,
    }
    path = work / f"{name} {chosen.seed}.json"
    if path.exists():
        kept = json.loads(path.read_text("utf-8"))
        kept["asked"]["recipe"] = presets.completed(kept["asked"]["recipe"], asked["recipe"])
        if kept["asked"] != asked:
            raise UserError(f"{path} is a run with other settings: choose another --work.")
        return kept["run"]
    began = time.perf_counter()
    history = run(suspect, chosen, parts)
    keras.utils.clear_session()
    found = history | {
        "outcome": outcome(history), "seconds": round(time.perf_counter() - began, 1),
        "hardware": results.hardware(),
    }  # fmt: skip
    results.write(path, {"asked": asked, "run": found})
    return found


def collapse_table(found):
    """A study as a Markdown table: what became of each seed, and how the last epoch ended."""
    rows = []
    for name, runs in found["runs"].items():
        last = {what: np.array([run[what][-1] for run in runs], float).mean() for what in SHOWN}
        rows.append(
            (
                name,
                ", ".join(run["outcome"] for run in runs),
                f"{last['val_brightness'] / last['val_target_brightness']:.0%}",
                f"{last['slope']:.2f}",
                f"{last['fake_accuracy']:.0%}",
                f"{last['val_psnr']:.1f} dB",
            )
        )
    head = ("change", "what became of it, seed by seed", "brightness, share of the target's",
            "slope of tanh", "discriminator right on generated", "PSNR")  # fmt: skip
    return markdown_table(head, rows)


def main():
    """Records one of the studies in ``results/``."""
    parser = argparse.ArgumentParser(description="Train the prototype until it goes black.")
    parser.set_defaults(name="collapse")
    lengths = parser.add_mutually_exclusive_group()
    for flag, text in (
        ("long", "20 epochs of the paper, 9 suspects"),
        ("paper", "the paper's size and images, 3 epochs, 1 suspect"),
        ("faster", "the same at a hundredfold rate, 1 epoch, 3 suspects"),
    ):
        lengths.add_argument(
            f"--{flag}", dest="name", action="store_const", const=f"collapse_{flag}", help=text
        )
    parser.add_argument("--data", type=named, default="sample", help="sample, kaggle or a folder")
    parser.add_argument("--work", type=place, help="default: collapse below MEDSR_RUNS, or runs")
    chosen = parser.parse_args()
    work = chosen.work or runs_dir() / chosen.name
    found = study(*STUDIES[chosen.name], data=chosen.data, work=work)
    results.write(results_dir() / f"{chosen.name}.json", found)
    print(collapse_table(found))


if __name__ == "__main__":
    sys.exit(exit_status(main))
