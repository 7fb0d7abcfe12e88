"""Two small classifiers of the medical labels: one to train with, one to judge with.

VGG19 learnt its features from photographs, is large, and needs a download. These learnt
theirs from the images at hand, by naming what the labels name: the kind of brain tumour, or
whether a chest shows pneumonia. "loss" serves as a perceptual loss; "judge" differs from it
in seed, kernels, widths and depth, and nothing is ever trained with it, so that a network
that learnt to please the first is measured by a stranger. The idea that any classifier's
features will do is Johnson et al. 2016 (arXiv 1603.08155), that they need not come from
ImageNet, Zhang et al. 2018 (arXiv 1801.03924, section 4).

``python -m medsr_nb.classifier FOLDER`` trains both on Kaggle's images in a folder and
writes their weights into ``weights/`` and what was measured into ``results/``.
"""

import json
import sys
import time
from dataclasses import asdict, dataclass

import keras
import numpy as np
from keras import layers

from . import degrade, images, metrics, precision, splits, stored
from .models.layers import batch_norm, conv
from .paths import PACKAGE, UserError, results_dir

CLASSES = ("glioma", "meningioma", "notumor", "pituitary", "NORMAL", "PNEUMONIA")
FOLDER = PACKAGE / "weights"


@dataclass(frozen=True)
class Plan:
    """A classifier and its training: stages of ``depth`` convolutions, each halving but one.

    ``widths`` are the filters of the stages, ``kernel`` the side of every filter, in pixels.
    """

    seed: int
    kernel: int
    depth: int
    widths: tuple[int, ...]
    epochs: int = 16
    batch_size: int = 32
    learning_rate: float = 2e-3


PLANS = {
    "loss": Plan(seed=0, kernel=3, depth=2, widths=(16, 32, 64, 96, 128)),
    "judge": Plan(seed=1, kernel=5, depth=1, widths=(12, 24, 48, 80, 112), epochs=24),
}


def network(plan):
    """Image (B, S, S, 1) in [-1, 1] of any size -> logits (B, 6) of ``CLASSES``.

    Stages of conv-BN-ReLU; each but the first begins with a stride of 2. The last ReLU of a
    stage is named "stage1", "stage2", ...
    """
    image = features = layers.Input((None, None, 1), name="image")
    for stage, width in enumerate(plan.widths, start=1):
        for step in range(1, plan.depth + 1):
            stride = 2 if stage > 1 and step == 1 else 1
            features = batch_norm(conv(features, width, plan.kernel, stride))
            name = f"stage{stage}" if step == plan.depth else None
            features = layers.ReLU(name=name)(features)
    features = layers.GlobalAveragePooling2D()(features)
    logits = layers.Dense(len(CLASSES), dtype="float32", name="logits")(features)
    return keras.Model(image, logits, name="label_classifier")


def load(name):
    """The trained classifier "loss" or "judge", in float32 and not trainable; no network needed.

    Raises ValueError for another name, UserError where its file is missing or not the one
    that was trained.
    """
    if name not in PLANS:
        raise ValueError(f"no classifier {name!r}: choose one of {', '.join(PLANS)}.")
    arrays = stored_arrays(name)
    with precision.policy("float32"):
        model = network(PLANS[name])
    model.set_weights(arrays)
    model.trainable = False
    return model


def features(name):
    """A classifier as image (B, S, S, 1) in [-1, 1] -> list of features, one a stage.

    Each is what batch norm gives before the stage's last ReLU: about zero mean and unit
    spread in every channel on the images it was trained with, so that stages compare. Stage
    n measures (S / 2^(n-1)) a side. Raises as ``load`` does.
    """
    model = load(name)
    stages = range(1, len(PLANS[name].widths) + 1)
    taps = [model.get_layer(f"stage{stage}").input for stage in stages]
    return keras.Model(model.input, taps, name=f"{name}_features", trainable=False)


def weights_file(name):
    """Path of a classifier's weights."""
    return FOLDER / f"classifier-{name}.npz"


def checksums():
    """{name: SHA-256} of the weight files that were trained last."""
    path = FOLDER / "classifier.json"
    return json.loads(path.read_text("utf-8")) if path.exists() else {}


def stored_arrays(name):
    """The weights of a classifier, in the network's order; the file's SHA-256 is checked."""
    advice = (
        "Install medsr-nb again (pip install --force-reinstall), or train the classifiers anew: "
        "python -m medsr_nb.classifier FOLDER_WITH_KAGGLE_DATA."
    )
    return stored.arrays(weights_file(name), checksums().get(name), advice)


def store(name, model):
    """Writes a classifier's weights and notes their SHA-256."""
    noted = checksums() | {name: stored.save(weights_file(name), model)}
    (FOLDER / "classifier.json").write_text(json.dumps(noted, indent=1) + "\n", "utf-8")


def trained(plan, parts):
    """A classifier trained on ``parts.train``, mirrored at random; its precision; the history.

    The epoch with the lowest cross-entropy on ``parts.validation`` is kept.
    """
    keras.utils.set_random_seed(plan.seed)
    with precision.policy() as bits:
        model = network(plan)
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


def predicted(model, pixels):
    """The class named for each image: uint8 (N, S, S, 1) -> int (N,)."""
    return np.argmax(model.predict(np.asarray(degrade.to_float(pixels)), verbose=0), axis=-1)


def accuracy(model, part):
    """{kind: images, and the share named rightly with its 95 % interval over groups}."""
    right = (predicted(model, part.pixels) == part.labels).astype(float)
    kinds = {"all": np.full(len(part), True)}
    kinds |= {str(kind): part.kinds == kind for kind in np.unique(part.kinds)}
    return {
        kind: {
            "images": int(chosen.sum()),
            "accuracy": [round(v, 4) for v in metrics.interval(right[chosen], part.groups[chosen])],
        }
        for kind, chosen in kinds.items()
    }


def measured(name, parts):
    """Trains and stores one classifier; what ``results/classifier.json`` says of it.

    It is scored as it is loaded again, so with the kernels that were rounded.
    """
    plan = PLANS[name]
    started = time.monotonic()
    model, bits, history = trained(plan, parts)
    seconds = time.monotonic() - started
    store(name, model)
    model = load(name)
    return {
        "plan": asdict(plan),
        "parameters": model.count_params(),
        "precision": bits,
        "seconds": round(seconds, 1),
        "best_epoch": int(np.argmin(history["val_loss"])) + 1,
        "history": {key: [round(value, 4) for value in values] for key, values in history.items()},
        "sha256": checksums()[name],
        "scores": {
            part: accuracy(model, getattr(parts, part)) for part in ("train", "validation", "test")
        },
    }


def record(folder, out):
    """Trains both classifiers on the Kaggle images of a folder and writes the result ``out``.

    The training images are the manifest's 1957, the validation images its 200: none shares a
    group with a test image. Raises UserError for images with other labels.
    """
    from .results import data_note, hardware, write

    found = images.load(folder, splits.MANIFEST_SIZE)
    if found.label_names != CLASSES:
        raise UserError(f"{folder} does not hold both of Kaggle's sets; see data/README.md.")
    parts = splits.split(found, splits.TRAIN_COUNT, len(found), splits.VALIDATION_COUNT)
    result = {
        "command": "python -m medsr_nb.classifier FOLDER",
        "data": data_note(parts),
        "hardware": hardware(),
        "classes": CLASSES,
        "networks": {name: measured(name, parts) for name in PLANS},
    }
    write(out, result)
    print(table(result))


def table(result):
    """The model card's Markdown table: how often each classifier is right, with intervals."""
    lines = [
        "| classifier | parameters | trained for | images | named rightly, 95 % interval |",
        "|---|---|---|---|---|",
    ]
    for name, one in result["networks"].items():
        for part, scores in one["scores"].items():
            for kind, score in scores.items():
                lines.append(
                    f"| {name} | {one['parameters']:,} | {one['seconds'] / 60:.0f} min "
                    f"| {score['images']} {part}, {kind} "
                    "| {:.1%} [{:.1%}, {:.1%}] |".format(*score["accuracy"])
                )
    return "\n".join(lines)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m medsr_nb.classifier FOLDER_WITH_KAGGLE_DATA")
    record(sys.argv[1], results_dir() / "classifier.json")
