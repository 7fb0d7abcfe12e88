"""Scores by class: each image counts in its own class, over bicubic."""

import dataclasses

import numpy as np
import pytest
from shared import images

from medsr_nb import scoring
from medsr_nb.studies import by_class


def test_each_class_has_its_own_gain():
    drawn = dataclasses.replace(
        images(4),
        kinds=np.array(["MRI", "MRI", "X-ray", "X-ray"]),
        labels=np.array([0, 0, 2, 2], "int32"),
        label_names=("one", "none of these", "two"),
        groups=np.array([1, 1, 2, 3], "int32"),
    )

    def method(lr):  # right about the second class alone
        sr = scoring.bicubic(3)(lr)
        sr[2:] = drawn.pixels[2:] ^ 1
        return sr

    found = by_class.by_class(drawn, {name: method for name in by_class.NETWORKS})
    assert list(found) == ["one", "two"]
    assert (found["one"]["kind"], found["one"]["images"], found["one"]["groups"]) == ("MRI", 2, 1)
    assert found["one"]["gain"]["sharp"][0] == 0.0
    base = scoring.psnr(drawn.pixels, scoring.bicubic(3)(scoring.low_resolution(drawn, 3)))
    expected = 20 * np.log10(255) - base[2:].mean()
    assert found["two"]["gain"]["sharp"][0] == pytest.approx(expected, abs=1e-3)
    assert found["two"]["bicubic"] == pytest.approx(base[2:].mean(), abs=1e-3)
    rows = by_class.class_table({"classes": found}).splitlines()
    assert rows[-1].startswith("| X-ray | two | 2 (2) |")
