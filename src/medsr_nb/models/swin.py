"""The Swin Transformer block (Liu et al. 2021, arXiv 2103.14030) at one fixed image size.

Two blocks in a row, the second with shifted windows, make equation 3:

    z' = (S)W-MSA(LN(z)) + z        z'' = MLP(LN(z')) + z'

and attention inside a window of w x w pixels is equation 4, softmax(QK^T / sqrt(d) + B) V,
with a bias B that is learned for each head and each of the (2w-1)^2 offsets of two pixels.
Shifting is the cyclic one of their figure 4: the image is rolled, and pixels that only the
roll has made neighbours do not see each other.

Departures: no stochastic depth. The paper trains with it for hundreds of epochs, to keep a
large network from overfitting; runs that see each image some ten times lose by it. The masked
scores are -1e9 instead of -100, so that nothing at all leaks across a seam. Softmax is computed
in float32 whatever the policy.
"""

import functools

import keras
import numpy as np
from keras import layers, ops

EPSILON = 1e-5  # of the layer norms, as published
NEVER = -1e9  # added to the score of a pixel that must not be seen


@functools.lru_cache(maxsize=16)
def offset_indices(window):
    """(w*w, w*w): which of the (2w-1)^2 offsets leads from pixel j to pixel i of a window.

    Offsets are counted row by row from (-w+1, -w+1), pixels row by row.
    """
    y, x = np.divmod(np.arange(window * window), window)
    down = y[:, None] - y[None, :] + window - 1
    right = x[:, None] - x[None, :] + window - 1
    indices = down * (2 * window - 1) + right
    indices.setflags(write=False)  # it is shared by everyone who asks for this window
    return indices


@functools.lru_cache(maxsize=16)
def seam_mask(size, window, shift):
    """(windows, 1, w*w, w*w), float32: 0, or NEVER where the roll alone made i and j neighbours.

    After a roll by ``shift`` up and left, the last ``shift`` rows and columns have come in from
    the other side. Windows are counted row by row.
    """
    height, width = size
    came_in_rows = np.arange(height) >= height - shift
    came_in_columns = np.arange(width) >= width - shift
    origin = 2 * came_in_rows[:, None] + came_in_columns[None, :]
    origin = origin.reshape(height // window, window, width // window, window)
    origin = origin.transpose(0, 2, 1, 3).reshape(-1, window * window)
    apart = origin[:, :, None] != origin[:, None, :]
    mask = np.where(apart, np.float32(NEVER), np.float32(0))[:, None]
    mask.setflags(write=False)
    return mask


def initial():
    """Swin's initial weights: a normal distribution of deviation 0.02, truncated."""
    return keras.initializers.TruncatedNormal(stddev=0.02)


@keras.saving.register_keras_serializable("medsr_nb")
class WindowAttention(layers.Layer):
    """Multi-head self-attention inside windows: (B, H, W, C) -> (B, H, W, C) (equation 4).

    ``size`` is (H, W), multiples of ``window``; windows are moved by ``shift`` pixels down and
    right, 0 for none. Raises ValueError for sizes that do not fit.
    """

    def __init__(self, size, heads, window=8, shift=0, **kwargs):
        super().__init__(**kwargs)
        if size[0] % window or size[1] % window:
            raise ValueError(
                f"windows of {window} do not tile {size[0]}x{size[1]} pixels: pad the image to "
                f"multiples of {window}, or choose another window."
            )
        if not 0 <= shift < window:
            raise ValueError(f"shift is from 0 to {window - 1} (the window less 1), not {shift}.")
        self.size, self.heads, self.window, self.shift = tuple(size), heads, window, shift

    def build(self, shape):
        channels = shape[-1]
        if channels % self.heads:
            raise ValueError(
                f"{channels} channels cannot be shared equally among {self.heads} heads: choose "
                f"a width that is a multiple of {self.heads}."
            )
        settings = {"kernel_initializer": initial(), "dtype": self.dtype_policy}
        self.qkv = layers.Dense(3 * channels, name="qkv", **settings)
        self.proj = layers.Dense(channels, name="proj", **settings)
        self.qkv.build(shape)
        self.proj.build(shape)
        self.bias = self.add_weight(
            (self.heads, (2 * self.window - 1) ** 2), initializer=initial(), name="bias"
        )

    def score_bias(self):
        """What is added to the scores: (1 or windows, heads, w*w, w*w), float32."""
        pixels = self.window * self.window
        offsets = offset_indices(self.window).reshape(-1)
        bias = ops.take(ops.cast(self.bias, "float32"), offsets, axis=1)
        bias = ops.reshape(bias, (1, self.heads, pixels, pixels))
        return bias + seam_mask(self.size, self.window, self.shift) if self.shift else bias

    def windows_of(self, qkv):
        """(B, H, W, 3C) -> queries, keys and values, each (B, windows, heads, w*w, C/heads)."""
        (height, width), w = self.size, self.window
        down, right, depth = height // w, width // w, qkv.shape[-1] // (3 * self.heads)
        qkv = ops.reshape(qkv, (-1, down, w, right, w, 3, self.heads, depth))
        qkv = ops.transpose(qkv, (5, 0, 1, 3, 6, 2, 4, 7))
        qkv = ops.reshape(qkv, (3, -1, down * right, self.heads, w * w, depth))
        return ops.unstack(qkv, 3)  # slices would have a slow gradient

    def image_of(self, values):
        """(B, windows, heads, w*w, C/heads) -> (B, H, W, C), the way back."""
        (height, width), w = self.size, self.window
        down, right, depth = height // w, width // w, values.shape[-1]
        values = ops.reshape(values, (-1, down, right, self.heads, w, w, depth))
        values = ops.transpose(values, (0, 1, 4, 2, 5, 3, 6))
        return ops.reshape(values, (-1, height, width, self.heads * depth))

    def call(self, features):
        if self.shift:
            features = ops.roll(features, (-self.shift, -self.shift), axis=(1, 2))
        queries, keys, values = self.windows_of(self.qkv(features))
        queries = queries * queries.shape[-1] ** -0.5
        scores = ops.matmul(queries, ops.swapaxes(keys, -1, -2))
        weights = ops.softmax(ops.cast(scores, "float32") + self.score_bias(), axis=-1)
        mixed = ops.matmul(ops.cast(weights, values.dtype), values)
        features = self.proj(self.image_of(mixed))
        if self.shift:
            features = ops.roll(features, (self.shift, self.shift), axis=(1, 2))
        return features

    def compute_output_shape(self, shape):
        return shape

    def get_config(self):
        own = {"size": self.size, "heads": self.heads, "window": self.window, "shift": self.shift}
        return super().get_config() | own


@keras.saving.register_keras_serializable("medsr_nb")
class SwinBlock(layers.Layer):
    """One Swin block, half of equation 3: (B, H, W, C) -> (B, H, W, C).

    ``size`` is (H, W), multiples of ``window``. Blocks alternate between ``shift=0`` and
    ``shift=window // 2``. The MLP is ``mlp_ratio`` times as wide as the features, with the exact
    GELU. Raises ValueError for sizes, shifts and widths that do not fit.
    """

    def __init__(self, size, heads, window=8, shift=0, mlp_ratio=2.0, **kwargs):
        super().__init__(**kwargs)
        self.mlp_ratio = mlp_ratio
        self.attention = WindowAttention(
            size, heads, window, shift, name="attention", dtype=self.dtype_policy
        )

    def build(self, shape):
        channels, dtype = shape[-1], self.dtype_policy
        hidden = int(channels * self.mlp_ratio)
        self.norm1 = layers.LayerNormalization(epsilon=EPSILON, name="norm1", dtype=dtype)
        self.norm2 = layers.LayerNormalization(epsilon=EPSILON, name="norm2", dtype=dtype)
        settings = {"kernel_initializer": initial(), "dtype": dtype}
        self.fc1 = layers.Dense(hidden, activation="gelu", name="fc1", **settings)
        self.fc2 = layers.Dense(channels, name="fc2", **settings)
        for layer in (self.norm1, self.attention, self.norm2, self.fc1):
            layer.build(shape)
        self.fc2.build((*shape[:-1], hidden))

    def call(self, features):
        features = features + self.attention(self.norm1(features))
        return features + self.fc2(self.fc1(self.norm2(features)))

    def compute_output_shape(self, shape):
        return shape

    def get_config(self):
        attention = self.attention
        return super().get_config() | {
            "size": attention.size,
            "heads": attention.heads,
            "window": attention.window,
            "shift": attention.shift,
            "mlp_ratio": self.mlp_ratio,
        }
