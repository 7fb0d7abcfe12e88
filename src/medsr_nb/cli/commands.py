"""The command ``medsr``: a thin dispatcher, one small function a sub-command."""

import argparse
import sys
from pathlib import Path

from ..machine import UserError, checkout_dir, runs_dir
from ..presets import PRESETS
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


def upscale(arguments: argparse.Namespace) -> int:
    """Enlarge scans, files and folders; 1 where one of them could not be done."""
    from ..upscaling import stopping

    with stopping.at_once():
        from ..upscaling.folder import Wishes, enlarge_all

        window = arguments.window
        wishes = Wishes(
            arguments.sharpness,
            arguments.guess,
            arguments.overwrite,
            arguments.through_plane,
            arguments.format == "png" or window is not None,
            None if window is None else tuple(window),
            arguments.page,
        )
        return min(1, enlarge_all(arguments.scans, arguments.out, wishes))


def add_upscale(commands) -> None:
    """The sub-command ``upscale`` with its options."""
    command = commands.add_parser(
        "upscale",
        help="enlarge scans by 3 with the network that comes with the package",
        description="Writes NAME_x3 for each scan: the same kind of file, in the same units, with "
        "its geometry. What is there already is left; the same command goes on with what is "
        "missing. Not a medical device: what it adds between the pixels is a guess, and --guess "
        "shows where.",
    )
    command.add_argument(
        "scans", nargs="+", type=Path, metavar="FILE_OR_FOLDER",
        help="pictures, DICOM, NIfTI; of folders all scans anywhere below",
    )  # fmt: skip
    command.add_argument("--out", type=Path, default=Path(), help="a folder; default: this one")
    command.add_argument(
        "--guess",
        action="store_true",
        help="write NAME_guess, how far each pixel is a guess, and NAME_error, the error to "
        "expect, both in the scan's units",
    )
    command.add_argument(
        "--sharpness",
        type=float,
        default=0.0,
        help="0: what is most likely everywhere; 1: as sharp as an original, and more of it "
        "guessed; default: 0",
    )
    command.add_argument(
        "--overwrite", action="store_true", help="make older results anew; never an input"
    )
    command.add_argument("--format", choices=("png",), help="write pictures, whatever came in")
    command.add_argument(
        "--window", nargs=2, type=float, metavar=("CENTRE", "WIDTH"),
        help="write pictures of these values, in the scan's units",
    )  # fmt: skip
    command.add_argument(
        "--through-plane", action="store_true",
        help="of a volume also enlarge the third axis, by interpolation",
    )  # fmt: skip
    command.add_argument(
        "--page", type=Path, metavar="HTML",
        help="write a page that shows all scans before and after, in a browser",
    )  # fmt: skip
    command.set_defaults(command=upscale)


def calibrate(arguments: argparse.Namespace) -> int:
    """Count how large errors are on validation images."""
    from ..upscaling.calibrating import calibration

    calibration(arguments.data, arguments.out)
    print(f"Written to {arguments.out}.")
    return 0


def add_calibrate(commands) -> None:
    """The sub-command ``calibrate`` with its options."""
    command = commands.add_parser(
        "calibrate", help="count the errors that upscale --guess foretells, on validation images"
    )
    command.add_argument("--data", default="kaggle", help="kaggle or a folder; default: kaggle")
    command.add_argument("--out", type=Path, default=Path("results/calibration.json"))
    command.set_defaults(command=calibrate)


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
        help="systems of the series, two x3 networks of one size, plain and fast, and scans: the "
        "time and memory of upscale at odd sizes; default: all",
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


def score(arguments: argparse.Namespace) -> int:
    """Score the packaged networks on a file of originals."""
    from ..upscaling import record

    print(record(arguments.originals, arguments.out or runs_dir() / "score.json"))
    return 0


def add_score(commands) -> None:
    """The sub-command ``score`` with its options."""
    command = commands.add_parser(
        "score",
        help="score the networks of the package on your own originals, reduced as scanners do",
        description="For each reduction the gain over the best interpolation in dB, with 95 % "
        "intervals; the figures go to a JSON file, the tables to one beside it (.md).",
    )
    command.add_argument(
        "originals",
        type=Path,
        metavar="NPZ",
        help="arrays mri and cxr, uint8 (N, 150, 150), or one of them",
    )
    command.add_argument("--out", type=Path, help="default: score.json below MEDSR_RUNS, or runs")
    command.set_defaults(command=score)


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
