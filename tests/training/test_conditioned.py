"""A discriminator that goes by LR: it weighs pictures by their detail, or sees their LR."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops
from shared import tiny

from medsr_nb import losses, presets
from medsr_nb.models import medsr
from medsr_nb.training import adversarial, steps, systems


def test_weights_go_by_the_detail_of_each_picture():
    """A single pixel of a: 4a there, -a at four of the sixteen pixels that have neighbours."""
    lone = np.zeros((1, 6, 6, 1))
    lone[0, 2, 2] = 1.0
    lr = np.concatenate([lone, 0.5 * lone, 0.0 * lone]).astype("float32")
    weights = ops.convert_to_numpy(losses.detail_weights(lr))
    assert weights.shape == (3, 1, 1, 1)
    detail = np.sqrt((4.0**2 + 4 * 1.0) / 16)
    np.testing.assert_allclose(weights.ravel(), [0.4 / detail, 0.8 / detail, 0.4 / 0.1], rtol=1e-6)
    slope = np.broadcast_to(np.arange(6.0)[:, None, None], (1, 6, 6, 1)).astype("float32")
    assert float(losses.detail_weights(slope)[0, 0, 0, 0]) == pytest.approx(4.0)  # no detail


def gan_of(kind, discriminator):
    pixels = np.random.default_rng(2).integers(256, size=(8, 24, 24, 1), dtype="uint8")
    pixels[::2] //= 4  # every other one is dull
    held = steps.DeviceImages(pixels, np.zeros(8))
    keras.utils.set_random_seed(3)
    options = {"content": lambda hr, sr: 0.0 * ops.mean(sr)}  # the discriminator's word alone
    return kind(medsr.generator(8, 3, 6, 1), discriminator, held, 3, 0.1, **options)


def told_of(gan, monkeypatch):
    """(the gradient of a step's objective for SR, the weights of its pictures, the objective)."""
    hr, labels = gan.images(np.arange(4))
    lr, hr = gan.pairs(hr)
    sr = tf.Variable(gan.enlarged(lr, labels, training=False))
    monkeypatch.setattr(gan, "enlarged", lambda lr, labels, training: sr.value())
    with tf.GradientTape() as tape:
        _, objective, _ = gan.objective(lr, hr, labels)
    gradient = tape.gradient(objective, sr).numpy()
    return gradient, losses.detail_weights(lr).numpy(), float(objective)


def test_the_generator_is_told_more_of_dull_pictures(monkeypatch):
    discriminator = medsr.discriminator(24, 4)
    even = gan_of(adversarial.LogitAdversarialModel, discriminator)
    weighed = gan_of(adversarial.DetailAdversarialModel, discriminator)
    before, weights, loss = told_of(even, monkeypatch)
    after, _, same = told_of(weighed, monkeypatch)
    assert np.abs(before).max() > 1e-8
    assert weights.max() > 2 * weights.min()
    np.testing.assert_allclose(after, weights * before, rtol=1e-4, atol=1e-9)
    assert same == pytest.approx(loss, rel=1e-6)


def test_a_discriminator_that_sees_lr_judges_by_it():
    discriminator = medsr.discriminator(24, 4, sees_lr=True)
    assert [tuple(one.shape) for one in discriminator.inputs] == [
        (None, 24, 24, 1), (None, 8, 8, 1)
    ]  # fmt: skip
    image = np.random.default_rng(0).uniform(-1, 1, (1, 24, 24, 1)).astype("float32")
    lr = np.zeros((1, 8, 8, 1), "float32")
    assert np.any(discriminator([image, lr]) != discriminator([image, lr + 1.0]))


def test_it_trains_and_sees_lr_of_originals_and_results_alike(eagerly, monkeypatch):
    gan = gan_of(adversarial.LrAdversarialModel, medsr.discriminator(24, 4, sees_lr=True))
    gan.compile(optimizer=keras.optimizers.Adam(1e-3))
    shown = []
    monkeypatch.setattr(
        type(gan), "shown", lambda self, images, lr: shown.append(lr) or [images, lr]
    )
    before = gan.discriminator.get_weights()
    logs = gan.train_on_batch(np.arange(4), return_dict=True)
    assert np.isfinite(list(logs.values())).all()
    assert all(np.any(a != b) for a, b in zip(before, gan.discriminator.get_weights(), strict=True))
    assert len(shown) == 3 and all(one is shown[0] for one in shown)


def test_a_recipe_names_the_condition():
    held = steps.DeviceImages(np.zeros((4, 48, 48, 1), "uint8"), np.zeros(4))

    def model(**changes):
        return systems.model(tiny("medsr-sharp", **changes), held)

    assert type(model()) is adversarial.LogitAdversarialModel
    assert type(model(condition="lr")) is adversarial.LrAdversarialModel
    assert type(model(condition="detail")) is adversarial.DetailAdversarialModel
    inputs = [len(model(condition=one).discriminator.inputs) for one in ("", "detail", "lr")]
    assert inputs == [1, 1, 2]
    with pytest.raises(ValueError, match="esrgan has no condition: only medsr-sharp"):
        presets.recipe("esrgan", condition="lr")
