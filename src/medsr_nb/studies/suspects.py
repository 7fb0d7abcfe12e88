"""The suspects of the black collapse: what each of them changes in the paper's recipe.

``SUSPECTS`` are trained briefly, ``LONG`` for as many steps as 20 epochs of the paper have, and
``PAPER`` and ``FASTER`` at the paper's size.
"""

from dataclasses import dataclass, replace

import keras
from keras import ops

from ..presets import recipe
from ..training import AdversarialModel, LogitAdversarialModel, networks

EPOCHS = 16  # of a short run


class WatchedModel(AdversarialModel):
    """``AdversarialModel`` that also reports ``slope``, the mean of 1 - sr^2.

    Of tanh that is the share of a gradient which its output lets through, 0 to 1.
    """

    reported = ("slope", *AdversarialModel.reported)

    def struggle(self, generator_loss, discriminator_loss, real, fake):
        figures = super().struggle(generator_loss, discriminator_loss, real, fake)
        return figures | {"slope": self.slope}

    def enlarged(self, lr, labels, training):
        sr = super().enlarged(lr, labels, training)
        self.slope = ops.mean(1.0 - ops.square(ops.clip(sr, -1.0, 1.0)))
        return sr


class WatchedLogitModel(WatchedModel, LogitAdversarialModel):
    """The same for a discriminator of logits, whose loss never ends."""


class UnguardedModel(WatchedModel):
    """The cross-entropy as the formula stands, without the limit that Keras puts before log.

    -log D(HR) - log(1 - D(SR)): a probability that rounds to 0 or 1 makes it infinite.
    """

    def fooling_loss(self, judged, real):
        return -ops.mean(ops.log(judged))

    def telling_loss(self, real, fake):
        return -0.5 * (ops.mean(ops.log(real)) + ops.mean(ops.log(1.0 - fake)))


@dataclass(frozen=True)
class Suspect:
    """What one run changes in the recipe; the defaults are ours, as the paper names none.

    ``output`` is the generator's last activation, ``momentum`` batch norm's, ``content`` the
    weight of the squared error beside ``adversarial``, ``clip`` the length to which the gradient of
    each variable is cut (0: never), ``model`` the training step.
    """

    output: str = "tanh"
    dropout: float = 0.5
    momentum: float = 0.9
    content: float = 1.0
    adversarial: float = 1e-3
    rate: float = 5e-4
    clip: float = 0.0
    model: type = WatchedModel


ALL = Suspect(rate=1e-2, adversarial=1.0, dropout=0.0)
SUSPECTS = {
    "the paper's recipe": Suspect(),
    "no dropout": Suspect(dropout=0.0),
    "adversarial weight 1": Suspect(adversarial=1.0),
    "no squared error": Suspect(content=0.0, adversarial=1.0),
    "learning rate x20": Suspect(rate=1e-2),
    "moving averages of 0.99": Suspect(momentum=0.99),
    "linear output": Suspect(output="linear"),
    "logits": Suspect(model=WatchedLogitModel),
    "log without limit": Suspect(model=UnguardedModel),
    # Three of them at once; then each is taken back alone, which shows that two are enough.
    "rate x20, weight 1, no dropout": ALL,
    "these, but dropout": replace(ALL, dropout=0.5),
    "these, but weight 0.001": replace(ALL, adversarial=1e-3),
    "these, but the old rate": replace(ALL, rate=5e-4),
    "these, but linear output": replace(ALL, output="linear"),
    "these, but logits": replace(ALL, model=WatchedLogitModel),
}
# What is trained at length: the paper's recipe, what could need more steps to do harm, and between
# the settings that collapse at once and those that do not, where the border runs.
LONG = {name: SUSPECTS[name] for name in (
    "the paper's recipe", "adversarial weight 1", "no squared error", "learning rate x20",
    "log without limit",
)} | {
    "rate x20, weight 1": Suspect(rate=1e-2, adversarial=1.0),
    "rate x20, weight 0.1": Suspect(rate=1e-2, adversarial=0.1),
    "rate x5, weight 1": Suspect(rate=2.5e-3, adversarial=1.0),
    "rate x20, weight 1, gradients clipped": Suspect(rate=1e-2, adversarial=1.0, clip=0.1),
}  # fmt: skip
PAPER = {name: one for name, one in SUSPECTS.items() if one is ALL}  # what collapses at once
# At the paper's size that does not: at a higher rate, and with each change but the rate taken back.
AT_100 = replace(ALL, rate=5e-2)
FASTER = {
    "rate x100, weight 1, no dropout": AT_100,
    "these, but dropout": replace(AT_100, dropout=0.5),
    "these, but weight 0.001": replace(AT_100, adversarial=1e-3),
}


def small_recipe(seed=0):
    """The prototype at 48x48 and a narrow width: a run of some 30 seconds on two cores.

    Batch norm keeps the epsilon with which the study was recorded, Keras's.
    """
    small = recipe("prototype", hr_size=48, width=8, batch_size=8, epochs=EPOCHS, seed=seed)
    return replace(small, train_images=96, test_images=16, norm_epsilon=1e-3, learning_rate=5e-4)


def long_recipe(seed=0):
    """``small_recipe`` for as many steps as 20 epochs of 1957 images in batches of 16: 2,440."""
    return replace(small_recipe(seed), train_images=976, test_images=160, epochs=20)


def paper_recipe(seed=0):
    """``small_recipe`` at the paper's size, with its images and batches, for three epochs."""
    paper = {"hr_size": 150, "batch_size": 16, "train_images": 1957, "test_images": 200}
    return replace(small_recipe(seed), **paper, epochs=3)


def faster_recipe(seed=0):
    """``paper_recipe`` for one epoch: at such a rate what freezes does so within it."""
    return replace(paper_recipe(seed), epochs=1)


def model(suspect, chosen, held):
    """The compiled training model of a recipe with one suspect switched."""
    generator, discriminator = networks(chosen)
    generator.layers[-1].activation = keras.activations.get(suspect.output)
    if suspect.model is WatchedLogitModel:
        discriminator.layers[-1].activation = keras.activations.linear
    for layer in (*generator.layers, *discriminator.layers):
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = suspect.momentum
        if isinstance(layer, keras.layers.Dropout):
            layer.rate = suspect.dropout

    def content(hr, sr):
        return suspect.content * ops.mean(ops.square(hr - sr))

    built = suspect.model(
        generator, discriminator, held, chosen.factor, suspect.adversarial, content=content
    )
    built.compile(optimizer=keras.optimizers.Adam(suspect.rate, clipnorm=suspect.clip or None))
    return built
