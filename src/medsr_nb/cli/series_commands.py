"""The sub-commands of the series: run, book, notebooks, pair, address."""

import argparse
import sys

from ..machine import checkout_dir, named, place, runs_dir
from ..presets import PRESETS


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
    from ..series import address as stated

    if arguments.new is None:
        print(stated.address())
        return 0
    if (root := checkout_dir()) is None:
        sys.exit("medsr: only a checkout's address can be changed; this package is installed.")
    for path in stated.change_address(arguments.new, root):
        print(f"changed {path.relative_to(root)}")
    return 0


def book(arguments: argparse.Namespace) -> int:
    """Build the book of the notebooks as they are stored."""
    notebooks_of_series().stored_book(arguments.out or runs_dir() / "book")
    return 0


def add_notebooks(command: argparse.ArgumentParser) -> None:
    """The option that selects notebooks."""
    command.add_argument(
        "--notebooks", nargs="+", metavar="NN", help="starts of file names, as 00 03; default: all"
    )


def add_run(commands) -> None:
    """The sub-commands that show the series: ``run`` and ``book``."""
    command = commands.add_parser("run", help="run the notebooks headless, and make a book of them")
    add_notebooks(command)
    command.add_argument("--preset", choices=PRESETS, help="default: MEDSR_PRESET, or sample")
    command.add_argument(
        "--data",
        type=named,
        help="sample, kaggle or a folder of images; default: MEDSR_DATA, or sample",
    )
    command.add_argument("--out", type=place, help="default: series below MEDSR_RUNS, or runs")
    command.set_defaults(command=run)

    command = commands.add_parser("book", help="a book of the notebooks as they are stored")
    command.add_argument("--out", type=place, help="default: book below MEDSR_RUNS, or runs")
    command.set_defaults(command=book)


def add_tending(commands) -> None:
    """The sub-commands that tend the notebooks: ``notebooks`` and ``pair``."""
    command = commands.add_parser(
        "notebooks", help="execute notebooks/py on the sample images, into notebooks/*.ipynb"
    )
    add_notebooks(command)
    command.set_defaults(command=notebooks)

    command = commands.add_parser("pair", help="check notebooks against their twins in py")
    add_notebooks(command)
    command.set_defaults(command=pair)


def add_address(commands) -> None:
    """The sub-command ``address`` with its option."""
    command = commands.add_parser("address", help="print the repository's address, or change it")
    command.add_argument("new", nargs="?", metavar="https://github.com/OWNER/NAME")
    command.set_defaults(command=address)
