"""Weights in a file: they come back as they were, and half a file never takes its place."""

import hashlib
import types

import numpy as np
import pytest

from medsr_nb import machine

KERNEL, VECTOR = np.array([[0.5, -2.0]], np.float32), np.array([0.1], np.float32)
MODEL = types.SimpleNamespace(get_weights=lambda: [KERNEL, VECTOR])


def test_weights_come_back_and_the_same_ones_have_the_same_bytes(tmp_path):
    path = tmp_path / "new" / "weights.npz"
    sha256 = machine.save_weights(path, MODEL)
    assert sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    kernel, vector = machine.load_weights(path, sha256, "")
    np.testing.assert_array_equal(kernel, KERNEL)
    np.testing.assert_array_equal(vector, VECTOR)
    assert machine.save_weights(tmp_path / "again.npz", MODEL) == sha256


def test_a_file_that_cannot_be_finished_leaves_the_one_before(tmp_path, monkeypatch):
    path = tmp_path / "weights.npz"
    machine.save_weights(path, MODEL)
    before = path.read_bytes()

    def half(file, **arrays):
        file.write(b"half")
        raise OSError(28, "No space left")

    monkeypatch.setattr(np, "savez", half)
    with pytest.raises(OSError, match="No space left"):
        machine.save_weights(path, MODEL)
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]
