"""The same time for every system, on the same images: what ``medsr compare`` does.

A system is given so many minutes of this machine. Its steps are timed first, the minutes are
turned into a number of steps, and then it trains those: so the learning rate can fall to zero
at the end, and the recipe that comes out can be repeated to the same bits. Where there is no
accelerator, time is the processor's own, divided by its cores: other programs on the machine
then cost a system no share of its budget.
"""

import dataclasses
import json
import os
import time

import keras
import numpy as np

from .. import machine, presets, scoring, training
from ..machine import UserError
from ..training import Batches
from . import entries, mixing, results, study
from .measures import beside_faithful, gain, milliseconds, scores
from .on_scanners import told_or_not

EPOCHS = 10  # into which a budget is cut, for the learning rate and the validation
SEEN = 200  # training images that a network is scored on
LEAST_SECONDS, LEAST_STEPS = 6.0, 3  # of timing a step


def spent():
    """Seconds of the machine so far: an accelerator's by the clock, a processor's as it worked."""
    if any("cpu" not in name.lower() for name in keras.distribution.list_devices()):
        return time.perf_counter()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return time.process_time() / cores


class MachineClock(keras.callbacks.Callback):
    """Adds to the history what each epoch cost, in seconds of the machine; validation apart.

    The first epoch holds the compilation.
    """

    def on_epoch_begin(self, epoch, logs=None):
        self.began = spent()

    def on_test_begin(self, logs=None):
        self.cost = spent() - self.began

    def on_epoch_end(self, epoch, logs=None):
        logs["machine_seconds"] = self.cost


def seconds_a_step(model, recipe, parts):
    """What one training step of a compiled model costs, in seconds of the machine."""
    size = training.batch_size(recipe, parts)

    def cost(steps):
        indices = np.resize(np.arange(len(parts.train)), steps * size)
        began = spent()
        model.fit(Batches(indices, size, seed=0, turns=recipe.turns), verbose=0)
        return (spent() - began) / steps

    cost(1)  # compiles
    return cost(max(LEAST_STEPS, round(LEAST_SECONDS / cost(1))))


def fitted(recipe, parts, minutes, bits="auto"):
    """The recipe with so many epochs, and images an epoch, as fill the minutes.

    A GAN spends half of them on its pixel stage.
    """
    probe = dataclasses.replace(recipe, pixel_epochs=1 if recipe.pixel_epochs else 0, epochs=2)
    model = training.build(probe, parts, bits)
    costs = [seconds_a_step(stage, recipe, parts) for stage, _ in training.stages(model, probe)]
    share = 60.0 * minutes / len(costs)
    steps = [max(1, round(share / cost)) for cost in costs]
    size = training.batch_size(recipe, parts)
    per_epoch = min(max(1, sum(steps) // EPOCHS), len(parts.train) // size)
    epochs = [max(1, round(each / per_epoch)) for each in steps]
    return dataclasses.replace(
        recipe,
        batch_size=size,
        epochs=sum(epochs),
        pixel_epochs=epochs[0] if len(epochs) > 1 else 0,
        epoch_images=per_epoch * size,
    )


def beginning(kind, name, folder):
    """(row, file of weights) that a row begins with: one beside it, a shipped one, or None.

    Raises UserError where the row beside it is not finished.
    """
    if first := entries.STARTS.get((kind, name)):
        return beside(folder, first)
    shipped = entries.SHIPPED_STARTS.get((kind, name))
    return shipped and study.shipped(*shipped)


def beside(folder, name):
    """(row, file of weights) of a finished row. Raises UserError where it is not finished."""
    return read(folder / name), folder / name / "weights.npz"


def request(recipe, parts, minutes, start=None):
    """All that decides what a row will be, as plain values: the owner of its folder."""
    images = {f"{part} images": getattr(parts, part).fingerprint for part in ("train", "test")}
    begins = {} if start is None else {"start": start[0]["sha256"]}
    return recipe.to_dict() | images | {"minutes": minutes} | begins


def begun(folder, recipe, parts, minutes, start=None):
    """The fitted recipe of a row that ``folder`` holds, or None where it holds none.

    Raises UserError where that row was asked for otherwise, with what differs.
    """
    path = folder / "recipe.json"
    if not path.exists():
        return None
    stored = json.loads(path.read_text(encoding="utf-8"))
    asked = request(recipe, parts, minutes, start)
    before = presets.completed(stored["asked"], asked)
    if before != asked:
        others = [name for name in asked if before.get(name) != asked[name]]
        raise UserError(
            f"{folder} holds a row with other {', '.join(others)}: "
            "choose another --work, or remove it."
        )
    return dataclasses.replace(recipe, **stored["fitted"])


def originals(recipe, images, parts):
    """The same images as ``parts`` at a recipe's ``source_size``, or ``parts`` where it has none.

    ``images(size)`` gives all images at a size. Raises UserError where some are not that large.
    """
    if not recipe.source_size:
        return parts
    needs = f"this study reads images of {recipe.source_size} pixels"
    try:
        larger = training.split(recipe, images(recipe.source_size))
    except UserError as error:
        raise UserError(f"{needs}: choose other images. {error}") from error
    if any(one.names != other.names for one, other in zip(larger, parts, strict=True)):
        raise UserError(f"{needs}, and some are smaller: choose other images.")
    return larger


def trained(recipe, parts, minutes, folder, bits="auto", start=None, images=None):
    """(model, fitted recipe, history): a row trained for its minutes, or gone on with.

    With ``minutes`` None the recipe's own epochs are trained. ``folder`` (a Path) keeps recipe and
    checkpoints, ``start`` is the row's ``beginning``, ``images`` as for ``row``. Raises UserError
    as ``begun`` and ``originals`` do.
    """
    fitting = begun(folder, recipe, parts, minutes, start)
    read_ones = originals(recipe, images, parts)
    if fitting is None:
        fitting = recipe if minutes is None else fitted(recipe, read_ones, minutes, bits)
        asked = request(recipe, parts, minutes, start)
        results.write(folder / "recipe.json", {"asked": asked, "fitted": fitting.to_dict()})
        keras.utils.clear_session()
    model = training.build(fitting, read_ones, bits)
    if start is not None:
        weights = study.rebuilt(*start).get_weights()
        for network in (model.generator, model.upscaler):
            network.set_weights(weights)
    history = training.train(model, fitting, read_ones, MachineClock(), folder=folder)
    return model, fitting, history


def row(kind, name, recipe, parts, minutes, folder, bits="auto", images=None):
    """One row: trains, enlarges the test images, scores them; plain values and the pictures.

    The pictures are uint8 (N, S, S, 1). What is finished in ``folder`` is not done again. With
    ``minutes`` None the recipe's own epochs are trained. ``images(size)`` gives all images at a
    size, for a recipe with a ``source_size``.
    """
    start = other = beginning(kind, name, folder)
    if other_row := entries.MIXED_WITH.get((kind, name)):
        other = beside(folder, other_row)
    minutes = minutes and minutes * entries.SHARES.get((kind, name), 1.0)
    folder = folder / name
    if (folder / "row.json").exists() and begun(folder, recipe, parts, minutes, start):
        return (found := read(folder)), pictures_of(found, folder, parts.test)
    model, fitting, history = trained(recipe, parts, minutes, folder, bits, start, images)
    shares = {}
    if share := entries.MIXED.get((kind, name)):
        first, last = study.rebuilt(*other).get_weights(), model.upscaler.get_weights()
        shares = {"share": share}
        cases = mixing.cases_of(recipe)
        shares["shares"] = mixing.tried(model.upscaler, first, last, parts.validation, cases)
        model.upscaler.set_weights(mixing.mixed(first, last, share))
    lr = scoring.low_resolution(parts.test, fitting.factor)
    sr = scoring.as_method(model.upscaler, parts.test.labels)(lr)
    found = {
        "name": name,
        "study": kind,
        "recipe": fitting.to_dict(),
        "minutes": minutes,
        "hardware": results.hardware(),
        "machine_seconds": round(sum(history["machine_seconds"]), 1),
        "images_seen": images_seen(fitting, len(parts.train)),
        "parameters": model.generator.count_params(),
        "peak_mib": round(machine.peak_memory() / 2**20),
        "precision": model.generator.dtype_policy.name,
        "history": {what: [round(v, 4) for v in values] for what, values in history.items()},
        "scores": scores(parts.test.pixels, sr, lr),
    } | shares
    found["sha256"] = machine.save_weights(folder / "weights.npz", model.upscaler)
    results.write(folder / "row.json", found)
    return found, sr


def images_seen(recipe, count):
    """How many images the steps of a training on ``count`` images saw, each time counted."""
    drawn = min(recipe.epoch_images or count, count)  # as ``training.Batches`` draws them
    return recipe.epochs * (drawn // recipe.batch_size * recipe.batch_size)


def read(folder):
    """A finished row. Raises UserError where it is not finished."""
    if not (folder / "row.json").exists():
        raise UserError(f"{folder.name} comes first: train that row, with the same --work.")
    return json.loads((folder / "row.json").read_text(encoding="utf-8"))


def pictures_of(found, folder, images):
    """What the network of a finished row, in float32, makes of images: uint8 (N, S, S, 1)."""
    network = study.rebuilt(found, folder / "weights.npz")
    lr = scoring.low_resolution(images, found["recipe"]["factor"])
    return scoring.as_method(network, images.labels)(lr)


def finished(folder, names, images):
    """(rows, their pictures of the test images) of finished rows, in the order of the names."""
    rows = [read(folder / name) for name in names]
    return rows, [pictures_of(one, folder / one["name"], images) for one in rows]


def comparison(found, pictures, images, factor=3):
    """The finished rows and bicubic as a ``scoring.Comparison``.

    ``found`` are rows, ``pictures`` their results (N, S, S, 1), ``images`` the test images.
    Bicubic is the reference; but where there is a row "none", augmentations are compared with it.
    """
    lr = scoring.low_resolution(images, factor)
    sr = {"bicubic": scoring.bicubic(factor)(lr)}
    sr |= {one["name"]: each for one, each in zip(found, pictures, strict=True)}
    values = {"bicubic": scores(images.pixels, sr["bicubic"], lr)}
    values |= {one["name"]: one["scores"] for one in found}
    first = ("none", "bicubic") if "none" in values else ("bicubic",)
    arrays = {
        name: {what: np.array(each) for what, each in values[name].items()}
        for name in dict.fromkeys((*first, *values))
    }
    return scoring.Comparison(images, lr, sr, arrays)


def report(kind, finished_rows, comparison, parts, folder):
    """All rows of a study as plain JSON values: scores with intervals, costs, differences,
    what a reader of the labels makes of the pictures, and the gain over bicubic on training and
    on validation images, which tells what was learned by heart. ``folder`` holds the weights.
    For medsr also the spectra, and whether the errors that it leads to expect come true; for sharp,
    the results as a distribution; for robust, what rows make of scanners' images.
    """
    kept = ("recipe", "minutes", "hardware", "machine_seconds", "images_seen", "parameters")
    kept += ("peak_mib", "precision", "history", "share", "shares", "sha256")
    rows = {one["name"]: {what: one[what] for what in kept if what in one} for one in finished_rows}
    networks = {
        name: study.rebuilt(row, folder / name / "weights.npz") for name, row in rows.items()
    }
    for name, each in milliseconds(networks, comparison.lr, parts.test.labels).items():
        rows[name]["ms_an_image"] = each
    seen = parts.train.take(np.arange(min(len(parts.train), SEEN)))
    for name, network in networks.items():
        rows[name]["training_gain"] = gain(network, seen)
        rows[name]["validation_gain"] = gain(network, parts.validation)
    found = {
        "study": kind,
        "data": results.data_note(parts),
        "hardware": results.hardware(),
        "rows": rows,
        "scores": comparison.summary(),
        "differences": comparison.differences(),
        "reading": scoring.reading_summary(parts.test, comparison.sr),
    }
    if kind in ("medsr", "faithful", "sharp"):
        found["spectrum"] = scoring.spectrum_summary(parts.test, comparison.sr)
        found["trust"] = {
            name: scoring.trust_report(scoring.as_method(network), parts.validation, parts.test, 3)
            for name, network in networks.items()
        }
    if kind == "sharp":
        found["distribution"] = beside_faithful(parts.test, comparison)
    if kind in ("robust", "turned"):
        found["scanners"] = told_or_not(rows, folder, parts.test)
    return found
