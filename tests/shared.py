"""What several tests take: a set of drawn images, and the smallest recipe of a system."""

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


def tiny(system, **changes):
    """The recipe of a system at 48 pixels and the least width, depth and length."""
    recipe = presets.recipe(system, "sample")
    tiny = {"hr_size": 48, "width": 12, "train_images": 8, "test_images": 4, "epochs": 2}
    tiny |= {"batch_size": 4, "blocks": 1 if recipe.blocks else 0}
    tiny |= {"pixel_epochs": 1 if recipe.pixel_epochs else 0}
    tiny |= {"perceptual": "labels" if recipe.perceptual else ""}
    return dataclasses.replace(recipe, **tiny | changes)
