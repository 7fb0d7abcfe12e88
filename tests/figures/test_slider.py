"""The slider: a still picture where there are no widgets, another picture where one is moved."""

import sys
import types

import pytest

from medsr_nb.figures import Sheet, interactive, slider

pytest.importorskip("IPython")


class Handle:
    """A picture that is on show."""

    def __init__(self):
        self.updates = []

    def update(self, data, **settings):
        self.updates.append(data)


@pytest.fixture
def displayed(monkeypatch):
    """What was displayed, and the handle of the picture."""
    found, handle = [], Handle()

    def display(what, **settings):
        found.append(what)
        return handle if settings.get("display_id") else None

    monkeypatch.setattr("IPython.display.display", display)
    return found, handle


def draw(value):
    drawn = Sheet(10 * value, 20)
    assert drawn.wide
    return drawn


def test_without_widgets_there_is_one_still_picture(displayed, monkeypatch):
    monkeypatch.setattr(slider, "find_spec", lambda name: None)
    interactive(draw, (3, 5), "sharpness")
    [picture] = displayed[0]
    assert set(picture) == {"image/png", "text/plain"} and "30x20" in picture["text/plain"]


def test_moving_the_slider_draws_anew(displayed, monkeypatch):
    class Slider:
        def __init__(self, **settings):
            self.settings = settings

        def observe(self, function, names):
            self.moved = function

    widgets = types.ModuleType("ipywidgets")
    widgets.SelectionSlider = Slider
    monkeypatch.setitem(sys.modules, "ipywidgets", widgets)
    monkeypatch.setattr(slider, "find_spec", lambda name: True)
    interactive(draw, (3, 5), "sharpness", start=5)
    picture, moved = displayed[0]
    assert "50x20" in picture["text/plain"] and moved.settings["value"] == 5
    moved.moved({"new": 3})
    assert "30x20" in displayed[1].updates[0]["text/plain"]
