"""The page of a run in a real Chromium: what a reader sees there and is told."""

import re

import numpy as np
import pytest
from viewer_browser import (
    COLUMNS,
    ROWS,
    ActionBuilder,
    ActionChains,
    By,
    Keys,
    WebDriverWait,
    element,
    expected,
    get,
    greys_at,
    needs_chromium,
    press,
    settled,
    wheel,
)

from medsr_nb import degradation

pytestmark = needs_chromium


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


def test_window_by_numbers_and_inverted(page, scan):
    field = element(page, "width")
    field.clear()
    field.send_keys("400")
    value = scan[0].after[2, 11, 60]
    assert greys_at(page, 60, 11)[0] == pytest.approx(expected(value, 500, 400), abs=1.1)
    element(page, "invert").click()
    assert greys_at(page, 60, 11)[0] == pytest.approx(255 - expected(value, 500, 400), abs=1.1)


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
