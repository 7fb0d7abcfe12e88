"""The prototype at the paper's size: what is watched, the one change, stopping and going on."""

import dataclasses
import json

import keras
import numpy as np
import pytest
from shared import images, tiny

from medsr_nb import degradation, presets
from medsr_nb.data.splits import Split
from medsr_nb.machine import UserError
from medsr_nb.studies import paper_size, results
from medsr_nb.training import experiment

CHOSEN = tiny("prototype", width=4, epochs=6)


@pytest.fixture(scope="module")
def parts():
    whole = images(14)
    return Split(*(whole.take(np.arange(*one)) for one in ((0, 8), (8, 12), (12, 14))))


@pytest.fixture(scope="module")
def gan(parts):
    return paper_size.built(CHOSEN, parts, bits="float32")


def test_without_the_skip_it_is_the_recipe_itself(parts, gan):
    same = experiment.build(CHOSEN, parts, "float32")
    assert type(gan) is type(same) and gan.content is same.content
    assert gan.adversarial_weight == same.adversarial_weight
    for one, other in zip(gan.get_weights(), same.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    settings = [one.optimizer.get_config() | {"name": ""} for one in (gan, same)]
    assert settings[0] == settings[1]


def test_the_skip_adds_the_enlarged_input_and_nothing_else(parts, gan):
    skipping = paper_size.built(CHOSEN, parts, skip=True, bits="float32").generator
    assert skipping.count_params() == gan.generator.count_params()
    skipping.set_weights(gan.generator.get_weights())
    lr = np.random.default_rng(0).uniform(-1, 1, (2, 16, 16, 1)).astype("float32")
    expected = degradation.enlarged(lr, 3) + gan.generator(lr)
    np.testing.assert_allclose(skipping(lr), expected, atol=1e-6)


def test_the_same_images_are_looked_at_in_both_modes(parts, gan):
    validation, fixed = paper_size.followed(parts)
    assert list(validation) == [8, 9, 10, 11] and list(fixed) == [8, 10, 11]
    looks = paper_size.Looks(validation, fixed, batch_size=4)
    looks.set_model(gan)
    before, logs = gan.get_weights(), {}
    looks.on_epoch_end(0, logs)
    for one, other in zip(before, gan.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)  # no average has moved, no mask was drawn
    hr = degradation.to_float(parts.validation.pixels)
    lr = degradation.reduced(hr, 3)
    with keras.StatelessScope():
        sr = np.asarray(gan.generator(lr, training=True))
    assert logs["val_batch_brightness"] == pytest.approx(127.5 * (sr.mean() + 1), abs=0.01)
    errors = np.square(np.clip(sr, -1, 1) - hr).mean(axis=(1, 2, 3))
    assert logs["val_batch_psnr"] == pytest.approx((10 * np.log10(4 / errors)).mean(), abs=1e-3)
    still = np.asarray(gan.discriminator(sr, training=False))
    assert logs["judge_fake"] == pytest.approx((still < 0.5).mean())
    told = np.asarray(gan.discriminator(hr, training=False))
    assert logs["judge_real"] == pytest.approx((told > 0.5).mean())
    predicted = np.asarray(gan.generator(lr, training=False))
    assert logs["image_1_brightness"] == pytest.approx(
        127.5 * (predicted[2].mean() + 1), abs=0.01
    )  # fmt: skip


def test_the_discriminator_judges_with_its_dropout_too(parts, gan, monkeypatch):
    """A discriminator that is right without dropout and wrong with it shows both."""
    looks = paper_size.Looks(*paper_size.followed(parts), batch_size=4)
    looks.set_model(gan)

    def judge(pictures, training):
        bright = keras.ops.max(pictures, axis=(1, 2, 3), keepdims=False)[:, None] > 5
        right = keras.ops.cast(bright, "float32")  # 1 for "originals", which are made bright here
        return 1.0 - right if training else right

    def pictures(indices, training):
        return keras.ops.full((2, 4, 4, 1), 9.0), keras.ops.zeros((2, 4, 4, 1))

    monkeypatch.setattr(looks, "pictures", pictures)
    monkeypatch.setattr(gan, "discriminator", judge)
    found = looks.look([0, 1])
    assert (found["judge_real"], found["judge_fake"]) == (1.0, 1.0)
    assert (found["judge_real_dropout"], found["judge_fake_dropout"]) == (0.0, 0.0)


def test_it_stops_goes_on_and_is_recorded_once_finished(
    parts, tmp_path, capsys, monkeypatch, eagerly
):
    monkeypatch.setattr(paper_size, "EVERY", 2)
    full = presets.recipe("prototype", "paper")
    three = dataclasses.replace(CHOSEN, epochs=3)

    def once(**changes):
        asked = {"skip": False, "folder": tmp_path / "run", "bits": "float32"} | changes
        chosen = asked.pop("chosen", three)
        return paper_size.record(chosen, full, parts, **asked)

    assert once(max_minutes=0.0) is None  # not one epoch
    assert "The same command goes on." in capsys.readouterr().out
    found = once()
    assert "going on from" in capsys.readouterr().out and found["epochs_done"] == 3
    assert found["skip"] is False and "width 4 instead of 64" in found["scaled_down"]
    history = found["history"]
    assert all(len(values) == 3 and np.isfinite(values).all() for values in history.values())
    assert {"val_batch_brightness", "judge_fake", "judge_fake_dropout"} <= set(history)
    assert not any(name.startswith("image_") for name in history)
    assert [one["epochs"] for one in found["fixed_images"]] == [[2]] * 3
    assert found["fixed_images"][0]["name"] == parts.validation.names[0]
    assert set(found["scores"]["image"]) == {"bicubic", "prototype"}
    results.write(tmp_path / "found.json", found)  # as plain values
    with pytest.raises(UserError, match="belongs to another training: width is 4 there and 8"):
        once(chosen=dataclasses.replace(three, width=8))


def test_a_training_that_is_not_finished_is_recorded_so_far(parts, gan, tmp_path, monkeypatch):
    monkeypatch.setattr(paper_size, "results_dir", lambda: tmp_path)
    monkeypatch.setattr(paper_size, "recipe", lambda name, preset, **changes: CHOSEN)
    monkeypatch.setattr(paper_size.data, "load", lambda name, size: None)
    monkeypatch.setattr(paper_size.training, "split", lambda chosen, pictures: parts)
    asked = "--width 4 --epochs 6 --data kaggle --work".split()
    monkeypatch.setattr(paper_size.sys, "argv", ["paper_size", *asked, str(tmp_path)])

    def left(epochs):
        """The exit status, and the files there are, after so many epochs."""
        image = {f"image_{number}_{one}": [20.0] * epochs
                 for number in range(3) for one in ("psnr", "brightness")}  # fmt: skip
        history = {"seconds": [1.5] * epochs} | image
        monkeypatch.setattr(paper_size, "trained", lambda *given: (gan, history))
        return paper_size.main(), sorted(one.name for one in tmp_path.iterdir())

    assert left(0) == (3, [])
    assert left(2) == (3, ["paper_size_w4_e6_so_far.json"])
    written = json.loads((tmp_path / "paper_size_w4_e6_so_far.json").read_text())
    assert written["epochs_done"] == 2 and written["recipe"]["epochs"] == 6
    assert results.epochs_of(written) == "2 of 6"
    assert left(6) == (0, ["paper_size_w4_e6.json"])
    whole = json.loads((tmp_path / "paper_size_w4_e6.json").read_text())
    assert results.epochs_of(whole) == results.epochs_of({"recipe": {"epochs": 6}}) == "6"


def test_the_table_of_sizes_has_the_best_epoch_and_the_last():
    row = {"psnr_gain": [0.5, 0.4, 0.6], "brightness": [-1.2, -1.3, -1.1], "ssim": [0.9, 0.8, 1.0]}
    rows = {"prototype": row, "bicubic": row | {"ssim": [0.7, 0.6, 0.8]}}
    scores = dict.fromkeys(("all", "MRI", "X-ray"), rows)
    run = {"scores": scores, "history": {"val_psnr": [20.0, 31.0, 30.0]}}
    *_, line = paper_size.size_table({"this": run}).splitlines()
    cells = ["this", *["+0.50 [+0.40, +0.60] dB"] * 2, *["0.900, 0.700"] * 2]
    cells += ["-1.2", "31.00 dB, epoch 2", "30.00 dB"]
    assert line == f"| {' | '.join(cells)} |"
