"""The command ``medsr``: a thin dispatcher, one small function a sub-command."""

import argparse
import dataclasses
import shlex
import sys
from pathlib import Path

from .paths import UserError, checkout_dir, runs_dir
from .presets import PRESETS, SYSTEMS, Recipe, from_environment, recipe

# Everything in a recipe that a command line may change.
CHANGES = [field for field in dataclasses.fields(Recipe) if field.name not in ("system", "preset")]


def series_module():
    """``medsr_nb.series``, whose needs are not part of a plain installation."""
    try:
        from . import series
    except ModuleNotFoundError as error:
        sys.exit(f"medsr: {error.name} is missing; pip install 'medsr-nb[notebooks]' brings it.")
    return series


def run(arguments: argparse.Namespace) -> int:
    """Run the notebooks headless."""
    series = series_module()
    paths = series.select_notebooks(arguments.notebooks)
    out = arguments.out or runs_dir() / "series"
    return min(1, series.run_series(paths, out, arguments.preset, arguments.data))


def notebooks(arguments: argparse.Namespace) -> int:
    """Execute the notebooks in place."""
    series = series_module()
    return min(1, series.refresh(series.select_notebooks(arguments.notebooks)))


def pair(arguments: argparse.Namespace) -> int:
    """Check that notebooks and twins agree."""
    series = series_module()
    paths = series.select_notebooks(arguments.notebooks)
    drifted = series.drifted_notebooks(paths)
    for path in drifted:
        print(
            f"notebooks/{path.name} and notebooks/py/{path.stem}.py differ.\n"
            f"  To keep the .py:       medsr notebooks --notebooks {path.stem}\n"
            f"  To keep the notebook:  jupytext --to py:percent "
            f"--output notebooks/py/{path.stem}.py notebooks/{path.name}"
        )
    print(f"{len(paths) - len(drifted)} of {len(paths)} pairs agree.")
    return min(1, len(drifted))


def address(arguments: argparse.Namespace) -> int:
    """Print or change the repository's address."""
    series = series_module()
    if arguments.new is None:
        print(series.address())
        return 0
    if (root := checkout_dir()) is None:
        sys.exit("medsr: only a checkout's address can be changed; this package is installed.")
    for path in series.change_address(arguments.new, root):
        print(f"changed {path.relative_to(root)}")
    return 0


def recipe_and_pictures(arguments: argparse.Namespace, preset: str, data: str):
    """(recipe with the command line's changes, the images it is for).

    Raises:
        UserError: if the recipe is not possible or the images cannot be had.
    """
    from . import images

    given = {field.name: getattr(arguments, field.name) for field in CHANGES}
    changes = {name: value for name, value in given.items() if value is not None}
    try:
        chosen = recipe(arguments.system, preset, **changes)
        if chosen.system == "baseline":
            return chosen, images.load_small(data, arguments.subject)
        return chosen, images.load(data, chosen.hr_size)
    except (images.DataUnavailable, OSError, ValueError) as error:
        raise UserError(str(error)) from error


def record(arguments: argparse.Namespace) -> int:
    """Train and compare one recipe, and write the result."""
    from . import experiments

    preset, data = from_environment("paper", "kaggle")
    preset = arguments.preset or preset
    chosen, pictures = recipe_and_pictures(arguments, preset, arguments.data or data)
    full = recipe(arguments.system, preset)
    experiments.record(chosen, full, pictures, arguments.out, arguments.precision)
    print(f"written: {arguments.out}")
    return 0


def train(arguments: argparse.Namespace) -> int:
    """Train one recipe; the same command goes on with it. 3 where it is not finished."""
    from . import callbacks, devices, experiments, results

    preset, data = from_environment()
    preset = arguments.preset or preset
    chosen, pictures = recipe_and_pictures(arguments, preset, arguments.data or data)
    out = arguments.out or runs_dir() / "train" / f"{arguments.system}-{preset}"
    parts = experiments.split(chosen, pictures)
    watchers = [callbacks.StepBar()] if sys.stdout.isatty() else []
    with devices.spread(arguments.devices):
        try:
            if devices.chief():
                watchers.append(callbacks.TensorBoardLog(out / "tensorboard"))
        except ImportError:
            print("no TensorBoard logs: TensorFlow, which writes them, is not installed.")
        gan = experiments.build(chosen, parts, arguments.precision)
        history = experiments.train(
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
    if not devices.chief():
        return 0
    gan.upscaler.save_weights(out / "generator.weights.h5")
    results.write(out / "history.json", {"recipe": chosen.to_dict(), "history": history})
    print(f"written: {out / 'generator.weights.h5'}, {out / 'history.json'}")
    return 0


def bench(arguments: argparse.Namespace) -> int:
    """Measure the networks on this machine."""
    from .bench import bench as measured
    from .results import write

    out = arguments.out or runs_dir() / "bench.json"
    write(
        out,
        measured(
            arguments.networks,
            arguments.preset or PRESETS[0],
            arguments.precision,
            arguments.batch,
            arguments.rounds,
            arguments.seconds,
            arguments.torch,
        ),
    )
    print(f"Written to {out}.")
    return 0


def add_bench(commands) -> None:
    """The sub-command ``bench`` with its options."""
    command = commands.add_parser(
        "bench",
        help="measure training and enlarging speed, memory and waiting of each network",
        description="A table of the pixel step, the adversarial step and enlarging one image, "
        "each the median of the rounds; all figures go to a JSON file. KERAS_BACKEND chooses "
        "TensorFlow or JAX.",
    )
    command.add_argument(
        "--networks",
        nargs="+",
        metavar="NAME",
        help="systems of the series, and the plain x3 networks srresnet and fast; default: all",
    )
    command.add_argument("--preset", choices=PRESETS, help="widths and sizes; default: sample")
    command.add_argument(
        "--precision",
        nargs="+",
        metavar="P",
        default=["auto"],
        help="float32, bfloat16, float16 or auto, the machine's best; several take turns in "
        "one run; default: auto",
    )
    command.add_argument("--batch", type=int, default=16, help="images a step; default: 16")
    command.add_argument("--rounds", type=int, default=5, help="default: 5")
    command.add_argument(
        "--seconds", type=float, default=2.0, help="of a measurement in a round; default: 2"
    )
    command.add_argument(
        "--torch",
        action="store_true",
        help="compare the plain x3 networks with PyTorch's bf16 autocast, if it is installed",
    )
    command.add_argument("--out", type=Path, help="default: bench.json below MEDSR_RUNS, or runs")
    command.set_defaults(command=bench)


def parser() -> argparse.ArgumentParser:
    """All sub-commands with their options; ``command`` is the function that does the work."""
    root = argparse.ArgumentParser(prog="medsr", description="Medical super-resolution.")
    commands = root.add_subparsers(required=True, metavar="COMMAND")

    command = commands.add_parser("run", help="run the notebooks headless, with one HTML page")
    add_notebooks(command)
    command.add_argument("--preset", choices=PRESETS, help="default: MEDSR_PRESET, or sample")
    command.add_argument(
        "--data", help="sample, kaggle or a folder of images; default: MEDSR_DATA, or sample"
    )
    command.add_argument("--out", type=Path, help="default: series below MEDSR_RUNS, or runs")
    command.set_defaults(command=run)

    add_train(commands)

    command = commands.add_parser(
        "notebooks", help="execute notebooks/py on the sample images, into notebooks/*.ipynb"
    )
    add_notebooks(command)
    command.set_defaults(command=notebooks)

    command = commands.add_parser("pair", help="check notebooks against their twins in py")
    add_notebooks(command)
    command.set_defaults(command=pair)

    add_record(commands)

    command = commands.add_parser("address", help="print the repository's address, or change it")
    command.add_argument("new", nargs="?", metavar="https://github.com/OWNER/NAME")
    command.set_defaults(command=address)

    add_bench(commands)
    return root


def add_record(commands) -> None:
    """The sub-command ``record``."""
    command = commands.add_parser(
        "record", help="train one recipe, compare it with bicubic, and write the result"
    )
    command.add_argument("system", choices=SYSTEMS)
    command.add_argument("out", type=Path, help="a JSON file, as results/prototype.json")
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
        "--out", type=Path, help="default: train/SYSTEM-PRESET below MEDSR_RUNS, or runs"
    )
    command.add_argument("--max-minutes", type=float, help="stop after a step, saved, when over")
    command.add_argument(
        "--guard",
        choices=("report", "stop", "rollback"),
        default="report",
        help="on NaN, black or constant output, or a discriminator that always wins: only say so, "
        "stop, or go back to the last good checkpoint with half the learning rate",
    )
    command.add_argument(
        "--devices",
        type=lambda text: text if text == "auto" else int(text),
        default="auto",
        help="how many; default: auto, all GPUs of this machine",
    )
    add_recipe(command, "sample", "sample")
    command.set_defaults(command=train)


def add_recipe(command: argparse.ArgumentParser, preset: str, data: str) -> None:
    """The options that say what is trained on what, and in how many bits."""
    command.add_argument("--preset", choices=PRESETS, help=f"default: MEDSR_PRESET, or {preset}")
    command.add_argument(
        "--data", help=f"sample, kaggle or a folder; default: MEDSR_DATA, or {data}"
    )
    command.add_argument("--subject", default="digits", help="of the baseline: digits or fashion")
    command.add_argument(
        "--precision",
        default="auto",
        help="float32, bfloat16 or float16; default: auto, the machine's best",
    )
    changes = command.add_argument_group("the recipe", "each instead of the preset's value")
    for field in CHANGES:
        changes.add_argument(f"--{field.name.replace('_', '-')}", type=field.type)


def add_notebooks(command: argparse.ArgumentParser) -> None:
    """The option that selects notebooks."""
    command.add_argument(
        "--notebooks", nargs="+", metavar="NN", help="starts of file names, as 00 03; default: all"
    )


def main(argv: list[str] | None = None) -> int:
    """Run one sub-command; its exit status."""
    argv = sys.argv[1:] if argv is None else argv
    arguments = parser().parse_args(argv)
    arguments.argv = argv
    try:
        return arguments.command(arguments)
    except KeyboardInterrupt:
        print("\nmedsr: interrupted.", file=sys.stderr)
        return 130
    except UserError as error:
        print(f"medsr: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
