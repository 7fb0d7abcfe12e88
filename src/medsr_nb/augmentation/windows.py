"""A window on an image, resampled: what zooms, and what shows an original anew in every step.

A network that sees an image on the same grid of pixels again and again learns it by heart.
``Windows`` never shows it so twice.
"""

import keras
from keras import ops

from ..degradation import apply_matrices, resized, rounded_to_8_bit

LEAST = 0.9  # of an original's side, that a window of it has


class Windows(keras.layers.Layer):
    """Originals larger than HR (B, L, L, 1) -> HR (B, S, S, 1), both in [-1, 1] and 8-bit levels.

    In training each is seen through a window of its own: 90 to 100 % of the height, of the width
    as much by itself, anywhere, and mirrored left and right half of the time. Otherwise the whole
    is reduced. A file that is read at size S is reduced in one step (``data.centre_square``), so
    that validation images differ a little from those of a training without windows.
    """

    def __init__(self, size, seed=0):
        super().__init__(trainable=False, dtype="float32")
        self.size = size
        self.draws = keras.random.SeedGenerator(seed)
        self.built = True

    def call(self, originals, training=False):
        if not training:
            return rounded_to_8_bit(resized(originals, self.size, self.size))
        count, side = ops.shape(originals)[0], originals.shape[1]
        drawn = keras.random.uniform((5, count), seed=self.draws)
        tall, wide, top, left, heads = ops.unstack(drawn, 5)
        height, width = (side * (LEAST + (1.0 - LEAST) * share) for share in (tall, wide))
        top, left = top * (side - height), left * (side - width)
        mirrored = heads < 0.5
        start, length = ops.where(mirrored, left + width, left), ops.where(mirrored, -width, width)
        rows = sampling_matrix(side, top, height, self.size)
        columns = sampling_matrix(side, start, length, self.size)
        return rounded_to_8_bit(apply_matrices(originals, rows, columns))


def window(images, top, left, length):
    """Each image (B, S, S, 1) as a square window on it shows it, at size S.

    Corner and side (B,) are in pixels; a window may be larger than the image, and is then
    filled with its mirror images. Bicubic, clipped to [-1, 1].
    """
    size = images.shape[1]
    rows, columns = (sampling_matrix(size, start, length) for start in (top, left))
    return ops.clip(apply_matrices(images, rows, columns), -1.0, 1.0)


def sampling_matrix(size, start, length, new_size=None):
    """Matrices (B, new_size, size) that resample [start, start + length) of a side.

    ``new_size`` is ``size`` where it is not given. ``start`` and ``length`` (B,) are in pixels and
    need not be whole; a negative length is a window that is read backwards, a mirrored one.
    Bicubic as Pillow's, as in ``degradation.resize_matrix``: the kernel is stretched where the
    window is larger than the result, and scaled to sum to one at the borders. What lies outside the
    image is mirrored.
    """
    new_size = new_size or size
    pixels = ops.arange(size, dtype="float32") + 0.5
    step = ops.expand_dims(length / new_size, axis=-1)
    centres = ops.expand_dims(start, axis=-1) + step * (ops.arange(new_size, dtype="float32") + 0.5)
    centres = size - ops.abs(size - ops.abs(centres))
    step = ops.abs(step)
    distance = pixels - ops.expand_dims(centres, axis=-1)
    weights = cubic(distance / ops.expand_dims(ops.maximum(step, 1.0), axis=-1))
    return weights / ops.sum(weights, axis=-1, keepdims=True)


def cubic(distance):
    """``degradation.cubic``, Keys' kernel, for distances that are drawn inside the step."""
    x = ops.abs(distance)
    near = (1.5 * x - 2.5) * x * x + 1.0
    far = ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0
    return ops.where(x < 1.0, near, ops.where(x < 2.0, far, 0.0))
