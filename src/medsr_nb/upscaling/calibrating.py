"""``medsr calibrate``: how large errors are on validation images, for ``guess`` to foretell them.

The images are those that the recorded networks were validated on, which no network here trained
on. Only counts are kept, no pixel.
"""

import json

from .. import data, scoring, studies
from . import pretrained
from .guess import NAMES


def calibration(source, path):
    """Writes ``results/calibration.json``: for each network a ``scoring.Calibration``.

    ``source`` is "kaggle" or a folder, as for ``data.load``; errors as there.
    """
    images = data.load(source)
    split = data.split(images, data.TRAIN_COUNT, len(images), data.VALIDATION_COUNT)
    validation = split.validation
    lr = scoring.low_resolution(validation, 3)
    networks = {}
    for name, sharpness in zip(NAMES, (0.0, 1.0), strict=True):
        sr = scoring.as_method(pretrained.network(sharpness))(lr)
        table = scoring.calibrated(validation.pixels, sr, 3)
        networks[name] = {
            key: getattr(table, key).round(4).tolist()
            for key in ("guess_edges", "contrast_edges", "rms")
        }
    note = {"data": studies.data_note(split), "hardware": studies.hardware(), "networks": networks}
    path.write_text(json.dumps(note, indent=1) + "\n", encoding="utf-8")
