"""All systems on images that scanners took: each is scored, those that are told a class too."""

import keras
import numpy as np
from shared import images

from medsr_nb import degradation, published, scoring
from medsr_nb.data.splits import Split
from medsr_nb.studies import entries, on_scanners


def test_every_system_is_scored_under_every_reduction(monkeypatch, eagerly):
    def network(file, name):
        lr = keras.Input((16, 16, 1))
        label = [keras.Input(())] if name == "ACGAN" else []
        return keras.Model([lr, *label], degradation.Enlarge(3)(lr))

    monkeypatch.setattr(on_scanners, "recorded_network", network)
    monkeypatch.setattr(published, "wheel_methods", lambda fetch: {"SPAN": scoring.bicubic(3)})
    few = images(4)
    found = on_scanners.record(Split(few, few, few))
    assert list(found["scores"]) == [*scoring.CASES, *scoring.MORE_CASES]
    for kinds in found["scores"].values():
        [figures] = kinds.values()
        assert list(figures["gain"]) == [*entries.SYSTEMS, *on_scanners.OURS, "SPAN"]
        assert len(set(np.ravel([each[0] for each in figures["gain"].values()]))) == 1
    rows = on_scanners.system_table(found).splitlines()
    assert rows[0].startswith("| image (4 images, 4 groups), dB | bicubic | ")
    base = figures["psnr"][figures["interpolation"]][0]
    assert rows[2].startswith("| best interpolation, PSNR | ") and f" {base:.2f} " in rows[2]
    assert len(rows) == 3 + len(figures["gain"]) and rows[-1].startswith("| SPAN | ")
    assert rows[-1].count(" | ") == len(scoring.CASES) + len(scoring.MORE_CASES)
    assert found["data"]["test"]["images"] == 4


def test_a_row_is_told_the_reduction_where_there_is_no_noise(tmp_path, monkeypatch, eagerly):
    asked = []

    def network(row, path, reduction=None):
        asked.append((row, path, reduction))
        lr = keras.Input((16, 16, 1))
        return keras.Model(lr, degradation.Enlarge(3)(lr))

    monkeypatch.setattr(on_scanners, "rebuilt", network)
    found = on_scanners.told_or_not({"it": "a row"}, tmp_path, images(4))
    told = {case: one.reduction for case, one in scoring.CASES.items() if one.noise == "none"}
    assert list(found) == list(scoring.CASES) and 0 < len(told) < len(found)
    for case, kinds in found.items():
        [figures] = kinds.values()
        assert list(figures["gain"]) == (["it", "it, told"] if case in told else ["it"])
    weights = tmp_path / "it" / "weights.npz"
    assert {("a row", weights, name) for name in (None, *told.values())} == set(asked)
