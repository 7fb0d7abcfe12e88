"""SwinIR's published size, structure, range and padding (arXiv 2108.10257)."""

import keras
import numpy as np
import pytest

from medsr_nb.models import swinir
from medsr_nb.models.swin import SwinBlock

CLASSICAL = {"width": 180, "depths": (6,) * 6, "upsampler": "classical"}
TINY = {"width": 8, "depths": (2, 1), "heads": 2, "window": 4}


def random_images(*shape):
    return np.random.default_rng(0).uniform(-1, 1, shape).astype("float32")


def with_random_weights(model):
    draw = np.random.default_rng(1)
    model.set_weights([draw.normal(0, 0.2, weight.shape) for weight in model.weights])
    return model


@pytest.mark.parametrize(
    ("settings", "channels", "published"),
    [({}, 3, 918_267), ({}, 1, 907_449), (CLASSICAL, 3, 11_937_127)],
    ids=["lightweight", "greyscale", "classical"],
)
def test_parameters_are_the_published_ones(settings, channels, published):
    model = swinir.generator(8, **settings, channels=channels)
    assert model.count_params() == published
    assert model.output_shape == (None, 24, 24, channels)


@pytest.mark.parametrize("lr_size", [50, 8, 5])
def test_any_size_fits(lr_size):
    model = swinir.generator(lr_size, width=4, depths=(1,), heads=2)
    assert model.output_shape == (None, 3 * lr_size, 3 * lr_size, 1)
    assert np.asarray(model(random_images(1, lr_size, lr_size, 1))).shape[1] == 3 * lr_size


@pytest.mark.parametrize("upsampler", swinir.UPSAMPLERS)
@pytest.mark.parametrize(("factor", "shuffles"), [(2, 1), (4, 2)])
def test_other_factors(upsampler, factor, shuffles):
    model = swinir.generator(8, factor, **TINY, upsampler=upsampler)
    assert model.output_shape == (None, 8 * factor, 8 * factor, 1)
    count = [type(layer).__name__ for layer in model.layers].count("PixelShuffle")
    assert count == (shuffles if upsampler == "classical" else 1)


def test_the_network_is_equations_1_to_4():
    model = with_random_weights(swinir.generator(8, **TINY))
    lr = random_images(2, 8, 8, 1)

    def made(name, features):
        return model.get_layer(name)(features)

    shallow = made("conv_first", 0.5 * lr + 0.5)
    deep = made("patch_embed.norm", shallow)
    for group, depth in enumerate(TINY["depths"]):
        inner = deep
        for number in range(depth):
            inner = made(f"layers.{group}.residual_group.blocks.{number}", inner)
        deep = deep + made(f"layers.{group}.conv", inner)
    deep = made("conv_after_body", made("norm", deep))
    nine = np.asarray(made("upsample.0", shallow + deep)).reshape(2, 8, 8, 3, 3)
    expected = 2 * nine.transpose(0, 1, 3, 2, 4).reshape(2, 24, 24, 1) - 1
    np.testing.assert_allclose(np.asarray(model(lr)), expected, rtol=1e-5, atol=1e-5)


def test_classical_upsampler_goes_through_64_maps():
    model = swinir.generator(8, **TINY, upsampler="classical")
    names = ("conv_before_upsample.0", "upsample.0", "conv_last")
    assert [model.get_layer(name).filters for name in names] == [64, 9 * 64, 1]
    slopes = [one.negative_slope for one in model.layers if isinstance(one, keras.layers.LeakyReLU)]
    assert slopes == [0.01]


def test_every_second_block_is_shifted_by_half_a_window():
    model = swinir.generator(8, width=4, depths=(3, 2), heads=1)
    blocks = [layer.attention for layer in model.layers if isinstance(layer, SwinBlock)]
    assert [attention.shift for attention in blocks] == [0, 4, 0, 0, 4]
    assert {attention.window for attention in blocks} == {8}


def test_a_size_between_windows_is_mirrored_and_cropped():
    padded, whole = swinir.generator(10, **TINY), swinir.generator(12, **TINY)
    whole.set_weights(with_random_weights(padded).get_weights())
    lr = random_images(2, 10, 10, 1)
    mirrored = np.pad(lr, ((0, 0), (0, 2), (0, 2), (0, 0)), mode="reflect")
    expected = np.asarray(whole(mirrored))[:, :30, :30]
    np.testing.assert_allclose(np.asarray(padded(lr)), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("channels", "colour"), [(1, [0.0]), (3, [0.4488, 0.4371, 0.4040])], ids=["grey", "colour"]
)
def test_the_network_sees_0_to_1_less_the_mean_colour(channels, colour):
    model = swinir.generator(8, **TINY, channels=channels)
    first, last = (one for one in model.layers if isinstance(one, keras.layers.Rescaling))
    level = 2 * np.array(colour, "float32") - 1
    np.testing.assert_allclose(np.asarray(first(level)), 0, atol=1e-7)
    np.testing.assert_allclose(np.asarray(first(level + 1)), 0.5, atol=1e-7)
    np.testing.assert_allclose(np.asarray(last(np.zeros(channels))), level, atol=1e-7)
    np.testing.assert_allclose(np.asarray(last(np.full(channels, 0.5))), level + 1, atol=1e-7)


def test_a_compiled_step_reaches_every_weight():
    model = swinir.generator(6, **TINY | {"depths": (2,)})
    before = model.get_weights()
    model.compile(keras.optimizers.SGD(1.0), "mae", jit_compile=True)
    lr, hr = random_images(2, 6, 6, 1), random_images(2, 18, 18, 1)
    model.train_on_batch(lr, hr)
    untouched = [
        variable.path
        for variable, old, new in zip(model.weights, before, model.get_weights(), strict=True)
        if np.array_equal(old, new)
    ]
    assert not untouched


def test_mixed_precision_gives_a_float32_image():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = swinir.generator(10, **TINY, upsampler="classical")
    finally:
        keras.config.set_dtype_policy("float32")
    exact = swinir.generator(10, **TINY, upsampler="classical")
    exact.set_weights(model.get_weights())
    lr = random_images(1, 10, 10, 1)
    sr = model(lr)
    assert keras.backend.standardize_dtype(sr.dtype) == "float32"
    assert model.get_layer("conv_after_body").compute_dtype == "bfloat16"
    np.testing.assert_allclose(np.asarray(sr), np.asarray(exact(lr)), atol=0.02)


def test_a_clone_and_a_file_hold_the_same_network(tmp_path):
    model = with_random_weights(swinir.generator(6, **TINY, channels=3))
    clone = keras.models.clone_model(model)
    clone.set_weights(model.get_weights())
    model.save(tmp_path / "swinir.keras")
    lr = random_images(1, 6, 6, 3)
    for other in (clone, keras.models.load_model(tmp_path / "swinir.keras")):
        np.testing.assert_array_equal(np.asarray(model(lr)), np.asarray(other(lr)))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"factor": 5}, "2, 3 or 4"),
        ({"upsampler": "nearest"}, "direct, classical"),
        ({"channels": 2}, "1 or 3 channels"),
        ({"lr_size": 4}, "too few to mirror"),
        ({"width": 32}, "a multiple of 6"),
    ],
)
def test_what_does_not_fit_is_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        swinir.generator(**{"lr_size": 8} | settings)
