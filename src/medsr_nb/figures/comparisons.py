"""Methods beside each other on the same images: the whole, a part magnified, and the errors.

Each function takes a ``scoring.Comparison``. The score under which a picture stands is its PSNR in
dB and its SSIM, of the whole image.
"""

import numpy as np

from . import palette
from .grid import (
    BAR,
    GAP,
    HEAD,
    LINE,
    NEAR,
    QUANTILE,
    SMALL,
    Bar,
    Tile,
    colour_bar,
    grid,
    panel_width,
    tens,
    whole_scale,
)
from .regions import LENS, WORTH_SEEING, Region, most_detailed
from .sheet import WIDTH, Sheet, outline


def three_rows(comparison, method, count=None, title=""):
    """The paper's figures 5 and 6: originals, low resolution, generated; one column an image.

    The columns are spread over the test images from the smallest to the largest gain over the
    reference, so that the figure shows failures too; as many as fit, or ``count``. The
    low-resolution row is, as in the paper, the re-enlarged image: the reference's result.

    Beside each picture of more than 32 pixels stand the boxed part of it, magnified, and the
    absolute error, or the input beside the original. The box is where the original has most
    detail. The scale of the errors is that of all methods and images of the comparison, so that
    its figures can be set beside each other.
    """
    size, reference = comparison.images.size, comparison.reference
    small = size <= SMALL
    chosen = spread(comparison, method, count or (7 if small else 2))
    lens = None if small else round(LENS * size)
    regions = [lens and region_of(comparison, index, lens) for index in chosen]
    top = error_top(comparison, range(len(comparison.images)), comparison.sr)
    low = reference if small else f"{reference} enlargement"
    rows = {None: "original", reference: low, method: method}
    tiles = []
    for name, label in rows.items():
        for index, region in zip(chosen, regions, strict=True):
            image = picture_of(comparison, name, index)
            caption = caption_of(comparison, name, index, label, small)
            last = input_tile if name is None else error_tile
            beside = ()
            if region:
                beside = (Tile(palette.grey(region.of(image))), last(comparison, name, index, top))
            tiles.append(Tile(palette.grey(image), caption, region, beside))
    beside = "beside each: the box, magnified, and the absolute error (the original: the input)"
    bar = None if small else error_bar(top, beside)
    heading = f"{title or method}: {comparison.images.name}"
    return grid(heading, tiles, panel_width(size), len(chosen), bar)


def methods_grid(comparison, title=""):
    """The paper's figure 7: originals, then every method, one row each; one column an image.

    The columns are spread over the test images by the gain of the last method. The large pictures
    are a part of a third of the side, where the original has most detail. Beside the original's
    stand all of it, with that part outlined, and the input; beside the others the absolute error
    of the part and of the whole.
    """
    names = list(comparison.sr)
    chosen = spread(comparison, names[-1], count=2)
    regions = [region_of(comparison, index) for index in chosen]
    top = error_top(comparison, chosen, names)
    tiles = []
    for name in (None, *names):
        for index, region in zip(chosen, regions, strict=True):
            image = picture_of(comparison, name, index)
            if name is None:
                beside = (
                    Tile(palette.grey(image), region=region),
                    input_tile(comparison, name, index),
                )
            else:
                error = error_tile(comparison, name, index, top)
                beside = error._replace(colours=region.of(error.colours)), error
            caption = caption_of(comparison, name, index, name)
            tiles.append(Tile(palette.grey(region.of(image)), caption, beside=beside))
    beside = "beside each part: its absolute error, and that of the whole image"
    bar = error_bar(top, f"{beside}\n(beside the original: all of it, and the input)")
    return grid(f"{title}: {comparison.images.name}", tiles, columns=len(chosen), bar=bar)


def one_image(comparison, index, title, zoom=None, at=None, disc=None):
    """Test image ``index`` by every method, magnified; the whole original first.

    For many methods, where ``methods_grid`` would be too tall. The part is of ``zoom`` x ``zoom``
    pixels, a third of the side where that is None; it is where the original has most detail, or at
    ``at``, its upper left pixel (row, column). At most three pictures stand in a row. A ring
    lies around a ``disc`` of the original: (row, column, radius).
    """
    region = region_of(comparison, index, zoom, at)
    original = comparison.images.pixels[index]
    inside = disc and (disc[0] - region.top, disc[1] - region.left, disc[2])
    head = "the original, the box magnified"
    tiles = [
        Tile(palette.grey(original), "the original", region, disc=disc),
        Tile(palette.grey(region.of(original)), head, disc=inside),
    ]
    for name in comparison.sr:
        part = palette.grey(region.of(picture_of(comparison, name, index)))
        tiles.append(Tile(part, caption_of(comparison, name, index, name)))
    return grid(heading_of(comparison, index, title), tiles, columns=3)


def image_rows(comparison, title="", methods=None):
    """A row for each image: the original with a box, and the box by every method, magnified.

    Below each magnified part is its absolute error; ``methods`` are up to three names, by default
    the first three. For a few images that are all worth seeing, such as ``data.plate``.
    """
    methods = list(methods or comparison.sr)[:3]
    images = comparison.images
    columns = len(methods) + 1
    scale = whole_scale(images.size)
    room = (WIDTH - scale * images.size - GAP) // columns - NEAR
    room = min(room, 2 * scale * images.size // 3)
    zoom = int(2.5 * scale)
    side = room // zoom
    fits = 2 * side * zoom <= scale * images.size  # the error, as large as the part
    zooms = zoom, zoom if fits else zoom / 2
    top = error_top(comparison, range(len(images)), methods)
    head = 2 * LINE + 5  # a name, and below it the scores
    high = head + scale * images.size + GAP
    sheet = Sheet(WIDTH, HEAD + len(images) * high + BAR)
    sheet.write(0, 4, f"{title}: {images.name}", palette.TITLE, weight="bold")
    for index in range(len(images)):
        region = region_of(comparison, index, side)
        down = HEAD + index * high
        sheet.write(0, down, short_name(comparison, index))
        whole = sheet.picture(palette.grey(images.pixels[index]), 0, down + head, scale)
        outline(whole, region, scale)
        for place, name in enumerate((None, *methods)):
            left = scale * images.size + GAP + place * (room + NEAR)
            part = palette.grey(region.of(picture_of(comparison, name, index)))
            sheet.picture(part, left, down + head, zooms[0])
            caption = "original" if name is None else caption_of(comparison, name, index, name)
            sheet.write(left, down, caption.replace(": ", "\n"), linespacing=1.25)
            if name:
                error = region.of(error_tile(comparison, name, index, top).colours)
                sheet.picture(error, left, down + head + side * zoom + NEAR, zooms[1])
    colour_bar(sheet, 0, HEAD + len(images) * high, error_bar(top, "below each part: its error"))
    return sheet


def spread(comparison, method, count):
    """Indices of ``count`` test images, evenly spaced in order of the gain over the reference."""
    scores = comparison.scores
    order = np.argsort(scores[method]["psnr"] - scores[comparison.reference]["psnr"])
    return order[np.linspace(0, len(order) - 1, min(count, len(order))).round().astype(int)]


def region_of(comparison, index, side=None, at=None):
    """The part of test image ``index`` to magnify, at ``at``.

    Without that it is where WORTH_SEEING has one, or where the original has most detail.
    """
    side = side or comparison.images.size // 3
    seen = WORTH_SEEING.get(comparison.images.names[index])
    if seen and max(seen) + side <= comparison.images.size:
        at = at or seen
    if at is None:
        return most_detailed(comparison.images.pixels[index], side)
    return Region(*at, side)


def picture_of(comparison, name, index):
    """The result of a method, or the original where the name is None: (S, S, 1)."""
    images = comparison.images.pixels if name is None else comparison.sr[name]
    return images[index]


def caption_of(comparison, name, index, label, small=False):
    """What stands above a picture: the method with its score, or the original with its name.

    ``small`` is for pictures too narrow for one line.
    """
    if name is None:
        image = short_name(comparison, index)
        return image[:16] if small else f"original: {image[:44]}"
    scores = comparison.scores[name]
    psnr, ssim = scores["psnr"][index], scores["ssim"][index]
    if small:
        return f"{label[:18]}\n{psnr:.1f} dB, SSIM {ssim:.2f}"
    return f"{label}: {psnr:.2f} dB, SSIM {ssim:.3f}"


def short_name(comparison, index):
    """The file's name of a test image, without its folders."""
    return comparison.images.names[index].rsplit("/", 1)[-1]


def heading_of(comparison, index, title):
    """The title of a figure of one test image, whose name the data's may hold already."""
    data, image = comparison.images.name, short_name(comparison, index)
    return f"{title}: {data}" if image in data else f"{title}: {data}, {image}"


def error_of(comparison, name, index):
    """The absolute error of a method in grey levels, (S, S, 1)."""
    original = comparison.images.pixels[index].astype(float)
    return np.abs(comparison.sr[name][index] - original)


def error_top(comparison, chosen, names):
    """The end of a scale for the errors of these images and methods: some tens of grey levels."""
    errors = [error_of(comparison, name, index) for name in names for index in chosen]
    return tens(np.quantile(errors, QUANTILE))


def error_tile(comparison, name, index, top):
    """The absolute error of a method as a picture."""
    return Tile(palette.heat(error_of(comparison, name, index), top))


def input_tile(comparison, name, index, top=None):
    """What every method was given: the LR image, beside the original."""
    return Tile(palette.grey(comparison.lr[index]))


def error_bar(top, label):
    """The scale of the errors, in grey levels."""
    return Bar(palette.heat, 0, top, f"absolute error in grey levels of 255\n{label}")
