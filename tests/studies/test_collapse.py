"""The black collapse: each suspect is switched, and alone; black is told from dark."""

import dataclasses
import json

import keras
import numpy as np
import pytest

from medsr_nb import degradation
from medsr_nb.data import images
from medsr_nb.figures import maps
from medsr_nb.losses import adversarial
from medsr_nb.machine.paths import UserError
from medsr_nb.studies import collapse, results, suspects
from medsr_nb.training import experiment


@pytest.fixture(scope="module")
def parts():
    return experiment.split(tiny(), images.load("sample", 48))


def tiny(seed=0):
    """The recipe of the study for two steps of a network with one block."""
    least = {"width": 4, "blocks": 1, "epochs": 1}
    return dataclasses.replace(suspects.small_recipe(seed), train_images=16, test_images=4, **least)


def built(parts, **changes):
    suspect = dataclasses.replace(suspects.Suspect(), **changes)
    return suspects.model(suspect, tiny(), experiment.held(parts))


def test_every_suspect_differs_from_the_paper_or_from_the_three_in_one_part():
    names = {field.name for field in dataclasses.fields(suspects.Suspect)}

    def apart(one, other):
        return sum(getattr(one, name) != getattr(other, name) for name in names)

    paper = suspects.SUSPECTS["the paper's recipe"]
    assert paper == suspects.Suspect()
    for name, suspect in suspects.SUSPECTS.items():
        if name.startswith("these, but"):
            assert apart(suspect, suspects.ALL) == 1, name
        elif suspect not in (paper, suspects.ALL):
            # Without the squared error the adversarial weight means nothing.
            assert apart(suspect, paper) == 1 + (suspect.content == 0.0), name


def test_the_switches_reach_the_networks(parts):
    gan = built(parts, output="linear", dropout=0.0, momentum=0.99, rate=1e-2)
    assert gan.generator.layers[-1].activation is keras.activations.linear
    layers = (*gan.generator.layers, *gan.discriminator.layers)
    norms = [one for one in layers if isinstance(one, keras.layers.BatchNormalization)]
    drops = [one for one in layers if isinstance(one, keras.layers.Dropout)]
    assert norms and {one.momentum for one in norms} == {0.99}
    assert drops and {one.rate for one in drops} == {0.0}
    assert float(gan.optimizer.learning_rate) == pytest.approx(1e-2)
    logits = built(parts, model=suspects.WatchedLogitModel).discriminator
    assert logits.layers[-1].activation is keras.activations.linear
    hr = np.ones((1, 48, 48, 1), "float32")
    assert built(parts, content=0.0).content(hr, -hr) == 0.0
    assert built(parts).content(hr, -hr) == 4.0


def test_the_slope_is_that_of_tanh(parts):
    gan = built(parts)
    lr = np.random.default_rng(0).uniform(-1, 1, (2, 16, 16, 1)).astype("float32")
    sr = gan.enlarged(lr, None, training=True)
    assert float(gan.slope) == pytest.approx(float(np.mean(1 - np.square(sr))), abs=1e-5)
    before = keras.Model(gan.generator.input, gan.generator.layers[-2].output)(lr, training=True)
    assert float(gan.slope) == pytest.approx(float(np.mean(1 / np.cosh(before) ** 2)), abs=1e-5)


def test_without_a_limit_the_loss_is_keras_until_it_is_infinite(parts):
    gan = built(parts, model=suspects.UnguardedModel)
    real, fake = np.array([[0.9], [0.6]]), np.array([[0.2], [0.4]])
    for own, limited in (
        (gan.telling_loss(real, fake), adversarial.discriminator_loss(real, fake)),
        (gan.fooling_loss(fake, real), adversarial.generator_adversarial_loss(fake)),
    ):
        assert float(own) == pytest.approx(float(limited))
    assert np.isinf(gan.fooling_loss(np.zeros((1, 1)), real))
    assert np.isfinite(adversarial.generator_adversarial_loss(np.zeros((1, 1))))


@pytest.mark.parametrize(
    ("brightness", "contrast", "slope", "said"),
    [(None, None, None, "broken"), (3.0, 0.1, 0.0, "black"), (99.0, 90.0, 0.001, "frozen"),
     (60.0, 0.2, 0.3, "flat"), (30.0, 40.0, 0.3, "dark"), (58.0, 40.0, 0.3, "alive")],
)  # fmt: skip
def test_what_became_of_a_run(brightness, contrast, slope, said):
    history = {"val_brightness": [60.0, brightness], "val_contrast": [40.0, contrast]}
    history |= {"slope": [0.3, slope]}
    assert collapse.outcome(history | {"val_target_brightness": [60.0, 60.0]}) == said


def test_a_study_goes_on_from_its_folder_and_refuses_another(
    parts, capsys, tmp_path, monkeypatch, eagerly
):
    name = "log without limit"
    alone = {name: suspects.SUSPECTS[name]}
    found = collapse.study(alone, tiny, seeds=1, work=tmp_path)
    [run] = found["runs"][name]
    assert set(run) == {*collapse.KEPT, "outcome", "seconds", "hardware"}
    assert "seed 0  log without limit" in capsys.readouterr().out
    assert "| log without limit |" in collapse.collapse_table(found)
    assert len(maps.darkening(found).axes) == len(alone)
    with monkeypatch.context() as patch:
        patch.setattr(collapse, "run", None)  # a finished run is read, not trained
        [path] = tmp_path.glob("*.json")  # also one of a version whose recipes had fewer fields
        kept = json.loads(path.read_text("utf-8"))
        del kept["asked"]["recipe"]["tile_weight"]
        path.write_text(json.dumps(kept), "utf-8")
        assert collapse.study(alone, tiny, seeds=1, work=tmp_path)["runs"] == found["runs"]
    with pytest.raises(UserError, match="other settings"):
        changed = {name: dataclasses.replace(alone[name], rate=1e-3)}
        collapse.study(changed, tiny, seeds=1, work=tmp_path)

    monkeypatch.setenv("MEDSR_RUNS", str(tmp_path / "runs"))  # a notebook trains the same, and
    here = collapse.cell(name, tiny(), parts)
    for what in collapse.KEPT:
        assert here[what] == pytest.approx(run[what], rel=2e-3), what
    capsys.readouterr()
    assert collapse.cell(name, tiny(), parts) == here  # keeps it
    assert "1 of 1 epochs" in capsys.readouterr().out


def test_each_suspect_of_a_notebook_has_a_folder_of_its_own(parts, tmp_path, monkeypatch):
    monkeypatch.setenv("MEDSR_RUNS", str(tmp_path))
    folders = set()

    def train(*given, folder, **named):  # stopped before an epoch was over
        folders.add(folder)
        return {}

    monkeypatch.setattr(experiment, "train", train)
    for name in ("logits", "linear output", "logits"):
        assert collapse.cell(name, tiny(), parts) == {}
    assert len(folders) == 2


def test_validation_images_are_enlarged_with_their_own_statistics(parts):
    gan = built(parts)
    indices = np.arange(4)
    watcher = collapse.BatchBrightness(indices)
    watcher.set_model(gan)
    before, logs = gan.generator.get_weights(), {}
    watcher.on_epoch_end(0, logs)
    for one, other in zip(before, gan.generator.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    hr, _ = gan.images(indices)
    sr = gan.generator(degradation.reduced(hr, 3), training=True)
    assert logs["val_batch_brightness"] == pytest.approx(float(np.mean(127.5 * (sr + 1))), abs=0.01)


def test_the_long_runs_are_as_long_as_twenty_epochs_of_the_paper():
    chosen = suspects.long_recipe()
    steps = chosen.epochs * (chosen.train_images // chosen.batch_size)
    assert steps == 20 * (1957 // 16)


def test_the_runs_at_the_papers_size_have_its_images_and_all_three_changes():
    chosen = suspects.paper_recipe(1)
    assert (chosen.hr_size, chosen.train_images, chosen.batch_size) == (150, 1957, 16)
    assert dataclasses.replace(suspects.long_recipe(1), **{
        name: getattr(chosen, name)
        for name in ("hr_size", "train_images", "test_images", "batch_size", "epochs")
    }) == chosen  # fmt: skip
    assert list(suspects.PAPER.values()) == [suspects.ALL]
    assert suspects.faster_recipe(1) == dataclasses.replace(chosen, epochs=1)
    first, *back = suspects.FASTER.values()
    assert first == dataclasses.replace(suspects.ALL, rate=100 * suspects.Suspect().rate)
    for one, name in zip(back, ("dropout", "adversarial"), strict=True):
        changes = {name: getattr(suspects.Suspect(), name)}
        assert one == dataclasses.replace(first, **changes)


@pytest.mark.parametrize("name", collapse.STUDIES)
def test_the_recorded_study_has_every_suspect(name):
    found = results.recorded(name)
    switched, recipe_of = collapse.STUDIES[name]
    assert list(found["runs"]) == list(switched)
    assert found["recipe"]["hr_size"] == recipe_of(0).hr_size
    assert all(len(runs) == found["seeds"] for runs in found["runs"].values())


@pytest.mark.parametrize(
    ("flags", "name"),
    [
        ([], "collapse"),
        (["--long"], "collapse_long"),
        (["--paper"], "collapse_paper"),
        (["--faster"], "collapse_faster"),
    ],
)
def test_the_command_records_the_study_that_is_asked_for(flags, name, tmp_path, monkeypatch):
    asked = []

    def study(switched, recipe_of, data, work):
        asked.append((switched, recipe_of, work.name))
        return {"runs": {}}

    monkeypatch.setattr(collapse, "study", study)
    monkeypatch.setattr(collapse, "results_dir", lambda: tmp_path)
    monkeypatch.setattr("sys.argv", ["collapse", *flags])
    collapse.main()
    assert asked == [(*collapse.STUDIES[name], name)]
    assert [one.name for one in tmp_path.iterdir()] == [f"{name}.json"]
