"""Which positions help: a fault that mirroring turns round is gone from the mean of both."""

import keras
import numpy as np
import pytest
from shared import images

from medsr_nb import degradation, scoring
from medsr_nb.upscaling import positions_tried


def test_the_eight_positions_differ_and_are_put_back():
    picture = np.arange(9.0).reshape(1, 3, 3, 1)
    eight = positions_tried.TRIED["and lying: eight positions"]
    placed = [positions_tried.placed(picture, one) for one in eight]
    assert len({one.tobytes() for one in placed}) == 8
    np.testing.assert_array_equal(placed[1], picture[:, :, ::-1])
    for one, where in zip(placed, eight, strict=True):
        back = positions_tried.placed(one, positions_tried.BACK[where])
        np.testing.assert_array_equal(back, picture)


def test_a_fault_from_left_to_right_is_cancelled_by_what_mirrors_it(monkeypatch, eagerly):
    """A network that is too bright on the right and too dark on the left."""
    slope = np.tile(np.linspace(-0.2, 0.2, 48, dtype="float32")[:, None], (48, 1, 1))

    def weighted(settings, trained_on, lr_size):
        lr = keras.Input((*lr_size, 1))
        return keras.Model(lr, degradation.Enlarge(3)(lr) + slope)

    monkeypatch.setattr(positions_tried.pretrained, "weighted", weighted)
    cases = {name: scoring.CASES[name] for name in ("average", "k-space, Rician noise 4")}
    monkeypatch.setattr(positions_tried.scoring, "CASES", cases)
    drawn = images(6)
    found = positions_tried.gains(drawn)
    assert list(found) == list(cases)
    for networks in found.values():
        assert list(networks) == ["faithful, told", "sharp, told", "robust"]
        gains = [kinds["image"][0] for kinds in networks["robust"].values()]
        assert gains[0] > 1.0 and gains[1] == pytest.approx(0.0, abs=1e-3)
        assert gains[2:] == pytest.approx([gains[0]] * 2, abs=0.2)
    # Told the reduction, the fault is taken off whatever the position.
    told = [kinds["image"][0] for kinds in found["average"]["faithful, told"].values()]
    assert np.abs(told).max() < 0.05
