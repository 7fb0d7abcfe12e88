"""Shapes, parameter counts and structure of the paper's networks."""

import keras
import numpy as np
import pytest

from medsr_nb.models import acgan, iteration1, prototype, srgan
from medsr_nb.models.layers import Bilinear, PixelShuffle


def conv_parameters(inputs, outputs, kernel):
    return kernel * kernel * inputs * outputs + outputs


def kinds(model):
    return [type(layer).__name__ for layer in model.layers]


def test_pixel_shuffle_puts_channels_where_equation_4_says():
    features = np.arange(2 * 3 * 8, dtype="float32").reshape(1, 2, 3, 8)
    shuffled = np.asarray(PixelShuffle(2)(features))
    assert shuffled.shape == (1, 4, 6, 2)
    for y, x, c in np.ndindex(4, 6, 2):
        channel = (2 * (y % 2) + x % 2) * 2 + c
        assert shuffled[0, y, x, c] == features[0, y // 2, x // 2, channel]


@pytest.mark.parametrize("factor", [2, 3])
def test_bilinear_is_keras_and_the_same_compiled(factor):
    images = np.random.default_rng(0).uniform(-1, 1, (2, 5, 7, 3)).astype("float32")
    layer = Bilinear(factor)
    expected = keras.layers.UpSampling2D(factor, interpolation="bilinear")(images)
    np.testing.assert_allclose(layer(images), expected, atol=1e-6)
    assert layer.compute_output_shape(images.shape) == expected.shape
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        compiled = tf.function(layer.call, jit_compile=True)
        np.testing.assert_allclose(compiled(images), expected, atol=1e-6)


def test_srgan_generator_has_the_published_number_of_parameters():
    block = 2 * (conv_parameters(64, 64, 3) + 4 * 64) + 64
    expected = (
        conv_parameters(1, 64, 9)
        + 64
        + 16 * block
        + conv_parameters(64, 64, 3)
        + 4 * 64
        + conv_parameters(64, 576, 3)
        + 64
        + conv_parameters(64, 1, 9)
    )
    model = srgan.generator(50)
    assert model.count_params() == expected
    assert model.output_shape == (None, 150, 150, 1)
    assert kinds(model).count("Add") == 17


@pytest.mark.parametrize(("factor", "shuffles"), [(2, 1), (3, 1), (4, 2)])
def test_srgan_enlarges_by_each_published_factor(factor, shuffles):
    model = srgan.generator(6, factor, width=4, blocks=1)
    assert model.output_shape == (None, 6 * factor, 6 * factor, 1)
    assert kinds(model).count("PixelShuffle") == shuffles


def test_srgan_refuses_other_factors():
    with pytest.raises(ValueError, match="2, 3 or 4"):
        srgan.generator(10, 5)


def test_srgan_discriminator_is_the_published_one():
    model = srgan.discriminator(96)
    convolutions = [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
    assert [layer.filters for layer in convolutions] == [64, 64, 128, 128, 256, 256, 512, 512]
    assert [layer.strides[0] for layer in convolutions] == [1, 2] * 4
    assert kinds(model).count("BatchNormalization") == 7
    assert model.layers[-2].input.shape[-1] == 1024 and model.output_shape == (None, 1)


def test_prototype_generator_is_what_section_2_3_lists():
    model = prototype.generator()
    assert model.output_shape == (None, 150, 150, 1)
    assert kinds(model)[:4] == ["InputLayer", "Enlarge", "Conv2D", "LeakyReLU"]
    block = ["Conv2D", "BatchNormalization", "LeakyReLU"] * 2 + ["Add"]
    tail = ["Conv2D", "PixelShuffle", "LeakyReLU"] * 3 + ["Conv2D", "Activation"]
    assert kinds(model)[4:] == block * 7 + ["Conv2D", "LeakyReLU", "Add"] + tail
    assert model.layers[-2].filters == 1
    assert model.layers[-1].activation is keras.activations.tanh
    expected = (
        conv_parameters(1, 64, 3)
        + 14 * (conv_parameters(64, 64, 3) + 4 * 64)
        + conv_parameters(64, 64, 3)
        + 3 * conv_parameters(64, 256, 3)
        + conv_parameters(64, 1, 3)
    )
    assert model.count_params() == expected == 1_001_857


def test_prototype_discriminator_is_what_section_2_4_lists():
    model = prototype.discriminator()
    normed = ["Conv2D", "BatchNormalization", "Dropout"]
    plain = ["Conv2D", "Dropout", "LeakyReLU"]
    assert kinds(model) == (
        ["InputLayer", *plain]
        + normed * 3
        + [*normed, "LeakyReLU"]
        + plain * 2
        + ["Flatten", "Dense", "LeakyReLU", "Dense"]
    )
    dropouts = [layer.rate for layer in model.layers if isinstance(layer, keras.layers.Dropout)]
    assert dropouts == [0.5] * 7
    assert model.layers[-3].units == 1024
    assert model.layers[-1].activation is keras.activations.sigmoid


@pytest.mark.parametrize(("module", "sizes"), [(iteration1, (50, 2)), (prototype, (14, 2))])
def test_the_papers_generators_fit_100_and_28_pixels(module, sizes):
    lr_size, factor = sizes
    model = module.generator(lr_size, factor, width=4)
    assert model.output_shape == (None, lr_size * factor, lr_size * factor, 1)


def test_iteration1_is_half_of_srgan_with_two_size_keeping_shuffles():
    model = iteration1.generator()
    assert model.output_shape == (None, 100, 100, 1)
    assert kinds(model).count("Add") == 9 and kinds(model).count("PixelShuffle") == 2
    block = 2 * (conv_parameters(64, 64, 3) + 4 * 64) + 64
    assert model.count_params() == (
        conv_parameters(1, 64, 9) + 64 + 8 * block + conv_parameters(64, 64, 3) + 4 * 64
        + 2 * conv_parameters(64, 256, 3) + conv_parameters(64, 1, 9)
    )  # fmt: skip


def test_baseline_is_conditioned_on_the_class():
    keras.utils.set_random_seed(0)
    model = acgan.generator(7, 4, width=4)
    lr = np.random.default_rng(0).uniform(-1, 1, (1, 7, 7, 1)).astype("float32")
    three, eight = (np.asarray(model([lr, np.array([label])])) for label in (3, 8))
    assert three.shape == (1, 28, 28, 1)
    assert np.abs(three - eight).max() > 1e-4


def test_baseline_discriminator_judges_and_names():
    real, named = acgan.discriminator(width=4)(np.zeros((2, 28, 28, 1), "float32"))
    assert real.shape == (2, 1) and named.shape == (2, 10)
    np.testing.assert_allclose(np.sum(named, axis=1), 1, atol=1e-5)


def test_images_leave_in_float32_under_mixed_precision():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = prototype.generator(10, width=4, blocks=1)
        judge = prototype.discriminator(20, width=4)
    finally:
        keras.config.set_dtype_policy("float32")
    assert model.compute_dtype != "float32"
    assert keras.backend.standardize_dtype(model.output.dtype) == "float32"
    assert keras.backend.standardize_dtype(judge.output.dtype) == "float32"
