"""What a reader's mouse, fingers and keys do to the page of a run, in a real Chromium."""

import numpy as np
import pytest
from viewer_browser import (
    COLUMNS,
    ActionBuilder,
    ActionChains,
    By,
    Keys,
    PointerInput,
    drag,
    element,
    expected,
    get,
    greys_at,
    needs_chromium,
    press,
    screen,
    settled,
    wheel,
)

from medsr_nb import degradation

pytestmark = needs_chromium


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
