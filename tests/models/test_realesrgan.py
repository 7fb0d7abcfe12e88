"""Real-ESRGAN's discriminator, its spectral norm, and its sharpened target."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import ndimage

from medsr_nb.models import realesrgan
from medsr_nb.models.realesrgan import SpectralNormConv2D
from medsr_nb.training.adversarial import judged_by_still


def images(*shape, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, shape).astype("float32")


def spectral_layer(training_calls=0, **settings):
    """A layer from 3 to 5 channels, and images for it, after so many calls in training."""
    keras.utils.set_random_seed(3)
    layer, features = SpectralNormConv2D(5, 4, stride=2, **settings), images(2, 8, 8, 3)
    layer.build(features.shape)
    for _ in range(training_calls):
        layer(features, training=True)
    return layer, features


def as_matrix(kernel):
    """The kernel (height, width, in, out) as the matrix whose norm is meant: (out, the rest)."""
    return np.reshape(kernel, (-1, kernel.shape[-1])).T


def u_net():
    keras.utils.set_random_seed(4)
    return realesrgan.discriminator(19, width=4)


def test_sigma_becomes_the_largest_singular_value():
    layer, _ = spectral_layer(training_calls=60)
    largest = np.linalg.svd(as_matrix(np.asarray(layer.kernel)), compute_uv=False)[0]
    assert float(layer.sigma(training=False)) == pytest.approx(largest, rel=1e-5)


def test_one_call_in_training_is_one_power_iteration():
    layer, features = spectral_layer()
    matrix, u = as_matrix(np.asarray(layer.kernel)), np.asarray(layer.u)
    v = matrix.T @ u / np.linalg.norm(matrix.T @ u)
    once = matrix @ v / np.linalg.norm(matrix @ v)
    layer(features)
    np.testing.assert_array_equal(layer.u, u)
    layer(features, training=True)
    np.testing.assert_allclose(layer.u, once, rtol=1e-5, atol=1e-6)
    v = matrix.T @ once / np.linalg.norm(matrix.T @ once)
    assert float(layer.sigma(training=False)) == pytest.approx(once @ matrix @ v, rel=1e-5)


def test_gradient_is_that_of_the_quotient():
    """d(loss)/dW = G / sigma - (G : W) u v^T / sigma^2, G the gradient at W / sigma."""
    layer, features = spectral_layer(training_calls=2)
    kernel = np.asarray(layer.kernel)
    matrix, u = as_matrix(kernel), np.asarray(layer.u)
    v = matrix.T @ u / np.linalg.norm(matrix.T @ u)
    sigma = u @ matrix @ v

    def loss(features):
        return tf.reduce_sum(tf.sin(features))

    quotient = tf.constant(kernel / sigma)
    with tf.GradientTape() as tape:
        tape.watch(quotient)
        result = loss(tf.nn.conv2d(features, quotient, 2, "SAME"))
    inner = as_matrix(np.asarray(tape.gradient(result, quotient)))
    expected = inner / sigma - np.sum(inner * matrix) / sigma**2 * np.outer(u, v)
    with tf.GradientTape() as tape:
        result = loss(layer(features))
    found = as_matrix(np.asarray(tape.gradient(result, layer.kernel.value)))
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
    assert np.sum(found * matrix) == pytest.approx(0, abs=1e-3)  # no use in scaling W


def test_a_scaled_kernel_gives_the_same_features():
    layer, features = spectral_layer(training_calls=1)
    before = np.asarray(layer(features))
    layer.kernel.assign(7 * layer.kernel)
    np.testing.assert_allclose(layer(features), before, rtol=1e-5, atol=1e-6)


def test_judging_for_the_generator_leaves_u_alone():
    model = u_net()
    vectors = [layer.u for layer in model.layers if isinstance(layer, SpectralNormConv2D)]
    before = [np.asarray(u) for u in vectors]
    sr = tf.constant(images(1, 19, 19, 1))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(sr)
        judged = judged_by_still(model, sr)
    assert np.abs(tape.gradient(judged, sr)).max() > 0
    assert all(one is None for one in tape.gradient(judged, model.trainable_variables))
    for old, u in zip(before, vectors, strict=True):
        np.testing.assert_array_equal(old, u)
    np.testing.assert_allclose(model(sr, training=True), judged, rtol=1e-5, atol=1e-6)
    assert all(np.abs(old - u).max() > 0 for old, u in zip(before, vectors, strict=True))


def test_the_norm_is_computed_in_float32_whatever_the_policy():
    layer, features = spectral_layer(training_calls=1, dtype="mixed_bfloat16")
    largest = np.linalg.svd(as_matrix(np.asarray(layer.kernel)), compute_uv=False)[0]
    for _ in range(60):
        layer(features, training=True)
    assert layer(features).dtype == "bfloat16"
    assert float(layer.sigma(training=False)) == pytest.approx(largest, rel=1e-5)


def test_discriminator_has_the_published_number_of_parameters():
    model = realesrgan.discriminator(150, channels=3)
    trained = sum(int(np.prod(weight.shape)) for weight in model.trainable_variables)
    assert trained == 4_376_897
    assert model.output_shape == (None, 144, 144, 1)


def test_discriminator_is_the_u_net_of_figure_6():
    model = realesrgan.discriminator(32)
    named = {
        "Conv2D": "conv", "SpectralNormConv2D": "spectral", "Bilinear": "enlarge",
        "Add": "add", "LeakyReLU": "leaky", "InputLayer": "image",
    }  # fmt: skip
    down, up = ["spectral", "leaky"], ["enlarge", "spectral", "leaky", "add"]
    assert [named[type(layer).__name__] for layer in model.layers] == (
        ["image", "conv", "leaky"] + 3 * down + 3 * up + 2 * down + ["conv"]
    )
    spectral = [layer for layer in model.layers if isinstance(layer, SpectralNormConv2D)]
    assert [layer.filters for layer in spectral] == [128, 256, 512, 256, 128, 64, 64, 64]
    assert [layer.stride for layer in spectral] == [2] * 3 + [1] * 5
    assert [layer.kernel_size for layer in spectral] == [4] * 3 + [3] * 5
    for layer in model.layers:
        if type(layer).__name__ == "Bilinear":
            assert layer.factor == 2
        if type(layer).__name__ == "LeakyReLU":
            assert layer.negative_slope == 0.2


def test_crop_to_a_multiple_of_8_takes_as_much_from_each_side():
    model = u_net()  # 19 pixels, so that one row goes above and two go below
    image = images(1, 19, 19, 1)
    assert model.output_shape == (None, 16, 16, 1)
    inside = np.asarray(model(image))
    cut = image.copy()
    cut[:, [0, -1, -2]] = 0
    cut[:, :, [0, -1, -2]] = 0
    np.testing.assert_array_equal(model(cut), inside)
    for row in (1, -3):
        cut = image.copy()
        cut[:, row] = 0
        assert np.abs(model(cut) - inside).max() > 0


def test_discriminator_refuses_what_it_cannot_halve():
    with pytest.raises(ValueError, match="8x8 pixels or more, not 7x7"):
        realesrgan.discriminator(7)


def gradients(model, image):
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.square(model(image, training=True) - 1.0))
    return tape.gradient(loss, model.trainable_variables)


def test_gradient_reaches_all_weights():
    model = u_net()
    found = gradients(model, images(2, 19, 19, 1))
    for weight, gradient in zip(model.trainable_variables, found, strict=True):
        assert np.abs(gradient).max() > 0, weight.path


def test_xla_computes_the_same_gradient():
    """Of the two layers that only this system has; the whole U-Net would compile for long."""
    layer, _ = spectral_layer(training_calls=60)  # u moves no more, so both start alike
    enlarge = keras.layers.UpSampling2D(2, interpolation="bilinear")
    model = keras.Sequential([keras.Input((8, 8, 3)), layer, enlarge])
    image = tf.constant(images(2, 8, 8, 3))
    (expected,) = gradients(model, image)
    (found,) = tf.function(lambda image: gradients(model, image), jit_compile=True)(image)
    np.testing.assert_allclose(found, expected, atol=1e-5 * np.abs(expected).max())


def test_both_leave_in_float32_under_mixed_precision_and_can_be_cloned():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        models = [realesrgan.generator(5, width=4, blocks=1), u_net()]
    finally:
        keras.config.set_dtype_policy("float32")
    assert models[0].output_shape == (None, 15, 15, 1)
    for model in models:
        assert model.layers[3].compute_dtype == "bfloat16"
        assert keras.backend.standardize_dtype(model.output.dtype) == "float32"
        assert keras.models.clone_model(model).count_params() == model.count_params()


def test_blur_has_the_sigma_of_opencv():
    """A width of 51 means 0.3 * ((51 - 1) / 2 - 1) + 0.8 = 8 pixels: exp(-1/2) 8 pixels away."""
    row = realesrgan.blur_matrix(150)[75]
    assert row[75 + 8] / row[75] == pytest.approx(np.exp(-0.5), rel=1e-5)
    assert np.flatnonzero(row).tolist() == list(range(50, 101))
    assert row.sum() == pytest.approx(1)


def test_sharpening_one_dot_by_hand():
    """Only the dot itself is more than 10 levels off its blur; its mask fades around it."""
    row = realesrgan.blur_matrix(61)[30].astype("float64")
    peak, beside = row[30] ** 2, row[30] * row[31]
    image = np.zeros((1, 61, 61, 1), "float32")
    image[0, 30, 30, 0] = 0.5
    sharp = np.asarray(realesrgan.sharpened(image))[0, :, :, 0]
    assert sharp[30, 30] == pytest.approx(0.5 + peak * 0.5 * 0.5 * (1 - peak), rel=1e-5)
    assert sharp[30, 31] == pytest.approx(-beside * 0.5 * 0.5 * beside, rel=1e-4)


def test_what_differs_by_less_than_10_levels_is_left_alone():
    image = images(1, 60, 60, 1) * 9 / 255
    np.testing.assert_array_equal(realesrgan.sharpened(image), image)


def test_sharpening_equals_scipys_filters_in_two_dimensions():
    image = np.kron(images(9, 7), np.ones((8, 9), "float32"))  # 72x63, blocks with edges
    offsets = np.arange(-25, 26)
    kernel = np.exp(-(offsets[:, None] ** 2 + offsets**2) / (2 * 8.0**2))
    kernel /= kernel.sum()

    def blurred(image):
        return ndimage.correlate(image.astype("float64"), kernel, mode="mirror")

    detail = image - blurred(image)
    mask = blurred(np.abs(detail) > 10 / 127.5)
    expected = image + mask * (np.clip(image + 0.5 * detail, -1, 1) - image)
    sharp = np.asarray(realesrgan.sharpened(image[None, :, :, None]))[0, :, :, 0]
    np.testing.assert_allclose(sharp, expected, atol=1e-5)
