"""A picture of any size, three times as large: what ``medsr upscale`` does.

With ``pretrained.network``, whose result agrees with its input, but for rounding to 8 bit and
where it is clipped at black and white. What is added between the pixels is a guess, and ``trust``
tells the two apart.
"""

import functools
from pathlib import Path

import numpy as np
from PIL import Image

from .. import data, figures, scoring
from ..machine import UserError
from . import pretrained

FACTOR = 3
MOST_PIXELS = 1448 * 1448  # of the input: the network's features of these fill some 6 GB


@functools.lru_cache(maxsize=4)
def network(height, width, sharpness):
    """The network for LR pictures of this size, kept for the next picture of it."""
    return pretrained.network(sharpness, (height, width))


def upscaled(lr, sharpness=0.0):
    """uint8 (N, h, w, 1) -> uint8 (N, 3h, 3w, 1). Raises UserError for too large pictures."""
    _, height, width, _ = lr.shape
    if height * width > MOST_PIXELS:
        raise UserError(
            f"{width}x{height} pixels are more than {MOST_PIXELS // 10**6} million, which memory "
            "might not hold: cut the picture into parts first."
        )
    return scoring.as_method(network(height, width, sharpness), batch_size=1)(lr)


def upscaled_file(file, folder, guess=False, sharpness=0.0):
    """Enlarges one file; the paths of what was written to ``folder``, which must exist.

    NAME_x3.png is the result: 8-bit grey, whatever the file was (files of more bits are
    stretched from their own minimum to their maximum). With ``guess`` a figure NAME_guess.png
    says how far each pixel is the network's guess. ``sharpness`` is ``pretrained.network``'s.
    Raises UserError where the file cannot be read, OSError where the result cannot be written.
    """
    try:
        lr = np.asarray(data.opened(file))[None, ..., None]
    except (data.Unusable, OSError) as error:
        raise UserError(f"{file}: {error}") from None
    sr = upscaled(lr, sharpness)
    written = [folder / f"{Path(file).stem}_x{FACTOR}.png"]
    Image.fromarray(sr[0, ..., 0]).save(written[0])
    if guess:
        written.append(folder / f"{Path(file).stem}_guess.png")
        strength = scoring.guess_strength(scoring.guessed(sr, FACTOR))
        figures.guess_map(sr[0], strength[0], Path(file).name).savefig(written[1], dpi=100)
    return written
