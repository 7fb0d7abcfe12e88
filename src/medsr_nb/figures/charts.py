"""Curves and points: a training over its epochs, methods beside each other."""

import matplotlib.pyplot as plt
import numpy as np

from ..scoring import headed


def curves(history, bicubic_psnr, title):
    """The struggle in three panels: losses, the discriminator's accuracy, the output's look.

    ``bicubic_psnr`` (dB) is drawn as the line to beat.
    """
    figure, axes = plt.subplots(1, 4, figsize=(13, 3), dpi=72, layout="constrained")
    plt.close(figure)
    epochs = np.arange(1, len(history["seconds"]) + 1)

    def draw(axis, names, heading, unit):
        for name, label in names.items():
            style = "--" if name.startswith("val_") else "-"
            axis.plot(epochs, history[name], style, marker=".", label=label)
        axis.set(title=heading, xlabel="epoch", ylabel=unit)

    draw(
        axes[0],
        {"generator_loss": "generator", "discriminator_loss": "discriminator"},
        "Losses",
        "MSE + weighted nats; nats",
    )
    axes[0].axhline(np.log(2), color="grey", lw=0.8, ls=":", label="undecided, log 2")
    axes[0].set_yscale("log")
    draw(
        axes[1],
        {"real_accuracy": "on originals", "fake_accuracy": "on generated"},
        "Discriminator's accuracy",
        "share right",
    )
    axes[1].axhline(0.5, color="grey", lw=0.8, ls=":", label="guessing")
    axes[1].set_ylim(-0.03, 1.03)
    draw(
        axes[2],
        {
            "brightness": "output, training",
            "val_brightness": "output, validation",
            "val_target_brightness": "target, validation",
        },
        "Mean brightness",
        "grey level (0 to 255)",
    )
    axes[2].set_ylim(bottom=0)
    draw(axes[3], {"val_psnr": "generated, validation"}, "PSNR", "dB")
    axes[3].axhline(bicubic_psnr, color="grey", lw=0.8, ls=":", label="bicubic")
    for axis in axes:
        axis.legend(fontsize=7)
    figure.suptitle(title, fontsize=11)
    return figure


def tradeoff(summary, title):
    """Distortion against perception (Blau & Michaeli 2018, arXiv 1711.06077), a panel a kind.

    ``summary`` is ``Comparison.summary()`` with a "perceptual" score, or a recorded one. To the
    right is nearer to the original, downwards more alike to the judge; bars are 95 % intervals.
    """
    kinds = [kind for kind in summary if kind != "all"]
    figure, axes = plt.subplots(
        1, len(kinds), figsize=(6.5 * len(kinds), 4.2), dpi=72, layout="constrained", squeeze=False
    )
    plt.close(figure)
    for axis, kind in zip(axes.flat, kinds, strict=True):
        for number, (name, row) in enumerate(summary[kind].items()):
            (x, *xs), (y, *ys) = row["psnr"], row["perceptual"]
            colour = plt.get_cmap("tab20")(number)
            bars = {"xerr": [[x - xs[0]], [xs[1] - x]], "yerr": [[y - ys[0]], [ys[1] - y]]}
            axis.errorbar(x, y, **bars, fmt="os^D"[number % 4], color=colour, lw=0.8, label=name)
        axis.set(title=headed(kind, summary[kind]), xlabel="PSNR (dB), right is better")
        axis.set_ylabel("perceptual distance, down is better")
    names = axes[0, 0].get_legend_handles_labels()
    figure.legend(*names, loc="outside right center", fontsize=8)
    figure.suptitle(title, fontsize=11)
    return figure


def gains(summary, title):
    """Each method's PSNR gain over the reference, the summary's first row; a panel a kind.

    ``summary`` as for ``tradeoff``; bars are 95 % intervals. Bicubic stands only where it is
    the reference: far below the others, it would flatten what they differ in.
    """
    kinds = [kind for kind in summary if kind != "all"]
    reference, *names = summary[kinds[0]]
    names = [name for name in names if name != "bicubic"]
    figure, axes = plt.subplots(
        1,
        len(kinds),
        figsize=(5.5 * len(kinds), 0.3 * len(names) + 1.3),
        dpi=72,
        layout="constrained",
        squeeze=False,
        sharey=True,
    )
    plt.close(figure)
    for axis, kind in zip(axes.flat, kinds, strict=True):
        for place, name in enumerate(names):
            mean, low, high = summary[kind][name]["psnr_gain"]
            axis.errorbar(mean, place, xerr=[[mean - low], [high - mean]], fmt="o", color="C0")
        axis.axvline(0.0, color="grey", lw=0.8, ls=":")
        axis.set(title=headed(kind, summary[kind]), xlabel=f"PSNR gain over {reference} (dB)")
    axes[0, 0].set_yticks(range(len(names)), names)
    axes[0, 0].invert_yaxis()
    figure.suptitle(title, fontsize=11)
    return figure
