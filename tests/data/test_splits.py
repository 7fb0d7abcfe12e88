"""Twins, patients, groups, splits and the manifest."""

import json

import numpy as np
import pytest
from PIL import Image
from shared import in_groups

from medsr_nb.data import groups, images, splits
from medsr_nb.machine import UserError


def picture(seed, size=64):
    small = np.random.default_rng(seed).integers(0, 256, (8, 8), np.uint8)
    return Image.fromarray(small).resize((size, size), Image.BICUBIC)


def hashes_of(*pictures):
    return np.stack([groups.difference_hashes(each) for each in pictures])


def test_difference_hash_by_hand():
    ramp = np.repeat(np.arange(17, dtype=np.uint8)[None] * 10, 16, axis=0)
    own, left_right, upside_down, both = groups.difference_hashes(Image.fromarray(ramp))
    assert own.tolist() == upside_down.tolist() == [255] * 32  # every step is a rise
    assert left_right.tolist() == both.tolist() == [0] * 32
    assert not groups.difference_hashes(Image.fromarray(ramp // 5)).any()  # steps of 2: noise


def test_hash_distance_counts_bits():
    one, other = np.zeros((1, 32), np.uint8), np.zeros((2, 32), np.uint8)
    other[0, 3], other[1] = 0b101, 255
    assert groups.hash_distance(one, other).tolist() == [[2, 256]]


def test_twins_survive_size_aspect_contrast_and_mirroring():
    original = picture(0, 128)
    copies = [
        original,
        original.resize((70, 50)),
        original.point(lambda value: value * 0.8 + 10),
        original.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        original.transpose(Image.Transpose.FLIP_TOP_BOTTOM),
        original.transpose(Image.Transpose.ROTATE_180),
    ]
    hashes = hashes_of(*copies, *(picture(seed) for seed in range(1, 150)))
    found = groups.grouped(hashes, [None] * len(hashes))
    assert found[:6].tolist() == [0] * 6
    assert len(np.unique(found)) == 150


def test_threshold_is_inclusive():
    hashes = np.zeros((3, 4, 32), np.uint8)
    hashes[:, 1:] = 0b10101010  # mirrorings far from everything
    hashes[1, 0, :2] = 255  # 16 bits from the first
    hashes[2, 0, 2:4] = 255
    hashes[2, 0, 4] = 1  # 17 bits
    assert groups.grouped(hashes, [None] * 3).tolist() == [0, 0, 1]


def test_joining_is_transitive_and_numbered_by_first_member():
    assert groups.joined(6, [(4, 2), (5, 4), (0, 3)]).tolist() == [0, 1, 2, 0, 2, 2]
    assert groups.joined(2, []).tolist() == [0, 1]


@pytest.mark.parametrize(("name", "expected"), [
    ("train/PNEUMONIA/person12_virus_48.jpeg", "person12_virus"),
    ("person12_bacteria_48.jpeg", "person12_bacteria"),
    ("IM-0115-0001.jpeg", "IM-0115"),
    ("IM-0429-0001-0002.jpeg", "IM-0429"),
    ("NORMAL2-IM-0246-0001.jpeg", "NORMAL2-IM-0246"),
    ("Tr-gl_0010.jpg", None),
])  # fmt: skip
def test_patient(name, expected):
    assert groups.patient(name) == expected


def assert_no_shared_group(split):
    sets = [set(part.groups.tolist()) for part in split]
    assert sum(map(len, sets)) == len(set.union(*sets))


def test_split_never_cuts_a_group_and_never_changes():
    pictures = in_groups([index // 3 for index in range(90)])
    first, second = (splits.split(pictures, 40, 10, 10) for _ in range(2))
    assert [len(part) for part in first] == [40, 10, 10]
    assert [part.names for part in first] == [part.names for part in second]
    assert_no_shared_group(first)


def test_counts_are_upper_bounds_but_no_set_is_empty():
    pictures = in_groups(range(10))
    assert [len(part) for part in splits.split(pictures, 100, 2, 0)] == [8, 0, 2]
    assert [len(part) for part in splits.split(pictures, 5, 10, 0)] == [5, 0, 2]
    with pytest.raises(UserError, match="in 1 groups .*, which leaves none for test"):
        splits.split(in_groups([0] * 10), 5, 2, 0)
    with pytest.raises(ValueError, match="at least 0"):
        splits.split(pictures, 5, -1, 0)


def test_a_test_image_with_a_twin_in_training_is_never_scored():
    #                       train .......   test .........
    pictures = in_groups([0, 1, 2, 3, 3, 0, 4, 5, 5, 2], ["train"] * 5 + ["test"] * 5)
    split = splits.split(pictures, 10, 10, 1)
    assert sorted(split.test.names) == ["6.png", "7.png", "8.png"]
    assert_no_shared_group(split)
    assert set(split.train.parts) | set(split.validation.parts) == {"train"}
    assert len(split.train) + len(split.validation) in (4, 5)


@pytest.fixture
def kaggle(tmp_path, monkeypatch):
    """Kaggle's layout with 8 train and 2 test images a class; test image 0 repeats a train one."""
    monkeypatch.setenv("MEDSR_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(splits, "TRAIN_COUNT", 24)
    monkeypatch.setattr(splits, "VALIDATION_COUNT", 12)
    monkeypatch.setattr(splits, "MANIFEST_SIZE", 32)
    monkeypatch.setattr(splits, "MANIFEST_FILE", tmp_path / "manifest.json")
    splits.manifest.cache_clear()
    seed = 0
    for label in ("glioma", "meningioma", "notumor", "pituitary", "NORMAL", "PNEUMONIA"):
        brain = label.islower()
        top = "brain-tumor-mri-dataset" if brain else "chest-xray-pneumonia/chest_xray"
        for part, count in (
            ("Training" if brain else "train", 8),
            ("Testing" if brain else "test", 2),
        ):
            place = tmp_path / "data" / top / part / label
            place.mkdir(parents=True)
            for index in range(count):
                seed += 1
                copied = count == 2 and index == 0
                picture(seed - 5 if copied else seed).save(place / f"{label}{part}{index}.png")
    yield tmp_path / "data"
    splits.manifest.cache_clear()


def test_manifest_follows_its_rule(kaggle, tmp_path):
    counts = splits.write_manifest(kaggle, tmp_path / "manifest.json")
    assert counts == {"train": 24, "validation": 12, "test": 6}
    first = (tmp_path / "manifest.json").read_bytes()
    splits.write_manifest(kaggle, tmp_path / "manifest.json")
    assert (tmp_path / "manifest.json").read_bytes() == first
    split = splits.full_split(images.load(kaggle, 32))
    assert [len(part) for part in split] == [24, 12, 6]
    assert_no_shared_group(split)
    assert np.bincount(split.validation.labels).tolist() == [2, 2, 1, 1, 3, 3]
    assert [name.rpartition("/")[2][-5] for name in split.test.names] == ["1"] * 6
    some = splits.split(images.load(kaggle, 32), 8, 2, 2)
    assert some.train.names == split.train.names[:8]
    assert np.bincount(some.train.labels).tolist() == [1, 1, 1, 1, 2, 2]
    assert sorted(some.test.kinds) == ["MRI", "X-ray"]


def test_more_than_the_manifest_takes_what_is_left_of_the_train_part(kaggle, tmp_path):
    splits.write_manifest(kaggle, tmp_path / "manifest.json")
    split = splits.split(images.load(kaggle, 32), 1000, 6, 12)
    assert len(split.train) == 48 - 12
    assert_no_shared_group(split)
    without = splits.split(images.load(kaggle, 32), 1000, 6, 0)
    assert without.train.names == split.train.names  # held out even when not asked for


def test_missing_or_exchanged_files_are_told(kaggle, tmp_path):
    splits.write_manifest(kaggle, tmp_path / "manifest.json")
    listed = [kaggle / name for name, _ in splits.manifest()["train"]]
    listed[0].unlink()
    picture(999).save(listed[1])
    with pytest.warns(UserWarning, match="2 of the manifest's 24 train images") as told:
        split = splits.split(images.load(kaggle, 32), 24, 6, 12)
    assert len(split.train) == 22
    assert listed[0].name in str(told[0].message) and listed[1].name in str(told[0].message)
    for file in listed[2:14]:
        file.unlink()
    with pytest.raises(UserError, match="14 of the manifest's 24.*README"):
        splits.split(images.load(kaggle, 32), 24, 6, 12)


def test_one_of_the_two_sets_is_enough(kaggle, tmp_path):
    splits.write_manifest(kaggle, tmp_path / "manifest.json")
    split = splits.split(images.load(kaggle / "brain-tumor-mri-dataset", 32), 8, 2, 4)
    assert [len(part) for part in split] == [8, 4, 2]
    with pytest.raises(UserError, match="does not hold both"):
        splits.write_manifest(kaggle / "brain-tumor-mri-dataset", tmp_path / "other.json")


def test_the_committed_manifest_is_what_its_rule_promises():
    splits.manifest.cache_clear()
    manifest = json.loads(splits.MANIFEST_FILE.read_text("utf-8"))
    assert manifest["rule"] == splits.RULE
    names = {part: [name for name, _ in manifest[part]] for part in splits.Split._fields}
    assert len(names["train"]) == 1957 and len(names["validation"]) == 200
    assert len({name for part in names.values() for name in part}) == sum(map(len, names.values()))
    label = [name.split("/")[-2] for name in names["train"]]
    counts = {each: label.count(each) for each in set(label)}
    assert counts == {"glioma": 245, "meningioma": 245, "notumor": 245, "pituitary": 244,
                      "NORMAL": 489, "PNEUMONIA": 489}  # fmt: skip
    first = label[:240]
    assert {each: first.count(each) for each in set(first)} == {
        "glioma": 30, "meningioma": 30, "notumor": 30, "pituitary": 30, "NORMAL": 60,
        "PNEUMONIA": 60}  # fmt: skip
    assert all(part in ("Testing", "test") for part in
               (name.split("/")[-3] for name in names["test"]))  # fmt: skip
    patients = [{groups.patient(name) for name in each} - {None} for each in names.values()]
    assert sum(map(len, patients)) == len(set.union(*patients))
    assert all(len(bytes.fromhex(code)) == 32 for part in names for _, code in manifest[part])
