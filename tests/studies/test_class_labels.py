"""The control with wrong labels: who is told what, and that the right rows come out."""

import dataclasses
import json

import numpy as np
import pytest
from shared import images, tiny

from medsr_nb import data
from medsr_nb.machine import UserError
from medsr_nb.studies import class_labels


def test_a_wrong_label_is_never_the_right_one_and_none_is_one_for_all():
    drawn = dataclasses.replace(images(50), label_names=("a", "b", "c"))
    wrong = class_labels.relabelled(drawn, "wrong labels").labels
    assert (wrong != drawn.labels).all() and set(wrong.tolist()) == {0, 1, 2}
    assert wrong.dtype == drawn.labels.dtype
    assert not class_labels.relabelled(drawn, "no labels").labels.any()
    assert class_labels.relabelled(drawn, "right labels") is drawn


class Reader:
    """A generator that is nearly right where it is told the right class, else black."""

    inputs = "LR", "class"

    def __init__(self, learned, originals):
        self.learned, self.originals = learned, originals

    def __call__(self, inputs, **_):
        lr, labels = inputs
        right = (labels == self.originals.labels)[:, None, None, None]
        sr = np.asarray(self.originals.pixels, float) / 127.5 - 0.99
        return np.where(right & self.learned, sr, -1.0)


def test_the_command_asks_for_images_that_there_are(monkeypatch):
    def downloaded(subject):
        raise UserError(f"asked for {subject}")

    monkeypatch.setattr("medsr_nb.data.images.downloaded_small", downloaded)
    monkeypatch.setattr("sys.argv", ["class_labels"])
    with pytest.raises(UserError, match="asked for digits"):
        class_labels.main()


def test_each_training_gets_its_labels_and_is_asked_with_them(monkeypatch):
    drawn = images(12)
    parts = data.Split(drawn.take(range(4)), drawn.take(range(4, 8)), drawn.take(range(8, 12)))
    seen = []

    def trained(chosen, own):
        seen.append(own.train.labels.tolist())
        learned = own.train.labels.tolist() == parts.train.labels.tolist()
        return Reader(learned, parts.test), 2.5

    monkeypatch.setattr(class_labels, "trained", trained)
    monkeypatch.setattr(class_labels, "load_small", lambda source, subject: drawn)
    monkeypatch.setattr(class_labels.training, "split", lambda chosen, pictures: parts)
    found = class_labels.study("drawn", tiny("baseline"))
    assert json.loads(json.dumps(found)) == found
    assert seen[0] == parts.train.labels.tolist() and not any(seen[2]) and seen[1] != seen[0]
    assert found["seconds"] == 15.0
    rows = found["scores"]["image"]
    better = {name: row["better_than_reference"] for name, row in rows.items()}
    assert better["right labels"] == 1.0
    assert better[class_labels.ASKED_WRONGLY] == better["wrong labels"] == 0.0
