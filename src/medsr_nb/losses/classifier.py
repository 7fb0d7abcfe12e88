"""Two small classifiers of the medical labels: one to train with, one to judge with.

VGG19 learnt its features from photographs, is large, and needs a download. These learnt
theirs from the images at hand, by naming what the labels name: the kind of brain tumour, or
whether a chest shows pneumonia. "loss" serves as a perceptual loss; "judge" differs from it
in seed, kernels, widths and depth, and nothing is ever trained with it, so that a network
that learnt to please the first is measured by a stranger. The idea that any classifier's
features will do is Johnson et al. 2016 (arXiv 1603.08155), that they need not come from
ImageNet, Zhang et al. 2018 (arXiv 1801.03924, section 4).

Their weights lie in ``weights/``; ``studies/classifier_training.py`` trains them.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
from keras import layers

from .. import degradation, machine
from ..models import batch_norm, conv

CLASSES = ("glioma", "meningioma", "notumor", "pituitary", "NORMAL", "PNEUMONIA")
FOLDER = Path(__file__).with_name("weights")
EPSILON = 1e-3  # of batch norm, Keras's: the stored weights were trained with it


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


def classifier_network(plan):
    """Image (B, S, S, 1) in [-1, 1] of any size -> logits (B, 6) of ``CLASSES``.

    Stages of conv-BN-ReLU; each but the first begins with a stride of 2. The last ReLU of a
    stage is named "stage1", "stage2", ...
    """
    image = features = layers.Input((None, None, 1), name="image")
    for stage, width in enumerate(plan.widths, start=1):
        for step in range(1, plan.depth + 1):
            stride = 2 if stage > 1 and step == 1 else 1
            features = batch_norm(conv(features, width, plan.kernel, stride), EPSILON)
            name = f"stage{stage}" if step == plan.depth else None
            features = layers.ReLU(name=name)(features)
    features = layers.GlobalAveragePooling2D()(features)
    logits = layers.Dense(len(CLASSES), dtype="float32", name="logits")(features)
    return keras.Model(image, logits, name="label_classifier")


def load_classifier(name):
    """The trained classifier "loss" or "judge", in float32 and not trainable; no network needed.

    Raises ValueError for another name, UserError where its file is missing or not the one
    that was trained.
    """
    if name not in PLANS:
        raise ValueError(f"no classifier {name!r}: choose one of {', '.join(PLANS)}.")
    arrays = stored_arrays(name)
    with machine.policy("float32"):
        model = classifier_network(PLANS[name])
    model.set_weights(arrays)
    model.trainable = False
    return model


def features(name):
    """A classifier as image (B, S, S, 1) in [-1, 1] -> list of features, one a stage.

    Each is what batch norm gives before the stage's last ReLU: about zero mean and unit
    spread in every channel on the images it was trained with, so that stages compare. Stage
    n measures (S / 2^(n-1)) a side. Raises as ``load_classifier`` does.
    """
    model = load_classifier(name)
    stages = range(1, len(PLANS[name].widths) + 1)
    taps = [model.get_layer(f"stage{stage}").input for stage in stages]
    return keras.Model(model.input, taps, name=f"{name}_features", trainable=False)


def weights_file(name):
    """Path of a classifier's weights."""
    return FOLDER / f"classifier-{name}.npz"


def classifier_checksums():
    """{name: SHA-256} of the weight files that were trained last."""
    path = FOLDER / "classifier.json"
    return json.loads(path.read_text("utf-8")) if path.exists() else {}


def stored_arrays(name):
    """The weights of a classifier, in the network's order; the file's SHA-256 is checked."""
    advice = (
        "Install medsr-nb again (pip install --force-reinstall), or train the classifiers anew: "
        "python -m medsr_nb.studies.classifier_training FOLDER_WITH_KAGGLE_DATA."
    )
    return machine.load_weights(weights_file(name), classifier_checksums().get(name), advice)


def store_classifier(name, model):
    """Writes a classifier's weights and notes their SHA-256."""
    noted = classifier_checksums() | {name: machine.save_weights(weights_file(name), model)}
    (FOLDER / "classifier.json").write_text(json.dumps(noted, indent=1) + "\n", "utf-8")


def predicted_labels(model, pixels):
    """The class named for each image: uint8 (N, S, S, 1) -> int (N,)."""
    return np.argmax(model.predict(np.asarray(degradation.to_float(pixels)), verbose=0), axis=-1)
