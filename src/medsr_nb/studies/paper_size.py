"""The prototype at the paper's own size: 1957 images of 150x150, batches of 16, 50 or more epochs.

    python -m medsr_nb.studies.paper_size --width 32 --epochs 50 --data FOLDER --work WORK

trains it, watches it after each epoch, compares it with bicubic, and writes
``results/paper_size_w32_e50.json``. With ``--skip`` one thing is changed: the enlarged input is
added to the output. The paper names no width. The same command goes on with a training that was
stopped, by ``--max-minutes``, Ctrl-C or a crash. What ``--max-minutes`` stopped is recorded too,
under a name that ends in ``_so_far``, until it is finished; its exit status is 3.
"""

import argparse
import sys

import keras
import numpy as np
from keras import layers, ops

from .. import data, degradation, machine, training
from ..machine import count, duration, exit_status, named, place, results_dir, runs_dir
from ..presets import recipe
from ..scoring import interval_text
from . import recording, results

FIXED = 3  # validation images that are followed one by one
SO_FAR = "_so_far"  # in the name of what is recorded of a training that is not finished
EVERY = 5  # epochs between two entries of theirs in the record


class Looks(keras.callbacks.Callback):
    """What becomes of the validation images after each epoch, added to the history.

    All is measured on the same images, in batches of about the training's size:

    * ``val_batch_brightness`` and ``val_batch_psnr``: enlarged with ``training=True``, by which
      batch norm uses the statistics of their own batch. ``val_brightness`` and ``val_psnr`` are of
      ``training=False``, as ``predict`` does it, with moving averages. Where the two differ, the
      averages lag behind.
    * ``judge_real``, ``judge_fake``: the share of originals, and of the former results, that the
      discriminator tells rightly with ``training=False``; ``judge_real_dropout`` and
      ``judge_fake_dropout`` with ``training=True``, so with its dropout, as a training prints it.
    * ``image_0_psnr``, ``image_0_brightness``, ...: of ``FIXED`` images, as ``predict`` gives them.

    ``indices`` (n,) are into the model's images, ``fixed`` (FIXED,) are some of them.
    """

    def __init__(self, indices, fixed, batch_size):
        super().__init__()
        self.parts = np.array_split(indices, max(1, round(len(indices) / batch_size)))
        self.fixed = fixed

    def on_epoch_end(self, epoch, logs=None):
        sizes = [len(part) for part in self.parts]
        looks = [self.look(part) for part in self.parts]
        for name in looks[0]:
            logs[name] = float(np.average([one[name] for one in looks], weights=sizes))
        hr, sr = self.pictures(self.fixed, training=False)
        for number, (one, result) in enumerate(zip(hr, sr, strict=True)):
            seen = training.portrait(one[None], result[None])
            for what in ("psnr", "brightness"):
                logs[f"image_{number}_{what}"] = float(seen[what])

    def pictures(self, indices, training):
        """(HR, SR) (n, S, S, 1) in [-1, 1]; no moving average changes."""
        hr, _ = self.model.images(indices)
        lr = degradation.reduced(hr, self.model.factor)
        with keras.StatelessScope():
            return hr, ops.cast(self.model.generator(lr, training=training), "float32")

    def look(self, indices):
        """The figures of one batch that need more than ``predict``: a dict of numbers."""
        hr, sr = self.pictures(indices, training=True)
        seen = training.portrait(hr, sr)
        found = {f"val_batch_{what}": float(seen[what]) for what in ("brightness", "psnr")}
        for mode, name in ((False, ""), (True, "_dropout")):
            with keras.StatelessScope():  # nor does the dropout's state
                real = self.model.discriminator(hr, training=mode)
                fake = self.model.discriminator(sr, training=mode)
            found[f"judge_real{name}"] = float(ops.mean(ops.cast(real > 0.5, "float32")))
            found[f"judge_fake{name}"] = float(ops.mean(ops.cast(fake < 0.5, "float32")))
        return found


def with_skip(generator, factor):
    """The generator with its enlarged input added to its output."""
    enlarged = degradation.Enlarge(factor)(generator.input)
    added = layers.Add(dtype="float32")([enlarged, generator.output])
    return keras.Model(generator.input, added, name=f"{generator.name}_with_skip")


def built(chosen, parts, skip=False, bits="auto"):
    """The compiled prototype of a recipe, with that one change or without."""
    with machine.policy(bits):
        generator, discriminator = training.networks(chosen)
        if skip:
            generator = with_skip(generator, chosen.factor)
        held, weight = training.held(parts), chosen.adversarial_weight
        gan = training.AdversarialModel(generator, discriminator, held, chosen.factor, weight)
    gan.compile(optimizer=training.optimizer(chosen))
    return gan


def followed(parts):
    """(indices of the validation images, of the fixed ones) into the model's images."""
    validation = len(parts.train) + np.arange(len(parts.validation))
    return validation, validation[np.linspace(0, len(validation) - 1, FIXED).round().astype(int)]


def trained(chosen, parts, skip, folder, max_minutes=None, bits="auto"):
    """(model, history) of a training that ``folder`` keeps. Raises UserError where it holds
    another one.
    """
    gan = built(chosen, parts, skip, bits)
    history = training.train(
        gan,
        chosen,
        parts,
        Looks(*followed(parts), chosen.batch_size),
        folder=folder,
        max_minutes=max_minutes,
        go_on="The same command goes on.",
    )
    return gan, history


def fixed_images(history, parts):
    """The followed images as plain values: what each is, and how it looked every fifth epoch."""
    _, chosen = followed(parts)
    validation = parts.validation.take(chosen - len(parts.train))
    epochs = range(EVERY - 1, len(history["seconds"]), EVERY)
    return [
        {
            "name": validation.names[number],
            "kind": str(validation.kinds[number]),
            "brightness": round(float(validation.pixels[number].mean()), 2),
            "epochs": [epoch + 1 for epoch in epochs],
            "psnr": [round(history[f"image_{number}_psnr"][epoch], 2) for epoch in epochs],
            "output_brightness": [
                round(history[f"image_{number}_brightness"][epoch], 2) for epoch in epochs
            ],
        }
        for number in range(FIXED)
    ]


def record(chosen, full, parts, skip, folder, max_minutes=None, bits="auto"):
    """A training as plain values for ``results/``, or None where no epoch is finished.

    ``full`` is the recipe that the paper describes: what ``chosen`` makes smaller is said.
    ``epochs_done`` counts the whole epochs; where they are not all, the scores are of the network
    as it was when the training stopped.
    """
    gan, history = trained(chosen, parts, skip, folder, max_minutes, bits)
    if not (done := len(history.get("seconds", ()))):
        return None
    comparison = recording.compared(gan, chosen, parts)
    print(comparison.table())
    followed_ones = fixed_images(history, parts)
    history = {name: one for name, one in history.items() if not name.startswith("image_")}
    scale = recording.scaled_down(chosen, full)
    found = results.result(chosen, parts, gan, history, comparison, scale)
    return found | {"skip": skip, "epochs_done": done, "fixed_images": followed_ones}


def size_table(runs):
    """{name: recorded run} as a Markdown table: scores over bicubic, brightness (of 255), and how
    far the best epoch and the last are apart on the validation images.
    """
    table = []
    for name, run in runs.items():
        kinds = [run["scores"][kind] for kind in ("MRI", "X-ray")]
        gains = [f"{interval_text(rows['prototype']['psnr_gain'])} dB" for rows in kinds]
        alike = [
            f"{rows['prototype']['ssim'][0]:.3f}, {rows['bicubic']['ssim'][0]:.3f}"
            for rows in kinds
        ]
        bright = run["scores"]["all"]["prototype"]["brightness"][0]
        seen = run["history"]["val_psnr"]
        best = f"{max(seen):.2f} dB, epoch {1 + int(np.argmax(seen))}"
        table.append((name, *gains, *alike, f"{bright:+.1f}", best, f"{seen[-1]:.2f} dB"))
    head = ("", "gain on MRI", "gain on X-rays", "SSIM on MRI, bicubic's", "on X-rays, bicubic's",
            "brightness less the original's, grey levels", "validation PSNR, best epoch",
            "last epoch")  # fmt: skip
    return machine.markdown_table(head, table)


def main():
    """Trains, goes on, and records; the exit status."""
    parser = argparse.ArgumentParser(description="Train the prototype at the paper's size.")
    parser.add_argument("--width", type=count, required=True, help="filters; the paper names none")
    parser.add_argument("--epochs", type=count, required=True, help="50 to 100 in the paper")
    parser.add_argument("--skip", action="store_true", help="add the enlarged input to the output")
    parser.add_argument("--data", type=named, default="kaggle", help="kaggle or a folder")
    parser.add_argument("--work", type=place, help="default: paper_size below MEDSR_RUNS, or runs")
    parser.add_argument("--max-minutes", type=duration, help="stop after a step, saved, when over")
    parser.add_argument("--precision", default="auto", help="float32, bfloat16 or float16")
    asked = parser.parse_args()
    full = recipe("prototype", "paper")
    chosen = recipe("prototype", "paper", width=asked.width, epochs=asked.epochs)
    parts = training.split(chosen, data.load(asked.data, chosen.hr_size))
    name = f"paper_size_w{asked.width}_e{asked.epochs}" + ("_skip" if asked.skip else "")
    folder = (asked.work or runs_dir() / "paper_size") / name
    minutes, bits = asked.max_minutes, asked.precision
    found = record(chosen, full, parts, asked.skip, folder, minutes, bits)
    if found is None:
        return 3
    whole = results_dir() / f"{name}.json"
    part = whole.with_stem(f"{name}{SO_FAR}")
    finished = found["epochs_done"] == chosen.epochs
    results.write(whole if finished else part, found)
    print(f"written: results/{(whole if finished else part).name}")
    if finished:
        part.unlink(missing_ok=True)
    return 0 if finished else 3


if __name__ == "__main__":
    sys.exit(exit_status(main))
