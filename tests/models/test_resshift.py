"""ResShift's denoiser: its layers, its size, and that it learns."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from medsr_nb import degradation
from medsr_nb.machine import precision
from medsr_nb.models import resshift
from medsr_nb.models.swin import SwinBlock
from medsr_nb.training import denoising, ema, steps

SMALL = {"width": 16, "multipliers": (1, 2), "blocks": 1, "window": 2}


@pytest.fixture
def lr():
    return np.random.default_rng(0).uniform(-1, 1, (2, 7, 7, 1)).astype("float32")


def stirred(network):
    """The network with every weight moved, as its last convolution starts at zero."""
    rng = np.random.default_rng(0)
    for weight in network.weights:
        weight.assign(weight.numpy() + rng.normal(0, 0.05, weight.shape))
    return network


def inputs_of(lr, t):
    x_t = np.random.default_rng(1).normal(size=(len(lr), 21, 21, 1)).astype("float32")
    return [x_t, lr, np.full(len(lr), t, "float32")]


def conv_parameters(inputs, outputs, kernel=3):
    return kernel * kernel * inputs * outputs + outputs


def block_parameters(inputs, width, time):
    skip = conv_parameters(inputs, width, 1) if inputs != width else 0
    convs = conv_parameters(inputs, width) + conv_parameters(width, width)
    return 2 * inputs + 2 * width + convs + (time + 1) * width + skip


def swin_parameters(width, window):
    attention = 4 * width * (width + 1) + width // 32 * (2 * window - 1) ** 2
    return attention + 4 * width + width * (2 * width + 1) + 2 * width * width + 2 * width


def test_the_default_network_is_what_the_file_says():
    network = resshift.denoiser(50)
    a, b, time = 48, 96, 192
    expected = (
        (a + 1) * time + (time + 1) * time  # t
        + conv_parameters(1, a, 9) + conv_parameters(1, a)  # x_t and LR
        + 2 * block_parameters(a, a, time) + conv_parameters(a, b)
        + 2 * block_parameters(b, b, time) + conv_parameters(b, b)
        + 4 * block_parameters(b, b, time)  # the lowest level and the middle
        + 4 * block_parameters(2 * b, b, time) + conv_parameters(b, b) + conv_parameters(b, a)
        + 2 * block_parameters(2 * a, a, time)
        + 10 * swin_parameters(b, 7)
        + 2 * a + conv_parameters(a, 9)
    )  # fmt: skip
    assert network.count_params() == expected == 3_568_599
    assert network.output_shape == (None, 150, 150, 1)
    attentions = [one.attention for one in network.layers if isinstance(one, SwinBlock)]
    assert [(one.size[0], one.shift) for one in attentions] == (
        [(28, 0), (28, 3), (14, 0), (14, 3)] + [(14, 0), (14, 3)] * 2 + [(28, 0), (28, 3)]
    )
    assert {(one.window, one.heads) for one in attentions} == {(7, 3)}


def test_it_starts_from_bicubic(lr):
    sr = resshift.generator(7, **SMALL)(lr)
    bicubic = np.clip(np.asarray(degradation.enlarged(lr, 3)), -1, 1)
    np.testing.assert_allclose(sr, bicubic, atol=1e-6)


def test_x_t_lr_and_t_all_matter(lr):
    network = stirred(resshift.denoiser(7, **SMALL))
    x_t, lr, t = inputs_of(lr, 1.0)
    guess = np.asarray(network([x_t, lr, t]))
    for other in ([x_t + 0.5, lr, t], [x_t, lr * 0.5, t], [x_t, lr, t + 1]):
        assert np.abs(np.asarray(network(other)) - guess).max() > 1e-3


def test_t_becomes_cosines_and_sines():
    angles = np.array([[3.0, 0.03]])  # at frequencies 1 and 1/100
    expected = np.concatenate([np.cos(angles), np.sin(angles)], axis=1)
    np.testing.assert_allclose(resshift.Sinusoids(4)(np.array([3.0])), expected, rtol=1e-5)


def test_the_mirror_keeps_an_image_and_its_enlargement_in_step(lr):
    def thrice(image):
        return np.repeat(np.repeat(image, 3, axis=1), 3, axis=2)

    padded = np.asarray(resshift.MirrorPad(1, 2)(lr))
    np.testing.assert_array_equal(padded[0, :, 4, 0], lr[0, [0, 0, 1, 2, 3, 4, 5, 6, 6, 5], 3, 0])
    np.testing.assert_array_equal(resshift.MirrorPad(3, 6)(thrice(lr)), thrice(padded))


def test_a_convolution_of_stride_3_looks_at_whole_blocks():
    convolution = layers.Conv2D(1, 9, strides=3, padding="same", use_bias=False)
    image = np.random.default_rng(0).normal(size=(1, 12, 12, 1)).astype("float32")
    convolution.build(image.shape)
    centre = np.zeros((9, 9, 1, 1), "float32")
    centre[3:6, 3:6] = 1.0
    convolution.kernel.assign(centre)
    blocks = image.reshape(4, 3, 4, 3).sum(axis=(1, 3))
    np.testing.assert_allclose(np.asarray(convolution(image))[0, :, :, 0], blocks, atol=1e-5)


@pytest.mark.parametrize(
    ("settings", "advice"),
    [
        ({**SMALL, "width": 15}, "choose 16"),
        ({**SMALL, "width": 52}, "multiple of 3"),
        ({"width": 16, "window": 7}, "smaller window"),
        ({**SMALL, "steps": 1}, "at least 2"),
    ],
)
def test_what_cannot_be_built_is_refused(settings, advice):
    with pytest.raises(ValueError, match=advice):
        resshift.generator(7, **settings)


def test_a_gradient_reaches_every_weight(lr):
    import tensorflow as tf

    network = stirred(resshift.denoiser(7, **SMALL))
    with tf.GradientTape() as tape:
        loss = ops.mean(ops.square(network(inputs_of(lr, 2.0))))
    gradients = tape.gradient(loss, [weight.value for weight in network.trainable_weights])
    for weight, gradient in zip(network.trainable_weights, gradients, strict=True):
        assert gradient is not None and np.abs(gradient).max() > 0, weight.path


@pytest.mark.parametrize("bits", ["float32", "bfloat16"])
def test_the_average_is_the_same_network(lr, bits):
    with precision.policy(bits):
        network = stirred(resshift.generator(7, steps=2, **SMALL))
    clone = ema.Average(network, 0.9).network
    sr = np.asarray(network(lr))
    assert sr.dtype == np.float32 and sr.shape == (2, 21, 21, 1)
    np.testing.assert_array_equal(np.asarray(clone(lr)), sr)
    inner = network.get_layer("sampler").denoiser.layers
    kinds = {one.compute_dtype for one in inner if isinstance(one, layers.Conv2D | SwinBlock)}
    assert kinds == {"float32", bits}  # float32 in any case for the last one


def test_a_few_steps_make_the_guess_better():
    keras.utils.set_random_seed(0)
    waves = np.sin(np.arange(24) * np.linspace(0.2, 2, 8)[:, None])
    pixels = 127 + 120 * waves[:, :, None, None] * waves[:, None, :, None]
    images = steps.DeviceImages(pixels.round().astype("uint8"), np.zeros(8))
    generator = resshift.generator(8, **SMALL)
    model = denoising.DiffusionModel(generator, images, 3, average=ema.Average(generator, 0.9))
    model.compile(optimizer=keras.optimizers.Adam(4e-3), run_eagerly=True)  # sooner than compiled

    def loss_of_one_draw():
        kept = model.draws.state.numpy()
        hr, labels = model.images(np.arange(8))
        loss = model.objective(degradation.reduced(hr, 3), hr, labels)[1]
        model.draws.state.assign(kept)
        return float(loss)

    before = loss_of_one_draw()
    model.fit(steps.Batches(np.arange(8), 8, seed=0), epochs=2, verbose=0)
    assert loss_of_one_draw() < 0.98 * before
