"""How our networks do on each class of the test images: which tumour, which lung.

``python -m medsr_nb.studies.by_class SOURCE`` records it. SOURCE is "kaggle" or a folder, as for
``data.load``. No network here was told a class.
"""

import sys

import numpy as np

from .. import data, scoring
from ..machine import exit_status, markdown_table, only_word, results_dir
from ..scoring import interval_text
from . import results, study

COMMAND = "python -m medsr_nb.studies.by_class SOURCE"
NETWORKS = ("faithful", "sharp", "robust")
FACTOR = 3


def by_class(images, methods):
    """{class: {"kind", "images", "groups", "bicubic": PSNR, "gain": {name: [mean, low, high]}}}.

    Of an ImageSet and {name: method}; all in dB, the gain over bicubic, with intervals over groups.
    """
    lr = scoring.low_resolution(images, FACTOR)
    base = scoring.psnr(images.pixels, scoring.bicubic(FACTOR)(lr))
    gains = {
        name: scoring.psnr(images.pixels, method(lr)) - base for name, method in methods.items()
    }
    found = {}
    for label in np.unique(images.labels):
        own = np.flatnonzero(images.labels == label)
        groups = images.groups[own]
        found[images.label_names[label]] = {
            "kind": str(images.kinds[own[0]]),
            "images": len(own),
            "groups": len(np.unique(groups)),
            "bicubic": round(float(base[own].mean()), 4),
            "gain": {
                name: scoring.rounded_interval(each[own], groups) for name, each in gains.items()
            },
        }
    return found


def record(source):
    """Scores the networks of the package on the test images of ``source``; the record."""
    split = data.full_split(data.load(source))
    methods = {name: scoring.as_method(study.recorded_network(name, name)) for name in NETWORKS}
    return {
        "command": COMMAND,
        "data": results.data_note(split),
        "hardware": results.hardware(),
        "classes": by_class(split.test, methods),
    }


def class_table(record):
    """The record as Markdown: a row a class."""
    rows = []
    for name, row in record["classes"].items():
        gains = [interval_text(row["gain"][network]) for network in NETWORKS]
        count = f"{row['images']} ({row['groups']})"
        rows.append((row["kind"], name, count, f"{row['bicubic']:.2f}", *gains))
    head = (
        "images",
        "class",
        "images (groups)",
        "bicubic, dB",
        *(f"{one}, dB" for one in NETWORKS),
    )
    return markdown_table(head, rows)


def main():
    """Records the scores in ``results/``."""
    found = record(only_word(COMMAND, __doc__))
    results.write(results_dir() / "by_class.json", found)
    print(class_table(found))


if __name__ == "__main__":
    sys.exit(exit_status(main))
