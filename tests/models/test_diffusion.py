"""ResShift's chain: its schedule, its way forward and back, and what training makes of them."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from medsr_nb import degradation
from medsr_nb.models import diffusion
from medsr_nb.scoring import metrics
from medsr_nb.training import denoising, keeper, steps

KAPPA = 2.0


@pytest.fixture
def lr():
    return np.random.default_rng(0).uniform(-1, 1, (3, 4, 4, 1)).astype("float32")


def denoiser_of(guess, size=4, factor=3):
    """A denoiser whose guess of x_0 is a function of the Keras tensors x_t, LR and t."""
    inputs = [
        layers.Input((factor * size, factor * size, 1), name="x_t"),
        layers.Input((size, size, 1), name="lr"),
        layers.Input((), name="t"),
    ]
    return keras.Model(inputs, guess(*inputs))


def oracle(x_t, lr, t):
    """Knows x_0: half of the enlarged image, plus a tenth."""
    return layers.Rescaling(0.5, 0.1)(degradation.Enlarge(3)(lr))


def noisy_guess(x_t, lr, t):
    return layers.Add()([oracle(x_t, lr, t), layers.Rescaling(0.1)(x_t)])


def guess_of_t(x_t, lr, t):
    """Only t, at every pixel."""
    return layers.Add()([layers.Rescaling(0.0)(x_t), layers.Reshape((1, 1, 1))(t)])


def learned_guess(x_t, lr, t):
    hidden = layers.Concatenate()([x_t, degradation.Enlarge(3)(lr)])
    hidden = layers.Conv2D(8, 3, padding="same", activation="relu")(hidden)
    return layers.Conv2D(1, 3, padding="same")(hidden)


def generator_of(guess, size=4, **settings):
    lr = layers.Input((size, size, 1))
    sampler = diffusion.Sampler(denoiser_of(guess, size), 3, name="sampler", **settings)
    return keras.Model(lr, sampler(lr))


def test_four_steps_by_hand():
    # 0.02 * 49.5 ^ ((1/3)^0.3 = 0.719223) and so on
    expected = [0.02, 0.33100, 0.63321, 0.99]
    np.testing.assert_allclose(np.sqrt(diffusion.schedule(4)), expected, atol=5e-6)


@pytest.mark.parametrize("count", [4, 15])
def test_the_noise_grows_from_min_noise_to_nearly_kappa(count):
    etas = diffusion.schedule(count)
    assert etas.shape == (count,) and np.all(np.diff(etas) > 0)
    assert KAPPA * np.sqrt(etas[0]) == pytest.approx(0.04)
    assert etas[-1] == pytest.approx(0.99**2)


def test_with_p_of_one_the_schedule_is_a_geometric_series():
    ratios = np.divide(*(diffusion.schedule(6, p=1.0)[cut] for cut in (slice(1, 6), slice(0, 5))))
    np.testing.assert_allclose(ratios, (0.99 / 0.02) ** (2 / 5))


def test_the_published_four_step_setting_and_a_small_kappa():
    assert np.sqrt(diffusion.schedule(4, min_noise=0.2)[0]) == pytest.approx(0.1)
    assert np.sqrt(diffusion.schedule(4, kappa=0.5)[0]) == pytest.approx(0.04)


@pytest.mark.parametrize(
    ("settings", "advice"),
    [
        ({"steps": 1}, "at least 2"),
        ({"steps": 4, "min_noise": 3.0}, "smaller min_noise"),
        ({"steps": 4, "min_noise": 0.0}, "smaller min_noise"),
        ({"steps": 4, "last": 1.1}, "within 0 and 1"),
    ],
)
def test_a_chain_that_cannot_grow_is_refused(settings, advice):
    with pytest.raises(ValueError, match=advice):
        diffusion.schedule(**settings)


def test_all_steps_at_once_equal_the_steps_one_by_one():
    x_0, y = -0.4, 0.7
    mean, variance, before = x_0, 0.0, 0.0
    for eta in diffusion.schedule(15):
        mean, variance = mean + (eta - before) * (y - x_0), variance + KAPPA**2 * (eta - before)
        still, moved = (float(diffusion.marginal(x_0, y, n, eta, KAPPA)) for n in (0.0, 1.0))
        assert still == pytest.approx(mean, rel=1e-5)
        assert moved - still == pytest.approx(np.sqrt(variance), rel=1e-5)
        before = eta


@pytest.mark.parametrize("t", [2, 3, 4])
def test_the_way_back_is_bayes_rule(t):
    x_0, y, x_t = -0.4, 0.7, 0.35
    eta, before = diffusion.schedule(4)[[t - 1, t - 2]]
    grid = np.linspace(-12, 12, 400_001)

    def log_normal(value, mean, variance):
        return -((value - mean) ** 2) / (2 * variance)

    density = np.exp(
        log_normal(grid, x_0 + before * (y - x_0), KAPPA**2 * before)
        + log_normal(x_t, grid + (eta - before) * (y - x_0), KAPPA**2 * (eta - before))
    )
    density /= density.sum()
    mean = (density * grid).sum()
    variance = (density * (grid - mean) ** 2).sum()
    assert diffusion.posterior(x_t, x_0, eta, before, KAPPA) == pytest.approx((mean, variance))


@pytest.mark.parametrize("count", [4, 15])
def test_with_a_perfect_denoiser_the_sample_is_x_0(lr, count):
    generator = generator_of(oracle, steps=count)
    expected = 0.5 * np.asarray(degradation.enlarged(lr, 3)) + 0.1
    np.testing.assert_allclose(generator.predict(lr, verbose=0), expected, atol=1e-6)


def test_on_the_way_back_every_x_t_is_spread_as_on_the_way_forward():
    sampler = diffusion.Sampler(denoiser_of(oracle, size=100), 3, steps=15)
    rng = np.random.default_rng(0)
    lr = np.full((1, 100, 100, 1), 0.8, "float32")
    x_0, y = 0.5, 0.8
    x_t = y + KAPPA * 0.99 * rng.normal(size=(1, 300, 300, 1)).astype("float32")
    for t in range(15, 0, -1):
        x_t = sampler.stepped_back(x_t, lr, t, rng.normal(size=x_t.shape).astype("float32"))
        # The chain starts at y, not at x_0 + eta_T (y - x_0): hence the division.
        mean = x_0 + sampler.etas[t - 1] / sampler.etas[-1] * (y - x_0)
        deviation = KAPPA * float(np.sqrt(sampler.etas[t - 1]))
        assert np.mean(x_t) == pytest.approx(mean, abs=1e-5 + 4 * deviation / 300)
        assert np.std(x_t) == pytest.approx(deviation, rel=0.015, abs=1e-6)


def test_each_image_is_shifted_by_its_own_t(lr):
    sampler = diffusion.Sampler(denoiser_of(oracle), 3)
    rng = np.random.default_rng(1)
    hr, noise = (rng.uniform(-1, 1, (3, 12, 12, 1)).astype("float32") for _ in range(2))
    y = np.asarray(degradation.enlarged(lr, 3))
    shifted = np.asarray(sampler.shifted(hr, lr, np.array([4, 1, 2]), noise))
    for image, eta in enumerate(diffusion.schedule(4)[[3, 0, 1]]):
        expected = (1 - eta) * hr[image] + eta * y[image] + 2 * np.sqrt(eta) * noise[image]
        np.testing.assert_allclose(shifted[image], expected, atol=1e-5)


def test_the_denoiser_sees_x_t_scaled_and_t_itself(lr):
    x_t = np.random.default_rng(1).normal(size=(3, 12, 12, 1)).astype("float32")
    t = np.array([1, 3, 4])
    etas = diffusion.schedule(4)[t - 1].reshape(3, 1, 1, 1)
    see = denoiser_of(lambda x_t, lr, t: layers.Rescaling(1.0)(x_t))
    # As published: 3 kappa sqrt(eta) + 1 in pixel space, the deviation of x_t in latent space.
    for named, scale in (
        ({}, 3 * KAPPA * np.sqrt(etas) + 1),
        ({"divisor": "deviation"}, np.sqrt(KAPPA**2 * etas + 1)),
    ):
        through = diffusion.Sampler(see, 3, **named)
        again = diffusion.Sampler.from_config(through.get_config())
        for one in (through, again):
            np.testing.assert_allclose(np.asarray(one.denoised(x_t, lr, t)), x_t / scale, rtol=1e-5)
    with pytest.raises(ValueError, match="no divisor 'sum': choose one of deviation, largest"):
        diffusion.Sampler(see, 3, divisor="sum")
    told = diffusion.Sampler(denoiser_of(guess_of_t), 3).denoised(x_t, lr, t)
    assert np.asarray(told)[:, 0, 0, 0].tolist() == [1, 3, 4]


def test_one_lr_image_has_one_sr_image_whatever_stands_beside_it(lr):
    generator = generator_of(noisy_guess)
    together = generator.predict(lr, verbose=0)
    np.testing.assert_array_equal(generator.predict(lr, verbose=0), together)
    np.testing.assert_allclose(generator.predict(lr[1:2], verbose=0), together[1:2], atol=1e-6)
    other = generator_of(noisy_guess, seed=1).predict(lr, verbose=0)
    assert np.abs(other - together).max() > 1e-3


def test_guesses_are_clipped():
    generator = generator_of(lambda x_t, lr, t: layers.Rescaling(5.0)(degradation.Enlarge(3)(lr)))
    sr = generator.predict(np.full((1, 4, 4, 1), 0.9, "float32"), verbose=0)
    np.testing.assert_array_equal(sr, 1.0)


def test_a_clone_keeps_the_chain_and_gives_the_same_images(lr):
    generator = generator_of(learned_guess, steps=3, kappa=0.5, min_noise=0.1, seed=7)
    clone = keras.models.clone_model(generator)
    clone.set_weights(generator.get_weights())
    np.testing.assert_array_equal(clone.predict(lr, verbose=0), generator.predict(lr, verbose=0))
    sampler = clone.get_layer("sampler")
    assert sampler.denoiser is not generator.get_layer("sampler").denoiser
    assert (sampler.steps, sampler.kappa, sampler.min_noise, sampler.seed) == (3, 0.5, 0.1, 7)


def test_the_chain_compiles_under_xla(lr):
    generator = generator_of(noisy_guess)
    compiled = tf.function(generator, jit_compile=True)
    np.testing.assert_allclose(compiled(lr), generator.predict(lr, verbose=0), atol=1e-5)


def images_of(count, size=12):
    waves = np.sin(np.arange(size) * np.linspace(0.2, 2, count)[:, None])
    pixels = (127 + 120 * waves[:, :, None] * waves[:, None, :])[..., None].round().astype("uint8")
    return pixels, steps.DeviceImages(pixels, np.zeros(count))


def model_of(guess, images, **settings):
    model = denoising.DiffusionModel(generator_of(guess, **settings), images, 3)
    model.compile(optimizer=keras.optimizers.Adam(1e-2))
    return model


def test_every_t_is_drawn_equally_often_and_the_target_is_x_0():
    model = model_of(guess_of_t, images_of(2)[1])
    hr = np.full((800, 12, 12, 1), 0.25, "float32")
    sr, loss, figures = model.objective(np.zeros((800, 4, 4, 1), "float32"), hr, None)
    drawn = np.asarray(sr)[:, 0, 0, 0]
    counts = [int(np.sum(drawn == t)) for t in (1, 2, 3, 4)]
    assert sum(counts) == 800 and min(counts) > 150
    assert float(loss) == pytest.approx(np.mean((drawn - 0.25) ** 2), rel=1e-5)
    assert figures == {"generator_loss": loss}
    again = np.asarray(model.objective(np.zeros((800, 4, 4, 1), "float32"), hr, None)[0])
    assert not np.array_equal(again[:, 0, 0, 0], drawn)


def test_fit_learns_and_validation_runs_the_whole_chain():
    keras.utils.set_random_seed(0)
    pixels, images = images_of(16)
    model = model_of(learned_guess, images)
    history = model.fit(
        steps.Batches(np.arange(12), 6, seed=0),
        validation_data=steps.Batches(np.arange(12, 16), 4),
        epochs=12,
        verbose=0,
    ).history
    assert history["generator_loss"][-1] < 0.5 * history["generator_loss"][0]
    lr = degradation.reduced(degradation.to_float(pixels[12:]), 3)
    sr = degradation.to_pixels(model.generator.predict(lr, verbose=0))
    expected = metrics.psnr(pixels[12:], sr).mean()
    assert history["val_psnr"][-1] == pytest.approx(expected, abs=0.05)


def test_a_checkpoint_holds_what_is_drawn_next():
    model = model_of(learned_guess, images_of(4)[1])
    state = keeper.state_variables([model])
    kept = [variable.numpy() for variable in state]
    assert any(variable is model.draws.state for variable in state)
    first = model.train_on_batch(np.arange(4), return_dict=True)["generator_loss"]
    for variable, value in zip(state, kept, strict=True):
        variable.assign(value)
    assert model.train_on_batch(np.arange(4), return_dict=True)["generator_loss"] == first
