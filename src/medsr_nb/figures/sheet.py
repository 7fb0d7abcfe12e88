"""The sheet that every figure is drawn on: exact pixels, shown at twice the density, small files.

A sheet is measured in CSS pixels, the unit of a web page. Whoever shows it gets twice as many real
pixels each way. An image on it is drawn at a whole number of real pixels a pixel, so that nothing
is smoothed and a reader can count. A notebook has nothing to set: a sheet knows how to show itself.
"""

import base64
import io
import struct
import zlib

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle

from . import palette

WIDTH = 932  # CSS pixels, which a notebook's page has room for
DENSITY = 2  # real pixels a CSS pixel
POINTS = 72  # CSS pixels an inch, so that a point of matplotlib is one of them
COLOURS = 256  # that a PNG with one byte a pixel can have; half of them may be no greys
CHART = 32  # colours that a chart needs: a few lines, and the edges of letters


class Sheet(Figure):
    """A matplotlib figure of ``width`` x ``height`` CSS pixels; places count from the top left."""

    def __init__(self, width=WIDTH, height=300, **settings):
        super().__init__(figsize=(width / POINTS, height / POINTS), dpi=POINTS, **settings)
        self.wide, self.high = width, height
        self.colours = CHART

    def area(self, left, top, width, height):
        """Axes of so many CSS pixels, without any frame."""
        bottom = self.high - top - height
        axes = self.add_axes(
            (left / self.wide, bottom / self.high, width / self.wide, height / self.high)
        )
        axes.set_axis_off()
        return axes

    def picture(self, colours, left, top, scale):
        """An image, RGB uint8 (H, W, 3), each pixel a square of ``scale`` CSS pixels; its axes.

        ``left``, ``top`` and ``scale`` are multiples of 1 / DENSITY.
        """
        self.colours = COLOURS
        height, width = colours.shape[:2]
        axes = self.area(left, top, width * scale, height * scale)
        axes.imshow(colours, interpolation="nearest", aspect="auto")
        return axes

    def write(self, left, top, text, size=palette.TEXT, **settings):
        """Text whose upper left corner is there."""
        place = (left / self.wide, 1 - top / self.high)
        return self.text(*place, text, size=size, va="top", **settings)

    def png(self):
        """The sheet as the bytes of a PNG with ``DENSITY`` real pixels a CSS pixel."""
        drawn = io.BytesIO()
        self.savefig(drawn, format="rgba", dpi=POINTS * DENSITY)
        shape = (round(self.high * DENSITY), round(self.wide * DENSITY), 4)
        pixels = np.frombuffer(drawn.getvalue(), np.uint8).reshape(shape)
        return compressed(pixels[..., :3], self.colours)

    def shown(self):
        """What Jupyter is sent: (data, metadata), by the kinds of data."""
        data = {"image/png": base64.b64encode(self.png()).decode(), "text/plain": repr(self)}
        return data, {"image/png": {"width": self.wide, "height": self.high}}

    def _ipython_display_(self):
        """What Jupyter calls. It goes before the way in which Jupyter shows other figures."""
        from IPython.display import display  # whoever calls this has it

        data, metadata = self.shown()
        display(data, metadata=metadata, raw=True)


def outline(axes, region, scale):
    """A box around a ``regions.Region`` of an image on ``axes``, just outside of its pixels."""
    edge = 2 / scale  # half of the wider line, in pixels of the image
    corner = (region.left - 0.5 - edge, region.top - 0.5 - edge)
    side = region.side + 2 * edge
    for colour, width in (("black", 4), (palette.BOX, 2)):
        shape = {"fill": False, "edgecolor": colour, "linewidth": width, "joinstyle": "miter"}
        axes.add_patch(Rectangle(corner, side, side, antialiased=False, **shape))


def ring(axes, disc):
    """A thin ring around a disc of an image on ``axes``: (row, column, radius) in its pixels."""
    row, column, radius = disc
    for colour, width in (("black", 2.5), (palette.BOX, 1)):
        shape = {"fill": False, "edgecolor": colour, "linewidth": width}
        axes.add_patch(Circle((column, row), radius, antialiased=False, **shape))


def compressed(pixels, colours=COLOURS):
    """RGB uint8 (H, W, 3) as the bytes of a PNG with one byte a pixel, of at most so many colours.

    The seldom ones, from the edges of letters mostly, become the nearest of the others. A grey of
    a picture then stays within a level or two of what it was.
    """
    codes = pixels.astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], np.uint32)
    found, places, counts = np.unique(codes, return_inverse=True, return_counts=True)
    frequent = found[np.argsort(-counts, kind="stable")]
    greys = (rgb(frequent) == rgb(frequent)[:, :1]).all(axis=1)
    bright = frequent[~greys][: colours // 2]
    kept = np.sort(np.concatenate([bright, frequent[greys][: colours - len(bright)]]))
    indices = nearest(rgb(found), rgb(kept)).astype(np.uint8)[places.reshape(codes.shape)]
    if len(bright):
        return written(indices, rgb(kept).astype(np.uint8))
    return written(rgb(kept)[:, 0].astype(np.uint8)[indices])  # compresses better as what it is


def written(pixels, colours=None):
    """uint8 (H, W), greys or places among ``colours`` (K, 3), as the bytes of a PNG.

    A row that repeats the one above it is stored as that (the format's filter 2). Magnified pixels
    repeat most rows. With a palette Pillow would write them all out, which takes a sixth more.
    """
    again = np.append(False, (pixels[1:] == pixels[:-1]).all(axis=1))
    filters = np.where(again, 2, 0).astype(np.uint8)
    rows = np.where(again[:, None], np.uint8(0), pixels)
    form = struct.pack(">IIBBBBB", *pixels.shape[::-1], 8, 0 if colours is None else 3, 0, 0, 0)
    chunks = [(b"IHDR", form)]
    chunks += [] if colours is None else [(b"PLTE", colours.tobytes())]
    chunks.append((b"IDAT", zlib.compress(np.c_[filters, rows].tobytes(), level=9)))
    return b"\x89PNG\r\n\x1a\n" + b"".join(map(chunk, *zip(*chunks, (b"IEND", b""), strict=True)))


def chunk(name, data):
    """A chunk of a PNG: its length, name, data and checksum."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def rgb(codes):
    """Codes (N,) as red, green and blue, int (N, 3)."""
    return np.stack([codes >> 16, codes >> 8 & 255, codes & 255], axis=1).astype(int)


def nearest(colours, kept):
    """For each of the colours (N, 3) the place of the nearest in ``kept`` (K, 3): int (N,)."""
    blocks = np.array_split(colours, max(1, len(colours) // 4096))
    distances = (((block[:, None] - kept) ** 2).sum(axis=2) for block in blocks)
    return np.concatenate([each.argmin(axis=1) for each in distances])
