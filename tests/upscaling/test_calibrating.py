"""What ``medsr calibrate`` counts: for each network and reduction, and tried on other images."""

import dataclasses
import json

import keras
import numpy as np
import pytest
from shared import images

from medsr_nb import data, degradation
from medsr_nb.cli import main
from medsr_nb.upscaling import calibrating, guess


@pytest.fixture
def short(monkeypatch):
    """Two networks, which are bicubic, two reductions, and 24 drawn images of two kinds."""
    drawn = images(24)
    kinds = np.array(["MRI", "X-ray"] * 12)
    halves = np.array(["train"] * 12 + ["test"] * 12)
    drawn = dataclasses.replace(drawn, kinds=kinds, parts=halves)

    def split(*_):
        parts = [drawn.take(np.flatnonzero(halves == half)) for half in ("train", "test")]
        return data.Split(train=parts[0], validation=parts[0], test=parts[1])

    def network(name, reduction):
        lr = keras.Input((16, 16, 1))
        return keras.Model(lr, degradation.Enlarge(3)(lr))

    monkeypatch.setattr(data, "load", lambda source: drawn)
    monkeypatch.setattr(data, "split", split)
    monkeypatch.setattr(calibrating, "network", network)
    monkeypatch.setattr(guess, "NAMES", ("faithful", "robust"))
    monkeypatch.setattr(guess, "COUNTED", ("average", "unknown"))


def test_every_network_and_reduction_has_tables_and_is_tried(short, tmp_path, monkeypatch, eagerly):
    path = tmp_path / "calibration.json"
    assert main(["calibrate", "--data", "folder", "--out", str(path)]) == 0
    note = json.loads(path.read_text())
    for name in ("faithful", "robust"):
        assert list(note["networks"][name]) == ["average", "unknown"]
        assert list(note["networks"][name]["average"]) == ["", "MRI", "X-ray"]
        assert set(note["networks"][name]["unknown"]["MRI"]) == set(guess.TABLES)
        tried = note["test"][name]
        assert list(tried)[0] == "average" and "k-space, Rician noise 4" in tried
        assert all(len(tried["average"]["MRI"][what]) == 10 for what in ("expected", "deciles"))
        assert 0.5 < tried["average"]["MRI"]["cover"] <= 1.0
    monkeypatch.setattr(guess, "results_dir", lambda: tmp_path)
    guess.calibrations.cache_clear()
    assert guess.calibrations()["robust"]["unknown"]["MRI"]["reach"].shape == (12, 12)
    guess.calibrations.cache_clear()


def test_for_unknown_every_image_has_a_scanner_of_its_own():
    drawn = images(4)
    same = dataclasses.replace(drawn, pixels=np.repeat(drawn.pixels[:1], 4, axis=0))
    lr = calibrating.taken(same, "unknown")
    assert lr.dtype == np.uint8 and lr.shape == (4, 16, 16, 1)
    assert len({one.tobytes() for one in lr}) > 1
    assert (lr == calibrating.taken(same, "unknown")).all()
    one = calibrating.taken(same, "average")
    assert (one == one[:1]).all()


def test_nothing_is_counted_where_it_could_not_be_used_or_kept(short, tmp_path, monkeypatch):
    monkeypatch.setattr(calibrating, "counted", lambda *_: pytest.fail("counted"))
    (tmp_path / "file").write_text("")
    assert main(["calibrate", "--out", str(tmp_path / "file" / "calibration.json")]) == 2
    of_one_kind = images(4)
    monkeypatch.setattr(data, "load", lambda source: of_one_kind)
    assert main(["calibrate", "--out", str(tmp_path / "calibration.json")]) == 2


def test_counts_are_written_where_they_are_read(tmp_path, monkeypatch):
    written = []
    monkeypatch.setattr(calibrating, "calibration", lambda source, path: written.append(path))
    monkeypatch.chdir(tmp_path)
    assert main(["calibrate"]) == 0
    assert written == [guess.results_dir() / "calibration.json"]


def test_the_folder_of_the_counts_is_made(short, tmp_path, monkeypatch):
    monkeypatch.setattr(guess, "NAMES", ())
    assert main(["calibrate", "--out", str(tmp_path / "new" / "calibration.json")]) == 0
