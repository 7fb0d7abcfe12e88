"""The run machinery, on tiny notebooks made here."""

import ast
import json
import os
import re
import signal
import sys
import threading
import time
import types
from pathlib import Path

import jupytext
import nbformat
import psutil
import pytest
from jupyter_client.kernelspec import KernelSpecManager

from medsr_nb.cli import commands, series_commands
from medsr_nb.machine import paths
from medsr_nb.series import address, book, kernels, notebooks

ROOT = Path(__file__).parents[2]

HEADER = """\
# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

"""


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A checkout without notebooks, which the commands take for the project's."""
    for name in ("pyproject.toml", "jupytext.toml"):
        (tmp_path / name).write_text((ROOT / name).read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "notebooks" / "py").mkdir(parents=True)
    for module in (notebooks, address):
        monkeypatch.setattr(module, "checkout_dir", lambda: tmp_path)
    monkeypatch.setattr(series_commands, "checkout_dir", lambda: tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write_twin(checkout, stem, cells):
    twin = checkout / "notebooks" / "py" / f"{stem}.py"
    twin.write_text(HEADER + cells, encoding="utf-8")


# Paths


def test_results_are_found_in_the_checkout_and_in_an_installed_package(tmp_path, monkeypatch):
    assert paths.results_dir() == ROOT / "results"
    monkeypatch.setattr(paths, "PACKAGE", tmp_path / "site-packages" / "medsr_nb")
    assert paths.results_dir() == tmp_path / "site-packages" / "medsr_nb" / "results"


def test_runs_and_cache_follow_their_variables_in_order(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("MEDSR_RUNS", "MEDSR_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    assert paths.runs_dir() == Path("runs")
    assert paths.cache_dir() == tmp_path / ".cache" / "medsr-nb"
    monkeypatch.setenv("XDG_CACHE_HOME", "/xdg")
    assert paths.cache_dir() == Path("/xdg/medsr-nb")
    monkeypatch.setenv("MEDSR_CACHE", "~/chosen")
    assert paths.cache_dir() == tmp_path / "chosen"
    monkeypatch.setenv("MEDSR_RUNS", "elsewhere")
    assert paths.runs_dir() == Path("elsewhere")


def test_drive_keeps_the_runs_in_colab_and_is_refused_elsewhere(monkeypatch):
    with pytest.raises(paths.UserError, match="set MEDSR_RUNS"):
        paths.mount_drive()
    mounted = []
    colab = types.SimpleNamespace(drive=types.SimpleNamespace(mount=mounted.append))
    monkeypatch.setitem(sys.modules, "google.colab", colab)
    monkeypatch.setenv("MEDSR_RUNS", "elsewhere")
    assert paths.mount_drive() == paths.runs_dir() == Path("/content/drive/MyDrive/medsr-nb")
    assert mounted == ["/content/drive"]


# Running


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
        "00_broken.ipynb",
        "01_whole.ipynb",
        "book",
    ]


def test_a_book_finds_its_pages_and_leads_to_the_repository_for_the_rest(tmp_path):
    checkout, out = tmp_path / "checkout", tmp_path / "book"
    for name, text in {
        "README.md": "# Read me\n\n[model](MODEL_CARD.md), [code](src/a.py), [out](https://o.org)\n",
        "MODEL_CARD.md": "# Model\n\n```mermaid\nflowchart TD\n  a --> b\n```\n",
        "docs/results.md": "# Results\n\n[up](../README.md#read-me), [data](../results/a.json)\n",
        "docs/training.md": "# T\n", "docs/speed.md": "# S\n", "docs/architecture.md": "# A\n",
        "docs/glossary.md": "# G\n\n[b] and [c]\n\n[b]: ../notebooks/01_b.ipynb\n[c]: ../a.py\n",
        "data/README.md": "# Data\n",
    }.items():  # fmt: skip
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        (checkout / name).write_text(text, encoding="utf-8")
    first = "# First\n\n[next](01_b.ipynb), [t](../tests/t.py), $x$"
    table = nbformat.v4.new_output(
        "execute_result", {"text/markdown": "| a | b |\n|---|---|\n| 1 | 2 |"}, execution_count=1
    )
    cells = [nbformat.v4.new_markdown_cell(first)]
    cells.append(nbformat.v4.new_code_cell("shown", outputs=[table], execution_count=1))
    python = {"language_info": {"name": "python"}}
    notebooks = {
        stem: nbformat.v4.new_notebook(cells=cells, metadata=python) for stem in ("00_a", "01_b")
    }
    out.mkdir()
    (out / "old.html").write_text("of an earlier book", encoding="utf-8")

    assert book.build(notebooks, checkout, "https://github.com/o/n", out, "facts") == ""

    assert not (out / "old.html").exists() and (out / "search.html").exists()
    assert cells[0].source == first  # as it was
    readme = (out / "README.html").read_text(encoding="utf-8")
    assert 'href="MODEL_CARD.html"' in readme and 'href="https://o.org"' in readme
    assert 'href="https://github.com/o/n/blob/main/src/a.py"' in readme
    results = (out / "docs" / "results.html").read_text(encoding="utf-8")
    assert 'href="../README.html#read-me"' in results
    assert 'href="https://github.com/o/n/blob/main/results/a.json"' in results
    glossary = (out / "docs" / "glossary.html").read_text(encoding="utf-8")
    assert 'href="../notebooks/01_b.html"' in glossary
    assert 'href="https://github.com/o/n/blob/main/a.py"' in glossary
    page = (out / "notebooks" / "00_a.html").read_text(encoding="utf-8")
    assert 'href="01_b.html"' in page and "n/blob/main/tests/t.py" in page and r"\(x\)" in page
    assert page.count("<table") == 1 and "|---|" not in page  # what a cell prints as one


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


@pytest.mark.parametrize(
    ("preset", "cores", "memory", "expected"),
    [("sample", 2, 64, 2), ("sample", 32, 64, 10), ("sample", 4, 6, 2), ("sample", 4, 1, 1),
     ("colab", 32, 64, 1)],
)  # fmt: skip
def test_kernels_of_the_sample_have_a_core_and_memory_each(
    preset, cores, memory, expected, monkeypatch
):
    monkeypatch.setattr(kernels.os, "cpu_count", lambda: cores)
    monkeypatch.setattr(kernels, "available_memory", lambda: memory * 2**30)
    assert kernels.at_once({"MEDSR_PRESET": preset}, 10) == expected


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


def test_kernel_environment_makes_folders_absolute_and_flags_win(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scans").mkdir()
    monkeypatch.setenv("MEDSR_DATA", "scans")
    monkeypatch.setenv("MEDSR_PRESET", "colab")
    monkeypatch.setenv("MEDSR_RUNS", "out")
    environment = kernels.kernel_environment()
    assert environment["MEDSR_DATA"] == str(tmp_path / "scans")
    assert environment["MEDSR_PRESET"] == "colab"
    assert environment["MEDSR_RUNS"] == str(tmp_path / "out")
    environment = kernels.kernel_environment(preset="paper", data="kaggle")
    assert (environment["MEDSR_PRESET"], environment["MEDSR_DATA"]) == ("paper", "kaggle")


def test_log_lines_of_tensorflow_are_dropped_and_warnings_stay():
    logged = (
        "WARNING: All log messages before absl::InitializeLog() is called are written to STDERR\n"
        "I0000 00:00:1795366228.486240   10018 cudart_stub.cc:31] Could not find cuda drivers.\n"
        "2026-08-01 10:00:00.123456: I tensorflow/core/platform/cpu_feature_guard.cc:210] CPU\n"
        "To enable the following instructions: AVX2 FMA, rebuild TensorFlow.\n"
    )
    warned = "UserWarning: I tensorflow/ed too much\n"
    outputs = [
        nbformat.v4.new_output("stream", name="stderr", text=logged + warned),
        nbformat.v4.new_output("stream", name="stderr", text=logged),
        nbformat.v4.new_output("stream", name="stdout", text=logged),
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1", outputs=outputs)])
    kernels.drop_log_lines(notebook)
    assert [output.text for output in notebook.cells[0].outputs] == [warned, logged]


def test_sample_environment_has_no_setting_of_the_user(monkeypatch):
    monkeypatch.setenv("MEDSR_PRESET", "paper")
    monkeypatch.setenv("MEDSR_CACHE", "/precious")
    settings = {k: v for k, v in kernels.sample_environment("/s").items() if k.startswith("MEDSR_")}
    assert settings == {"MEDSR_RUNS": "/s/runs", "MEDSR_CACHE": "/s/cache"}


# Pairs


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


# The address


def test_address_changes_everywhere_once(checkout, capsys):
    old, new = address.address(ROOT), "https://github.com/some-lab/their.copy"
    repository = address.repository_of(old)
    (checkout / "data").mkdir()
    (checkout / "data" / "README.md").write_text(f"See <{old}/issues>.\n", encoding="utf-8")
    (checkout / "README.md").write_text(
        f"{address.colab_badge('00_first', old)}\n"
        f"git clone {old}.git\n{old}.\n{old}-extra {old}2\n",
        encoding="utf-8",
    )
    write_twin(checkout, "00_first", f"# %%\n{address.setup_cell(old)}\n")
    notebook = checkout / "notebooks" / "00_first.ipynb"
    twin = checkout / "notebooks" / "py" / "00_first.py"
    notebook.write_text(nbformat.writes(jupytext.read(twin)) + "\n", encoding="utf-8", newline="\n")

    assert commands.main(["address", new]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 5
    assert address.address(checkout) == new
    assert address.setup_cell(new) in twin.read_text(encoding="utf-8")
    assert repository not in notebook.read_text(encoding="utf-8")
    assert (checkout / "README.md").read_text(encoding="utf-8") == (
        f"{address.colab_badge('00_first', new)}\ngit clone {new}.git\n{new}.\n{old}-extra {old}2\n"
    )
    assert commands.main(["address", new]) == 0
    assert capsys.readouterr().out == ""
    assert commands.main(["address"]) == 0
    assert capsys.readouterr().out == f"{new}\n"
    assert commands.main(["address", old]) == 0
    assert (checkout / "pyproject.toml").read_bytes() == (ROOT / "pyproject.toml").read_bytes()


@pytest.mark.parametrize(
    "url",
    [
        "github.com/owner/name",
        "http://github.com/owner/name",
        "https://github.com/owner",
        "https://github.com/owner/name/",
        "https://github.com/owner/name.git",
        "https://github.com/owner/name/tree/main",
        "https://gitlab.com/owner/name",
        "https://github.com/owner/na me",
    ],
)
def test_a_malformed_address_changes_nothing(url, checkout, capsys):
    assert commands.main(["address", url]) == 2
    assert "https://github.com/owner/name" in capsys.readouterr().err
    assert address.address(checkout) == address.address(ROOT)


def test_setup_cell_is_short_and_does_nothing_where_the_module_is():
    cell = address.setup_cell(address.address(ROOT))
    ast.parse(cell)
    assert sum(bool(line.strip()) for line in cell.splitlines()) <= 9
    assert f'package = "medsr-nb @ git+{address.address(ROOT)}"' in cell
    exec(cell)  # medsr_nb is here, so nothing happens


@pytest.mark.parametrize("status", [0, 1])
def test_setup_cell_says_in_three_lines_what_to_do_where_pip_fails(status, monkeypatch):
    commands_run = []

    def pip(command):
        commands_run.append(command)
        return status

    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setattr("subprocess.call", pip)
    cell, package = address.setup_cell("https://github.com/o/n"), "medsr-nb @ git+"
    if status:
        with pytest.raises(SystemExit) as said:
            exec(cell, {})
        lines = str(said.value).splitlines()
        assert len(lines) == 3 and f"{package}https://github.com/o/n" in lines[0]
        assert "a fork" in lines[1] and "a wheel" in lines[1] and "Drive" in lines[2]
    else:
        exec(cell, {})
    # No --upgrade: pip replaces a package only where pyproject.toml does not accept it.
    [command] = commands_run
    assert command[1:] == ["-m", "pip", "install", "-q", f"{package}https://github.com/o/n"]
