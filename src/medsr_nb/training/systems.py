"""From a recipe to its networks, losses and training model: which system is what.

Experiments, the benchmark and the comparison build every system here, and only here.
"""

import keras

from .. import augmentation, losses
from ..degradation import ScannerReductions, SecondOrder, VaryingReduction
from ..models import (
    acgan,
    cutblur,
    esrgan,
    iteration1,
    medsr,
    prototype,
    realesrgan,
    resshift,
    rrdb,
    srgan,
    srresnet,
    swinir,
)
from .adversarial import (
    AdversarialModel,
    ConditionalAdversarialModel,
    DetailAdversarialModel,
    LogitAdversarialModel,
    LrAdversarialModel,
    RelativisticModel,
)
from .denoising import DiffusionModel
from .ema import Average
from .steps import PixelModel

GENERATORS = {
    "baseline": acgan,
    "iteration1": iteration1,
    "srgan": srgan,
    "prototype": prototype,
    "srresnet": srresnet,
    "perceptual": srresnet,
    "cutblur": cutblur,
    "srgan-x3": srgan,
    "rrdb": rrdb,
    "esrgan": esrgan,
    "realesrgan": realesrgan,
    "swinir": swinir,
    "resshift": resshift,
    "medsr": medsr,
    "medsr-sharp": medsr,
    "medsr-robust": medsr,
}
# The systems with a discriminator, and the training model that goes with it.
GANS = {
    "baseline": ConditionalAdversarialModel,
    "iteration1": AdversarialModel,
    "srgan": AdversarialModel,
    "prototype": AdversarialModel,
    "srgan-x3": AdversarialModel,
    "esrgan": RelativisticModel,
    "realesrgan": LogitAdversarialModel,
    "medsr-sharp": LogitAdversarialModel,
}
CONDITIONED = {"detail": DetailAdversarialModel, "lr": LrAdversarialModel}  # of medsr-sharp
PIXEL_LOSSES = {
    "mse": losses.mean_squared_error,
    "l1": losses.mean_absolute_error,
    "psnr": losses.negative_psnr,
}


def generator(recipe, lr_size=None, reduction=None):
    """The generator of a recipe, for its own LR size or another one that the system takes.

    ``reduction`` is medsr's, where it is to differ from that of the recipe's design.
    """
    depth = {"blocks": recipe.blocks} if recipe.blocks else {}
    if recipe.design:
        depth |= medsr.DESIGNS[recipe.design]
    if reduction:
        depth["reduction"] = reduction
    if recipe.system == "swinir":
        depth = swin_sizes(recipe)
    if recipe.system == "resshift":
        depth |= {"divisor": recipe.divisor}
    build = GENERATORS[recipe.system].generator
    network = build(lr_size or recipe.lr_size, recipe.factor, recipe.width, **depth)
    return with_epsilon(network, recipe.norm_epsilon)


def networks(recipe):
    """(generator, discriminator or None) of a recipe, with weights drawn from its seed."""
    keras.utils.set_random_seed(recipe.seed)
    first = generator(recipe)
    if recipe.system not in GANS:
        return first, None
    options = {"sees_lr": True} if recipe.condition == "lr" else {}
    second = GENERATORS[recipe.system].discriminator(recipe.hr_size, recipe.width, **options)
    return first, with_epsilon(second, recipe.norm_epsilon)


def with_epsilon(network, epsilon):
    """The network, every batch norm of it with this epsilon: a recorded one may have another."""
    for layer in network.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.epsilon = epsilon
    return network


def optimizer(recipe):
    """Adam as the recipe has it. Its epsilon is Keras's 1e-7, where PyTorch has 1e-8.

    With a ``weight_decay`` it is AdamW: each step also takes that share, times the learning rate,
    off each weight (Loshchilov & Hutter 2019, arXiv 1711.05101, algorithm 2).
    """
    return keras.optimizers.Adam(
        recipe.learning_rate,
        recipe.beta_1,
        recipe.beta_2,
        weight_decay=recipe.weight_decay or None,
    )


def swin_sizes(recipe):
    """How SwinIR's blocks are grouped: published, or at sample so that two cores can train it.

    Windows of 10 tile the 50 pixels of an LR image without padding.
    """
    if recipe.preset == "sample":
        return {"depths": (4,) * recipe.blocks, "heads": 2, "window": 10}
    return {"depths": (6,) * recipe.blocks}


class Content(keras.layers.Layer):
    """The content loss of a recipe: the (weight, loss) of ``parts``, added up.

    With ``sharpen`` the result is compared with a sharpened original (Real-ESRGAN).
    """

    def __init__(self, parts, sharpen):
        super().__init__(trainable=False, dtype="float32")
        self.sharpen = sharpen
        self.weights_of = [weight for weight, _ in parts]
        self.losses_of = [loss for _, loss in parts]

    def call(self, hr, sr):
        """HR and SR (B, S, S, 1) in [-1, 1] -> the loss, one number."""
        hr = realesrgan.sharpened(hr) if self.sharpen else hr
        pairs = zip(self.weights_of, self.losses_of, strict=True)
        return sum(weight * loss(hr, sr) for weight, loss in pairs)


def pixel_content(recipe):
    """The pixel loss alone, a function of (hr, sr), both (B, S, S, 1) in [-1, 1].

    Real-ESRGAN has its sharpened original in both stages: ``gt_usm`` in the published
    train_realesrnet_x4plus.yml, ``l1_gt_usm`` and ``percep_gt_usm`` in train_realesrgan_x4plus.yml.
    """
    loss = PIXEL_LOSSES[recipe.pixel_loss]
    if recipe.system == "realesrgan":
        return lambda hr, sr: loss(realesrgan.sharpened(hr), sr)
    return loss


def content(recipe):
    """The content loss of a recipe, a function of (hr, sr)."""
    whole = [
        (recipe.spectral_weight, losses.spectral_loss),
        (recipe.tile_weight, losses.tile_loss),
        (recipe.pattern_weight, losses.pattern_loss),
        (recipe.ssim_weight, losses.ssim_loss),
    ]
    further = [(weight, loss) for weight, loss in whole if weight]
    if recipe.perceptual:
        features = losses.perceptual_loss(recipe.perceptual)
        further = [(recipe.perceptual_weight, features), *further]
    if not further:
        return pixel_content(recipe)
    pixels = (recipe.pixel_weight, PIXEL_LOSSES[recipe.pixel_loss])
    return Content([pixels, *further], sharpen=recipe.system == "realesrgan")


class RealDegradation(keras.layers.Layer):
    """What Real-ESRGAN learns to undo: two rounds of damage to a sharpened original."""

    def __init__(self, factor, seed):
        super().__init__(trainable=False, dtype="float32")
        self.second_order = SecondOrder(factor, seed)

    def call(self, hr):
        """HR (B, S, S, 1) -> LR (B, S/factor, S/factor, 1), both in [-1, 1]."""
        return self.second_order(realesrgan.sharpened(hr))


DEGRADATIONS = {
    "second-order": RealDegradation,
    "varying-factors": VaryingReduction,
    "scanners": ScannerReductions,
}


def model(recipe, images):
    """The training model of a recipe, not compiled: a ``steps.PairModel``.

    ``images`` is the layer that gives the pictures (``steps.DeviceImages``), at the recipe's
    ``source_size`` where it has one.
    """
    generator, discriminator = networks(recipe)
    options = {"average": Average(generator, recipe.ema) if recipe.ema else None}
    if recipe.degradation in DEGRADATIONS:
        options["degradation"] = DEGRADATIONS[recipe.degradation](recipe.factor, recipe.seed)
    if recipe.source_size:
        options["windows"] = augmentation.Windows(recipe.hr_size, recipe.seed)
    if recipe.augment:
        names = recipe.augment.split("+")
        options["augmentation"] = augmentation.Augmentation(names, seed=recipe.seed)
    if recipe.system == "resshift":
        return DiffusionModel(generator, images, recipe.factor, **options)
    options["content"] = content(recipe)
    if discriminator is None:
        return PixelModel(generator, images, recipe.factor, **options)
    gan = CONDITIONED.get(recipe.condition, GANS[recipe.system])
    return gan(
        generator, discriminator, images, recipe.factor, recipe.adversarial_weight, **options
    )


def pixel_stage(recipe, gan):
    """The model of the stage before ``gan``: the same generator on the pixel loss alone."""
    return PixelModel(
        gan.generator,
        gan.images,
        gan.factor,
        gan.average,
        pixel_content(recipe),
        gan.degradation,
        gan.augmentation,
        gan.windows,
    )
