"""What the README says is what the repository holds."""

import base64
from pathlib import Path

import nbformat
import numpy as np
import pytest

from medsr_nb.bench import measure
from medsr_nb.studies import results, study

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_results_are_those_recorded():
    assert results.runs_table() in README, "python -m medsr_nb.studies.results prints the table"


def test_the_speeds_are_those_recorded():
    table = measure.table(results.recorded("bench")["rows"])
    assert "\n".join(line.rstrip() for line in table.splitlines()) in README


@pytest.mark.parametrize("kind", ["systems", "augmentation", "medsr", "medsr_1957", "designs"])
def test_the_studies_are_those_recorded(kind):
    assert study.study_table(results.recorded(kind)) in README


def test_every_recorded_network_comes_with_its_weights():
    recorded = results.recorded("systems")
    lr = np.random.default_rng(0).uniform(-1, 1, (1, 50, 50, 1)).astype("float32")
    for name, row in recorded["rows"].items():
        network = study.recorded_network("systems", name)
        assert network.count_params() == row["parameters"]
        inputs = lr if len(network.inputs) == 1 else [lr, np.zeros(1)]
        assert network(inputs).shape == (1, 150, 150, 1)


def test_the_picture_is_notebook_03s():
    notebook = nbformat.read(ROOT / "notebooks" / "03_prototype.ipynb", as_version=4)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    figures = [output["data"].get("image/png", "") for output in outputs if "data" in output]
    picture = (ROOT / "docs" / "prototype_sample.png").read_bytes()
    assert picture in [base64.b64decode(figure) for figure in figures]


@pytest.mark.parametrize(
    "path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda path: path.stem
)
def test_every_notebook_is_listed(path):
    assert f"(notebooks/{path.name})" in README


@pytest.mark.parametrize("path", sorted((ROOT / "results").glob("*.json")), ids=lambda p: p.stem)
def test_every_recorded_run_says_where_it_comes_from(path):
    run = results.recorded(path.stem)
    if "recipe" in run:
        assert run["seconds"] > 0 and run["hardware"] and run["recipe"]["seed"] >= 0
        assert len(run["data"]["train"]["fingerprint"]) == 16
