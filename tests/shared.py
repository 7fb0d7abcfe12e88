"""What several tests take: sets of drawn images, and the smallest recipe of a system."""

import dataclasses

import numpy as np
from backend_steps import pictures

from medsr_nb import presets
from medsr_nb.data import ImageSet


def images(count, size=48):
    """An ``ImageSet`` of waves, each a group of its own."""
    return ImageSet(
        name="waves",
        pixels=pictures(count, size),
        names=tuple(map(str, range(count))),
        kinds=np.full(count, "image"),
        labels=np.arange(count, dtype="int32") % 2,
        label_names=("a", "b"),
        groups=np.arange(count),
        parts=np.full(count, ""),
        source="drawn",
        licence="none",
    )


def waves(count, side=48):
    """Grey waves, uint8 (N, S, S): no two alike."""
    draw = np.random.default_rng(0)
    place = np.arange(side) / side
    rows, columns, turn = draw.uniform(2, 9, (3, count, 1, 1))
    picture = np.sin(rows * place[:, None] * 6 + turn) * np.cos(columns * place * 6)
    return np.rint(127 + 90 * picture).astype("uint8")


def in_groups(groups, parts=None):
    """An ``ImageSet`` of black pictures, each in the group and the part that is given for it."""
    count = len(groups)
    return ImageSet(
        name="test images",
        pixels=np.zeros((count, 4, 4, 1), np.uint8),
        names=tuple(f"{number}.png" for number in range(count)),
        kinds=np.full(count, "image"),
        labels=np.zeros(count, np.int32),
        label_names=("image",),
        groups=np.array(groups, np.int32),
        parts=np.array(parts or [""] * count),
        source="",
        licence="",
    )


def tiny(system, **changes):
    """The recipe of a system at 48 pixels and the least width, depth and length.

    ACGAN's network has no depth to choose.
    """
    recipe = presets.recipe(system, "sample")
    tiny = {"hr_size": 48, "width": 12, "train_images": 8, "test_images": 4, "epochs": 2}
    tiny |= {"batch_size": 4, "blocks": 0 if system == "baseline" else 1}
    tiny |= {"pixel_epochs": 1 if recipe.pixel_epochs else 0}
    tiny |= {"perceptual": "labels" if recipe.perceptual else ""}
    return dataclasses.replace(recipe, **tiny | changes)
