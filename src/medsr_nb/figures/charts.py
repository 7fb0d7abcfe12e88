"""Curves and points: a training over its epochs, methods beside each other."""

import itertools

import numpy as np

from ..scoring import CHANCE, headed
from . import palette
from .labels import label_points
from .sheet import WIDTH, Sheet

MARGIN = {"left": 74, "right": 18, "top": 34, "bottom": 48}  # CSS pixels around the axes of a panel


def panels(title, count, columns=2, height=330, width=WIDTH):
    """A sheet with ``count`` charts in rows of ``columns``: (sheet, list of axes)."""
    columns = min(columns, count)
    rows = -(-count // columns)
    sheet = Sheet(width, 32 + rows * height)
    sheet.write(0, 4, title, palette.TITLE, weight="bold")
    axes = []
    for index in range(count):
        left = index % columns * width / columns + MARGIN["left"]
        wide = width / columns - MARGIN["left"] - MARGIN["right"]
        top = 32 + index // columns * height + MARGIN["top"]
        axis = sheet.area(left, top, wide, height - MARGIN["top"] - MARGIN["bottom"])
        axis.set_axis_on()
        axes.append(axis)
    return sheet, axes


def plain(axis, title, xlabel, ylabel=""):
    """Letters of a legible size, a faint grid, and no frame but the two axes."""
    axis.set_title(title, size=palette.HEADING, loc="left")
    axis.set_xlabel(xlabel, size=palette.TEXT)
    axis.set_ylabel(ylabel, size=palette.TEXT)
    axis.tick_params(labelsize=palette.TEXT)
    axis.spines[["top", "right"]].set_visible(False)
    axis.grid(color="#e6e6e6", lw=0.8)
    axis.set_axisbelow(True)


LOSSES = {"generator_loss": "generator", "discriminator_loss": "discriminator"}
ACCURACIES = {"real_accuracy": "on originals", "fake_accuracy": "on generated images"}
BRIGHTNESS = {
    "target_brightness": "originals, training",
    "brightness": "output, training",
    "val_target_brightness": "originals, validation",
    "val_brightness": "output, validation",
}


def curves(history, bicubic_psnr, title):
    """A training in four panels: losses, the discriminator's accuracy, brightness, PSNR.

    ``bicubic_psnr`` (dB) is drawn as the line to beat. Without a discriminator there are three.
    """
    judged = "real_accuracy" in history
    sheet, axes = panels(title, 4 if judged else 3)
    of_loss, of_brightness, of_psnr = axes[0], axes[-2], axes[-1]
    lines(of_loss, history, LOSSES, "Losses, on training images", "loss of each network")
    of_loss.set_yscale("log")
    if judged:
        of_loss.axhline(np.log(2), color=palette.GREY, lw=1.2, ls=":", label="undecided: log 2")
        of_loss.legend(fontsize=palette.TEXT)
        lines(axes[1], history, ACCURACIES, "Discriminator: how often it is right", "share")
        axes[1].axhline(0.5, color=palette.GREY, lw=1.2, ls=":", label="guessing")
        axes[1].set_ylim(-0.03, 1.4)  # the legend stands above the curves
        axes[1].set_yticks(np.linspace(0, 1, 6))
        axes[1].legend(fontsize=palette.TEXT, loc="upper left", ncols=2)
    lines(of_brightness, history, BRIGHTNESS, "Mean brightness", "grey levels of 255")
    of_brightness.set_ylim(0, of_brightness.get_ylim()[1] * 1.05)
    lines(of_psnr, history, {"val_psnr": "generated"}, "PSNR, on validation images", "dB")
    of_psnr.axhline(bicubic_psnr, color=palette.GREY, lw=1.2, ls=":")
    words = {"ha": "right", "va": "bottom", "size": palette.TEXT}
    of_psnr.text(0.99, bicubic_psnr, f"bicubic: {bicubic_psnr:.1f} dB",
                 transform=of_psnr.get_yaxis_transform(), **words)  # fmt: skip
    return sheet


def lines(axis, history, names, heading, unit):
    """The named curves of a history, of those that it has; originals are dashed."""
    plain(axis, heading, "epoch", unit)
    epochs = np.arange(1, len(history["seconds"]) + 1)
    there = {name: label for name, label in names.items() if name in history}
    for number, (name, label) in enumerate(there.items()):
        original = "target" in name
        colour, marker = palette.style(number // 2 if len(there) > 2 else number)
        look = {"ls": "--", "lw": 1.2} if original else {"marker": marker, "ms": 5}
        axis.plot(epochs, history[name], color=colour, label=label, **look)
    axis.xaxis.get_major_locator().set_params(integer=True)
    if len(there) > 1:
        axis.legend(fontsize=palette.TEXT)


def progress(rows, title, against="minutes"):
    """What a study's rows gain over bicubic on validation images, as they were trained.

    ``rows`` are those of a recorded study. ``against`` is "minutes" of the machine, or how
    many "images" were seen. Rows with a discriminator are in a panel of their own; a bar across a
    curve is where the discriminator joins a network that was trained without.
    """
    across = {"minutes": "minutes of the machine", "images": "images seen, in thousands"}[against]
    judged = [name for name, row in rows.items() if "real_accuracy" in row["history"]]
    others = [name for name in rows if name not in judged]
    groups = {"without a discriminator": others, "with a discriminator": judged}
    groups = {heading: names for heading, names in groups.items() if names}
    sheet, axes = panels(title, len(groups), height=360)
    styles = palette.styles(rows)
    for axis, (heading, names) in zip(axes, groups.items(), strict=True):
        plain(axis, heading if judged else "", across)
        axis.axhline(0.0, color=palette.GREY, lw=1.2, ls=":")
        ends, colours, pieces = [], [], []
        for name in names:
            colour, marker = styles[name]
            curve = gain_curve(rows[name], against)
            axis.plot(*curve.T, color=colour, lw=1.5, antialiased=False)  # a smaller file
            axis.plot(*curve[-1], marker=marker, ms=6, color=colour)
            stages = rows[name]["history"].get("stage", ())
            if 2.0 in stages:
                axis.plot(*curve[max(stages.index(2.0) - 1, 0)], "|", ms=16, mew=2, color=colour)
            ends.append(curve[-1])
            colours.append(colour)
            pieces += itertools.pairwise(curve)
        axis.margins(x=0.2)
        axis.autoscale_view()
        axis.set_xlim(left=0)
        label_points(axis, ends, names, colours, pieces)
    axes[0].set_ylabel("PSNR over bicubic, validation images (dB)", size=palette.TEXT)
    return sheet


def gain_curve(row, against):
    """(epochs, 2): what a recorded row had cost after each epoch, and its gain over bicubic in dB.

    The cost is in "minutes" or in thousands of "images". The row's history has PSNR alone; the last
    of it belongs to the gain that was recorded in the end.
    """
    psnr = np.array(row["history"]["val_psnr"])
    cost = np.cumsum(row["history"]["machine_seconds"]) / 60
    if against == "images":
        cost = np.linspace(0, row["images_seen"] / 1000, len(psnr) + 1)[1:]
    return np.stack([cost, psnr - psnr[-1] + row["validation_gain"][0]], axis=1)


def tradeoff(summary, title):
    """Distortion against perception (Blau & Michaeli 2018, arXiv 1711.06077), a panel a kind.

    ``summary`` is ``Comparison.summary()`` with a "perceptual" score, or a recorded one. To the
    right is nearer to the original, downwards more alike to the judge; bars are 95 % intervals.
    Where the first row, the reference, is further left of the others than they are spread, a line
    of text says where it is, so that the others are told apart.
    """
    kinds = [kind for kind in summary if kind != "all"]
    sheet, axes = panels(title, len(kinds), height=480, width=WIDTH if len(kinds) > 1 else 620)
    for axis, kind in zip(axes, kinds, strict=True):
        rows, far = dict(summary[kind]), distant_reference(summary[kind])
        points, colours, bars = [], [], []
        styles = palette.styles(rows)
        for name, row in summary[kind].items():
            (x, left, right), (y, low, high) = row["psnr"], row["perceptual"]
            if name == far:
                text = f"not shown: {name}, {x:.1f} dB, distance {y:.2f}"
                axis.text(0.02, 1, text, size=palette.TEXT, va="top", transform=axis.transAxes)
                del rows[name]
                continue
            colour, marker = styles[name]
            axis.plot([left, right], [y, y], color=colour, lw=1)
            axis.plot([x, x], [low, high], color=colour, lw=1)
            axis.plot(x, y, marker=marker, ms=7, color=colour)
            points.append((x, y))
            colours.append(colour)
            bars += [((left, y), (right, y)), ((x, low), (x, high))]
        plain(axis, headed(kind, summary[kind]), "PSNR (dB): right is nearer to the original")
        axis.margins(0.09)
        axis.autoscale_view()
        label_points(axis, points, list(rows), colours, bars)
    axes[0].set_ylabel("perceptual distance: down is more alike", size=palette.TEXT)
    return sheet


def distant_reference(rows):
    """The name of the first row where it is further left of all others than they are spread."""
    reference, *others = rows
    found = [rows[name]["psnr"][0] for name in others]
    if len(found) > 1 and min(found) - rows[reference]["psnr"][0] > max(found) - min(found):
        return reference
    return None


def gains(summary, differences, title):
    """Each method's PSNR gain over the reference, the summary's first row; a panel a kind.

    ``summary`` as for ``tradeoff``; bars are 95 % intervals, each by itself. The colours are by
    ``differences`` (``Comparison.differences``, or recorded ones), whose p values are corrected for
    the number of pairs. Bicubic stands only where it is the reference: far below the others, it
    would flatten what they differ in.
    """
    kinds = [kind for kind in summary if kind != "all"]
    reference, *names = summary[kinds[0]]
    names = [name for name in names if name != "bicubic"]
    undecided = [
        (one["kind"], {*one["methods"]}) for one in differences if one["corrected"] > CHANCE
    ]
    height = 30 * len(names) + MARGIN["top"] + MARGIN["bottom"] + 10
    sheet, axes = panels(title, len(kinds), height=height)
    for axis, kind in zip(axes, kinds, strict=True):
        plain(
            axis,
            headed(kind, summary[kind]),
            f"PSNR gain over {reference} (dB): blue more, orange less, grey may be chance",
        )
        axis.axvline(0.0, color=palette.GREY, lw=1.2)
        for place, name in enumerate(names):
            mean, low, high = summary[kind][name]["psnr_gain"]
            above = palette.BLUE if mean > 0 else palette.VERMILION
            if (kind, {reference, name}) in undecided:
                above = palette.GREY
            axis.plot([low, high], [place, place], color=above, lw=2)
            axis.plot(mean, place, "o", ms=7, color=above)
            axis.annotate(
                f"{mean:+.2f}", (mean, place), (0, 6), textcoords="offset points",
                ha="center", size=palette.TEXT, color=above,
            )  # fmt: skip
        axis.set_yticks(range(len(names)), names)
        axis.set_ylim(len(names) - 0.5, -0.8)
        axis.grid(axis="y", visible=False)
    return sheet
