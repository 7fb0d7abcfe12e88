"""The command ``medsr``: a thin dispatcher, one small function a sub-command."""

import argparse
import sys

from ..machine import bring_up, check_result, count, duration, exit_status, place, runs_dir
from ..presets import PRESETS
from .scan_commands import add_calibrate, add_export, add_score, add_upscale
from .series_commands import add_address, add_run, add_tending
from .training_commands import add_compare, add_record, add_train


def bench(arguments: argparse.Namespace) -> int:
    """Measure the networks on this machine."""
    bring_up()
    from ..bench import bench as measured
    from ..studies import write

    out = arguments.out or runs_dir() / "bench.json"
    check_result(out)
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
        help="systems of the series, two x3 networks of one size, plain and fast, scans: the time "
        "and memory of upscale at odd sizes, and page: how long its page of 50 slices takes to "
        "open in Chromium; default: all but page",
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
    command.add_argument("--batch", type=count, default=16, help="images a step; default: 16")
    command.add_argument("--rounds", type=count, default=5, help="default: 5")
    command.add_argument(
        "--seconds", type=duration, default=2.0, help="of a measurement in a round; default: 2"
    )
    command.add_argument(
        "--torch",
        action="store_true",
        help="compare the plain network with PyTorch's bf16 autocast, if it is installed",
    )
    command.add_argument("--out", type=place, help="default: bench.json below MEDSR_RUNS, or runs")
    command.set_defaults(command=bench)


def parser() -> argparse.ArgumentParser:
    """All sub-commands with their options; ``command`` is the function that does the work."""
    root = argparse.ArgumentParser(prog="medsr", description="Medical super-resolution.")
    commands = root.add_subparsers(required=True, metavar="COMMAND")

    add_run(commands)
    add_train(commands)
    add_upscale(commands)
    add_export(commands)
    add_calibrate(commands)

    add_tending(commands)

    add_record(commands)
    add_compare(commands)

    add_address(commands)
    add_bench(commands)
    add_score(commands)
    return root


def main(argv: list[str] | None = None) -> int:
    """Run one sub-command; its exit status."""
    argv = sys.argv[1:] if argv is None else argv
    arguments = parser().parse_args(argv)
    arguments.argv = argv
    return exit_status(arguments.command, arguments)
