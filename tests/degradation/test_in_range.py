"""Results that end at black and white still reduce to their input."""

import functools

import keras
import numpy as np

from medsr_nb import data, degradation
from medsr_nb.degradation import in_range


@functools.cache
def slices(contrast):
    """LR images of the sample, brighter than they are, and overshooting results for them."""
    pixels = data.load("sample", 48).pixels[::20].astype(float)
    hr = degradation.to_float(np.clip(pixels * contrast, 0, 255).round())
    lr = degradation.reduced(hr, 3)
    return lr, degradation.consistent(degradation.enlarged(lr, 3) * 1.1, lr, 3)


def differing(sr, lr):
    """The share of 8-bit pixels of the reduced 8-bit result that are not the input's."""
    again = degradation.reduced(degradation.to_float(degradation.to_pixels(sr)), 3)
    return np.mean(degradation.to_pixels(again) != degradation.to_pixels(lr))


def test_clipping_alone_contradicts_the_input_and_this_does_not():
    lr, sr = slices(1.0)
    assert differing(sr, lr) > 0.005
    kept = in_range.in_range(sr, lr, 3)
    assert differing(kept, lr) == 0.0
    assert np.abs(kept).max() <= 1.0


def test_saturated_pictures_come_near():
    lr, sr = slices(2.5)
    before = differing(sr, lr)
    assert differing(in_range.in_range(sr, lr, 3), lr) < before / 10
    few = differing(in_range.in_range(sr, lr, 3, rounds=2), lr)
    assert few > differing(in_range.in_range(sr, lr, 3), lr)


def test_what_is_in_range_stays():
    lr = np.random.default_rng(0).uniform(-0.3, 0.3, (2, 9, 12, 1)).astype("float32")
    sr = degradation.consistent(degradation.enlarged(lr, 3), lr, 3)
    np.testing.assert_allclose(in_range.in_range(sr, lr, 3), sr, atol=1e-5)


def test_at_black_and_white_too_noise_need_not_come_back():
    lr, sr = slices(1.0)
    noisy = lr + np.random.default_rng(0).uniform(-0.1, 0.1, lr.shape).astype("float32")
    kept = in_range.in_range(sr, noisy, 3, within=0.12)
    away = np.abs(degradation.reduced_exactly(kept, 3) - noisy)
    assert away.max() <= 0.13 and away.mean() > 0.03
    assert np.abs(kept).max() <= 1.0


def test_as_a_layer_it_is_rebuilt_from_its_configuration():
    lr, sr = slices(1.0)
    layer = degradation.InRange(3, "bicubic", within=0.02)
    again = degradation.InRange.from_config(layer.get_config())
    expected = in_range.in_range(sr, lr, 3, within=0.02)
    np.testing.assert_allclose(again([sr, lr]), expected, atol=1e-6)
    inputs = [keras.Input(sr.shape[1:]), keras.Input(lr.shape[1:])]
    assert keras.Model(inputs, layer(inputs)).output_shape == (None, 48, 48, 1)
