"""JPEG of greyscale images, as arithmetic inside a compiled step (ITU-T T.81).

What a file does to an image is done: 8x8 cosine transform (A.3.3), division by the scaled
quantisation table and rounding (A.3.4), and all of it back. Entropy coding loses nothing and
is left out. There is no gradient, as rounding has none.
"""

import numpy as np
from keras import ops

# The luminance table of annex K.1, which libjpeg, Pillow and OpenCV scale by quality. Here rows are
# vertical frequencies, as in files; DiffJPEG, with which Real-ESRGAN trained, has it transposed.
LUMINANCE = np.array(
    [
        [16, 11, 10, 16, 24, 40, 51, 61],
        [12, 12, 14, 19, 26, 58, 60, 55],
        [14, 13, 16, 24, 40, 57, 69, 56],
        [14, 17, 22, 29, 51, 87, 80, 62],
        [18, 22, 37, 56, 68, 109, 103, 77],
        [24, 35, 55, 64, 81, 104, 113, 92],
        [49, 64, 78, 87, 103, 121, 120, 101],
        [72, 92, 95, 98, 112, 100, 103, 99],
    ],
    np.float32,
)


def cosine_matrix():
    """The orthonormal 64x64 matrix of the 8x8 DCT (A.3.3), for blocks read row by row.

    One side has the 8x8 matrix D, a block x becomes D x D^T, and that is the Kronecker
    product of D with itself. Transposed it is the inverse.
    """
    frequency, position = np.arange(8)[:, None], np.arange(8)[None]
    side = 0.5 * np.cos((2 * position + 1) * frequency * np.pi / 16)
    side[0] /= np.sqrt(2)
    return np.kron(side, side).astype(np.float32)


def quantisation_tables(quality):
    """Quality (B,), 1 to 100 -> whole steps 1 to 255 (B, 8, 8), scaled as libjpeg does.

    Below 50 the table is multiplied by 50/quality, from there by 2 - quality/50. Quality
    need not be a whole number; the steps are.
    """
    percent = ops.floor(ops.where(quality < 50.0, 5000.0 / quality, 200.0 - 2.0 * quality))
    steps = ops.floor((LUMINANCE * percent[:, None, None] + 50.0) / 100.0)
    return ops.clip(steps, 1.0, 255.0)


def compressed(images, quality):
    """Images (B, M, M) of grey levels 0 to 255 as they come out of JPEG files: whole levels.

    ``quality`` (B,) is libjpeg's. Raises ValueError when M is not a multiple of 8; a smaller
    image has to be continued by its border (``canvas.replicated``), as a file does.
    """
    side = images.shape[1]
    if side % 8:
        raise ValueError(
            f"JPEG works on blocks of 8: continue {side} pixels to {-(-side // 8) * 8}."
        )
    levels = ops.clip(ops.round(images), 0.0, 255.0) - 128.0
    blocks = ops.transpose(ops.reshape(levels, (-1, side // 8, 8, side // 8, 8)), (0, 1, 3, 2, 4))
    blocks = ops.reshape(blocks, (-1, (side // 8) ** 2, 64))
    steps = ops.reshape(quantisation_tables(quality), (-1, 1, 64))
    blocks = ops.round(ops.matmul(blocks, cosine_matrix().T) / steps) * steps
    blocks = ops.matmul(blocks, cosine_matrix()) + 128.0
    blocks = ops.reshape(blocks, (-1, side // 8, side // 8, 8, 8))
    levels = ops.reshape(ops.transpose(blocks, (0, 1, 3, 2, 4)), (-1, side, side))
    return ops.clip(ops.round(levels), 0.0, 255.0)
