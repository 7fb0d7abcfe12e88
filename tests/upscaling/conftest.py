"""Fixtures of the command and of its page in a browser, each for more than one test file."""

import json

import numpy as np
import pytest
from viewer_page import write_page

from medsr_nb.upscaling import guess, networks


@pytest.fixture
def bicubic_alone(monkeypatch):
    """Bicubic alone, without the network, which these tests are not about."""

    def network(height, width, sharpness=0.0, robust=False, half=False):
        return lambda tile: np.zeros((1, 3 * height, 3 * width, 1), np.float32)

    monkeypatch.setattr(networks, "network", network)


@pytest.fixture
def calibrated(tmp_path, monkeypatch):
    """A calibration that expects 2 grey levels, 4 where the guess is above 1, and reaches 9."""
    table = {"removed_edges": [], "guess_edges": [1.0], "contrast_edges": [1.0]}
    table |= {"rms": [[[2.0, 2.0], [4.0, 4.0]]], "reach": [[[9.0, 9.0], [9.0, 9.0]]]}
    seven = table | {"rms": [[[7.0, 7.0], [7.0, 7.0]]]}
    kinds = {"": table, "MRI": seven, "X-ray": table}
    two = kinds | {"MRI": table}
    reductions = {"bicubic": kinds, "k-space": two, "unknown": {"": seven, "MRI": table}}
    for strength in guess.STRENGTHS:
        noise = f"{guess.NOISE}{strength:g}"
        reductions |= {f"bicubic{noise}": {"": seven}, f"k-space{noise}": kinds}
    networks = dict.fromkeys(guess.NAMES, reductions)
    (tmp_path / "calibration.json").write_text(json.dumps({"networks": networks}))
    monkeypatch.setattr(guess, "results_dir", lambda: tmp_path)
    guess.calibrations.cache_clear()
    yield
    guess.calibrations.cache_clear()


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """A Chromium of the test file's own; selenium is imported where a test asks for it."""
    from viewer_browser import BROWSER, DRIVER, FLAGS, webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def scan():
    from viewer_browser import entries

    return entries()


@pytest.fixture(scope="module")
def file(scan, tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "page.html"
    write_page(scan, path, title="A run")
    return path


@pytest.fixture
def page(browser, file):
    """The page, opened afresh; afterwards it must have neither complained nor asked a network."""
    from viewer_browser import settled

    for kind in ("browser", "performance"):
        browser.get_log(kind)
    browser.get(file.as_uri())
    settled(browser)
    yield browser
    assert browser.get_log("browser") == []
    asked = [json.loads(line["message"])["message"] for line in browser.get_log("performance")]
    addresses = {
        message["params"]["request"]["url"]
        for message in asked
        if message["method"] == "Network.requestWillBeSent"
        and message["params"]["documentURL"] == file.as_uri()  # not the browser's own first tab
    }
    assert {url for url in addresses if not url.startswith(("data:", "blob:"))} == {file.as_uri()}
