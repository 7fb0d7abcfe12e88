"""The sub-commands of ``medsr`` that train: ``train``, ``record`` and ``compare``."""

import argparse
import dataclasses
import shlex
import subprocess
import sys

from .. import studies
from ..machine import (
    UserError,
    bring_up,
    check_result,
    count,
    count_or_auto,
    duration,
    named,
    place,
    runs_dir,
)
from ..presets import CHOICES, PRESETS, SYSTEMS, Recipe, from_environment, recipe

# Everything in a recipe that a command line may change. What a study reads belongs to the study.
KEPT = ("system", "preset", "source_size")
CHANGES = [field for field in dataclasses.fields(Recipe) if field.name not in KEPT]


def recipe_and_pictures(arguments: argparse.Namespace, preset: str, data: str):
    """(recipe with the command line's changes, the images it is for).

    Raises:
        UserError: if the recipe is not possible or the images cannot be had.
    """
    from ..data import load, load_small

    given = {field.name: getattr(arguments, field.name) for field in CHANGES}
    changes = {name: value for name, value in given.items() if value is not None}
    try:
        chosen = recipe(arguments.system, preset, **changes)
        if chosen.system == "baseline":
            return chosen, load_small(data, arguments.subject)
        return chosen, load(data, chosen.hr_size)
    except (OSError, ValueError) as error:
        raise UserError(str(error)) from error


def record(arguments: argparse.Namespace) -> int:
    """Train and compare one recipe, and write the result."""
    check_result(arguments.out)
    bring_up()
    preset, data = from_environment("paper", "kaggle")
    preset = arguments.preset or preset
    chosen, pictures = recipe_and_pictures(arguments, preset, arguments.data or data)
    full = recipe(arguments.system, preset)
    studies.record(chosen, full, pictures, arguments.out, arguments.precision)
    print(f"written: {arguments.out}")
    return 0


def train(arguments: argparse.Namespace) -> int:
    """Train one recipe; the same command goes on with it. 3 where it is not finished."""
    import numpy as np

    from .. import machine, training

    bring_up()
    preset, data = from_environment()
    preset = arguments.preset or preset
    chosen, pictures = recipe_and_pictures(arguments, preset, arguments.data or data)
    out = arguments.out or runs_dir() / "train" / f"{arguments.system}-{preset}"
    parts = training.split(chosen, pictures)
    watchers = [training.StepBar()]
    with machine.spread(arguments.devices):
        try:
            if machine.chief():
                watchers.append(training.TensorBoardLog(out / "tensorboard"))
        except ImportError:
            print("no TensorBoard logs: TensorFlow, which writes them, is not installed.")
        try:
            gan = training.build(chosen, parts, arguments.precision)
        except ValueError as error:  # a size or a name that the networks cannot take
            raise UserError(str(error)) from error
        history = training.train(
            gan,
            chosen,
            parts,
            *watchers,
            folder=out,
            max_minutes=arguments.max_minutes,
            guard=arguments.guard,
            go_on=f"To go on: {shlex.join(['medsr', *arguments.argv])}",
        )
    if len(next(iter(history.values()), ())) < chosen.epochs:
        return 3
    if not machine.chief():
        return 0
    if not all(np.isfinite(each).all() for each in gan.upscaler.get_weights()):
        raise UserError("the training ended in weights that are no numbers: none are written.")
    gan.upscaler.save_weights(out / "generator.weights.h5")
    studies.write(out / "history.json", {"recipe": chosen.to_dict(), "history": history})
    print(f"written: {out / 'generator.weights.h5'}, {out / 'history.json'}")
    return 0


def compare(arguments: argparse.Namespace) -> int:
    """Train every row of a study for the same time; the same command goes on with it."""
    bring_up()
    from .. import training
    from ..data import load
    from ..studies import budget

    check_result(arguments.out)
    preset, data = from_environment("sample", "kaggle")
    preset, data = arguments.preset or preset, arguments.data or data
    names = arguments.rows or studies.STUDIES[arguments.study]
    changes = {
        "train_images": arguments.train_images,
        "test_images": arguments.test_images,
        "epochs": arguments.epochs,
    }
    minutes = None if arguments.epochs else arguments.minutes
    changes = {name: value for name, value in changes.items() if value is not None}
    try:
        recipes = {
            name: studies.recipe_of(arguments.study, name, preset, arguments.vgg, **changes)
            for name in names
        }
        pictures = load(data, 150)
    except (OSError, ValueError) as error:
        raise UserError(str(error)) from error
    parts = training.split(next(iter(recipes.values())), pictures)
    work = arguments.work / arguments.study
    if arguments.one:  # a process for each row, so that each has its own peak of memory
        [name] = names
        budget.row(
            arguments.study, name, recipes[name], parts, minutes, work, arguments.precision,
            lambda size: load(data, size),
        )  # fmt: skip
        return 0
    for name in names:
        print(f"== {name}", flush=True)
        command = [sys.executable, "-m", "medsr_nb.cli", *arguments.argv, "--one", "--rows", name]
        if status := subprocess.run(command, check=False).returncode:
            print(f"medsr: {name} did not finish. The same command goes on.", file=sys.stderr)
            return status
    found, sr = budget.finished(work, names, parts.test)
    comparison = budget.comparison(found, sr, parts.test)
    shipped = [name for name in names if name in studies.SHIPPED[arguments.study]]
    studies.ship(work, shipped, arguments.out.with_suffix(""))
    studies.write(arguments.out, budget.report(arguments.study, found, comparison, parts, work))
    print(comparison.table())
    print(f"written: {arguments.out}")
    return 0


def add_compare(commands) -> None:
    """The sub-command ``compare``."""
    command = commands.add_parser(
        "compare",
        help="train every system for the same time on the same images, and score them",
        description="One row after the other: its steps are timed, the minutes turned into "
        "steps, and these trained; or so many epochs. What is finished is kept; the same command "
        "goes on.",
    )
    command.add_argument("out", type=place, help="a JSON file, as results/systems.json")
    command.add_argument(
        "--study",
        choices=tuple(studies.STUDIES),
        default="systems",
        help="every system the paper names, one network under each augmentation, what our own "
        "network could be, or that network itself",
    )
    command.add_argument("--rows", nargs="+", metavar="NAME", help="some rows only; default: all")
    time = command.add_mutually_exclusive_group()
    less = "; less for one that goes on from another"
    time.add_argument("--minutes", type=duration, default=10.0, help=f"a row; default: 10{less}")
    time.add_argument("--epochs", type=count, help=f"a row, in place of minutes{less}")
    add_source(command, "sample", "kaggle")
    command.add_argument("--train-images", type=count, help="default: the preset's")
    command.add_argument("--test-images", type=count, help="default: the preset's")
    command.add_argument(
        "--vgg",
        action="store_true",
        help="the published VGG19 losses, whose weights are downloaded; else the label "
        "classifier's, which come with the package",
    )
    command.add_argument(
        "--work",
        type=place,
        default=runs_dir() / "compare",
        help="for checkpoints and pictures; default: compare below MEDSR_RUNS, or runs",
    )
    command.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    command.set_defaults(command=compare)


def add_record(commands) -> None:
    """The sub-command ``record``."""
    command = commands.add_parser(
        "record", help="train one recipe, compare it with bicubic, and write the result"
    )
    command.add_argument("system", choices=SYSTEMS)
    command.add_argument("out", type=place, help="a JSON file, as results/prototype.json")
    add_recipe(command, "paper", "kaggle")
    command.set_defaults(command=record)


def add_train(commands) -> None:
    """The sub-command ``train``."""
    command = commands.add_parser(
        "train",
        help="train one recipe headless; repeat the command to go on",
        description="Trains, and saves all it needs to go on: the same command goes on, to the "
        "same bits, after --max-minutes, Ctrl-C, SIGTERM or a crash. Exit status 3: not finished.",
    )
    command.add_argument("system", choices=SYSTEMS)
    command.add_argument(
        "--out", type=place, help="default: train/SYSTEM-PRESET below MEDSR_RUNS, or runs"
    )
    command.add_argument("--max-minutes", type=duration, help="stop after a step, saved, when over")
    command.add_argument(
        "--guard",
        choices=("report", "stop", "rollback"),
        default="report",
        help="on NaN, black or constant output, or a discriminator that always wins: only say so, "
        "stop, or go back to the last good checkpoint with half the learning rate",
    )
    command.add_argument(
        "--devices",
        type=count_or_auto,
        default="auto",
        help="how many; default: auto, all GPUs of this machine",
    )
    add_recipe(command, "sample", "sample")
    command.set_defaults(command=train)


def add_source(command: argparse.ArgumentParser, preset: str, data: str) -> None:
    """The options that say at which size, on what and in how many bits is trained."""
    command.add_argument("--preset", choices=PRESETS, help=f"default: MEDSR_PRESET, or {preset}")
    command.add_argument(
        "--data", type=named, help=f"sample, kaggle or a folder; default: MEDSR_DATA, or {data}"
    )
    command.add_argument(
        "--precision",
        default="auto",
        help="float32, bfloat16 or float16; default: auto, the machine's best",
    )


def add_recipe(command: argparse.ArgumentParser, preset: str, data: str) -> None:
    """The options that say what is trained on what."""
    add_source(command, preset, data)
    command.add_argument("--subject", default="digits", help="of the baseline: digits or fashion")
    changes = command.add_argument_group("the recipe", "each instead of the preset's value")
    for field in CHANGES:
        option = f"--{field.name.replace('_', '-')}"
        if field.type is bool:
            changes.add_argument(option, action=argparse.BooleanOptionalAction)
        else:
            changes.add_argument(option, type=field.type, choices=CHOICES.get(field.name))
