"""Drawn digits and shapes: sizes, seeds, variety, and that their classes can be told apart."""

import functools

import numpy as np
import pytest

from medsr_nb.data import drawn, images


@functools.cache
def many(draw):
    """1,200 pictures and their labels, drawn once for all tests."""
    return draw(count=1200)


@pytest.mark.parametrize("draw", [drawn.digits, drawn.shapes])
def test_drawings_are_seeded_balanced_and_varied(draw):
    pixels, labels = draw(count=100, seed=3)
    assert pixels.shape == (100, 28, 28) and pixels.dtype == np.uint8
    assert labels.tolist() == list(range(10)) * 10
    np.testing.assert_array_equal(pixels, draw(count=100, seed=3)[0])
    assert len(np.unique(pixels, axis=0)) == 100
    assert (draw(count=100, seed=4)[0] != pixels).any()


@pytest.mark.parametrize("draw", [drawn.digits, drawn.shapes])
def test_nothing_is_cut_off_or_empty(draw):
    pixels, _ = many(draw)
    border = np.ones((28, 28), bool)
    border[1:-1, 1:-1] = False
    touched = (pixels[:, border] > 60).mean()
    assert touched < 0.01
    assert pixels.max(axis=(1, 2)).min() > 60 and (pixels > 60).mean(axis=(1, 2)).min() > 0.02


@pytest.mark.parametrize("draw", [drawn.digits, drawn.shapes])
def test_classes_can_be_told_apart_but_not_by_one_pixel(draw):
    pixels, labels = many(draw)
    flat = pixels.reshape(len(pixels), -1) / 255
    flat = flat - flat.mean(axis=1, keepdims=True)
    flat /= np.linalg.norm(flat, axis=1, keepdims=True)
    nearest = (flat[1000:] @ flat[:1000].T).argmax(axis=1)
    assert (labels[:1000][nearest] == labels[1000:]).mean() > 0.8
    assert flat[labels == 0].std(axis=0).max() > 0.02


def test_shapes_are_textured_and_digits_are_not():
    def inner_steps(pixels):
        steps = np.abs(np.diff(pixels.astype(int), axis=2))
        inside = (pixels[:, :, 1:] > 40) & (pixels[:, :, :-1] > 40)
        return (steps * inside > 15).sum() / inside.sum()

    assert inner_steps(many(drawn.shapes)[0]) > 0.2


def test_a_smooth_stroke_keeps_its_ends():
    points = np.array([[0, 0], [1, 0], [1, 1]], float)
    curve = drawn.smooth(points)
    np.testing.assert_array_equal(curve[[0, -1]], points[[0, -1]])
    assert np.linalg.norm(curve - points[1], axis=1).min() > 0.1  # the corner is gone


def test_distance_by_hand():
    found = drawn.distances(np.array([[2.0, 3.0]]), np.array([[6.0, 3.0]])).reshape(28, 28)
    assert found[3, 4] == 0 and found[8, 4] == 5 and found[7, 9] == 5  # 3-4-5 beyond the end


def test_within_by_hand():
    square = np.array([[1.5, 1.5], [4.5, 1.5], [4.5, 3.5], [1.5, 3.5], [1.5, 1.5]])
    inside = drawn.within(square).reshape(28, 28)
    assert inside.sum() == 6 and inside[2:4, 2:5].all()


@pytest.mark.parametrize(("subject", "name", "kind"), [
    ("digits", "drawn digits (sample)", "digit"),
    ("fashion", "drawn textured shapes (sample)", "fashion"),
])  # fmt: skip
def test_sample_of_small_pictures_is_named_as_drawn(subject, name, kind, monkeypatch):
    for pen in ("inked", "clothed"):  # 4,000 black pictures take no time
        monkeypatch.setattr(drawn, pen, lambda *given: np.zeros((given[-1], 28, 28), np.uint8))
    loaded = images.load_small("sample", subject)
    assert loaded.name == name and "drawn" in loaded.source and set(loaded.kinds) == {kind}
    assert len(loaded) == 4000 and len(loaded.label_names) == 10
    assert loaded.pixels.shape == (4000, 28, 28, 1) and set(loaded.parts) == {""}
