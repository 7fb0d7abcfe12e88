"""The address: changed everywhere at once, refused where malformed; the set-up cell with it."""

import ast
from pathlib import Path

import jupytext
import nbformat
import pytest
from twins import write_twin

from medsr_nb.cli import commands
from medsr_nb.series import address

ROOT = Path(__file__).parents[2]


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
