"""Published networks on the test images: the same images, gone on with, and refused if others."""

import numpy as np
import pytest
from shared import images

from medsr_nb.data.splits import Split
from medsr_nb.machine import UserError
from medsr_nb.studies import published_scores, results


def test_the_recorded_images_are_those_of_the_other_studies():
    ours, theirs = results.recorded("published"), results.recorded("systems")
    assert ours["data"]["test"] == theirs["data"]["test"]
    for kind, rows in ours["scores"].items():
        assert rows["bicubic"]["psnr"][0] == theirs["scores"][kind]["bicubic"]["psnr"][0]
        assert set(rows) == {"bicubic", *ours["rows"]}
    for row in ours["rows"].values():
        assert row["seconds_an_image"] > 0 and row["rewarded"] in ("exact", "sharp")


def test_an_interrupted_command_goes_on(tmp_path, capsys):
    lr = images(5, 12).pixels
    asked = []

    def method(some):
        asked.append(len(some))
        if len(asked) == 2:
            raise KeyboardInterrupt
        return np.repeat(np.repeat(some, 3, 1), 3, 2)

    method.__name__ = "Net"
    path = tmp_path / "work" / "Net.npz"
    with pytest.raises(KeyboardInterrupt):
        published_scores.made(method, lr, path, "these", batch=2)
    sr, seconds = published_scores.made(method, lr, path, "these", batch=2)
    assert asked == [2, 2, 2, 1] and seconds > 0
    np.testing.assert_array_equal(sr, np.repeat(np.repeat(lr, 3, 1), 3, 2))
    assert "Net: 5 of 5" in capsys.readouterr().out
    with pytest.raises(UserError, match="made of other images: choose another --work"):
        published_scores.made(method, lr, path, "those")


def test_a_record_has_scores_costs_and_origin(tmp_path, monkeypatch):
    whole = images(6)
    parts = Split(*(whole.take(np.arange(*one)) for one in ((0, 2), (2, 3), (3, 6))))
    from medsr_nb import published

    def method(wheel, fetch):
        assert fetch
        return lambda lr: np.repeat(np.repeat(lr, 3, 1), 3, 2)

    row = {"wheel": "", "seconds_an_image": 1.0}
    monkeypatch.setattr(published, "wheel_method", method, raising=False)
    monkeypatch.setattr(published_scores, "recorded_row", lambda *_: row)
    monkeypatch.setattr(published_scores, "version", lambda name: "1.0")
    found = published_scores.record(parts, tmp_path)
    names = [wheel.title() for wheel in published.WHEELS]
    assert list(found["rows"]) == names
    assert list(found["scores"]["image"]) == ["bicubic", *names]
    assert found["scores"]["image"][names[0]]["psnr_gain"][0] != 0
    assert found["data"]["test"]["images"] == 3 and "ncnn 1.0" in found["hardware"]
