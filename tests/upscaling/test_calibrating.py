"""What ``medsr calibrate`` counts: for each network and reduction, and tried on other images."""

import dataclasses
import json

import keras
import numpy as np
import pytest
from shared import images

from medsr_nb import data, degradation, upscaling
from medsr_nb.cli import main
from medsr_nb.upscaling import calibrating, guess


@pytest.fixture
def short(monkeypatch):
    """Two networks, which are bicubic, two reductions, three cases, 24 images of two kinds.

    Gives what was asked of the networks: (name, reduction, noise).
    """
    asked = []
    drawn = images(24)
    kinds = np.array(["MRI", "X-ray"] * 12)
    halves = np.array(["train"] * 12 + ["test"] * 12)
    few = ("bicubic", "average", "k-space, Rician noise 4")
    cases = {case: calibrating.scoring.CASES[case] for case in few}
    drawn = dataclasses.replace(drawn, kinds=kinds, parts=halves)

    def split(*_):
        parts = [drawn.take(np.flatnonzero(halves == half)) for half in ("train", "test")]
        return data.Split(train=parts[0], validation=parts[0], test=parts[1])

    def network(name, lr_size, reduction, noise=0.0):
        asked.append((name, reduction, noise))
        lr = keras.Input((lr_size, lr_size, 1))
        return keras.Model(lr, degradation.Enlarge(3)(lr))

    monkeypatch.setattr(data, "load", lambda source: drawn)
    monkeypatch.setattr(data, "full_split", split)
    monkeypatch.setattr(calibrating, "network", network)
    monkeypatch.setattr(calibrating.scoring, "CASES", cases)
    monkeypatch.setattr(guess, "NAMES", ("faithful", "robust"))
    monkeypatch.setattr(guess, "COUNTED", ("average", "k-space", "k-space, noise 2.5", "unknown"))
    monkeypatch.setattr(guess, "NAMED", ("average",))
    monkeypatch.setattr(guess, "STRENGTHS", (2.5,))
    told = "k-space, Rician noise 4"
    monkeypatch.setattr(calibrating, "TOLD", {told: calibrating.TOLD[told]})
    return asked


def test_every_network_and_reduction_has_tables_and_is_tried(short, tmp_path, monkeypatch, eagerly):
    path = tmp_path / "calibration.json"
    assert main(["calibrate", "--data", "folder", "--out", str(path)]) == 0
    note = json.loads(path.read_text())
    for name in ("faithful", "robust"):
        assert list(note["networks"][name]) == list(guess.COUNTED)
        assert list(note["networks"][name]["average"]) == ["", "MRI", "X-ray"]
        assert set(note["networks"][name]["unknown"]["MRI"]) == set(guess.TABLES)
        tried = note["test"][name]
        assert list(tried)[0] == "average"
        assert list(tried)[1:] == [
            "k-space, Rician noise 4, named",
            "bicubic, not named", "average, not named", "k-space, Rician noise 4, not named",
            "drawn scanners, not named",
        ]  # fmt: skip
        mine = [(reduction, noise) for one, reduction, noise in short if one == name]
        counted = [("average", 0.0), ("k-space", 0.0), ("k-space", 2.5), ("unknown", 0.0)]
        assert mine == [*counted, ("average", 0.0), ("k-space", 4.0), *[("unknown", 0.0)] * 4]
        assert all(len(tried["average"]["MRI"][what]) == 10 for what in ("expected", "deciles"))
        assert 0.5 < tried["average"]["MRI"]["cover"] <= 1.0
    monkeypatch.setattr(guess, "results_dir", lambda: tmp_path)
    guess.calibrations.cache_clear()
    robust = guess.calibrations()["robust"]
    assert robust["unknown"]["MRI"]["reach"].shape == (6, 12, 12)
    assert robust["average"]["MRI"]["reach"].shape == (1, 12, 12)
    assert robust["k-space, noise 2.5"]["MRI"]["reach"].shape == (1, 12, 12)
    guess.calibrations.cache_clear()


def test_for_unknown_every_image_has_a_scanner_of_its_own():
    drawn = images(4)
    same = dataclasses.replace(drawn, pixels=np.repeat(drawn.pixels[:1], 4, axis=0))
    lr = calibrating.taken(same)
    assert lr.dtype == np.uint8 and lr.shape == (4, 16, 16, 1)
    assert len({one.tobytes() for one in lr}) > 1
    assert (lr == calibrating.taken(same)).all()


def test_each_image_is_seen_through_several_drawn_scanners(short, monkeypatch):
    seen = []
    taken = calibrating.taken
    monkeypatch.setattr(calibrating, "taken", lambda *all: seen.append(taken(*all)) or seen[-1])
    of_two = dataclasses.replace(images(4), kinds=np.array(["MRI", "X-ray"] * 2))
    calibrating.counted("robust", "unknown", of_two)
    calibrating.counted("robust", "average", of_two)
    assert [len(lr) for lr in seen] == [24]
    assert len({lr.tobytes() for lr in seen[0][::4]}) > 3
    others = calibrating.taken(calibrating.repeated(of_two), "test")
    assert len(others) == 24 and (others != seen[0]).any()


@pytest.mark.parametrize("reduction", guess.NAMED)
def test_a_scanner_has_the_noise_that_goes_with_its_reduction(reduction):
    assert calibrating.scanner_of(reduction, 0.0, 100.0) == degradation.Scanner(reduction)
    for noise in guess.STRENGTHS:
        scanner = calibrating.scanner_of(reduction, noise, 100.0)
        assert (scanner.reduction, scanner.noise) == (reduction, calibrating.NOISES[reduction])
        assert scanner.noise_at(100.0) == pytest.approx(noise)


def test_a_scarcer_kind_of_image_is_as_bright_as_the_other():
    pixels = np.array([10, 40, 40, 40], "uint8").reshape(4, 1, 1, 1)
    four = dataclasses.replace(images(4), pixels=pixels, kinds=np.array(["MRI", *["X-ray"] * 3]))
    assert calibrating.brightness(four) == 25.0


def test_counts_with_noise_are_of_inputs_that_have_it(short, monkeypatch):
    took = []
    taken = degradation.Scanner.taken
    monkeypatch.setattr(
        degradation.Scanner, "taken", lambda self, *given: took.append(self) or taken(self, *given)
    )
    drawn = dataclasses.replace(images(4), kinds=np.array(["MRI", "X-ray"] * 2))
    calibrating.counted("robust", "average, noise 2.5", drawn)
    assert took == [calibrating.scanner_of("average", 2.5, calibrating.brightness(drawn))]
    assert short == [("robust", "average", 2.5)]


def test_ranges_are_tried_on_noise_between_the_strengths_that_were_counted():
    named = {case: one for case, (one, told) in calibrating.inputs().items() if told}
    assert list(named)[: len(guess.NAMED)] == list(guess.NAMED)
    noisy = [one for one in named.values() if one.noise != "none"]
    assert {one.reduction for one in noisy} == set(guess.NAMED)
    for one in noisy:
        assert one.noise == calibrating.NOISES[one.reduction]
        strength = one.noise_at(100.0)
        assert min(guess.STRENGTHS) < strength < max(guess.STRENGTHS)
        assert strength not in guess.STRENGTHS


def test_counts_of_two_strengths_are_blended_where_they_are_tried(short, monkeypatch):
    monkeypatch.setattr(calibrating, "levels", lambda network, lr: np.zeros((2, 12, 12, 1)))
    pixels = np.zeros((2, 12, 12, 1), "uint8")
    two = dataclasses.replace(images(2), pixels=pixels, kinds=np.array(["MRI", "X-ray"]))

    def table(reach):
        return calibrating.scoring.Calibration(
            3, np.array([]), np.array([]), np.array([]), np.full((1, 1, 1), reach / 2.0),
            np.full((1, 1, 1), reach),
        )  # fmt: skip

    one, other = (dict.fromkeys(("", "MRI", "X-ray"), table(reach)) for reach in (2.0, 6.0))
    lr = np.zeros((2, 4, 4, 1))
    found = calibrating.came_true([(0.75, one), (0.25, other)], None, lr, two)
    assert set(found["MRI"]["expected"]) == {1.5} and found["X-ray"]["cover"] == 1.0


def test_of_both_kinds_together_each_weighs_the_same():
    unequal = dataclasses.replace(
        images(7), kinds=np.array(["MRI", "X-ray", *["X-ray"] * 4, "MRI"])
    )
    kinds = dict(calibrating.by_kind(unequal))
    assert kinds["MRI"].tolist() == [0, 6] and kinds["X-ray"].tolist() == [1, 2, 3, 4, 5]
    both = unequal.kinds[kinds[""]].tolist()
    assert both.count("MRI") == both.count("X-ray") == 5
    assert set(kinds[""]) == set(range(7))


def test_counts_that_could_not_be_written_leave_the_old_ones(short, tmp_path, monkeypatch):
    path = tmp_path / "calibration.json"
    path.write_text("old")
    monkeypatch.setattr(guess, "NAMES", ())

    def full(*_):
        raise OSError("the disk is full")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError):
        calibrating.calibration("folder", path)
    assert [one.name for one in tmp_path.iterdir()] == [path.name] and path.read_text() == "old"


def test_nothing_is_counted_where_it_could_not_be_used_or_kept(short, tmp_path, monkeypatch):
    monkeypatch.setattr(calibrating, "counted", lambda *_: pytest.fail("counted"))
    (tmp_path / "file").write_text("")
    assert main(["calibrate", "--out", str(tmp_path / "file" / "calibration.json")]) == 2
    assert main(["calibrate", "--out", str(tmp_path / "calibration")]) == 2
    of_one_kind = images(4)
    monkeypatch.setattr(data, "load", lambda source: of_one_kind)
    assert main(["calibrate", "--out", str(tmp_path / "calibration.json")]) == 2


def test_counts_are_written_where_they_are_read(tmp_path, monkeypatch):
    written = []
    monkeypatch.setattr(upscaling, "calibration", lambda source, path: written.append(path))
    monkeypatch.chdir(tmp_path)
    assert main(["calibrate"]) == 0
    assert written == [guess.results_dir() / "calibration.json"]


def test_the_folder_of_the_counts_is_made(short, tmp_path, monkeypatch):
    monkeypatch.setattr(guess, "NAMES", ())
    assert main(["calibrate", "--out", str(tmp_path / "new" / "calibration.json")]) == 0
