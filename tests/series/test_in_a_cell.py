"""What a reader sees in a notebook: no greeting of TensorFlow, and short errors."""

import asyncio
import os
import subprocess
import sys

import nbformat
import pytest

from medsr_nb.machine import UserError, muted, watched_cell
from medsr_nb.presets import WrongChoice
from medsr_nb.series import kernels

EXPECTED = {
    "data.load('no/such/folder')": ("DataUnavailable: There is no file or folder", 8),
    "presets.recipe('prototype', 'huge')": ("WrongChoice: no preset 'huge': choose one of", 1),
    "machine.mount_drive()": ("UserError: Google Drive can be mounted in Colab only", 1),
}


def test_expected_errors_are_short_and_the_greeting_is_silent(tmp_path):
    sources = ["from medsr_nb import data, machine, presets\nimport keras\nimport sys", *EXPECTED]
    sources += ["1 / 0", "print('seen', file=sys.stderr)"]
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    for cell in cells[1:]:
        cell.metadata.tags = ["raises-exception"]
    notebook = nbformat.v4.new_notebook(cells=cells)
    # What is left of the greeting would be taken out here, were it not for the level.
    environment = kernels.sample_environment(str(tmp_path))
    environment.pop("TF_CPP_MIN_LOG_LEVEL", None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernels, "drop_log_lines", lambda notebook: None)
        assert asyncio.run(kernels.execute(notebook, environment, tmp_path)) is None
    first, *expected, bug, last = notebook.cells
    assert first.outputs == []
    for cell, (beginning, lines) in zip(expected, EXPECTED.values(), strict=True):
        [error] = cell.outputs
        text = "\n".join(error.traceback)
        assert text.startswith(beginning) and len(text.splitlines()) == lines
    assert "ZeroDivisionError" in "".join(bug.outputs[0].traceback)  # with where it is
    assert len(bug.outputs[0].traceback) > 2
    assert last.outputs[0].text == "seen\n"


@pytest.mark.parametrize("error", [UserError("mend it"), WrongChoice("choose one")])
def test_ipython_is_given_one_line(error):
    assert error._render_traceback_() == [f"{type(error).__name__}: {error}"]


def test_what_a_library_writes_below_python_is_muted(capfd):
    with muted():
        os.write(2, b"greeting")
    os.write(2, b"failure")
    assert capfd.readouterr().err == "failure"


def test_no_cell_is_watched_here_and_keras_is_not_imported_outside_of_cells():
    assert not watched_cell()
    code = "import medsr_nb, sys; print('keras' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "False\n"
