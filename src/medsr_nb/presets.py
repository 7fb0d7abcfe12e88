"""What a run is: one frozen recipe per system and preset.

Three presets scale the same networks and the same training:

* ``sample``: minutes on two CPU cores, narrow networks, the built-in sample images;
* ``colab``:  the paper's widths, shortened for one sitting on a T4;
* ``paper``:  the paper's images and epochs, for an A100 or a patient reader.

Where the paper is silent, widths and the adversarial weight are SRGAN's (arXiv 1609.04802), from
which the paper says it started, and the learning rate at full size is DCGAN's (arXiv 1511.06434).
The baseline's adversarial weight, and the sample's higher learning rates, are ours.
"""

import os
from dataclasses import asdict, dataclass, replace

PRESETS = ("sample", "colab", "paper")


@dataclass(frozen=True)
class Recipe:
    """All that decides the outcome of a training, besides the images.

    Sizes are in pixels of a side, ``learning_rate`` is Adam's, ``adversarial_weight``
    multiplies the generator's cross-entropy beside a mean squared error of weight 1. Of all
    ``epochs``, the first ``pixel_epochs`` train the generator alone, on the mean squared error.
    With an ``ema`` above 0, a moving average of the generator of that decay a step is judged
    and kept in its place. The paper has neither.
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

    def __post_init__(self):
        if self.hr_size % self.factor:
            raise ValueError(
                f"hr_size {self.hr_size} is not a multiple of the factor {self.factor}; "
                f"{self.hr_size - self.hr_size % self.factor} is."
            )
        for name in ("width", "train_images", "test_images", "epochs", "batch_size"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, not {getattr(self, name)}.")
        if self.batch_size > self.train_images:
            raise ValueError(
                f"batch_size {self.batch_size} exceeds train_images {self.train_images}; lower it."
            )
        if not 0 <= self.pixel_epochs <= self.epochs:
            raise ValueError(f"pixel_epochs is from 0 to epochs, not {self.pixel_epochs}.")
        if not 0.0 <= self.ema < 1.0:
            raise ValueError(f"ema is a decay from 0 (none) to below 1, not {self.ema}.")

    @property
    def lr_size(self):
        """Side of the low-resolution image, in pixels."""
        return self.hr_size // self.factor

    def to_dict(self):
        """The recipe as plain JSON values, for ``results/``."""
        return asdict(self)


# (system, preset) -> recipe. "srgan" is the published network on iteration 1's task.
_RECIPES = {
    (one.system, one.preset): one
    for one in (
        Recipe("baseline", "sample", 28, 4, 24, 2000, 400, 8, 32, 1e-3, 1e-2),
        Recipe("baseline", "colab", 28, 4, 64, 20000, 1000, 20, 64, 2e-4, 1e-2),
        Recipe("baseline", "paper", 28, 4, 64, 60000, 10000, 50, 64, 2e-4, 1e-2),
        Recipe("iteration1", "sample", 100, 2, 12, 96, 24, 12, 4, 1e-3),
        Recipe("iteration1", "colab", 100, 2, 64, 1000, 100, 10, 16, 2e-4),
        Recipe("iteration1", "paper", 100, 2, 64, 1957, 200, 50, 16, 2e-4),
        Recipe("srgan", "sample", 100, 2, 12, 96, 24, 12, 4, 1e-3),
        Recipe("srgan", "colab", 100, 2, 64, 1000, 100, 10, 16, 2e-4),
        Recipe("srgan", "paper", 100, 2, 64, 1957, 200, 50, 16, 2e-4),
        Recipe("prototype", "sample", 150, 3, 12, 96, 24, 10, 4, 5e-4),
        Recipe("prototype", "colab", 150, 3, 64, 1000, 100, 10, 16, 2e-4),
        Recipe("prototype", "paper", 150, 3, 64, 1957, 200, 100, 16, 2e-4),
    )
}
SYSTEMS = tuple(dict.fromkeys(system for system, _ in _RECIPES))


def recipe(system, preset="sample", **changes):
    """The recipe of ``system`` ("baseline", "iteration1", "srgan", "prototype") at a preset.

    ``changes`` replace single fields: ``recipe("prototype", "paper", epochs=10)``.
    Raises ValueError for an unknown system or preset, and for sizes that do not fit.
    """
    if preset not in PRESETS:
        raise ValueError(f"no preset {preset!r}: choose one of {', '.join(PRESETS)}.")
    if system not in SYSTEMS:
        raise ValueError(f"no system {system!r}: choose one of {', '.join(SYSTEMS)}.")
    return replace(_RECIPES[system, preset], **changes)


def from_environment(preset="sample", data="sample"):
    """(preset, data) of a notebook; MEDSR_PRESET and MEDSR_DATA, where set, replace them.

    So a run without hands (``medsr run``, CI) can choose what a reader types.
    """
    return os.environ.get("MEDSR_PRESET", preset), os.environ.get("MEDSR_DATA", data)
