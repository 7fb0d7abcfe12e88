"""The eight positions of a square: mirrored left and right, top and bottom, rows and columns."""

from keras import ops


def turned(pixels, turns):
    """Each square image in one of its eight positions: (B, S, S, 1) and turns (B,), 0 to 7.

    Bit 1 mirrors left and right, bit 2 top and bottom, bit 4 rows and columns, in this order.
    """
    for bit, mirrored in (
        (1, lambda image: ops.flip(image, axis=2)),
        (2, lambda image: ops.flip(image, axis=1)),
        (4, lambda image: ops.swapaxes(image, 1, 2)),
    ):
        wanted = ops.bitwise_and(turns, bit) > 0
        pixels = ops.where(ops.reshape(wanted, (-1, 1, 1, 1)), mirrored(pixels), pixels)
    return pixels
