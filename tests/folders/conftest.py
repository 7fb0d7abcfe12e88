"""The page in a browser, for more than one test file."""

import json

import pytest
from viewer_page import write_page


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
