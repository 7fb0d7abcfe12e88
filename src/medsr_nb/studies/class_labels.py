"""What the class is worth to the baseline (claims 1 and 2): right labels, wrong ones, and none.

An ACGAN is told which digit it restores. So it may draw any digit of that class, and the image
would count for little. ``python -m medsr_nb.studies.class_labels`` trains the baseline three times
on the same images: with right labels, with wrong ones, and with the same one for all. The first is
also asked with wrong labels afterwards. It writes ``results/class_labels.json``.
"""

import argparse
import sys
from dataclasses import replace

import numpy as np

from .. import scoring, training
from ..data import load_small
from ..machine import exit_status, named, results_dir
from ..presets import recipe
from . import results

SUBJECTS = ("digits", "fashion")
# As many images and steps for both, which is what there is of Fashion-MNIST.
ASKED = {"train_images": 640, "test_images": 200, "epochs": 15, "batch_size": 32}
TRAININGS = ("right labels", "wrong labels", "no labels")
ASKED_WRONGLY = "right labels, asked with wrong ones"


def relabelled(images, how):
    """An ImageSet with right labels, a wrong one for each image, or the first class for all."""
    if how == "right labels":
        return images
    if how == "no labels":
        return replace(images, labels=np.zeros_like(images.labels))
    classes = len(images.label_names)
    steps = np.random.default_rng(0).integers(1, classes, len(images))
    return replace(images, labels=((images.labels + steps) % classes).astype(images.labels.dtype))


def trained(chosen, parts):
    """(generator, seconds) of a training on these parts; [LR, labels] -> SR."""
    gan = training.build(chosen, parts)
    history = training.train(gan, chosen, parts)
    return gan.upscaler, sum(history["seconds"])


def compared(chosen, parts):
    """(``Comparison.summary`` of bicubic and the four rows on the test images, seconds)."""
    seconds, methods = 0.0, {"bicubic": scoring.bicubic(chosen.factor)}
    for how in TRAININGS:
        print("==", how, flush=True)
        own = type(parts)(*(relabelled(part, how) for part in parts))
        generator, own_seconds = trained(chosen, own)
        seconds += own_seconds
        methods[how] = scoring.as_method(generator, own.test.labels)
        if how == "right labels":
            wrong = relabelled(parts.test, "wrong labels").labels
            methods[ASKED_WRONGLY] = scoring.as_method(generator, wrong)
    return scoring.compare(methods, parts.test, chosen.factor).summary(), seconds


def study(data, chosen):
    """The rows for digits and clothes as plain values for ``results/``.

    ``data`` as for ``data.load_small``; errors as there.
    """
    found = {"recipe": chosen.to_dict(), "hardware": results.hardware(), "seconds": 0.0}
    found |= {"data": {}, "scores": {}}
    for subject in SUBJECTS:
        parts = training.split(chosen, load_small(data, subject))
        found["data"][subject] = results.data_note(parts)
        scores, seconds = compared(chosen, parts)
        found["scores"] |= scores
        found["seconds"] = round(found["seconds"] + seconds, 1)
    return found


def main():
    """Records the study in ``results/``."""
    parser = argparse.ArgumentParser(description="Train the baseline with right and wrong labels.")
    parser.add_argument("--data", type=named, default="kaggle", help="as for medsr record baseline")
    asked = parser.parse_args()
    found = study(asked.data, recipe("baseline", "paper", **ASKED))
    results.write(results_dir() / "class_labels.json", found)
    print(scoring.score_table(found["scores"]))


if __name__ == "__main__":
    sys.exit(exit_status(main))
