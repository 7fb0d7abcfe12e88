"""Where results, runs and the cache lie, and Colab's drive."""

import sys
import types
from pathlib import Path

import pytest

from medsr_nb.machine import paths

ROOT = Path(__file__).parents[2]


def test_results_are_found_in_the_checkout_and_in_an_installed_package(tmp_path, monkeypatch):
    assert paths.results_dir() == ROOT / "results"
    monkeypatch.setattr(paths, "PACKAGE", tmp_path / "site-packages" / "medsr_nb")
    assert paths.results_dir() == tmp_path / "site-packages" / "medsr_nb" / "results"


def test_runs_and_cache_follow_their_variables_in_order(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("MEDSR_RUNS", "MEDSR_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    assert paths.runs_dir() == Path("runs")
    assert paths.cache_dir() == tmp_path / ".cache" / "medsr-nb"
    monkeypatch.setenv("XDG_CACHE_HOME", "/xdg")
    assert paths.cache_dir() == Path("/xdg/medsr-nb")
    monkeypatch.setenv("MEDSR_CACHE", "~/chosen")
    assert paths.cache_dir() == tmp_path / "chosen"
    monkeypatch.setenv("MEDSR_RUNS", "elsewhere")
    assert paths.runs_dir() == Path("elsewhere")


def test_a_home_folder_that_nobody_has_is_a_name(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/me")
    assert paths.with_home("~/runs") == Path("/home/me/runs")
    monkeypatch.setenv("MEDSR_RUNS", "~nobody-here/runs")
    assert paths.runs_dir() == Path("~nobody-here/runs")
    Path("~").mkdir()
    assert paths.with_home("~") == Path("~")


def test_drive_keeps_the_runs_in_colab_and_is_refused_elsewhere(monkeypatch):
    with pytest.raises(paths.UserError, match="set MEDSR_RUNS"):
        paths.mount_drive()
    mounted = []
    colab = types.SimpleNamespace(drive=types.SimpleNamespace(mount=mounted.append))
    monkeypatch.setitem(sys.modules, "google.colab", colab)
    monkeypatch.setenv("MEDSR_RUNS", "elsewhere")
    assert paths.mount_drive() == paths.runs_dir() == Path("/content/drive/MyDrive/medsr-nb")
    assert mounted == ["/content/drive"]
