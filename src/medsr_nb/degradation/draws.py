"""Damage that is drawn anew for each image of a batch: the random numbers, and the layer.

``scanners.py`` and ``second_order.py`` say what is drawn.
"""

import keras
import numpy as np
from keras import ops

from .bicubic import rounded_to_8_bit

UNIFORMS = 50  # numbers that one image's way through ``second_order`` takes


class Draw:
    """Random numbers for each of ``count`` images, from one ``keras.random.SeedGenerator``.

    The uniform ones of a batch come from one call: 50 calls would take XLA seconds to compile.
    """

    def __init__(self, count, seed):
        self.count = count
        self.seed = seed
        self.rows = iter(ops.unstack(keras.random.uniform((UNIFORMS, count), seed=seed), UNIFORMS))

    def uniform(self, low, high):
        """(B,) between ``low`` and ``high``, numbers or (B,) themselves."""
        return low + (high - low) * next(self.rows)

    def chance(self, probability):
        """(B,) booleans, true with this probability."""
        return self.uniform(0.0, 1.0) < probability

    def choice(self, probabilities):
        """(B,) int32: which of several, by their probabilities, which sum to one."""
        bounds = np.cumsum(probabilities[:-1], dtype=np.float32)
        return ops.sum(ops.cast(self.uniform(0.0, 1.0)[:, None] >= bounds, "int32"), axis=1)

    def normal(self, side):
        """(B, side, side) normal numbers."""
        return keras.random.normal((self.count, side, side), seed=self.seed)


class DrawnReduction(keras.layers.Layer):
    """HR (B, S, S, 1) in [-1, 1] -> LR (B, S/factor, S/factor, 1) in [-1, 1], 8-bit levels.

    Every call draws anew. Where the draws stand is a variable of this layer, so that a training
    that stores its models' variables goes on with the same images. Raises ValueError for images
    that are not square or whose side is no multiple of the factor.
    """

    def __init__(self, factor, seed=0):
        super().__init__(trainable=False, dtype="float32")
        self.factor = factor
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.built = True

    def degraded(self, levels, draw):
        """Grey levels (B, S, S) -> (B, S/factor, S/factor): what a subclass draws."""
        raise NotImplementedError

    def call(self, hr):
        _, height, width, _ = hr.shape
        if height != width or height % self.factor:
            raise ValueError(
                f"an image of {height}x{width} cannot be reduced by {self.factor}: "
                f"crop it to a square whose side is a multiple of {self.factor}."
            )
        levels = (ops.squeeze(hr, axis=-1) + 1.0) * 127.5
        lr = self.degraded(levels, Draw(ops.shape(hr)[0], self.seed_generator))
        return rounded_to_8_bit(ops.expand_dims(lr, axis=-1) / 127.5 - 1.0)
