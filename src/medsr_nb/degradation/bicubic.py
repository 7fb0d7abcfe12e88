"""HR -> LR: the antialiased bicubic of Pillow, written as two small matrices.

A resize is linear and separable, so a reduction is ``A x A^T`` with one matrix ``A`` per
side. The same matrix gives the low-resolution image, its enlargement and, later, the
consistency of a result with its input; exactly alike on every backend, compiled, and with
a gradient. ``reduction`` names another matrix in its place, one of ``reductions.REDUCTIONS``.
"""

import keras
import numpy as np
from keras import ops

from .reductions import enlarging_matrix, reducing_matrix, resize_matrix, undoing_matrix


def to_float(pixels):
    """Grey levels [0, 255] -> float32 in [-1, 1], any shape."""
    return ops.cast(pixels, "float32") / 127.5 - 1.0


def to_pixels(values):
    """Float in [-1, 1] -> uint8 grey levels [0, 255] as a numpy array, any shape."""
    levels = (np.asarray(ops.convert_to_numpy(values), np.float32) + 1.0) * 127.5
    return np.clip(np.rint(levels), 0, 255).astype(np.uint8)


def rounded_to_8_bit(values):
    """Float in [-1, 1] moved to the nearest of 256 grey levels, still in [-1, 1].

    A low-resolution image reaches its user as an 8-bit file; without this step a network
    could read fractions of a grey level that no file holds.
    """
    levels = ops.clip(ops.round((values + 1.0) * 127.5), 0.0, 255.0)
    return levels / 127.5 - 1.0


def apply_matrices(images, rows, columns):
    """``rows @ image @ columns^T`` for each image: (B, H, W, 1) -> (B, H', W', 1).

    ``rows`` (H', H) and ``columns`` (W', W) are those of all images; or each has its own, and they
    are (B, H', H) and (B, W', W).
    """
    planes = ops.squeeze(images, axis=-1)
    planes = ops.matmul(ops.matmul(rows, planes), ops.swapaxes(columns, -1, -2))
    return ops.expand_dims(planes, axis=-1)


def resized(images, height, width):
    """Bicubic resize of (B, H, W, 1) float images to (B, height, width, 1)."""
    _, old_height, old_width, _ = images.shape
    return apply_matrices(
        images, resize_matrix(old_height, height), resize_matrix(old_width, width)
    )


def reduced(hr, factor, reduction="bicubic"):
    """The paper's reduction (2.5): HR (B, S, S, 1) -> LR (B, S/factor, S/factor, 1).

    Both in [-1, 1]; the LR image is rounded to 8 bit. Raises ValueError when a side is not
    a multiple of the factor, and for an unknown reduction.
    """
    return rounded_to_8_bit(reduced_exactly(hr, factor, reduction))


def reduced_exactly(hr, factor, reduction="bicubic"):
    """``reduced`` before its rounding and clipping to 8 bit. Raises ValueError as it does."""
    _, height, width, _ = hr.shape
    if height % factor or width % factor:
        raise ValueError(
            f"an image of {height}x{width} cannot be reduced by {factor}: "
            f"crop it to {height - height % factor}x{width - width % factor} first."
        )
    rows, columns = (reducing_matrix(side, factor, reduction) for side in (height, width))
    return apply_matrices(hr, rows, columns)


def enlarged(lr, factor, interpolation="bicubic"):
    """Enlargement: (B, h, w, 1) -> (B, factor*h, factor*w, 1), not clipped.

    ``interpolation`` is one of ``reductions.INTERPOLATIONS``.
    """
    rows, columns = (enlarging_matrix(side, factor, interpolation) for side in lr.shape[1:3])
    return apply_matrices(lr, rows, columns)


def undone(lr, factor, reduction="bicubic"):
    """The smallest image that reduces to LR: (B, h, w, 1) -> (B, f*h, f*w, 1), not clipped.

    ``A+ x A+^T`` with the pseudo-inverse of the reduction ``A``: of all images that reduce
    exactly to ``x`` (before rounding to 8 bit) it has the least sum of squares.
    """
    rows, columns = (undoing_matrix(side * factor, factor, reduction) for side in lr.shape[1:3])
    return apply_matrices(lr, rows, columns)


def missing(sr, lr, factor, reduction="bicubic", within=0.0):
    """What the reduction of SR (B, f*h, f*w, 1) lacks of LR (B, h, w, 1), at each pixel of LR.

    Differences of up to ``within`` (on the same scale) are none: the noise of an input is nothing
    that a result should have.
    """
    lacking = lr - reduced_exactly(sr, factor, reduction)
    return lacking - ops.clip(lacking, -within, within)


def consistent(sr, lr, factor, reduction="bicubic", within=0.0):
    """The image nearest to SR (B, f*h, f*w, 1) that reduces exactly to LR (B, h, w, 1).

    ``y + A+ (x - A y A^T) A+^T``, the projection onto all images that agree with the input.
    Both in [-1, 1]; the result is not clipped. An input that the reduction cannot give, as one
    with fine detail in a zero-filled scan, is met as nearly as it can be. With ``within`` the
    reduced result may differ by so much at each pixel, and what differs by less stays.
    """
    return sr + undone(missing(sr, lr, factor, reduction, within), factor, reduction)


def noisy(lr, sigma, seed):
    """LR plus Gaussian noise of ``sigma`` grey levels, rounded to 8 bit (dropped in 2.5).

    ``seed`` is a ``keras.random.SeedGenerator``; shapes and range stay as they are.
    """
    noise = keras.random.normal(ops.shape(lr), stddev=sigma / 127.5, seed=seed)
    return rounded_to_8_bit(lr + noise)


def reduced_by_varying_factors(hr, factor, factors, seed):
    """Each image reduced by a factor of its own, then brought to one LR size (dropped in 2.5).

    HR (B, S, S, 1) -> LR (B, S/factor, S/factor, 1): image by image one of ``factors`` is
    drawn, the image is reduced to S/that and resized to the common LR size. Drawing among
    ready-made matrices keeps the step compiled. ``seed`` is a ``keras.random.SeedGenerator``.
    """
    size = hr.shape[1]
    lr_size = size // factor
    stack = np.stack(
        [
            resize_matrix(round(size / own), lr_size) @ resize_matrix(size, round(size / own))
            for own in factors
        ]
    )
    chosen = keras.random.randint((ops.shape(hr)[0],), 0, len(factors), seed=seed)
    matrices = ops.take(ops.convert_to_tensor(stack), chosen, axis=0)
    return rounded_to_8_bit(apply_matrices(hr, matrices, matrices))


class VaryingReduction(keras.layers.Layer):
    """``reduced_by_varying_factors`` for a training, every factor from 2 to twice the task's."""

    def __init__(self, factor, seed):
        super().__init__(trainable=False, dtype="float32")
        self.factor = factor
        self.draws = keras.random.SeedGenerator(seed)

    def call(self, hr):
        """HR (B, S, S, 1) -> LR (B, S/factor, S/factor, 1), both in [-1, 1]."""
        factors = tuple(range(2, 2 * self.factor + 1))
        return reduced_by_varying_factors(hr, self.factor, factors, self.draws)


@keras.saving.register_keras_serializable("medsr_nb")
class Enlarge(keras.layers.Layer):
    """Bicubic enlargement as a first layer: LR (B, h, w, 1) -> (B, factor*h, factor*w, 1).

    The paper's networks work on the re-enlarged image; with this layer they too take LR.
    Computed in float32 whatever the policy: it is cheap, and it is the reference.
    """

    def __init__(self, factor, dtype="float32", **kwargs):
        super().__init__(dtype=dtype, **kwargs)
        self.factor = factor

    def call(self, lr):
        return enlarged(lr, self.factor)

    def compute_output_shape(self, shape):
        batch, height, width, channels = shape
        return batch, height * self.factor, width * self.factor, channels

    def get_config(self):
        return super().get_config() | {"factor": self.factor}


@keras.saving.register_keras_serializable("medsr_nb")
class Consistent(keras.layers.Layer):
    """``consistent`` as a last layer: [SR (B, f*h, f*w, 1), LR (B, h, w, 1)] -> SR, float32."""

    def __init__(self, factor, reduction="bicubic", within=0.0, dtype="float32", **kwargs):
        super().__init__(dtype=dtype, **kwargs)
        self.factor = factor
        self.reduction = reduction
        self.within = within

    def call(self, images):
        sr, lr = images
        return consistent(sr, lr, self.factor, self.reduction, self.within)

    def compute_output_shape(self, shapes):
        return shapes[0]

    def get_config(self):
        own = {"factor": self.factor, "reduction": self.reduction, "within": self.within}
        return super().get_config() | own
