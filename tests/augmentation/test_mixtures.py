"""The CutBlur family by its equations, and training a network on it."""

import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from scipy import stats

from medsr_nb import degradation
from medsr_nb.augmentation import mixtures
from medsr_nb.augmentation.augment import Augmentation
from medsr_nb.models import acgan, cutblur, prototype, srresnet
from medsr_nb.training import steps

SIZE = 20


def seeded(seed=0):
    return keras.random.SeedGenerator(seed)


def mixed_by(mixture, x, y, seed=0):
    """The pair that a mixture makes of (x, y), as numpy arrays."""
    return tuple(np.asarray(one) for one in mixture(x, y, mixtures.Draws(y, seeded(seed))))


def pair(count=4, size=SIZE):
    """An input and its target, no pixel of which is found twice."""
    values = np.random.default_rng(0).permutation(2 * count * size * size)
    x, y = np.linspace(-1, 1, len(values), dtype="float32")[values].reshape(2, count, size, size, 1)
    return x, y


def rectangle(mask):
    """(top, height, left, width) of a boolean (S, S) that is one filled rectangle."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    top, left, height, width = int(rows[0]), int(columns[0]), len(rows), len(columns)
    assert mask[top : top + height, left : left + width].all() and mask.sum() == height * width
    return top, height, left, width


def is_box(mask):
    """Whether a boolean (S, S) is True inside one box of 0.7 of the side; else it is outside."""
    inside = bool(mask[SIZE // 2, SIZE // 2])  # where every box of more than half reaches
    _, height, _, width = rectangle(mask if inside else ~mask)
    assert height == width and height in (13, 14)  # 20 * (0.7 + 0.01 N), rounded down
    return inside


def test_blend_fades_both_images_of_a_pair_into_one_grey_level():
    (x, y), weights = pair(), []
    for seed in range(12):
        new_x, new_y = mixed_by(mixtures.blend, x, y, seed=seed)
        weight = (new_x - new_y).std() / (x - y).std()
        weights.append(weight)
        np.testing.assert_allclose(new_x - new_y, weight * (x - y), atol=1e-5)
        faded = new_x - weight * x
        np.testing.assert_allclose(faded, np.broadcast_to(faded[:, :1, :1], x.shape), atol=1e-5)
        levels = faded[:, 0, 0, 0] / (1 - weight)
        assert np.abs(levels).max() <= 1 and len(np.unique(levels.round(3))) == 4
    assert 0.6 <= min(weights) < 0.7 and 0.9 < max(weights) <= 1


def test_mixup_averages_each_pair_with_another():
    x = np.eye(9, dtype="float32").reshape(9, 3, 3, 1)  # each pixel tells where it came from
    new_x, new_y = mixed_by(mixtures.mixup, x, -2 * x, seed=1)
    shares = new_x.reshape(9, 9)
    weight = next(share for share in np.diag(shares) if share < 1)
    partners = (shares - weight * np.eye(9)) / (1 - weight)
    np.testing.assert_allclose(np.sort(partners, axis=0)[-1], 1, atol=1e-5)  # a permutation
    np.testing.assert_allclose(np.sort(partners, axis=1)[:, -1], 1, atol=1e-5)
    np.testing.assert_allclose(partners.sum(axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(new_y, -2 * new_x, atol=1e-6)


def test_quantiles_are_those_of_beta():
    probability = np.linspace(0, 1, 1025)
    np.testing.assert_allclose(mixtures.beta_quantiles(1.0), probability, atol=1e-6)
    t = mixtures.beta_quantiles(2.0)
    np.testing.assert_allclose(3 * t**2 - 2 * t**3, probability, atol=1e-5)
    t = np.float64(mixtures.beta_quantiles(1.2))
    middles = (t[1:] + t[:-1]) / 2
    assert middles.mean() == pytest.approx(0.5, abs=1e-6)
    assert middles.var() == pytest.approx(1 / (4 * (2 * 1.2 + 1)), abs=1e-4)


def test_between_the_quantiles_of_the_table_beta_is_a_line():
    for probability in (0.0, 0.3, 0.5, 0.77777, 0.9999999):
        expected = np.interp(probability, np.linspace(0, 1, 1025), mixtures.beta_quantiles(1.2))
        assert float(mixtures.beta(1.2, np.float32(probability))) == pytest.approx(expected, 1e-4)


def test_cutout_blackens_one_input_pixel_in_a_thousand():
    x = np.ones((16, 50, 50, 1), "float32")
    new_x, new_y = mixed_by(mixtures.cutout, x, x)
    np.testing.assert_array_equal(new_y, x)
    assert set(np.unique(new_x)) == {-1.0, 1.0}
    assert np.mean(new_x == -1) == pytest.approx(0.001, rel=0.4)


def test_cutmix_brings_both_images_of_another_pair_into_one_box():
    x = np.broadcast_to(np.arange(6, dtype="float32")[:, None, None, None], (6, SIZE, SIZE, 1))
    for seed in range(4):
        new_x, new_y = mixed_by(mixtures.cutmix, x, x + 100, seed=seed)
        np.testing.assert_array_equal(new_y, new_x + 100)
        foreign = [mask for mask in (new_x != x)[..., 0] if mask.any()]
        assert all(is_box(mask) for mask in foreign)
        ((top, _, left, _),) = {rectangle(mask) for mask in foreign}
        assert sorted(new_x[:, top, left, 0]) == list(range(6))  # each pair gives to one other


def test_cutmixup_averages_inside_or_outside_of_a_box():
    x = np.broadcast_to(2.0 ** np.arange(4)[:, None, None, None], (4, SIZE, SIZE, 1))
    x, kinds = x.astype("float32"), set()
    for seed in range(6):
        new_x, new_y = mixed_by(mixtures.cutmixup, x, 3 * x, seed=seed)
        np.testing.assert_allclose(new_y, 3 * new_x, rtol=1e-6)
        mixed = new_x != x
        image = mixed.any(axis=(1, 2, 3)).argmax()
        kinds.add(is_box(mixed[image, ..., 0]))
        assert len(np.unique(new_x[image][mixed[image]])) == 1
    assert kinds == {True, False}


def test_cutblur_is_equation_1_in_both_directions():
    (x, y), kinds = pair(), set()
    for seed in range(6):
        new_x, new_y = mixed_by(mixtures.cutblur, x, y, seed=seed)
        np.testing.assert_array_equal(new_y, y)
        sharp = new_x == y
        np.testing.assert_array_equal(new_x[~sharp], x[~sharp])
        assert (sharp == sharp[:1]).all()  # one box for the whole batch
        kinds.add(is_box(sharp[0, ..., 0]))
    assert kinds == {True, False}


@pytest.mark.parametrize(
    ("share", "top", "left", "expected"),
    [
        (0.5, 0.0, 0.0, (0, 2, 0, 2)),  # 5 * 0.5, rounded down: 4 places
        (0.5, 0.26, 0.74, (1, 2, 2, 2)),
        (0.59, 0.999999, 0.5, (3, 2, 2, 2)),
        (1.02, 0.999999, 0.0, (0, 5, 0, 5)),
    ],
)
def test_a_box_takes_each_place_within_the_image(share, top, left, expected):
    inside = np.asarray(mixtures.box(5, np.float32(share), np.float32(top), np.float32(left)))
    assert inside.shape == (1, 5, 5, 1)
    assert rectangle(inside[0, ..., 0]) == expected


def test_sides_of_boxes_and_weights_are_drawn_as_published():
    image, seed = np.zeros((1, 1000, 1, 1), "float32"), seeded()
    draws = [mixtures.Draws(image, seed) for _ in range(60)]
    sides = [np.asarray(draw.box)[0, :, :, 0].any(axis=1).sum() for draw in draws]
    assert np.mean(sides) == pytest.approx(700, abs=5)
    assert np.std(sides) == pytest.approx(10, abs=3)
    weights = [float(draw.weight) for draw in draws]
    assert np.mean(weights) == pytest.approx(0.5, abs=0.1)
    assert np.std(weights) == pytest.approx((4 * (2 * 1.2 + 1)) ** -0.5, abs=0.04)  # Beta's


def test_the_weight_of_mixup_is_drawn_from_the_published_beta():
    image = np.zeros((1, 4, 1, 1), "float32")
    for seed in range(6):
        quantile = float(keras.random.uniform((6,), seed=seeded(seed))[2])  # as Draws takes it
        weight = float(mixtures.Draws(image, seeded(seed)).weight)
        assert weight == pytest.approx(stats.beta.ppf(quantile, 1.2, 1.2), abs=1e-3)


def test_the_mixture_of_augmentations_draws_each_one(monkeypatch):
    marks = {f"mark {index}": index for index in range(6)}
    for name, mark in marks.items():
        fake = lambda x, y, draws, mark=mark: (0 * x + mark, 0 * y - mark)  # noqa: E731
        monkeypatch.setitem(mixtures.MIXTURES, name, fake)
    x, draws = np.ones((1, 1, 1, 1), "float32"), seeded()
    drawn = [mixtures.mixed(tuple(marks), x, x, draws) for _ in range(60)]
    assert all(float(new_x[0, 0, 0, 0]) == -float(new_y[0, 0, 0, 0]) for new_x, new_y in drawn)
    counts = np.bincount([int(new_x[0, 0, 0, 0]) for new_x, _ in drawn], minlength=6)
    assert counts.min() >= 4 and len(counts) == 6


def conv_parameters(inputs, outputs):
    return 9 * inputs * outputs + outputs


def test_the_network_is_srresnet_on_nine_channels():
    network = cutblur.generator(50)
    assert network.output_shape == (None, 150, 150, 1)
    assert network.count_params() == srresnet.generator(50).count_params() + 9 * 8 * 64
    assert network.count_params() == (
        conv_parameters(9, 64) + 33 * conv_parameters(64, 64)
        + conv_parameters(64, 576) + conv_parameters(64, 1)
    )  # fmt: skip


def draw_weights(network):
    rng = np.random.default_rng(0)
    for weight in network.trainable_weights:
        weight.assign(rng.normal(0, 0.1, weight.shape))


@pytest.mark.parametrize("module", [cutblur, prototype])
def test_enlargement_and_core_are_the_whole_network_with_its_weights(module):
    network = keras.models.clone_model(module.generator(6, 3, width=4, blocks=1))
    draw_weights(network)
    first, rest = cutblur.enlargement(network), cutblur.core(network)
    lr = np.random.default_rng(0).uniform(-1, 1, (2, 6, 6, 1)).astype("float32")
    assert first(lr).shape == rest(first(lr)).shape == (2, 18, 18, 1)
    np.testing.assert_array_equal(rest(first(lr)), network(lr))
    assert all(a is b for a, b in zip(rest.weights, network.weights, strict=True))


def test_the_network_begins_with_nearest_neighbours():
    lr = pair(1, 6)[0]
    enlarged = cutblur.enlargement(cutblur.generator(6, 3, width=4, blocks=1))(lr)
    np.testing.assert_array_equal(enlarged, lr.repeat(3, axis=1).repeat(3, axis=2))


def test_the_core_adds_to_what_it_sees_at_hr_size():
    network = cutblur.generator(6, 3, width=4, blocks=1)
    image = pair(2, 18)[1]
    rest = cutblur.core(network)
    assert np.abs(np.asarray(rest(image)) - image).max() > 0
    network.get_layer("detail").kernel.assign(0 * network.get_layer("detail").kernel)
    np.testing.assert_array_equal(rest(image), image)


@pytest.mark.parametrize("module", [srresnet, acgan])
def test_a_network_that_does_not_begin_by_enlarging_is_refused_with_advice(module):
    network = module.generator(7, 3, 4)
    with pytest.raises(ValueError, match=f"{network.name} does not.*train cutblur.generator"):
        cutblur.core(network)


def test_other_factors_are_refused():
    with pytest.raises(ValueError, match="by 2 or 3, not by 4"):
        cutblur.generator(6, 4)


def test_it_builds_in_16_bits_and_leaves_in_float32():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        network = cutblur.generator(6, 2, width=4, blocks=1)
    finally:
        keras.config.set_dtype_policy("float32")
    assert network.layers[3].compute_dtype == "bfloat16"
    assert network(np.zeros((1, 6, 6, 1), "float32")).dtype.name == "float32"
    assert keras.backend.standardize_dtype(cutblur.core(network).output.dtype) == "float32"


def train_two_steps():
    """Two compiled steps on the whole family and the paper's list, on whichever backend."""
    keras.utils.set_random_seed(0)
    pixels = degradation.to_pixels(pair(8, 12)[0])
    generator = cutblur.generator(4, 3, width=4, blocks=1)
    pictures = Augmentation(("flips", "crops", "resize", "noise", "moa"))
    images = steps.DeviceImages(pixels, np.zeros(8))
    model = steps.PixelModel(generator, images, 3, augmentation=pictures)
    model.compile(optimizer=keras.optimizers.Adam(1e-2))
    start = [weight.numpy().copy() for weight in generator.weights]
    state = pictures.draws.state.numpy().copy()
    history = model.fit(steps.Batches(np.arange(16) % 8, 8, seed=0), verbose=0).history
    assert np.isfinite(history["psnr"]).all()
    assert (pictures.draws.state.numpy() != state).any()
    for weight, old in zip(generator.weights, start, strict=True):
        assert np.abs(weight.numpy() - old).max() > 0, weight.path


def test_a_training_of_two_steps_reaches_every_weight():
    train_two_steps()


def test_jax_takes_the_same_two_steps():
    pytest.importorskip("jax", reason="pip install 'medsr-nb[jax]' brings it")
    run = subprocess.run(
        [sys.executable, "-c", "import test_mixtures; test_mixtures.train_two_steps()"],
        cwd=Path(__file__).parent,
        env=os.environ | {"KERAS_BACKEND": "jax", "JAX_DISABLE_MOST_OPTIMIZATIONS": "1"},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
