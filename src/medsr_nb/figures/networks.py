"""A built network as a drawing: a box a layer from left to right, skips as lines above.

    figures.architecture(prototype.generator())

The words on a box say what the layer does; the shape of what it hands on (height x width x
channels) stands below wherever it changes. A frame is a part that repeats.
"""

from dataclasses import dataclass, field

from matplotlib.patches import FancyBboxPatch, Rectangle

from . import palette
from .layers_of import SHARED, Repeat, contracted, folded, read
from .sheet import WIDTH, Sheet

BOX, TALL = 22, 154  # CSS pixels of a box
STEP = 12  # between boxes that do not touch
PAD = 7  # between a frame and what is in it
SIGN = 15  # height of the line that says how often a frame repeats
LANE = 9  # between skip lines
SHAPES = 74  # height of the shapes below
TOP = 40  # of the title
OVER = 22  # above the boxes, for letters and the lowest lane
SPACE = 22  # between rows

FILLS = {
    "data": "#ffffff",
    "convolution": "#bcdcf2",
    "norm": "#c5e8d9",
    "activation": "#fbe0ac",
    "dropout": "#dddddd",
    "joining": "#ffffff",
    "attention": "#f3cfe1",
    "moving": "#f6cdb4",
    "block": "#d9d2ec",
}
TOUCHING = ("norm", "activation", "dropout")  # kinds that stand close behind what they follow


@dataclass
class Row:
    """What stands in one row: left edges of layers by their place, and frames."""

    left: dict = field(default_factory=dict)
    frames: list = field(default_factory=list)  # (left, right, depth below it, count)
    wide: float = 0.0

    @property
    def depth(self):
        """How many frames lie in each other at most."""
        return max((frame[2] for frame in self.frames), default=0)


def architecture(network, title="", blocks=None):
    """A drawing of a built ``keras.Model``, under a title or the network's own name.

    ``blocks`` is {name: a built block}: what occurs of it in the network is drawn as one box.
    """
    layers = contracted(read(network), blocks or {})
    parts = folded(layers)
    rows = laid_out(layers, parts)
    shown = shown_places(parts)
    skips, signs = connections(layers, rows, shown)
    lanes = [lanes_of([skip for skip in skips if skip[0] == number]) for number in range(len(rows))]
    tops, down = [], TOP  # where the boxes of each row begin, and the row below
    for row, levels in zip(rows, lanes, strict=True):
        tops.append(down + max(levels.values(), default=0) * LANE + OVER)
        down = tops[-1] + TALL + PAD + SIGN * row.depth + SHAPES + SPACE
    heading = f"{title or network.name}: {network.count_params():,} weights"
    wide = max(10 + max(row.wide for row in rows), 0.64 * palette.TITLE * len(heading))
    sheet = Sheet(round(wide), round(down - SPACE))
    sheet.write(0, 4, heading, palette.TITLE, weight="bold")
    page = sheet.area(0, 0, sheet.wide, sheet.high)
    page.set(xlim=(0, sheet.wide), ylim=(sheet.high, 0))
    for row, levels, top in zip(rows, lanes, tops, strict=True):
        draw_row(page, layers, row, top)
        for (_, start, end), level in levels.items():
            draw_skip(page, start, end, top, level)
    look = {"size": palette.TEXT, "color": palette.VERMILION, "weight": "bold", "va": "bottom"}
    arrows = {(row, end - BOX / 2) for row, _, end in skips}
    for (row, left), letters in signs.items():  # beside the tip of an arrow where there is one
        tip = (row, left) in arrows
        middle, side = (left + BOX / 2 - 5, "right") if tip else (left + BOX / 2, "center")
        page.text(middle, tops[row] - 3, " ".join(sorted(letters)), ha=side, **look)
    return sheet


def laid_out(layers, parts):
    """Rows of boxes and frames that are as wide as a page."""
    rows = [Row()]
    for part in parts:
        if rows[-1].wide + width_of(layers, part) > WIDTH and rows[-1].left:
            rows.append(Row())
        put(layers, rows[-1], part)
    return rows


def width_of(layers, part):
    """CSS pixels that a box or a frame takes, with the space before it."""
    if isinstance(part, Repeat):
        return STEP + 2 * PAD + sum(width_of(layers, each) for each in part.parts)
    return BOX + (0 if touches(layers, part) else STEP)


def touches(layers, place):
    """Whether a box stands close behind the one before it."""
    layer, before = layers[place], layers[place - 1]
    follows = layer.kind in TOUCHING and place - 1 in layer.sources
    return follows and before.kind not in ("joining", "attention", "data")


def put(layers, row, part):
    """Adds a box or a frame to the right of a row; how many frames lie in each other there."""
    if not isinstance(part, Repeat):
        row.wide += 0 if touches(layers, part) and row.left else STEP
        row.left[part] = row.wide
        row.wide += BOX
        return 0
    row.wide += STEP
    left = row.wide
    row.wide += PAD - STEP
    depth = 1 + max(put(layers, row, each) for each in part.parts)
    row.wide += PAD
    row.frames.append((left, row.wide, depth, part.count))
    return depth


def shown_places(parts):
    """{place: the place that is drawn for it}: of what repeats, the first is drawn."""
    shown = {}
    for part in parts:
        if not isinstance(part, Repeat):
            shown[part] = part
            continue
        inner = shown_places(part.parts)
        length = max(inner) - min(inner) + 1
        for number in range(part.count):
            shown |= {place + number * length: to for place, to in inner.items()}
    return shown


def connections(layers, rows, shown):
    """Skips within a row as (row, start, end), and letters {(row, left)} for all others."""
    where = {place: (number, left) for number, row in enumerate(rows)
             for place, left in row.left.items()}  # fmt: skip
    takers = [sum(place in layer.sources for layer in layers) for place in range(len(layers))]
    skips, signs, letters = set(), {}, {}
    for place, (row, left) in where.items():
        for source in layers[place].sources:
            if source == place - 1:
                continue
            start_row, start = where[shown[source]]
            if start_row == row and takers[source] < 2 * SHARED:
                skips.add((row, start + BOX, left + BOX / 2))
                continue
            letter = letters.setdefault(shown[source], chr(ord("a") + len(letters) % 26))
            for spot in ((start_row, start), (row, left)):
                signs.setdefault(spot, set()).add(letter)
    return skips, signs


def lanes_of(skips):
    """{skip: its lane}, short ones below long ones, so that none lies on another."""
    lanes = {}
    for skip in sorted(skips, key=lambda skip: (skip[2] - skip[1], skip)):
        taken = {lane for other, lane in lanes.items() if other[1] < skip[2] and skip[1] < other[2]}
        lanes[skip] = next(lane for lane in range(1, len(skips) + 1) if lane not in taken)
    return lanes


def draw_row(page, layers, row, top):
    """The boxes of a row, the frames around them, and the shapes below."""
    for left, right, depth, count in row.frames:
        high = TALL + 2 * (PAD - 2) + SIGN * depth
        style = {"fc": "none", "ec": palette.GREY, "lw": 1.2}
        page.add_patch(FancyBboxPatch((left, top - PAD + 2), right - left, high,
                                      boxstyle="round,pad=0,rounding_size=4", **style))  # fmt: skip
        low = top + TALL + SIGN * depth
        page.text((left + right) / 2, low, f"× {count}", size=palette.TEXT + 1, weight="bold",
                  ha="center", va="bottom")  # fmt: skip
    before, end = None, None
    for place, left in row.left.items():
        layer = layers[place]
        if end is not None and left > end and place - 1 in layer.sources:
            page.plot([end, left], [top + TALL / 2] * 2, color="black", lw=1, zorder=0)
        style = {"fc": FILLS[layer.kind], "ec": "#555555", "lw": 0.8}
        page.add_patch(Rectangle((left, top), BOX, TALL, **style))
        page.text(left + BOX / 2, top + TALL / 2, layer.words, rotation=90, ha="center",
                  va="center", size=palette.TEXT)  # fmt: skip
        if layer.shape != before:
            text = "×".join(str(side) for side in layer.shape) or "1"
            page.text(left + BOX / 2, top + TALL + PAD + SIGN * row.depth + 4, text, rotation=90,
                      ha="center", va="top", size=palette.TEXT - 0.5, color="#333333")  # fmt: skip
        before, end = layer.shape, left + BOX


def draw_skip(page, start, end, top, lane):
    """A line from behind one box over others down into another."""
    over = top - 8 - lane * LANE
    page.plot([start, start, end, end], [top, over, over, top - 1], color=palette.BLUE, lw=1.3,
              solid_joinstyle="round")  # fmt: skip
    page.plot([end], [top - 3], marker="v", ms=5, color=palette.BLUE)
