"""Every name is tried on every way to lose resolution."""

import numpy as np

from medsr_nb import degradation, scoring
from medsr_nb.upscaling import naming, pretrained


def test_each_name_is_scored_where_it_is_right_and_where_it_is_wrong(tmp_path, monkeypatch):
    asked = []

    def network(sharpness, side, reduction):
        asked.append((sharpness, side, reduction))
        return lambda lr: lr.repeat(3, axis=1).repeat(3, axis=2)

    monkeypatch.setattr(pretrained, "network", network)
    monkeypatch.setattr(scoring, "as_method", lambda one: one)
    pixels = np.random.default_rng(0).integers(0, 256, (4, 30, 30), dtype=np.uint8)
    np.savez(tmp_path / "own.npz", mri=pixels)
    found = naming.naming(tmp_path / "own.npz")
    assert asked == [(0.0, 10, name) for name in naming.NAMED]
    assert list(found["scores"]) == list(naming.TAKEN)
    for one in found["scores"].values():
        assert list(one["MRI"]["gain"]) == [f"named {name}" for name in naming.NAMED]
        assert one["MRI"]["interpolation"] in degradation.INTERPOLATIONS
    assert found["data"]["images"] == 4
