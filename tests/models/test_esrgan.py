"""RRDBNet, ESRGAN's discriminator, and the conversion of weights, by hand-computed values."""

import convert
import keras
import numpy as np
import pytest
import tensorflow as tf

from medsr_nb.models import esrgan, rrdb


def conv_parameters(inputs, outputs, kernel):
    return kernel * kernel * inputs * outputs + outputs


def small(**changes):
    settings = {"factor": 3, "width": 4, "blocks": 1, "growth": 2} | changes
    return rrdb.generator(5, **settings)


def made_of(block, width, growth):
    """A model of one block on a 3x3 image; its kernels look at the middle pixel alone."""
    features = keras.layers.Input((3, 3, width))
    model = keras.Model(features, block(features, growth, "block"))
    for layer in convolutions(model):
        kernel = np.zeros(layer.kernel.shape)
        kernel[1, 1] = 1.0
        layer.kernel.assign(kernel)
    return model


def convolutions(model):
    return [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]


def pixels(*values):
    return np.array(values, "float32").reshape(-1, 1, 1, 1) * np.ones((1, 3, 3, 1), "float32")


def test_generator_has_the_published_number_of_parameters():
    dense = sum(conv_parameters(64 + 32 * seen, 32, 3) for seen in range(4))
    dense += conv_parameters(64 + 4 * 32, 64, 3)
    colour = 2 * conv_parameters(64, 64, 3) + conv_parameters(3, 64, 3) + conv_parameters(64, 3, 3)
    model = esrgan.generator(8, 4, channels=3)
    assert model.name == "esrgan_generator"
    assert model.count_params() == 23 * 3 * dense + colour + 2 * conv_parameters(64, 64, 3)
    assert model.count_params() == 16_697_987
    grey = esrgan.generator(8, 3, blocks=1)  # one block and one enlargement instead of two
    assert grey.count_params() + 22 * 3 * dense == 16_658_753


def test_dense_block_sees_all_that_was_made_before():
    """With ones in the middle: 1, 1 + 1, 1 + 1 + 2, 1 + 1 + 2 + 4, then 16 to be added.

    From -1 each step is multiplied by 0.2: -0.2, -0.24, -0.288, -0.3456, and -2.0736.
    """
    model = made_of(rrdb.dense_block, 1, 1)
    expected = pixels(1 + 0.2 * 16, -1 - 0.2 * 2.0736)
    np.testing.assert_allclose(model.predict(pixels(1, -1), verbose=0), expected, rtol=1e-6)


def test_rrdb_adds_a_fifth_of_three_dense_blocks():
    """One dense block takes 1 to 4.2 (above), so three take it to 4.2 cubed."""
    model = made_of(rrdb.residual_in_residual, 1, 1)
    expected = pixels(1 + 0.2 * 4.2**3)
    np.testing.assert_allclose(model.predict(pixels(1), verbose=0), expected, rtol=1e-6)


@pytest.mark.parametrize(("factor", "steps"), [(2, [2]), (3, [3]), (4, [2, 2])])
def test_enlargement_is_nearest_neighbour_in_the_published_steps(factor, steps):
    model = small(factor=factor, width=1, blocks=0)
    for layer in convolutions(model):
        layer.kernel.assign(np.pad([[[[1.0]]]], ((1, 1), (1, 1), (0, 0), (0, 0))))
    kinds = [layer for layer in model.layers if isinstance(layer, keras.layers.UpSampling2D)]
    assert [layer.size[0] for layer in kinds] == steps
    lr = np.random.default_rng(0).uniform(0, 1, (2, 5, 5, 1)).astype("float32")
    expected = 2 * lr.repeat(factor, axis=1).repeat(factor, axis=2)  # 2: the long skip
    np.testing.assert_allclose(model.predict(lr, verbose=0), expected, rtol=1e-6)


def test_residuals_start_at_a_tenth_of_he():
    keras.utils.set_random_seed(0)
    model = rrdb.generator(4, width=32, blocks=1, growth=16)
    for name, variance in (("body.0.rdb2.conv5", 0.02), ("conv_body", 1 / 3)):
        kernel = model.get_layer(name).kernel
        expected = np.sqrt(variance / np.prod(kernel.shape[:3]))
        assert np.std(kernel) == pytest.approx(expected, rel=0.05)


def test_growth_is_half_the_width():
    model = rrdb.generator(4, width=12, blocks=1)
    assert model.get_layer("body.0.rdb1.conv1").filters == 6


def test_generator_refuses_other_factors():
    with pytest.raises(ValueError, match="2, 3 or 4, not by 6"):
        esrgan.generator(10, 6)


def test_discriminator_is_the_published_one_and_fits_150():
    model = esrgan.discriminator(150, channels=3)
    stages = convolutions(model)
    assert [layer.filters for layer in stages] == [
        64, 64, 128, 128, 256, 256, 512, 512, 512, 512
    ]  # fmt: skip
    assert [layer.kernel_size[0] for layer in stages] == [3, 4] * 5
    assert [layer.strides[0] for layer in stages] == [1, 2] * 5
    assert [layer.output.shape[1] for layer in stages] == [
        150, 75, 75, 37, 37, 18, 18, 9, 9, 4
    ]  # fmt: skip
    widths = [3, *(layer.filters for layer in stages)]
    expected = conv_parameters(3, 64, 3)
    for number in range(1, 10):
        kernel = (3, 4)[number % 2]
        expected += kernel**2 * widths[number] * widths[number + 1] + 4 * widths[number + 1]
    expected += conv_parameters(4 * 4 * 512, 100, 1) + conv_parameters(100, 1, 1)
    assert model.count_params() == expected
    assert esrgan.discriminator(128, channels=3).count_params() == expected


def test_discriminator_gives_logits():
    keras.utils.set_random_seed(1)
    model = esrgan.discriminator(32, width=4)
    model.layers[-1].bias.assign([-5.0])
    logits = np.asarray(model(np.zeros((2, 32, 32, 1), "float32")))
    np.testing.assert_allclose(logits, -5.0, atol=1e-6)  # zeros stay zeros up to the bias


def test_discriminator_refuses_what_it_cannot_halve():
    with pytest.raises(ValueError, match="32x32 pixels or more, not 31x31"):
        esrgan.discriminator(31)


@pytest.mark.parametrize(("model", "side"), [(small(), 5), (esrgan.discriminator(32, width=4), 32)])
def test_gradient_reaches_all_weights(model, side):
    images = np.random.default_rng(0).uniform(-1, 1, (2, side, side, 1)).astype("float32")
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.square(model(images, training=True) - 1.0))
    for weight, gradient in zip(
        model.trainable_variables, tape.gradient(loss, model.trainable_variables), strict=True
    ):
        assert np.abs(gradient).max() > 0, weight.path


def test_both_leave_in_float32_under_mixed_precision_and_can_be_cloned():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        models = [small(), esrgan.discriminator(32, width=4)]
    finally:
        keras.config.set_dtype_policy("float32")
    for model in models:
        assert model.layers[2].compute_dtype == "bfloat16"
        assert keras.backend.standardize_dtype(model.output.dtype) == "float32"
        assert keras.models.clone_model(model).count_params() == model.count_params()


def test_weights_come_back_as_they_were_stored():
    keras.utils.set_random_seed(2)
    model, other = small(), small()
    state = convert.stored(convert.rrdb_entries(model))
    kernel = np.asarray(model.get_layer("body.0.rdb1.conv2").kernel)
    assert state["body.0.rdb1.conv2.weight"].shape == (2, 6, 3, 3)
    assert state["body.0.rdb1.conv2.weight"][1, 5, 0, 2] == kernel[0, 2, 5, 1]
    convert.rrdb_weights(state, other)
    for mine, theirs in zip(model.weights, other.weights, strict=True):
        np.testing.assert_array_equal(mine, theirs)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"conv_last.weight": None}, "conv_last.weight is missing"),
        ({"conv_up2.bias": np.zeros(4)}, "conv_up2.bias has no place"),
        ({"conv_hr.weight": np.zeros((4, 4, 5, 3))}, r"conv_hr.weight has shape \(4, 4, 5, 3\)"),
    ],
)
def test_weights_of_another_network_are_refused_and_nothing_is_changed(change, message):
    model = small()
    before = model.get_weights()
    state = convert.stored(convert.rrdb_entries(model))
    state = {name: array + 1 for name, array in state.items()} | change
    state = {name: array for name, array in state.items() if array is not None}
    with pytest.raises(ValueError, match=f"weights of another network: {message}"):
        convert.rrdb_weights(state, model)
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
