"""The trained network for tiles of a size, and TensorFlow brought up quickly and without a word."""

import functools
import logging
import os
import sys
from contextlib import contextmanager

# TensorFlow and Keras try these for features that no enlargement needs, and do without them where
# they are missing. They are half of the seconds and a quarter of the memory of the import.
NOT_NEEDED = ("jax", "sklearn", "pandas", "matplotlib")


@contextmanager
def lean():
    """In here, imports go without NOT_NEEDED, but for what is there already."""
    hidden = [name for name in NOT_NEEDED if name not in sys.modules]
    if "tensorflow" in sys.modules or os.environ.get("KERAS_BACKEND", "tensorflow") != "tensorflow":
        hidden = []
    sys.modules.update(dict.fromkeys(hidden))  # None: to be imported is an ImportError
    try:
        yield
    finally:
        for name in hidden:
            sys.modules.pop(name, None)


@contextmanager
def silent():
    """Nothing that a library writes to standard error below Python is seen.

    TensorFlow greets with lines that no setting turns off. What goes wrong is still raised.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    sys.stderr.flush()
    kept, nothing = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nothing)


@functools.lru_cache(maxsize=4)
def network(height, width, sharpness=0.0):
    """``pretrained.network`` without its last layer, for one picture of this size at a time.

    A function, float32 (1, h, w, 1) -> (1, 3h, 3w, 1), both about [-1, 1]. What is left out is
    the projection onto what the input says, which ``consistency`` does for the whole picture.
    """
    with silent(), lean():
        import keras

        from .. import pretrained
        from ..degrade import Consistent

        whole = pretrained.network(sharpness, (height, width))
        if not isinstance(whole.layers[-1], Consistent):
            raise TypeError("the network ends in another layer than the projection.")
        return keras.Model(whole.input, whole.layers[-1].input[0]).predict_on_batch
