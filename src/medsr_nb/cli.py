"""The command ``medsr``: a thin dispatcher, one small function a sub-command."""

import argparse
import sys
from pathlib import Path

from .paths import UserError, checkout_dir, runs_dir
from .presets import PRESETS, SYSTEMS

RECIPE_OPTIONS = ("train_images", "test_images", "epochs", "batch_size", "factor", "seed")


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


def record(arguments: argparse.Namespace) -> int:
    """Train and compare one system, and write the result."""
    import keras

    from . import experiments, images, presets

    options = {name: getattr(arguments, name) for name in RECIPE_OPTIONS}
    changes = {name: value for name, value in options.items() if value is not None}
    try:
        full = presets.recipe(arguments.system, arguments.preset)
        recipe = presets.recipe(arguments.system, arguments.preset, **changes)
        if arguments.system == "baseline":
            pictures = images.load_small(arguments.data, arguments.subject)
        else:
            pictures = images.load(arguments.data, recipe.hr_size)
        keras.config.set_dtype_policy(arguments.precision)
    except (images.DataUnavailable, OSError, ValueError) as error:
        raise UserError(str(error)) from error
    experiments.record(recipe, full, pictures, arguments.out)
    print(f"written: {arguments.out}")
    return 0


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

    command = commands.add_parser(
        "notebooks", help="execute notebooks/py on the sample images, into notebooks/*.ipynb"
    )
    add_notebooks(command)
    command.set_defaults(command=notebooks)

    command = commands.add_parser("pair", help="check notebooks against their twins in py")
    add_notebooks(command)
    command.set_defaults(command=pair)

    command = commands.add_parser(
        "record", help="train one system, compare it with bicubic, and write the result"
    )
    command.add_argument("system", choices=SYSTEMS)
    command.add_argument("out", type=Path, help="a JSON file, as results/prototype.json")
    command.add_argument("--preset", choices=PRESETS, default="paper")
    command.add_argument("--data", default="kaggle", help="sample, kaggle or a folder")
    command.add_argument("--subject", default="digits", help="of the baseline: digits or fashion")
    command.add_argument("--precision", default="float32", help="a Keras policy")
    for name in RECIPE_OPTIONS:
        option = f"--{name.replace('_', '-')}"
        command.add_argument(option, type=int, help="instead of the preset's")
    command.set_defaults(command=record)

    command = commands.add_parser("address", help="print the repository's address, or change it")
    command.add_argument("new", nargs="?", metavar="https://github.com/OWNER/NAME")
    command.set_defaults(command=address)
    return root


def add_notebooks(command: argparse.ArgumentParser) -> None:
    """The option that selects notebooks."""
    command.add_argument(
        "--notebooks", nargs="+", metavar="NN", help="starts of file names, as 00 03; default: all"
    )


def main(argv: list[str] | None = None) -> int:
    """Run one sub-command; its exit status."""
    arguments = parser().parse_args(argv)
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
