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

from medsr_nb import data, losses, presets, scoring, studies, training
from medsr_nb.machine import results_dir

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
    pictures = data.load_small() if system == "baseline" else data.load(size=chosen.hr_size)
    model = training.build(chosen, training.split(chosen, pictures), "float32")
    watcher = Losses()
    batches = training.Batches(np.resize(np.arange(16), 2 * STEPS), 2, seed=0)
    model.fit(batches, verbose=0, callbacks=[watcher])
    keras.utils.clear_session()
    return {"losses": watcher.values, "weights": checksum(*model.generator.get_weights())}


def scored():
    """A checksum of each score of bicubic on slices of the sample."""
    pictures = data.load(size=150).take(np.arange(0, 60, 6))
    lr = scoring.low_resolution(pictures, 3)
    hr, sr = pictures.pixels, scoring.bicubic(3)(lr)
    groups = pictures.groups
    values = {
        "psnr": scoring.psnr(hr, sr),
        "ssim": scoring.ssim(hr, sr),
        "vif": scoring.vif(hr, sr),
        "consistency": scoring.consistency_error(lr, sr, 3),
        "fine": scoring.upper_half_ratio(hr, sr),
        "perceptual": losses.perceptual_distances(hr, sr),
        "guess": scoring.guess_strength(scoring.guessed(sr, 3)),
        "interval": np.array(scoring.interval(scoring.psnr(hr, sr), groups)),
    }
    return {name: [checksum(each), float(np.mean(each))] for name, each in values.items()}


def shipped():
    """A checksum of what each network of the package makes of four slices."""
    lr = scoring.low_resolution(data.load(size=150).take(np.arange(0, 60, 15)), 3)
    found = {}
    for file in ("systems", "medsr", "medsr_1957", "faithful", "robust", "sharp"):
        rows = json.loads((results_dir() / f"{file}.json").read_text())["rows"]
        for name in rows:
            if not (results_dir() / file / f"{name}.npz").exists():
                continue
            one = studies.recorded_network(file, name)
            labels = np.zeros(len(lr), "int32") if len(one.inputs) == 2 else None
            found[f"{file} {name}"] = checksum(scoring.as_method(one, labels)(lr))
            keras.utils.clear_session()
    return found


if __name__ == "__main__":
    keras.utils.set_random_seed(0)
    found = {"scores": scored(), "shipped": shipped(), "systems": {}}
    for system in presets.SYSTEMS:
        found["systems"][system] = trained(system)
        print(system, found["systems"][system]["weights"], flush=True)
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        json.dump(found, file, indent=1)
