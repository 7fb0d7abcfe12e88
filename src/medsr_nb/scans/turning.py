"""The eight ways in which a picture may lie in its file: TIFF's tag Orientation, and EXIF's."""

ORIENTATION = 274  # the tag
TURNS = range(2, 9)  # 1 lies upright, and there are no others
SWAPPED_SIDES = (5, 6, 7, 8)  # turned by a quarter


def upright(pixels, orientation):
    """(H, W[, C]) as it is to be seen; an orientation that does not exist changes nothing."""
    if orientation in SWAPPED_SIDES:
        pixels = pixels.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return pixels
