"""Tiles cover a side with all that the network sees."""

import numpy as np

from medsr_nb.upscaling import tiles


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
