"""Bands are the matrices."""

import numpy as np
import pytest

from medsr_nb import degradation
from medsr_nb.degradation import bands


@pytest.mark.parametrize("size, new", [(1, 3), (2, 6), (7, 21), (50, 150), (21, 7), (3, 1)])
def test_bands_are_the_matrices(size, new):
    whole = degradation.resize_matrix(size, new)
    np.testing.assert_allclose(bands.resize_band(size, new).toarray(), whole, atol=1e-6)


@pytest.mark.parametrize("small", [0, 20, 100])
@pytest.mark.parametrize("shape", [(1, 1), (2, 5), (17, 40)])
def test_banded_pseudo_inverse_is_the_full_one(shape, small, monkeypatch):
    monkeypatch.setattr(bands, "STRIP", 200)
    monkeypatch.setattr(bands, "SMALL", small)
    lr = np.random.default_rng(0).normal(size=shape)
    made = np.zeros((3 * shape[0], 3 * shape[1]))
    bands.add_undone(made, lr, 3)
    rows, columns = (degradation.undoing_matrix(3 * side, 3) for side in shape)
    np.testing.assert_allclose(made, rows @ lr @ columns.T, atol=1e-5)
    np.testing.assert_allclose(bands.resized(made, *shape), lr, atol=1e-12)
