"""A mean of weights before and after a training: what it is, and how its gains are counted."""

import numpy as np
import pytest
from shared import images

from medsr_nb import scoring
from medsr_nb.studies import entries, mixing


class Brightening:
    """A network that enlarges by bicubic and adds as many grey levels as its weight says."""

    def set_weights(self, weights):
        [self.levels] = weights

    def method(self, lr):
        larger = scoring.bicubic(3)(lr).astype(float) + self.levels
        return np.clip(np.rint(larger), 0, 255).astype(np.uint8)


def test_a_share_of_the_trained_weights_and_the_rest_of_the_first():
    first, trained = (
        [np.array([1.0, 2.0]), np.array([0.0])],
        [np.array([3.0, 6.0]), np.array([4.0])],
    )
    one, other = mixing.mixed(first, trained, 0.25)
    assert one.tolist() == [1.5, 3.0] and other.tolist() == [1.0]
    assert all(
        (a == b).all() for a, b in zip(mixing.mixed(first, trained, 1.0), trained, strict=True)
    )


def test_the_share_that_was_taken_is_seen_in_the_table():
    row = {
        "share": 0.7,
        "shares": {"0.5": {"MRI": 0.1, "sample": -0.02}, "0.7": {"MRI": 0.2, "sample": 0}},
    }
    study = {"rows": {"first": {}, "second": row}}
    assert mixing.shares_table(study).splitlines() == [
        "| share | MRI | sample |",
        "|---|---|---|",
        "| 0.5 | +0.10 | -0.02 |",
        "| **0.7** | +0.20 | +0.00 |",
    ]
    study["rows"]["third"] = row
    head, _, first, *_ = mixing.shares_table(study).splitlines()
    assert head == "| training | share | MRI | sample |"
    assert first == "| second | 0.5 | +0.10 | -0.02 |"


def test_a_mean_is_judged_on_the_inputs_that_its_training_was_for():
    robust, faithful = (entries.recipe_of(name, name) for name in ("robust", "faithful"))
    assert mixing.cases_of(robust) == scoring.CASES
    assert mixing.cases_of(faithful) == {"bicubic": scoring.CASES["bicubic"]}


def test_every_share_is_compared_with_the_first_weights_on_both_kinds_of_images(monkeypatch):
    few = {name: scoring.CASES[name] for name in ("bicubic", "k-space")}
    monkeypatch.setattr(mixing.scoring, "as_method", lambda network: network.method)
    sample = images(30)
    monkeypatch.setattr(mixing.data, "load", lambda source, size: sample)
    validation, network = images(6), Brightening()
    found = mixing.tried(network, [20.0], [0.0], validation, few)
    assert list(found) == ["0.25", "0.5", "0.7", "1"]
    [kind] = validation.by_kind()
    for what in (kind, "sample"):
        gains = [row[what] for row in found.values()]
        assert gains == sorted(gains) and gains[0] > 0.5
    means = []
    for levels in (20.0, 0.0):
        network.set_weights([levels])
        every = (network.method(one.taken(validation.pixels, 3)) for one in few.values())
        means.append(np.mean([scoring.psnr(validation.pixels, sr) for sr in every]))
    assert found["1"][kind] == pytest.approx(means[1] - means[0], abs=1e-3)
