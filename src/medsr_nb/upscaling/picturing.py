"""Any scan as PNG, for ``--format png`` and ``--window``: what is black and what is white."""

from dataclasses import replace

import numpy as np

from . import colour
from .files import whole, whole_folder
from .picture_writing import save
from .pictures import LOSSLESS, joined
from .scan import StoredRange
from .turning import upright

TINY = np.finfo(float).tiny


def write(scan, planes, extras, path, window):
    """``scan.pictures_of``."""
    pixels = list(shown(scan, planes, extras, window))
    if len(pixels) == 1:
        with whole(path) as file:
            save(file, pixels, "PNG", LOSSLESS["PNG"])
        return [path]
    path = path.with_suffix("")
    names = [f"{number:04d}.png" for number in range(1, len(pixels) + 1)]
    with whole_folder(path) as folder:
        for name, one in zip(names, pixels, strict=True):
            with open(folder / name, "wb") as file:
                save(file, [one], "PNG", LOSSLESS["PNG"])
    return [path / name for name in names]


def shown(scan, planes, extras, window):
    """Each plane as the pixels (H, W[, C]) of a PNG, one map for all of them."""
    if scan.premultiplied:
        planes, extras = divided(planes, extras, opaque(scan))
    eight = scan.stored.whole and (scan.stored.lowest, scan.stored.highest) == (0, 255)
    if window is not None:
        low, high = in_numbers(window, scan)
    elif eight or extras is not None:
        low, high = max(scan.stored.lowest, 0), whitest(scan, planes, extras)
    else:
        low, high = float(np.nanmin(planes)), float(np.nanmax(planes))
    deep = window is None and not eight and extras is None
    most, dtype = (65535, np.uint16) if deep else (255, np.uint8)
    span = (high - low) or 1.0
    target = replace(scan, stored=StoredRange(0, most, True))
    for index in range(len(planes)):
        unit = (planes[index].astype(np.float64) - low) / span
        levels = most * (1 - unit if scan.inverted else unit)
        extra = None if extras is None else extras[index] * (most / spans(scan, span))
        yield upright(joined(target, levels, extra, dtype), scan.orientation)


def divided(planes, extras, most):
    """Planes and colours by their transparency's share of ``most``; black what cannot be seen."""
    share = extras[..., -1] / most
    factor = np.where(share * 255 < 0.5, 0.0, 1 / np.maximum(share, TINY))
    colours = extras[..., :-1] * factor[..., None]
    return planes * factor, np.concatenate([colours, extras[..., -1:]], axis=-1)


def in_numbers(window, scan):
    """(lowest, highest) stored number of a window."""
    centre, width = window
    middle = (centre - scan.intercept) / scan.slope
    return middle - width / scan.slope / 2, middle + width / scan.slope / 2


def whitest(scan, planes, extras):
    """What is white in a picture with colour or transparency: of floats the highest there is."""
    if scan.stored.whole:
        return scan.stored.highest
    colours = map(colour.merged, planes, extras)
    return max(TINY, *(np.nanmax(one) for one in colours))


def opaque(scan):
    """The transparency that lets nothing through: of floats the highest there is."""
    return scan.stored.highest if scan.stored.whole else max(TINY, np.nanmax(scan.extras[..., -1]))


def spans(scan, span):
    """What each of the extras spans, (K,): colours as much as luminance, transparency its own."""
    alpha = opaque(scan)
    return np.array({1: [alpha], 2: [span, span], 3: [span, span, alpha]}[scan.extras.shape[-1]])
