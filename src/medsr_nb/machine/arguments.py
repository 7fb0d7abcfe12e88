"""Words of a command line: argparse says what they must be, before anything heavy starts."""

import argparse
import math
from pathlib import Path


def count(text: str) -> int:
    """A whole number of at least 1. Raises ArgumentTypeError for anything else."""
    return at_least(1, text, int, "a whole number of at least 1")


def duration(text: str) -> float:
    """A finite number of at least 0. Raises ArgumentTypeError for anything else."""
    return at_least(0, text, float, "a number of at least 0")


def count_or_auto(text: str) -> int | str:
    """A ``count``, or "auto". Raises ArgumentTypeError for anything else."""
    if text == "auto":
        return text
    return at_least(1, text, int, "auto or a whole number of at least 1")


def at_least(least, text, kind, wanted):
    """``text`` as a number of a ``kind``. Raises ArgumentTypeError, which says what was wanted."""
    try:
        number = kind(text)
    except ValueError:
        number = math.nan
    if not least <= number < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is not {wanted}.")
    return number


def named(text: str) -> str:
    """A word that is not empty, as a variable is that nobody has set.

    Raises ArgumentTypeError for one that is.
    """
    if not text.strip():
        raise argparse.ArgumentTypeError("is empty: name something, or set the variable in it.")
    return text


def place(text: str) -> Path:
    """A path, ``named``: an empty one would be the current folder."""
    return Path(named(text))


def only_word(command: str, about: str | None) -> str:
    """The word, ``named``, of a command that takes no other.

    ``command`` is how it is called, with the word's name last; ``--help`` shows ``about``, as it
    is. Ends the program, with status 2 and the usage, unless there is one such word.
    """
    call, _, name = command.rpartition(" ")
    parser = argparse.ArgumentParser(
        prog=call, description=about, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("word", metavar=name, type=named)
    return parser.parse_args().word
