"""Every row of a study gets the same time, is kept when finished, and is compared fairly."""

import dataclasses
import json

import numpy as np
import pytest
from shared import images

from medsr_nb import scoring
from medsr_nb.cli.commands import main
from medsr_nb.data.splits import Split
from medsr_nb.machine.paths import UserError
from medsr_nb.scoring import metrics
from medsr_nb.studies import budget, cells, entries, study


@pytest.fixture(scope="module")
def parts():
    whole = images(40)
    return Split(whole.take(np.arange(32)), whole.take(np.arange(32, 36)), whole.take([36, 37, 38]))


def tiny(name, study="systems"):
    recipe = entries.recipe_of(study, name, train_images=32, test_images=4)
    return dataclasses.replace(recipe, hr_size=48, width=12, blocks=min(recipe.blocks, 1))


def test_minutes_become_steps(parts, monkeypatch):
    costs = iter([0.25, 0.5])
    monkeypatch.setattr(budget, "seconds_a_step", lambda model, recipe, parts: next(costs))
    fitted = budget.fitted(tiny("ESRGAN"), parts, minutes=1.0)
    steps = fitted.epoch_images // fitted.batch_size
    assert steps == 4  # as many as there are images for
    assert fitted.pixel_epochs * steps == 120  # half a minute at a quarter of a second
    assert (fitted.epochs - fitted.pixel_epochs) * steps == 60
    monkeypatch.setattr(budget, "seconds_a_step", lambda model, recipe, parts: 1.0)
    fitted = budget.fitted(tiny("SRResNet"), parts, minutes=0.5)
    assert (fitted.epochs, fitted.epoch_images, fitted.pixel_epochs) == (10, 24, 0)


def test_images_seen_are_no_more_than_there_are():
    recipe = dataclasses.replace(tiny("SRResNet"), epochs=3, batch_size=4, epoch_images=24)
    assert [budget.images_seen(recipe, count) for count in (32, 24, 10)] == [72, 72, 24]


def test_the_clock_of_the_machine_goes_on_with_work_alone():
    began = budget.spent()
    np.linalg.svd(np.random.default_rng(0).normal(size=(300, 300)))
    assert budget.spent() > began
    began = budget.spent()
    budget.time.sleep(0.3)
    assert budget.spent() - began < 0.2  # asleep, a processor spends nothing


def test_a_row_is_trained_kept_and_not_trained_again(parts, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(budget, "LEAST_SECONDS", 0.0)
    recipe = tiny("SRResNet")
    found, sr = budget.row("systems", "SRResNet", recipe, parts, 0.005, tmp_path, "float32")
    assert sr.shape == parts.test.pixels.shape and sr.dtype == "uint8"
    np.testing.assert_allclose(
        found["scores"]["psnr"], metrics.psnr(parts.test.pixels, sr), atol=1e-4
    )
    assert found["images_seen"] == sum(
        found["recipe"]["epoch_images"] for _ in found["history"]["psnr"]
    )
    assert found["machine_seconds"] > 0
    monkeypatch.setattr(budget, "trained", None)  # it would be called
    again, pictures = budget.row("systems", "SRResNet", recipe, parts, 0.005, tmp_path, "float32")
    assert again == found
    # Made anew from the weights; where a level ends in a half, rounding may go either way.
    apart = np.abs(pictures.astype(int) - sr)
    assert apart.max() <= 1 and np.count_nonzero(apart) <= 5

    comparison = budget.comparison([found], [sr], parts.test)
    assert list(comparison.scores) == ["bicubic", "SRResNet"]
    report = budget.report("systems", [found], comparison, parts, tmp_path)
    written = json.loads(json.dumps(report))["rows"]["SRResNet"]
    assert written["parameters"] == found["parameters"] and written["ms_an_image"] > 0
    network = study.rebuilt(found, tmp_path / "SRResNet" / "weights.npz")
    lr = scoring.low_resolution(parts.validation, 3)
    own = [metrics.psnr(parts.validation.pixels, method(lr)).mean()
           for method in (scoring.as_method(network), scoring.bicubic(3))]  # fmt: skip
    assert written["validation_gain"][0] == pytest.approx(own[0] - own[1], abs=1e-3)
    assert written["training_gain"] != written["validation_gain"]
    [difference] = report["differences"]
    assert difference["methods"] == ("bicubic", "SRResNet")


def test_a_row_of_other_minutes_is_not_gone_on_with(parts, tmp_path, monkeypatch):
    monkeypatch.setattr(budget, "fitted", lambda recipe, *rest: dataclasses.replace(recipe))
    monkeypatch.setattr(budget.training, "train", lambda *given, **named: {})
    recipe = dataclasses.replace(tiny("SRResNet"), epochs=1)
    budget.trained(recipe, parts, 1.0, tmp_path, "float32")
    budget.trained(recipe, parts, 1.0, tmp_path, "float32")
    with pytest.raises(UserError, match=r"with other minutes: choose another --work"):
        budget.trained(recipe, parts, 2.0, tmp_path, "float32")
    others = Split(parts.train, parts.validation, parts.test.take([0]))
    with pytest.raises(UserError, match=r"with other test images"):
        budget.trained(recipe, others, 1.0, tmp_path, "float32")


def test_medsr_compare_writes_a_table_and_the_networks(tmp_path, capfd, monkeypatch, eagerly):
    out = tmp_path / "systems.json"
    settings = "--rows SRResNet --data sample --train-images 8 --test-images 4"
    arguments = ["compare", str(out), *settings.split(), "--work", str(tmp_path / "work")]
    given = []
    with monkeypatch.context() as patch:
        patch.setattr(budget, "row", lambda *one: given.append(one))
        assert main([*arguments, "--minutes", "0.5", "--one"]) == 0
    [(study_name, name, recipe, parts, minutes, *_)] = given
    assert (study_name, name, minutes) == ("systems", "SRResNet", 0.5)
    assert recipe.train_images == len(parts.train) == 8
    assert main([*arguments, "--epochs", "1"]) == 0
    assert "SRResNet" in capfd.readouterr().out
    written = json.loads(out.read_text())
    trained = written["rows"]["SRResNet"]
    assert trained["recipe"]["train_images"] == 8
    assert trained["minutes"] is None and trained["recipe"]["epochs"] == 1
    monkeypatch.setattr(study, "results_dir", lambda: tmp_path)
    monkeypatch.setattr(study, "recorded", {"systems": written}.get)
    assert study.recorded_network("systems", "SRResNet").output_shape == (None, 150, 150, 1)
    (tmp_path / "systems" / "SRResNet.npz").write_bytes(b"cut off")
    with pytest.raises(UserError, match="cut off or changed.*medsr compare"):
        study.recorded_network("systems", "SRResNet")
    assert main(["compare", str(out), "--rows", "SRGANN", "--data", "sample"]) == 2
    assert "choose of ACGAN" in capfd.readouterr().err


def test_the_sharp_network_begins_where_the_faithful_ended(
    parts, tmp_path, monkeypatch, capsys, eagerly
):
    # A step takes all the time that there is.
    monkeypatch.setattr(budget, "seconds_a_step", lambda model, recipe, parts: 60.0)
    with pytest.raises(UserError, match="faithful comes first: train that row, with the same"):
        budget.row("medsr", "sharp", tiny("sharp", "medsr"), parts, 0.005, tmp_path, "float32")
    given = (parts, 0.005, tmp_path, "float32")
    first = budget.row("medsr", "faithful", tiny("faithful", "medsr"), *given)

    kept = study.rebuilt(first[0], tmp_path / "faithful" / "weights.npz").get_weights()
    began = []

    def train(model, recipe, parts, *callbacks, folder):
        for network in (model.generator, model.upscaler):
            began.append(network.get_weights())
        return {"machine_seconds": [1.0]}

    with monkeypatch.context() as patch:
        patch.setattr(budget.training, "train", train)
        budget.row("medsr", "sharp", tiny("sharp", "medsr"), *given)
    assert len(began) == 2
    for weights in began:
        for one, other in zip(weights, kept, strict=True):
            np.testing.assert_array_equal(one, other)
    stored = json.loads((tmp_path / "sharp" / "recipe.json").read_text())
    assert stored["asked"]["start"] == first[0]["sha256"]
    assert stored["asked"]["minutes"] == pytest.approx(0.005 * entries.SHARES["medsr", "sharp"])
    assert stored["fitted"]["pixel_epochs"] == 0

    def moved(model, recipe, parts, *callbacks, folder):
        model.upscaler.set_weights([one + 0.1 for one in model.upscaler.get_weights()])
        return {"machine_seconds": [1.0]}

    def mixed(name, share, other=None):
        """How far a row's weights, with such an entry, are from those that it began with."""
        inputs = []
        with monkeypatch.context() as patch:
            patch.setattr(budget.training, "train", moved)
            patch.setattr(budget.mixing, "tried", lambda *one: inputs.append(one[-1]) or {"1": {}})
            patch.setitem(entries.MIXED, ("medsr", name), share)
            if other:
                patch.setitem(entries.MIXED_WITH, ("medsr", name), other)
            found, _ = budget.row("medsr", name, tiny(name, "medsr"), *given)
        assert (found["share"], found["shares"]) == (share, {"1": {}})
        assert inputs == [{"bicubic": scoring.CASES["bicubic"]}]
        weights = study.rebuilt(found, tmp_path / name / "weights.npz").get_weights()
        return [one - other for one, other in zip(weights, kept, strict=True)]

    for moves in mixed("sharp, features", 0.25):
        np.testing.assert_allclose(moves, 0.025, atol=1e-3)
    for moves in mixed("sharp, weight 0.3", 0.5, "sharp, features"):
        np.testing.assert_allclose(moves, 0.0625, atol=1e-3)

    rows = budget.finished(tmp_path, ["faithful", "sharp"], parts.test)
    comparison = budget.comparison(*rows, parts.test)
    report = budget.report("medsr", rows[0], comparison, parts, tmp_path)
    [(kind, methods)] = report["spectrum"].items()
    assert list(methods) == ["original", "bicubic", "faithful", "sharp"]
    assert len(report["trust"]["sharp"][kind]["expected"]) == 10


def test_the_first_robust_row_begins_with_the_faithful_weights_of_the_package(
    parts, tmp_path, monkeypatch
):
    first = "robust", entries.FIRST_ROBUST
    row, path = budget.beginning(*first, tmp_path)
    recipe = entries.recipe_of(*first, train_images=32, test_images=4)
    assert (recipe.degradation, recipe.design, recipe.batch_size) == ("scanners", "free", 16)
    recipe = dataclasses.replace(recipe, hr_size=48, epochs=1, source_size=0)
    monkeypatch.setattr(budget.training, "train", lambda *given, **named: {})
    model, *_ = budget.trained(recipe, parts, None, tmp_path / "robust", "float32", (row, path))
    for network in (model.generator, model.upscaler):
        for here, there in zip(
            network.get_weights(), study.rebuilt(row, path).get_weights(), strict=True
        ):
            np.testing.assert_array_equal(here, there)
    assert budget.beginning("systems", "SRGAN", tmp_path) is None


def test_the_recorded_systems_are_those_that_the_command_trains():
    fitted = {"epochs", "pixel_epochs", "epoch_images", "train_images", "test_images"}
    for name, row in study.recorded("systems")["rows"].items():
        now = entries.recipe_of("systems", name).to_dict()
        mended = {"beta_1", "beta_2", "norm_epsilon", "pixel_weight", "divisor"}
        for what in row["recipe"].keys() - fitted - mended:
            assert now[what] == row["recipe"][what], (name, what)


def test_an_interrupted_cell_keeps_what_is_finished_and_goes_on(
    parts, tmp_path, monkeypatch, capsys
):
    monkeypatch.setenv("MEDSR_RUNS", str(tmp_path))
    recipes = {name: tiny(name) for name in ("SRResNet", "SwinIR")}
    folders, stops = {}, ["SwinIR"]

    def row(kind, name, recipe, parts, minutes, folder):
        if name in stops:
            raise KeyboardInterrupt
        (folder / name).mkdir(parents=True, exist_ok=True)
        folders.setdefault(name, []).append(folder)
        return {"name": name}, f"pictures of {name}"

    monkeypatch.setattr(budget, "row", row)
    assert cells.systems_cell(recipes, parts, None) == (
        [{"name": "SRResNet"}], ["pictures of SRResNet"]
    )  # fmt: skip
    said = capsys.readouterr().out
    assert "Run this cell again to go on" in said and "kept by an earlier run" not in said
    stops.clear()
    rows, _ = cells.systems_cell(recipes, parts, None)
    assert [one["name"] for one in rows] == ["SRResNet", "SwinIR"]
    first, again = folders["SRResNet"]
    assert first == again and f"to begin anew, remove {first}" in capsys.readouterr().out
    cells.systems_cell(recipes, parts, 1.0)
    assert folders["SRResNet"][2] != first  # other minutes begin anew
