"""What every system computes, as a table of numbers and checksums: to compare two versions.

    python tests/fingerprints.py OUT.json

On one machine, two versions of the code that compute the same give the same file. It holds, for
every system at the sample's widths, the losses of 20 training steps and a checksum of the weights
after them; a checksum of every score; and a checksum of what each shipped network makes of slices
of the sample.
"""

import hashlib
import json
import sys
from dataclasses import replace

import keras
import numpy as np

try:
    from medsr_nb import data, losses, presets, scoring, studies, training

    build, split, held_batches = training.build, training.split, training.Batches
    load, load_small = data.load, data.load_small
    compare, metrics, fidelity, spectrum, trust = (scoring,) * 5
    distances, network = losses.distances, studies.network
    upper_half_ratio = scoring.upper_half_ratio
except ImportError:  # the layout before there were rooms
    from medsr_nb import (
        compare,
        experiments,
        fidelity,
        images,
        metrics,
        perceptual,
        presets,
        spectrum,
        steps,
        study,
        trust,
    )  # fmt: skip

    build, split, held_batches = experiments.build, experiments.split, steps.Batches
    load, load_small = images.load, images.load_small
    distances, network = perceptual.distances, study.network

STEPS = 20


def checksum(*arrays):
    """16 hexadecimal digits that change with any bit of the arrays."""
    digest = hashlib.sha256()
    for one in arrays:
        digest.update(np.ascontiguousarray(one))
    return digest.hexdigest()[:16]


class Losses(keras.callbacks.Callback):
    """The objective after each step, as Keras reports it: the running mean."""

    def __init__(self):
        super().__init__()
        self.values = []

    def on_train_batch_end(self, batch, logs=None):
        self.values.append({name: float(value) for name, value in logs.items()})


def trained(system):
    """Losses of 20 steps and a checksum of the weights after them."""
    chosen = replace(presets.recipe(system), train_images=16, test_images=8, batch_size=2)
    if chosen.perceptual:  # VGG19 would have to be downloaded
        chosen = replace(chosen, perceptual="labels")
    pictures = load_small() if system == "baseline" else load(size=chosen.hr_size)
    model = build(chosen, split(chosen, pictures), "float32")
    watcher = Losses()
    batches = held_batches(np.resize(np.arange(16), 2 * STEPS), 2, seed=0)
    model.fit(batches, verbose=0, callbacks=[watcher])
    keras.utils.clear_session()
    return {"losses": watcher.values, "weights": checksum(*model.generator.get_weights())}


def scored():
    """A checksum of each score of bicubic on slices of the sample."""
    pictures = load(size=150).take(np.arange(0, 60, 6))
    lr = compare.low_resolution(pictures, 3)
    hr, sr = pictures.pixels, compare.bicubic(3)(lr)
    groups = pictures.groups
    values = {
        "psnr": metrics.psnr(hr, sr),
        "ssim": metrics.ssim(hr, sr),
        "vif": fidelity.vif(hr, sr),
        "consistency": fidelity.consistency_error(lr, sr, 3),
        "fine": upper_half_ratio(hr, sr) if "scoring" in globals()
        else spectrum.upper_half_ratio(hr, sr),
        "perceptual": distances(hr, sr),
        "guess": trust.strength(trust.guessed(sr, 3)),
        "interval": np.array(metrics.interval(metrics.psnr(hr, sr), groups)),
    }  # fmt: skip
    return {name: [checksum(each), float(np.mean(each))] for name, each in values.items()}


def shipped():
    """A checksum of what each network of the package makes of four slices."""
    lr = compare.low_resolution(load(size=150).take(np.arange(0, 60, 15)), 3)
    found = {}
    for file in ("systems", "medsr", "medsr_1957"):
        rows = json.loads((studies_dir() / f"{file}.json").read_text())["rows"]
        for name in rows:
            if not (studies_dir() / file / f"{name}.npz").exists():
                continue
            one = network(file, name)
            labels = np.zeros(len(lr), "int32") if len(one.inputs) == 2 else None
            found[f"{file} {name}"] = checksum(compare.network(one, labels)(lr))
            keras.utils.clear_session()
    return found


def studies_dir():
    """Where recorded results lie."""
    try:
        from medsr_nb.machine import results_dir
    except ImportError:
        from medsr_nb.paths import results_dir
    return results_dir()


if __name__ == "__main__":
    keras.utils.set_random_seed(0)
    found = {"scores": scored(), "shipped": shipped(), "systems": {}}
    for system in presets.SYSTEMS:
        found["systems"][system] = trained(system)
        print(system, found["systems"][system]["weights"], flush=True)
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        json.dump(found, file, indent=1)
