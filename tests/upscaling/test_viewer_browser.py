"""The page of a run in a real Chromium: what a reader's mouse, fingers and keys do to it."""

import base64
import json
import re
import shutil

import numpy as np
import pytest

from medsr_nb import degradation
from medsr_nb.upscaling import viewer

webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
from selenium.webdriver.common.action_chains import ActionChains  # noqa: E402
from selenium.webdriver.common.actions.action_builder import ActionBuilder  # noqa: E402
from selenium.webdriver.common.actions.pointer_input import PointerInput  # noqa: E402
from selenium.webdriver.common.actions.wheel_input import ScrollOrigin  # noqa: E402
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402
from selenium.webdriver.support.ui import WebDriverWait  # noqa: E402

BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(
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


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
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
    return entries()


@pytest.fixture(scope="module")
def file(scan, tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "page.html"
    viewer.page(scan, path, title="A run")
    return path


@pytest.fixture
def page(browser, file):
    """The page, opened afresh; afterwards it must have neither complained nor asked a network."""
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


def test_the_middle_slice_is_shown_in_its_window(page, scan):
    assert get(page, "state.index") == 2
    assert element(page, "slice-number").text == "3 / 5"
    for column, row in ((5, 7), (20, 50), (60, 11), (70, 40)):
        left = column < 36
        value = degradation.enlarged(scan[0].before[2:3, ..., None], 3)[0, row, column, 0]
        value = value if left else scan[0].after[2, row, column]
        found = greys_at(page, column, row)
        assert len(set(found.tolist())) == 1
        assert found[0] == pytest.approx(expected(value), abs=1.1)


def test_bicubic_is_the_packages_bicubic(page, scan):
    enlarged = degradation.enlarged(scan[0].before[2:3, ..., None], 3)[0, ..., 0]
    np.testing.assert_allclose(
        np.reshape(get(page, "Array.from(shown.enlarged)"), enlarged.shape), enlarged, atol=2e-3
    )
    press(page, "b")
    blocks = np.kron(scan[0].before[2], np.ones((3, 3)))
    np.testing.assert_array_equal(
        np.reshape(get(page, "Array.from(shown.enlarged)"), blocks.shape), blocks
    )
    np.testing.assert_array_equal(
        np.ravel(get(page, "Array.from(shown.after)")), scan[0].after[2].ravel()
    )


def test_the_line_follows_mouse_and_keys(page):
    width = get(page, "stage.clientWidth")
    drag(page, (width // 2, 100), [(60, 0), (40, 5)])
    assert get(page, "state.line") == pytest.approx((width // 2 + 100) / width, abs=2e-3)
    before = get(page, "state.line")
    press(page, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
    assert get(page, "state.line") == pytest.approx(before + 0.04)
    assert get(page, "document.activeElement.id") == "line"
    assert int(element(page, "line").get_attribute("aria-valuenow")) == round(100 * before + 4)


def test_the_line_parts_before_from_after(page):
    """Where nothing but the line moved, only the pixels that it went over change."""
    first = screen(page).astype(int)
    width = first.shape[1]
    drag(page, (get(page, "stage.clientWidth") // 2, 100), [(-100, 0)])
    changed = np.flatnonzero(np.abs(screen(page) - first).max(axis=(0, 2)))
    assert changed.size and width // 2 - 101 <= changed.min() and changed.max() <= width // 2


def test_wheel_keys_and_slider_change_the_slice(page, scan):
    wheel(page, 100)
    assert get(page, "state.index") == 3
    assert greys_at(page, 60, 11)[0] == pytest.approx(expected(scan[0].after[3, 11, 60]), abs=1.1)
    wheel(page, -100)
    wheel(page, -100)
    assert get(page, "state.index") == 1
    press(page, Keys.ARROW_DOWN)
    assert get(page, "state.index") == 2
    press(page, Keys.END, Keys.ARROW_DOWN)
    assert get(page, "state.index") == 4
    press(page, Keys.HOME)
    assert get(page, "state.index") == 0
    element(page, "slice").send_keys(Keys.ARROW_RIGHT)
    settled(page)
    assert get(page, "state.index") == 1 and element(page, "slice-number").text == "2 / 5"


def test_small_turns_of_a_wheel_add_up(page):
    for _ in range(5):
        wheel(page, 10)
    assert get(page, "state.index") == 3


@pytest.mark.parametrize("way", ["right button", "mode", "touch"])
def test_dragging_changes_the_window(page, scan, way):
    if way == "right button":
        drag(page, (150, 150), [(50, 0), (0, 30)], button=2)
    else:
        page.find_element(By.XPATH, "//span[text()='Windows it']").click()
        drag(page, (150, 150), [(50, 0), (0, 30)], kind="mouse" if way == "mode" else "touch")
    width, centre = get(page, "state.width"), get(page, "state.centre")
    assert width == pytest.approx(1000 * np.exp(0.2), rel=1e-3)
    assert centre == pytest.approx(500 + 30 * width / 300, rel=1e-3)
    value = scan[0].after[2, 11, 60]
    assert greys_at(page, 60, 11)[0] == pytest.approx(expected(value, centre, width), abs=1.1)
    assert float(element(page, "width").get_attribute("value")) == pytest.approx(width, rel=1e-2)
    assert get(page, "state.x") == 0.5
    press(page, "0")
    assert get(page, "[state.centre, state.width]") == [500, 1000]


def test_window_by_numbers_and_inverted(page, scan):
    field = element(page, "width")
    field.clear()
    field.send_keys("400")
    value = scan[0].after[2, 11, 60]
    assert greys_at(page, 60, 11)[0] == pytest.approx(expected(value, 500, 400), abs=1.1)
    element(page, "invert").click()
    assert greys_at(page, 60, 11)[0] == pytest.approx(255 - expected(value, 500, 400), abs=1.1)


def test_zoom_and_move_take_both_sides_along(page, scan):
    stage = get(page, "[stage.clientWidth, stage.clientHeight]")
    place = get(page, "placed()")
    ActionChains(page, duration=0).key_down(Keys.CONTROL).perform()
    wheel(page, -100, right=40, down=-30)
    ActionChains(page, duration=0).key_up(Keys.CONTROL).perform()
    assert get(page, "state.index") == 2
    grown = get(page, "state.zoom")
    assert grown == pytest.approx(np.exp(100 / 300), rel=1e-3)
    under = [stage[0] / 2 + 40, stage[1] / 2 - 30]
    now = get(page, "placed()")
    for edge, side, at in (("left", "width", under[0]), ("top", "height", under[1])):
        assert (at - now[edge]) / now[side] == pytest.approx(
            (at - place[edge]) / place[side], abs=5e-3
        )
    drag(page, (100, 200), [(20, 10), (10, 5)])
    moved = get(page, "placed()")
    assert [moved["left"] - now["left"], moved["top"] - now["top"]] == pytest.approx([30, 15])
    enlarged = degradation.enlarged(scan[0].before[2:3, ..., None], 3)[0, ..., 0]
    for column, row in ((30, 30), (45, 30)):
        value = (enlarged if column < 36 else scan[0].after[2])[row, column]
        x = moved["left"] + (column + 0.5) / (3 * COLUMNS) * moved["width"]
        assert (x < stage[0] / 2) == (column < 36)
        assert greys_at(page, column, row)[0] == pytest.approx(expected(value), abs=1.1)
    press(page, "+")
    assert get(page, "state.zoom") == pytest.approx(1.25 * grown)
    press(page, "-")
    before = get(page, "placed().left")
    ActionChains(page).key_down(Keys.SHIFT).send_keys(Keys.ARROW_RIGHT).key_up(Keys.SHIFT).perform()
    assert get(page, "placed().left") == pytest.approx(before - 40)
    element(page, "reset").click()
    assert get(page, "[state.zoom, state.x, state.y, state.line]") == [1, 0.5, 0.5, 0.5]


def test_one_finger_moves_the_line_or_the_picture(page):
    width = get(page, "stage.clientWidth")
    drag(page, (width // 2 + 20, 100), [(80, 0)], kind="touch")
    assert get(page, "state.line") == pytest.approx((width // 2 + 100) / width, abs=2e-3)
    left = get(page, "placed().left")
    drag(page, (100, 100), [(30, 0)], kind="touch")
    assert get(page, "placed().left") == pytest.approx(left + 30)


def test_two_fingers_zoom_and_move(page):
    box = element(page, "stage").rect
    fingers = [PointerInput("touch", "one"), PointerInput("touch", "two")]
    builder = ActionBuilder(page, mouse=fingers[0], duration=0)
    builder.devices.append(fingers[1])
    for finger, places in zip(fingers, ((200, 150, 140), (300, 350, 400)), strict=True):
        y = int(box["y"] + 200)
        finger.create_pointer_move(x=int(box["x"]) + places[0], y=y, duration=0, origin="viewport")
        finger.create_pointer_down()
        for x in places[1:]:
            finger.create_pointer_move(x=int(box["x"]) + x, y=y, duration=0, origin="viewport")
        finger.create_pointer_up(0)
    place = get(page, "placed()")
    builder.perform()
    settled(page)
    now = get(page, "placed()")
    assert get(page, "state.zoom") == pytest.approx(2.6, rel=1e-3)
    # What lay between the fingers still does.
    assert (270 - now["left"]) / now["width"] == pytest.approx(
        (250 - place["left"]) / place["width"], abs=5e-3
    )
    assert get(page, "[state.line, held.size]") == [0.5, 0]


def test_the_guess_is_coloured_and_fades(page):
    first = greys_at(page, 60, 11).astype(int)
    press(page, "g")
    coloured = greys_at(page, 60, 11).astype(int)
    assert np.ptp(first) == 0 and np.ptp(coloured) > 40
    assert np.ptp(greys_at(page, 30, 30).astype(int)) == 0
    page.execute_script(
        "opacity.value = 20; opacity.dispatchEvent(new Event('input', {bubbles: true}))"
    )
    weaker = greys_at(page, 60, 11).astype(int)
    assert np.abs(weaker - first).max() < np.abs(coloured - first).max() / 2
    ticks = element(page, "ticks").text.split("\n")
    assert len(ticks) == 3 and ticks[0].startswith("0") and ticks[2].startswith("≥ 50")
    element(page, "guess").click()
    assert greys_at(page, 60, 11).tolist() == first.tolist()


def test_values_are_read_in_the_scans_units(page, scan):
    place, box = get(page, "placed()"), element(page, "stage").rect
    assert element(page, "readout").text.startswith("In the middle: ")
    builder = ActionBuilder(page, duration=0)
    x = box["x"] + place["left"] + 50.5 / (3 * COLUMNS) * place["width"]
    y = box["y"] + place["top"] + 20.5 / (3 * ROWS) * place["height"]
    builder.pointer_action.move_to_location(int(x), int(y))
    builder.perform()
    said = element(page, "readout").text
    assert "HU" in said and "column 50, row 20" in said
    assert float(re.search(r"enlarged (-?[\d.]+)", said)[1]) == scan[0].after[2, 20, 50]
    assert float(re.search(r"guess ([\d.]+)", said)[1]) == pytest.approx(50, abs=0.2)
    assert float(re.search(r"enlarged [\d.]+ ± ([\d.]+)", said)[1]) == pytest.approx(70, abs=0.2)
    assert element(page, "ranged").is_displayed()


def test_several_scans_have_a_list(page, scan):
    buttons = page.find_elements(By.CSS_SELECTOR, "#list button")
    assert [button.text for button in buttons] == ["head <b>1</b>", "two"]
    buttons[1].click()
    settled(page)
    assert buttons[1].get_attribute("aria-current") == "true"
    assert not element(page, "slices").is_displayed()
    assert not element(page, "guessing").is_displayed()
    assert not element(page, "ranged").is_displayed()
    assert not element(page, "scale").is_displayed()
    value = expected(scan[1].after[0, 11, 60])
    assert greys_at(page, 60, 11)[0] == pytest.approx(255 - value, abs=1.1)
    wheel(page, -100)
    assert get(page, "state.zoom") > 1.2


def test_every_control_is_reached_by_tab_and_has_a_name(page):
    names = []
    for _ in range(30):
        ActionChains(page, duration=0).send_keys(Keys.TAB).perform()
        focused = page.switch_to.active_element
        if focused.tag_name == "body":
            break
        names.append(focused.accessible_name)
        outline = page.execute_script(
            "const element = document.activeElement.parentElement.tagName === 'LABEL'"
            " && document.activeElement.nextElementSibling || document.activeElement;"
            "return [element, element.firstElementChild].some((part) =>"
            " part && getComputedStyle(part).outlineStyle === 'solid')"
        )
        assert outline, focused.get_attribute("outerHTML")
    assert len(names) >= 13 and all(names)


def test_a_phone_has_room_for_all(page):
    size = {"width": 360, "height": 740, "deviceScaleFactor": 2, "mobile": True}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        WebDriverWait(page, 20).until(lambda driver: get(driver, "canvas.width") == 720)
        settled(page)
        assert get(page, "document.documentElement.scrollWidth") <= 360
        assert get(page, "[stage.clientWidth, canvas.width]") == [360, 720]
        assert get(page, "stage.getBoundingClientRect().bottom < 740")
    finally:
        page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_a_file_cut_short_says_so(browser, file, tmp_path):
    text = file.read_text("utf-8")
    cut = tmp_path / "cut.html"
    cut.write_text(text[: text.index('<script type="text/plain"') + 60], "utf-8")
    browser.get(cut.as_uri())
    WebDriverWait(browser, 20).until(lambda driver: "not whole" in element(driver, "message").text)


def test_an_old_browser_is_told(browser, file, tmp_path):
    without = "<script>delete window.DecompressionStream</script>\n<title>"
    old = tmp_path / "old.html"
    old.write_text(file.read_text("utf-8").replace("<title>", without), "utf-8")
    browser.get(old.as_uri())
    WebDriverWait(browser, 20).until(lambda driver: "too old" in element(driver, "message").text)
