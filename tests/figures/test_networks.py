"""Drawn networks: read from the layers, what repeats folded, every skip there."""

import keras
from keras import layers

from medsr_nb import figures
from medsr_nb.figures import layers_of, networks
from medsr_nb.figures.layers_of import Repeat
from medsr_nb.models import prototype, resshift, rrdb, swinir


def words_of(read, parts):
    """What is drawn, as words; what repeats as (count, words)."""
    return [
        (part.count, words_of(read, part.parts)) if isinstance(part, Repeat) else read[part].words
        for part in parts
    ]


def test_the_prototype_is_drawn_as_the_paper_lists_it():
    read = layers_of.read(prototype.generator(lr_size=8, width=4, blocks=7))
    block = ["conv 3×3, 4", "batch norm", "LeakyReLU 0.2"]
    assert words_of(read, layers_of.folded(read)) == [
        "input lr", "bicubic ×3", "conv 3×3, 4", "LeakyReLU 0.2",
        (7, [*block, *block, "+"]),
        "conv 3×3, 4", "LeakyReLU 0.2", "+",
        (3, ["conv 3×3, 16, stride 2", "pixel shuffle ×2", "LeakyReLU 0.2"]),
        "conv 3×3, 1", "tanh",
    ]  # fmt: skip


def test_repeats_within_repeats_are_folded():
    read = layers_of.read(rrdb.generator(8, width=8, blocks=3))
    [trunk] = [part for part in layers_of.folded(read) if isinstance(part, Repeat)]
    [dense] = [part for part in trunk.parts if isinstance(part, Repeat)]
    assert (trunk.count, dense.count) == (3, 3)
    read = layers_of.read(swinir.generator(8, width=12, depths=(4, 4), heads=2, window=4))
    groups = [part for part in layers_of.folded(read) if isinstance(part, Repeat)]
    assert groups[0].count == 2


def test_blocks_that_differ_in_width_are_not_folded():
    image = features = layers.Input((8, 8, 1))
    for width in (2, 3, 4, 5):
        features = layers.ReLU()(layers.Conv2D(width, 3, padding="same")(features))
    read = layers_of.read(keras.Model(image, features))
    assert not [part for part in layers_of.folded(read) if isinstance(part, Repeat)]


def test_a_block_that_occurs_in_several_widths_is_one_box_each_time():
    features, time = layers.Input((8, 8, 6), name="features"), layers.Input((5,), name="time")
    block = keras.Model([features, time], resshift.residual_block(features, time, width=6))
    network = resshift.denoiser(14, 3, width=8, multipliers=(1, 2), blocks=1)
    read = layers_of.read(network)
    short = layers_of.contracted(read, {"block": block})
    drawn = [layer.words for layer in short if layer.kind == "block"]
    assert drawn == ["block, 8", *["block, 16"] * 4, "block, 8"]
    inside = len(block.layers) - 2  # its inputs are none of its layers
    assert len(short) == len(read) - 6 * (inside - 1)
    time = next(place for place, layer in enumerate(short) if layer.words == "dense 32, silu") + 1
    for place, layer in enumerate(short):  # each takes the time and what stands before it
        assert layer.kind != "block" or {time, place - 1} <= {*layer.sources}
    assert layers_of.contracted(read, {}) == read
    other = keras.Model(features, layers.Conv2D(6, 5)(features))
    assert layers_of.contracted(read, {"other": other}) == read


def test_every_connection_is_a_neighbour_a_line_or_a_letter():
    network = prototype.generator(lr_size=8, width=4, blocks=7)
    read = layers_of.read(network)
    parts = layers_of.folded(read)
    rows = networks.laid_out(read, parts)
    skips, signs = networks.connections(read, rows, networks.shown_places(parts))
    assert len(rows) == 1 and len(skips) == 2 and not signs  # a block's skip and the long one
    lanes = networks.lanes_of(skips)
    assert len(set(lanes.values())) == 2  # they overlap


def test_shapes_and_words_are_on_the_drawing():
    network = prototype.discriminator(size=16, width=4)
    sheet = figures.architecture(network, "Figure 4")
    written = [text.get_text() for text in sheet.axes[0].texts]
    assert {"16×16×4", "8×8×4", "dropout 0.5", "dense 1, sigmoid"} <= set(written)
    assert sheet.texts[0].get_text() == f"Figure 4: {network.count_params():,} weights"


def test_no_row_is_wider_than_a_page():
    image = features = layers.Input((8, 8, 1))
    for width in range(1, 30):
        features = layers.Conv2D(width, 3, padding="same")(features)
    sheet = figures.architecture(keras.Model(image, features))
    assert sheet.wide <= 945 and len({text.get_position()[1] for text in sheet.axes[0].texts}) > 3
