"""Pictures in rows, each under its caption, all at whole multiples of their pixels."""

from typing import NamedTuple

import numpy as np

from . import palette
from .regions import Region
from .sheet import DENSITY, WIDTH, Sheet, outline, ring

PANEL = 300  # CSS pixels that a picture takes at least
SMALL, SMALL_SCALE = 32, 4  # pictures of few pixels stand in long rows, at this scale
GAP = 16  # between two pictures of a row, and below a row
NEAR = 6  # between a picture and those beside it
LINE = 15  # height of a line of text
HEAD = 34  # height of the title
BAR = 50  # height of a colour bar with its numbers, or three lines beside it
WIDE_BAR = 720  # width of a colour bar and the words beside it
QUANTILE = 0.998  # of all values on a scale: it ends at the ten above


class Tile(NamedTuple):
    """A picture, RGB uint8 (H, W, 3), its caption, and the part of it to outline.

    Up to two more stand ``beside`` it, half as large: one at its upper corner, one at its lower.
    A thin ring is drawn around a ``disc``, (row, column, radius) in pixels.
    """

    colours: np.ndarray
    caption: str = ""
    region: Region | None = None
    beside: tuple = ()
    disc: tuple | None = None


class Bar(NamedTuple):
    """A colour bar: a function of ``palette`` from values and a top to RGB, and its scale."""

    colouring: object
    low: float
    top: float
    label: str


def panel_width(side):
    """CSS pixels that a whole image of this side takes at least."""
    return SMALL_SCALE * side if side <= SMALL else PANEL


def whole_scale(side, width=PANEL):
    """CSS pixels a pixel: the least whole number that makes a picture ``width`` of them wide."""
    return -(-width // side)


def size_of(tile, width):
    """CSS pixels that a tile takes: (height, width), and its scale."""
    scale = whole_scale(max(tile.colours.shape[:2]), width)
    high, wide = (scale * side for side in tile.colours.shape[:2])
    return high, wide + (NEAR + high // 2 if tile.beside else 0), scale


def grid(title, tiles, width=PANEL, columns=None, bar=None):
    """A sheet of tiles in rows as long as fit, or at most ``columns``; a ``Bar`` is below them."""
    high, wide, _ = np.max([size_of(tile, width) for tile in tiles], axis=0).tolist()
    columns = min(columns or len(tiles), len(tiles), max(1, (WIDTH + GAP) // (wide + GAP)))
    rows = [tiles[start : start + columns] for start in range(0, len(tiles), columns)]
    captions = [LINE * max(lines_of(tile.caption) for tile in row) + 5 for row in rows]
    height = HEAD + sum(captions) + len(rows) * (high + GAP) + (BAR if bar else -GAP)
    least = max(title_width(title), WIDE_BAR if bar else 0)
    sheet = Sheet(max(columns * (wide + GAP) - GAP, least), height)
    sheet.write(0, 4, title, palette.TITLE, weight="bold")
    top = HEAD
    for row, caption in zip(rows, captions, strict=True):
        top += caption
        for place, tile in enumerate(row):
            put(sheet, tile, place * (wide + GAP), top, width)
        top += high + GAP
    if bar:
        colour_bar(sheet, 0, top, bar)
    return sheet


def put(sheet, tile, left, top, width):
    """Draws one tile; ``top`` is that of its picture, the caption stands above."""
    high, wide, scale = size_of(tile, width)
    sheet.write(left, top - LINE * lines_of(tile.caption) - 4, tile.caption, linespacing=1.25)
    axes = sheet.picture(tile.colours, left, top, scale)
    if tile.region:
        outline(axes, tile.region, scale)
    if tile.disc:
        ring(axes, tile.disc)
    below = top  # of what stands beside it already
    for place, small in enumerate(tile.beside):
        side = max(small.colours.shape[:2])
        fitting = DENSITY * (high // 2) // side / DENSITY
        below = max(below, top + place * (high - fitting * side))
        axes = sheet.picture(small.colours, left + wide - high // 2, below, fitting)
        if small.region:
            outline(axes, small.region, fitting)
        below += fitting * side + NEAR


def title_width(title):
    """CSS pixels that a title takes: bold letters of its size are at most so wide."""
    return min(WIDTH, int(0.66 * palette.TITLE * len(title)))


def lines_of(caption):
    """How many lines a caption has."""
    return caption.count("\n") + 1 if caption else 0


def colour_bar(sheet, left, top, bar):
    """A colour bar with three numbers, and beside it what they are."""
    axes = sheet.area(left, top, PANEL, 12)
    values = np.linspace(bar.low, bar.top, palette.STEPS)[None]
    axes.imshow(bar.colouring(values, bar.top), interpolation="nearest", aspect="auto")
    numbers = {"left": bar.low, "center": (bar.low + bar.top) / 2, "right": bar.top}
    for place, (side, value) in enumerate(numbers.items()):
        ends = "≥ " if side == "right" else "≤ " if value < 0 else ""
        sheet.write(left + place * PANEL / 2, top + 15, f"{ends}{value:g}", ha=side)
    sheet.write(left + PANEL + GAP, top, bar.label, linespacing=1.25)


def measured(name, values, unit):
    """A caption: the name of a map, and the root mean square (RMS) of its values in their unit."""
    return f"{name}: {np.sqrt(np.mean(np.square(values))):.3g} {unit} RMS"


def tens(value):
    """The next ten above a value: the end of a scale."""
    return max(10, int(np.ceil(value / 10)) * 10)
