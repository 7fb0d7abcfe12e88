"""How long a page takes to open: measured in a real Chromium, and said where there is none."""

import shutil
import sys
import types

import pytest

from medsr_nb.bench import measure, page
from medsr_nb.machine import UserError


class Driver:
    """A browser that draws at the third look."""

    def __init__(self):
        self.looks, self.got = 0, []

    def get(self, address):
        self.got.append(address)

    def execute_script(self, script):
        assert script == "drawn?"
        self.looks += 1
        return self.looks == 3


def test_a_page_is_open_when_it_is_drawn(tmp_path, monkeypatch):
    monkeypatch.setattr(page, "EVERY", 0.02)
    driver = Driver()
    assert page.opened(driver, tmp_path / "page.html", "drawn?") > 0.04
    assert driver.looks == 3 and driver.got == [(tmp_path / "page.html").as_uri()]
    assert page.opened(driver, tmp_path / "page.html") < 0.02  # an empty one, when it is read


def test_a_page_that_draws_nothing_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(page, "AT_MOST", 0.0)
    driver = Driver()
    with pytest.raises(UserError, match="drew nothing"):
        page.opened(driver, tmp_path / "page.html", "drawn?")


def test_what_is_missing_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setitem(sys.modules, "selenium", None)
    with pytest.raises(UserError, match=r"pip install 'medsr-nb\[browser\]'"):
        page.chromium(tmp_path)
    stand_in = types.SimpleNamespace(common=None, webdriver=None)
    monkeypatch.setitem(sys.modules, "selenium", stand_in)
    with pytest.raises(UserError, match="needs Chromium and its driver"):
        page.chromium(tmp_path)


def test_the_page_is_measured_only_where_it_is_named(monkeypatch):
    monkeypatch.setattr(measure, "Process", None)  # it would be called
    monkeypatch.setattr(measure, "page_row", lambda rounds: {"slices": rounds})
    monkeypatch.setattr(measure, "scan_rows", list)
    assert measure.bench(["page"], "sample", ["float32"], rounds=2)["page"] == {"slices": 2}
    monkeypatch.setattr(measure, "NETWORKS", ())
    assert measure.bench(None, "sample", ["float32"])["page"] is None


def test_a_page_opens_in_a_real_browser(monkeypatch, capsys):
    pytest.importorskip("selenium", reason="selenium is not installed")
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if not (shutil.which("chromedriver") and browser):
        pytest.skip("chromium and chromedriver are not installed")
    monkeypatch.setattr(page, "SHAPE", (3, 20, 24))
    found = page.page_row(1)
    assert (found["slices"], found["width"], found["height"]) == (3, 24, 20)
    assert 0 < found["mib"] < 0.5
    assert 0 < found["empty_seconds"] and 0 < found["seconds"] < page.AT_MOST
    assert "page: slices 3, width 24, height 20, mib 0.0" in capsys.readouterr().out
