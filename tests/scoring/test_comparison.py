"""Tables and recorded results: the right number in the right place."""

import dataclasses
import json

import numpy as np
import pytest

from medsr_nb import presets, scoring
from medsr_nb.data.images import load_small
from medsr_nb.models import acgan, srresnet
from medsr_nb.scoring import metrics
from medsr_nb.studies import recording, results


@pytest.fixture(scope="module")
def digits():
    return load_small("sample", "digits").take(np.arange(60))


@pytest.fixture
def compared(digits):
    methods = {
        "bicubic": scoring.bicubic(4),
        "perfect": lambda lr: digits.pixels,
        "black": lambda lr: np.zeros_like(digits.pixels),
    }
    return scoring.compare(methods, digits, 4)


def test_methods_are_given_the_8_bit_reduction(digits):
    lr = scoring.low_resolution(digits, 4)
    assert lr.shape == (60, 7, 7, 1) and lr.dtype == np.uint8


def test_scores_and_gains(compared, digits):
    rows = compared.summary()["digit"]
    assert rows["bicubic"]["psnr_gain"] == [0, 0, 0]
    assert rows["perfect"]["ssim"][0] == 1
    assert rows["perfect"]["better_than_reference"] == 1
    bicubic = scoring.bicubic(4)(compared.lr)
    mean = metrics.psnr(digits.pixels, bicubic).mean()
    assert rows["bicubic"]["psnr"][0] == pytest.approx(mean, abs=1e-4)
    expected = -metrics.mean_brightness(digits.pixels).mean()
    assert rows["black"]["brightness"][0] == pytest.approx(expected, abs=1e-3)
    difference = compared.scores["black"]["ssim"] - compared.scores["bicubic"]["ssim"]
    assert rows["black"]["ssim_gain"][0] == pytest.approx(difference.mean(), abs=1e-4)


def test_kinds_are_scored_together_and_apart(compared, digits):
    kinds = np.array(["MRI", "X-ray"])[np.arange(60) % 2]
    mixed = scoring.Comparison(
        dataclasses.replace(digits, kinds=kinds), compared.lr, compared.sr, compared.scores
    )
    summary = mixed.summary()
    assert list(summary) == ["all", "MRI", "X-ray"]
    assert summary["MRI"]["bicubic"]["images"] == 30
    psnr = compared.scores["bicubic"]["psnr"]
    assert summary["X-ray"]["bicubic"]["psnr"][0] == pytest.approx(psnr[1::2].mean(), abs=1e-4)
    assert "X-ray (30 images, 30 groups)" in mixed.table()
    paired = dataclasses.replace(mixed.images, groups=np.arange(60) // 4)  # two of each kind
    grouped = scoring.Comparison(paired, compared.lr, compared.sr, compared.scores)
    assert grouped.summary()["MRI"]["bicubic"]["groups"] == 15
    assert "all (60 images, 15 groups)" in grouped.table()


def test_a_recorded_summary_without_groups_shows_its_images(compared):
    summary = compared.summary()
    for row in summary["digit"].values():
        del row["groups"]
    heading, *rows = scoring.score_table(summary).splitlines()
    assert heading.startswith("digit (60 images) PSNR")
    assert heading.index("PSNR") == rows[0].index(f"{summary['digit']['bicubic']['psnr'][0]:.2f}")


def test_a_result_of_another_size_is_refused(digits):
    with pytest.raises(ValueError, match="enlarge by the factor"):
        scoring.compare({"bicubic": scoring.bicubic(2)}, digits, 4)


@pytest.mark.parametrize(
    ("network", "labels"),
    [
        (lambda: srresnet.generator(6, 2, width=4, blocks=1), None),
        (lambda: srresnet.generator(6, 2, width=4, blocks=1), np.arange(5)),  # it takes none
        (lambda: acgan.generator(6, 2, 4, 3), np.arange(5) % 3),
    ],
)
def test_one_batch_and_several_are_enlarged_alike(network, labels):
    network = network()
    lr = np.random.default_rng(0).integers(256, size=(5, 6, 6, 1), dtype="uint8")
    whole, cut = (scoring.as_method(network, labels, batch_size=size)(lr) for size in (5, 2))
    assert whole.dtype == cut.dtype == np.uint8 and whole.shape == (5, 12, 12, 1)
    np.testing.assert_allclose(whole.astype(int), cut, atol=1)


def test_a_tiny_run_is_recorded_whole(digits, tmp_path, eagerly):
    full = presets.recipe("baseline", "sample")
    small = presets.recipe(
        "baseline", width=4, train_images=32, test_images=8, epochs=2, batch_size=16
    )
    out = tmp_path / "deeper" / "baseline.json"
    recording.record(small, full, digits, out)
    run = json.loads(out.read_text())
    assert run["recipe"] == small.to_dict()
    assert "epochs 2 instead of 8" in run["scaled_down"]
    assert run["data"]["train"]["images"] == 32 and len(run["data"]["test"]["fingerprint"]) == 16
    assert len(run["history"]["seconds"]) == len(run["history"]["val_psnr"]) == 2
    assert run["seconds"] > 0 and "CPU cores" in run["hardware"]
    assert set(run["scores"]["digit"]) == {"bicubic", "baseline"}
    assert list(out.parent.iterdir()) == [out]

    table = results.beside({"here": run}, {"gain over bicubic": "improved"})
    assert "| gain over bicubic | " in table and "improved" in table
    assert "not said" in table
    assert "scaled down (width 4 instead of" in results.origin(run)


def test_a_run_at_full_size_says_so():
    full = presets.recipe("prototype", "paper")
    assert recording.scaled_down(full, full) == ""


def test_an_unknown_record_lists_the_known_ones(tmp_path, monkeypatch):
    monkeypatch.setattr(results, "results_dir", lambda: tmp_path)
    (tmp_path / "prototype.json").write_text("{}")
    with pytest.raises(FileNotFoundError, match="there are: prototype"):
        results.recorded("nothing")


def test_epochs_in_trouble_are_named():
    history = {
        "val_brightness": [100.0, 3.0, 90.0],
        "val_target_brightness": [100.0] * 3,
        "val_contrast": [50.0, 1.5, 0.1],
    }
    assert results.troubled_epochs(history) == "2, 3"
