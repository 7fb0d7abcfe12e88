"""What a reader of labels loses and wins by enlargement: counted by hand."""

import dataclasses

import numpy as np
import pytest
from shared import images

from medsr_nb.losses import classifier
from medsr_nb.scoring import reading


def test_lost_won_and_changed_by_hand():
    labels = np.array([0, 0, 1, 1])
    before = np.array([0, 0, 0, 1])  # three right
    after = np.array([0, 1, 1, 2])  # two right: one kept, two lost, one won
    found = reading.shares(labels, np.arange(4), after, before)
    means = {what: mean for what, (mean, *_) in found.items()}
    assert means == {"right": 0.5, "difference": -0.25, "lost": 0.5, "won": 0.25, "changed": 0.75}
    for mean, low, high in found.values():
        assert low <= mean <= high


def test_the_interval_is_over_groups():
    labels, before = np.zeros(8, int), np.zeros(8, int)
    after = np.repeat([0, 1], 4)
    alone = reading.shares(labels, np.arange(8), after, before)["lost"]
    grouped = reading.shares(labels, np.repeat([0, 1], 4), after, before)["lost"]
    assert alone[0] == grouped[0] == 0.5
    assert grouped[2] - grouped[1] > alone[2] - alone[1]


@pytest.fixture
def read(monkeypatch):
    """A judge that reads the class from the first pixel."""
    monkeypatch.setattr(reading.losses, "load_classifier", lambda name: name)
    first = lambda model, pixels: pixels[:, 0, 0, 0] % 2  # noqa: E731
    monkeypatch.setattr(reading.losses, "predicted_labels", first)
    whole = images(6)
    pixels = whole.pixels.copy()
    pixels[:, 0, 0, 0] = whole.labels
    kinds = np.array(["MRI", "X-ray"])[np.arange(6) // 3]
    names = tuple(classifier.CLASSES)
    return dataclasses.replace(whole, pixels=pixels, kinds=kinds, label_names=names)


def test_each_kind_has_the_original_first(read):
    found = reading.reading_summary(read, {"same": read.pixels, "wrong": read.pixels + np.uint8(1)})
    assert list(found) == ["MRI", "X-ray"]
    assert list(found["MRI"]) == ["original", "same", "wrong"]
    assert found["MRI"]["original"]["right"] == [1, 1, 1]
    assert found["X-ray"]["wrong"]["lost"] == [1, 1, 1]
    lines = reading.reading_table(found).splitlines()
    assert "| MRI (3 images, 3 groups) | original | 100% [100%, 100%] | - | - | - |" in lines
    for row in found["X-ray"].values():  # as it was recorded before groups were counted
        del row["images"], row["groups"]
    lines = reading.reading_table(found).splitlines()
    assert "| X-ray | wrong | 0% [0%, 0%] | -100% [-100%, -100%] | 100% | 0% |" in lines


def test_images_of_other_labels_are_not_read():
    assert reading.reading_summary(images(3), {}) == {}
