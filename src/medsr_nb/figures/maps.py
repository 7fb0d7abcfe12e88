"""Figures of what a picture does not show by itself: its guesses, its spectrum, its collapse."""

import itertools

import numpy as np

from .. import scoring
from . import palette
from .charts import panels, plain
from .grid import Bar, Tile, grid, measured, tens

# Cycles per pixel: the finest waves that an image reduced by 3 can hold.
ALONG, DIAGONAL = 1 / 6, np.sqrt(2) / 6  # along rows and columns, and in any direction
BRIGHTNESS_SCALE = -0.05, 2.0  # of output over original, in a panel
SEED_WIDTHS = (2.8, 1.8, 0.9)  # of the lines of a study with three seeds


def trust_maps(images, names, title, disc=None):
    """For each image four pictures: the result, what was guessed, the errors expected and made.

    ``images`` is a list of (result (H, W, 1), strength of the guess, expected error, absolute
    error), all in grey levels; guesses and errors of all images share one scale. The numbers are
    root mean squares: an expected error is one, so the mean of absolute errors is no match for it.
    A ring lies around a ``disc``, (row, column, radius). The scale ends where the strongest
    twentieth of the errors made begins: they are single pixels, and maps are smooth.
    """
    top = tens(max(np.quantile(row[3], 0.95) for row in images))
    heads = ("what was guessed", "error to expect", "error made")
    tiles = []
    for row, name in zip(images, names, strict=True):
        tiles.append(Tile(palette.grey(row[0]), f"{name}: enlarged", disc=disc))
        for values, head in zip(row[1:], heads, strict=True):
            caption = measured(head, values, "grey levels")
            tiles.append(Tile(palette.heat(values, top), caption, disc=disc))
    bar = Bar(palette.heat, 0, top, "strength of the guess, and errors,\nin grey levels of 255")
    return grid(title, tiles, columns=2, bar=bar)


def reliability(reports, title):
    """Expected against actual errors (``scoring.trust_report``), a panel a kind, a line a network.

    ``reports`` is {network: {kind: {"expected", "actual"}}}; on the diagonal, what was expected
    came true.
    """
    kinds = list(next(iter(reports.values())))
    sheet, axes = panels(title, len(kinds), height=400)
    styles = palette.styles(reports)
    for axis, kind in zip(axes, kinds, strict=True):
        plain(axis, kind, "error expected (RMS, grey levels)", "error made (RMS, grey levels)")
        for name, report in reports.items():
            colour, marker = styles[name]
            look = {"marker": marker, "ms": 6, "color": colour, "label": name}
            axis.plot(report[kind]["expected"], report[kind]["actual"], **look)
        most = max(max(report[kind]["expected"]) for report in reports.values())
        axis.plot([0, most], [0, most], color=palette.GREY, lw=1.2, ls="--", label="as expected")
        axis.legend(fontsize=palette.TEXT)
    return sheet


def spectra(parts, title):
    """What was restored and what was invented at each frequency, a panel a kind.

    ``parts`` is ``scoring.spectrum_summary``. Lines are the power of a result over the original's:
    solid what agrees with the original, dashed the rest. A frequency counts whatever the direction
    of its wave. An image that was reduced by 3 holds waves along rows and columns up to the first
    grey line, at 1/6 cycle per pixel, and diagonal ones up to the second, at sqrt(2) / 6. To the
    right of both it holds nothing.
    """
    sheet, axes = panels(title, len(parts), height=430)
    for axis, (kind, methods) in zip(axes, parts.items(), strict=True):
        plain(axis, kind, "frequency (cycles per pixel): finer to the right")
        whole = np.array(methods["original"]["restored"])
        places = scoring.frequencies(len(whole))
        others = {name: part for name, part in methods.items() if name != "original"}
        styles = palette.styles(others)
        for name, part in others.items():
            colour, _ = styles[name]
            restored, invented = np.array(part["restored"]), np.array(part["invented"])
            axis.plot(places, restored / whole, color=colour, lw=1.8, label=name)
            axis.plot(places, invented / whole, color=colour, lw=1.8, ls="--")
        axis.axhline(1.0, color=palette.GREY, lw=1.2, ls=":")
        words = {"size": palette.TEXT, "transform": axis.get_xaxis_transform()}
        for limit in (ALONG, DIAGONAL):
            axis.axvline(limit, color=palette.GREY, lw=1.2, ls=":")
        axis.text(ALONG, 1.02, "finer than 1/6 along rows and columns", **words)
        text = f" finer than {DIAGONAL:.2f} in any direction:\n not in the input"
        axis.text(DIAGONAL, 0.99, text, va="top", **words)
        axis.set_ylim(top=1.15 * axis.get_ylim()[1])  # that text stands above the curves
    names = axes[0].legend(fontsize=palette.TEXT, loc="upper right", bbox_to_anchor=(1.0, 0.62))
    names.set_title("solid: restored\ndashed: invented", {"size": palette.TEXT})
    axes[0].set_ylabel("power, as a share of the original's", size=palette.TEXT)
    return sheet


def saturation():
    """tanh and its slope, which is all that a gradient keeps of itself behind it."""
    before = np.linspace(-6, 6, 200)
    sheet, [axis] = panels("The last activation", 1, width=620)
    plain(axis, "", "before the activation", "value")
    axis.plot(before, np.tanh(before), color=palette.BLUE, lw=2)
    axis.plot(before, 1 - np.tanh(before) ** 2, color=palette.VERMILION, lw=2)
    words = {"color": palette.BLUE, "size": palette.TEXT}
    axis.text(1.6, 0.8, "tanh: the pixel, from black (-1) to white", **words)
    words["color"] = palette.VERMILION
    axis.text(1.3, 0.3, "its slope: what is left of a gradient", **words)
    axis.text(-6, 0.06, "black: no slope, no way back", **words)
    return sheet


def darkening(study, columns=3):
    """``results/collapse.json`` as panels, one a suspect: all its seeds.

    The solid line is the mean brightness of validation images over that of their originals: 1 is
    right, 0 is black, and a curve that ends early is no longer a number. The dashed line is the
    slope of tanh. Lines are the thinner, the later the seed, as the outcomes above a panel are in
    order. A panel whose brightness leaves the scale says how far it goes.
    """
    seeds = "one seed" if study["seeds"] == 1 else f"{study['seeds']} seeds"
    title = f"Which part makes it black? {seeds} each: {study['data']['name']}"
    sheet, axes = panels(title, len(study["runs"]), columns, height=215)
    for axis, (name, runs) in zip(axes, study["runs"].items(), strict=True):
        plain(axis, f"{name}\n{', '.join(run['outcome'] for run in runs)}", "epoch")
        brightness = [brightness_share(run) for run in runs]
        for run, bright, width in zip(runs, brightness, itertools.cycle(SEED_WIDTHS), strict=False):
            epochs, slope = np.arange(1, len(bright) + 1), np.array(run["slope"], float)
            axis.plot(epochs, bright, color=palette.VERMILION, lw=width)
            axis.plot(epochs, slope, color=palette.BLUE, lw=0.75 * width, ls="--")
        axis.axhline(1.0, color=palette.GREY, lw=1.0, ls=":")
        axis.set_ylim(*BRIGHTNESS_SCALE)
        axis.xaxis.get_major_locator().set_params(integer=True)
        every = np.concatenate(brightness)
        low, high = np.nanmin(every), np.nanmax(every)
        if low < BRIGHTNESS_SCALE[0] or high > BRIGHTNESS_SCALE[1]:
            corner(axis, 0.9, f"brightness from {low:.1f} to {high:.1f}", "#222222")
    corner(axes[0], 0.9, "solid: brightness / original's", palette.VERMILION)
    corner(axes[0], 0.78, "dashed: slope of tanh", palette.BLUE)
    if study["seeds"] > 1:
        corner(axes[0], 0.66, "seeds in order: thick to thin", "#222222")
    return sheet


def brightness_share(run):
    """The mean brightness of a run's validation images over that of their originals, by epoch."""
    return np.array(run["val_brightness"], float) / np.array(run["val_target_brightness"], float)


def corner(axis, height, text, colour):
    """A line of text at the right end of a panel, at a share of its height."""
    box = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1}
    axis.text(1, height, text, color=colour, ha="right", size=palette.TEXT,
              transform=axis.transAxes, bbox=box)  # fmt: skip
