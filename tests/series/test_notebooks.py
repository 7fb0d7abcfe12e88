"""The form of the notebooks: paired, run, small, short-celled, and alike at their beginning."""

import re
import statistics
from pathlib import Path

import nbformat
import pytest

from medsr_nb.series import address, notebooks
from medsr_nb.series.kernels import NOTEBOOK_METADATA

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def code_cells(path):
    return [c for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code"]


@each_notebook
def test_notebook_and_twin_agree(path):
    assert notebooks.twin_text(path) == notebooks.twin_of(path).read_text(encoding="utf-8")


def test_each_twin_has_a_notebook():
    twins = {path.stem for path in (ROOT / "notebooks" / "py").glob("*.py")}
    assert twins == {path.stem for path in NOTEBOOKS}


@each_notebook
def test_notebook_was_run_once_from_top_to_bottom(path):
    cells = [cell for cell in code_cells(path) if cell.source.strip()]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert any(cell.outputs for cell in cells)
    for cell in cells:
        for output in cell.outputs:
            assert output.output_type != "error", cell.source
            assert output.get("execution_count", cell.execution_count) == cell.execution_count
            assert output.get("name") != "stderr", f"{cell.source}\nwrote: {output.text}"


@each_notebook
def test_notebook_is_small_and_names_no_machine(path):
    assert path.stat().st_size < 700 * 1024
    machine = re.compile(
        r"(?<![\w.-])/(?:home|root|tmp|Users|work|opt|var|usr|content|mnt)/|\b[A-Z]:\\|site-packages"
    )
    for cell in code_cells(path):
        for output in cell.outputs:
            texts = [output.get("text", "")]
            data = output.get("data", {})
            texts += [text for kind, text in data.items() if not kind.startswith("image/")]
            for text in map(str, texts):
                assert not machine.search(text) and str(ROOT) not in text, cell.source


@each_notebook
def test_notebook_has_short_cells(path):
    lengths = [len(cell.source.splitlines()) for cell in code_cells(path)]
    assert statistics.median(lengths) <= 6
    assert max(lengths) <= 40


@each_notebook
def test_notebook_begins_with_title_badge_and_setup(path):
    notebook, url = nbformat.read(path, as_version=4), address.address(ROOT)
    assert notebook.cells[0].cell_type == "markdown"
    assert notebook.cells[0].source.startswith("# ")
    assert address.colab_badge(path.stem, url) in notebook.cells[0].source
    assert code_cells(path)[0].source == address.setup_cell(url)
    assert not code_cells(path)[0].outputs
    assert notebook.metadata == NOTEBOOK_METADATA


def prose(path):
    cells = nbformat.read(path, as_version=4).cells
    return "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def test_every_exercise_has_a_solution_or_says_that_it_has_none():
    asked = set()
    for path in NOTEBOOKS[:-1]:
        [exercises] = re.findall(r"\*\*Exercises\*\* \(\[solutions\].*", prose(path), re.DOTALL)
        asked |= {
            (path.name, number)
            for number, text in re.findall(r"^(\d)\. (.+)", exercises, re.MULTILINE)
            if not text.startswith("Without a solution")
        }
    solved = re.findall(
        r"^## \[\d\d\]\((\S+)\), exercise (\d):", prose(NOTEBOOKS[-1]), re.MULTILINE
    )
    assert sorted(solved) == sorted(asked)


@each_notebook
def test_cells_that_are_not_compared_say_why(path):
    for cell in code_cells(path):
        if {"nbval-ignore-output", "nbval-skip"} & set(cell.metadata.get("tags", [])):
            assert re.search(r"^# Not compared: \S.{8,}", cell.source, re.MULTILINE), cell.source
