"""Which positions of a picture make the mean of their results better, and which worse.

``python -m medsr_nb.upscaling.positions_tried SOURCE`` measures it on validation images and writes
``results/positions.json``. SOURCE is "kaggle" or a folder, as for ``data.load``.
"""

import sys

import numpy as np

from .. import data, degradation, presets, scoring, studies, training
from ..augmentation import turned
from ..machine import exit_status, only_word, results_dir
from . import naming_reductions, pretrained
from .settings import WITHIN, Settings

COMMAND = "python -m medsr_nb.upscaling.positions_tried SOURCE"
IMAGES = {"train_images": 20000, "test_images": 200}
# Positions as ``augmentation.turned`` numbers them: from 4 on rows and columns are exchanged.
TRIED = {
    "and mirrored left and right": [0, 1],
    "and mirrored upside down": [0, 2],
    "and both: four positions": [0, 1, 2, 3],
    "and lying: eight positions": [0, 1, 2, 3, 4, 5, 6, 7],
}
BACK = [0, 1, 2, 3, 4, 6, 5, 7]  # the position that undoes each


def placed(images, position):
    """All images (B, S, S, 1) in one position."""
    return np.asarray(turned(images, np.full(len(images), position, "int32")))


def gains(images):
    """{case: {network: {positions: {kind: [mean, low, high]}}}}: dB over upright alone.

    Faithful and sharp are told the reduction and its noise, robust nothing. Intervals are over the
    groups of an ImageSet, whose pictures are squares.
    """
    lr_size, brightness = images.size // scoring.FACTOR, float(images.pixels.mean())
    found = {}
    for case, scanner in scoring.CASES.items():
        lr = degradation.to_float(scanner.taken(images.pixels, scoring.FACTOR))
        within = WITHIN * scanner.noise_at(brightness) / 127.5
        found[case] = {}
        for name, settings in {
            "faithful, told": Settings(0.0, scanner.reduction),
            "sharp, told": Settings(1.0, scanner.reduction),
            "robust": Settings(0.0, robust=True).told(),
        }.items():
            network = pretrained.weighted(settings, "all", (lr_size, lr_size))
            results = {
                one: placed(network.predict(placed(lr, one), verbose=0), BACK[one])
                for one in TRIED["and lying: eight positions"]
            }
            move = None
            if settings.reduction != "unknown":
                move = naming_reductions.moved_by(settings.reduction, lr_size, within)
            psnr = {
                what: scored(np.mean([results[one] for one in positions], axis=0), lr, images, move)
                for what, positions in ({"upright": [0]} | TRIED).items()
            }
            found[case][name] = {
                what: {
                    kind: scoring.rounded_interval(
                        (psnr[what] - psnr["upright"])[own], images.groups[own]
                    )
                    for kind, own in images.by_kind().items()
                }
                for what in TRIED
            }
    return found


def scored(sr, lr, images, move):
    """PSNR (N,) of results, moved to what agrees with their input where ``move`` does so."""
    sr = sr if move is None else move.predict([sr, lr], verbose=0)
    return scoring.psnr(images.pixels, degradation.to_pixels(sr))


def main():
    """Records the gains in ``results/``."""
    source = only_word(COMMAND, __doc__)
    recipe = presets.recipe("medsr", **IMAGES)
    parts = training.split(recipe, data.load(source, recipe.hr_size))
    note = {
        "command": COMMAND,
        "data": studies.data_note(parts),
        "hardware": studies.hardware(),
        "gains": gains(parts.validation),
    }
    studies.write(results_dir() / "positions.json", note)


if __name__ == "__main__":
    sys.exit(exit_status(main))
