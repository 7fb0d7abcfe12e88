"""Recipes: what they hold, and what they refuse."""

import json

import pytest

from medsr_nb import presets
from medsr_nb.losses import perceptual


@pytest.mark.parametrize("preset", presets.PRESETS)
@pytest.mark.parametrize("system", presets.SYSTEMS)
def test_every_system_has_every_preset(system, preset):
    recipe = presets.recipe(system, preset)
    assert (recipe.system, recipe.preset) == (system, preset)
    assert recipe.lr_size * recipe.factor == recipe.hr_size


def test_the_paper_preset_has_the_papers_figures():
    recipe = presets.recipe("prototype", "paper")
    assert (recipe.lr_size, recipe.hr_size, recipe.train_images) == (50, 150, 1957)


def test_a_change_replaces_one_field():
    assert presets.recipe("prototype", epochs=3).epochs == 3


@pytest.mark.parametrize(
    ("arguments", "changes", "message"),
    [
        (("prototype", "huge"), {}, "no preset 'huge': choose one of sample, colab, paper"),
        (("esrgan2",), {}, "no system 'esrgan2': choose one of baseline"),
        (("prototype",), {"hr_size": 151}, "not a multiple of the factor 3; 150 is"),
        (("prototype",), {"epochs": 0}, "epochs must be at least 1"),
        (("prototype",), {"factor": 0}, "factor must be at least 1"),
        (("prototype",), {"learning_rate": float("nan")}, "learning_rate must be above 0"),
        (("prototype",), {"adversarial_weight": float("nan")}, "adversarial_weight is 0 or above"),
        (("srresnet",), {"blocks": -1}, "blocks is 0 or above"),
        (("prototype",), {"batch_size": 97}, "exceeds train_images 48"),
        (("srresnet",), {"epoch_images": 97}, "from batch_size 4 to train_images 24, not 97"),
        (("srresnet",), {"beta_2": 1.0}, "beta_2 is a decay from 0 .* to below 1, not 1.0"),
        (("srgan",), {"norm_epsilon": 0.0}, "norm_epsilon must be above 0"),
        (("srresnet",), {"pixel_loss": "l2"}, "pixel_loss is one of 'mse', 'l1', 'psnr', not 'l2'"),
    ],
)
def test_wrong_choices_are_refused_with_what_is_right(arguments, changes, message):
    with pytest.raises(ValueError, match=message):
        presets.recipe(*arguments, **changes)


def test_the_environment_replaces_what_a_notebook_says(monkeypatch):
    monkeypatch.delenv("MEDSR_PRESET", raising=False)
    monkeypatch.setenv("MEDSR_DATA", "scans")
    assert presets.from_environment("colab", "kaggle") == ("colab", "scans")


def test_a_recipe_tells_what_is_not_as_by_default():
    assert str(presets.recipe("iteration1", "paper", seed=3)) == (
        "iteration1 at paper: hr size 100, factor 2, width 64, train images 1957, "
        "test images 200, epochs 50, learning rate 0.0002, seed 3, norm epsilon 1e-05"
    )


def test_the_perceptual_losses_are_those_there_are():
    assert presets.CHOICES["perceptual"] == ("", *perceptual.KINDS)


def test_the_published_sizes_and_weights_are_at_paper():
    esrgan = presets.recipe("esrgan", "paper")
    assert (esrgan.width, esrgan.blocks) == (64, 23)
    # L1 is twice as large on [-1, 1] as on the [0, 1] of the published 0.01 and 1.
    assert (2 * esrgan.pixel_weight, esrgan.perceptual_weight, esrgan.adversarial_weight) == (
        0.01, 1.0, 0.005,
    )  # fmt: skip
    real = presets.recipe("realesrgan", "paper")
    assert (2 * real.pixel_weight, real.perceptual_weight, real.adversarial_weight) == (1, 1, 0.1)
    assert presets.recipe("swinir", "paper").width == 60
    assert presets.recipe("srgan-x3", "paper").blocks == 16


@pytest.mark.parametrize("preset", presets.PRESETS)
def test_adam_and_batch_norm_are_as_published(preset):
    basicsr = {"srresnet", "rrdb", "esrgan", "realesrgan"}
    normed = {"baseline", "iteration1", "srgan", "prototype", "srgan-x3", "esrgan"}
    for system in presets.SYSTEMS:
        one = presets.recipe(system, preset)
        assert one.beta_1 == (0.5 if system == "baseline" else 0.9), system
        assert one.beta_2 == (0.99 if system in basicsr else 0.999), system
        assert one.norm_epsilon == (1e-5 if system in normed else 1e-3), system
        assert one.divisor == ("largest" if system == "resshift" else "deviation"), system


def test_a_recipe_recorded_before_these_fields_means_what_was_trained():
    recorded = presets.recipe("esrgan").to_dict()
    for name in ("beta_1", "beta_2", "norm_epsilon", "divisor"):
        del recorded[name]
    one = presets.Recipe(**json.loads(json.dumps(recorded)))
    assert (one.beta_1, one.beta_2, one.norm_epsilon, one.divisor) == (
        0.9, 0.999, 1e-3, "deviation",
    )  # fmt: skip


def test_what_an_older_version_kept_is_completed_with_what_it_meant():
    asked = presets.recipe("prototype").to_dict() | {"images": "a"}
    older = {name: value for name, value in asked.items() if name != "tile_weight"}
    assert presets.completed(older, asked) == asked
    assert presets.completed(older, asked | {"tile_weight": 1.0})["tile_weight"] == 0.0
    assert "tile_weight" not in presets.completed(older, older)  # nobody asks for it
    assert presets.completed({}, {"images": "a", "system": "acgan"}) == {}  # they have no default
