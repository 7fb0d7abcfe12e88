"""What Kaggle's images hold and how much of their test part leaks: the figures of data/README.md.

``python -m medsr_nb.studies.audit FOLDER`` measures the Kaggle sets in a folder, writes
``results/data.json`` and prints the tables that stand in data/README.md.
"""

import sys
from collections import Counter

from ..data import (
    BRAIN_LABELS,
    CHEST_LABELS,
    MANIFEST_SIZE,
    Split,
    both_kaggle_sets,
    built_manifest,
    kaggle_images,
    load,
    manifest,
)
from ..machine import exit_status, markdown_table, only_word, results_dir
from .leakage import ALIKE, leakage, patients

COMMAND = "python -m medsr_nb.studies.audit FOLDER"
# Files in Kaggle's archives, `val` counted as train: what a whole copy holds.
PUBLISHED = {"MRI": {"train": 5712, "test": 1311}, "X-ray": {"train": 5232, "test": 624}}


def audit(images):
    """The figures of an `ImageSet` of both Kaggle sets, as plain JSON values."""
    return {
        "name": images.name,
        "source": images.source,
        "fingerprint": images.fingerprint,
        "size": images.size,
        "images": len(images),
        "skipped": len(images.skipped),
        "kinds": {kind: leakage(images.take(chosen)) for kind, chosen in images.by_kind().items()},
        "patients": patients(images),
    }


def manifest_counts():
    """Images of each class in each list of the committed manifest."""
    counts = {}
    for part in Split._fields:
        classes = [name.split("/")[-2] for name, _ in manifest()[part]]
        counts[part] = {label: classes.count(label) for label in BRAIN_LABELS + CHEST_LABELS}
    return counts


def figures(folder):
    """All that ``results/data.json`` holds, from the Kaggle sets in ``folder`` and the sample.

    Raises UserError unless both sets are there.
    """
    images = kaggle_images(both_kaggle_sets(folder), MANIFEST_SIZE)
    sample = load("sample", MANIFEST_SIZE)
    return {
        "command": COMMAND,
        **audit(images),
        "published": PUBLISHED,
        "manifest": manifest_counts(),
        "manifest_follows_its_rule": built_manifest(images) == manifest(),
        "sample": dict(Counter(sample.label_names[label] for label in sample.labels)),
    }


def tables(found):
    """The Markdown tables of data/README.md, from what `figures` returns."""
    kinds = found["kinds"]
    return [
        markdown_table(head, rows)
        for head, *rows in (
            class_rows(kinds),
            kind_rows(kinds, found["published"]),
            threshold_rows(kinds),
            patient_rows(found["patients"]),
            manifest_rows(found["manifest"]),
        )
    ]


def class_rows(kinds):
    """Images of each class, and the test images that training images spoil."""
    head = ("class", "train", "groups in train", "test", "test with a twin in train",
            "test with an unmirrored one", "clean test")  # fmt: skip
    return [
        head,
        *(
            [f"all {kind}" if name == "all" else name, *counts.values()]
            for kind, each in kinds.items()
            for name, counts in each["classes"].items()
        ),
    ]


def kind_rows(kinds, published):
    """What is counted over all images of a kind."""
    texts = {
        "groups": "groups",
        "groups_of_two_classes": "groups filed under two classes",
        "with_twin": "images with a twin, in any mirroring",
        "with_plain_twin": "images with an unmirrored twin",
        "exact_repeats": "images that repeat another exactly, pixel by pixel",
        "spoilt_test_alike": f"test images not clean that correlate above {ALIKE} with train",
        "clean_test_alike": f"clean test images that correlate above {ALIKE} with train",
        "clean_test_closest": "highest correlation of a clean test image with train",
    }
    measured = [each["classes"]["all"] for each in kinds.values()]
    whole = [published[kind] for kind in kinds]
    return [
        ["train and test together", *kinds],
        ["images measured, train + test", *(f"{n['train']} + {n['test']}" for n in measured)],
        ["images in Kaggle's archives", *(f"{n['train']} + {n['test']}" for n in whole)],
        *([text, *(each[key] for each in kinds.values())] for key, text in texts.items()),
    ]


def threshold_rows(kinds):
    """What lies between one threshold and the next, and the largest group each would form."""
    texts = {
        "nearest_images": "images whose nearest other is that far",
        "pairs": "pairs that far apart",
        "alike_pairs": f"of these, correlated above {ALIKE}",
        "largest_cluster": "largest group by twins alone, up to there",
    }
    steps = next(iter(kinds.values()))["thresholds"]
    return [
        ["bits apart, above the column before and up to", *(step["bits"] for step in steps)],
        *(
            [f"{kind}: {text}", *(step[key] for step in each["thresholds"])]
            for kind, each in kinds.items()
            for key, text in texts.items()
        ),
    ]


def patient_rows(people):
    """X-ray patients and how alike their images are."""
    medians = people["median_distance"]
    return [
        ["X-ray patients", ""],
        ["images whose name tells the patient", people["images"]],
        ["patients (series and number)", people["patients"]],
        ["images a patient, median", f"{people['median_images']:g}"],
        ["images a patient, most", people["most_images"]],
        ["patients in both train and test", people["patients_in_both_parts"]],
        ["numbers in both train and test, in whatever series", people["numbers_in_both_parts"]],
        ["median bits between two images of one patient", f"{medians['one_patient']:g}"],
        ["... of one number in two series", f"{medians['one_number_two_series']:g}"],
        ["... of different numbers", f"{medians['strangers']:g}"],
    ]


def manifest_rows(lists):
    """Images of each class in the manifest's lists."""
    return [
        ["manifest", *lists],
        *([name, *(counts[name] for counts in lists.values())] for name in lists["train"]),
        ["all", *(sum(counts.values()) for counts in lists.values())],
    ]


def main():
    """Records the figures in ``results/`` and prints the tables."""
    from .results import write

    found = figures(only_word(COMMAND, __doc__))
    write(results_dir() / "data.json", found)
    print("\n\n".join(tables(found)))


if __name__ == "__main__":
    sys.exit(exit_status(main))
