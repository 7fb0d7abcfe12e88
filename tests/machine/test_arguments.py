"""Words of a command line: what cannot be is refused before anything starts."""

import argparse

import pytest

from medsr_nb.machine import count, count_or_auto, duration, only_word
from medsr_nb.studies import paper_size


def test_such_numbers_are_taken():
    assert (count("1"), count("2000"), duration("0.5"), duration("1e3")) == (1, 2000, 0.5, 1000.0)
    assert duration("0") == 0.0
    assert isinstance(count("3"), int) and isinstance(duration("3"), float)
    assert (count_or_auto("auto"), count_or_auto("2")) == ("auto", 2)


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "nan", "many", ""])
def test_what_is_no_count_is_refused(text):
    with pytest.raises(argparse.ArgumentTypeError, match="a whole number of at least 1"):
        count(text)


@pytest.mark.parametrize("text", ["-0.5", "nan", "inf", "long", ""])
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(argparse.ArgumentTypeError, match="a number of at least 0"):
        duration(text)


def test_a_study_of_its_own_says_so_too(monkeypatch, capsys):
    words = ["paper_size", "--width", "4", "--epochs", "1", "--max-minutes", "nan"]
    monkeypatch.setattr("sys.argv", words)
    with pytest.raises(SystemExit):
        paper_size.main()
    assert "nan is not a number of at least 0" in capsys.readouterr().err


def asked(monkeypatch, *words):
    monkeypatch.setattr("sys.argv", ["program", *words])
    return only_word("python -m program FOLDER", "Does this.\n\nIn a FOLDER.")


def test_a_command_of_one_word_takes_it(monkeypatch):
    assert asked(monkeypatch, "here") == "here"


@pytest.mark.parametrize("words", [(), ("",), ("one", "two"), ("--fast",)])
def test_a_command_of_one_word_takes_no_other_number_of_them(words, monkeypatch, capsys):
    with pytest.raises(SystemExit) as ended:
        asked(monkeypatch, *words)
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("usage: python -m program [-h] FOLDER\n")


def test_a_command_of_one_word_explains_itself(monkeypatch, capsys):
    with pytest.raises(SystemExit) as ended:
        asked(monkeypatch, "--help")
    assert ended.value.code == 0
    assert "\nDoes this.\n\nIn a FOLDER.\n" in capsys.readouterr().out
