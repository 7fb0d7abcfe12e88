"""Kaggle's download: its packages, what is kept, broken archives, and its own words."""

import sys
import zipfile
from types import SimpleNamespace

import pytest
from kaggle_stand_ins import module_with, save_set

from medsr_nb.data import images, imageset

pytestmark = pytest.mark.usefixtures("empty_home")
WAYS = "MEDSR_DATA(.|\n)*kaggle(.|\n)*sample"


def test_kagglehub_comes_first(monkeypatch, tmp_path, no_packages):
    asked = []

    def dataset_download(handle):
        asked.append(handle)
        return str(save_set(handle.split("/")[1], tmp_path / "hub" / handle / "versions" / "1"))

    module_with(monkeypatch, "kagglehub", dataset_download=dataset_download)
    loaded = images.load("kaggle", size=16)
    assert asked == [
        "masoudnickparvar/brain-tumor-mri-dataset",
        "paultimothymooney/chest-xray-pneumonia",
    ]
    assert len(loaded) == 14 and loaded.name == "Kaggle brain MRI + chest X-ray"
    assert loaded.names[0] == "brain-tumor-mri-dataset/Training/glioma/0.png"


def kaggle_api(monkeypatch, tmp_path, spoil=lambda archive: None):
    """A fake kaggle whose archives hold Kaggle's layout; ``spoil`` may damage one."""
    calls = []

    def download(dataset, path, quiet):
        calls.append(dataset)
        name = dataset.split("/")[1]
        root = save_set(name, tmp_path / "served" / name, second_copy=name.startswith("chest"))
        archive = f"{path}/{name}.zip"
        with zipfile.ZipFile(archive, "w") as target:
            for file in sorted(root.rglob("*.png")):
                target.write(file, file.relative_to(root))
            target.writestr("__MACOSX/._0.png", "x")
        spoil(archive)

    api = SimpleNamespace(authenticate=lambda: None, dataset_download_files=download)
    module_with(monkeypatch, "kaggle", api=api)
    return calls


def test_kaggle_comes_second_and_is_kept(monkeypatch, tmp_path, no_packages):
    calls = kaggle_api(monkeypatch, tmp_path)
    first = images.load("kaggle", size=16)
    assert len(first) == 14
    kept = tmp_path / "cache" / "kaggle"
    assert sorted(path.name for path in kept.iterdir()) == [
        "brain-tumor-mri-dataset",
        "chest-xray-pneumonia",
    ]
    assert (
        not list(kept.rglob("*MACOSX*"))
        and not (kept / "chest-xray-pneumonia/chest_xray/chest_xray").exists()
    )
    assert images.load("kaggle", size=16).fingerprint == first.fingerprint
    assert len(calls) == 2  # the second load fetched nothing


def cut(archive):
    with open(archive, "r+b") as file:
        file.truncate(500)


def flip(archive):
    with open(archive, "r+b") as file:
        file.seek(400)
        byte = file.read(1)[0]
        file.seek(400)
        file.write(bytes([byte ^ 255]))


def interrupt(archive):
    raise KeyboardInterrupt


def fill_disk(archive):
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize(("spoil", "error", "message"), [
    (cut, imageset.DataUnavailable, f"not a zip file(.|\n)*{WAYS}"),
    (flip, imageset.DataUnavailable, f"Bad CRC(.|\n)*{WAYS}"),
    (fill_disk, imageset.DataUnavailable, f"No space left(.|\n)*{WAYS}"),
    (interrupt, KeyboardInterrupt, None),
])  # fmt: skip
def test_a_broken_download_leaves_no_half_set(
    monkeypatch, tmp_path, no_packages, spoil, error, message
):
    kaggle_api(monkeypatch, tmp_path, spoil)
    with pytest.raises(error, match=message):
        images.load("kaggle", size=16)
    assert list((tmp_path / "cache" / "kaggle").iterdir()) == []
    kaggle_api(monkeypatch, tmp_path)
    assert len(images.load("kaggle", size=16)) == 14


def test_an_incomplete_set_is_not_taken(monkeypatch, tmp_path, no_packages):
    def dataset_download(handle):
        root = save_set(handle.split("/")[1], tmp_path / "hub" / handle)
        for file in (root / "Testing" / "glioma").iterdir():
            file.unlink()
        return str(root)

    module_with(monkeypatch, "kagglehub", dataset_download=dataset_download)
    with pytest.raises(imageset.DataUnavailable, match="incomplete.*Testing/glioma; delete it"):
        images.load("kaggle", size=16)


def test_every_failure_is_told_once(monkeypatch, no_packages):
    def no_network(handle):
        raise ConnectionError("Failed to resolve 'api.kaggle.com'")

    class ExitsOnImport:
        def find_spec(self, name, path=None, target=None):
            if name == "kaggle":
                raise SystemExit(1)

    module_with(monkeypatch, "kagglehub", dataset_download=no_network)
    monkeypatch.delitem(sys.modules, "kaggle")
    monkeypatch.setattr(sys, "meta_path", [ExitsOnImport(), *sys.meta_path])
    with pytest.raises(imageset.DataUnavailable) as told:
        images.load("kaggle", size=16)
    message = str(told.value)
    assert "kagglehub: ConnectionError: Failed to resolve" in message
    assert (
        "kaggle: PermissionError: stopped, as it does" in message
        and "credentials: none found" in message
    )
    for way in ("MEDSR_DATA", 'data="kaggle"', 'data="sample"'):
        assert message.count(way) == 1


@pytest.mark.parametrize(("error", "shown"), [
    (SimpleNamespace(body=b'{"code": 403, "message": "Accept the rules first"}'), "403 Client"),
    (SimpleNamespace(response=SimpleNamespace(text='{"message": "Too many requests"}')), "403"),
    (SimpleNamespace(response=SimpleNamespace(text="<html>")), "403 Client Error. You don't have"),
])  # fmt: skip
def test_kaggles_own_words_are_shown(monkeypatch, no_packages, error, shown):
    def refuse(handle):
        refusal = OSError("403 Client Error.\n\nYou don't have permission to access " + 999 * "x")
        vars(refusal).update(vars(error))
        raise refusal

    module_with(monkeypatch, "kagglehub", dataset_download=refuse)
    with pytest.raises(imageset.DataUnavailable) as told:
        images.load("kaggle", size=16)
    message = str(told.value)
    line = next(one for one in message.splitlines() if "kagglehub:" in one)
    assert shown in line and len(line) < 450
    assert ("Kaggle says: " in line) == ("html" not in str(error))
    assert "kaggle.com/datasets/masoudnickparvar/brain-tumor-mri-dataset" in message


@pytest.mark.parametrize("stop", [SystemExit(1), NameError("name 'exit' is not defined")])
def test_what_kaggle_printed_before_it_stopped_is_shown(monkeypatch, no_packages, capsys, stop):
    def authenticate():
        print("Could not find kaggle.json.\nCreate a token.")
        raise stop

    module_with(monkeypatch, "kaggle", api=SimpleNamespace(authenticate=authenticate))
    with pytest.raises(imageset.DataUnavailable, match="Could not find kaggle.json. Create a tok"):
        images.load("kaggle", size=16)
    assert "Could not" not in capsys.readouterr().out
