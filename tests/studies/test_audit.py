"""The figures of data/README.md: how they are counted, and that the text agrees with them."""

import inspect
import json
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from medsr_nb.data import drawn, groups, images, splits
from medsr_nb.data.imageset import ImageSet
from medsr_nb.machine import UserError
from medsr_nb.studies import audit, leakage

ROOT = Path(__file__).parents[2]
BRAIN, CHEST = "brain-tumor-mri-dataset", "chest-xray-pneumonia/chest_xray"


def picture(seed):
    """A square picture that resembles no other, uint8 (64, 64)."""
    small = np.random.default_rng(seed).integers(0, 256, (8, 8), np.uint8)
    return np.asarray(Image.fromarray(small).resize((64, 64), Image.BICUBIC))


# (name below the data set, kind, label, part, pixels)
FILES = [
    (f"{BRAIN}/Training/glioma/a.png", "MRI", 0, "train", picture(1)),
    (f"{BRAIN}/Training/glioma/b.png", "MRI", 0, "train", picture(2)),
    (f"{BRAIN}/Training/notumor/c.png", "MRI", 1, "train", picture(1)),  # repeats a
    (f"{BRAIN}/Testing/glioma/d.png", "MRI", 0, "test", picture(2)[:, ::-1]),  # mirrors b
    (f"{BRAIN}/Testing/glioma/e.png", "MRI", 0, "test", picture(3)),  # clean
    (f"{BRAIN}/Testing/notumor/f.png", "MRI", 1, "test", picture(1)),  # repeats a and c
    (f"{CHEST}/train/NORMAL/IM-0001-0001.png", "X-ray", 2, "train", picture(4)),
    (f"{CHEST}/train/NORMAL/IM-0001-0002.png", "X-ray", 2, "train", picture(5)),
    (f"{CHEST}/train/NORMAL/IM-0001-0003.png", "X-ray", 2, "train", picture(6)),
    (f"{CHEST}/train/PNEUMONIA/person7_virus_1.png", "X-ray", 3, "train", picture(7)),
    (f"{CHEST}/test/NORMAL/NORMAL2-IM-0002-0001.png", "X-ray", 2, "test", picture(8)),
    (f"{CHEST}/test/PNEUMONIA/person7_bacteria_2.png", "X-ray", 3, "test", picture(9)),
]


@pytest.fixture(scope="module")
def found():
    names, kinds, labels, parts, pixels = zip(*FILES, strict=True)
    hashes = np.stack([groups.difference_hashes(Image.fromarray(each)) for each in pixels])
    patients = [groups.patient(name) for name in names]
    return audit.audit(ImageSet(
        name="made up",
        pixels=np.stack(pixels)[..., None],
        names=names,
        kinds=np.array(kinds),
        labels=np.array(labels, np.int32),
        label_names=("glioma", "notumor", "NORMAL", "PNEUMONIA"),
        groups=groups.grouped(hashes, patients),
        parts=np.array(parts),
        source="here",
        licence="",
        hashes=hashes,
    ))  # fmt: skip


def test_classes_counted_by_hand(found):
    classes = found["kinds"]["MRI"]["classes"]
    #                                       train, groups, test, twin, plain twin, clean
    assert list(classes["glioma"].values()) == [2, 2, 2, 1, 0, 1]
    assert list(classes["notumor"].values()) == [1, 1, 1, 1, 1, 0]
    assert list(classes["all"].values()) == [3, 2, 3, 2, 1, 1]
    classes = found["kinds"]["X-ray"]["classes"]
    assert list(classes["all"].values()) == [4, 2, 2, 0, 0, 2]
    assert found["images"] == 12 and found["skipped"] == 0


def test_twins_counted_by_hand(found):
    mri = {name: value for name, value in found["kinds"]["MRI"].items() if name != "classes"}
    last = mri.pop("thresholds")[-1]
    assert mri.pop("clean_test_closest") < 0.9
    assert mri == {
        "images": 6,
        "groups": 3,  # a c f, b d, e
        "groups_of_two_classes": 1,  # a c f
        "with_twin": 5,
        "with_plain_twin": 3,
        "exact_repeats": 2,
        "clean_test_alike": 0,
        "spoilt_test_alike": 2,
    }
    assert last["largest_cluster"] == 3
    xray = found["kinds"]["X-ray"]
    assert (xray["groups"], xray["with_twin"], xray["exact_repeats"]) == (4, 0, 0)


def test_thresholds_count_every_pair_once_at_its_distance(found):
    rows = found["kinds"]["MRI"]["thresholds"]
    assert [row["bits"] for row in rows] == [0, 4, 8, 12, 16, 20, 24]
    # a c, a f, c f and b d: both b and d know each other mirrored
    assert [row["pairs"] for row in rows] == [4, 0, 0, 0, 0, 0, 0]
    assert [row["alike_pairs"] for row in rows] == [4, 0, 0, 0, 0, 0, 0]
    assert [row["nearest_images"] for row in rows] == [5, 0, 0, 0, 0, 0, 0]


def test_thresholds_by_hand():
    pairs = np.array([[0, 1], [1, 2], [3, 4]])
    distances = np.array([[3, 90, 90, 90], [90, 16, 90, 90], [90, 90, 17, 90]])
    unit = leakage.standardised(np.stack([picture(seed) for seed in range(5)])[..., None])
    unit[1] = unit[0]
    unit[2] = unit[1][:, ::-1]
    rows = leakage.thresholds(6, pairs, distances, unit)
    assert [list(row.values()) for row in rows] == [
        [0, 0, 0, 0, 1],
        [4, 2, 1, 1, 2],
        [8, 0, 0, 0, 2],
        [12, 0, 0, 0, 2],
        [16, 1, 1, 1, 3],
        [20, 2, 1, 0, 3],
        [24, 0, 0, 0, 3],
    ]


def test_correlations_agree_with_numpy():
    pixels = np.stack([picture(1), picture(2), picture(1)[::-1]])[..., None]
    unit = leakage.standardised(pixels)
    expected = np.corrcoef(pixels[0].ravel(), pixels[1, ::-1, ::-1].ravel())[0, 1]
    assert leakage.correlation(unit[0], unit[1], (-1, -1)) == pytest.approx(expected, abs=1e-5)
    best = leakage.best_correlations(np.array(["train", "test", "test"]), unit)
    turned = [pixels[1, ::down, ::across].ravel() for down, across in groups.MIRRORINGS]
    expected = max(np.corrcoef(pixels[0].ravel(), each)[0, 1] for each in turned)
    assert best == pytest.approx([-1, expected, 1], abs=1e-5)


def test_patients_counted_by_hand(found):
    people = dict(found["patients"])
    medians = people.pop("median_distance")
    assert people == {
        "images": 6,
        "patients": 4,
        "most_images": 3,
        "median_images": 1.0,
        "patients_in_both_parts": 0,
        "numbers_in_both_parts": 1,  # person7
    }
    hashes = [groups.difference_hashes(Image.fromarray(picture(s)))[0] for s in range(4, 10)]

    def bits(one, other):
        return int(np.unpackbits(hashes[one] ^ hashes[other]).sum())

    assert medians["one_patient"] == np.median([bits(0, 1), bits(0, 2), bits(1, 2)])
    assert medians["one_number_two_series"] == bits(3, 5)


def test_both_sets_are_needed(tmp_path):
    (tmp_path / BRAIN / "Training" / "glioma").mkdir(parents=True)
    with pytest.raises(UserError, match="does not hold both.*README"):
        audit.figures(tmp_path)


@pytest.fixture(scope="module")
def recorded():
    return json.loads((ROOT / "results" / "data.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def readme():
    return (ROOT / "data" / "README.md").read_text("utf-8")


def test_readme_holds_the_tables_of_the_recorded_figures(recorded, readme):
    for table in audit.tables(recorded):
        assert table in readme, f"data/README.md lacks this table:\n{table}"
    assert recorded["command"] in readme


def test_readme_states_no_measured_figure_outside_the_tables(readme):
    text = readme[readme.index("## Leakage found") :]
    prose = "\n".join(line for line in text.splitlines() if not line.startswith("|"))
    prose = re.sub(r"`[^`]*`", "", prose)  # names of files
    # the size of the copy; the hash and its threshold, and the one above; SHA-256
    assert set(re.findall(r"\d+", prose)) == {"224", "256", "17", "16", "20"}


def test_readme_counts_the_sample(recorded, readme):
    sample = images.load("sample", splits.MANIFEST_SIZE)
    planes = Counter(sample.label_names[label] for label in sample.labels)
    assert recorded["sample"] == dict(planes)
    counted = ", ".join(f"{count} {plane}" for plane, count in recorded["sample"].items())
    assert f"{len(sample)} slices ({counted})" in readme
    for drawing in (drawn.digits, drawn.shapes):
        count = inspect.signature(drawing).parameters["count"].default
        assert f"drawn by `medsr_nb.data.drawn`, {count} each" in readme


def test_recorded_manifest_is_the_committed_one(recorded):
    assert recorded["manifest"] == audit.manifest_counts()
    assert recorded["manifest_follows_its_rule"] is True
    clean = sum(each["classes"]["all"]["clean_test"] for each in recorded["kinds"].values())
    assert clean == sum(recorded["manifest"]["test"].values())
