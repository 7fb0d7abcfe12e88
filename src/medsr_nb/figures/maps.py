"""Figures of what a picture does not show by itself: its guesses, its spectrum, its collapse."""

import matplotlib.pyplot as plt
import numpy as np

from .. import scoring
from . import pictures


def trust_maps(images, names, title):
    """For each image a row: the result, what was guessed, the errors to expect, the errors made.

    ``images`` is a list of (result (H, W, 1), strength of the guess, expected error, absolute
    error), all in grey levels; the errors of a row share one scale.
    """
    heads = ("enlarged", "guessed", "error to expect", "error made")
    figure, axes = pictures.panels(len(images), len(heads), size=2.1)
    for line, row, name in zip(axes, images, names, strict=True):
        line[0].imshow(row[0][..., 0], **pictures.GREY)
        line[0].set_ylabel(name, fontsize=8)
        most = np.quantile(row[3], 0.995)
        for axis, values, top in zip(line[1:], row[1:], (None, most, most), strict=True):
            shown = axis.imshow(values[..., 0], cmap="magma", vmin=0, vmax=top)
            figure.colorbar(shown, ax=axis, shrink=0.8)
    for axis, head in zip(axes[0], heads, strict=True):
        axis.set_title(head, fontsize=9)
    figure.suptitle(f"{title}; grey levels of 255", fontsize=11)
    return figure


def reliability(reports, title):
    """Expected against actual errors (``scoring.trust_report``), a panel a kind, a line a network.

    ``reports`` is {network: {kind: {"expected", "actual"}}}; on the diagonal, what was expected
    came true.
    """
    kinds = list(next(iter(reports.values())))
    figure, axes = plt.subplots(
        1, len(kinds), figsize=(4.2 * len(kinds), 3.6), dpi=72, layout="constrained", squeeze=False
    )
    plt.close(figure)
    for axis, kind in zip(axes.flat, kinds, strict=True):
        for name, report in reports.items():
            axis.plot(report[kind]["expected"], report[kind]["actual"], "o-", ms=4, label=name)
        most = max(max(report[kind]["expected"]) for report in reports.values())
        axis.plot([0, most], [0, most], color="grey", lw=0.8, ls=":", label="as expected")
        axis.set(title=kind, xlabel="error expected (RMS, grey levels)", ylabel="error made")
        axis.legend(fontsize=8)
    figure.suptitle(title, fontsize=11)
    return figure


def spectra(parts, title):
    """What was restored and what was invented at each frequency, a panel a kind.

    ``parts`` is ``scoring.spectrum_summary``. Lines are the power of a result over the original's:
    solid what agrees with the original, dashed the rest. To the right of the grey line an image
    enlarged by 3 has nothing of its own.
    """
    figure, axes = plt.subplots(
        1, len(parts), figsize=(5.5 * len(parts), 3.6), dpi=72, layout="constrained", squeeze=False
    )
    plt.close(figure)
    for axis, (kind, methods) in zip(axes.flat, parts.items(), strict=True):
        whole = np.array(methods["original"]["restored"])
        places = scoring.frequencies(len(whole))
        others = {name: part for name, part in methods.items() if name != "original"}
        for number, (name, part) in enumerate(others.items()):
            colour = f"C{number}"
            axis.plot(places, np.array(part["restored"]) / whole, color=colour, label=name)
            axis.plot(places, np.array(part["invented"]) / whole, color=colour, ls="--")
        axis.axhline(1.0, color="grey", lw=0.8, ls=":")
        axis.axvline(1 / 6, color="grey", lw=0.8)
        axis.set(title=kind, xlabel="cycles per pixel", ylabel="power / the original's")
        axis.legend(fontsize=7, title="solid: restored\ndashed: invented", title_fontsize=7)
    figure.suptitle(title, fontsize=11)
    return figure


def saturation():
    """tanh and its slope, which is all that a gradient keeps of itself behind it."""
    before = np.linspace(-6, 6, 200)
    figure, axis = plt.subplots(figsize=(6, 2.6), dpi=72, layout="constrained")
    plt.close(figure)
    axis.plot(before, np.tanh(before), label="tanh: the pixel, -1 is black")
    axis.plot(before, 1 - np.tanh(before) ** 2, label="its slope")
    axis.set(title="The last activation", xlabel="before the activation", ylabel="value")
    axis.legend(fontsize=8)
    return figure


def darkening(study, columns=5):
    """``results/collapse.json`` as panels, one a suspect: all its seeds.

    Red is the mean brightness of validation images over that of their originals: 1 is right, 0 is
    black, and a curve that ends early is no longer a number. Blue is the slope of tanh.
    """
    rows = -(-len(study["runs"]) // columns)
    figure, axes = plt.subplots(
        rows, columns, figsize=(2.6 * columns, 2.1 * rows), dpi=72, layout="constrained",
        sharex=True, sharey=True, squeeze=False,
    )  # fmt: skip
    plt.close(figure)
    for axis in axes.flat[len(study["runs"]) :]:
        axis.axis("off")
    for axis, (name, runs) in zip(axes.flat, study["runs"].items(), strict=False):
        for run in runs:
            target = np.array(run["val_target_brightness"], float)
            epochs = np.arange(1, len(target) + 1)
            axis.plot(epochs, np.array(run["val_brightness"], float) / target, color="C3", lw=1.2)
            axis.plot(epochs, np.array(run["slope"], float), color="C0", lw=0.8, ls="--")
        axis.axhline(1.0, color="grey", lw=0.8, ls=":")
        axis.set_title(f"{name}\n{', '.join(run['outcome'] for run in runs)}", fontsize=8)
        axis.set_ylim(-0.05, 2.0)
    for axis in axes[-1]:
        axis.set_xlabel("epoch")
    for axis in axes[:, 0]:
        axis.set_ylabel("red: brightness / target\nblue: slope of tanh", fontsize=8)
    seeds = "one seed" if study["seeds"] == 1 else f"{study['seeds']} seeds"
    figure.suptitle(
        f"Which part makes it black? {seeds} each: {study['data']['name']}", fontsize=11
    )
    return figure
