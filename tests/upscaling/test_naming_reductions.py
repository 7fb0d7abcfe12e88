"""Naming the reduction: gains are over the same network that names nothing."""

import dataclasses

import keras
import numpy as np
from shared import images

from medsr_nb import degradation, scoring
from medsr_nb.upscaling import naming_reductions, pretrained


def plain(*_, **__):
    """Bicubic in place of the network: it agrees with nothing."""
    lr = keras.Input((8, 8, 1))
    return keras.Model(lr, degradation.Enlarge(3)(lr))


def test_the_true_name_gains_most_and_gains_are_over_no_name(monkeypatch, eagerly):
    asked = []
    monkeypatch.setattr(pretrained, "network", lambda *_, **how: asked.append(how) or plain())
    monkeypatch.setattr(naming_reductions, "has_robust", lambda: True)
    monkeypatch.setattr(naming_reductions, "NAMES", ("bicubic", "average"))
    drawn = images(2, 24)
    found = naming_reductions.naming(drawn)
    assert list(found) == ["faithful", "robust"]
    assert asked == [{"reduction": "unknown"}, {"lr_size": 8, "robust": True}]
    gains = found["faithful"]["average"]
    assert list(gains) == ["bicubic", "average"]
    assert gains["average"]["image"][0] > gains["bicubic"]["image"][0]
    lr = degradation.to_float(degradation.Scanner("average").taken(drawn.pixels, 3))
    before = degradation.enlarged(lr, 3)
    after = np.clip(degradation.consistent(before, lr, 3, "average"), -1, 1)
    wanted = scoring.psnr(drawn.pixels, degradation.to_pixels(after)) - scoring.psnr(
        drawn.pixels, degradation.to_pixels(before)
    )
    assert abs(gains["average"]["image"][0] - wanted.mean()) < 0.1


def test_the_move_is_to_the_nearest_in_range_by_the_named_reduction():
    draw = np.random.default_rng(0)
    sr = draw.uniform(-1.2, 1.2, (1, 24, 24, 1)).astype("float32")
    lr = draw.uniform(-0.6, 0.6, (1, 8, 8, 1)).astype("float32")
    near = degradation.consistent(sr, lr, 3, "average")
    wanted = degradation.in_range.in_range(near, lr, 3, "average")
    found = naming_reductions.moved_by("average", 8)([sr, lr])
    np.testing.assert_allclose(found, wanted, atol=1e-4)


class Answer:
    """In place of a network: these pixels, whatever it is asked."""

    def __init__(self, pixels):
        self.pixels = degradation.to_float(pixels)

    def predict(self, *_, **__):
        return self.pixels


def test_gains_are_of_each_kind_by_itself_with_intervals_over_groups():
    drawn = images(6)
    kinds, groups = np.array(["MRI", "X-ray"] * 3), np.array([0, 1, 2, 3, 2, 3])
    drawn = dataclasses.replace(drawn, kinds=kinds, groups=groups)
    draw = np.random.default_rng(1)
    noise = draw.normal(0, 20, drawn.pixels.shape)
    shares = np.linspace(0.2, 0.8, 6)[:, None, None, None]
    free, moved = (
        np.clip(drawn.pixels + each, 0, 255).astype("uint8") for each in (noise, shares * noise)
    )
    found = naming_reductions.by_name(Answer(free), {"average": Answer(moved)}, drawn, "average")[
        "average"
    ]
    gain = scoring.psnr(drawn.pixels, moved) - scoring.psnr(drawn.pixels, free)
    assert list(found) == ["MRI", "X-ray"]
    for kind, interval in found.items():
        own = kinds == kind
        assert interval == scoring.rounded_interval(gain[own], groups[own])
        assert interval != scoring.rounded_interval(gain[own], None)
