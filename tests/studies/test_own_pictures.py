"""A folder of one's own, of any size, can be trained on with every recipe of the series."""

import numpy as np
import pytest
from PIL import Image
from shared import in_groups

from medsr_nb import data, presets, studies, training
from medsr_nb.machine import UserError
from medsr_nb.studies import suspects
from medsr_nb.training import Batches

COUNTS = (24, 32, 40, 130)
SYSTEMS = [(system, preset) for preset in presets.PRESETS for system in presets.SYSTEMS]
ROWS = [(row, preset) for preset in presets.PRESETS for row in studies.SYSTEMS]


def assert_trains(recipe, whole, least_test):
    parts = training.split(recipe, whole)
    groups = [set(part.groups.tolist()) for part in parts]
    assert sum(map(len, groups)) == len(set.union(*groups))
    assert all(map(len, parts)) and len(parts.test) >= least_test
    if len(whole) < recipe.train_images:
        assert len(parts.train) >= len(whole) / 3
    size = training.batch_size(recipe, parts)
    assert 1 <= size <= recipe.batch_size
    assert len(Batches(np.arange(len(parts.train)), size, seed=0)) >= 1


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize(("group", "least_test"), [(1, 3), (4, 3), (8, 1)])
def test_every_recipe_has_steps_and_test_images(count, group, least_test):
    whole = in_groups([number // group for number in range(count)])
    for system, preset in SYSTEMS:
        assert_trains(presets.recipe(system, preset), whole, least_test)
    for row, preset in ROWS:
        assert_trains(studies.recipe_of("systems", row, preset), whole, least_test)
    assert_trains(suspects.small_recipe(), whole, least_test)
    assert all(map(len, data.split(whole, train=96, validation=12, test=24)))  # notebook 00


@pytest.mark.parametrize("sizes", [(1, 1, 22), (22, 1, 1), (1, 1, 1, 7, 14), (8, 8, 8)])
def test_large_groups_are_left_to_train_on(sizes):
    whole = in_groups(np.repeat(np.arange(len(sizes)), sizes))
    parts = training.split(presets.recipe("prototype", "colab"), whole)
    assert all(map(len, parts)) and len(parts.train) == max(sizes)


def test_too_few_groups_are_told_with_what_to_do():
    with pytest.raises(UserError, match="24 images in 2 groups .* add images of other patients"):
        training.split(presets.recipe("prototype"), in_groups([0] * 12 + [1] * 12))


def test_one_line_says_how_they_were_split_and_what_the_preset_asks_for():
    recipe, whole = presets.recipe("prototype", "colab"), in_groups(range(40))
    assert training.split_note(recipe, whole, training.split(recipe, whole)) == (
        "test images: 40 images; train 28, validation 4, test 8; preset colab asks for 1000, 25 "
        "and 100, and takes what there is"
    )
    pairs = in_groups(np.arange(40) // 2)
    assert "train 28, validation 4, test 8, from 14, 2 and 4 of 20 groups; preset" in (
        training.split_note(recipe, pairs, training.split(recipe, pairs))
    )
    few = presets.recipe("prototype", train_images=20, test_images=4)
    assert "asks" not in training.split_note(few, whole, training.split(few, whole))


def test_a_folder_says_what_it_skipped(tmp_path, own_cache):
    draw = np.random.default_rng(0)
    for number in range(24):
        (tmp_path / f"patient{number // 2}").mkdir(exist_ok=True)
        side = 20 if number % 5 == 0 else 48
        pixels = draw.integers(0, 256, (side, side), np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"patient{number // 2}" / f"{number}.png")
    whole = data.load(tmp_path, 48)
    assert whole.label_names == ("image",)  # twelve folders are patients, not classes
    recipe = suspects.small_recipe()
    line = training.split_note(recipe, whole, training.split(recipe, whole))
    assert "\n" not in line and "19 images; train 15, validation 1, test 3" in line
    assert "5 files skipped (patient0/0.png: 20 pixels on its short side" in line
    assert line.count("short side") == 3 and "; ...)" in line


def test_a_folder_without_digits_gives_drawn_ones_and_says_so(tmp_path, capsys):
    assert data.small_source("kaggle") == "kaggle" and data.small_source("sample") == "sample"
    assert data.small_source(tmp_path / "missing") == tmp_path / "missing"  # an error, later
    assert capsys.readouterr().out == ""
    assert data.small_source(tmp_path) == "sample"
    assert "holds no mnist.npz: digits and clothes are drawn" in capsys.readouterr().out
    (tmp_path / "mnist.npz").touch()
    assert data.small_source(tmp_path) == tmp_path
