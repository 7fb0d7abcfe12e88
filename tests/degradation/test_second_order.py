"""The second-order degradation: what is drawn, the noises, and the whole on both backends."""

import os
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from medsr_nb import degradation
from medsr_nb.degradation import canvas, second_order
from medsr_nb.degradation.draws import Draw
from medsr_nb.degradation.second_order import FIRST, SECOND, Order, SecondOrder

MANY = 1000
IN_JAX = """
import sys
import jax, numpy as np
from medsr_nb.degradation.second_order import SecondOrder

layer = SecondOrder(3, seed=1)
hr = np.load(sys.argv[1])
call = jax.jit(lambda state, hr: layer.stateless_call([], state, hr))
lr, state = call([one.value for one in layer.non_trainable_variables], hr)
again, _ = call(state, hr)
np.save(sys.argv[2], np.stack([lr, again]))
"""


def drawn(count=MANY, seed=0):
    return Draw(count, keras.random.SeedGenerator(seed))


def share(condition):
    return np.mean(np.asarray(condition))


def pictures(count=2, size=48):
    """Squares of many levels off the middle, float (count, size, size, 1) in [-1, 1]."""
    row, column = np.mgrid[:size, :size] / size
    image = np.where((abs(row - 0.4) < 0.2) & (abs(column - 0.6) < 0.25), row + column, 0.1)
    return np.repeat((image - 0.6)[None, ..., None], count, axis=0).astype("float32")


def test_choices_come_as_often_as_they_should():
    probabilities = second_order.KERNELS
    chosen = np.asarray(drawn(20000).choice(probabilities))
    np.testing.assert_allclose(np.bincount(chosen) / 20000, probabilities, atol=0.01)
    assert share(drawn().chance(0.8)) == pytest.approx(0.8, abs=0.04)


def test_uniform_numbers_radii_and_shapes_stay_in_their_ranges():
    draw = drawn(4000)
    numbers, radius, beta = (np.asarray(one) for one in (
        draw.uniform(0.2, 3.0), second_order.drawn_radius(draw),
        second_order.drawn_shape(draw, *second_order.GENERALISED_BETA),
    ))  # fmt: skip
    assert 0.2 <= numbers.min() < 0.25 and 2.95 < numbers.max() < 3.0
    assert sorted(set(radius)) == [3, 4, 5, 6, 7, 8, 9, 10]
    assert 0.5 <= beta.min() and beta.max() < 4.0
    assert share(beta < 1) == pytest.approx(0.5, abs=0.03)


def test_a_call_uses_all_its_numbers_and_no_more():
    draw = drawn(1)
    levels, sides = np.zeros((1, 24, 24), "float32"), np.array([24], "int32")
    second_order.second_order(*second_order.first_order(levels, sides, draw), 8, draw)
    assert next(draw.rows, None) is None


def test_sides_go_up_down_or_stay_as_often_and_as_far_as_published():
    sides = np.asarray(second_order.drawn_sides(drawn(4000), FIRST, 150))
    assert 22 <= sides.min() < 25 and 220 < sides.max() <= 225
    assert share(sides > 150) == pytest.approx(0.2, abs=0.03)
    assert share(sides < 150) == pytest.approx(0.7, abs=0.03)
    sides = np.asarray(second_order.drawn_sides(drawn(4000), SECOND, 50))
    assert sides.min() == 15 and 58 <= sides.max() <= 60
    assert share(sides == 50) == pytest.approx(0.3 + 0.3 * 0.1, abs=0.03)  # 1 to 1.02 rounds down
    assert np.asarray(second_order.drawn_sides(drawn(), FIRST, 4)).min() == 1  # never none


def is_pulse(kernels):
    return np.asarray(kernels)[:, 10, 10] > 1 - 1e-6


def test_kernels_sum_to_one_are_symmetric_and_of_every_kind():
    kernels = np.asarray(second_order.drawn_kernels(drawn(), FIRST))
    np.testing.assert_allclose(kernels.sum(axis=(1, 2)), 1, atol=1e-4)
    np.testing.assert_allclose(kernels, kernels[:, ::-1, ::-1], atol=1e-6)  # turned by half
    rings = share(kernels.min(axis=(1, 2)) < -1e-5)  # only a sinc filter has negative weights
    assert rings == pytest.approx(0.1, abs=0.03)
    isotropic = share(np.abs(kernels - kernels.transpose(0, 2, 1)[:, ::-1]).max((1, 2)) < 1e-6)
    assert isotropic == pytest.approx(0.1 + 0.9 * (0.45 + 0.12 + 0.12), abs=0.04)


def test_the_second_blur_and_the_last_sinc_are_left_out_one_time_in_five():
    narrow = share(is_pulse(second_order.drawn_kernels(drawn(), FIRST)))  # sigma 0.2 blurs nothing
    left_out = share(is_pulse(second_order.drawn_kernels(drawn(), SECOND)))
    assert narrow < 0.05 and left_out == pytest.approx(0.2, abs=0.06)
    sinc = np.asarray(second_order.last_kernels(drawn()))
    assert share(is_pulse(sinc)) == pytest.approx(0.2, abs=0.04)
    np.testing.assert_allclose(sinc.sum(axis=(1, 2)), 1, atol=1e-4)


@pytest.mark.parametrize("rate", [0.0, 0.3, 1.5, 2.5, 12.0, 100.0, 256.0])
def test_poisson_numbers_follow_poissons_law(rate):
    count = 200_000
    normal = stats.norm.ppf((np.arange(count) + 0.5) / count).astype("float32")
    numbers = np.asarray(second_order.poisson(np.full(count, rate, "float32"), normal))
    found = np.bincount(numbers.astype(int)) / count
    expected = stats.poisson.pmf(np.arange(len(found)), rate)
    assert 0.5 * np.abs(found - expected).sum() < 0.01
    assert numbers.mean() == pytest.approx(rate, rel=0.01)


def test_photons_are_the_number_of_levels_up_to_a_power_of_two():
    levels = np.zeros((4, 16, 16), "float32")
    levels[1, :3, 0] = [7, 9, 255]  # with 0 these are 4
    levels[2, :4, 0] = [7, 9, 255, 1]
    levels[3] = np.arange(256).reshape(16, 16)
    np.testing.assert_array_equal(second_order.photons(levels), [1, 4, 8, 256])


def test_shot_noise_grows_with_the_level_and_spares_black():
    row = np.arange(256, dtype="float32")  # all levels, so that white is 256 counts
    levels = np.repeat(row[None], 256, axis=0)[None]
    normal = np.random.default_rng(0).normal(size=levels.shape).astype("float32")
    noise = np.asarray(second_order.shot_noise(levels, normal))[0]
    assert not noise[:, 0].any()
    for level in (20, 100, 250):
        near = noise[:, level - 4 : level + 5]
        assert near.var() == pytest.approx(level * 255 / 256, rel=0.1)
        assert abs(near.mean()) < 4 * (level / near.size) ** 0.5


def test_noise_is_half_gaussian_half_poisson_of_the_published_strength():
    levels = np.full((MANY, 16, 16), 128.0, "float32")  # one level: white is 1 count
    noisy = np.asarray(second_order.noisy(levels, drawn(), FIRST))
    assert noisy.min() >= 0 and noisy.max() <= 255
    kinds = np.array([len(np.unique(image)) for image in noisy])
    gaussian = kinds > 20  # a count more or less is one of few values
    assert share(gaussian) == pytest.approx(0.5, abs=0.05)
    strength = noisy[gaussian].std(axis=(1, 2))
    assert 0.8 < strength.min() < 3 and 27 < strength.max() < 35
    assert strength.mean() == pytest.approx(15.5, abs=1)


def test_without_blur_noise_and_change_of_size_only_the_resize_is_left(monkeypatch):
    still = Order(0.0, (0.2, 1.0), (0.0, 0.0, 1.0), (0.5, 1.5), (0.0, 0.0), (0.0, 0.0))
    for name, value in {"FIRST": still, "SECOND": still, "LAST_SINC": 0.0}.items():
        monkeypatch.setattr(second_order, name, value)
    monkeypatch.setattr(second_order, "QUALITY", (100.0, 100.0))  # steps of 1: close to lossless
    hr = pictures(16)
    lr = np.asarray(SecondOrder(4, seed=0)(hr))[..., 0]  # by 4 the three kinds differ
    sides = np.full(16, 48, "int32")
    ways = [
        canvas.resized(hr[..., 0], sides, sides // 4, 12, np.full(16, kind, "int32"))
        for kind in (canvas.AREA, canvas.BILINEAR, canvas.BICUBIC)
    ]
    errors = np.stack([np.abs(lr - way).max(axis=(1, 2)) for way in ways]) * 127.5
    assert errors.min(axis=0).max() < 4  # grey levels, after two lossy files
    assert set(errors.argmin(axis=0)) == {canvas.AREA, canvas.BILINEAR, canvas.BICUBIC}


def test_the_pictures_stay_where_they_are_and_as_bright():
    hr = pictures(64)
    lr = np.asarray(SecondOrder(3, seed=0)(hr)).mean(axis=0)
    reduced = np.asarray(degradation.reduced(hr[:1], 3))[0]
    for shift in (-1, 1):
        for axis in (0, 1):
            moved = np.roll(lr, shift, axis)
            assert np.square(moved - reduced).sum() > 1.5 * np.square(lr - reduced).sum()
    assert lr.mean() == pytest.approx(reduced.mean(), abs=0.05)


def test_lr_images_hold_whole_levels_and_the_seed_decides_them():
    first, second = SecondOrder(3, seed=5), SecondOrder(3, seed=5)
    hr = pictures()
    lr = np.asarray(first(hr))
    assert lr.shape == (2, 16, 16, 1) and lr.dtype == "float32"
    levels = (lr + 1) * 127.5
    np.testing.assert_allclose(levels, levels.round(), atol=1e-4)
    assert levels.min() >= -1e-4 and levels.max() <= 255 + 1e-4
    np.testing.assert_array_equal(lr, second(hr))
    assert np.abs(lr[0] - lr[1]).max() > 0.02  # one picture twice, but each drawn for itself
    later = np.asarray(first(hr))
    assert np.abs(later - lr).max() > 0.02
    state = second.variables[0]
    assert state is second.seed_generator.state  # so that a checkpoint of variables stores it
    np.testing.assert_array_equal(later, second(hr))


@pytest.mark.parametrize("shape", [(1, 50, 50, 1), (1, 48, 24, 1)])
def test_other_shapes_are_refused(shape):
    with pytest.raises(ValueError, match="multiple of 3"):
        SecondOrder(3)(np.zeros(shape, "float32"))


def check_compiled(calls):
    """Two calls' LR images (2, B, S, S, 1): whole levels, with a picture, drawn anew."""
    assert calls.shape == (2, 2, 8, 8, 1)
    levels = (calls + 1) * 127.5
    np.testing.assert_allclose(levels, levels.round(), atol=1e-3)
    assert levels.min() > -1e-3 and levels.max() < 255.001
    assert levels.std() > 10 and np.abs(levels[0] - levels[1]).max() > 1


def test_it_compiles_under_xla_on_both_backends(tmp_path):
    pytest.importorskip("jax", reason="pip install 'medsr-nb[jax]' brings it")
    hr = pictures(size=24)
    np.save(tmp_path / "hr.npy", hr)
    run = subprocess.Popen(
        [sys.executable, "-c", IN_JAX, tmp_path / "hr.npy", tmp_path / "lr.npy"],
        # Without LLVM's optimisation passes JAX compiles in half the time, to the same numbers.
        env=os.environ | {"KERAS_BACKEND": "jax", "JAX_DISABLE_MOST_OPTIMIZATIONS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    call = tf.function(SecondOrder(3, seed=1), jit_compile=True)
    check_compiled(np.stack([call(hr), call(hr)]))
    output, _ = run.communicate()
    assert run.returncode == 0, output
    check_compiled(np.load(tmp_path / "lr.npy"))
