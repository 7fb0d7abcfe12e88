"""The run machinery, on tiny notebooks made here."""

import json
import os
import re
import signal
import sys
import threading
import time

import nbformat
import psutil
import pytest
from jupyter_client.kernelspec import KernelSpecManager
from twins import write_twin

from medsr_nb.cli import commands
from medsr_nb.machine.files import MARK
from medsr_nb.series import kernels, notebooks


def test_run_goes_on_after_a_failure_and_makes_a_book(checkout, monkeypatch, capsys, tmp_path):
    write_twin(
        checkout,
        "00_broken",
        "# %% [markdown]\n# # Broken on purpose\n\n# %%\nprint('reached')\n\n# %%\n1 / 0\n\n"
        "# %%\nprint('never' + ' reached')\n",
    )
    write_twin(
        checkout,
        "01_whole",
        "# %% [markdown]\n# # Whole & well\n\n# %%\nimport os, sys\n"
        "print(os.environ['MEDSR_PRESET'], os.environ['MEDSR_DATA'])\nprint(sys.executable)\n\n"
        "# %%\nimport matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()\n",
    )
    write_twin(checkout, "02_other", "# %% [markdown]\n# # Not asked for\n")
    (tmp_path / "scans").mkdir()
    stale = tmp_path / "runs" / "02_other.ipynb"
    stale.parent.mkdir()
    stale.write_text("of an earlier run", encoding="utf-8")
    (stale.parent / MARK).touch()
    # Another kernel of the same name must not be taken for ours.
    impostor = tmp_path / "jupyter" / "kernels" / "python3"
    impostor.mkdir(parents=True)
    specification = {"argv": ["false"], "display_name": "Python 3", "language": "python"}
    (impostor / "kernel.json").write_text(json.dumps(specification), encoding="utf-8")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    assert KernelSpecManager().get_kernel_spec("python3").argv == ["false"]
    monkeypatch.setenv("MPLBACKEND", "agg")

    command = ["run", "--notebooks", "00", "01", "--preset", "paper", "--data", "scans"]
    assert commands.main([*command, "--out", "runs"]) == 1

    printed = capsys.readouterr()
    assert re.search(r"00_broken +FAILED +\d+\.\d s\n", printed.out)
    assert re.search(r"01_whole +ok +\d+\.\d s\n", printed.out)
    assert str(tmp_path / "runs" / "book" / "index.html") in printed.out
    assert "00_broken.ipynb" in printed.err and "ZeroDivisionError" in printed.err
    assert not stale.exists()
    whole = nbformat.read(tmp_path / "runs" / "01_whole.ipynb", as_version=4)
    assert whole.cells[1].outputs[0].text == f"paper {tmp_path / 'scans'}\n{sys.executable}\n"
    pages = tmp_path / "runs" / "book"
    first = (pages / "index.html").read_text(encoding="utf-8")
    assert re.search(r'href="notebooks/01_whole.html">[^<]*(<[^>]+>)?Whole &amp; well', first)
    assert "(failed after" in first and "Not asked for" not in first
    broken = (pages / "notebooks" / "00_broken.html").read_text(encoding="utf-8")
    assert "ZeroDivisionError" in broken
    assert "<img" in (pages / "notebooks" / "01_whole.html").read_text(encoding="utf-8")
    assert sorted(path.name for path in (tmp_path / "runs").iterdir()) == [
        MARK,
        "00_broken.ipynb",
        "01_whole.ipynb",
        "book",
    ]


def test_run_refuses_what_cannot_work_and_says_what_would(checkout, capsys):
    write_twin(checkout, "00_first", "# %%\n1\n")
    assert commands.main(["run", "--notebooks", "07"]) == 2
    assert "there are: 00_first" in capsys.readouterr().err
    assert commands.main(["run", "--data", "missing"]) == 2
    assert "'missing'" in capsys.readouterr().err
    assert commands.main(["run", "--out", "notebooks"]) == 2
    assert "--out" in capsys.readouterr().err
    assert not (checkout / "notebooks" / "book").exists()
    with pytest.raises(SystemExit):
        commands.main(["run", "--preset", "huge"])
    assert "sample" in capsys.readouterr().err


def test_two_kernels_run_at_the_same_time_and_share_the_machine(checkout, monkeypatch, capsys):
    """Each waits for the other's file, which it would never see if it ran alone."""
    for mine, other in (("00_one", "01_two"), ("01_two", "00_one")):
        write_twin(
            checkout,
            mine,
            "# %% [markdown]\n# # A title\n\n# %%\nimport os, pathlib, time\n"
            f"pathlib.Path('{mine}').touch()\n"
            f"while not pathlib.Path('{other}').exists():\n    time.sleep(0.01)\n"
            "print(os.environ['TF_NUM_INTRAOP_THREADS'])\n",
        )
    monkeypatch.setattr(notebooks, "at_once", lambda environment, wanted: wanted)
    monkeypatch.setattr(notebooks, "write_book", lambda *given: None)
    assert notebooks.run_series(notebooks.select_notebooks(), checkout / "runs") == 0
    assert "Running 2 notebooks, 2 at a time" in capsys.readouterr().out
    for stem in ("00_one", "01_two"):
        ran = nbformat.read(checkout / "runs" / f"{stem}.ipynb", as_version=4)
        assert ran.cells[1].outputs[0].text == "1\n"


@pytest.mark.skipif(os.name == "nt", reason="signals work differently there")
def test_ctrl_c_ends_a_run_and_its_kernels(checkout, capsys):
    write_twin(
        checkout,
        "00_long",
        "# %%\nimport os, pathlib, time\npathlib.Path('begun').write_text(str(os.getpid()))\n"
        "pathlib.Path('begun').rename('pid')\ntime.sleep(600)\n",
    )
    began = checkout / "notebooks" / "pid"

    def press():
        while not began.exists():
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.Thread(target=press, daemon=True).start()
    try:
        with pytest.raises(KeyboardInterrupt):
            notebooks.run_series(notebooks.select_notebooks(), checkout / "runs")
    finally:
        signal.signal(signal.SIGINT, before)
    assert not psutil.pid_exists(int(began.read_text()))
    assert "00_long" not in capsys.readouterr().out


def test_refreshed_notebooks_are_the_same_bytes_each_time(checkout, capsys):
    write_twin(
        checkout,
        "00_first",
        '# %% [markdown]\n# # First\n\n# %% tags=["nbval-ignore-output"]\n'
        "# Not compared: an example.\nprint(6 * 7)\n",
    )
    notebook = checkout / "notebooks" / "00_first.ipynb"
    assert commands.main(["notebooks"]) == 0
    first = notebook.read_bytes()
    assert commands.main(["notebooks"]) == 0
    assert notebook.read_bytes() == first
    content = json.loads(first)
    assert content["metadata"] == kernels.NOTEBOOK_METADATA
    assert content["cells"][1]["metadata"] == {"tags": ["nbval-ignore-output"]}
    assert content["cells"][1]["outputs"][0]["text"] == ["42\n"]
    assert content["cells"][1]["execution_count"] == 1
    assert commands.main(["pair"]) == 0

    write_twin(checkout, "00_first", "# %% [markdown]\n# # First, edited\n")
    assert commands.main(["pair"]) == 1
    assert "notebooks/py/00_first.py differ" in capsys.readouterr().out

    write_twin(checkout, "00_first", "# %%\nraise OSError('no luck')\n")
    assert commands.main(["notebooks"]) == 1
    assert notebook.read_bytes() == first


def test_a_notebook_or_a_twin_alone_has_drifted(checkout):
    write_twin(checkout, "00_first", "# %%\n1\n")
    assert notebooks.drifted_notebooks(notebooks.select_notebooks()) == [
        checkout / "notebooks" / "00_first.ipynb"
    ]
