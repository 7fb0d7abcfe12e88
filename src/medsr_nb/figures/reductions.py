"""How an image loses resolution along one line, and how many originals lay in their range."""

import itertools

import numpy as np

from ..degradation import reducing_matrix
from . import palette
from .charts import panels, plain

SHOWN = ("bicubic", "lanczos", "average", "k-space")
FACTOR = 3
LINE = 90  # pixels of the line; its edge lies within a pixel of the reduced one


def reductions():
    """Two panels: the weights of the pixels that make one, and an edge that was reduced."""
    sheet, (weights, edge) = panels(f"Four ways to make one pixel of {FACTOR}", 2, height=400)
    plain(weights, "What one pixel is made of", "pixels of the original away", "weight")
    plain(edge, "An edge from 60 to 180, reduced", "pixels of the reduced line", "grey levels")
    line = np.where(np.arange(LINE) < LINE // 2 + 1, 60.0, 180.0)
    middle = LINE // FACTOR // 2
    around = np.arange(middle - 6, middle + 7)
    for number, name in enumerate(SHOWN):
        matrix = reducing_matrix(LINE, FACTOR, name)
        colour, marker = palette.style(number)
        look = {"color": colour, "marker": marker, "ms": 4, "lw": 1.4, "label": name}
        places = np.arange(LINE) - (middle + 0.5) * FACTOR + 0.5
        near = np.abs(places) < 5 * FACTOR
        weights.plot(places[near], matrix[middle][near], **look)
        edge.plot(around - middle, (matrix @ line)[around], **look)
    weights.axhline(0.0, color=palette.GREY, lw=1.0)
    for level in (60, 180):
        edge.axhline(level, color=palette.GREY, lw=1.0, ls=":")
    edge.legend(fontsize=palette.TEXT)
    return sheet


def cover(found, title):
    """How many originals lay in their range: a panel a kind, a line a network and input.

    ``found`` is the "test" of ``results/calibration.json``, or part of it. A network has its
    colour, an input its marker. The pixels are cut into
    tenths from narrow to wide ranges; the band is 85 to 95 %.
    """
    kinds = [kind for kind in next(iter(next(iter(found.values())).values())) if kind]
    inputs = dict.fromkeys(case for cases in found.values() for case in cases)
    markers = dict(zip(inputs, itertools.cycle(palette.MARKERS), strict=False))
    styles = palette.styles(found)
    every = [case[kind] for cases in found.values() for case in cases.values() for kind in kinds]
    lowest = min(0.7, *(min(one["deciles"]) - 0.03 for one in every))
    sheet, axes = panels(title, len(kinds), height=420)
    for axis, kind in zip(axes, kinds, strict=True):
        plain(axis, kind, "tenths of the pixels, from narrow to wide ranges", "originals in range")
        for network, cases in found.items():
            colour, _ = styles[network]
            for case, figures in cases.items():
                deciles = figures[kind]["deciles"]
                look = {"color": colour, "marker": markers[case], "ms": 5, "lw": 1.4}
                places = np.arange(1, len(deciles) + 1)
                axis.plot(places, deciles, label=f"{network}, {case}", **look)
        axis.axhspan(0.85, 0.95, color="#eeeeee", zorder=0)
        axis.axhline(0.9, color=palette.GREY, lw=1.2, ls="--")
        axis.set_ylim(lowest, 1.0)
    axes[0].legend(fontsize=palette.TEXT, loc="lower right")
    return sheet
