"""Augmentation inside the training step: the list of section 2.5.1, and the CutBlur family.

The paper names flips, crops, resizes and noise "with various probabilities" and gives no
numbers; here each changes an image with probability 1/2, and the strengths are ours: windows
and reductions of 60 to 100 % of the side, noise of up to 10 grey levels. Left and right, top
and bottom are mirrored independently of each other.

Flips, crops and resizes change the original, before it is reduced. Noise changes the reduced
image only: its target stays clean. The CutBlur family (``mixtures``) mixes the enlarged input
and the original; ``models.cutblur`` says which networks take that. The name "moa" stands for
the whole family; where several of it are named, each batch is mixed by one of them.
"""

import keras
from keras import ops

from ..degradation import noisy
from .mixtures import MIXTURES, mixed
from .positions import turned
from .windows import window

SMALLEST = 0.6  # of the side: windows of crops, reductions of resizes
LARGEST_NOISE = 10.0  # grey levels


def flips(hr, seed):
    """Mirrored left and right, and top and bottom, each with probability 1/2."""
    return turned(hr, keras.random.randint((ops.shape(hr)[0],), 0, 4, seed=seed))


def mirror(hr, seed):
    """Mirrored left and right with probability 1/2: the one position that scans come in too."""
    return turned(hr, keras.random.randint((ops.shape(hr)[0],), 0, 2, seed=seed))


def crops(hr, seed):
    """Half of the images become a square window of themselves, enlarged to the full size."""
    return through_windows(hr, lambda share: share, seed)


def resize(hr, seed):
    """Half of the images shrink to a random place; their mirror images fill the rest.

    Mirrored rather than with repeated edge pixels: these would fill up to 64 % of the picture
    with stripes, from which nothing about enlarging can be learned.
    """
    return through_windows(hr, lambda share: 1.0 / share, seed)


def noise(lr, seed):
    """Half of the LR images get Gaussian noise of 0 to 10 grey levels, and 8 bit again."""
    heads, level = drawn(lr, 2, seed)
    sigma = LARGEST_NOISE * level[:, None, None, None]
    return for_half(lr, noisy(lr, sigma, seed), heads)


def drawn(images, count, seed):
    """``count`` arrays (B,) of numbers from 0 to below 1, one for each image."""
    numbers = keras.random.uniform((count, ops.shape(images)[0]), seed=seed)
    return ops.unstack(numbers, count)


def for_half(images, changed, heads):
    """Each image as it was or, where ``heads`` (B,) of 0 to 1 is below 1/2, changed."""
    return ops.where(heads[:, None, None, None] < 0.5, changed, images)


def through_windows(images, relative_side, seed):
    """Half of the images as seen through a square window at a random place.

    ``relative_side`` turns a number drawn from 0.6 to 1 into the window's side, in that of
    the image.
    """
    size = images.shape[1]
    heads, share, top, left = drawn(images, 4, seed)
    length = size * relative_side(SMALLEST + (1.0 - SMALLEST) * share)
    room = size - length  # below 0 for a window larger than the image
    return for_half(images, window(images, top * room, left * room, length), heads)


ORIGINALS = {"flips": flips, "mirror": mirror, "crops": crops, "resize": resize}
PAPER = ("flips", "crops", "noise", "resize")
AUGMENTATIONS = (*PAPER, "mirror", *MIXTURES, "moa")


class Augmentation(keras.layers.Layer):
    """What a training does to its pictures, by name; () does nothing.

    ``names`` are some of ``AUGMENTATIONS``, in any order: they are applied in that of the
    list. Raises ValueError for an unknown name.
    """

    def __init__(self, names=(), *, seed=0):
        super().__init__(trainable=False, dtype="float32")
        for name in names:
            if name not in AUGMENTATIONS:
                raise ValueError(f"no augmentation {name!r}: choose of {', '.join(AUGMENTATIONS)}.")
        self.names = tuple(name for name in AUGMENTATIONS if name in names)
        self.mixtures = tuple(name for name in MIXTURES if name in names or "moa" in names)
        self.draws = keras.random.SeedGenerator(seed)
        self.built = True

    @property
    def mixes(self):
        """Whether the network is fed at HR size, behind its enlargement."""
        return bool(self.mixtures)

    def originals(self, hr):
        """HR (B, S, S, 1) in [-1, 1] as it is to be reduced, and to be restored."""
        for name, change in ORIGINALS.items():
            if name in self.names:
                hr = change(hr, self.draws)
        return hr

    def inputs(self, lr, hr, enlarge=None):
        """LR (B, h, h, 1) and HR (B, S, S, 1) -> (what the network is fed, its target).

        The input is the LR image or, where this ``mixes``, a mixture at HR size; ``enlarge``
        then brings LR to HR size: the first layer of the network (``cutblur.enlargement``).
        """
        if "noise" in self.names:
            lr = noise(lr, self.draws)
        if not self.mixes:
            return lr, hr
        return mixed(self.mixtures, enlarge(lr), hr, self.draws)
