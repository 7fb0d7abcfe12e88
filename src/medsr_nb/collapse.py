"""Why images go black: the paper's prototype with one suspect switched at a time.

The paper's images "turned entirely black" after 20 to 50 epochs (section 4), and it does not say
why. Here its recipe is trained many times on small images, each time with another part changed,
with several seeds; what is watched is the brightness of the output and whether its last
activation still passes a gradient. ``python -m medsr_nb.collapse`` records the runs.

Black is -1, where tanh ends. Its slope there, 1 - sr^2, is nothing: a network that is pushed so
far down gets no gradient from any loss, and stays.
"""

import sys
import time
from dataclasses import dataclass, replace

import keras
import numpy as np
from keras import ops

from . import experiments, images, results, systems
from .adversarial import AdversarialModel, LogitAdversarialModel
from .paths import results_dir
from .presets import recipe
from .steps import Batches

EPOCHS, SEEDS = 16, 3
KEPT = (
    "slope", "real_accuracy", "fake_accuracy", "brightness", "target_brightness", "psnr",
    "val_brightness", "val_target_brightness", "val_contrast", "val_psnr",
)  # fmt: skip
BLACK = 0.1  # of the originals' mean brightness: nothing to be seen
FROZEN = 0.01  # of the gradient is all that passes


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
    """What one run changes in the paper's recipe; every field as the paper has it by default.

    ``output`` is the generator's last activation, ``momentum`` batch norm's, ``content`` the
    weight of the squared error beside ``adversarial``, ``model`` the training step.
    """

    output: str = "tanh"
    dropout: float = 0.5
    momentum: float = 0.9
    content: float = 1.0
    adversarial: float = 1e-3
    rate: float = 5e-4
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
    # The black image needs three of them at once; then each is taken back alone.
    "rate x20, weight 1, no dropout": ALL,
    "these, but dropout": replace(ALL, dropout=0.5),
    "these, but weight 0.001": replace(ALL, adversarial=1e-3),
    "these, but the old rate": replace(ALL, rate=5e-4),
    "these, but linear output": replace(ALL, output="linear"),
    "these, but logits": replace(ALL, model=WatchedLogitModel),
}


def small_recipe(seed=0):
    """The prototype at 48x48 and a narrow width: a run of some 30 seconds on two cores."""
    small = recipe("prototype", hr_size=48, width=8, batch_size=8, epochs=EPOCHS, seed=seed)
    return replace(small, train_images=96, test_images=16)


def model(suspect, chosen, held):
    """The compiled training model of a recipe with one suspect switched."""
    generator, discriminator = systems.networks(chosen)
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
    built.compile(optimizer=keras.optimizers.Adam(suspect.rate))
    return built


def run(suspect, chosen, parts):
    """{figure: one value an epoch}: a suspect trained, and judged on validation images.

    None stands for what is not a number, which JSON does not know.
    """
    held = experiments.held(parts)
    built = model(suspect, chosen, held)
    count = len(parts.train)
    history = built.fit(
        Batches(np.arange(count), chosen.batch_size, seed=chosen.seed),
        validation_data=Batches(count + np.arange(len(parts.validation)), chosen.batch_size),
        epochs=chosen.epochs,
        verbose=0,
    ).history
    return {
        name: [round(float(one), 4) if np.isfinite(one) else None for one in history[name]]
        for name in KEPT
    }


def outcome(history):
    """What became of a run, in words: "broken" (NaN), "black", "frozen" (no gradient passes the
    output any more, whatever it shows), "flat", "dark" or "alive".
    """
    bright, target = history["val_brightness"][-1], history["val_target_brightness"][-1]
    if bright is None:
        return "broken"
    if bright < BLACK * target:
        return "black"
    if history["slope"][-1] < FROZEN:
        return "frozen"
    if history["val_contrast"][-1] < 1.0:
        return "flat"
    return "dark" if bright < 0.75 * target else "alive"


def study(data="sample", names=tuple(SUSPECTS), seeds=SEEDS, epochs=EPOCHS):
    """All suspects with all seeds, as plain values for ``results/collapse.json``."""
    began = time.perf_counter()
    pictures = images.load(data, 48)
    runs = {name: [] for name in names}
    for seed in range(seeds):
        chosen = replace(small_recipe(seed), epochs=epochs)
        parts = experiments.split(chosen, pictures)
        for name in names:
            history = run(SUSPECTS[name], chosen, parts)
            runs[name].append(history | {"outcome": outcome(history)})
            print(f"seed {seed}  {name}: {runs[name][-1]['outcome']}", flush=True)
            keras.utils.clear_session()
    return {
        "recipe": small_recipe().to_dict() | {"epochs": epochs},
        "seeds": seeds,
        "data": results.data_note(parts),
        "hardware": results.hardware(),
        "seconds": round(time.perf_counter() - began),
        "runs": runs,
    }


def table(found):
    """A study as a Markdown table: what became of each seed, and how the last epoch ended."""
    lines = [
        "| switched | what became of it, seed by seed | brightness of the target's "
        "| slope of tanh | discriminator right on generated | PSNR |",
        "|---|---|---|---|---|---|",
    ]
    for name, runs in found["runs"].items():
        last = {what: np.array([run[what][-1] for run in runs], float).mean() for what in KEPT}
        lines.append(
            f"| {name} | {', '.join(run['outcome'] for run in runs)} "
            f"| {last['val_brightness'] / last['val_target_brightness']:.0%} "
            f"| {last['slope']:.2f} | {last['fake_accuracy']:.0%} | {last['val_psnr']:.1f} dB |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    found = study(*sys.argv[1:2])
    results.write(results_dir() / "collapse.json", found)
    print(table(found))
