"""What the commands offer, and which words they refuse."""

from pathlib import Path

import pytest

from medsr_nb import degradation
from medsr_nb.cli import main, scan_commands
from medsr_nb.cli.commands import parser
from medsr_nb.machine import named, place
from medsr_nb.scans import scan


def test_upscale_offers_the_formats_and_reductions_that_there_are():
    assert scan_commands.FORMATS == tuple(scan.FORMATS)
    assert scan_commands.REDUCTIONS == (*degradation.REDUCTIONS, "unknown")


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
        ["train", "prototype", "--devices", "two"],
        ["train", "prototype", "--devices", "0"],
        ["train", "prototype", "--devices", "-1"],
    ],
)
def test_the_commands_say_what_they_want(words, capsys):
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    said = capsys.readouterr().err.splitlines()[-1]
    assert words[-2] in said and f"{words[-1]} is not a" in said


@pytest.mark.parametrize("empty", ["", " "])
@pytest.mark.parametrize(
    "words",
    [
        ["upscale"],
        ["upscale", "scan.png", "--out"],
        ["record", "baseline"],
        ["record", "baseline", "out.json", "--data"],
        ["compare", "out.json", "--work"],
        ["train", "prototype", "--out"],
        ["run", "--data"],
        ["bench", "--out"],
        ["score"],
        ["export"],
        ["calibrate", "--data"],
    ],
)
def test_no_command_takes_an_empty_word_for_a_place(words, empty, capsys):
    """As "$SCAN" is where nobody has set it."""
    with pytest.raises(SystemExit) as ended:
        main([*words, empty])
    assert ended.value.code == 2 and "is empty: name something" in capsys.readouterr().err


def test_what_may_be_empty_is_taken():
    arguments = parser().parse_args(["train", "cutblur", "--augment", "", "--perceptual", ""])
    assert (arguments.augment, arguments.perceptual) == ("", "")
    assert place("scan.png") == Path("scan.png") and named("kaggle") == "kaggle"
