"""``medsr calibrate``: how large errors are on validation images, for ``guess`` to foretell them.

The images are those that the recorded networks were validated on, which no network here trained
on. Only counts are kept, no pixel.
"""

import json

from .. import compare, pretrained, results, splits, trust
from ..images import load
from .guess import NAMES


def calibration(data, path):
    """Writes ``results/calibration.json``: for each network a ``trust.Calibration``.

    ``data`` is "kaggle" or a folder, as for ``images.load``; errors as there.
    """
    images = load(data)
    split = splits.split(images, splits.TRAIN_COUNT, len(images), splits.VALIDATION_COUNT)
    validation = split.validation
    lr = compare.low_resolution(validation, 3)
    networks = {}
    for name, sharpness in zip(NAMES, (0.0, 1.0), strict=True):
        sr = compare.network(pretrained.network(sharpness))(lr)
        table = trust.calibrated(validation.pixels, sr, 3)
        networks[name] = {
            key: getattr(table, key).round(4).tolist()
            for key in ("guess_edges", "contrast_edges", "rms")
        }
    note = {"data": results.data_note(split), "hardware": results.hardware(), "networks": networks}
    path.write_text(json.dumps(note, indent=1) + "\n", encoding="utf-8")
