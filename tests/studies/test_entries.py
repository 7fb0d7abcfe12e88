"""The rows of the studies: what each changes, and where it begins."""

import dataclasses

import pytest

from medsr_nb.machine.paths import UserError
from medsr_nb.studies import budget, entries, study


def test_rates_differ_in_the_learning_rate_alone():
    one, other = (entries.recipe_of("rates", f"SwinIR, {rate}") for rate in ("0.0005", "0.001"))
    assert (one.learning_rate, other.learning_rate) == (5e-4, 1e-3)
    assert one == dataclasses.replace(other, learning_rate=5e-4)
    assert one == entries.recipe_of("systems", "SwinIR")
    rates = {
        entries.recipe_of("rates", name).learning_rate for name in entries.STUDIES["rates"][:3]
    }
    assert rates == {5e-4}


def test_each_lead_changes_what_it_is_named_after(tmp_path):
    first = entries.recipe_of("leads", entries.FIRST)
    assert first == entries.recipe_of("medsr", "faithful")
    for name, changes in entries.LEADS.items():
        assert entries.recipe_of("leads", name) == dataclasses.replace(first, **changes)
        later = name.startswith("later")
        assert (("leads", name) in entries.STARTS) == later == ("learning_rate" in changes)
    with pytest.raises(UserError, match="as at first comes first"):
        budget.beginning("leads", "later, SSIM", tmp_path)


def test_robust_goes_on_twice_each_time_where_the_training_before_ended(tmp_path):
    first = entries.recipe_of("robust", entries.FIRST_ROBUST, epochs=40)
    assert (first.epochs, first.pixel_loss, first.source_size) == (40, "l1", 224)
    changes = {"pixel_loss": "psnr", "source_size": 0, "learning_rate": 3e-4, "epochs": 10}
    finished = dataclasses.replace(first, **changes)
    assert entries.recipe_of("robust", entries.WHOLE_ROBUST, epochs=40) == finished
    mirrored = dataclasses.replace(finished, augment="mirror", epochs=8)
    assert entries.recipe_of("robust", "robust", epochs=40) == mirrored
    tried = entries.recipe_of("whole", "faithful", epochs=10)
    turned = dataclasses.replace(finished, turns=True)
    assert entries.recipe_of("turned", "robust", epochs=10) == turned
    begun = entries.recipe_of("faithful", "faithful", epochs=10)
    assert tried == dataclasses.replace(begun, **changes | {"learning_rate": 5e-4})
    second = entries.recipe_of("whole", entries.MIRRORED, epochs=10)
    assert second == dataclasses.replace(tried, augment="mirror")
    assert entries.recipe_of("robust", "robust", epochs=1).epochs == 1
    with pytest.raises(UserError, match="robust, first comes first"):
        budget.beginning("robust", entries.WHOLE_ROBUST, tmp_path)
    with pytest.raises(UserError, match="robust, whole comes first"):
        budget.beginning("robust", "robust", tmp_path)


def test_the_two_trainings_of_sharp_differ_in_the_condition_alone():
    rows = [entries.recipe_of("sharp", name, epochs=3) for name in entries.STUDIES["sharp"]]
    assert [one.condition for one in rows] == ["detail", "lr"]
    assert len({dataclasses.replace(one, condition="") for one in rows}) == 1
    assert {one.epochs for one in rows} == {3}


@pytest.mark.parametrize("changes", [{}, {"train_images": 77, "test_images": 5}])
def test_all_rows_share_task_batch_and_schedule(changes):
    for kind, names in entries.STUDIES.items():
        if kind == "leads":  # they are about batches and averages
            continue
        recipes = [entries.recipe_of(kind, name, "paper", **changes) for name in names]
        assert {recipes[0].train_images} == {changes.get("train_images", 1957)}
        shared = ("hr_size", "factor", "batch_size", "decay", "ema", "seed")
        for what in (*shared, "train_images", "test_images"):
            assert len({getattr(one, what) for one in recipes}) == 1, what
    assert [
        entries.recipe_of("augmentation", name).augment
        for name in ("none", "flips", "cutblur", "factors")
    ] == ["", "flips", "cutblur", ""]
    assert entries.recipe_of("augmentation", "factors").degradation == "varying-factors"
    assert entries.recipe_of("systems", "ESRGAN").perceptual == "labels"
    assert entries.recipe_of("systems", "ESRGAN", vgg=True).perceptual == "esrgan"


@pytest.mark.parametrize(
    ("study", "name", "message"),
    [("sistems", "SRGAN", "choose one of systems"), ("systems", "GAN", "choose of ACGAN, proto")],
)
def test_unknown_rows_are_answered_with_those_there_are(study, name, message):
    with pytest.raises(ValueError, match=message):
        entries.recipe_of(study, name)


def test_the_sharp_network_begins_with_the_faithful_one_of_the_package(tmp_path):
    row, path = budget.beginning("sharp", "sharp", tmp_path)
    assert row == study.recorded("faithful")["rows"]["faithful"]
    assert path.parts[-3:] == ("results", "faithful", "faithful.npz")
    recipe = entries.recipe_of("sharp", "sharp")
    assert recipe.system == "medsr-sharp" and recipe.pixel_epochs == 0
    assert min(recipe.spectral_weight, recipe.pattern_weight, recipe.tile_weight) > 0
    assert (recipe.pixel_loss, recipe.source_size) == ("psnr", 0)
