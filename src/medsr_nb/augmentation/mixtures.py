"""The CutBlur family: pairs mixed at HR size (Yoo et al. 2020, arXiv 2004.00448).

Each function takes x, the network's input at HR size (an enlarged LR), y, its HR image, both
(B, S, S, 1) in [-1, 1], and the ``Draws`` of the batch; it returns the mixed pair (x', y').
As in the published training, every batch is mixed (theirs mixes one in five for the small
network CARN), one box and one weight serve the whole batch, and where several mixtures are
named, one of them is drawn for each batch (MoA, the mixture of augmentations). The strengths
are the published ones.

Where we depart:

* RGB, the seventh of the family, permutes colour channels, which grey images do not have. It
  is left out, so that among all, each of the other six is drawn with 1/6.
* The published loss skips the pixels that Cutout erased. Here it does not: one pixel in a
  thousand is erased, after the enlargement, so that its block still shows the same LR pixel
  and nothing has to be guessed. So no loss has to carry a mask.
* Beta is drawn from a table of its quantiles: ``keras.random.beta`` draws from gamma, which
  TensorFlow cannot compile under XLA.
"""

import functools

import keras
import numpy as np
from keras import ops

BLEND = 0.6  # the smallest weight of the image
MIXUP = 1.2  # both parameters of the weight's Beta
CUTOUT = 0.001  # the share of pixels
CUT = 0.7  # the side of a box, in that of the image


class Draws:
    """All that chance decides about one batch (B, S, S, 1), whichever mixture then needs it.

    Drawn together where that can be, as every call lengthens the compilation.
    """

    def __init__(self, images, seed):
        batch, size = ops.shape(images)[0], images.shape[1]
        single = ops.unstack(keras.random.uniform((6,), seed=seed), 6)
        self.choice, self.fading, quantile, top, left, side_of_box = single
        order, grey = ops.unstack(keras.random.uniform((2, batch), seed=seed), 2)
        self.grey = (2.0 * grey - 1.0)[:, None, None, None]
        self.partners = ops.argsort(order)  # of each image another or, seldom, itself
        self.weight = beta(MIXUP, quantile)
        self.box = box(size, CUT + 0.01 * keras.random.normal((), seed=seed), top, left)
        self.box_or_rest = ops.logical_xor(self.box, side_of_box < 0.5)
        self.pixels = keras.random.uniform(ops.shape(images), seed=seed)

    def partner(self, images):
        """The image that each is mixed with."""
        return ops.take(images, self.partners, axis=0)

    def average(self, images):
        """Each image averaged with its partner."""
        return self.weight * images + (1.0 - self.weight) * self.partner(images)


def blend(x, y, draws):
    """Both images fade into one grey level of their own: weight 1 - U(0.6, 1)."""
    weight = BLEND + (1.0 - BLEND) * draws.fading
    return tuple(weight * image + (1.0 - weight) * draws.grey for image in (x, y))


def mixup(x, y, draws):
    """Each pair is averaged with another one of the batch: weight Beta(1.2, 1.2)."""
    return draws.average(x), draws.average(y)


def cutout(x, y, draws):
    """One input pixel in a thousand turns black; the target stays whole."""
    return ops.where(draws.pixels < CUTOUT, -1.0, x), y


def cutmix(x, y, draws):
    """One box of each pair comes from another pair, at the same place."""
    return tuple(ops.where(draws.box, draws.partner(image), image) for image in (x, y))


def cutmixup(x, y, draws):
    """Mixup in one box alone or, in every second batch, everywhere else."""
    return tuple(ops.where(draws.box_or_rest, draws.average(image), image) for image in (x, y))


def cutblur(x, y, draws):
    """The input gets a box of its own HR image or, in every second batch, all but a box.

    Section 3, equation 1. The target is the HR image always, so that the network learns where
    to restore detail, and to leave alone what is sharp.
    """
    return ops.where(draws.box_or_rest, y, x), y


MIXTURES = {mix.__name__: mix for mix in (blend, mixup, cutout, cutmix, cutmixup, cutblur)}


def mixed(names, x, y, seed):
    """The pair mixed by one of the named mixtures, drawn for the batch.

    All are computed, which costs little, and one is taken: no branch has to be compiled.
    ``seed`` is a ``keras.random.SeedGenerator``.
    """
    draws, pair = Draws(y, seed), (x, y)
    chosen = ops.floor(len(names) * draws.choice)
    for index, name in enumerate(names):
        mixture = MIXTURES[name](x, y, draws)
        pair = tuple(
            ops.where(chosen == index, new, old) for new, old in zip(mixture, pair, strict=True)
        )
    return pair


def box(size, share, top, left):
    """True inside one square of side ``size * share``, rounded down: (1, S, S, 1).

    ``top`` and ``left`` from 0 to below 1 say which of all places within the image it takes.
    """
    side = ops.clip(ops.floor(size * share), 0.0, size)
    pixels = ops.arange(size, dtype="float32")
    first = [ops.floor((size - side + 1.0) * place) for place in (top, left)]
    rows, columns = (ops.logical_and(pixels >= one, pixels < one + side) for one in first)
    return ops.logical_and(rows[None, :, None, None], columns[None, None, :, None])


def beta(alpha, probability):
    """The quantile of Beta(alpha, alpha) at a probability from 0 to below 1."""
    table = beta_quantiles(alpha)
    place = (len(table) - 1) * probability
    below = ops.cast(ops.floor(place), "int32")
    low, high = ops.take(table, below), ops.take(table, below + 1)
    return low + (place - ops.floor(place)) * (high - low)


@functools.lru_cache(maxsize=8)
def beta_quantiles(alpha, intervals=1024):
    """Beta(alpha, alpha)'s quantiles at ``intervals + 1`` equally spaced probabilities.

    The density (t (1 - t))^(alpha - 1) is summed over 65,536 cells of [0, 1].
    """
    edges = np.linspace(0.0, 1.0, 2**16 + 1)
    middles = (edges[1:] + edges[:-1]) / 2
    below = np.concatenate([[0.0], np.cumsum((middles * (1.0 - middles)) ** (alpha - 1.0))])
    probabilities = np.linspace(0.0, 1.0, intervals + 1)
    quantiles = np.interp(probabilities, below / below[-1], edges).astype(np.float32)
    quantiles.setflags(write=False)  # it is shared by all draws
    return quantiles
