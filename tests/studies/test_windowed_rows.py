"""Rows whose images are read larger than they are restored: read, trained, gone on with, told."""

import dataclasses

import numpy as np
import pytest
from shared import images

from medsr_nb import presets, training
from medsr_nb.cli.commands import main
from medsr_nb.data.splits import Split
from medsr_nb.machine import UserError
from medsr_nb.studies import budget, entries, results, study

SMALL, LARGE = 48, 60


def cut(whole):
    return Split(whole.take(np.arange(8)), whole.take(np.arange(8, 10)), whole.take([10, 11]))


@pytest.fixture(scope="module")
def parts():
    return cut(images(12, SMALL))


def windowed(epochs=2, **changes):
    recipe = presets.recipe("medsr", hr_size=SMALL, source_size=LARGE, width=4, blocks=1)
    shared = {"train_images": 8, "test_images": 2, "batch_size": 4, "epochs": epochs}
    return dataclasses.replace(recipe, **shared | changes)


def larger(monkeypatch):
    """A function ``images(size)`` whose images are split as ``parts``."""
    monkeypatch.setattr(budget.training, "split", lambda recipe, whole: cut(whole))
    return lambda size: images(12, size)


def test_a_row_reads_larger_images_and_scores_them_at_their_size(
    parts, tmp_path, monkeypatch, eagerly
):
    monkeypatch.setattr(budget, "beginning", lambda *given: None)
    given = ("faithful", "faithful", windowed(), parts, None, tmp_path, "float32")
    found, sr = budget.row(*given, larger(monkeypatch))
    assert sr.shape == (2, SMALL, SMALL, 1)
    assert found["images_seen"] == 16 and found["hardware"] == results.hardware()
    monkeypatch.setattr(budget, "trained", None)  # it would be called
    again, pictures = budget.row(*given)
    assert again == found and (pictures == sr).all()


def test_images_that_are_too_small_are_refused(parts, monkeypatch):
    read = larger(monkeypatch)
    assert budget.originals(windowed(source_size=0), None, parts) is parts
    assert budget.originals(windowed(), read, parts).train.size == LARGE
    others = parts._replace(test=parts.validation)
    with pytest.raises(UserError, match="reads images of 60 pixels, and some are smaller"):
        budget.originals(windowed(), read, others)

    def none(size):
        raise UserError("no picture is left.")

    with pytest.raises(UserError, match="reads images of 60 pixels: choose other images. no pict"):
        budget.originals(windowed(), none, parts)


def test_a_recipe_gets_the_size_that_it_reads(parts):
    with pytest.raises(UserError, match="reads images of 60 pixels, not of 48"):
        training.build(windowed(), parts)
    with pytest.raises(presets.WrongChoice, match="source_size is 0 or above hr_size 48, not 48"):
        windowed(source_size=SMALL)


@pytest.mark.parametrize("system", ["medsr", "prototype"])
def test_what_is_gone_on_with_sees_the_same_windows(system, tmp_path, eagerly):
    seen = cut(images(12, LARGE))
    recipe = windowed(system=system)

    def trained(folder, epochs):
        model = training.build(recipe, seen, "float32")
        asked = dataclasses.replace(recipe, epochs=epochs)
        stages = [(model, epochs)]
        batches, validation = training.experiment.feed(asked, seen)
        owner = training.experiment.identity(model, recipe, seen)
        store = training.experiment.Checkpoints(folder, owner)
        preview = training.Previews([8])
        training.loop.fit_stages(stages, batches, validation, [preview], store=store)
        assert preview.pictures[-1][1].shape == (1, SMALL, SMALL, 1)
        return np.asarray(model.windows.draws.state), model.generator.get_weights()

    trained(tmp_path / "cut", 1)
    (drawn, cut_short), (state, whole) = (
        trained(tmp_path / "cut", 2),
        trained(tmp_path / "whole", 2),
    )
    np.testing.assert_array_equal(drawn, state)
    if system == "medsr":  # before batch norm a bias has no gradient, and Adam follows its rounding
        for one, other in zip(cut_short, whole, strict=True):
            np.testing.assert_allclose(one, other, atol=1e-5)


def test_epochs_and_machines_are_told():
    row = {"minutes": None, "recipe": entries.recipe_of("faithful", "faithful").to_dict()}
    row |= {"hardware": "a card"}
    data = {"name": "drawn", "train": {"images": 5}}
    found = {"data": data, "hardware": "a processor", "rows": {"faithful": row}}
    told = study.study_origin(found)
    assert f"5 training images, {row['recipe']['epochs']} epochs a row," in told
    assert told.endswith("trained and scored on a card; the rest on a processor")
    found["rows"]["other"] = row | {"minutes": 6.0, "hardware": "a processor"}
    assert f'{row["recipe"]["epochs"]} epochs for "faithful", 6 minutes for "other"' in (
        study.study_origin(found)
    )
    assert results.places(found) == "faithful trained and scored on a card; the rest on a processor"
    assert results.places({"hardware": "a processor", "rows": [1, 2]}) == "a processor"


def test_minutes_or_epochs(capsys):
    gan = entries.recipe_of("systems", "ESRGAN", epochs=5)
    assert (gan.epochs, gan.pixel_epochs) == (5, 2)  # half of them on the pixel loss, as ever
    assert entries.recipe_of("medsr", "sharp", epochs=5).pixel_epochs == 0
    with pytest.raises(SystemExit):
        main(["compare", "x.json", "--minutes", "1", "--epochs", "2"])
    assert "not allowed with" in capsys.readouterr().err
