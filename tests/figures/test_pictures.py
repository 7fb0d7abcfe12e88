"""Galleries, previews and mixtures: all pictures are there, and a box is where it was."""

import numpy as np

from medsr_nb import figures
from medsr_nb.figures import pictures


def shown(sheet):
    return [axis.images[0].get_array() for axis in sheet.axes if axis.images]


def test_images_of_different_sizes_take_the_same_room():
    images = [np.zeros((150, 150, 1)), np.zeros((50, 50, 1))]
    sheet = figures.gallery(images, ["HR", "LR"], "title", columns=8)
    large, small = (axis.get_position() for axis in sheet.axes)
    assert np.isclose(large.width, small.width) and np.isclose(large.width * sheet.wide, 300)


def test_a_long_row_is_broken():
    sheet = figures.gallery([np.zeros((150, 150, 1))] * 8, list("abcdefgh"), "title", columns=8)
    assert len({round(axis.get_position().y0, 4) for axis in sheet.axes}) == 3
    sheet = figures.gallery([np.zeros((48, 48, 1))] * 5, list("abcde"), "title", width=140)
    assert len({round(axis.get_position().y0, 4) for axis in sheet.axes}) == 1


def test_previews_end_with_the_original():
    class Kept:
        pictures = [(epoch, np.full((1, 40, 40, 1), epoch)) for epoch in range(1, 21)]

    sheet = figures.previews(Kept, np.full((40, 40, 1), 99), "waves")
    captions = [text.get_text() for text in sheet.texts]
    assert captions[1] == "epoch 1: mean 1 of 255" and captions[-1] == "original: mean 99 of 255"
    assert [int(image[0, 0, 0]) for image in shown(sheet)] == [1, 6, 11, 15, 20, 99]
    sheet = figures.previews(Kept, np.full((40, 40, 1), 99), "waves", epochs=(2, 20, 30))
    assert [int(image[0, 0, 0]) for image in shown(sheet)] == [2, 20, 99]  # there is no 30


def test_a_mixture_shows_what_it_changed_and_outlines_its_box():
    plain, original = np.full((100, 100, 1), 100), np.full((100, 100, 1), 160)
    original[50:, 50:] = 90
    box = np.zeros((100, 100), bool)
    box[20:60, 30:70] = True
    fed = {"cutblur": np.where(box[..., None], original, plain), "blend": plain - 40}
    sheet = figures.mixtures(fed, plain, original, box, "title")
    outlined = [axis for axis in sheet.axes if axis.patches]
    assert len(outlined) == 2  # CutBlur's picture and its difference, not the blend's
    assert pictures.square_of(box) == (20, 30, 40)
    change = shown(sheet)[5]
    assert (change[0, 0] > 240).all()  # nothing changed there: white
    assert change[30, 40, 0] > change[30, 40, 2]  # brighter: red
