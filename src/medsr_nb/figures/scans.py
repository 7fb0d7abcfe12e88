"""Figures of scans in their own units, each pixel shown as a whole number of screen pixels.

Matplotlib sizes a picture in inches. Here a figure is laid out in pixels instead (``Sheet``), so
that no pixel of a scan is resampled before it is looked at.
"""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Rectangle

DPI = 72
CONTEXT = 200  # pixels at most of a scan around what is magnified
EDGE, HEAD = 14, 40  # pixels around panels, and above them for titles
SIGNED, STRENGTH = "PuOr", "viridis"  # colour-blind readers tell both apart


class Sheet:
    """A figure of ``width`` x ``height`` pixels with ``title`` above."""

    def __init__(self, width, height, title):
        self.size = width, height + HEAD
        self.figure = plt.figure(figsize=(width / DPI, (height + HEAD) / DPI), dpi=DPI)
        plt.close(self.figure)
        self.figure.text(0.5, 1 - 18 / self.size[1], title, ha="center", fontsize=13)

    def axis(self, left, top, width, height, title=""):
        """Axes of that many pixels, ``top`` below the title, without ticks."""
        across, down = self.size
        place = left / across, 1 - (HEAD + top + height) / down, width / across, height / down
        axis = self.figure.add_axes(place)
        axis.set(xticks=[], yticks=[])
        axis.set_title(title, fontsize=11)
        return axis


def side_by_side(pictures, titles, windows, title, times=1):
    """Planes (h, w) in a row, each in its own window (low, high) and ``times`` as large."""
    height = times * max(one.shape[0] for one in pictures)
    width = times * sum(one.shape[1] for one in pictures) + EDGE * (len(pictures) + 1)
    sheet, left = Sheet(width, height + HEAD + EDGE, title), EDGE
    for plane, text, (low, high) in zip(pictures, titles, windows, strict=True):
        rows, columns = (times * side for side in plane.shape)
        axis = sheet.axis(left, HEAD, columns, rows, text)
        axis.imshow(plane, "gray", vmin=low, vmax=high, interpolation="nearest")
        left += columns + EDGE
    return sheet.figure


def magnified(original, results, box, window, unit, title, times=5):
    """The original around a box, and in the box the original, each result, and its error.

    ``original`` (H, W) and ``results`` {name: (H, W)} are in ``unit``s, ``box`` is (top, left,
    side), ``window`` (low, high). Errors share one scale; the score is the root mean square error
    of the whole plane.
    """
    top, left, side = box
    inside = slice(top, top + side), slice(left, left + side)
    around = tuple(
        context(first + side // 2, length)
        for first, length in zip((top, left), original.shape, strict=True)
    )
    zoom, (rows, columns) = times * side, original[around].shape
    height = max(rows, 2 * zoom + HEAD + EDGE) + HEAD + EDGE
    sheet = Sheet(columns + 3 * zoom + 5 * EDGE + 70, height, title)
    grey = {"cmap": "gray", "vmin": window[0], "vmax": window[1], "interpolation": "nearest"}
    whole = sheet.axis(EDGE, HEAD, columns, rows, "original, 1 pixel as 1")
    whole.imshow(original[around], **grey)
    corner = left - around[1].start - 0.5, top - around[0].start - 0.5
    whole.add_patch(Rectangle(corner, side, side, fill=False, edgecolor="#ffb000", lw=2))
    start = columns + 2 * EDGE
    axis = sheet.axis(start, HEAD, zoom, zoom, f"original, 1 pixel as {times}x{times}")
    axis.imshow(original[inside], **grey)
    errors = {name: result - original for name, result in results.items()}
    most = max(np.quantile(np.abs(one[inside]), 0.98) for one in errors.values())
    for column, (name, wrong) in enumerate(errors.items(), start=1):
        place = start + column * (zoom + EDGE)
        score = f"{np.sqrt(np.mean(wrong**2)):.3g} {unit} RMS in all"
        axis = sheet.axis(place, HEAD, zoom, zoom, f"{name}\n{score}")
        axis.imshow(results[name][inside], **grey)
        axis = sheet.axis(place, 2 * HEAD + zoom, zoom, zoom, f"{name} less original")
        shown = axis.imshow(wrong[inside], SIGNED, vmin=-most, vmax=most, interpolation="nearest")
    scale = sheet.axis(place + zoom + EDGE, 2 * HEAD + zoom, 14, zoom, unit)
    sheet.figure.colorbar(shown, cax=scale)
    return sheet.figure


def context(middle, length):
    """The slice of at most CONTEXT pixels around ``middle`` that lies within ``length``."""
    first = min(max(middle - CONTEXT // 2, 0), max(length - CONTEXT, 0))
    return slice(first, min(first + CONTEXT, length))


def guesses(result, strength, expected, made, window, unit, title, times=2):
    """A result, how far it is a guess, the errors to expect and those made; planes (H, W).

    All in ``unit``s; the two errors share one scale, which their colour bar shows.
    """
    rows, columns = (times * side for side in result.shape)
    width = 4 * columns + 2 * 70 + 5 * EDGE
    sheet, left = Sheet(width, rows + HEAD + EDGE, title), EDGE
    axis = sheet.axis(left, HEAD, columns, rows, "enlarged")
    axis.imshow(result, "gray", vmin=window[0], vmax=window[1], interpolation="nearest")
    left += columns + EDGE
    most = max(np.quantile(one, 0.99) for one in (expected, made))
    heads = ("guessed", "error to expect", "error made")
    tops = (np.quantile(strength, 0.99), most, most)
    for head, values, top in zip(heads, (strength, expected, made), tops, strict=True):
        axis = sheet.axis(left, HEAD, columns, rows, f"{head} ({unit})")
        shown = axis.imshow(values, STRENGTH, vmin=0, vmax=top, interpolation="nearest")
        left += columns + EDGE
        if head != "error to expect":
            bar = sheet.axis(left - EDGE + 4, HEAD, 12, rows)
            sheet.figure.colorbar(shown, cax=bar)
            left += 60
    return sheet.figure
