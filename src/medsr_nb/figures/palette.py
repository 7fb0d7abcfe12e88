"""Colours that readers of every kind of colour vision tell apart, and the sizes of letters.

The eight colours are Okabe and Ito's (Color Universal Design, 2008), except their yellow, which
is too faint for a line on white and stands for boxes on pictures instead.
"""

import itertools

import numpy as np
from matplotlib import colormaps

BLUE, ORANGE, GREEN, VERMILION = "#0072B2", "#E69F00", "#009E73", "#D55E00"
PURPLE, SKY, BLACK, GREY = "#CC79A7", "#56B4E9", "#000000", "#767676"
AMBER = "#9C6500"  # orange that can be read as text on white
LINES = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, BLACK, GREY)
MARKERS = "os^DvPX*"
# A system looks alike in all charts. A circle was trained without a discriminator, a square with
# one, and a diamond is medsr. SRGAN and ESRGAN have the colours of the networks without.
SYSTEMS = {
    "bicubic": (BLACK, "X"),
    "ACGAN": (GREEN, "s"),
    "prototype": (ORANGE, "s"),
    "SRResNet": (BLUE, "o"),
    "SRGAN": (BLUE, "s"),
    "RRDBNet": (VERMILION, "o"),
    "ESRGAN": (VERMILION, "s"),
    "Real-ESRGAN": (PURPLE, "s"),
    "SwinIR": (GREEN, "o"),
    "ResShift": (PURPLE, "o"),
    "CutBlur": (ORANGE, "o"),
    "perceptual": (SKY, "o"),
    "faithful": (VERMILION, "D"),
    "sharp": (GREEN, "D"),
    "robust": (PURPLE, "D"),
}
BOX = "#F0E442"  # on dark and bright pictures alike, with a black edge

TEXT, HEADING, TITLE = 10, 11.5, 14  # of letters, in CSS pixels

# Steps of a scale of colours: a difference between two of them is seen, and files stay small.
STEPS = 33  # an odd number, so that one of them is zero


def style(number):
    """Colour and marker of line ``number``: the first 64 all differ in one of the two."""
    return LINES[number % len(LINES)], MARKERS[(number + number // len(LINES)) % len(MARKERS)]


def styles(names):
    """{name: (colour, marker)}: a system has its own, the others some that no system has.

    Colours that no system among the names has are taken first.
    """
    taken = {SYSTEMS[name][0] for name in names if name in SYSTEMS}
    free = (one for one in map(style, range(64)) if one not in SYSTEMS.values())
    others = itertools.cycle(sorted(free, key=lambda one: one[0] in taken))
    return {name: SYSTEMS.get(name) or next(others) for name in names}


def grey(image):
    """An image (H, W, 1) or (H, W) in [0, 255] as RGB uint8 (H, W, 3)."""
    levels = np.rint(np.clip(image, 0, 255)).astype(np.uint8)
    return np.repeat(levels.reshape(*levels.shape[:2], 1), 3, axis=2)


def heat(values, top):
    """Values (H, W, 1) or (H, W) from 0 (black) to ``top`` (bright) as RGB uint8 (H, W, 3)."""
    return stepped("inferno", np.asarray(values) / top)


def difference(values, top):
    """Values from -``top`` (blue) over 0 (white) to ``top`` (red) as RGB uint8 (H, W, 3)."""
    return stepped("RdBu_r", np.asarray(values) / (2 * top) + 0.5)


def stepped(name, shares):
    """Shares of a colour map, from 0 to 1, as RGB uint8 (H, W, 3) in ``STEPS`` steps."""
    steps = np.clip(np.rint(shares * (STEPS - 1)), 0, STEPS - 1) / (STEPS - 1)
    return colormaps[name](steps.reshape(steps.shape[:2]), bytes=True)[..., :3]
