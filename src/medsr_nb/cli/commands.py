"""The command ``medsr``: a thin dispatcher, one small function a sub-command."""

import argparse
import sys
from pathlib import Path

from ..machine import UserError, checkout_dir, runs_dir
from ..presets import PRESETS
from .scan_commands import add_calibrate, add_export, add_score, add_upscale
from .training_commands import add_compare, add_record, add_train


def notebooks_of_series():
    """``series.notebooks``, whose needs are not part of a plain installation."""
    try:
        from ..series import notebooks
    except ModuleNotFoundError as error:
        sys.exit(f"medsr: {error.name} is missing; pip install 'medsr-nb[notebooks]' brings it.")
    return notebooks


def run(arguments: argparse.Namespace) -> int:
    """Run the notebooks headless."""
    series = notebooks_of_series()
    paths = series.select_notebooks(arguments.notebooks)
    out = arguments.out or runs_dir() / "series"
    return min(1, series.run_series(paths, out, arguments.preset, arguments.data))


def notebooks(arguments: argparse.Namespace) -> int:
    """Execute the notebooks in place."""
    series = notebooks_of_series()
    return min(1, series.refresh(series.select_notebooks(arguments.notebooks)))


def pair(arguments: argparse.Namespace) -> int:
    """Check that notebooks and twins agree."""
    series = notebooks_of_series()
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
    series = notebooks_of_series()
    if arguments.new is None:
        print(series.address())
        return 0
    if (root := checkout_dir()) is None:
        sys.exit("medsr: only a checkout's address can be changed; this package is installed.")
    for path in series.change_address(arguments.new, root):
        print(f"changed {path.relative_to(root)}")
    return 0


def bench(arguments: argparse.Namespace) -> int:
    """Measure the networks on this machine."""
    from ..bench import bench as measured
    from ..studies import write

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
        help="systems of the series, and two x3 networks of one size, plain and fast; default: all",
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
        help="compare the plain network with PyTorch's bf16 autocast, if it is installed",
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
    add_upscale(commands)
    add_export(commands)
    add_calibrate(commands)

    command = commands.add_parser(
        "notebooks", help="execute notebooks/py on the sample images, into notebooks/*.ipynb"
    )
    add_notebooks(command)
    command.set_defaults(command=notebooks)

    command = commands.add_parser("pair", help="check notebooks against their twins in py")
    add_notebooks(command)
    command.set_defaults(command=pair)

    add_record(commands)
    add_compare(commands)

    command = commands.add_parser("address", help="print the repository's address, or change it")
    command.add_argument("new", nargs="?", metavar="https://github.com/OWNER/NAME")
    command.set_defaults(command=address)

    add_bench(commands)
    add_score(commands)
    return root


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
