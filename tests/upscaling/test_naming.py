"""Naming the reduction: gains are over the same network that names nothing."""

import keras
import numpy as np
from shared import images

from medsr_nb import degradation, scoring
from medsr_nb.upscaling import naming, pretrained


def plain(*_, **__):
    """Bicubic in place of the network: it agrees with nothing."""
    lr = keras.Input((16, 16, 1))
    return keras.Model(lr, degradation.Enlarge(3)(lr))


def test_the_true_name_gains_most_and_gains_are_over_no_name(monkeypatch):
    monkeypatch.setattr(pretrained, "network", plain)
    monkeypatch.setattr(naming, "has_robust", lambda: False)
    monkeypatch.setattr(naming, "NAMES", ("bicubic", "average", "k-space"))
    drawn = images(3)
    found = naming.naming(drawn)
    assert list(found) == ["faithful"]
    gains = found["faithful"]["average"]
    assert list(gains) == ["bicubic", "average", "k-space"]
    assert gains["average"]["image"][0] > max(
        gains[name]["image"][0] for name in ("bicubic", "k-space")
    )
    lr = degradation.to_float(degradation.Scanner("average").taken(drawn.pixels, 3))
    before = degradation.enlarged(lr, 3)
    after = np.clip(degradation.consistent(before, lr, 3, "average"), -1, 1)
    wanted = scoring.psnr(drawn.pixels, degradation.to_pixels(after)) - scoring.psnr(
        drawn.pixels, degradation.to_pixels(before)
    )
    assert abs(gains["average"]["image"][0] - wanted.mean()) < 0.1
