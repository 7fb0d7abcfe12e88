"""``medsr calibrate``: how large errors are on validation images, for ``guess`` to foretell them.

The images are those that the recorded networks were validated on, which no network here trained
on: of both kinds together, and of each by itself. What was counted is then compared with the
errors on test images. Only counts are kept, no pixel.
"""

import json

import numpy as np

from .. import data, scoring, studies
from . import pretrained
from .guess import NAMES


def calibration(source, path):
    """Writes ``results/calibration.json``: for each network a ``scoring.Calibration``.

    ``source`` is "kaggle" or a folder, as for ``data.load``; errors as there.
    """
    images = data.load(source)
    split = data.split(images, data.TRAIN_COUNT, len(images), data.VALIDATION_COUNT)
    validation, test = split.validation, split.test
    kinds = sorted(set(validation.kinds.tolist()))
    note = {"data": studies.data_note(split), "hardware": studies.hardware(), "networks": {}}
    note |= {"kinds": {kind: {} for kind in kinds}, "test": {kind: {} for kind in kinds}}
    for name, sharpness in zip(NAMES, (0.0, 1.0), strict=True):
        network = scoring.as_method(pretrained.network(sharpness))
        known, new = (network(scoring.low_resolution(part, 3)) for part in (validation, test))
        together = scoring.calibrated(validation.pixels, known, 3)
        note["networks"][name] = plain(together)
        for kind in kinds:
            ours, theirs = (np.flatnonzero(part.kinds == kind) for part in (validation, test))
            own = scoring.calibrated(validation.pixels[ours], known[ours], 3)
            note["kinds"][kind][name] = plain(own)
            hr, sr = test.pixels[theirs], new[theirs]
            note["test"][kind][name] = {
                counted: came_true(table, hr, sr)
                for counted, table in (("together", together), ("apart", own))
            }
    path.write_text(json.dumps(note, indent=1) + "\n", encoding="utf-8")


def plain(table):
    """A ``scoring.Calibration`` as plain values."""
    return {
        key: getattr(table, key).round(4).tolist()
        for key in ("guess_edges", "contrast_edges", "rms")
    }


def came_true(table, hr, sr):
    """{"expected", "actual"}: ``scoring.reliability`` of a table on images of one kind."""
    pair = scoring.reliability(table.expected(sr), hr, sr)
    return {
        name: np.round(values, 2).tolist()
        for name, values in zip(("expected", "actual"), pair, strict=True)
    }
