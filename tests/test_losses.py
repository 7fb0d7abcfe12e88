"""Losses against hand-computed values and Keras."""

import keras
import numpy as np
import pytest

from medsr_nb import losses


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
