"""Figures: titled panels that name the data, the units and the score.

Every function returns a matplotlib figure that pyplot has already forgotten, so that Jupyter
shows it once, where it is the value of a cell.
"""

import matplotlib.pyplot as plt
import numpy as np

GREY = {"cmap": "gray", "vmin": 0, "vmax": 255, "interpolation": "nearest"}


def three_rows(comparison, method, count=5, title=""):
    """The paper's figures 5 and 6: originals, low resolution, generated; one column an image.

    The columns are spread over the test images from the smallest to the largest gain over
    the reference, so that the figure shows failures too. The low-resolution row is, as in the
    paper, the re-enlarged image: the reference's result. The score on a panel is PSNR in dB
    and SSIM.
    """
    chosen = spread(comparison, method, count)
    reference = comparison.reference
    rows = [
        ("original\n(HR)", comparison.images.pixels, None),
        (f"low resolution\n({reference})", comparison.sr[reference], reference),
        (f"generated\n({method})", comparison.sr[method], method),
    ]
    figure, axes = panels(len(rows), len(chosen))
    for line, (label, images, scored) in zip(axes, rows, strict=True):
        for axis, index in zip(line, chosen, strict=True):
            axis.imshow(images[index, ..., 0], **GREY)
            axis.set_title(_score(comparison, scored, index), fontsize=8)
        line[0].set_ylabel(label, fontsize=9)
    for axis, index in zip(axes[0], chosen, strict=True):
        axis.set_title(comparison.images.names[index].rsplit("/", 1)[-1][:22], fontsize=7)
    figure.suptitle(f"{title or method}: {comparison.images.name}", fontsize=11)
    return figure


def spread(comparison, method, count):
    """Indices of ``count`` test images, evenly spaced in order of the gain over the reference."""
    scores = comparison.scores
    order = np.argsort(scores[method]["psnr"] - scores[comparison.reference]["psnr"])
    return order[np.linspace(0, len(order) - 1, min(count, len(order))).round().astype(int)]


def _score(comparison, method, index):
    if method is None:
        return ""
    scores = comparison.scores[method]
    return f"{scores['psnr'][index]:.1f} dB, {scores['ssim'][index]:.3f}"


def panels(rows, columns, size=1.7):
    """A figure of image panels without ticks: (figure, axes (rows, columns))."""
    figure, axes = plt.subplots(
        rows,
        columns,
        figsize=(size * columns + 0.6, (size + 0.25) * rows + 0.4),
        squeeze=False,
        layout="constrained",
        dpi=72,  # small files: notebooks carry their figures
    )
    plt.close(figure)
    for axis in axes.flat:
        axis.set(xticks=[], yticks=[])
    return figure, axes


def gallery(images, titles, title, columns=8):
    """Images (N, H, W, 1) or a list of such planes as titled panels, ``columns`` in a row."""
    rows = -(-len(titles) // columns)
    figure, axes = panels(rows, min(columns, len(titles)))
    for axis in axes.flat[len(titles) :]:
        axis.axis("off")
    for axis, image, text in zip(axes.flat, images, titles, strict=False):
        axis.imshow(image[..., 0], **GREY)
        axis.set_title(text, fontsize=8)
    figure.suptitle(title, fontsize=11)
    return figure


def previews(callback, original, data_name, count=7):
    """How one validation image changed over the epochs, beside its original (S, S, 1)."""
    kept = callback.pictures
    chosen = sorted({round(i) for i in np.linspace(0, len(kept) - 1, count - 1)})
    images = [kept[i][1][0] for i in chosen] + [original]
    titles = [f"epoch {kept[i][0]}\nmean {kept[i][1][0].mean():.0f} of 255" for i in chosen] + [
        f"original\nmean {original.mean():.0f} of 255"
    ]
    return gallery(images, titles, f"One validation image while training: {data_name}")


def methods_grid(comparison, count=3, title="", zoom=None):
    """The paper's figure 7: originals, then every method, one row each; one column an image.

    The columns are spread over the test images by the gain of the last method. With ``zoom``,
    a side in pixels, only that middle square of each image is shown. The score on a panel is
    PSNR in dB and SSIM, of the whole image.
    """
    names = list(comparison.sr)
    chosen = spread(comparison, names[-1], count)
    figure, axes = panels(len(names) + 1, len(chosen), size=1.4)
    rows = [("original", comparison.images.pixels, None)]
    rows += [(name, comparison.sr[name], name) for name in names]
    for line, (label, images, scored) in zip(axes, rows, strict=True):
        for axis, index in zip(line, chosen, strict=True):
            axis.imshow(middle(images[index], zoom)[..., 0], **GREY)
            axis.set_title(_score(comparison, scored, index), fontsize=8)
        line[0].set_ylabel(label, fontsize=9)
    figure.suptitle(f"{title}: {comparison.images.name}", fontsize=11)
    return figure


def middle(image, zoom):
    """The middle square of side ``zoom`` of an image (S, S, 1); all of it where that is None."""
    edge = 0 if zoom is None else (image.shape[0] - zoom) // 2
    return image[edge : image.shape[0] - edge, edge : image.shape[1] - edge]


def one_image(comparison, index, title, zoom=None, columns=7):
    """Test image ``index`` by every method, the original first: panels that wrap after ``columns``.

    For many methods, where ``methods_grid`` would be too tall; its ``zoom`` and scores.
    """
    shown = [middle(comparison.images.pixels[index], zoom)]
    shown += [middle(images[index], zoom) for images in comparison.sr.values()]
    titles = [f"{name}\n{_score(comparison, name, index)}" for name in comparison.sr]
    place = comparison.images.names[index].rsplit("/", 1)[-1]
    heading = f"{title}: {comparison.images.name}, {place}"
    return gallery(shown, ["original\n", *titles], heading, columns)
