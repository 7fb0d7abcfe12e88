"""What a run is: one frozen recipe per system and preset.

Three presets scale the same networks and the same training:

* ``sample``: minutes on two CPU cores, narrow networks, the built-in sample images;
* ``colab``:  the paper's widths, shortened for one sitting on a T4;
* ``paper``:  the paper's images and epochs, for an A100 or a patient reader.

The paper's own systems: where it is silent, widths and the adversarial weight are SRGAN's (arXiv
1609.04802), from which the paper says it started, and the learning rate at full size is DCGAN's
(arXiv 1511.06434). The baseline's adversarial weight, and the sample's higher learning rates, are
ours. Adam's averages: the paper names none. The baseline is an ACGAN of DCGAN's layers, and both
papers have beta 1 of 0.5 (1511.06434, section 4; 1610.09585, appendix A); the others follow SRGAN,
0.9, and with that Adam's own defaults.

The systems it compares with: widths, depths, losses and their weights are the published ones at
``paper``; learning rates there too, but with a cosine to zero over far fewer steps. At ``sample``
all networks are smaller, at ``colab`` the largest ones; learning rates are raised for short runs.
Adam's averages are everywhere the published ones:

* 0.9 and 0.99: SRResNet, RRDBNet, ESRGAN, Real-ESRGAN (BasicSR's options/train:
  SRResNet_SRGAN/train_MSRResNet_x4.yml, ESRGAN/train_RRDBNet_PSNR_x4.yml, train_ESRGAN_x4.yml;
  Real-ESRGAN's options/train_realesrnet_x4plus.yml and train_realesrgan_x4plus.yml);
* 0.9 and 0.999: SRGAN and its perceptual stage (1609.04802, section 3.2: beta 1 of 0.9); SwinIR
  (KAIR's options/swinir/train_swinir_sr_lightweight.json names none, its default is this);
  CutBlur (its solver.py); ResShift (AdamW at 5e-5 with weight decay 0, which is Adam). medsr too.

Weights of pixels: published losses see [0, 1], ours [-1, 1], where an absolute error is twice as
large. So a published L1 weight stands here halved wherever other terms stand beside it. Alone it
does not matter, as Adam ignores the scale of a loss. SRGAN's squared error is on [-1, 1] as here
(section 3.2), and features have a scale of their own.
"""

import math
import os
from dataclasses import MISSING, asdict, dataclass, fields, replace

PRESETS = ("sample", "colab", "paper")

CHOICES = {
    "pixel_loss": ("mse", "l1", "psnr"),
    "perceptual": ("", "srgan", "esrgan", "realesrgan", "labels"),
    "decay": ("constant", "cosine"),
    "degradation": ("bicubic", "second-order", "varying-factors", "scanners"),
    "design": ("", "late", "one level, late", "free"),
    "divisor": ("deviation", "largest"),
    "condition": ("", "detail", "lr"),
}
NORM_EPSILON = 1e-5  # of batch norm: Torch's default, so in DCGAN's and ESRGAN's code


class WrongChoice(ValueError):
    """A recipe that cannot be; the message says what can. A notebook shows that line alone."""

    def _render_traceback_(self):
        return [f"{type(self).__name__}: {self}"]


@dataclass(frozen=True)
class Recipe:
    """All that decides the outcome of a training, besides the images.

    Sizes are in pixels of a side, ``learning_rate`` is Adam's, ``adversarial_weight`` multiplies
    the generator's cross-entropy beside the content loss. Of all ``epochs``, the first
    ``pixel_epochs`` train the generator alone, on the pixel loss. With an ``ema`` above 0, a moving
    average of the generator of that decay a step is judged and kept. The paper has neither.

    ``blocks`` is the network's depth in its own units (0: as published). The content loss is
    ``pixel_weight`` times the ``pixel_loss`` ("mse", "l1", "psnr") plus ``perceptual_weight`` times
    a ``perceptual`` loss (a name of ``perceptual.py``, "" for none); beside that may stand
    ``spectral_weight``, ``pattern_weight`` and ``tile_weight`` times the losses of ``spectral.py``,
    and ``ssim_weight`` times that of ``pixel.py``. ``weight_decay`` is AdamW's. ``decay`` is what
    the learning rate does: stay "constant", or fall to zero as a "cosine" within each stage.
    ``turns`` shows each image in one of its eight positions, ``augment`` names augmentations of
    ``augment.py`` joined by "+", ``degradation`` is "bicubic", "second-order" (Real-ESRGAN's),
    "varying-factors" (dropped in section 2.5) or "scanners" (``scanners.py``). An epoch is a pass
    over all training images, or over ``epoch_images`` drawn anew each time. ``design`` is a form of
    medsr (``models/medsr.py``), "" the one that was chosen. ``condition`` lets its discriminator go
    by LR (``training/adversarial.py``): "detail" weighs what it says of each picture by the detail
    of its LR, "lr" shows it the LR. With a ``source_size`` above ``hr_size`` the images are read at
    that size, and every step sees windows of them that are drawn anew, reduced to ``hr_size``
    (``windows.py``); 0 reads them at ``hr_size``.

    ``beta_1`` and ``beta_2`` are Adam's, ``norm_epsilon`` is batch norm's, ``divisor`` what
    ResShift scales its input by (``models/diffusion.py``). The defaults of these four are those of
    runs that were recorded before the fields existed, not what is published.
    """

    system: str
    preset: str
    hr_size: int
    factor: int
    width: int
    train_images: int
    test_images: int
    epochs: int
    batch_size: int = 16
    learning_rate: float = 1e-4
    adversarial_weight: float = 1e-3
    seed: int = 0
    pixel_epochs: int = 0
    ema: float = 0.0
    blocks: int = 0
    pixel_loss: str = "mse"
    pixel_weight: float = 1.0
    perceptual: str = ""
    perceptual_weight: float = 0.0
    decay: str = "constant"
    turns: bool = False
    augment: str = ""
    degradation: str = "bicubic"
    epoch_images: int = 0
    design: str = ""
    beta_1: float = 0.9
    beta_2: float = 0.999
    norm_epsilon: float = 1e-3
    divisor: str = "deviation"
    spectral_weight: float = 0.0
    tile_weight: float = 0.0
    source_size: int = 0
    ssim_weight: float = 0.0
    weight_decay: float = 0.0
    pattern_weight: float = 0.0
    condition: str = ""

    def __post_init__(self):
        counts = ("width", "train_images", "test_images", "epochs", "batch_size")
        for name in ("factor", "hr_size", *counts):
            if getattr(self, name) < 1:
                raise WrongChoice(f"{name} must be at least 1, not {getattr(self, name)}.")
        if self.hr_size % self.factor:
            raise WrongChoice(
                f"hr_size {self.hr_size} is not a multiple of the factor {self.factor}; "
                f"{self.hr_size - self.hr_size % self.factor} is."
            )
        if self.batch_size > self.train_images:
            raise WrongChoice(
                f"batch_size {self.batch_size} exceeds train_images {self.train_images}; lower it."
            )
        if not 0 <= self.pixel_epochs <= self.epochs:
            raise WrongChoice(f"pixel_epochs is from 0 to epochs, not {self.pixel_epochs}.")
        for name in ("ema", "beta_1", "beta_2"):
            if not 0.0 <= getattr(self, name) < 1.0:
                raise WrongChoice(
                    f"{name} is a decay from 0 (none) to below 1, not {getattr(self, name)}."
                )
        for name in ("learning_rate", "norm_epsilon"):
            if not 0.0 < getattr(self, name) < math.inf:
                raise WrongChoice(f"{name} must be above 0, not {getattr(self, name)}.")
        for name in ("blocks", *(each.name for each in fields(self) if "weight" in each.name)):
            if not 0.0 <= getattr(self, name) < math.inf:
                raise WrongChoice(f"{name} is 0 or above, not {getattr(self, name)}.")
        if self.epoch_images and not self.batch_size <= self.epoch_images <= self.train_images:
            raise WrongChoice(
                f"epoch_images is 0 (all) or from batch_size {self.batch_size} to train_images "
                f"{self.train_images}, not {self.epoch_images}."
            )
        if self.source_size and self.source_size <= self.hr_size:
            raise WrongChoice(
                f"source_size is 0 or above hr_size {self.hr_size}, not {self.source_size}."
            )
        if self.design and self.system not in ("medsr", "medsr-robust"):
            raise WrongChoice(f"design {self.design!r} is a form of medsr, not of {self.system}.")
        if self.condition and self.system != "medsr-sharp":
            raise WrongChoice(f"{self.system} has no condition: only medsr-sharp has.")
        for name, choices in CHOICES.items():
            if getattr(self, name) not in choices:
                raise WrongChoice(
                    f"{name} is one of {', '.join(map(repr, choices))}, "
                    f"not {getattr(self, name)!r}."
                )

    def __str__(self):
        """What a reader wants to see of it: all but the values that stand by default."""
        told = [
            f"{field.name.replace('_', ' ')} {getattr(self, field.name)}"
            for field in fields(self)
            if field.name not in ("system", "preset") and getattr(self, field.name) != field.default
        ]
        return f"{self.system} at {self.preset}: {', '.join(told)}"

    @property
    def lr_size(self):
        """Side of the low-resolution image, in pixels."""
        return self.hr_size // self.factor

    def to_dict(self):
        """The recipe as plain JSON values, for ``results/``."""
        return asdict(self)


def completed(stored, asked):
    """``stored`` with the defaults of those fields of a recipe that ``asked`` has and it lacks.

    Both are plain values, a recipe's among them. Fields that came later leave older runs as they
    were by their defaults, so that a run goes on under a newer version.
    """
    later = asked.keys() - stored.keys()
    before = {one.name: one.default for one in fields(Recipe) if one.default is not MISSING}
    return {name: value for name, value in before.items() if name in later} | stored


# "srgan" is the published network on iteration 1's task, trained as the paper trains.
_PAPER = tuple(replace(one, norm_epsilon=NORM_EPSILON) for one in (
    Recipe("baseline", "sample", 28, 4, 16, 1000, 200, 8, 32, 1e-3, 1e-2, beta_1=0.5),
    Recipe("baseline", "colab", 28, 4, 64, 20000, 1000, 20, 64, 2e-4, 1e-2, beta_1=0.5),
    Recipe("baseline", "paper", 28, 4, 64, 60000, 10000, 50, 64, 2e-4, 1e-2, beta_1=0.5),
    Recipe("iteration1", "sample", 100, 2, 8, 48, 12, 6, 4, 2e-3),
    Recipe("iteration1", "colab", 100, 2, 64, 1000, 100, 10, 16, 2e-4),
    Recipe("iteration1", "paper", 100, 2, 64, 1957, 200, 50, 16, 2e-4),
    Recipe("srgan", "sample", 100, 2, 8, 48, 12, 6, 4, 2e-3),
    Recipe("srgan", "colab", 100, 2, 64, 1000, 100, 10, 16, 2e-4),
    Recipe("srgan", "paper", 100, 2, 64, 1957, 200, 50, 16, 2e-4),
    Recipe("prototype", "sample", 150, 3, 8, 48, 12, 6, 4, 1e-3),
    Recipe("prototype", "colab", 150, 3, 64, 1000, 100, 10, 16, 2e-4),
    Recipe("prototype", "paper", 150, 3, 64, 1957, 200, 100, 16, 2e-4),
))  # fmt: skip


def compared(system, widths, blocks, rates, gan=False, **training):
    """The three recipes of a system that the paper compares with, on the paper's task.

    ``widths`` and ``blocks`` are those of sample, colab and paper, the last as published
    (except ResShift, which runs in pixels, and medsr, which is ours); ``rates`` are the learning
    rates of a short and of a long training. A GAN begins with the pixel loss alone, for half
    of its epochs.
    """
    short, long = rates
    runs = ((24, 8, 2, 4, short), (1000, 100, 20, 16, short), (1957, 200, 200, 16, long))
    for preset, width, depth, run in zip(PRESETS, widths, blocks, runs, strict=True):
        images, tests, epochs, batch_size, rate = run
        yield Recipe(
            system, preset, 150, 3, width, images, tests, epochs, batch_size, rate,
            blocks=depth, decay="cosine", ema=0.999 if preset == "paper" else 0.99,
            pixel_epochs=epochs // 2 if gan else 0, **training,
        )  # fmt: skip


_COMPARED = (
    *compared("srresnet", (32, 64, 64), (8, 16, 16), (1e-3, 2e-4), pixel_loss="l1", beta_2=0.99),
    *compared("rrdb", (24, 64, 64), (3, 8, 23), (5e-4, 2e-4), pixel_loss="l1", beta_2=0.99),
    *compared("swinir", (48, 60, 60), (2, 4, 4), (5e-4, 2e-4), pixel_loss="l1"),
    *compared("resshift", (32, 64, 96), (1, 2, 2), (5e-4, 5e-5), divisor="largest"),
    *compared(
        "cutblur", (32, 64, 64), (8, 16, 16), (1e-3, 2e-4), pixel_loss="l1", augment="cutblur"
    ),
    *compared(
        "perceptual", (32, 64, 64), (8, 16, 16), (5e-4, 1e-4),
        perceptual="srgan", perceptual_weight=1.0,
    ),
    *compared(
        "srgan-x3", (32, 64, 64), (8, 16, 16), (5e-4, 1e-4), gan=True,
        pixel_weight=0.0, perceptual="srgan", perceptual_weight=1.0, adversarial_weight=1e-3,
        norm_epsilon=NORM_EPSILON,
    ),
    *compared(
        "esrgan", (24, 64, 64), (3, 8, 23), (5e-4, 1e-4), gan=True, pixel_loss="l1",
        pixel_weight=0.005,  # published 0.01, on [0, 1]
        perceptual="esrgan", perceptual_weight=1.0, adversarial_weight=5e-3,
        beta_2=0.99, norm_epsilon=NORM_EPSILON,
    ),
    *compared(
        "realesrgan", (24, 64, 64), (3, 8, 23), (5e-4, 1e-4), gan=True, pixel_loss="l1",
        pixel_weight=0.5,  # published 1, on [0, 1]
        perceptual="realesrgan", perceptual_weight=1.0, adversarial_weight=0.1,
        degradation="second-order", beta_2=0.99,
    ),
    *compared("medsr", (64, 64, 64), (3, 3, 3), (1e-3, 1e-3), pixel_loss="l1"),
    *compared(
        "medsr-sharp", (64, 64, 64), (3, 3, 3), (5e-4, 1e-4), gan=True, pixel_loss="l1",
        perceptual="labels", perceptual_weight=0.1, adversarial_weight=0.1,
    ),
    *compared(
        "medsr-robust", (64, 64, 64), (3, 3, 3), (5e-4, 5e-4), pixel_loss="l1",
        degradation="scanners", design="free",
    ),
)  # fmt: skip
_RECIPES = {(one.system, one.preset): one for one in (*_PAPER, *_COMPARED)}
SYSTEMS = tuple(dict.fromkeys(system for system, _ in _RECIPES))


def recipe(system, preset="sample", **changes):
    """The recipe of ``system`` (one of ``SYSTEMS``) at a preset.

    ``changes`` replace single fields: ``recipe("prototype", "paper", epochs=10)``.
    Raises WrongChoice for an unknown system or preset, and for sizes that do not fit.
    """
    if preset not in PRESETS:
        raise WrongChoice(f"no preset {preset!r}: choose one of {', '.join(PRESETS)}.")
    if system not in SYSTEMS:
        raise WrongChoice(f"no system {system!r}: choose one of {', '.join(SYSTEMS)}.")
    return replace(_RECIPES[system, preset], **changes)


def from_environment(preset="sample", data="sample"):
    """(preset, data) of a notebook; MEDSR_PRESET and MEDSR_DATA, where set, replace them.

    So a run without hands (``medsr run``, CI) can choose what a reader types.
    """
    return os.environ.get("MEDSR_PRESET") or preset, os.environ.get("MEDSR_DATA") or data
