"""A picture of any size, three times as large: what ``medsr upscale`` does.

With the SRResNet that ``medsr compare`` trained, whose weights come with the package. Its result
is moved to the nearest picture that reduces to the input (``degrade.consistent``), so it agrees
with it, but for rounding to 8 bit and where it is clipped at black and white. What is added
between the pixels is a guess, and ``trust`` tells the two apart.
"""

import functools
from pathlib import Path

import keras
import numpy as np
from PIL import Image

from . import compare, decoding, figures, results, study, trust
from .degrade import Consistent
from .paths import UserError

NETWORK, FACTOR = "SRResNet", 3
MOST_PIXELS = 2048 * 2048  # of the input: the network's features of these fill 3 GB


@functools.lru_cache(maxsize=4)
def network(height, width):
    """The network for LR pictures of this size: a ``keras.Model``, LR -> SR in [-1, 1]."""
    trained = study.network(results.recorded("systems"), NETWORK, (height, width))
    return keras.Model(trained.input, Consistent(FACTOR)([trained.output, trained.input]))


def upscaled(lr):
    """uint8 (N, h, w, 1) -> uint8 (N, 3h, 3w, 1). Raises UserError for too large pictures."""
    _, height, width, _ = lr.shape
    if height * width > MOST_PIXELS:
        raise UserError(
            f"{width}x{height} pixels are more than {MOST_PIXELS // 10**6} million, which memory "
            "might not hold: cut the picture into parts first."
        )
    return compare.network(network(height, width))(lr)


def upscaled_file(file, folder, guess=False):
    """Enlarges one file; the paths of what was written to ``folder``, which must exist.

    NAME_x3.png is the result: 8-bit grey, whatever the file was (files of more bits are
    stretched from their own minimum to their maximum). With ``guess`` a figure NAME_guess.png
    says how far each pixel is the network's guess. Raises UserError where the file cannot be read,
    OSError where the result cannot be written.
    """
    try:
        lr = np.asarray(decoding.opened(file))[None, ..., None]
    except (decoding.Unusable, OSError) as error:
        raise UserError(f"{file}: {error}") from None
    sr = upscaled(lr)
    written = [folder / f"{Path(file).stem}_x{FACTOR}.png"]
    Image.fromarray(sr[0, ..., 0]).save(written[0])
    if guess:
        written.append(folder / f"{Path(file).stem}_guess.png")
        strength = trust.strength(trust.guessed(sr, FACTOR))
        figures.guess_map(sr[0], strength[0], Path(file).name).savefig(written[1], dpi=100)
    return written
