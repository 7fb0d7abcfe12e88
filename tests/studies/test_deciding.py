"""All missing runs by one command: in order, with the reader's folders, and none twice."""

import sys
from importlib.util import find_spec
from types import SimpleNamespace

import pytest

from medsr_nb.cli import commands
from medsr_nb.studies import deciding


def test_a_command_is_run_by_this_interpreter_with_the_folders():
    words = deciding.runnable("medsr compare out.json --data FOLDER --work WORK", "d", "w")
    assert words == [sys.executable, "-m", "medsr_nb.cli", "compare", "out.json", "--data", "d",
                     "--work", "w"]  # fmt: skip
    assert deciding.runnable("python -m medsr_nb.studies.balance", "d", "w")[1:] == [
        "-m", "medsr_nb.studies.balance"
    ]  # fmt: skip


def test_what_is_recorded_is_not_run_again(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(deciding, "results_dir", lambda: tmp_path)
    (tmp_path / "balance.json").write_text("{}")
    assert "balance" not in deciding.missing() and "collapse_long" in deciding.missing()
    for name in deciding.COMMANDS:
        if name != "collapse_long":
            (tmp_path / f"{name}.json").write_text("{}")
    ran, status = [], {"medsr_nb.studies.statements": 3}

    def run(words, check):
        ran.append(words[2])
        return SimpleNamespace(returncode=status.get(words[2], 0))

    monkeypatch.setattr(deciding.subprocess, "run", run)
    monkeypatch.setattr(sys, "argv", ["deciding", "--data", "d", "--work", "w"])
    assert deciding.main() == 3
    assert ran == [f"medsr_nb.studies.{name}" for name in ("collapse", "claims", "statements")]
    assert "statements did not finish" in capsys.readouterr().err


@pytest.mark.parametrize("name", deciding.COMMANDS)
def test_every_command_is_one_that_there_is(name):
    _, _, module, *options = deciding.runnable(deciding.COMMANDS[name], "d", "w")
    if module == "medsr_nb.cli":
        parsed = commands.parser().parse_args(options)  # exits where an option is unknown
        assert str(parsed.out) == f"results/{name}.json"
    else:
        assert find_spec(module) is not None
