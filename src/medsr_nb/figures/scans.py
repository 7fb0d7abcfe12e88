"""Figures of scans in their own units: planes (H, W) of floats instead of grey levels."""

import numpy as np

from . import palette
from .grid import Bar, Tile, grid, measured
from .regions import Region

CONTEXT = 150  # pixels at most of a scan around what is magnified


def windowed(plane, window):
    """A plane as grey levels: ``window`` (low, high) is what is shown black and white."""
    low, high = window
    return palette.grey(255 * (np.asarray(plane, float) - low) / (high - low))


def side_by_side(pictures, titles, windows, title):
    """Planes (H, W) beside each other, each in its own window (low, high)."""
    shown = zip(pictures, titles, windows, strict=True)
    return grid(title, [Tile(windowed(plane, window), text) for plane, text, window in shown])


def magnified(original, results, box, window, unit, title):
    """The original around a box, and in the box the original, each result, and its error.

    ``original`` (H, W) and ``results`` {name: (H, W)} are in ``unit``s, ``box`` is (top, left,
    side), ``window`` (low, high). Errors share one scale; the score is the root mean square error
    of the whole plane.
    """
    top, left, side = box
    region = Region(top, left, side)
    rows, columns = (
        context(first + side // 2, length)
        for first, length in zip((top, left), original.shape, strict=True)
    )
    around = Region(top - rows.start, left - columns.start, side)
    tiles = [
        Tile(windowed(original[rows, columns], window), "original", around),
        Tile(windowed(region.of(original), window), "original, the box magnified"),
    ]
    errors = {name: result - original for name, result in results.items()}
    most = two_digits(max(np.quantile(np.abs(region.of(one)), 0.98) for one in errors.values()))
    for name, wrong in errors.items():
        score = measured(name, wrong, unit)
        tiles.append(Tile(windowed(region.of(results[name]), window), f"{score} in all"))
        tiles.append(Tile(palette.difference(region.of(wrong), most), f"{name} less original"))
    bar = Bar(palette.difference, -most, most, f"error in {unit}")
    return grid(title, tiles, columns=2, bar=bar)


def context(middle, length):
    """The slice of at most CONTEXT pixels around ``middle`` that lies within ``length``."""
    first = min(max(middle - CONTEXT // 2, 0), max(length - CONTEXT, 0))
    return slice(first, min(first + CONTEXT, length))


def guesses(result, strength, expected, made, window, unit, title):
    """A result, how far it is a guess, the errors to expect and those made; planes (H, W).

    All in ``unit``s, the last three on one scale and with their root mean squares.
    """
    maps = {"guessed": strength, "error to expect": expected, "error made": made}
    most = two_digits(max(np.quantile(one, 0.99) for one in maps.values()))
    tiles = [Tile(windowed(result, window), "enlarged")]
    tiles += [
        Tile(palette.heat(plane, most), measured(name, plane, unit)) for name, plane in maps.items()
    ]
    return grid(title, tiles, columns=2, bar=Bar(palette.heat, 0, most, f"all three in {unit}"))


def two_digits(value):
    """A positive number with two digits that count: the end of a scale."""
    return float(f"{value:.2g}")
