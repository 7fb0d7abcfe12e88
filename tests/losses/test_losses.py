"""Losses against hand-computed values and Keras."""

import keras
import numpy as np
import pytest

from medsr_nb import losses, scoring


def test_mean_squared_error_by_hand():
    hr = np.array([[0.0, 1.0]]).reshape(1, 1, 2, 1)
    sr = np.array([[0.5, -1.0]]).reshape(1, 1, 2, 1)
    assert float(losses.mean_squared_error(hr, sr)) == pytest.approx((0.25 + 4.0) / 2)


def test_cross_entropy_equals_keras():
    probability = np.random.default_rng(0).uniform(0.01, 0.99, (16, 1)).astype("float32")
    for truth in (0.0, 1.0):
        keras_says = keras.losses.binary_crossentropy(np.full((16, 1), truth), probability)
        ours = float(losses.cross_entropy(probability, truth))
        assert ours == pytest.approx(float(np.mean(keras_says)), rel=1e-5)


def test_certain_and_wrong_is_finite():
    assert np.isfinite(float(losses.cross_entropy(np.zeros((1, 1), "float32"), 1.0)))


def test_discriminator_loss_of_the_undecided_and_of_the_right():
    half = np.full((4, 1), 0.5, "float32")
    assert float(losses.discriminator_loss(half, half)) == pytest.approx(np.log(2))
    real, fake = np.array([[0.9]], "float32"), np.array([[0.2]], "float32")
    expected = -0.5 * (np.log(0.9) + np.log(0.8))
    assert float(losses.discriminator_loss(real, fake)) == pytest.approx(expected, rel=1e-5)


def test_generator_wants_its_images_taken_for_real():
    fake = np.array([[0.25], [0.5]], "float32")
    expected = -(np.log(0.25) + np.log(0.5)) / 2
    assert float(losses.generator_adversarial_loss(fake)) == pytest.approx(expected, rel=1e-5)


def test_class_loss_is_keras_sparse_cross_entropy():
    named = np.array([[0.7, 0.2, 0.1], [0.1, 0.1, 0.8]], "float32")
    labels = np.array([0, 1])
    expected = -(np.log(0.7) + np.log(0.1)) / 2
    assert float(losses.class_loss(named, labels)) == pytest.approx(expected, rel=1e-5)


def test_mean_absolute_error_by_hand():
    hr = np.array([[0.0, 1.0]]).reshape(1, 1, 2, 1)
    sr = np.array([[0.5, -1.0]]).reshape(1, 1, 2, 1)
    assert float(losses.mean_absolute_error(hr, sr)) == pytest.approx((0.5 + 2.0) / 2)


def test_negative_psnr_is_the_mean_over_images_in_decibels():
    hr = np.zeros((2, 1, 2, 1), "float32")
    sr = np.array([[0.2, 0.2], [0.0, 0.02]], "float32").reshape(2, 1, 2, 1)
    # On [0, 1] the differences are half as large: errors of 0.01 and of 0.0001 over two pixels.
    expected = -(20.0 + (40.0 + 10.0 * np.log10(2.0))) / 2
    assert float(losses.negative_psnr(hr, sr)) == pytest.approx(expected, abs=1e-3)
    random = np.random.default_rng(0).uniform(-1, 1, (2, 3, 12, 12, 1)).astype("float32")
    measured = scoring.psnr(*np.rint(127.5 * (random + 1)).astype("uint8"))
    assert float(losses.negative_psnr(*random)) == pytest.approx(-np.mean(measured), abs=0.02)
    assert np.isfinite(float(losses.negative_psnr(hr, hr)))


def test_the_ssim_loss_is_one_less_the_ssim_that_is_measured():
    draw = np.random.default_rng(0)
    hr = draw.integers(0, 256, (2, 24, 20, 1)).astype("uint8")
    sr = np.clip(0.7 * hr + draw.normal(20.0, 15.0, hr.shape), 0, 255).astype("uint8")
    scaled = [one / np.float32(127.5) - 1 for one in (hr, sr)]
    measured = 1 - scoring.ssim(hr, sr).mean()
    assert 0.1 < measured < 0.9
    assert float(losses.ssim_loss(*scaled)) == pytest.approx(measured, abs=1e-5)
    assert float(losses.ssim_loss(scaled[0], scaled[0])) == pytest.approx(0.0, abs=1e-6)


def test_logit_cross_entropy_equals_that_of_the_probabilities():
    logits = np.random.default_rng(0).normal(0, 3, (2, 4, 4, 1)).astype("float32")
    probabilities = 1 / (1 + np.exp(-logits))
    for truth in (0.0, 1.0):
        expected = float(losses.cross_entropy(probabilities, truth))
        assert float(losses.logit_cross_entropy(logits, truth)) == pytest.approx(expected, rel=1e-5)
    soft = -(0.9 * np.log(probabilities) + 0.1 * np.log(1 - probabilities)).mean()
    assert float(losses.logit_cross_entropy(logits, 0.9)) == pytest.approx(soft, rel=1e-5)


def test_logit_cross_entropy_keeps_its_slope_where_a_sigmoid_is_flat():
    def loss(logit):
        return float(losses.logit_cross_entropy(np.array([[logit]], "float32"), 1.0))

    assert loss(-1000.0) == pytest.approx(1000.0)
    assert loss(-101.0) - loss(-100.0) == pytest.approx(1.0)
    assert loss(20.0) == pytest.approx(np.exp(-20.0), rel=1e-4)
    assert loss(1000.0) == 0.0


def test_logit_losses_are_those_of_probabilities():
    real, fake = np.array([[2.0], [-1.0]], "float32"), np.array([[0.5], [-3.0]], "float32")
    sigmoid = keras.ops.sigmoid
    assert float(losses.discriminator_logit_loss(real, fake)) == pytest.approx(
        float(losses.discriminator_loss(sigmoid(real), sigmoid(fake))), rel=1e-5
    )
    assert float(losses.generator_logit_loss(fake)) == pytest.approx(
        float(losses.generator_adversarial_loss(sigmoid(fake))), rel=1e-5
    )


def test_relativistic_losses_by_hand():
    """Equations 1 and 2 of ESRGAN, halved, written out for two originals and two results."""
    real, fake = np.array([[2.0], [4.0]], "float32"), np.array([[1.0], [-2.0]], "float32")

    def sigmoid(logit):
        return 1 / (1 + np.exp(-logit))

    real_against_fake = [sigmoid(2.0 + 0.5), sigmoid(4.0 + 0.5)]  # the mean of fake is -0.5
    fake_against_real = [sigmoid(1.0 - 3.0), sigmoid(-2.0 - 3.0)]  # the mean of real is 3
    telling = -np.mean(np.log(real_against_fake)) - np.mean(np.log1p(-np.array(fake_against_real)))
    fooling = -np.mean(np.log1p(-np.array(real_against_fake))) - np.mean(np.log(fake_against_real))
    discriminator = float(losses.relativistic_discriminator_loss(real, fake))
    generator = float(losses.relativistic_generator_loss(real, fake))
    assert discriminator == pytest.approx(telling / 2, rel=1e-5)
    assert generator == pytest.approx(fooling / 2, rel=1e-5)


def test_relativistic_losses_see_differences_alone():
    draw = np.random.default_rng(0).normal
    real, fake = draw(size=(2, 3, 3, 1)), draw(size=(2, 3, 3, 1))
    for loss in (losses.relativistic_discriminator_loss, losses.relativistic_generator_loss):
        assert float(loss(real + 7.0, fake + 7.0)) == pytest.approx(float(loss(real, fake)), 1e-5)
        assert float(loss(np.ones(4), np.ones(4))) == pytest.approx(np.log(2), rel=1e-6)


@pytest.mark.parametrize(
    "loss",
    [
        lambda one: losses.mean_absolute_error(one, 0 * one),
        lambda one: losses.logit_cross_entropy(one, 1.0),
        lambda one: losses.relativistic_generator_loss(one, -one),
    ],
)
def test_losses_are_computed_in_float32(loss):
    values = np.linspace(-1, 1, 1001)
    narrow = keras.ops.cast(values, "bfloat16")
    found = loss(narrow)
    assert keras.backend.standardize_dtype(found.dtype) == "float32"
    assert float(found) == pytest.approx(float(loss(keras.ops.cast(narrow, "float32"))), rel=1e-6)
