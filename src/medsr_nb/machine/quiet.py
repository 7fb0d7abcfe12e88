"""Libraries brought up without a word: TensorFlow greets in red, whatever its settings say."""

import logging
import os
import sys
from contextlib import contextmanager


@contextmanager
def muted():
    """Nothing that a library writes to standard error below Python is seen, as libtiff does."""
    sys.stderr.flush()
    kept, nothing = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nothing)


@contextmanager
def silent():
    """For the first import of Keras: TensorFlow's greeting is not seen, errors are still raised.

    Nor are its log lines from then on, where the environment does not ask for them. They speak of
    a missing GPU or of a graph that was not simplified; what goes wrong is raised.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    with muted():
        yield


def bring_up():
    """Imports Keras with its backend, ``silent``: for what would import them a little later."""
    with silent():
        import keras  # noqa: F401
