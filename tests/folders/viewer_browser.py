"""What the tests of the page in a browser share: its scans, and a reader's eyes and hands."""

import base64
import shutil

import numpy as np
import pytest

from medsr_nb import degradation
from medsr_nb.folders import viewer

webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
from selenium.webdriver.common.action_chains import ActionChains  # noqa: E402
from selenium.webdriver.common.actions.action_builder import ActionBuilder  # noqa: E402
from selenium.webdriver.common.actions.pointer_input import PointerInput  # noqa: E402
from selenium.webdriver.common.actions.wheel_input import ScrollOrigin  # noqa: E402
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.common.keys import Keys as Keys  # noqa: E402
from selenium.webdriver.support.ui import WebDriverWait  # noqa: E402

BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
needs_chromium = pytest.mark.skipif(
    not (BROWSER and DRIVER), reason="chromium and chromedriver are not installed"
)
FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-sync "
    "--disable-dev-shm-usage "
    "--disable-background-networking --disable-component-update --window-size=1100,800"
).split()
SLICES, ROWS, COLUMNS = 5, 20, 24


def entries():
    """A smooth scan whose slices differ by 100, its result 7 higher than bicubic; and another."""
    down, across = np.mgrid[:ROWS, :COLUMNS]
    plane = np.rint(400 + 150 * np.sin(down / 3) + 150 * np.cos(across / 4))
    before = np.stack([plane + 100 * index for index in range(SLICES)]).astype("float32")
    after = np.rint(degradation.enlarged(before[..., None], 3)[..., 0]) + 7
    guess = np.zeros_like(after)
    guess[:, :, 36:] = 50.0
    first = viewer.Entry(
        "head <b>1</b>", before, after, guess, "HU", (500.0, 1000.0), (1.0, 1.0), ("A note.",),
        ranges=guess + 20.0,
    )  # fmt: skip
    single = viewer.Entry(
        "two", before[:1], after[:1], None, "grey levels of 255", (500.0, 1000.0), None, (), True
    )
    return [first, single]


def settled(browser):
    """Waits until the slice that is wanted is drawn."""
    WebDriverWait(browser, 20).until(
        lambda driver: driver.execute_script(
            "return document.getElementById('message').hidden && !reading && !waiting"
            " && shown.number === state.number && shown.index === state.index"
        )
    )


def get(browser, expression):
    return browser.execute_script(f"return {expression}")


def element(browser, name):
    return browser.find_element(By.ID, name)


def screen(browser):
    """The canvas as it is seen, uint8 (h, w, 3)."""
    settled(browser)
    values = browser.execute_script(
        "const copy = new OffscreenCanvas(canvas.width, canvas.height)"
        ".getContext('2d', {willReadFrequently: true}); copy.drawImage(canvas, 0, 0);"
        "return [canvas.width, canvas.height, btoa(Array.from(copy.getImageData(0, 0,"
        " canvas.width, canvas.height).data, (b) => String.fromCharCode(b)).join(''))]"
    )
    pixels = np.frombuffer(base64.b64decode(values[2]), np.uint8)
    return pixels.reshape(values[1], values[0], 4)[..., :3]


def greys_at(browser, column, row):
    """The grey on the screen in the middle of an enlarged pixel."""
    place = get(browser, "placed()")
    x = place["left"] + (column + 0.5) / (3 * COLUMNS) * place["width"]
    y = place["top"] + (row + 0.5) / (3 * ROWS) * place["height"]
    return screen(browser)[int(y), int(x)]


def expected(value, centre=500.0, width=1000.0):
    return np.clip((value - centre + width / 2) * 255 / width, 0, 255)


def drag(browser, start, steps, kind="mouse", button=0):
    """Presses at ``start`` of the stage, CSS pixels from its corner, moves by steps, lets go."""
    builder = ActionBuilder(browser, mouse=PointerInput(kind, kind), duration=0)
    pointer = builder.pointer_action
    box = element(browser, "stage").rect
    pointer.move_to_location(int(box["x"] + start[0]), int(box["y"] + start[1]))
    pointer.pointer_down(button)
    for right, down in steps:
        pointer.move_by(right, down)
    pointer.pointer_up(button)
    builder.perform()
    settled(browser)


def press(browser, *keys):
    ActionChains(browser, duration=0).send_keys(*keys).perform()
    settled(browser)


def wheel(browser, turned, right=0, down=0):
    origin = ScrollOrigin.from_element(element(browser, "stage"), right, down)
    ActionChains(browser).scroll_from_origin(origin, 0, turned).perform()
    settled(browser)
