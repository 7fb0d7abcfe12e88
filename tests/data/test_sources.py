"""The sample, MNIST and Fashion-MNIST."""

import sys
from importlib.machinery import ModuleSpec
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from medsr_nb.data import images, imageset, sources
from medsr_nb.machine import UserError

WAYS = "MEDSR_DATA(.|\n)*kaggle(.|\n)*sample"


# The sample


@pytest.fixture(scope="module")
def sample():
    return images.load("sample", size=48)


def test_sample_is_three_planes_of_one_template(sample):
    assert sample.name == "ICBM152 T1 template (sample)" and "one averaged head" in sample.source
    assert sample.pixels.shape == (len(sample), 48, 48, 1) and sample.pixels.dtype == np.uint8
    assert sample.label_names == ("axial", "coronal", "sagittal")
    assert np.bincount(sample.labels).min() > 20 and 150 < len(sample) < 200
    assert sample.names[0].startswith("axial_z-") and len(set(sample.names)) == len(sample)
    assert sample.fingerprint == images.load("sample", size=48).fingerprint
    assert sample.pixels.max() == 255 and (sample.pixels == 0).mean() > 0.2


def test_sample_is_upright():
    sample = images.load("sample", size=150)
    coronal = sample.pixels[sample.names.index("coronal_y-020"), :, :, 0]
    rows = np.flatnonzero((coronal > 0).any(axis=1))
    top, bottom = coronal[rows[0] + 5] > 0, coronal[rows[-1] - 5] > 0
    assert top.sum() > 1.5 * bottom.sum()  # a wide crown above, the narrow brain stem below
    axial = sample.pixels[sample.names.index("axial_z-040"), :, :, 0]
    np.testing.assert_array_equal(axial, axial[:, ::-1])  # the template is symmetric
    front, back = np.split(np.trim_zeros((axial > 0).sum(axis=1))[:90], 2)
    assert back.sum() > 1.3 * front.sum()  # the cerebellum, behind, is larger than the two poles
    sagittal = sample.pixels[sample.names.index("sagittal_x+000"), 110:, :, 0] > 0
    assert sagittal[:, 75:].sum() > 3 * sagittal[:, :75].sum()  # cerebellum: low, and right


def test_slabs_of_a_plane_are_groups(sample):
    for group in np.unique(sample.groups):
        members = sample.take(sample.groups == group)
        assert len(set(members.labels.tolist())) == 1 and len(members) <= 6
        position = [int(name[-4:]) for name in members.names]
        assert max(position) - min(position) < 12


def test_too_large_a_size_for_the_sample():
    with pytest.raises(UserError, match="Ask for a smaller size"):
        images.load("sample", size=400)


@pytest.mark.parametrize("spec", [None, "empty"])
def test_sample_without_nilearn(monkeypatch, tmp_path, spec):
    if spec:
        spec = ModuleSpec("nilearn", None, is_package=True)
        spec.submodule_search_locations = [str(tmp_path)]
    monkeypatch.setattr(sources, "find_spec", lambda name: spec)
    with pytest.raises(imageset.DataUnavailable, match=f"pip install(.|\n)*{WAYS}"):
        images.load("sample")


# MNIST and Fashion-MNIST


def arrays(train=6, test=4):
    rng = np.random.default_rng(0)
    return {
        "x_train": rng.integers(0, 256, (train, 28, 28), np.uint8),
        "y_train": np.arange(train, dtype=np.uint8) % 10,
        "x_test": rng.integers(0, 256, (test, 28, 28), np.uint8),
        "y_test": np.arange(test, dtype=np.uint8) % 10,
    }


def test_npz_by_file_and_by_folder(tmp_path):
    np.savez(tmp_path / "mnist.npz", **arrays())
    np.savez(tmp_path / "fashion_mnist_900.npz", **arrays(7, 3))
    digits = images.load_small(tmp_path, "digits")
    assert (digits.name, len(digits), digits.size) == ("MNIST", 10, 28)
    assert digits.parts.tolist() == ["train"] * 6 + ["test"] * 4
    assert digits.labels.tolist() == [0, 1, 2, 3, 4, 5, 0, 1, 2, 3]
    assert len(set(digits.groups.tolist())) == 10 and set(digits.kinds) == {"digit"}
    np.testing.assert_array_equal(digits.pixels[6:, :, :, 0], arrays()["x_test"])
    fashion = images.load_small(tmp_path, "fashion")
    assert fashion.name == "Fashion-MNIST" and fashion.label_names[9] == "ankle boot"
    assert (fashion.parts == "test").sum() == 3
    by_file = images.load_small(tmp_path / "mnist.npz")
    assert by_file.fingerprint == digits.fingerprint


@pytest.mark.parametrize(("change", "message"), [
    ({"x_test": None}, "no array"),
    ({"x_train": np.zeros((6, 32, 32), np.uint8)}, "images are uint8"),
    ({"x_train": np.zeros((6, 28, 28))}, "images are uint8"),
    ({"y_train": np.full(6, 11)}, "labels are one whole number"),
    ({"y_train": np.zeros(5, int)}, "labels are one whole number"),
    ({"x_test": np.zeros((0, 28, 28), np.uint8), "y_test": np.zeros(0, int)}, "at least one"),
])  # fmt: skip
def test_npz_with_other_contents(tmp_path, change, message):
    contents = {key: value for key, value in (arrays() | change).items() if value is not None}
    np.savez(tmp_path / "mnist.npz", **contents)
    with pytest.raises(UserError, match=message):
        images.load_small(tmp_path)


def test_npz_damaged_or_missing(tmp_path):
    with pytest.raises(UserError, match=f"holds no file mnist(.|\n)*{WAYS}"):
        images.load_small(tmp_path)
    with pytest.raises(UserError, match=WAYS):
        images.load_small(tmp_path / "nowhere.npz")
    np.savez(tmp_path / "mnist.npz", **arrays())
    data = (tmp_path / "mnist.npz").read_bytes()
    method = data.index(b"PK\x01\x02") + 10  # how the first array is compressed: by no known way
    unknown = data[:method] + b"\x63" + data[method + 1 :]
    for broken in (data[:2000], b"", b"text", data[:900] + b"\xff" + data[901:], unknown):
        (tmp_path / "mnist.npz").write_bytes(broken)
        with pytest.raises(UserError, match="cannot be read as an .npz"):
            images.load_small(tmp_path)
    np.save(tmp_path / "one.npy", arrays()["x_test"])
    with pytest.raises(UserError, match="cannot be read as an .npz"):
        images.load_small(tmp_path / "one.npy")


def test_subject_must_be_known():
    with pytest.raises(ValueError, match="digits, fashion"):
        images.load_small("sample", "letters")


def fake_keras(monkeypatch, load_data):
    keras = ModuleType("keras")
    module = SimpleNamespace(load_data=load_data)
    keras.datasets = SimpleNamespace(mnist=module, fashion_mnist=module)
    monkeypatch.setitem(sys.modules, "keras", keras)


def test_download_by_keras(monkeypatch):
    given = arrays()
    fake_keras(
        monkeypatch,
        lambda: ((given["x_train"], given["y_train"]), (given["x_test"], given["y_test"])),
    )
    assert len(images.load_small("kaggle", "fashion")) == 10


def test_download_by_keras_without_network(monkeypatch):
    def load_data():
        raise Exception("URL fetch failure on https://example.org: None -- no network")

    fake_keras(monkeypatch, load_data)
    with pytest.raises(imageset.DataUnavailable, match=f"no network(.|\n)*{WAYS}"):
        images.load_small("kaggle", "digits")
