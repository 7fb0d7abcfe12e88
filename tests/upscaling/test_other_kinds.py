"""Other kinds: each picture is compared with the interpolation that is best on itself."""

import numpy as np
import pytest

from medsr_nb import data, degradation, scoring
from medsr_nb.upscaling import other_kinds


def test_each_picture_is_judged_by_itself(monkeypatch):
    cubic, brighter = scoring.bicubic(3), scoring.bicubic(3)

    def packaged(lr_size, scanner, brightness):
        lighter = {
            "sharp": lambda lr: np.minimum(brighter(lr).astype(int) + 9, 255).astype("uint8")
        }
        return {"faithful": cubic, "robust": cubic, "other": None} | lighter

    monkeypatch.setattr(other_kinds.score, "packaged", packaged)
    plate = data.plate().take([0, 2])
    found = other_kinds.gains_of(plate, degradation.Scanner("k-space"))
    assert list(found) == ["head MR", "head CT"]
    lr = degradation.Scanner("k-space").taken(plate.pixels, 3)
    for number, figures in enumerate(found.values()):
        psnr = {
            name: scoring.psnr(plate.pixels, scoring.interpolation(name, 3)(lr))[number]
            for name in degradation.INTERPOLATIONS
        }
        assert figures["psnr"] == pytest.approx(max(psnr.values()), abs=1e-3)
        assert psnr[figures["interpolation"]] == max(psnr.values())
        gain = psnr["bicubic"] - max(psnr.values())
        assert figures["gain"]["faithful"] == pytest.approx(gain, abs=1e-3)
        assert figures["gain"]["sharp"] < figures["gain"]["faithful"]


def test_the_record_has_every_picture_and_way_and_is_told_as_a_table():
    record = other_kinds.studies.recorded("other_kinds")
    assert list(record["gains"]) == [*scoring.CASES, *scoring.MORE_CASES]
    assert record["data"]["fingerprint"] == data.plate().fingerprint
    head, _, *rows = scoring.kinds_table(record["gains"]).splitlines()
    assert head.startswith("| faithful / sharp / robust, dB | head MR | ")
    assert len(rows) == len(record["gains"]) and rows[0].startswith("| bicubic | ")
    gains = record["gains"]["bicubic"]["head CT"]["gain"].values()
    assert " / ".join(f"{one:+.1f}" for one in gains) == rows[0].split(" | ")[3]
