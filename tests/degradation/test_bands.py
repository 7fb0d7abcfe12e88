"""Bands are the matrices, and tiles cover a side with all that the network sees."""

import numpy as np
import pytest

from medsr_nb import degradation
from medsr_nb.degradation import bands
from medsr_nb.upscaling import tiles


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


def test_spans_cover_a_side_with_the_margins_that_the_network_sees():
    draw = np.random.default_rng(0)
    for _ in range(2000):
        size, longest = int(draw.integers(1, 3000)), int(draw.integers(66, 600))
        length, parts = tiles.spans(size, longest)
        assert length <= longest + 1 and (size - length) % 2 == 0
        assert parts[0][1] == 0 and parts[-1][2] == size
        assert all(one[2] == other[1] for one, other in zip(parts, parts[1:], strict=False))
        for origin, first, last in parts:
            assert origin % 2 == 0 and 0 <= origin and origin + length <= size
            assert first == 0 or first - origin >= tiles.REACH
            assert last == size or origin + length - last >= tiles.REACH
