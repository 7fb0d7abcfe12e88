"""The training step: each network follows its own loss, and what is reported is true."""

import sys

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from medsr_nb import degradation, losses
from medsr_nb.machine import bars
from medsr_nb.models import acgan, prototype
from medsr_nb.scoring import metrics
from medsr_nb.scoring.trouble import trouble_of
from medsr_nb.training import adversarial, steps
from medsr_nb.training.callbacks import CollapseWatch, CosineRate, Previews, Progress, StepBar


@pytest.fixture(autouse=True)
def seeded():
    keras.utils.set_random_seed(0)


@pytest.fixture
def pixels():
    waves = np.sin(np.arange(20) * np.linspace(0.2, 2, 12)[:, None])
    image = 127 + 120 * waves[:, :, None] * waves[:, None, :]
    return image[..., None].round().astype("uint8")


def tiny_gan(pixels, optimizer, weight=0.1, dropout=0.0):
    generator = prototype.generator(10, 2, width=4, blocks=1)
    discriminator = prototype.discriminator(20, width=4, dropout=dropout)
    images = steps.DeviceImages(pixels, np.zeros(len(pixels)))
    gan = adversarial.AdversarialModel(generator, discriminator, images, 2, weight)
    gan.compile(optimizer=optimizer)
    return gan


def test_each_network_gets_the_gradient_of_its_own_loss(pixels, eagerly):
    gan = tiny_gan(pixels, keras.optimizers.SGD(1.0))
    generator, discriminator = gan.generator, gan.discriminator
    hr = degradation.to_float(pixels[:6])
    lr = degradation.reduced(hr, 2)
    before = gan.get_weights()
    with tf.GradientTape(persistent=True) as tape:
        sr = generator(lr, training=True)
        fake = discriminator(sr, training=True)
        generator_loss = losses.mean_squared_error(
            hr, sr
        ) + 0.1 * losses.generator_adversarial_loss(fake)
        discriminator_loss = losses.discriminator_loss(discriminator(hr, training=True), fake)
    own = [
        *tape.gradient(generator_loss, [v.value for v in generator.trainable_weights]),
        *tape.gradient(discriminator_loss, [v.value for v in discriminator.trainable_weights]),
    ]
    weights = [*generator.trainable_weights, *discriminator.trainable_weights]
    expected = [w.numpy() - g.numpy() for w, g in zip(weights, own, strict=True)]
    gan.set_weights(before)  # the moving averages too

    gan.train_on_batch(np.arange(6))
    for weight, value in zip(weights, expected, strict=True):
        np.testing.assert_allclose(weight.numpy(), value, rtol=1e-4, atol=2e-6)


def test_a_still_discriminator_stays_as_it_was(pixels):
    discriminator = prototype.discriminator(20, width=4)
    before = [variable.numpy().copy() for variable in discriminator.variables]
    adversarial.judged_by_still(discriminator, degradation.to_float(pixels[:4]))
    for variable, value in zip(discriminator.variables, before, strict=True):
        np.testing.assert_array_equal(variable.numpy(), value)


def test_one_adam_over_two_networks_equals_two():
    rng = np.random.default_rng(0)
    starts = [rng.normal(size=shape).astype("float32") for shape in ((3, 2), (4,))]
    together, apart = ([keras.Variable(start) for start in starts] for _ in range(2))
    one, *two = (keras.optimizers.Adam(1e-2) for _ in range(3))
    for _ in range(3):
        gradients = [rng.normal(size=start.shape).astype("float32") for start in starts]
        one.apply(gradients, together)
        for adam, gradient, variable in zip(two, gradients, apart, strict=True):
            adam.apply([gradient], [variable])
    for a, b in zip(together, apart, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())


def test_history_holds_what_the_issue_of_black_images_needs(pixels, eagerly):
    gan = tiny_gan(pixels, keras.optimizers.Adam(1e-3))
    history = gan.fit(
        steps.Batches(np.arange(8), 4, seed=0),
        validation_data=steps.Batches(np.arange(8, 12), 4),
        verbose=0,
    ).history
    assert set(adversarial.AdversarialModel.reported) <= set(history)
    assert history["val_target_brightness"][0] == pytest.approx(pixels[8:].mean(), rel=1e-4)
    sr = gan.generator.predict(degradation.reduced(degradation.to_float(pixels[8:]), 2), verbose=0)
    assert history["val_brightness"][0] == pytest.approx(degradation.to_pixels(sr).mean(), abs=0.6)
    expected = metrics.psnr(pixels[8:], degradation.to_pixels(sr)).mean()
    assert history["val_psnr"][0] == pytest.approx(expected, abs=0.02)


def test_an_untrained_discriminator_that_says_real_is_half_right(pixels, eagerly):
    gan = tiny_gan(pixels, keras.optimizers.SGD(0.0))
    gan.discriminator.layers[-1].bias.assign([50.0])
    gan.discriminator.layers[-1].kernel.assign(gan.discriminator.layers[-1].kernel * 0)
    logs = gan.train_on_batch(np.arange(6), return_dict=True)
    assert logs["real_accuracy"] == 1.0 and logs["fake_accuracy"] == 0.0


def test_pixel_training_fits_the_images(pixels):
    images = steps.DeviceImages(pixels, np.zeros(len(pixels)))
    model = steps.PixelModel(prototype.generator(10, 2, width=8, blocks=1), images, 2)
    model.compile(optimizer=keras.optimizers.Adam(3e-3))
    history = model.fit(steps.Batches(np.arange(12), 6, seed=0), epochs=40, verbose=0).history
    assert history["generator_loss"][-1] < 0.2 * history["generator_loss"][0]
    assert "discriminator_loss" not in history


def test_the_conditioned_gan_learns_to_name_its_classes():
    rng = np.random.default_rng(0)
    labels = np.arange(64) % 2
    grey = 40 + 170 * labels[:, None, None, None] + rng.normal(0, 5, (64, 28, 28, 1))
    images = steps.DeviceImages(grey.astype("uint8"), labels)
    gan = adversarial.ConditionalAdversarialModel(
        acgan.generator(7, 4, 4, 2), acgan.discriminator(28, 4, 2), images, 4, 1e-2
    )
    gan.compile(optimizer=keras.optimizers.Adam(2e-3))
    history = gan.fit(steps.Batches(np.arange(64), 16, seed=0), epochs=8, verbose=0).history
    assert history["class_accuracy"][-1] > 0.9


def test_order_depends_on_seed_and_epoch_alone():
    first, second = (steps.Batches(np.arange(10), 3, seed=4) for _ in range(2))
    np.testing.assert_array_equal(first.order, second.order)
    first.on_epoch_end()
    assert not np.array_equal(first.order, second.order)
    np.testing.assert_array_equal(first.order, steps.Batches(np.arange(10), 3, 4, 1).order)
    assert len(first) == 3
    seen = np.concatenate([first[step][0] for step in range(3)])
    assert len(set(seen.tolist())) == 9


def test_validation_drops_nothing():
    batches = steps.Batches(np.arange(5), 2)
    assert [batches[step][0].tolist() for step in range(len(batches))] == [[0, 1], [2, 3], [4]]


def test_images_are_not_saved_with_the_weights(pixels, tmp_path):
    gan = tiny_gan(pixels, "sgd")
    gan.save_weights(tmp_path / "gan.weights.h5")
    weights = sum(np.prod(weight.shape) * 4 for weight in gan.discriminator.weights)
    other = tiny_gan(pixels[::-1].copy(), "sgd")
    other.load_weights(tmp_path / "gan.weights.h5")
    np.testing.assert_array_equal(other.images.pixels.numpy(), pixels[::-1])
    assert (tmp_path / "gan.weights.h5").stat().st_size < weights + 500_000


@pytest.mark.parametrize(
    ("look", "trouble"),
    [
        ((100, 100, 40), ""),
        ((20, 100, 40), "black"),
        ((100, 100, 0.2), "constant"),
        ((np.nan, 100, 40), "not a number"),
    ],
)
def test_troubles_are_told_apart(look, trouble):
    assert trouble in trouble_of(*look) and bool(trouble_of(*look)) == bool(trouble)


def test_a_black_generator_is_named_with_its_epoch(pixels, capsys, eagerly):
    lr = layers.Input((10, 10, 1))
    black = keras.Model(lr, layers.Activation("tanh")(layers.Dense(1)(degradation.Enlarge(2)(lr))))
    black.layers[-2].bias.assign([-9.0])
    black.layers[-2].kernel.assign([[0.0]])
    model = steps.PixelModel(black, steps.DeviceImages(pixels, np.zeros(12)), 2)
    model.compile(optimizer=keras.optimizers.SGD(0.0))
    watch = CollapseWatch()
    batches = steps.Batches(np.arange(12), 4)
    model.fit(batches, validation_data=batches, verbose=0, callbacks=[watch])
    assert [epoch for epoch, _ in watch.found] == [1, 1]
    assert "epoch 1: training output is black" in capsys.readouterr().out


def test_previews_keep_one_picture_an_epoch(pixels, eagerly):
    gan = tiny_gan(pixels, keras.optimizers.Adam(1e-3))
    previews = Previews([3])
    gan.fit(steps.Batches(np.arange(8), 4, seed=0), epochs=2, verbose=0, callbacks=[previews])
    assert [epoch for epoch, _ in previews.pictures] == [0, 1, 2]
    assert previews.pictures[0][1].shape == (1, 20, 20, 1)
    assert not np.array_equal(previews.pictures[0][1], previews.pictures[2][1])


def test_an_epoch_may_be_part_of_the_images_drawn_anew():
    batches = steps.Batches(np.arange(10), 2, seed=0, length=5)
    assert len(batches) == 2
    first = [batches[step][0].tolist() for step in range(2)]
    batches.on_epoch_end()
    assert [batches[step][0].tolist() for step in range(2)] != first
    assert len({index for batch in first for index in batch}) == 4


def test_an_epoch_longer_than_all_images_is_all_of_them():
    batches = steps.Batches(np.arange(10), 4, seed=0, length=24)
    assert [len(batches[step][0]) for step in range(len(batches))] == [4, 4]


def test_the_learning_rate_falls_along_a_cosine_in_each_stage(pixels):
    progress = Progress()
    rate = CosineRate(progress, [2, 6], 4e-3)
    rate.set_model(tiny_gan(pixels, keras.optimizers.Adam(1.0)))
    seen = []
    for epoch in range(6):
        progress.rollbacks = int(epoch == 5)
        rate.on_epoch_begin(epoch)
        seen.append(float(rate.model.optimizer.learning_rate))
    fall = [(1 + np.cos(np.pi * share)) / 2 for share in (1 / 4, 3 / 4, 1 / 8, 3 / 8, 5 / 8, 7 / 8)]
    peaks = [4e-3, 4e-3, 4e-3, 4e-3, 4e-3, 2e-3]  # a guard went back before the last
    np.testing.assert_allclose(seen, np.multiply(fall, peaks), rtol=1e-5)


def test_the_bar_follows_the_steps_and_goes_with_the_epoch(monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(bars, "QUIET_SECONDS", 0)
    steps_bar = StepBar()
    steps_bar.set_params({"steps": 4})
    steps_bar.on_epoch_begin(6)
    for batch in range(4):
        steps_bar.on_train_batch_begin(batch)
    assert steps_bar.bar.n == 3  # a step counts once the next one begins
    steps_bar.on_test_begin()
    shown = capsys.readouterr().err
    assert "epoch 7:   0%" in shown and shown.endswith("\r")
