"""Why images go black: the paper's prototype with one suspect switched at a time.

The paper's images "turned entirely black" after 20 to 50 epochs (section 4), and it does not say
why. Here its recipe is trained many times on small images, each time with another part changed,
with several seeds; what is watched is the brightness of the output and whether its last
activation still passes a gradient. ``python -m medsr_nb.collapse`` records short runs of many
suspects, ``python -m medsr_nb.collapse --long`` runs of 20 of the paper's epochs of those that
remain.

Black is -1, where tanh ends. Its slope there, 1 - sr^2, is nothing: a network that is pushed so
far down gets no gradient from any loss, and stays.
"""

import argparse
import json
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import keras
import numpy as np
from keras import ops

from . import degrade, experiments, images, results, systems
from .adversarial import AdversarialModel, LogitAdversarialModel
from .paths import UserError, results_dir, runs_dir
from .presets import recipe
from .steps import Batches

EPOCHS, SEEDS = 16, 3
KEPT = (
    "slope", "real_accuracy", "fake_accuracy", "brightness", "target_brightness", "psnr",
    "val_brightness", "val_target_brightness", "val_contrast", "val_psnr",
    "val_batch_brightness",
)  # fmt: skip
SHOWN = ("val_brightness", "val_target_brightness", "slope", "fake_accuracy", "val_psnr")
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


class BatchBrightness(keras.callbacks.Callback):
    """``val_batch_brightness``: validation images enlarged with the statistics of their own batch.

    Those are what training uses. ``val_brightness`` is of the same images enlarged with the moving
    averages, which ``predict`` uses; where the two differ, the averages lag behind. ``indices``
    (n,) are into the model's images.
    """

    def __init__(self, indices):
        super().__init__()
        self.indices = indices

    def on_epoch_end(self, epoch, logs=None):
        hr, labels = self.model.images(self.indices)
        lr = degrade.reduced(hr, self.model.factor)
        with keras.StatelessScope():  # the moving averages stay as they are
            sr = self.model.generator(lr, training=True)
        logs["val_batch_brightness"] = float(ops.mean(127.5 * (ops.cast(sr, "float32") + 1.0)))


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
    # The black image needs three of them at once; then each is taken back alone.
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


def small_recipe(seed=0):
    """The prototype at 48x48 and a narrow width: a run of some 30 seconds on two cores."""
    small = recipe("prototype", hr_size=48, width=8, batch_size=8, epochs=EPOCHS, seed=seed)
    return replace(small, train_images=96, test_images=16)


def long_recipe(seed=0):
    """``small_recipe`` for as many steps as 20 epochs of 1957 images in batches of 16: 2,440."""
    return replace(small_recipe(seed), train_images=976, test_images=160, epochs=20)


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
    built.compile(optimizer=keras.optimizers.Adam(suspect.rate, clipnorm=suspect.clip or None))
    return built


def run(suspect, chosen, parts):
    """{figure: one value an epoch}: a suspect trained, and judged on validation images.

    None stands for what is not a number, which JSON does not know.
    """
    held = experiments.held(parts)
    built = model(suspect, chosen, held)
    count = len(parts.train)
    validation = count + np.arange(len(parts.validation))
    history = built.fit(
        Batches(np.arange(count), chosen.batch_size, seed=chosen.seed),
        validation_data=Batches(validation, chosen.batch_size),
        epochs=chosen.epochs,
        callbacks=[BatchBrightness(validation)],
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


def study(suspects, recipe_of, seeds=SEEDS, data="sample", work=None):
    """All suspects ``{name: Suspect}`` with all seeds, as plain values for ``results/``.

    ``recipe_of`` gives the recipe of a seed. ``work`` is a folder (Path) that keeps each finished
    run, so that the same call goes on after an interruption. Raises UserError where it holds a run
    that was asked for otherwise.
    """
    pictures = images.load(data, recipe_of(0).hr_size)
    runs = {name: [] for name in suspects}
    for seed in range(seeds):
        chosen = recipe_of(seed)
        parts = experiments.split(chosen, pictures)
        for name, suspect in suspects.items():
            runs[name].append(kept_run(name, suspect, chosen, parts, work))
            print(f"seed {seed}  {name}: {runs[name][-1]['outcome']}", flush=True)
    return {
        "recipe": recipe_of(0).to_dict(),
        "seeds": seeds,
        "data": results.data_note(parts),
        "hardware": results.hardware(),
        "seconds": round(sum(run["seconds"] for each in runs.values() for run in each)),
        "runs": runs,
    }


def kept_run(name, suspect, chosen, parts, work):
    """One run with its outcome and seconds, read from the folder ``work`` where it is finished."""
    asked = {
        "suspect": {what: str(value) for what, value in asdict(suspect).items()},
        "recipe": chosen.to_dict(),
        "images": parts.train.fingerprint,
    }
    path = None if work is None else work / f"{name} {chosen.seed}.json"
    if path is not None and path.exists():
        kept = json.loads(path.read_text("utf-8"))
        if kept["asked"] != asked:
            raise UserError(f"{path} is a run with other settings: choose another --work.")
        return kept["run"]
    began = time.perf_counter()
    history = run(suspect, chosen, parts)
    keras.utils.clear_session()
    found = history | {
        "outcome": outcome(history), "seconds": round(time.perf_counter() - began, 1)
    }  # fmt: skip
    if path is not None:
        results.write(path, {"asked": asked, "run": found})
    return found


def table(found):
    """A study as a Markdown table: what became of each seed, and how the last epoch ended."""
    lines = [
        "| switched | what became of it, seed by seed | brightness of the target's "
        "| slope of tanh | discriminator right on generated | PSNR |",
        "|---|---|---|---|---|---|",
    ]
    for name, runs in found["runs"].items():
        last = {what: np.array([run[what][-1] for run in runs], float).mean() for what in SHOWN}
        lines.append(
            f"| {name} | {', '.join(run['outcome'] for run in runs)} "
            f"| {last['val_brightness'] / last['val_target_brightness']:.0%} "
            f"| {last['slope']:.2f} | {last['fake_accuracy']:.0%} | {last['val_psnr']:.1f} dB |"
        )
    return "\n".join(lines)


def main():
    """Records the short study or the long one in ``results/``."""
    parser = argparse.ArgumentParser(description="Train the prototype until it goes black.")
    parser.add_argument("--long", action="store_true", help="20 epochs of the paper, 9 suspects")
    parser.add_argument("--data", default="sample", help="sample, kaggle or a folder")
    parser.add_argument("--work", type=Path, help="default: collapse below MEDSR_RUNS, or runs")
    chosen = parser.parse_args()
    suspects, recipe_of, name = (
        (LONG, long_recipe, "collapse_long")
        if chosen.long
        else (SUSPECTS, small_recipe, "collapse")
    )
    work = chosen.work or runs_dir() / name
    found = study(suspects, recipe_of, data=chosen.data, work=work)
    results.write(results_dir() / f"{name}.json", found)
    print(table(found))


if __name__ == "__main__":
    main()
