"""Commands of studies: what the user can put right is told with status 2, without a traceback."""

import runpy

import pytest

from medsr_nb.machine import UserError, exit_status

COMMANDS = {
    "data.splits": "{}",
    "studies.audit": "{}",
    "studies.balance": "--data {}",
    "studies.by_class": "{}",
    "studies.class_labels": "--data {}",
    "studies.classifier_training": "{}",
    "studies.collapse": "--data {}",
    "studies.colours": "{}",
    "studies.on_scanners": "{}",
    "studies.paper_size": "--width 4 --epochs 1 --data {}",
    "studies.published_scores": "--data {}",
    "upscaling.positions_tried": "{}",
}


@pytest.mark.filterwarnings("ignore:.*found in sys.modules:RuntimeWarning")
@pytest.mark.parametrize("command", COMMANDS)
def test_a_folder_that_is_not_there_is_told(command, tmp_path, monkeypatch, capsys):
    folder = tmp_path / "elsewhere"
    words = COMMANDS[command].format(folder).split()
    monkeypatch.setattr("sys.argv", [command, *words])
    with pytest.raises(SystemExit) as ended:
        runpy.run_module(f"medsr_nb.{command}", run_name="__main__")
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert said.startswith("medsr: ") and str(folder) in said


@pytest.mark.filterwarnings("ignore:.*found in sys.modules:RuntimeWarning")
def test_pages_that_are_not_there_are_told(monkeypatch, capsys):
    monkeypatch.setattr("medsr_nb.machine.checkout_dir", lambda: None, raising=False)
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("medsr_nb.studies.pages", run_name="__main__")
    assert ended.value.code == 2 and "clone the repository" in capsys.readouterr().err


def test_a_command_ends_with_its_status(capsys):
    def stopped(error):
        raise error

    assert exit_status(lambda: 3) == 3 and exit_status(lambda: None) is None
    assert exit_status(stopped, UserError("mend it")) == 2
    assert exit_status(stopped, KeyboardInterrupt()) == 130
    assert capsys.readouterr().err == "medsr: mend it\n\nmedsr: interrupted.\n"
