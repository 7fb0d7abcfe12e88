"""A bar for work that takes long, shown where somebody watches: tqdm does all of it."""

import os
import sys
import warnings

QUIET_SECONDS = 2  # a bar that is gone at once only disturbs, so short work shows none


def in_a_cell():
    """Whether this runs in a notebook's cell."""
    return type(sys.stderr).__module__.startswith("ipykernel")


def watched_cell():
    """Whether somebody may be looking at the cell: tests and headless runs set TQDM_DISABLE."""
    return in_a_cell() and not os.environ.get("TQDM_DISABLE")


def bar(iterable=None, **settings):
    """tqdm's bar around ``iterable``, or one of ``total`` that its caller moves (``update``).

    Nothing is shown in a pipe or a file. In a notebook's cell nobody can tell whether somebody
    watches, so tests and headless runs set TQDM_DISABLE. ``settings`` are tqdm's.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # without ipywidgets the bar is text, and that is fine
        from tqdm.auto import tqdm
    watched = {} if in_a_cell() else {"disable": None}  # None: unless the stream is a terminal
    return tqdm(iterable, **{"delay": QUIET_SECONDS, **watched, **settings})
