"""Colour as one luminance, which the network enlarges, and two chrominances, interpolated.

The weights of JPEG (ITU-R BT.601), without its offsets, so that the numbers of any depth
go there and back.
"""

import numpy as np

WEIGHTS = (0.299, 0.587, 0.114)
BLUE, RED = 1.772, 1.402  # twice (1 - weight) of blue and of red
AT_ONCE = 1 << 20  # pixels, so that what is needed on the way stays small beside a large picture


def is_grey(rgb):
    """Whether all three channels of (..., 3) are the same."""
    return bool((rgb[..., :1] == rgb[..., 1:3]).all())


def split(rgb):
    """RGB (..., 3) of any type -> luminance (...) and chrominances (..., 2), float32."""
    pixels = rgb.reshape(-1, 3)
    luminance = np.empty(len(pixels), np.float32)
    chrominance = np.empty((len(pixels), 2), np.float32)
    for start in range(0, len(pixels), AT_ONCE):
        some = slice(start, start + AT_ONCE)
        colours = pixels[some].astype(np.float32)
        luminance[some] = colours @ np.array(WEIGHTS, np.float32)
        chrominance[some, 0] = (colours[:, 2] - luminance[some]) / BLUE
        chrominance[some, 1] = (colours[:, 0] - luminance[some]) / RED
    return luminance.reshape(rgb.shape[:-1]), chrominance.reshape(*rgb.shape[:-1], 2)


def merged(luminance, chrominance):
    """The RGB (..., 3), float, of ``split``'s two parts; not rounded, not clipped."""
    blue = luminance + BLUE * chrominance[..., 0]
    red = luminance + RED * chrominance[..., 1]
    green = (luminance - WEIGHTS[0] * red - WEIGHTS[2] * blue) / WEIGHTS[1]
    return np.stack([red, green, blue], axis=-1)
