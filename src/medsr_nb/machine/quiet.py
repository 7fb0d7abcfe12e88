"""Libraries brought up quickly and without a word: TensorFlow greets in red, whatever is set."""

import logging
import os
import sys
from contextlib import contextmanager

# TensorFlow and Keras try these for features that nothing here uses, and do without them where
# they are missing. They are nearly half of the seconds of the import.
NOT_NEEDED = ("jax", "sklearn", "pandas")


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


@contextmanager
def as_traced():
    """In here TensorFlow runs graphs as they were traced, where there is no GPU.

    To optimise a GAN's step takes a fifth of the time before the first one. Of the systems that
    were tried, at the widths of the sample on two cores, none took its steps faster for it.
    """
    import keras

    if keras.backend.backend() != "tensorflow":
        yield
        return
    import tensorflow as tf

    before = tf.config.optimizer.get_experimental_options().get("disable_meta_optimizer", False)
    here = not tf.config.list_physical_devices("GPU")
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": here or before})
    try:
        yield
    finally:
        tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": before})


@contextmanager
def lean(*others):
    """For the first import of Keras: it goes without NOT_NEEDED and ``others``.

    What is imported already stays, and whoever imports one of them later gets it. On another
    backend than TensorFlow nothing is hidden.
    """
    hidden = [name for name in (*NOT_NEEDED, *others) if name not in sys.modules]
    if "tensorflow" in sys.modules or os.environ.get("KERAS_BACKEND", "tensorflow") != "tensorflow":
        hidden = []
    sys.modules.update(dict.fromkeys(hidden))  # None: to be imported is an ImportError
    try:
        yield
    finally:
        for name in hidden:
            sys.modules.pop(name, None)


def bring_up():
    """Imports Keras with its backend, ``silent`` and ``lean``: for what would do it soon anyway."""
    with silent(), lean():
        import keras  # noqa: F401
