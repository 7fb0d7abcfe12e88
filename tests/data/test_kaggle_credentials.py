"""Kaggle's credentials: each form is found, named where malformed, never shown; Colab's secrets."""

import json
from types import SimpleNamespace

import pytest
from kaggle_stand_ins import module_with, save_set

from medsr_nb.data import images, imageset, kaggle_download

pytestmark = pytest.mark.usefixtures("empty_home")


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
    return [kaggle_download.os.environ.get(name, "") for name in kaggle_download.TOKEN_NAMES]


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


@pytest.mark.parametrize("stop", [RuntimeError, KeyboardInterrupt])
def test_colabs_secrets_leave_the_environment_whatever_happens(monkeypatch, stop):
    colab(monkeypatch, lambda name: "secret")
    with pytest.raises(stop), kaggle_download.colab_secrets():
        assert tokens() == ["secret", "", ""]
        raise stop
    assert tokens() == ["", "", ""]


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
    assert tokens() == ["", "", "mine"]
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
