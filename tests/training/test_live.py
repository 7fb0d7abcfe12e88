"""The picture of a training: renewed in place where somebody watches, nothing anywhere else."""

import io
from types import SimpleNamespace

import IPython.display
import numpy as np
import pytest
from PIL import Image
from shared import images, tiny

from medsr_nb import training
from medsr_nb.data.splits import Split
from medsr_nb.training import live


@pytest.fixture
def shown(monkeypatch):
    """The pictures that a stand-in for a notebook's page was sent, first and then each update."""
    sent = []

    def display(picture, display_id):
        assert display_id is True
        sent.append([picture])
        return SimpleNamespace(update=sent[-1].append)

    monkeypatch.setattr(IPython.display, "display", display)
    return sent


def trained(settings=None, **changes):
    whole = images(16)
    parts = Split(whole.take(range(8)), whole.take(range(8, 12)), whole.take(range(12, 16)))
    recipe = tiny("srgan-x3", perceptual="", perceptual_weight=0.0, pixel_weight=1.0, **changes)
    training.train(training.build(recipe, parts, "float32"), recipe, parts, **settings or {})
    return parts


def test_nothing_is_shown_where_nobody_watches(shown, eagerly):
    trained()
    assert shown == []


def test_a_training_that_goes_on_is_not_called_untrained(shown, monkeypatch, tmp_path, eagerly):
    captions, png_row = [], live.png_row

    def noted(pictures):
        captions.append(list(pictures)[1])
        return png_row(pictures)

    monkeypatch.setattr(live, "watched_cell", lambda: True)
    monkeypatch.setattr(live, "png_row", noted)
    trained({"folder": tmp_path, "max_minutes": 0}, epochs=1)
    trained({"folder": tmp_path}, epochs=1)
    assert captions == ["when this run began", "when this run began", "after epoch 1"]


def test_one_picture_is_renewed_after_each_epoch_of_all_stages(shown, monkeypatch, eagerly):
    monkeypatch.setattr(live, "watched_cell", lambda: True)
    parts = trained(epochs=3, pixel_epochs=1)
    [pictures] = shown
    assert len(pictures) == 4
    rows = [np.asarray(Image.open(io.BytesIO(one.data))) for one in pictures]
    side = 5 * 48  # the whole multiple from 200 pixels on
    assert rows[0].shape == (live.HEAD + side, 3 * side + 2 * live.GAP)
    bicubic, result, original = (
        [row[live.HEAD :, place * (side + live.GAP) :][:side:5, :side:5] for row in rows]
        for place in range(3)
    )
    pixels = parts.validation.pixels[..., 0]
    chosen = pixels[pixels.std(axis=(1, 2)).argmax()]
    for one in original:
        np.testing.assert_array_equal(one, chosen)
    assert all((one == bicubic[0]).all() for one in bicubic)
    assert not (result[0] == result[3]).all()
