"""How long a browser takes to open the page of a series, as ``medsr upscale --page`` writes it.

A page is open when its first slice is drawn. An empty page before it shows what the browser itself
takes. Both are opened in turns, by a Chromium without a window.
"""

import shutil
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np

from ..machine import UserError

SHAPE = (50, 256, 256)  # slices, rows and columns of the series before it is enlarged
FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --no-first-run --disable-dev-shm-usage "
    "--disable-background-networking --disable-component-update --window-size=1100,800"
).split()
DRAWN = (
    "return document.getElementById('message').hidden && !waiting"
    " && shown.number === state.number && shown.index === state.index"
)
EVERY, AT_MOST = 0.005, 60.0  # seconds between two looks, and until it is given up


def page_row(rounds):
    """{"slices", "width", "height", "mib" of the file, "seconds", "empty_seconds"}: medians.

    Raises UserError without selenium, Chromium and its driver, and where nothing is drawn.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:  # the browser's too
        page, empty = Path(folder, "page.html"), Path(folder, "empty.html")
        write_page(page)
        empty.write_text("<!doctype html><title>empty</title><p>empty")
        seconds = {empty: [], page: []}
        driver = chromium(folder)
        try:
            for _ in range(rounds + 1):
                seconds[empty].append(opened(driver, empty))
                seconds[page].append(opened(driver, page, DRAWN))
        finally:
            driver.quit()
        size = page.stat().st_size
    count, height, width = SHAPE
    found = {"slices": count, "width": width, "height": height, "mib": round(size / 2**20, 2)}
    for key, file in (("seconds", page), ("empty_seconds", empty)):
        found[key] = round(median(seconds[file][1:]), 2)  # the first time everything is cold
    told = ", ".join(f"{key} {value:g}" for key, value in found.items())
    print(f"page: {told}", flush=True)
    return found


def write_page(path):
    """The page of a drawn series with noise, as of a CT."""
    from ..folders import viewer

    slices, rows, columns = np.ogrid[tuple(slice(side) for side in SHAPE)]
    draw = np.random.default_rng(0)
    waves = 500.0 * np.sin(columns / 9.0 + slices / 5.0) * np.cos(rows / 13.0)
    before = np.rint(waves + draw.normal(0.0, 15.0, SHAPE)).astype(np.int16)
    after = before.repeat(3, axis=1).repeat(3, axis=2)
    after += draw.integers(-3, 4, after.shape, dtype=np.int16)
    page = viewer.Page(path)
    page.add(viewer.Entry("series", before, after, None, "HU", (0.0, 1200.0), None, ()))
    page.write()


def chromium(folder):
    """A selenium driver of Chromium, which keeps what it writes in ``folder``."""
    found = shutil.which("chromium") or shutil.which("google-chrome"), shutil.which("chromedriver")
    try:
        from selenium import common, webdriver
    except ImportError:
        raise UserError("page needs selenium: pip install 'medsr-nb[browser]'.") from None
    if not all(found):
        raise UserError("page needs Chromium and its driver; Debian: apt install chromium-driver.")
    options = webdriver.ChromeOptions()
    options.binary_location = found[0]
    for flag in (*FLAGS, f"--user-data-dir={folder}/profile"):
        options.add_argument(flag)
    try:
        return webdriver.Chrome(options=options, service=webdriver.ChromeService(found[1]))
    except common.WebDriverException as error:
        raise UserError(f"Chromium does not start: {error.msg.splitlines()[0]}") from None


def opened(driver, file, drawn=None):
    """Seconds until a file is read and, where it is given, the script ``drawn`` says true."""
    started = time.perf_counter()
    driver.get(file.as_uri())
    while drawn and not driver.execute_script(drawn):
        if time.perf_counter() - started > AT_MOST:
            raise UserError(f"the page drew nothing within {AT_MOST:g} seconds.")
        time.sleep(EVERY)
    return time.perf_counter() - started
