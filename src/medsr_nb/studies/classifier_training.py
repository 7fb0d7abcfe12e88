"""How the two label classifiers (``losses/classifier.py``) are trained and measured.

``python -m medsr_nb.studies.classifier_training FOLDER`` trains both on Kaggle's
images in a folder, writes their weights beside the code, and into ``results/`` what was measured.
"""

import sys
import time
from dataclasses import asdict

import keras
import numpy as np
from keras import layers

from .. import data, machine, scoring
from ..losses import (
    CLASSES,
    PLANS,
    classifier_checksums,
    classifier_network,
    load_classifier,
    predicted_labels,
    store_classifier,
)
from ..machine import UserError, exit_status, only_word, results_dir

COMMAND = "python -m medsr_nb.studies.classifier_training FOLDER"


def trained(plan, parts):
    """A classifier trained on ``parts.train``, mirrored at random; its precision; the history.

    The epoch with the lowest cross-entropy on ``parts.validation`` is kept.
    """
    keras.utils.set_random_seed(plan.seed)
    with machine.policy() as bits:
        model = classifier_network(plan)
    trainer = keras.Sequential(
        [
            layers.Rescaling(1 / 127.5, offset=-1.0, dtype="float32"),
            layers.RandomFlip("horizontal", seed=plan.seed, dtype="float32"),
            model,
        ]
    )
    steps = plan.epochs * -(-len(parts.train) // plan.batch_size)
    rate = keras.optimizers.schedules.CosineDecay(plan.learning_rate, steps)
    trainer.compile(
        keras.optimizers.Adam(rate),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    history = trainer.fit(
        parts.train.pixels,
        parts.train.labels,
        batch_size=plan.batch_size,
        epochs=plan.epochs,
        validation_data=(parts.validation.pixels, parts.validation.labels),
        callbacks=[
            keras.callbacks.EarlyStopping(
                "val_loss", patience=plan.epochs, restore_best_weights=True
            )
        ],
        verbose=2,
    )
    return model, bits, history.history


def accuracy(model, part):
    """{kind: images, groups, and the share named rightly with its 95 % interval over groups}."""
    right = (predicted_labels(model, part.pixels) == part.labels).astype(float)
    return {
        kind: {
            "images": len(chosen),
            "groups": len(np.unique(part.groups[chosen])),
            "accuracy": scoring.rounded_interval(right[chosen], part.groups[chosen]),
        }
        for kind, chosen in ({"all": np.arange(len(part))} | part.by_kind()).items()
    }


def measured(name, parts):
    """Trains and stores one classifier; what ``results/classifier.json`` says of it.

    It is scored as it is loaded again, so with the kernels that were rounded.
    """
    plan = PLANS[name]
    started = time.monotonic()
    model, bits, history = trained(plan, parts)
    seconds = time.monotonic() - started
    store_classifier(name, model)
    model = load_classifier(name)
    return {
        "plan": asdict(plan),
        "parameters": model.count_params(),
        "precision": bits,
        "seconds": round(seconds, 1),
        "best_epoch": int(np.argmin(history["val_loss"])) + 1,
        "history": {key: [round(value, 4) for value in values] for key, values in history.items()},
        "sha256": classifier_checksums()[name],
        "scores": {
            part: accuracy(model, getattr(parts, part)) for part in ("train", "validation", "test")
        },
    }


def record_classifiers(folder, out):
    """Trains both classifiers on the Kaggle images of a folder and writes the result ``out``.

    The training images are the manifest's 1957, the validation images its 200: none shares a
    group with a test image. Raises UserError for images with other labels.
    """
    from .results import data_note, hardware, write

    found = data.load(folder, data.MANIFEST_SIZE)
    if found.label_names != CLASSES:
        raise UserError(f"{folder} does not hold both of Kaggle's sets; see data/README.md.")
    parts = data.full_split(found)
    result = {
        "command": COMMAND,
        "data": data_note(parts),
        "hardware": hardware(),
        "classes": CLASSES,
        "networks": {name: measured(name, parts) for name in PLANS},
    }
    write(out, result)
    print(classifier_table(result))


def classifier_table(result):
    """The model card's Markdown table: how often each classifier is right, with intervals."""
    rows = []
    for name, one in result["networks"].items():
        network = name, f"{one['parameters']:,}", f"{one['seconds'] / 60:.0f} min"
        for part, scores in one["scores"].items():
            for kind, score in scores.items():
                groups = f", {score['groups']} groups" if "groups" in score else ""
                images = f"{score['images']} {part}, {kind}{groups}"
                rows.append((*network, images, scoring.interval_text(score["accuracy"], ".1%")))
    head = ("classifier", "parameters", "trained for", "images", "named rightly, 95 % interval")
    return machine.markdown_table(head, rows)


def main():
    """Trains and records both classifiers."""
    folder = only_word(COMMAND, __doc__)
    record_classifiers(folder, results_dir() / "classifier.json")


if __name__ == "__main__":
    sys.exit(exit_status(main))
