"""Counts and durations of a command line: what is none is refused before anything starts."""

import argparse

import pytest

from medsr_nb.cli import main
from medsr_nb.machine import count, duration
from medsr_nb.studies import paper_size


def test_such_numbers_are_taken():
    assert (count("1"), count("2000"), duration("0.5"), duration("1e3")) == (1, 2000, 0.5, 1000.0)
    assert duration("0") == 0.0
    assert isinstance(count("3"), int) and isinstance(duration("3"), float)


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "nan", "many", ""])
def test_what_is_no_count_is_refused(text):
    with pytest.raises(argparse.ArgumentTypeError, match="a whole number of at least 1"):
        count(text)


@pytest.mark.parametrize("text", ["-0.5", "nan", "inf", "long", ""])
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(argparse.ArgumentTypeError, match="a number of at least 0"):
        duration(text)


@pytest.mark.parametrize(
    "words",
    [
        ["bench", "--rounds", "0"],
        ["bench", "--batch", "0"],
        ["bench", "--seconds", "nan"],
        ["compare", "out.json", "--minutes", "nan"],
        ["compare", "out.json", "--epochs", "0"],
        ["compare", "out.json", "--test-images", "-1"],
        ["train", "prototype", "--max-minutes", "inf"],
    ],
)
def test_the_commands_say_what_they_want(words, capsys):
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    said = capsys.readouterr().err.splitlines()[-1]
    assert words[-2] in said and f"{words[-1]} is not a" in said


def test_a_study_of_its_own_says_so_too(monkeypatch, capsys):
    words = ["paper_size", "--width", "4", "--epochs", "1", "--max-minutes", "nan"]
    monkeypatch.setattr("sys.argv", words)
    with pytest.raises(SystemExit):
        paper_size.main()
    assert "nan is not a number of at least 0" in capsys.readouterr().err
