"""Who is stronger: blocks and dropout are switched, each run is kept and judged at its end."""

import dataclasses

import keras
import pytest
from shared import tiny

from medsr_nb.machine import UserError
from medsr_nb.studies import balance


def test_recipes_are_five_epochs_long_and_differ_in_blocks_and_seed_alone():
    one, other = balance.recipe_of(0, 16), balance.recipe_of(2, 3)
    assert one.epochs * (one.train_images // one.batch_size) == 5 * (1957 // 16)
    assert dataclasses.replace(one, blocks=3, seed=2) == other


def test_a_study_switches_keeps_and_judges(tmp_path, capsys, monkeypatch, eagerly):
    def small(seed, blocks):
        return tiny("prototype", width=4, epochs=1, seed=seed, blocks=blocks)

    built, made = balance.built, []

    def watched(chosen, parts, dropout):
        made.append(built(chosen, parts, dropout))
        return made[-1]

    monkeypatch.setattr(balance, "built", watched)
    found = balance.study([(2, 0.0)], 1, "sample", tmp_path, small)
    [gan] = made
    layers = gan.discriminator.layers
    drops = [one for one in layers if isinstance(one, keras.layers.Dropout)]
    assert drops and {one.rate for one in drops} == {0.0}
    adds = [one for one in gan.generator.layers if isinstance(one, keras.layers.Add)]
    assert len(adds) == 2 + 1  # a block each, and the skip over all of them
    [run] = found["runs"]["2 blocks, dropout 0"]
    assert set(run) == set(balance.KEPT) and all(len(one) == 1 for one in run.values())
    assert found["seconds"] > 0
    right = found["right"]["2 blocks, dropout 0"]
    assert right == pytest.approx((run["judge_real"][0] + run["judge_fake"][0]) / 2, abs=1e-4)
    assert found["psnr"]["2 blocks, dropout 0"] == pytest.approx(run["val_psnr"][0], abs=1e-3)
    line = balance.balance_table(found).splitlines()[2]
    psnr = found["psnr"]["2 blocks, dropout 0"]
    assert line.startswith(f"| 2 blocks, dropout 0 | {right:.0%} ({right:.0%} to {right:.0%}) | ")
    assert line.endswith(f" | {psnr:.2f} dB ({psnr:.2f} to {psnr:.2f}) |")
    assert balance.study([(2, 0.0)], 1, "sample", tmp_path, small)["runs"] == found["runs"]
    assert "going on from" in capsys.readouterr().out
    with pytest.raises(UserError, match="belongs to another training: learning_rate"):
        balance.study([(2, 0.0)], 1, "sample", tmp_path, lambda seed, blocks: (
            dataclasses.replace(small(seed, blocks), learning_rate=1.0)
        ))  # fmt: skip


def test_the_names_are_those_that_claims_ask_for():
    names = {balance.title(blocks, drop) for blocks in balance.BLOCKS for drop in balance.DROPOUTS}
    assert {"16 blocks, dropout 0", "7 blocks, dropout 0.5", "7 blocks, dropout 0"} <= names
