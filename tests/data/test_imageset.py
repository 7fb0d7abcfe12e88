"""Images taken out of a set, told apart and sorted by kind."""

from dataclasses import replace

import numpy as np
from shared import in_groups, pictures


def test_take_and_fingerprint():
    loaded = in_groups([0, 1, 2])
    loaded = replace(loaded, pixels=pictures(3, 16))
    some = loaded.take([2, 0])
    assert some.names == ("2.png", "0.png") and len(some) == 2
    np.testing.assert_array_equal(some.pixels, loaded.pixels[[2, 0]])
    assert loaded.take(np.array([True, False, True])).names == ("0.png", "2.png")
    assert len(loaded.take([])) == 0
    assert loaded.take([0, 1, 2]).fingerprint == loaded.fingerprint != some.fingerprint
    assert len(loaded.fingerprint) == 16


def test_pictures_by_kind_in_alphabetical_order():
    mixed = replace(in_groups([0, 0, 1]), kinds=np.array(["X-ray", "MRI", "X-ray"]))
    found = mixed.by_kind()
    assert list(found) == ["MRI", "X-ray"]
    assert found["MRI"].tolist() == [1] and found["X-ray"].tolist() == [0, 2]
