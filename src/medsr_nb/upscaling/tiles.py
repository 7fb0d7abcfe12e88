"""Pictures of any size through a network of fixed size, as if in one piece.

A picture is cut into tiles of one shape, which overlap by what the network sees around a pixel.
Of each tile only the part is kept whose surroundings it holds whole, or whose surroundings end
with the picture. Convolutions then see exactly what they would see in one piece.

Three things make that exact for medsr. It sees REACH pixels to each side, MARGIN is more than
that. Its half-size level samples every second pixel, so tiles begin at even places. And a strided
convolution of an odd side samples other pixels than one of an even side, so the sides of tiles are
odd where the picture's are, and even where they are.
"""

import numpy as np

REACH = 31  # LR pixels: 10 convolutions at full size, 8 at half size, one shuffle by 2
MARGIN = 32
PIXELS = 416 * 416  # of a tile: larger ones waste less on margins, but take more memory


def spans(size, longest):
    """How a side is cut: ``(length, [(origin, first, last), ...])``.

    Tiles of ``length`` begin at each ``origin``, and ``first`` to ``last`` (of the side, not of
    the tile) is what is kept of each. ``length`` is at most ``longest`` and one, for parity's
    sake; raises ValueError where ``longest`` leaves nothing between two margins.
    """
    if longest <= 2 * MARGIN:
        raise ValueError(f"a tile of {longest} pixels is all margin: take more than {2 * MARGIN}.")
    if size <= longest:
        return size, [(0, 0, size)]
    parts = -(-(size - 2 * MARGIN) // (longest - 2 * MARGIN))
    length = -(-(size - 2 * MARGIN) // parts) + 2 * MARGIN
    length += (size - length) % 2
    origins = [2 * round(part * (size - length) / (parts - 1) / 2) for part in range(parts)]
    seams = [
        (left + length + right) // 2 for left, right in zip(origins, origins[1:], strict=False)
    ]
    return length, list(zip(origins, [0, *seams], [*seams, size], strict=True))


def tile_shape(height, width, pixels=PIXELS):
    """The most (rows, columns) of a tile: square, or longer where the picture is narrow."""
    side = int(pixels**0.5)
    rows = max(side, pixels // width) if width < side else side
    columns = max(side, pixels // height) if height < side else side
    return rows, columns


def fill(sr, plane, network, factor=3, pixels=PIXELS, tick=lambda share: None):
    """Fills ``sr`` (f*h, f*w) with what ``network`` makes of ``plane``, float32 (h, w).

    ``network(height, width)`` gives the function of that size, (1, h, w, 1) -> (1, f*h, f*w, 1);
    it is asked for one size only. ``tick`` is told the share of the picture after each tile.
    """
    longest = tile_shape(*plane.shape, pixels)
    (height, rows), (width, columns) = map(spans, plane.shape, longest)
    function = network(height, width)
    for top, first_row, last_row in rows:
        for left, first, last in columns:
            tile = plane[top : top + height, left : left + width]
            out = np.asarray(function(tile[None, ..., None]))[0, ..., 0]
            kept = out[
                factor * (first_row - top) : factor * (last_row - top),
                factor * (first - left) : factor * (last - left),
            ]
            sr[factor * first_row : factor * last_row, factor * first : factor * last] = kept
            tick((last_row - first_row) * (last - first) / plane.size)
