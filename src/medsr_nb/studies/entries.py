"""The rows of the studies: what ``medsr compare`` trains, as recipes."""

import dataclasses

from ..presets import recipe

BATCH = 8
SYSTEMS = {  # row of the table: system of the presets
    "ACGAN": "baseline",
    "prototype": "prototype",
    "SRResNet": "srresnet",
    "SRGAN": "srgan-x3",
    "RRDBNet": "rrdb",
    "ESRGAN": "esrgan",
    "Real-ESRGAN": "realesrgan",
    "SwinIR": "swinir",
    "ResShift": "resshift",
    "CutBlur": "cutblur",
    "perceptual": "perceptual",
}
# The studies narrow the paper's networks less than the notebooks do.
STUDIED = {"ACGAN": {"width": 24}, "prototype": {"width": 12, "learning_rate": 5e-4}}
# What each row changes in the training. The last is section 2.5's, which also dropped noise.
AUGMENTATIONS = {"none": {}} | {
    name: {"augment": name} for name in ("flips", "crops", "noise", "resize", "mixup", "cutblur")
}
AUGMENTATIONS["factors"] = {"degradation": "varying-factors"}
# Is it the network, or its learning rate? Each with both of those that the systems have above.
RATES = {
    f"{name}, {rate:g}": (name, rate)
    for rate in (5e-4, 1e-3)
    for name in ("SRResNet", "RRDBNet", "SwinIR")
}
# What medsr could be: its changes to the recipe "medsr".
DESIGNS = {
    "two levels": {},
    "two levels, turned": {"turns": True},
    "two levels, late": {"design": "late"},
    "one level, late": {"design": "one level, late", "width": 32, "blocks": 8},
}
# Our own network: faithful to every pixel, and sharp, which begins where the first ends. Then what
# else was tried for the sharp one, as changes to its recipe.
SHARP = {
    "sharp": {},
    "sharp, weight 0.3": {"adversarial_weight": 0.3},
    "sharp, features": {"adversarial_weight": 0.01, "perceptual_weight": 1.0},
}
# What might make the faithful one better: ways to train it, each by itself. The "later" ones go on
# where the first ends, at half its rate.
FIRST = "as at first"
LATER = {"batch_size": BATCH, "learning_rate": 5e-4}
LEADS = {
    FIRST: {},
    "windows": {"source_size": 224},
    "average 0.999": {"ema": 0.999},
    "weight decay": {"weight_decay": 0.05},
    "wider, two blocks": {"width": 80, "blocks": 2},
    "later": LATER,
    "later, SSIM": LATER | {"ssim_weight": 0.1},
    "later, batches of 16": LATER | {"batch_size": 16},
}
# The row whose weights another takes, and the share of a row's minutes or epochs that it is given.
STARTS = {("medsr", name): "faithful" for name in SHARP}
SHARES = dict.fromkeys(STARTS, 0.1) | {("medsr", "sharp"): 0.2}
STARTS |= {("leads", name): FIRST for name in LEADS if name.startswith("later")}
SHARES |= {("leads", name): 0.5 for name in LEADS if name.startswith("later")}
# Robust as it is finished: for the measure itself, on whole images, as those are that are scored.
# They are mirrored at last, so that fewer are learned by heart.
FIRST_ROBUST = "robust, first"
WHOLE_ROBUST = "robust, whole"
WHOLE = {"pixel_loss": "psnr", "source_size": 0}
MIRRORED = "faithful, mirrored"
ONWARD = {  # the same was tried for faithful, and in all positions for robust again
    ("robust", WHOLE_ROBUST): WHOLE | {"learning_rate": 3e-4},
    ("robust", "robust"): WHOLE | {"learning_rate": 3e-4, "augment": "mirror"},
    ("turned", "robust"): WHOLE | {"learning_rate": 3e-4, "turns": True},
    ("whole", "faithful"): WHOLE | {"learning_rate": 5e-4},
    ("whole", MIRRORED): WHOLE | {"learning_rate": 5e-4, "augment": "mirror"},
}
STARTS |= {("robust", WHOLE_ROBUST): FIRST_ROBUST, ("robust", "robust"): WHOLE_ROBUST}
SHARES |= {("robust", WHOLE_ROBUST): 0.25, ("robust", "robust"): 0.2}
# The share of a training's weights in a mean (``mixing``) with those of another row, or where none
# is named with those that it began with.
MIXED = dict.fromkeys(ONWARD, 0.7) | {("sharp", "sharp"): 0.5}
MIXED_WITH = {("sharp", "sharp"): "sharp, once"}
# Sharp as it is finished: with the right amount of fine detail, and without a pattern. A decibel
# counts the same in a picture of large errors and of small ones, as X-rays have them; a
# discriminator without a condition weighs both alike.
FINISHED = {
    "pixel_loss": "psnr",
    "pixel_weight": 0.013,
    "adversarial_weight": 0.05,
    "spectral_weight": 0.15,
    "pattern_weight": 0.15,
    "tile_weight": 6.0,
    "source_size": 0,
    "pixel_epochs": 0,
}
# One weight of the discriminator does not fit brain and chest, and what is likely detail depends on
# LR. Each training heeds one of both; the mean of the two has a higher PSNR than either.
CONDITIONS = {"sharp, once": {"condition": "detail"}, "sharp": {"condition": "lr"}}
# Our own network goes on for many passes, over images that it never sees twice on the same grid.
# ONWARD takes whole ones.
LONG = {"batch_size": 16, "ema": 0.999, "source_size": 224}
# Rows that begin with weights that come with the package: the recorded study and its row.
SHIPPED_STARTS = {
    ("faithful", "faithful"): ("medsr", "faithful"),
    ("robust", FIRST_ROBUST): ("medsr", "faithful"),
    ("sharp", "sharp, once"): ("faithful", "faithful"),
    ("sharp", "sharp"): ("faithful", "faithful"),
    ("turned", "robust"): ("robust", "robust"),
    ("whole", "faithful"): ("faithful", "faithful"),
    ("whole", MIRRORED): ("faithful", "faithful"),
}
STUDIES = {
    "systems": tuple(SYSTEMS),
    "augmentation": tuple(AUGMENTATIONS),
    "augmentation-prototype": tuple(AUGMENTATIONS),
    "rates": tuple(RATES),
    "designs": tuple(DESIGNS),
    "medsr": ("faithful", *SHARP),
    "faithful": ("faithful",),
    "robust": (FIRST_ROBUST, WHOLE_ROBUST, "robust"),
    "sharp": ("sharp, once", "sharp"),
    "turned": ("robust",),
    "whole": ("faithful", MIRRORED),
    "leads": tuple(LEADS),
}
# The networks whose weights lie beside a record, to be shown, upscaled with or gone on from. The
# "sharp" of "medsr" lies in results/medsr_1957 alone: results/sharp took the place of the other.
SHIPPED = {"systems": tuple(SYSTEMS), "augmentation": (), "augmentation-prototype": (),
           "rates": (), "designs": (),
           "medsr": ("faithful", "sharp"), "faithful": ("faithful",), "robust": ("robust",),
           "sharp": ("sharp",), "turned": (), "whole": (), "leads": ()}  # fmt: skip
# Bicubic enlargement has a squared error of 0.006 and 0.3 in the features of the label classifier:
# this brings the latter to the size of the former, as SRGAN's 1 / 12.75^2 does for VGG19.
LABELS_AS_MSE = 0.02


def system_of(kind, name):
    """The system of the presets behind one row of a study."""
    if kind == "systems":
        return SYSTEMS[name]
    if kind == "rates":
        return SYSTEMS[RATES[name][0]]
    if kind == "augmentation":
        return "cutblur"
    if kind == "augmentation-prototype":
        return "prototype"
    if name.startswith("robust"):
        return "medsr-robust"
    return "medsr-sharp" if kind == "sharp" or (kind == "medsr" and name in SHARP) else "medsr"


def recipe_of(kind, name, preset="sample", vgg=False, **changes):
    """The recipe behind one row of a study, on the paper's task: 50x50 to 150x150.

    ``vgg`` takes the published VGG19 losses, which need a download, in place of that of the
    label classifier. Raises ValueError for an unknown study or row.
    """
    if kind not in STUDIES:
        raise ValueError(f"no study {kind!r}: choose one of {', '.join(STUDIES)}.")
    if name not in STUDIES[kind]:
        raise ValueError(f"no row {name!r}: choose of {', '.join(STUDIES[kind])}.")
    if preset == "sample" and kind == "systems":
        changes = STUDIED.get(name, {}) | changes
    if preset == "sample" and kind == "augmentation-prototype":
        changes = STUDIED["prototype"] | changes
    if kind == "rates":
        changes = {"learning_rate": RATES[name][1]} | changes
    if kind.startswith("augmentation"):
        changes |= {"augment": ""} | AUGMENTATIONS[name]
    if kind == "designs":
        changes |= DESIGNS[name]
    if kind == "leads":
        changes |= LEADS[name]
    if kind == "sharp":
        changes = FINISHED | CONDITIONS[name] | changes
    if kind in ("faithful", "robust", "sharp", "turned", "whole"):
        changes = LONG | ONWARD.get((kind, name), {}) | changes
    if "epochs" in changes:
        changes["epochs"] = max(1, round(SHARES.get((kind, name), 1.0) * changes["epochs"]))
    if kind == "medsr" and name in SHARP:
        changes |= {"pixel_epochs": 0} | SHARP[name]  # that stage is behind it
    chosen = recipe(system_of(kind, name), preset)
    if chosen.perceptual and not vgg:
        changes["perceptual"] = "labels"
        if chosen.pixel_loss == "mse":
            changes["perceptual_weight"] = LABELS_AS_MSE
    if chosen.pixel_epochs and "epochs" in changes:
        changes = {"pixel_epochs": changes["epochs"] // 2} | changes
    fitting = {"batch_size": BATCH, "decay": "cosine", "ema": 0.99}
    if chosen.hr_size != 150:  # the baseline
        images = recipe("srresnet", preset)
        fitting |= {"hr_size": 150, "factor": 3}
        fitting |= {"train_images": images.train_images, "test_images": images.test_images}
    return dataclasses.replace(chosen, **fitting | changes)
