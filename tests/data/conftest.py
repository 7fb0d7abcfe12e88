"""Where Kaggle's download finds nothing: no packages, no credentials, nothing kept."""

import sys

import pytest

from medsr_nb.data import kaggle_download


@pytest.fixture
def empty_home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MEDSR_CACHE", str(tmp_path / "cache"))
    for name in (*kaggle_download.TOKEN_NAMES, "KAGGLE_CONFIG_DIR"):
        monkeypatch.setenv(name, "")
    (tmp_path / "home").mkdir()


@pytest.fixture
def no_packages(monkeypatch):
    monkeypatch.setitem(sys.modules, "kagglehub", None)  # importing it raises ImportError
    monkeypatch.setitem(sys.modules, "kaggle", None)
