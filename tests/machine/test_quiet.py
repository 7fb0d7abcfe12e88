"""TensorFlow comes up with less, and runs short trainings without optimising their graphs."""

import sys

import keras
import pytest

from medsr_nb import machine
from medsr_nb.machine import quiet


@pytest.fixture
def first_import(monkeypatch):
    """As in a process that has imported neither TensorFlow nor a module named never_there."""
    monkeypatch.delitem(sys.modules, "tensorflow", raising=False)
    monkeypatch.setattr(quiet, "NOT_NEEDED", ("never_there", "math"))
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")


def test_what_is_not_needed_is_hidden_for_the_first_import_alone(first_import):
    with machine.lean("not_there_either"):
        for name in ("never_there", "not_there_either"):
            with pytest.raises(ImportError, match="None in sys.modules"):
                __import__(name)
        import math  # which was there before

        assert math.pi > 3
    assert "never_there" not in sys.modules and "not_there_either" not in sys.modules
    with pytest.raises(ModuleNotFoundError, match="No module named"):
        __import__("never_there")


def test_it_is_found_again_after_an_error(first_import):
    with pytest.raises(RuntimeError), machine.lean():
        raise RuntimeError
    assert "never_there" not in sys.modules


def test_nothing_is_hidden_from_jax_nor_where_tensorflow_is_there(first_import, monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    with machine.lean():
        assert "never_there" not in sys.modules
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    monkeypatch.setitem(sys.modules, "tensorflow", sys)
    with machine.lean():
        assert "never_there" not in sys.modules


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="TensorFlow's alone")
@pytest.mark.parametrize("gpus", [[], ["a GPU"]])
@pytest.mark.parametrize("before", [False, True])
def test_graphs_stay_as_traced_where_there_is_no_gpu(gpus, before, monkeypatch):
    import tensorflow as tf

    def left_out():
        return tf.config.optimizer.get_experimental_options()["disable_meta_optimizer"]

    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: gpus)
    suite = left_out()  # which conftest.py sets for all tests
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": before})
    try:
        with machine.as_traced():
            assert left_out() == (before or not gpus)
        assert left_out() == before
    finally:
        tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": suite})
