"""The sub-commands of ``medsr`` that use trained networks: on scans, on originals, in a file."""

import argparse
import os
from pathlib import Path

from ..machine import UserError, bring_up, named, place, results_dir, runs_dir, silent

# ``scans.FORMATS`` and ``degradation.REDUCTIONS``, which tests compare: to import them
# takes longer than all help.
FORMATS = ("png", "tiff", "nifti")
REDUCTIONS = (
    *("bicubic", "lanczos", "average", "detector", "k-space"),
    *(f"zero-filled {share}" for share in (0.6, 0.7, 0.8, 0.9)),
    "unknown",
)


def upscale(arguments: argparse.Namespace) -> int:
    """Enlarge scans, files and folders; 1 where one of them could not be done."""
    from ..machine import stopping

    # TensorFlow's own would keep for good what a tile took, while files are written as well.
    os.environ.setdefault("TF_ONEDNN_USE_SYSTEM_ALLOCATOR", "1")
    stopping.open_streams()
    with stopping.at_once():
        from ..folders import Wishes, enlarge_all
        from ..upscaling import Settings

        window = arguments.window
        if window is not None and arguments.format not in ("", "png"):
            raise UserError(f"--window makes PNG: leave it out, or --format {arguments.format}.")
        wishes = Wishes(
            Settings(
                arguments.sharpness,
                arguments.reduction,
                arguments.robust,
                arguments.noise,
                arguments.best,
            ),
            arguments.guess,
            arguments.overwrite,
            arguments.through_plane,
            arguments.format if window is None else "png",
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
        "scans", nargs="+", type=place, metavar="FILE_OR_FOLDER",
        help="pictures, DICOM, NIfTI; of folders all scans anywhere below, except hidden ones",
    )  # fmt: skip
    command.add_argument("--out", type=place, default=Path(), help="a folder; default: this one")
    command.add_argument(
        "--guess",
        action="store_true",
        help="write NAME_guess, how far each pixel is a guess, NAME_error, the error to expect, "
        "and NAME_range, a range to both sides that is to hold the truth in 9 of 10 cases; all in "
        "the scan's units",
    )
    command.add_argument(
        "--sharpness",
        type=float,
        help="0: about the median of what the original may be, so a little blurred; 1: as sharp as "
        "an original, and more of it guessed; default: 0, but the robust weights for an original "
        "MR, unless it has more pixels than were measured",
    )
    command.add_argument(
        "--overwrite",
        action="store_true",
        help="make older results anew: what has their names and sizes; an original among the "
        "scans that only looks like one is kept",
    )
    command.add_argument(
        "--format", choices=FORMATS, default="",
        help="change the kind of file, whatever came in; png: pictures, for looking at; tiff: a "
        "page for each plane, in the scan's values; nifti: one volume in space, of DICOM, MGH and "
        "Analyze",
    )  # fmt: skip
    command.add_argument(
        "--window", nargs=2, type=float, metavar=("CENTRE", "WIDTH"),
        help="write pictures of these values, in the scan's units",
    )  # fmt: skip
    command.add_argument(
        "--through-plane", action="store_true",
        help="of a volume also enlarge the third axis, by interpolation",
    )  # fmt: skip
    command.add_argument(
        "--page", type=place, metavar="HTML",
        help="write a page that shows all scans before and after, in a browser; it holds the names "
        "of files and folders, which may be a patient's",
    )  # fmt: skip
    command.add_argument(
        "--reduction", choices=REDUCTIONS,
        help="how the scan lost its resolution: the result, reduced so, is the scan again; "
        "unknown: the result may differ from it; default: with robust weights unknown; else "
        "k-space for an original MR, unless it has more pixels than were measured, and bicubic for "
        "the rest",
    )  # fmt: skip
    command.add_argument(
        "--robust", action="store_true",
        help="the weights for noisy scans, and for those whose reduction is not known; the default "
        "for an original MR, unless it has more pixels than were measured",
    )  # fmt: skip
    command.add_argument(
        "--noise", type=float, default=0.0,
        help="standard deviation of the scan's noise, in its units: the reduced result may differ "
        "from the scan by 1.5 times that, so that noise does not come back; default: 0",
    )  # fmt: skip
    command.add_argument(
        "--best", action="store_true",
        help="the mean of two results, of the scan as it is and mirrored left and right: mostly a "
        "little nearer to the truth, in twice the time",
    )  # fmt: skip
    command.set_defaults(command=upscale)


def export(arguments: argparse.Namespace) -> int:
    """Write the network as a file for other programs."""
    with silent():
        from ..upscaling import exporting

        exporting.export(
            arguments.out,
            arguments.sharpness,
            arguments.robust,
            arguments.reduction,
            arguments.overwrite,
        )
    print(f"Written to {arguments.out}.")
    return 0


def add_export(commands) -> None:
    """The sub-command ``export`` with its options."""
    command = commands.add_parser(
        "export",
        help="write the network as an ONNX file, for pictures of any size",
        description="Input lr: float32 (batch, height, width, 1) in [-1, 1], grey levels / 127.5 "
        "- 1. Output sr: the same, three times as large. Any sizes; the projection onto what "
        "agrees with the input is in the file. Very large pictures need tiles, which the file "
        "does not make: use medsr upscale for them. Needs medsr-nb[onnx].",
    )
    command.add_argument("out", type=place, metavar="OUT.onnx")
    command.add_argument("--format", choices=("onnx",), default="onnx", help="default: onnx")
    command.add_argument(
        "--sharpness", type=float, default=0.0, help="0: faithful; 1: sharp; default: 0"
    )
    command.add_argument("--robust", action="store_true", help="the robust weights")
    command.add_argument("--overwrite", action="store_true", help="replace a file that is there")
    command.add_argument(
        "--reduction",
        choices=("bicubic", "unknown"),
        help="what the result agrees with its input by; unknown: by nothing; default: bicubic, "
        "with --robust unknown",
    )
    command.set_defaults(command=export)


def calibrate(arguments: argparse.Namespace) -> int:
    """Count how large errors are on validation images."""
    bring_up()
    from ..upscaling import calibration

    calibration(arguments.data, arguments.out)
    print(f"Written to {arguments.out}.")
    return 0


def add_calibrate(commands) -> None:
    """The sub-command ``calibrate`` with its options."""
    command = commands.add_parser(
        "calibrate", help="count the errors that upscale --guess foretells, on validation images"
    )
    command.add_argument(
        "--data", type=named, default="kaggle", help="kaggle or a folder; default: kaggle"
    )
    command.add_argument(
        "--out", type=place, default=results_dir() / "calibration.json",
        help="default: where upscale --guess reads it, %(default)s",
    )  # fmt: skip
    command.set_defaults(command=calibrate)


def score(arguments: argparse.Namespace) -> int:
    """Score the packaged networks on a file of originals."""
    with silent():
        from ..upscaling import record

        table = record(arguments.originals, arguments.out or runs_dir() / "score.json")
    print(table)
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
        type=place,
        metavar="NPZ",
        help="arrays mri and cxr, uint8 (N, 150, 150), or one of them",
    )
    command.add_argument("--out", type=place, help="default: score.json below MEDSR_RUNS, or runs")
    command.set_defaults(command=score)
