"""The table over scanners: the right reference, the right gains, and the command that makes it."""

import json

import numpy as np
import pytest
from shared import waves

from medsr_nb import scoring
from medsr_nb.cli import main
from medsr_nb.data import load_originals
from medsr_nb.scoring import scanner_scores
from medsr_nb.upscaling import calibrating, guess, naming_reductions, score


@pytest.fixture
def originals(tmp_path):
    path = tmp_path / "originals.npz"
    np.savez(path, mri=waves(5), cxr=waves(9)[5:])
    return path


def test_the_reference_is_the_best_interpolation_of_each_kind(originals):
    images = load_originals(originals)
    methods = {"same as bicubic": scoring.bicubic(3)}
    found = scanner_scores.scores_by_scanner(methods, images)
    assert list(found) == list(scanner_scores.CASES)
    for case, scanner in scanner_scores.CASES.items():
        lr = scanner.taken(images.pixels, 3)
        for kind, figures in found[case].items():
            chosen = images.kinds == kind
            means = {
                name: scoring.psnr(
                    images.pixels[chosen], scoring.interpolation(name, 3)(lr)[chosen]
                ).mean()
                for name in scanner_scores.INTERPOLATIONS
            }
            best = figures["interpolation"]
            assert means[best] == max(means.values())
            mean, low, high = figures["gain"]["same as bicubic"]
            assert low <= mean <= min(high, 0.0)
            assert mean == pytest.approx(means["bicubic"] - means[best], abs=1e-3)
    assert json.loads(json.dumps(found)) == found
    text = scoring.scanner_table(found)
    assert text.count("| k-space, Rician noise 4 |") == 2
    assert "X-ray (4 images, 4 groups): reduction" in text


def test_the_figures_are_not_written_over_by_their_tables(originals, tmp_path):
    assert main(["score", str(originals), "--out", str(tmp_path / "score.md")]) == 2
    assert main(["score", str(originals), "--out", str(tmp_path)]) == 2
    assert list(tmp_path.iterdir()) == [originals]
    before = originals.read_bytes()
    assert main(["score", str(originals), "--out", str(originals)]) == 2
    (tmp_path / "notes.md").write_text("mine")
    assert main(["score", str(originals), "--out", str(tmp_path / "notes.json")]) == 2
    assert originals.read_bytes() == before and (tmp_path / "notes.md").read_text() == "mine"


def test_of_one_patient_there_is_no_interval(tmp_path):
    np.savez(tmp_path / "one.npz", mri=waves(1))
    found = scanner_scores.scores_by_scanner(
        {"bicubic again": scoring.bicubic(3)},
        load_originals(tmp_path / "one.npz"),
        cases={"average": scanner_scores.CASES["average"]},
    )
    assert "[" not in scoring.scanner_table(found)


def test_medsr_score_writes_and_prints_the_tables(
    originals, tmp_path, capsys, monkeypatch, eagerly
):
    one = {"k-space": scanner_scores.CASES["k-space"]}
    monkeypatch.setattr(score.scoring, "CASES", one)
    monkeypatch.setattr(guess, "NAMES", ("robust",))
    robust = guess.calibrations()["robust"]
    told = "k-space, Rician noise 4"
    monkeypatch.setattr(guess, "NAMED", ("k-space",))
    monkeypatch.setattr(calibrating, "TOLD", {told: calibrating.TOLD[told]})
    names = [name for name in robust if name.startswith("k-space") or name == "unknown"]
    counted = {"robust": {name: robust[name] for name in names}}
    monkeypatch.setattr(guess, "calibrations", lambda: counted)
    monkeypatch.setattr(naming_reductions, "NAMES", ("bicubic", "k-space"))
    out = tmp_path / "new" / "score.json"
    assert main(["score", str(originals), "--out", str(out)]) == 0
    printed = capsys.readouterr().out
    assert out.with_suffix(".md").read_text() == printed
    written = json.loads(out.read_text())
    assert written["data"]["images"] == 9
    for kind, count in (("MRI", 5), ("X-ray", 4)):
        rows = written["over bicubic"][kind]
        assert rows["bicubic"]["psnr_gain"][0] == 0.0 and rows["sharp"]["images"] == count
        assert rows["faithful"]["consistency"][0] < rows["bicubic"]["consistency"][0]
        assert f"{rows['faithful']['ssim'][0]:.3f}" in printed
    covers = written["cover"]["robust"]
    assert {"k-space", "k-space, not named"} <= set(covers) and "| robust | k-space |" in printed
    for case in ("k-space", "k-space, Rician noise 4, named"):
        assert 0.0 < covers[case]["MRI"]["cover"] <= 1.0
    assert list(written["naming"]["faithful"]["k-space"]) == ["bicubic", "k-space"]
    assert {"faithful", "sharp", "faithful, told"} <= set(
        written["scores"]["k-space"]["MRI"]["gain"]
    )


def test_the_tables_show_every_cell():
    named = {"faithful": {"k-space": {"k-space": {"MRI": [1.0, 0, 2], "X-ray": [-2.0, -3, -1]}}}}
    text = scoring.naming_table(named)
    assert text.splitlines()[-1] == "| k-space | +1.00 / -2.00 |"
    assert "faithful, MRI / X-ray" in text
    kinds = {kind: {"cover": 0.9, "deciles": [0.88, 0.93]} for kind in ("", "MRI")}
    rows = scoring.cover_table({"sharp": {"bicubic": kinds}}).splitlines()
    assert rows[0] == "| network | input | both: cover | both: tenths | MRI: cover | MRI: tenths |"
    assert rows[2] == "| sharp | bicubic | 90.0% | 88% to 93% | 90.0% | 88% to 93% |"
