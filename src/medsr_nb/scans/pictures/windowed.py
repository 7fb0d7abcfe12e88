"""Any scan as PNG, for ``--format png`` and ``--window``: what is black and what is white."""

from dataclasses import replace

import numpy as np
from PIL import PngImagePlugin

from ...degradation import bands
from .. import colour, hidden, tiff
from ..files import whole, whole_folder
from ..intensity_map import intensity
from ..scan import StoredRange
from ..turning import upright
from .reading import LOSSLESS
from .writing import save

WINDOW = "Window"  # the name of a text in a PNG
CARRIED = ("dpi", "icc_profile", "pnginfo")
TINY = np.finfo(float).tiny


def write(scan, planes, extras, path, window):
    """``scan.pictures_of``."""
    pixels = shown(scan, planes, extras, window)
    options = LOSSLESS["PNG"] | carried(scan, window)
    if len(planes) == 1:
        with whole(path) as file:
            save(file, list(pixels), "PNG", options)
        return [path]
    path = path.with_suffix("")
    names = [f"{number:04d}.png" for number in range(1, len(planes) + 1)]
    with whole_folder(path) as folder:
        for name, one in zip(names, pixels, strict=True):
            with open(folder / name, "wb") as file:
                save(file, [one], "PNG", options)
    return [path / name for name in names]


def carried(scan, window):
    """What a PNG has of a picture or TIFF: dots per inch, and its window.

    Where it keeps the levels also their colour profile and gamma, and what derived levels mean.
    """
    if scan.kind == "tiff":
        options = tiff.writing.png_options(scan)
    else:
        options = scan.origin.options if scan.kind == "picture" else {}
    if window is not None:
        note = PngImagePlugin.PngInfo()
        note.add_text(WINDOW, window_text(window))
        options = {"dpi": options.get("dpi"), "pnginfo": note}
    elif not is_kept(scan):
        options = {"dpi": options.get("dpi")}
    return {name: options[name] for name in CARRIED if options.get(name)}


def window_text(window):
    """A window as a PNG says it, by which a result of another one is known; "" without one."""
    return "{:.9g} {:.9g}".format(*window) if window else ""


def shown(scan, planes, extras, window):
    """Each plane as the pixels (H, W[, C]) of a PNG, one map for all of them."""
    black, white = ends(scan, window)
    most, dtype = (65535, np.uint16) if is_deep(scan, window) else (255, np.uint8)
    span = (white - black) or 1.0
    target = replace(scan, stored=StoredRange(0, most, True))

    def pixels_of(plane, extra):
        if scan.premultiplied:
            plane, extra = divided(plane, extra, opaque(scan))
        unit = (plane.astype(np.float64) - black) / span
        levels = most * (1 - unit if scan.inverted else unit)
        extra = None if extra is None else extra * (most / spans(scan, span))
        return colour.joined(target, levels, extra, dtype)

    for index in range(len(planes)):
        plane, extra = planes[index], None if extras is None else extras[index]
        channels = () if extra is None else (1 + extra.shape[-1],)
        pixels = np.empty((*plane.shape, *channels), dtype)
        for rows in bands.strips(plane.shape):
            pixels[rows] = pixels_of(plane[rows], None if extra is None else extra[rows])
        yield upright(pixels, scan.orientation)


def said(scan, window):
    """What a reader is told: which values are black and white, where they are not the levels."""
    if window is None and is_kept(scan) and (scan.slope, scan.intercept) == (1, 0):
        return ()
    black, white = (scan.slope * number + scan.intercept for number in ends(scan, window))
    black, white = (white, black) if scan.inverted else (black, white)
    return (f"{black:.6g} to {white:.6g} {scan.unit} as black to white",)


def is_kept(scan):
    """Whether a PNG holds the numbers as they are: levels of 8 bits, and of 16 in pictures.

    Of other scans with 16 bits the numbers are values, most of them far from white.
    """
    picture = scan.kind in ("picture", "tiff") or scan.extras is not None
    within = scan.stored.lowest >= 0 and scan.stored.highest <= (65535 if picture else 255)
    return scan.stored.whole and within


def is_deep(scan, window):
    """Whether a PNG gets 16 bits: all but a window, 8 bits, and colours that are not kept."""
    if window is not None:
        return False
    return scan.stored.highest > 255 if is_kept(scan) else scan.extras is None


def ends(scan, window):
    """(black, white) in stored numbers; the other way round where the scan is inverted.

    Of what is not kept they come from the scan and not from its result, nor from its outliers.
    """
    if window is not None:
        return in_numbers(window, scan)
    if is_kept(scan):
        return 0, 65535 if scan.stored.highest > 255 else 255
    seen = hidden.filled(scan)
    planes, extras = seen.planes, seen.extras
    if scan.premultiplied:
        planes, extras = divided(planes, extras, opaque(scan))
    if extras is not None and extras.shape[-1] > 1:  # colours keep their hue where black is 0
        return 0, max(TINY, intensity(colour.merged(planes, extras)).high)
    series = intensity(planes)
    return (series.low, series.high) if scan.slope > 0 else (series.high, series.low)


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


def opaque(scan):
    """The transparency that lets nothing through: of floats the highest there is."""
    return scan.stored.highest if scan.stored.whole else max(TINY, np.nanmax(scan.extras[..., -1]))


def spans(scan, span):
    """What each of the extras spans, (K,): colours as much as luminance, transparency its own."""
    alpha = opaque(scan)
    return np.array({1: [alpha], 2: [span, span], 3: [span, span, alpha]}[scan.extras.shape[-1]])
