"""The series of notebooks: run it headless, refresh it, check its pairs."""

import asyncio
import shutil
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

import jupytext
import nbformat
from jupytext.combine import combine_inputs_with_outputs
from jupytext.config import load_jupytext_config
from nbformat import NotebookNode

from ..machine import UserError, checkout_dir, claim, write_text
from . import book
from .address import address
from .kernels import SHARING, at_once, execute, kernel_environment, sample_environment


def notebooks_dir() -> Path:
    """The ``notebooks`` folder of the checkout.

    Raises:
        UserError: if the module was installed without its checkout.
    """
    if (checkout := checkout_dir()) is None:
        raise UserError(
            f"The notebooks are not part of the installed package: git clone {address()}, "
            "then run this command there after pip install -e '.[test]'."
        )
    return checkout / "notebooks"


def select_notebooks(prefixes: list[str] | None = None, folder: Path | None = None) -> list[Path]:
    """The notebooks of the series in order, or those whose names start with the prefixes.

    A notebook is named by its ``.ipynb``, which need not exist yet where its twin in ``py`` does.

    Raises:
        UserError: if a prefix names no notebook, or there are none.
    """
    folder = folder or notebooks_dir()
    stems = {path.stem for pattern in ("*.ipynb", "py/*.py") for path in folder.glob(pattern)}
    for prefix in prefixes or []:
        if not any(stem.startswith(prefix) for stem in stems):
            raise UserError(
                f"No notebook starts with {prefix!r}; there are: {', '.join(sorted(stems))}."
            )
    if not stems:
        raise UserError(f"There is no notebook in {folder}.")
    wanted = tuple(prefixes or [""])
    return [folder / f"{stem}.ipynb" for stem in sorted(stems) if stem.startswith(wanted)]


# Running


def run_series(
    paths: list[Path], out: Path, preset: str | None = None, data: str | None = None
) -> int:
    """Run notebooks into ``out``, with a book of them; how many failed.

    As many at a time as ``kernels.at_once`` says. A notebook that fails is kept up to its error,
    its traceback printed, and the others run. Trainings are kept until all notebooks have run, so
    that an interrupted series goes on.

    Raises:
        UserError: if there is no such data, or ``out`` holds other files than earlier runs'.
    """
    environment = kernel_environment(preset, data)
    out = out.absolute()
    if any(out.resolve() == path.parent.resolve() for path in paths):
        raise UserError(f"{out} holds the notebooks themselves; choose another --out.")
    claim(out)
    for path in select_notebooks(folder=paths[0].parent):
        (out / path.name).unlink(missing_ok=True)
    environment["MEDSR_RUNS"] = str(out / "kept")
    facts = f"preset {environment['MEDSR_PRESET']}, data {environment['MEDSR_DATA']}"
    together = at_once(environment, len(paths))
    print(f"Running {len(paths)} notebooks, {together} at a time: {facts}", flush=True)
    if together > 1:
        environment |= SHARING
    runs = asyncio.run(run_all(paths, environment, out, together))
    failures = sum(verdict.startswith("failed") for _, verdict in runs)
    if not failures:
        shutil.rmtree(out / "kept", ignore_errors=True)
    print(f"{failures} of {len(paths)} failed. " if failures else "", end="")
    stems, (notebooks, verdicts) = [path.stem for path in paths], zip(*runs, strict=True)
    write_book(
        dict(zip(stems, notebooks, strict=True)),
        out / "book",
        f"Run here: {facts}, {datetime.now():%Y-%m-%d %H:%M}.",
        dict(zip(stems, verdicts, strict=True)),
    )
    return failures


async def run_all(
    paths: list[Path], environment: dict[str, str], out: Path, together: int
) -> list[tuple[NotebookNode, str]]:
    """Run notebooks into ``out``, ``together`` at a time: each with what became of it."""
    gate = asyncio.Semaphore(together)

    async def run(path):
        async with gate:
            notebook = source_notebook(path)
            started = time.perf_counter()
            error = await execute(notebook, environment, path.parent)
        took = f"{time.perf_counter() - started:.1f} s"
        verdict = "ok" if error is None else "FAILED"
        print(f"  {path.stem:<32}{verdict:<8}{took:>9}", flush=True)
        if error is not None:
            print(f"{path.name}: {error}", file=sys.stderr, flush=True)
        write_text(out / path.name, notebook_text(notebook))
        return notebook, took if error is None else f"failed after {took}"

    return await asyncio.gather(*map(run, paths))


def write_book(
    notebooks: dict[str, NotebookNode], out: Path, facts: str, remarks: dict[str, str] | None = None
) -> None:
    """The book of executed notebooks, README and docs; prints where it begins."""
    folder = notebooks_dir().parent
    if warnings := book.build(notebooks, folder, address(), out, facts, remarks):
        print(warnings, file=sys.stderr)
    print(f"The book: {out / 'index.html'}")


def stored_book(out: Path) -> None:
    """The book of the notebooks as they are stored: nothing is run."""
    stored = {path.stem: nbformat.read(path, as_version=4) for path in select_notebooks()}
    write_book(stored, out.absolute(), "Stored outputs, made with the sample images.")


def refresh(paths: list[Path]) -> int:
    """Rewrite notebooks from their twins, executed on the sample images; how many failed.

    A notebook that fails stays as it was. Cells that are still there keep their ids.
    """
    failures = 0
    for path in paths:
        print(f"  {path.stem:<32}", end="", flush=True)
        started = time.perf_counter()
        notebook = source_notebook(path)
        with tempfile.TemporaryDirectory() as scratch:
            error = asyncio.run(execute(notebook, sample_environment(scratch), path.parent))
        if error is None:
            write_text(path, notebook_text(notebook))
        failures += error is not None
        verdict = "written" if error is None else "FAILED, left as it was"
        print(f"{verdict} {time.perf_counter() - started:8.1f} s", flush=True)
        if error is not None:
            print(f"{path.name}: {error}", file=sys.stderr, flush=True)
    return failures


def source_notebook(path: Path) -> NotebookNode:
    """The text of the twin in ``py`` with the cell ids of the notebook, without outputs.

    Where there is no twin, the notebook itself.
    """
    twin = twin_of(path)
    existing = nbformat.read(path, as_version=4) if path.exists() else None
    if not twin.exists():
        notebook = existing
    else:
        notebook = jupytext.read(twin, config=load_jupytext_config(str(twin)))
        if existing is not None:
            notebook = combine_inputs_with_outputs(notebook, existing, fmt="py:percent")
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict({k: v for k, v in cell.metadata.items() if k == "tags"})
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return notebook


def notebook_text(notebook: NotebookNode) -> str:
    """The notebook as its file holds it."""
    nbformat.validate(notebook)
    return nbformat.writes(notebook) + "\n"


# Pairs


def twin_of(path: Path) -> Path:
    """Where the py:percent twin of a notebook lies."""
    return path.parent / "py" / f"{path.stem}.py"


def twin_text(path: Path) -> str:
    """What ``jupytext --to py:percent --output - NOTEBOOK`` prints: the twin as it should be."""
    config = load_jupytext_config(str(path))
    return jupytext.writes(jupytext.read(path, config=config), fmt="py:percent", config=config)


def drifted_notebooks(paths: list[Path]) -> list[Path]:
    """The notebooks that differ from their twins in more than outputs, or lack one of the two."""
    return [
        path
        for path in paths
        if not (path.exists() and twin_of(path).exists())
        or twin_text(path) != twin_of(path).read_text(encoding="utf-8")
    ]
