"""Pictures beside each other, each at a whole multiple of its pixels, in true greys.

A picture is a ``Sheet``, a matplotlib figure that Jupyter shows once, where it is the value of a
cell, with two real pixels for one of the page.
"""

import numpy as np

from . import palette
from .grid import QUANTILE, Bar, Tile, grid, panel_width, tens
from .regions import LENS, Region

BOXED = ("cutmix", "cutmixup", "cutblur")  # of the mixtures, those with a box


def gallery(images, titles, title, columns=None, width=None):
    """Images (N, H, W, 1) or a list of such planes, in rows of at most ``columns`` that fit.

    Each is drawn at the whole multiple that makes it at least ``width`` CSS pixels wide: 300, or
    four times their size where no image has more than 32 pixels.
    """
    tiles = [Tile(palette.grey(image), text) for image, text in zip(images, titles, strict=True)]
    return grid(title, tiles, width or panel_width(max(map(len, images))), columns)


def previews(callback, original, data_name, epochs=None):
    """How one validation image changed over the epochs, beside its original (S, S, 1).

    ``epochs`` are those to show, where there are pictures of them; by default five of all.
    """
    kept = {epoch: images[0] for epoch, images in callback.pictures}
    places = {round(place) for place in np.linspace(0, len(kept) - 1, 5)}
    chosen = epochs or [epoch for place, epoch in enumerate(kept) if place in places]
    images = [kept[epoch] for epoch in chosen if epoch in kept] + [original]
    names = [f"epoch {epoch}" for epoch in chosen if epoch in kept] + ["original"]
    titles = [
        f"{name}: mean {image.mean():.0f} of 255" for name, image in zip(names, images, strict=True)
    ]
    return gallery(images, titles, f"One validation image while training: {data_name}")


def mixtures(fed, plain, original, box, title):
    """What each mixture feeds the network; beside it what it changed, and an edge magnified.

    ``fed`` is {name: image (S, S, 1)}, ``plain`` the input without any mixture, ``original`` its
    HR image, all in grey levels; ``box``, bool (S, S), is outlined where a mixture has one.
    """
    changes = {name: np.asarray(image, float) - plain for name, image in fed.items()}
    top = tens(max(np.quantile(np.abs(change), QUANTILE) for change in changes.values()))
    region, lens = square_of(box), edge_of(box, original)
    tiles = [
        Tile(palette.grey(image), name, None, (Tile(palette.grey(lens.of(image))),))
        for name, image in {"none: the plain input": plain, "its original": original}.items()
    ]
    for name, change in changes.items():
        outlined = region if name in BOXED else None
        small = Tile(palette.difference(change, top), "", outlined)
        part = Tile(palette.grey(lens.of(fed[name])))
        tiles.append(Tile(palette.grey(fed[name]), name, outlined, (small, part)))
    label = "beside each: what it changed in the plain input, in grey levels (red is brighter),\n"
    label += "and the middle of an edge of the box, magnified"
    return grid(title, tiles, columns=2, bar=Bar(palette.difference, -top, top, label))


def square_of(box):
    """The region of a box, bool (S, S)."""
    rows, columns = np.flatnonzero(box.any(axis=1)), np.flatnonzero(box.any(axis=0))
    return Region(int(rows[0]), int(columns[0]), len(rows))


def edge_of(box, original):
    """A small region around the middle of an edge of the box: where the original varies most."""
    top, left, side = square_of(box)
    row, column = top + side / 2, left + side / 2
    small = int(LENS * len(box))
    middles = ((top, column), (top + side, column), (row, left), (row, left + side))
    corners = np.clip(np.array(middles) - small / 2, 0, len(box) - small).astype(int).tolist()
    regions = [Region(*corner, small) for corner in corners]
    return max(regions, key=lambda region: region.of(original).std())
