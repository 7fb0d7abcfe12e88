"""Window attention and the Swin block against the equations of arXiv 2103.14030."""

import keras
import numpy as np
import pytest

from medsr_nb.models import swin
from medsr_nb.models.swin import SwinBlock, WindowAttention


def with_random_weights(layer, shape, seed=0):
    """The layer, built for (H, W, C), with weights large enough that every part matters."""
    layer.build((None, *shape))
    draw = np.random.default_rng(seed)
    layer.set_weights([draw.normal(0, 0.5, weight.shape) for weight in layer.weights])
    return layer


def random_images(*shape, seed=1):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def attention_of_one_window(layer, window):
    """Equation 4 in numpy, head by head and offset by offset: (w, w, C) -> (w, w, C)."""
    w, _, channels = window.shape
    depth = channels // layer.heads
    kernel, kernel_bias = (np.asarray(weight, "float64") for weight in layer.qkv.weights)
    tokens = window.reshape(w * w, channels).astype("float64")
    queries, keys, values = np.split(tokens @ kernel + kernel_bias, 3, axis=1)
    bias = np.asarray(layer.bias).reshape(layer.heads, 2 * w - 1, 2 * w - 1)
    mixed = np.zeros_like(tokens)
    for head in range(layer.heads):
        part = slice(head * depth, (head + 1) * depth)
        scores = queries[:, part] @ keys[:, part].T / np.sqrt(depth)
        for i, j in np.ndindex(*scores.shape):
            (iy, ix), (jy, jx) = divmod(i, w), divmod(j, w)
            scores[i, j] += bias[head, iy - jy + w - 1, ix - jx + w - 1]
        weights = np.exp(scores)
        mixed[:, part] = weights / weights.sum(axis=1, keepdims=True) @ values[:, part]
    kernel, kernel_bias = (np.asarray(weight, "float64") for weight in layer.proj.weights)
    return (mixed @ kernel + kernel_bias).reshape(w, w, channels)


def test_offsets_of_a_window_of_two_are_those_counted_by_hand():
    # Offsets (down, right): (-1,-1) is 0, (-1,0) is 1, ... (0,0) is 4, ... (1,1) is 8.
    np.testing.assert_array_equal(
        swin.offset_indices(2), [[4, 3, 1, 0], [5, 4, 2, 1], [7, 6, 4, 3], [8, 7, 5, 4]]
    )


def test_attention_is_equation_4_in_every_window():
    layer = with_random_weights(WindowAttention((6, 9), heads=2, window=3), (6, 9, 4))
    images = random_images(2, 6, 9, 4)
    attended = np.asarray(layer(images))
    for image, y, x in np.ndindex(2, 2, 3):
        part = image, slice(3 * y, 3 * y + 3), slice(3 * x, 3 * x + 3)
        expected = attention_of_one_window(layer, images[part])
        np.testing.assert_allclose(attended[part], expected, atol=2e-6)


def test_without_bias_attention_is_that_of_keras():
    layer = with_random_weights(WindowAttention((4, 4), heads=3, window=4), (4, 4, 6))
    layer.bias.assign(np.zeros(layer.bias.shape))
    (kernel, kernel_bias), proj = layer.qkv.get_weights(), layer.proj.get_weights()
    theirs = keras.layers.MultiHeadAttention(num_heads=3, key_dim=2)
    tokens = random_images(2, 16, 6)
    theirs.build(tokens.shape, tokens.shape)
    heads = zip(np.split(kernel, 3, axis=1), np.split(kernel_bias, 3), strict=True)
    split = [part for k, b in heads for part in (k.reshape(6, 3, 2), b.reshape(3, 2))]
    order = [0, 1, 2, 3, 4, 5] if "query" in theirs.weights[0].path else None
    theirs.set_weights([split[i] for i in order] + [proj[0].reshape(3, 2, 6), proj[1]])
    ours = np.asarray(layer(tokens.reshape(2, 4, 4, 6))).reshape(2, 16, 6)
    np.testing.assert_allclose(ours, np.asarray(theirs(tokens, tokens)), atol=2e-6)


@pytest.mark.parametrize(("size", "shift"), [((8, 12), 0), ((8, 12), 2), ((4, 4), 1)])
def test_a_pixel_is_seen_by_its_own_region_and_no_other(size, shift):
    height, width = size
    layer = with_random_weights(WindowAttention(size, heads=1, window=4, shift=shift), (*size, 2))
    image = random_images(1, *size, 2)
    changed = np.repeat(image, height * width, axis=0)
    y, x = np.divmod(np.arange(height * width), width)
    changed[np.arange(height * width), y, x] += 1.0
    change = np.abs(np.asarray(layer(changed)) - np.asarray(layer(image))).max(axis=-1)
    differs = change > 1e-6  # rounding leaves less, being seen more
    # Windows start at `shift`, the first and last are cut short; nothing goes round the edge.
    region = (y - shift) // 4 * 100 + (x - shift) // 4
    np.testing.assert_array_equal(differs.reshape(len(y), -1), region[:, None] == region[None])


def test_shifted_windows_attend_as_others_do():
    shifted = with_random_weights(WindowAttention((8, 8), 2, window=4, shift=1), (8, 8, 4))
    alone = WindowAttention((4, 4), 2, window=4)
    alone.build((None, 4, 4, 4))
    alone.set_weights(shifted.get_weights())
    image = random_images(1, 8, 8, 4)
    inner = np.asarray(alone(image[:, 1:5, 1:5]))
    np.testing.assert_allclose(np.asarray(shifted(image))[:, 1:5, 1:5], inner, atol=2e-6)


def layer_norm(features, gain, offset):
    """Ba et al. 2016: no mean, unit variance over the channels, then a gain and an offset."""
    centred = features - features.mean(axis=-1, keepdims=True)
    deviation = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + 1e-5)
    return centred / deviation * gain + offset


def test_block_is_equation_3_with_exact_gelu():
    from math import erf

    block = with_random_weights(SwinBlock((4, 4), heads=2, window=2, shift=1), (4, 4, 6))
    z = random_images(2, 4, 4, 6)
    normed = layer_norm(z, *block.norm1.get_weights()).astype("float32")
    z1 = np.asarray(block.attention(normed)) + z
    (in_kernel, in_bias), (out_kernel, out_bias) = block.fc1.get_weights(), block.fc2.get_weights()
    hidden = layer_norm(z1, *block.norm2.get_weights()) @ in_kernel + in_bias
    assert hidden.shape[-1] == 2 * 6
    hidden = hidden * 0.5 * (1 + np.vectorize(erf)(hidden / np.sqrt(2)))
    np.testing.assert_allclose(np.asarray(block(z)), hidden @ out_kernel + out_bias + z1, atol=2e-5)


def test_block_survives_its_configuration():
    block = with_random_weights(SwinBlock((4, 8), 2, window=4, shift=2, mlp_ratio=3.0), (4, 8, 4))
    again = keras.layers.deserialize(keras.layers.serialize(block))
    again.set_weights(block.get_weights())
    image = random_images(1, 4, 8, 4)
    np.testing.assert_array_equal(np.asarray(block(image)), np.asarray(again(image)))
    assert again.fc1.units == 12


def test_softmax_stays_in_float32_under_mixed_precision(monkeypatch):
    seen = []
    softmax = keras.ops.softmax

    def watched(scores, axis):
        seen.append(keras.backend.standardize_dtype(scores.dtype))
        return softmax(scores, axis=axis)

    monkeypatch.setattr(swin.ops, "softmax", watched)
    exact = with_random_weights(SwinBlock((8, 8), 2, shift=4), (8, 8, 8))
    mixed = SwinBlock((8, 8), 2, shift=4, dtype="mixed_bfloat16")
    mixed.build((None, 8, 8, 8))
    mixed.set_weights([0.2 * weight for weight in exact.get_weights()])
    exact.set_weights([0.2 * weight for weight in exact.get_weights()])
    image = random_images(1, 8, 8, 8)
    rough = mixed(image)
    assert keras.backend.standardize_dtype(rough.dtype) == "bfloat16" and seen == ["float32"]
    rough = np.asarray(keras.ops.cast(rough, "float32"))
    # bfloat16 keeps 8 bits: steps of 2**-6 for values between 2 and 4, the largest here.
    np.testing.assert_allclose(rough, np.asarray(exact(image)), atol=2**-5)


def test_sizes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="do not tile 50x50 pixels: pad"):
        SwinBlock((50, 50), heads=2)
    with pytest.raises(ValueError, match="shift is from 0 to 7"):
        SwinBlock((16, 16), heads=2, shift=8)
    with pytest.raises(ValueError, match="a multiple of 4"):
        SwinBlock((8, 8), heads=4).build((None, 8, 8, 6))
