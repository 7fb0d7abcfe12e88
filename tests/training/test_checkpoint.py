"""Checkpoints: what is written is read, and a damaged file is named and never taken."""

import os

import numpy as np
import pytest

from medsr_nb.training import checkpoint
from medsr_nb.training.checkpoint import CheckpointError, Checkpoints, Damaged

ARRAYS = {"value-00000": np.arange(6, dtype="float32"), "value-00001": np.array(3, "uint32")}


def test_what_is_written_is_read(tmp_path):
    store = Checkpoints(tmp_path, {"recipe": 1, "sizes": (1, 2)})
    path = store.save(7, {"history": [{"loss": float("nan")}], "step": 7}, ARRAYS, good=True)
    assert path.name == "step-0000007.npz"
    progress, arrays = Checkpoints(tmp_path, {"recipe": 1, "sizes": (1, 2)}).newest()
    assert progress["step"] == 7 and np.isnan(progress["history"][0]["loss"])
    assert arrays.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        assert arrays[name].dtype == array.dtype and arrays[name].shape == array.shape
        np.testing.assert_array_equal(arrays[name], array)


@pytest.mark.parametrize("broken", ["savez", "fsync", "replace"])
def test_a_crash_while_writing_keeps_the_previous_one(broken, tmp_path, monkeypatch):
    store = Checkpoints(tmp_path, {})
    before = store.save(1, {"step": 1}, ARRAYS, good=False).read_bytes()

    def crash(*arguments, **more):
        if broken == "savez":
            arguments[0].write(b"PK half a file")
        raise OSError("no space left on device")

    monkeypatch.setattr(np if broken == "savez" else os, broken, crash)
    with pytest.raises(OSError, match="no space"):
        store.save(1, {"step": 2}, ARRAYS, good=False)
    monkeypatch.undo()
    assert os.listdir(tmp_path) == ["step-0000001.npz"]  # halves would fill the disk further
    assert (tmp_path / "step-0000001.npz").read_bytes() == before
    assert Checkpoints(tmp_path, {}).newest()[0] == {"step": 1}


def test_what_a_killed_program_left_half_written_goes(tmp_path):
    (tmp_path / "step-0000001.npz.1234abcd.part").write_bytes(b"PK half a file")
    Checkpoints(tmp_path, {}).save(2, {}, ARRAYS, good=False)
    assert os.listdir(tmp_path) == ["step-0000002.npz"]


def test_two_are_kept_and_the_last_good_one(tmp_path):
    store = Checkpoints(tmp_path, {})
    for step in range(1, 7):
        store.save(step, {"step": step}, ARRAYS, good=step in (1, 3))
    assert [path.stem for path in store.paths()] == [
        "step-0000006", "step-0000005", "step-0000003"
    ]  # fmt: skip
    assert store.newest()[0]["step"] == 6
    assert store.newest(only_good=True)[0]["step"] == 3


@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "foreign", "text"])
def test_a_damaged_file_is_named_and_the_older_one_taken(damage, tmp_path, capsys):
    store = Checkpoints(tmp_path, {})
    store.save(1, {"step": 1}, ARRAYS, good=True)
    path = store.save(2, {"step": 2}, ARRAYS, good=True)
    whole = path.read_bytes()
    at = whole.index(ARRAYS["value-00000"].tobytes())
    if damage == "foreign":
        np.savez(path, weights=np.zeros(3))
    else:
        path.write_bytes({
            "cut": whole[: len(whole) // 2],
            "flip": whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :],
            "empty": b"",
            "text": b"not a checkpoint",
        }[damage])  # fmt: skip
    assert store.newest()[0]["step"] == 1
    assert f"{path} is damaged" in capsys.readouterr().out
    assert [one.name for one in store.paths()] == ["step-0000001.npz"]  # so it ages as it should
    assert path.with_suffix(".damaged").exists()


def test_a_change_that_the_zip_does_not_notice_is_noticed(tmp_path):
    path = tmp_path / "step-0000001.npz"
    checkpoint.write(path, {"progress": {"step": 1}}, ARRAYS)
    with np.load(path) as stored:
        arrays = {name: stored[name] for name in stored.files}
    arrays["value-00000"][0] += 1
    np.savez(path, **arrays)
    with pytest.raises(Damaged, match="checksum"):
        checkpoint.read(path)


def test_all_damaged_is_an_error_that_says_what_to_do(tmp_path):
    store = Checkpoints(tmp_path, {})
    store.save(1, {}, ARRAYS, good=True).write_bytes(b"")
    with pytest.raises(CheckpointError, match="step-0000001.npz.*remove these files"):
        store.newest()
