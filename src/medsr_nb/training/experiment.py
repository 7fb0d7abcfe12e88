"""A recipe and images become a trained network: split, build, train.

The notebooks call these one by one and look at what comes out; ``medsr record`` calls them
in a row, compares the network with bicubic, and writes the result.
"""

import hashlib
import json

import keras
import numpy as np

from .. import data, machine
from . import loop, systems
from .checkpoint import Checkpoints
from .live import LivePicture
from .steps import Batches, DeviceImages, StreamedImages
from .streaming import StreamedBatches


def wanted(recipe):
    """How many images a recipe asks for, at most: {part: number}."""
    validation = max(1, recipe.test_images // 4)
    return {"train": recipe.train_images, "validation": validation, "test": recipe.test_images}


def split(recipe, images):
    """The recipe's share of an ImageSet, by group: Split(train, validation, test).

    Each part has as many images as the recipe asks for, or fewer where there are fewer.
    """
    return data.split(images, **wanted(recipe))


def split_note(recipe, images, parts):
    """One line about a split: its parts, its groups, what was skipped, and what was asked for."""
    asked = wanted(recipe)
    fewer = any(len(part) < asked[name] for name, part in parts._asdict().items())
    numbers = "{train}, {validation} and {test}".format(**asked)
    rest = f"; preset {recipe.preset} asks for {numbers}, and takes what there is"
    return data.split_note(images, parts) + (rest if fewer else "")


def batch_size(recipe, parts):
    """Images a step: as the recipe says, or all training images where there are fewer."""
    return min(recipe.batch_size, len(parts.train))


def build(recipe, parts, bits="auto"):
    """The compiled model of a recipe, holding the training and validation images of ``parts``.

    ``bits`` is a precision as ``machine.chosen_policy`` takes it: "auto", "float32", ... Raises
    UserError where the images have another size than the recipe reads.
    """
    if parts.train.size != (size := recipe.source_size or recipe.hr_size):
        raise machine.UserError(
            f"this recipe reads images of {size} pixels, not of {parts.train.size}: load them so."
        )
    with machine.policy(bits):
        model = systems.model(recipe, held(parts))
    model.compile(optimizer=systems.optimizer(recipe))
    return model


def held(parts):
    """The layer that gives the pictures: all of them on the device, or what is streamed to it."""
    if parts.train.on_disk:
        return StreamedImages()
    both = [parts.train, parts.validation]
    return DeviceImages(
        np.concatenate([part.pixels for part in both]),
        np.concatenate([part.labels for part in both]),
    )


def feed(recipe, parts):
    """(a function that gives the training batches of an epoch from a step on, validation).

    They are indices into ``DeviceImages``, or the pictures themselves where memory cannot
    hold them; the order is the same.
    """
    count = len(parts.train)
    streamed = parts.train.on_disk
    size = batch_size(recipe, parts)

    def batches(epoch, first):
        order = {"epoch": epoch, "first": first, "turns": recipe.turns}
        order |= {"seed": recipe.seed, "length": recipe.epoch_images}
        if streamed:
            return StreamedBatches(
                parts.train.pixels, parts.train.labels, np.arange(count), size, **order
            )
        return Batches(np.arange(count), size, **order)

    rest = np.arange(len(parts.validation))
    if streamed:
        pixels, labels = parts.validation.pixels, parts.validation.labels
        return batches, StreamedBatches(pixels, labels, rest, size)
    return batches, Batches(count + rest, size)


def stages(model, recipe):
    """The (model, the epoch in which it ends) of a recipe: pixel loss first, where it has any."""
    if not recipe.pixel_epochs:
        return [(model, recipe.epochs)]
    pixel = systems.pixel_stage(recipe, model)
    pixel.compile(optimizer=systems.optimizer(recipe))
    return [(pixel, recipe.pixel_epochs), (model, recipe.epochs)]


def train(
    gan,
    recipe,
    parts,
    *callbacks,
    folder=None,
    max_minutes=None,
    guard="report",
    go_on="To go on, train again with the same folder.",
    raised=True,
):
    """Trains by ``fit``, one printed line an epoch, and returns the history.

    In a notebook a picture shows how far the network is (``live.py``).

    The history is a dict of lists, one value an epoch: losses, accuracies of the
    discriminator (0 to 1), brightness and contrast (grey levels), PSNR (dB), seconds;
    with ``val_`` in front for the validation images. With ``pixel_epochs`` also the stage, 1
    or 2, and NaN for what a stage does not have.

    With ``folder`` (a Path) the training is saved there and goes on from there, to the same
    bits; ``max_minutes``, ``guard``, ``go_on`` and ``raised`` are those of ``loop.fit_stages``.
    """
    batches, validation = feed(recipe, parts)
    callbacks = (*callbacks, LivePicture(parts.validation))
    with machine.as_traced():
        return loop.fit_stages(
            stages(gan, recipe),
            batches,
            validation,
            callbacks,
            store=None if folder is None else Checkpoints(folder, identity(gan, recipe, parts)),
            max_minutes=max_minutes,
            guard=guard,
            go_on=go_on,
            falling_from=recipe.learning_rate if recipe.decay == "cosine" else None,
            raised=raised,
        )


def train_cell(gan, recipe, parts, *callbacks, variant=""):
    """``train`` for a notebook: run again, an interrupted cell goes on where it was.

    The training is kept below ``MEDSR_RUNS`` in a folder of its own, which its settings and images
    name: whoever changes one begins anew. ``variant`` names what ``gan`` has otherwise than its
    recipe says. An interrupt ends the cell with one line, and the history up to there is returned.
    Several machines are not for notebooks.
    """
    owner = identity(gan, recipe, parts)
    folder = kept_folder(recipe.system, owner | {"variant": variant} if variant else owner)
    go_on = "Run this cell again to go on; what is below needs at least one epoch."
    return train(gan, recipe, parts, *callbacks, folder=folder, go_on=go_on, raised=False)


def kept_folder(name, owner):
    """Where a notebook's cell keeps a training, and prints where it already does.

    ``owner`` is all that decides its outcome, as plain values; the folder is named by it.
    """
    digest = hashlib.sha256(json.dumps(owner, sort_keys=True).encode()).hexdigest()[:10]
    folder = machine.runs_dir() / "notebooks" / f"{name}-{digest}"
    if folder.exists():
        print(f"kept by an earlier run of this cell; to begin anew, remove {folder}.")
    return folder


def identity(gan, recipe, parts):
    """All that decides the outcome of a training, as plain values: a checkpoint's owner."""
    return recipe.to_dict() | {
        "training images": parts.train.fingerprint,
        "validation images": parts.validation.fingerprint,
        "precision": gan.generator.dtype_policy.name,
        "backend": keras.backend.backend(),
    }
