"""The weights that come with the package: what they load into, and what they promise."""

import functools

import numpy as np
import pytest

from medsr_nb import degradation, scoring
from medsr_nb.data import images
from medsr_nb.machine.paths import UserError
from medsr_nb.scoring import fidelity
from medsr_nb.studies import results, study
from medsr_nb.upscaling import pretrained, settings

network = functools.cache(pretrained.network)  # what several tests ask for


@pytest.fixture(scope="module")
def slices():
    return images.load("sample", 150).take(np.arange(0, 120, 20))


@pytest.mark.parametrize("trained_on", pretrained.TRAINED_ON)
def test_the_packaged_networks_are_better_than_bicubic_on_the_sample(slices, trained_on):
    methods = {"bicubic": scoring.bicubic(3)} | {
        sharpness: scoring.as_method(network(sharpness, images=trained_on))
        for sharpness in (0.0, 1.0)
    }
    comparison = scoring.compare(methods, slices, 3)
    assert comparison.gain(0.0)[0] > comparison.gain(1.0)[0] > 0.0
    assert comparison.gain(0.0)[0] > 2.0


@pytest.mark.parametrize("sharpness", [0.0, 0.5, 1.0])
def test_real_images_are_never_contradicted(slices, sharpness):
    """As the 8-bit picture that is kept, the result reduces to its input at every pixel."""
    lr = scoring.low_resolution(slices, 3)
    sr = network(sharpness)(degradation.to_float(lr))
    kept = degradation.to_pixels(sr)
    assert (degradation.to_pixels(degradation.reduced(degradation.to_float(kept), 3)) == lr).all()
    assert fidelity.consistency_error(lr, kept, 3).mean() < 0.15  # rounding to 8 bits: 0.08


def test_random_images_are_never_contradicted():
    lr = np.random.default_rng(0).integers(64, 192, size=(2, 31, 44, 1), dtype="uint8")
    sr = network(1.0, (31, 44))(degradation.to_float(lr))
    assert (degradation.to_pixels(degradation.resized(sr, 31, 44)) == lr).all()


@pytest.mark.parametrize("reduction", ["average", "k-space"])
def test_the_reduction_that_is_named_is_not_contradicted(reduction):
    lr = np.random.default_rng(0).uniform(-0.05, 0.05, (1, 21, 24, 1)).astype("float32")
    sr = network(1.0, (21, 24), reduction=reduction)(lr)
    np.testing.assert_allclose(degradation.reduced_exactly(sr, 3, reduction), lr, atol=1e-4)
    free = network(1.0, (21, 24), reduction="unknown")(lr)
    assert np.abs(degradation.reduced_exactly(free, 3, reduction) - lr).max() > 0.001
    np.testing.assert_allclose(degradation.consistent(free, lr, 3, reduction), sr, atol=1e-4)


def test_noise_that_is_told_does_not_come_back():
    lr = np.random.default_rng(0).uniform(-0.2, 0.2, (1, 21, 24, 1)).astype("float32")
    noise = 4.0
    sr = network(0.0, (21, 24), reduction="average", noise=noise)(lr)
    free = network(0.0, (21, 24), reduction="unknown")(lr)
    away, allowed = (
        np.abs(degradation.reduced_exactly(one, 3, "average") - lr) for one in (sr, free)
    )
    edge = pretrained.WITHIN * noise / 127.5
    np.testing.assert_allclose(away, np.minimum(allowed, edge), atol=1e-4)
    assert (allowed > edge).any() and (allowed < edge).any()
    with pytest.raises(UserError, match="noise is 0 or more"):
        pretrained.network(noise=-1.0)


def test_the_robust_network_is_the_recorded_row(monkeypatch, tmp_path):
    monkeypatch.setattr(settings, "results_dir", lambda: tmp_path)
    with pytest.raises(UserError, match="no robust weights come with this package"):
        pretrained.network(robust=True)
    (tmp_path / "robust.json").write_text("{}")
    asked = []
    monkeypatch.setattr(pretrained.studies, "recorded_network", lambda *given: asked.append(given))
    pretrained.network(robust=True, lr_size=20)
    assert asked == [("robust", "robust", (20, 20), "unknown")]


def test_the_best_is_the_mean_of_two_positions():
    lr = np.random.default_rng(3).uniform(-1, 1, (2, 9, 12, 1)).astype("float32")
    upright = network(lr_size=(9, 12), reduction="unknown")
    mirrored = np.asarray(upright(np.ascontiguousarray(lr[:, :, ::-1])))[:, :, ::-1]
    mean = (np.asarray(upright(lr)) + mirrored) / 2
    best = network(lr_size=(9, 12), reduction="unknown", best=True)
    np.testing.assert_allclose(best(lr), mean, atol=1e-5)
    assert np.abs(mirrored - mean).max() > 1e-3


def test_half_blended_weights_are_their_mean():
    ends = [network(one).get_weights() for one in (0.0, 1.0)]
    for low, high, half in zip(*ends, network(0.5).get_weights(), strict=True):
        np.testing.assert_allclose(half, (low + high) / 2, atol=1e-6)


@pytest.mark.parametrize("trained_on", pretrained.TRAINED_ON)
def test_the_recorded_rows_are_the_packaged_networks(trained_on):
    files = {"faithful": pretrained.TRAINED_ON[trained_on], "sharp": pretrained.SHARP[trained_on]}
    for sharpness, (name, file) in enumerate(files.items()):
        stored = study.recorded_network(file, name, reduction="unknown")
        given = network(float(sharpness), images=trained_on, reduction="unknown")
        for one, other in zip(stored.get_weights(), given.get_weights(), strict=True):
            np.testing.assert_array_equal(one, other)
        assert stored.count_params() == results.recorded(file)["rows"][name]["parameters"] <= 1.5e6
        assert study.shipped(file, name)[1].stat().st_size < 3e6


def test_the_robust_network_is_no_larger():
    row, weights = study.shipped(*settings.ROBUST)
    assert row["parameters"] <= 1.5e6 and weights.stat().st_size < 3e6


def test_other_values_are_answered_with_those_there_are():
    with pytest.raises(UserError, match=r"from 0 \(faithful\) to 1 \(sharp\), not -1"):
        pretrained.network(-1)
    with pytest.raises(UserError, match="one of 'all', '1957', not 'some'"):
        pretrained.network(images="some")
    with pytest.raises(UserError, match="reduction is one of bicubic, .* unknown, not 'nearest'"):
        pretrained.network(reduction="nearest")
    with pytest.raises(UserError, match="has no sharpness"):
        pretrained.network(0.5, robust=True)
    for size in (0, (50, -1)):
        with pytest.raises(UserError, match="one side or .height, width., 1 or more"):
            pretrained.network(lr_size=size)
    with pytest.raises(UserError, match="robust was trained on all images"):
        pretrained.network(images="1957", robust=True)


def test_metrics_of_the_card_are_the_recorded_ones():
    """MODEL_CARD.md's tables are those of results/."""
    card = (results.results_dir().parent / "MODEL_CARD.md").read_text(encoding="utf-8")
    for file in {*pretrained.TRAINED_ON.values(), *pretrained.SHARP.values()}:
        assert study.study_table(results.recorded(file)) in card
