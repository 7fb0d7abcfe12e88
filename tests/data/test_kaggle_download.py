"""Kaggle's download: its packages, its credentials, Colab's secrets, and its own words."""

import json
import sys
import zipfile
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from medsr_nb.data import images, imageset, kaggle_download
from medsr_nb.data.folders import KAGGLE_FOLDERS

WAYS = "MEDSR_DATA(.|\n)*kaggle(.|\n)*sample"


@pytest.fixture(autouse=True)
def empty_home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MEDSR_CACHE", str(tmp_path / "cache"))
    for name in (*kaggle_download.TOKEN_NAMES, "KAGGLE_CONFIG_DIR"):
        monkeypatch.setenv(name, "")
    (tmp_path / "home").mkdir()


def save_set(name, root, second_copy=False):
    for index, (below, *_) in enumerate(KAGGLE_FOLDERS[name]):
        for top in (root, root / "chest_xray") if second_copy else (root,):
            (top / below).mkdir(parents=True, exist_ok=True)
            pixels = np.random.default_rng(index).integers(0, 256, (40, 40), np.uint8)
            Image.fromarray(pixels).save(top / below / f"{index}.png")
    return root


@pytest.fixture
def no_packages(monkeypatch):
    monkeypatch.setitem(sys.modules, "kagglehub", None)  # importing it raises ImportError
    monkeypatch.setitem(sys.modules, "kaggle", None)


def module_with(monkeypatch, name, **contents):
    module = ModuleType(name)
    vars(module).update(contents)
    monkeypatch.setitem(sys.modules, name, module)


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


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"username": "me"}', "null", '{"username": "", "key": "k"}']
)
def test_malformed_kaggle_json_is_named(tmp_path, no_packages, content):
    file = tmp_path / "home" / ".kaggle" / "kaggle.json"
    file.parent.mkdir()
    file.write_text(content)
    with pytest.raises(
        imageset.DataUnavailable, match=r"kaggle\.json is not a Kaggle token"
    ) as told:
        images.load("kaggle")
    assert str(file) in str(told.value)


def test_malformed_credentials_elsewhere(tmp_path, monkeypatch, no_packages):
    monkeypatch.setenv("KAGGLE_USERNAME", "me")
    with pytest.raises(imageset.DataUnavailable, match="KAGGLE_USERNAME is set but KAGGLE_KEY"):
        images.load("kaggle")
    token = tmp_path / "home" / ".kaggle" / "access_token"
    token.parent.mkdir()
    token.touch()
    with pytest.raises(imageset.DataUnavailable, match="access_token is empty"):
        images.load("kaggle")


@pytest.mark.parametrize(
    "form", ["none", "KAGGLE_API_TOKEN", "access_token", "KAGGLE_USERNAME", "kaggle.json", "config"]
)
def test_every_credential_form_is_accepted_and_never_shown(
    tmp_path, monkeypatch, no_packages, form
):
    home = tmp_path / "home" / ".kaggle"
    home.mkdir()
    shown = form
    if form == "none":
        shown = "none found"
    elif form == "KAGGLE_USERNAME":
        monkeypatch.setenv("KAGGLE_USERNAME", "me")
        monkeypatch.setenv("KAGGLE_KEY", "secret")
    elif form == "KAGGLE_API_TOKEN":
        monkeypatch.setenv(form, "secret")
        (home / "kaggle.json").write_text("not read, for the token comes first")
    elif form == "access_token":
        (home / form).write_text("secret")
    else:
        if form == "config":
            monkeypatch.setenv("KAGGLE_CONFIG_DIR", str(home))
            shown = "kaggle.json"
        (home / "kaggle.json").write_text(json.dumps({"username": "me", "key": "secret"}))
    with pytest.raises(imageset.DataUnavailable, match="could not be fetched") as told:
        images.load("kaggle")
    assert shown in str(told.value).split("credentials:")[1].splitlines()[0]
    assert "secret" not in str(told.value).replace("Colab's secrets", "")


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


def colab(monkeypatch, get):
    """Colab's secrets by a stand-in; the names that it was asked for."""
    asked = []

    def get_and_note(name):
        asked.append(name)
        return get(name)

    userdata = SimpleNamespace(get=get_and_note)
    module_with(monkeypatch, "google", __path__=[])
    module_with(monkeypatch, "google.colab", userdata=userdata)
    return asked, userdata


def tokens():
    return [kaggle_download.os.environ[name] for name in kaggle_download.TOKEN_NAMES]


def test_colab_secrets_reach_the_environment_each_by_itself(monkeypatch, capsys):
    def get(name):
        if name == "KAGGLE_API_TOKEN":
            raise KeyError("no such secret")
        return {"KAGGLE_USERNAME": "from colab", "KAGGLE_KEY": "its key"}[name]

    asked, userdata = colab(monkeypatch, get)
    with kaggle_download.colab_secrets():
        # kagglehub asks again, and is answered from memory.
        assert userdata.get("KAGGLE_API_TOKEN") == "" and userdata.get("KAGGLE_KEY") == "its key"
    assert tokens() == ["", "from colab", "its key"]
    assert asked == list(kaggle_download.TOKEN_NAMES)
    assert "Asking Colab for your Kaggle secrets" in capsys.readouterr().out


def test_colab_is_asked_for_one_secret_where_nobody_answers(monkeypatch, capsys):
    class TimeoutException(Exception):
        """Colab's, by its name."""

    def get(name):
        raise TimeoutException

    asked, userdata = colab(monkeypatch, get)
    with kaggle_download.colab_secrets():
        assert userdata.get("KAGGLE_USERNAME") == ""
    assert asked == ["KAGGLE_API_TOKEN"] and tokens() == ["", "", ""]
    assert "Nobody answered" in capsys.readouterr().out


def test_a_name_already_set_wins_over_colabs_secret(monkeypatch):
    def get(name):
        if name == "KAGGLE_API_TOKEN":
            raise KeyError(name)
        return "from colab"

    asked, _ = colab(monkeypatch, get)
    monkeypatch.setenv("KAGGLE_KEY", "mine")
    with kaggle_download.colab_secrets():
        assert tokens() == ["", "from colab", "mine"]
    assert asked == ["KAGGLE_API_TOKEN", "KAGGLE_USERNAME"]


def test_nothing_is_asked_for_where_the_sets_or_a_token_are_there(
    monkeypatch, no_packages, tmp_path
):
    asked, _ = colab(monkeypatch, lambda name: "from colab")
    monkeypatch.setenv("KAGGLE_API_TOKEN", "mine")
    with kaggle_download.colab_secrets():
        assert tokens() == ["mine", "", ""]
    monkeypatch.setenv("KAGGLE_API_TOKEN", "")
    for name in (kaggle_download.BRAIN, kaggle_download.CHEST):
        save_set(name, tmp_path / "cache" / "kaggle" / name)
    assert len(images.load("kaggle", size=16)) == 14
    assert asked == []
