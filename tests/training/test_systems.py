"""Each system's recipe becomes the networks, losses and training that it names."""

import functools

import keras
import numpy as np
import pytest
from backend_steps import pictures
from shared import images, tiny

from medsr_nb import losses, presets
from medsr_nb.data.splits import Split
from medsr_nb.losses import perceptual
from medsr_nb.models import realesrgan, srresnet
from medsr_nb.studies import recording
from medsr_nb.training import adversarial, denoising, experiment, steps, systems

COMPARED = [one for one in presets.SYSTEMS if one not in ("baseline", "iteration1", "srgan")]


@pytest.mark.parametrize(
    ("system", "changes"),
    [(one, {}) for one in COMPARED] + [("srresnet", {"degradation": "varying-factors"})],
)
def test_every_system_trains_and_enlarges(system, changes, eagerly, two_levels, capsys):
    """One step in each stage; test_half_precision.py compiles the same steps."""
    whole = images(8)
    parts = Split(whole.take(np.arange(4)), whole.take([4, 5]), whole.take([6, 7]))
    stages = 2 if tiny(system).pixel_epochs else 1
    recipe = tiny(system, train_images=4, epochs=stages, **changes)
    model = experiment.build(recipe, parts, "float32")
    before = model.generator.get_weights()
    history = experiment.train(model, recipe, parts)
    assert np.isfinite(history["val_psnr"]).all() and len(history["val_psnr"]) == stages
    changed = [np.any(a != b) for a, b in zip(before, model.generator.get_weights(), strict=True)]
    assert any(changed)
    comparison = recording.compared(model, recipe, parts)
    assert comparison.sr[system].shape == (2, 48, 48, 1)


@functools.cache
def model_of(system, **changes):
    """The smallest model of a system, which no test here changes."""
    held = steps.DeviceImages(pictures(4, 48), np.zeros(4))
    return systems.model(tiny(system, **changes), held)


def test_each_system_has_its_game(two_levels):
    assert type(model_of("esrgan")) is adversarial.RelativisticModel
    assert type(model_of("realesrgan")) is adversarial.LogitAdversarialModel
    assert type(model_of("srgan-x3")) is adversarial.AdversarialModel
    assert type(model_of("srresnet")) is type(model_of("cutblur")) is steps.PixelModel
    assert type(model_of("resshift")) is denoising.DiffusionModel


def test_the_content_loss_weighs_pixels_and_features():
    draw = np.random.default_rng(0)
    hr, sr = (draw.uniform(-1, 1, (2, 48, 48, 1)).astype("float32") for _ in range(2))
    loss = systems.content(
        tiny("esrgan", pixel_weight=0.25, perceptual="labels", perceptual_weight=3.0)
    )
    features = perceptual.perceptual_loss("labels")(hr, sr)
    expected = 0.25 * np.abs(hr - sr).mean() + 3.0 * float(features)
    assert float(loss(hr, sr)) == pytest.approx(expected, rel=1e-5)
    sharp = systems.content(tiny("realesrgan", perceptual="labels", perceptual_weight=0.0))
    expected = 0.5 * np.abs(realesrgan.sharpened(hr) - sr).mean()
    assert float(sharp(hr, sr)) == pytest.approx(expected, rel=1e-5)
    whole = {"spectral_weight": 0.5, "tile_weight": 2.0, "pattern_weight": 0.3}
    finished = systems.content(
        tiny("medsr-sharp", perceptual="labels", perceptual_weight=0.0, **whole)
    )
    expected = np.abs(hr - sr).mean() + 2.0 * float(losses.tile_loss(hr, sr))
    expected += 0.5 * float(losses.spectral_loss(hr, sr))
    expected += 0.3 * float(losses.pattern_loss(hr, sr))
    assert float(finished(hr, sr)) == pytest.approx(expected, rel=1e-5)
    without_features = systems.content(tiny("medsr", ssim_weight=3.0, **whole))
    expected += 3.0 * float(losses.ssim_loss(hr, sr))
    assert float(without_features(hr, sr)) == pytest.approx(expected, rel=1e-5)
    assert float(systems.content(tiny("prototype"))(hr, sr)) == pytest.approx(
        np.square(hr - sr).mean(), rel=1e-5
    )


def test_the_pixel_stage_shares_what_trains_and_leaves_the_features_out():
    recipe = tiny("esrgan")
    gan = model_of("esrgan")
    pixel = systems.pixel_stage(recipe, gan)
    assert pixel.generator is gan.generator and pixel.average is gan.average
    assert pixel.content is systems.PIXEL_LOSSES["l1"]
    assert gan.fixed == [gan.images, gan.content] and pixel.fixed == [pixel.images]


def test_both_stages_of_real_esrgan_have_the_sharpened_target():
    gan = model_of("realesrgan")
    pixel = systems.pixel_stage(tiny("realesrgan"), gan)
    draw = np.random.default_rng(0)
    hr, sr = (draw.uniform(-1, 1, (2, 48, 48, 1)).astype("float32") for _ in range(2))
    expected = np.abs(realesrgan.sharpened(hr) - sr).mean()
    assert abs(expected - np.abs(hr - sr).mean()) > 1e-3
    assert float(pixel.content(hr, sr)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(("system", "betas"), [("esrgan", (0.9, 0.99)), ("baseline", (0.5, 0.999))])
def test_all_stages_have_the_adam_of_the_recipe(system, betas):
    whole = images(12, 28 if system == "baseline" else 48)
    parts = Split(whole.take(np.arange(8)), whole.take(np.arange(8, 10)), whole.take([10, 11]))
    changes = {"hr_size": 28} if system == "baseline" else {}
    recipe = tiny(system, **changes)
    for model, _ in experiment.stages(experiment.build(recipe, parts, "float32"), recipe):
        assert (model.optimizer.beta_1, model.optimizer.beta_2) == betas
        assert float(model.optimizer.learning_rate) == pytest.approx(recipe.learning_rate)


def test_weight_decay_takes_a_share_off_every_weight():
    def after_a_step(decay):
        weight = keras.Variable([2.0, -4.0])
        adam = systems.optimizer(tiny("medsr", learning_rate=0.01, weight_decay=decay))
        adam.apply([keras.ops.convert_to_tensor([1.0, 1.0])], [weight])
        return keras.ops.convert_to_numpy(weight.value)

    assert after_a_step(0.0) == pytest.approx([1.99, -4.01], abs=1e-5)
    share = 0.01 * 0.5 * np.array([2.0, -4.0])
    assert after_a_step(0.0) - after_a_step(0.5) == pytest.approx(share, abs=1e-5)


@pytest.mark.parametrize("system", ["baseline", "iteration1", "prototype", "srgan-x3", "esrgan"])
def test_batch_norm_has_the_epsilon_of_the_recipe(system):
    for changes, expected in (({}, 1e-5), ({"norm_epsilon": 1e-3}, 1e-3)):
        networks = systems.networks(tiny(system, **changes))
        found = {
            layer.epsilon
            for network in networks
            for layer in network.layers
            if isinstance(layer, keras.layers.BatchNormalization)
        }
        assert found == {expected}


def test_an_epsilon_changes_what_is_computed():
    draw = np.random.default_rng(0)
    lr = draw.uniform(-1, 1, (1, 16, 16, 1)).astype("float32")
    new, old = (
        systems.generator(tiny("prototype", blocks=7, norm_epsilon=one)) for one in (1e-5, 1e-3)
    )
    old.set_weights(new.get_weights())
    # An untrained batch norm divides by the root of 1 + epsilon; there are 14 one after the other.
    assert 1e-5 < np.abs(np.asarray(new(lr)) - np.asarray(old(lr))).max() < 1e-1


def test_resshift_is_scaled_as_the_recipe_says():
    for changes, expected in (({}, "largest"), ({"divisor": "deviation"}, "deviation")):
        network = systems.generator(tiny("resshift", **changes))
        assert network.get_layer("sampler").divisor == expected


def test_the_logit_games_by_hand():
    gan = model_of("realesrgan")
    zeros, ones = np.zeros((2, 1), "float32"), np.ones((2, 1), "float32")
    assert float(gan.fooling_loss(zeros, ones)) == pytest.approx(np.log(2))
    told = 0.5 * (np.log1p(np.exp(-1)) + np.log(2))
    assert float(gan.telling_loss(ones, zeros)) == pytest.approx(told, rel=1e-6)
    relative = model_of("esrgan")
    # Generated images count as real where they lie above the mean real one, and the reverse.
    told = np.log1p(np.exp(-1))
    assert float(relative.telling_loss(ones, zeros)) == pytest.approx(told, rel=1e-6)
    assert float(relative.fooling_loss(zeros, ones)) == pytest.approx(np.log1p(np.e), rel=1e-6)
    figures = relative.struggle(0.0, 0.0, ones + 5, zeros + 5)
    assert float(figures["real_accuracy"]) == float(figures["fake_accuracy"]) == 1.0


def test_degradation_and_augmentation_change_training_alone():
    held = steps.DeviceImages(pictures(4, 48), np.zeros(4))
    plain = steps.PixelModel(srresnet.generator(16, 3, 4, 1), held, 3)
    hr, _ = held(np.arange(4))
    lr, target = plain.pairs(hr)
    np.testing.assert_array_equal(target, hr)
    worse = model_of("realesrgan")
    assert np.abs(np.asarray(worse.pairs(hr)[0]) - lr).max() > 0.1
    varying = model_of("srresnet", degradation="varying-factors")
    assert np.abs(np.asarray(varying.pairs(hr)[0]) - lr).max() > 0.1
    mixing = model_of("cutblur")
    mixed, target = mixing.pairs(hr)
    assert mixed.shape == hr.shape
    np.testing.assert_array_equal(target, hr)
    assert mixing.enlarged(mixed, None, training=True).shape == hr.shape
    judged = keras.ops.convert_to_numpy(mixing.enlarged(lr, None, training=False))
    assert judged.shape == hr.shape
