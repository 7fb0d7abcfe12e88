"""A picture that a notebook shows while a network trains, and renews after each epoch."""

import io

import keras
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from .. import degradation
from ..machine import watched_cell

CHOICE = 64  # images among which the one with most contrast is shown
SIDE, GAP, HEAD = 200, 8, 22  # pixels on the page: of a picture at least, between two, of the text


class LivePicture(keras.callbacks.Callback):
    """One image of an ImageSet: bicubic enlargement, result so far, and original, in one row.

    It is shown in a notebook that somebody watches, above the lines of the epochs, and renewed in
    place. The last one stays. Anywhere else nothing is drawn.
    """

    def __init__(self, images):
        super().__init__()
        self.images = images
        self.handle = None

    def on_train_begin(self, logs=None):
        if self.handle is None and watched_cell():  # a stage follows another
            from IPython.display import display  # whoever has a cell has it

            pixels = np.asarray(self.images.pixels[:CHOICE])
            index = int(pixels.std(axis=(1, 2, 3)).argmax())
            hr = self.model.originals(degradation.to_float(pixels[[index]]))
            self.original, self.label = degradation.to_pixels(hr), self.images.labels[[index]]
            self.handle = display(self.row("when this run began"), display_id=True)

    def on_epoch_end(self, epoch, logs=None):
        if self.handle is not None:
            self.handle.update(self.row(f"after epoch {epoch + 1}"))

    def row(self, caption):
        """The row as Jupyter shows it, with the network as it is now."""
        from IPython.display import Image as Shown

        factor = self.model.factor
        lr = degradation.reduced(degradation.to_float(self.original), factor)
        pictures = {
            "bicubic": degradation.to_pixels(degradation.enlarged(lr, factor))[0],
            caption: degradation.to_pixels(self.model.enlarged(lr, self.label, training=False))[0],
            "original": self.original[0],
        }
        return Shown(data=png_row(pictures), format="png")


def png_row(pictures):
    """{caption: uint8 (S, S, 1)} side by side, each at a whole multiple of its pixels: a PNG."""
    scale = -(-SIDE // len(next(iter(pictures.values()))))
    side = scale * len(next(iter(pictures.values())))
    row = Image.new("L", (len(pictures) * (side + GAP) - GAP, HEAD + side), 255)
    draw, font = ImageDraw.Draw(row), ImageFont.load_default(14)
    for place, (caption, pixels) in enumerate(pictures.items()):
        left = place * (side + GAP)
        draw.text((left, 2), caption, 0, font)
        large = pixels[..., 0].repeat(scale, axis=0).repeat(scale, axis=1)
        row.paste(Image.fromarray(large), (left, HEAD))
    png = io.BytesIO()
    row.save(png, format="png")
    return png.getvalue()
