"""Perceptual losses: VGG19 against Keras's, distances by hand, and what they are sensitive to."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image, ImageFilter

from medsr_nb import degradation
from medsr_nb.data.images import load
from medsr_nb.losses import perceptual, pixel
from medsr_nb.machine.paths import UserError

LAYERS = [
    f"{stage}_{n}" for stage, depth in enumerate((2, 2, 4, 4, 4), 1) for n in range(1, depth + 1)
]
POSITION = "block{}_conv{}"


@pytest.fixture(scope="module")
def published():
    """VGG19 of Keras with weights and biases drawn at random."""
    keras.utils.set_random_seed(0)
    model = keras.applications.VGG19(include_top=False, weights=None)
    draw = np.random.default_rng(0)
    for layer in model.layers:
        if layer.weights:
            layer.bias.assign(draw.normal(0, 10.0, layer.bias.shape))
    return model


@pytest.fixture
def vgg19(published, monkeypatch):
    """``perceptual.vgg19`` with these weights."""
    monkeypatch.setattr(perceptual, "published_vgg19", lambda weights: published)
    return lambda names: perceptual.vgg19(names, weights=None)


@pytest.fixture(scope="module")
def slices():
    """Three slices of the sample, as Pillow images."""
    return [Image.fromarray(one[..., 0]) for one in load("sample").pixels[[20, 90, 140]]]


def pictures(count=2, size=32, seed=0):
    """Images (count, size, size, 1) in [-1, 1]."""
    return np.random.default_rng(seed).uniform(-1, 1, (count, size, size, 1)).astype("float32")


def extractor(*scales):
    """A network that gives the image times each of ``scales``: features one can compute by hand."""
    image = keras.Input((None, None, 1))
    return keras.Model(image, [keras.layers.Rescaling(scale)(image) for scale in scales])


def test_black_and_white_are_caffes_extremes():
    """0 and 255 in all channels, less ImageNet's mean of blue, green and red."""
    edges = np.array([-1.0, 1.0], "float32").reshape(1, 1, 2, 1)
    black, white = np.asarray(perceptual.ImageNetInput()(edges))[0, 0]
    np.testing.assert_allclose(black, [-103.939, -116.779, -123.68], rtol=1e-6)
    np.testing.assert_allclose(white, [151.061, 138.221, 131.32], rtol=1e-6)


def test_grey_is_prepared_as_keras_prepares_colour():
    grey = pictures()
    colour = np.repeat(127.5 * (grey + 1), 3, axis=-1)
    expected = keras.applications.vgg19.preprocess_input(colour.copy())
    np.testing.assert_allclose(perceptual.ImageNetInput()(grey), expected, atol=1e-4)


def test_every_layer_is_that_of_kerass_vgg19(published, vgg19):
    """After ReLU ours equal Keras's; before it, what ReLU turns into them, with negatives."""
    grey = pictures(1)
    whole = keras.Model(
        published.input,
        [published.get_layer(POSITION.format(*at.split("_"))).output for at in LAYERS],
    )
    expected = whole(
        keras.applications.vgg19.preprocess_input(np.repeat(127.5 * (grey + 1), 3, -1))
    )
    ours = vgg19([f"{kind}{at}" for kind in ("conv", "relu") for at in LAYERS])(grey)
    linear, rectified = ours[: len(LAYERS)], ours[len(LAYERS) :]
    for at, keras_says, before, after in zip(LAYERS, expected, linear, rectified, strict=True):
        scale = float(np.max(keras_says))
        np.testing.assert_allclose(after, keras_says, rtol=1e-4, atol=1e-5 * scale, err_msg=at)
        np.testing.assert_array_equal(np.maximum(before, 0), after, err_msg=at)
        assert np.min(before) < 0, at


def test_vgg19_halves_its_sides_and_takes_any_size(vgg19):
    names = ["conv1_2", "conv2_2", "conv3_4", "conv4_4", "relu5_4"]
    found = vgg19(names)(pictures(1, 50))
    assert [one.shape[1:] for one in found] == [
        (50, 50, 64), (25, 25, 128), (12, 12, 256), (6, 6, 512), (3, 3, 512)
    ]  # fmt: skip


def test_vgg19_stops_at_the_last_layer_asked_for_and_is_not_trained(vgg19):
    model = vgg19(["conv2_1"])
    assert [layer.name for layer in model.layers][-1] == "conv2_1"
    assert model.count_params() == 1792 + 36928 + 73856 and not model.trainable_weights


def test_vgg19_computes_in_float32_under_any_policy(vgg19):
    keras.config.set_dtype_policy("mixed_float16")
    try:
        model = vgg19(["conv1_1"])
    finally:
        keras.config.set_dtype_policy("float32")
    assert {layer.compute_dtype for layer in model.layers} == {"float32"}


def test_an_unknown_layer_is_refused():
    with pytest.raises(ValueError, match="no layer 'relu3_5'"):
        perceptual.vgg19(["relu3_4", "relu3_5"], weights=None)


def test_without_network_the_error_names_the_other_loss(monkeypatch):
    def offline(**kwargs):
        raise Exception("URL fetch failure")

    monkeypatch.setattr(keras.applications, "VGG19", offline)
    with pytest.raises(UserError, match=r'URL fetch failure.*perceptual_loss\("labels"\)'):
        perceptual.perceptual_loss("srgan")


@pytest.mark.parametrize(
    ("kind", "layers", "expected"),
    [
        ("srgan", ["relu5_4"], (1.5 * 0.5 / 12.75) ** 2),
        ("esrgan", ["conv5_4"], 1.5 * 0.5),
        (
            "realesrgan",
            ["conv1_2", "conv2_2", "conv3_4", "conv4_4", "conv5_4"],
            0.5 * (0.1 * 1.5 + 0.1 * 2.5 + 3.5 + 4.5 + 5.5),
        ),
    ],
)
def test_the_published_losses_by_hand(monkeypatch, kind, layers, expected):
    """An original of 0, a result of 0.5, and features that are 1.5, 2.5, ... times the image."""
    asked = []

    def scaled(names, weights):
        asked.extend(names)
        return extractor(*(1.5 + place for place in range(len(names))))

    monkeypatch.setattr(perceptual, "vgg19", scaled)
    hr = np.zeros((2, 4, 4, 1), "float32")
    found = perceptual.perceptual_loss(kind, weights=None)(hr, hr + 0.5)
    assert asked == layers
    assert float(found) == pytest.approx(expected, rel=1e-5)


def test_srgans_rescaling_is_the_one_ledig_et_al_state():
    _, (weight,), _ = perceptual.VGG_LOSSES["srgan"]
    assert round(weight, 3) == 0.006


def test_distance_is_averaged_over_batch_positions_and_channels():
    hr, sr = pictures(3, 4, seed=1), pictures(3, 4, seed=2)
    loss = perceptual.PerceptualLoss(extractor(2.0, -1.0), (1.0, 3.0), pixel.mean_squared_error)
    squared = np.mean((hr - sr) ** 2)
    assert float(loss(hr, sr)) == pytest.approx(4 * squared + 3 * squared, rel=1e-5)


def test_one_weight_for_each_feature():
    with pytest.raises(ValueError, match="2 weights for 1 features"):
        perceptual.PerceptualLoss(extractor(1.0), (1.0, 2.0), pixel.mean_squared_error)


def test_an_unknown_loss_is_refused():
    with pytest.raises(ValueError, match="srgan, esrgan, realesrgan, labels"):
        perceptual.perceptual_loss("vgg")


def test_the_gradient_reaches_the_result_alone():
    loss = perceptual.perceptual_loss("labels")
    hr, sr = tf.constant(pictures(1, seed=1)), tf.constant(pictures(1, seed=2))
    with tf.GradientTape() as tape:
        tape.watch([hr, sr])
        found = loss(hr, sr)
    of_original, of_result = tape.gradient(found, [hr, sr])
    assert of_original is None and float(tf.reduce_min(tf.abs(of_result))) > 0
    assert loss.weights and not loss.trainable_variables


def test_the_gradient_of_the_absolute_error_by_hand():
    loss = perceptual.PerceptualLoss(extractor(2.0), (5.0,), pixel.mean_absolute_error)
    hr, sr = pictures(2, 3, seed=1), tf.constant(pictures(2, 3, seed=2))
    with tf.GradientTape() as tape:
        tape.watch(sr)
        found = loss(hr, sr)
    np.testing.assert_allclose(
        tape.gradient(found, sr), 10.0 * np.sign(sr - hr) / hr.size, rtol=1e-6
    )


def test_it_compiles_and_says_the_same():
    image = keras.Input((None, None, 1))
    found = perceptual.linear_and_rectified(image, ["conv2_1"])
    features = keras.Model(image, [found["relu1_1"], found["conv2_1"]])
    for weight in features.weights:
        weight.assign(np.random.default_rng(0).normal(0, 0.1, weight.shape))
    loss = perceptual.PerceptualLoss(features, (1.0, 0.5), pixel.mean_absolute_error)
    hr, sr = pictures(1, 16, seed=1), pictures(1, 16, seed=2)
    compiled = tf.function(lambda one, other: loss(one, other), jit_compile=True)
    assert float(compiled(hr, sr)) == pytest.approx(float(loss(hr, sr)), rel=1e-4)


def test_it_stays_in_float32_in_a_step_of_16_bits():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        loss = perceptual.perceptual_loss("labels")
        narrow = loss(pictures(1), keras.ops.cast(pictures(1, seed=2), "bfloat16"))
    finally:
        keras.config.set_dtype_policy("float32")
    assert keras.backend.standardize_dtype(narrow.dtype) == "float32"
    assert {layer.compute_dtype for layer in loss.features.layers} == {"float32"}


def blurred(slices, radius):
    """uint8 (N, 150, 150, 1): the slices under a Gaussian blur of ``radius`` pixels."""
    return np.stack([np.asarray(one.filter(ImageFilter.GaussianBlur(radius))) for one in slices])[
        ..., None
    ]


def test_the_more_an_image_is_blurred_the_further_it_is(slices):
    hr, radii = blurred(slices, 0), (0, 0.5, 1, 2, 4)
    loss = perceptual.perceptual_loss("labels")
    judged = np.array(
        [perceptual.perceptual_distances(hr, blurred(slices, radius)) for radius in radii]
    )
    trained_on = [
        float(loss(degradation.to_float(hr), degradation.to_float(blurred(slices, radius))))
        for radius in radii
    ]
    assert trained_on[0] == 0 and (np.diff(trained_on) > 0).all()
    assert (judged[0] < 1e-9).all() and (np.diff(judged, axis=0) > 0).all()


def test_distance_of_feature_vectors_by_hand():
    """Equal directions are 0 apart, right angles 2, opposites 4, whatever their lengths."""
    one = np.array([[1, 0], [2, 0], [0, 3]], "float32").reshape(3, 1, 1, 2)
    other = np.array([[5, 0], [0, 1], [0, -1]], "float32").reshape(3, 1, 1, 2)
    np.testing.assert_allclose(perceptual.cosine_distance(one, other), [0, 2, 4], atol=1e-6)
    mixed = perceptual.cosine_distance(one.reshape(1, 1, 3, 2), other.reshape(1, 1, 3, 2))
    np.testing.assert_allclose(mixed, [2], atol=1e-6)


def test_distances_do_not_depend_on_batches(slices):
    hr, sr = blurred(slices, 0), blurred(slices, 1)
    whole = perceptual.perceptual_distances(hr, sr)
    assert whole.shape == (3,)
    np.testing.assert_allclose(perceptual.perceptual_distances(hr, sr, batch=2), whole, rtol=1e-4)


def test_distances_refuse_other_shapes():
    with pytest.raises(ValueError, match="one shape"):
        perceptual.perceptual_distances(
            np.zeros((1, 8, 8, 1), "uint8"), np.zeros((1, 9, 9, 1), "uint8")
        )
