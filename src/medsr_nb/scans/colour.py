"""Colour as one luminance, which the network enlarges, and two chrominances, interpolated.

The weights of JPEG (ITU-R BT.601), without its offsets, so that the numbers of any depth
go there and back.
"""

import numpy as np

from ..degradation import bands

WEIGHTS = (0.299, 0.587, 0.114)
BLUE, RED = 1.772, 1.402  # twice (1 - weight) of blue and of red
AT_ONCE = 1 << 20  # pixels, so that what is needed on the way stays small beside a large picture


NOTE = "colour: luminance enlarged by the network, chrominance interpolated"
TRANSPARENT = "transparency interpolated"


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


def parted(values):
    """Grey and transparency, RGB, or both, (..., C): what is enlarged by the network, and the rest.

    (Grey levels or luminance (...), channels to interpolate float32 (..., K), what a reader is
    told). ``joined`` puts them together again.
    """
    alpha = values[..., -1:].astype(np.float32)
    if values.shape[-1] == 2:
        return values[..., 0], alpha, [TRANSPARENT]
    luminance, extras = split(values[..., :3])
    if values.shape[-1] == 3:
        return luminance, extras, [NOTE]
    return luminance, np.concatenate([extras, alpha], axis=-1), [NOTE, TRANSPARENT]


def merged(luminance, chrominance):
    """The RGB (..., 3), float, of ``split``'s two parts; not rounded, not clipped."""
    blue = luminance + BLUE * chrominance[..., 0]
    red = luminance + RED * chrominance[..., 1]
    green = (luminance - WEIGHTS[0] * red - WEIGHTS[2] * blue) / WEIGHTS[1]
    return np.stack([red, green, blue], axis=-1)


def joined(scan, plane, extra, dtype):
    """One result (H, W), with its extras (H, W, K), as the pixels of a file, (H, W[, C]).

    In strips, as the floats of all colours would take several times the memory of the pixels.
    ``extra`` is an array, or what has its shape and gives rows as it does.
    """
    if extra is None:
        return scan.stored.stored(plane, dtype)
    pixels = np.empty((*plane.shape, 1 + extra.shape[-1]), dtype)
    for rows in bands.strips(plane.shape):
        pixels[rows] = scan.stored.stored(channels(plane[rows], extra[rows]), dtype)
    return pixels


def channels(plane, extra):
    """Grey and transparency, or RGB, or both, of (H, W) and (H, W, K), as floats."""
    if extra.shape[-1] == 1:
        return np.dstack([plane, extra[..., 0]])
    return np.concatenate([merged(plane, extra[..., :2]), extra[..., 2:]], axis=-1)
