"""The two classifiers of medical labels: their weights, their features, their training."""

import hashlib
import json
import os
from dataclasses import replace

import keras
import numpy as np
import pytest

from medsr_nb import degradation
from medsr_nb.data.images import load
from medsr_nb.data.imageset import ImageSet
from medsr_nb.data.splits import Split
from medsr_nb.losses import classifier
from medsr_nb.losses.classifier import CLASSES, PLANS, Plan
from medsr_nb.machine.paths import UserError
from medsr_nb.studies import classifier_training, results

TINY = Plan(seed=3, kernel=3, depth=2, widths=(4, 6), epochs=2, batch_size=6)


@pytest.fixture(scope="module")
def sample():
    """Every tenth slice of the sample, float in [-1, 1] as the networks take it."""
    return np.asarray(degradation.to_float(load("sample").pixels[::10]))


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    """A folder of weights of its own, and a small plan named "loss"."""
    monkeypatch.setattr(classifier, "FOLDER", tmp_path / "weights")
    plans = {"loss": TINY}
    monkeypatch.setattr(classifier, "PLANS", plans)
    monkeypatch.setattr(classifier_training, "PLANS", plans)
    return tmp_path / "weights"


def stripes(count, first):
    """``count`` images of 16 pixels, each class with stripes of a width of its own."""
    labels = np.arange(first, first + count) % len(CLASSES)
    waves = np.sin(np.arange(16) * (0.3 + 0.4 * labels[:, None]) + first)
    pixels = np.broadcast_to(127.5 + 120 * waves[:, :, None, None], (count, 16, 16, 1))
    return ImageSet(
        name="stripes",
        pixels=pixels.astype(np.uint8),
        names=tuple(f"{first + place}.png" for place in range(count)),
        kinds=np.where(labels < 4, "MRI", "X-ray"),
        labels=labels.astype(np.int32),
        label_names=CLASSES,
        groups=np.arange(count, dtype=np.int32),
        parts=np.full(count, ""),
        source="drawn",
        licence="ours",
    )


def convolutions(model):
    return [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]


def stored(folder, *weights):
    """Stores a tiny classifier, its weights replaced by ``weights`` where given."""
    model = classifier.classifier_network(TINY)
    if weights:
        model.set_weights(weights)
    classifier.store_classifier("loss", model)
    return model, folder / "classifier-loss.npz"


def test_the_judge_is_built_otherwise_and_drawn_otherwise():
    loss, judge = PLANS["loss"], PLANS["judge"]
    assert loss.seed != judge.seed and loss.kernel != judge.kernel
    assert loss.depth != judge.depth and not set(loss.widths[1:]) & set(judge.widths[1:-2])


@pytest.mark.parametrize("name", PLANS)
def test_the_classifiers_are_small_and_as_planned(name):
    plan, model = PLANS[name], classifier.load_classifier(name)
    assert 200_000 < model.count_params() < 500_000
    assert model.input_shape == (None, None, None, 1) and model.output_shape == (None, 6)
    found = convolutions(model)
    assert [one.filters for one in found] == [w for w in plan.widths for _ in range(plan.depth)]
    assert {one.kernel_size for one in found} == {(plan.kernel, plan.kernel)}
    assert classifier.weights_file(name).stat().st_size < 1_500_000


@pytest.mark.parametrize("name", PLANS)
def test_features_are_those_before_each_stages_last_relu(name, sample):
    model, features = classifier.load_classifier(name), classifier.features(name)
    found = features(sample[:2])
    sides = [one.shape[1] for one in found]
    assert sides == [150, 75, 38, 19, 10]
    assert [one.shape[-1] for one in found] == list(PLANS[name].widths)
    after = keras.Model(model.input, [model.get_layer(f"stage{n}").output for n in range(1, 6)])
    for before, rectified in zip(found, after(sample[:2]), strict=True):
        np.testing.assert_allclose(np.maximum(before, 0), rectified, rtol=1e-4, atol=1e-5)
        assert np.min(before) < 0
    assert not features.trainable_weights


@pytest.mark.parametrize("name", PLANS)
def test_stages_speak_at_one_loudness(name, sample):
    """So that a loss may add them: batch norm made their spread about 1 in training."""
    spreads = [float(np.std(one)) for one in classifier.features(name)(sample)]
    assert 0.3 < min(spreads) and max(spreads) < 3


@pytest.mark.parametrize("name", PLANS)
def test_most_brain_slices_are_taken_for_brains(name, sample):
    """The sample's labels are other ones, but its template, without its skull, is a brain."""
    named = np.argmax(classifier.load_classifier(name)(sample), axis=-1)
    assert np.mean(named < 4) > 0.8


def test_classifiers_are_loaded_in_float32_under_any_policy():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = classifier.load_classifier("judge")
    finally:
        keras.config.set_dtype_policy("float32")
    assert {layer.compute_dtype for layer in model.layers} == {"float32"}


def test_what_is_stored_is_loaded(tiny):
    model, _ = stored(tiny)
    draw = np.random.default_rng(0)
    weights = [draw.uniform(0.5, 1.5, one.shape).astype("float32") for one in model.get_weights()]
    stored(tiny, *weights)
    for before, after in zip(
        weights, classifier.load_classifier("loss").get_weights(), strict=True
    ):
        if before.ndim > 1:  # kernels: rounded to 11 bits
            np.testing.assert_allclose(after, before, rtol=2**-11)
        else:
            np.testing.assert_array_equal(after, before)


def test_an_unknown_classifier_is_refused():
    with pytest.raises(ValueError, match="choose one of loss, judge"):
        classifier.load_classifier("vgg")


def test_missing_weights_are_told(tiny):
    with pytest.raises(
        UserError, match=r"No such file.*python -m medsr_nb.studies.classifier_training"
    ):
        classifier.load_classifier("loss")


@pytest.mark.parametrize(
    "damaged",
    [
        lambda content: content[: len(content) // 2],
        lambda content: b"",
        lambda content: content[:500] + bytes([content[500] ^ 1]) + content[501:],
        lambda content: content + b"\0",
    ],
    ids=["half", "empty", "a bit", "one more byte"],
)
def test_a_damaged_file_is_refused(tiny, damaged):
    _, path = stored(tiny)
    path.write_bytes(damaged(path.read_bytes()))
    with pytest.raises(UserError, match=r"cut off or changed.*pip install"):
        classifier.load_classifier("loss")


def test_weights_without_a_noted_checksum_are_refused(tiny):
    stored(tiny)
    (tiny / "classifier.json").unlink()
    with pytest.raises(UserError, match="SHA-256"):
        classifier.load_classifier("loss")


class Trap:
    """Unpickled, it would make a folder."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def test_a_pickle_is_never_run_even_with_its_checksum(tiny, tmp_path):
    _, path = stored(tiny)
    np.savez(path, **{"000": np.array([Trap(tmp_path / "sprung")], object)})
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    (tiny / "classifier.json").write_text(json.dumps({"loss": digest}))
    with pytest.raises(ValueError, match="allow_pickle"):
        classifier.load_classifier("loss")
    assert not (tmp_path / "sprung").exists()


def test_training_learns_stores_and_scores(tiny, eagerly):
    parts = Split(stripes(36, 0), stripes(12, 1), stripes(12, 2))
    plan = replace(TINY, epochs=6, batch_size=4, learning_rate=1e-2)
    classifier.PLANS["loss"] = plan
    found = classifier_training.measured("loss", parts)
    losses = found["history"]["loss"]
    assert len(losses) == 6 and losses[-1] < 0.7 * losses[0]
    assert found["best_epoch"] == 1 + int(np.argmin(found["history"]["val_loss"]))
    assert (
        found["sha256"] == hashlib.sha256((tiny / "classifier-loss.npz").read_bytes()).hexdigest()
    )
    scores = found["scores"]
    assert scores["test"]["MRI"]["images"] == 8 and scores["test"]["X-ray"]["images"] == 4
    assert scores["train"]["all"]["accuracy"][0] > 0.8

    model = classifier.load_classifier("loss")
    named = classifier.predicted_labels(model, parts.validation.pixels)
    mean, low, high = scores["validation"]["all"]["accuracy"]
    assert mean == pytest.approx(np.mean(named == parts.validation.labels), abs=1e-4)
    assert low <= mean <= high
    logits = np.asarray(model(np.asarray(degradation.to_float(parts.validation.pixels))))
    own = np.take_along_axis(logits, parts.validation.labels[:, None], 1)[:, 0]
    loss = np.mean(np.log(np.exp(logits).sum(1)) - own)
    assert loss == pytest.approx(min(found["history"]["val_loss"]), rel=0.05), "the best is kept"


def test_images_with_other_labels_are_refused(tmp_path):
    with pytest.raises(UserError, match="both of Kaggle's sets"):
        classifier_training.record_classifiers("sample", tmp_path / "classifier.json")


def test_the_recorded_training_is_that_of_the_weights_here():
    run = results.recorded("classifier")
    assert {
        name: one["sha256"] for name, one in run["networks"].items()
    } == classifier.classifier_checksums()
    assert tuple(run["classes"]) == CLASSES
    for name, one in run["networks"].items():
        assert Plan(**one["plan"] | {"widths": tuple(one["plan"]["widths"])}) == PLANS[name]
        assert one["parameters"] == classifier.load_classifier(name).count_params()


def test_the_model_card_says_what_was_recorded():
    card = (classifier.FOLDER / "README.md").read_text("utf-8")
    assert classifier_training.classifier_table(results.recorded("classifier")) in card
