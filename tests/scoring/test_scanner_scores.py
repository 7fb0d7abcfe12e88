"""The table over scanners: the right reference, the right gains, and the command that makes it."""

import io
import json
import zipfile

import numpy as np
import pytest

from medsr_nb import scoring
from medsr_nb.cli import main
from medsr_nb.machine import UserError
from medsr_nb.scoring import scanner_scores
from medsr_nb.upscaling import score


def waves(count, side=48):
    draw = np.random.default_rng(0)
    place = np.arange(side) / side
    rows, columns, turn = draw.uniform(2, 9, (3, count, 1, 1))
    picture = np.sin(rows * place[:, None] * 6 + turn) * np.cos(columns * place * 6)
    return np.rint(127 + 90 * picture).astype("uint8")


@pytest.fixture
def originals(tmp_path):
    path = tmp_path / "originals.npz"
    np.savez(path, mri=waves(5), cxr=waves(9)[5:])
    return path


def test_the_reference_is_the_best_interpolation_of_each_kind(originals):
    images = scanner_scores.originals_of(originals)
    methods = {"same as bicubic": scoring.bicubic(3)}
    found = scanner_scores.scores_by_scanner(methods, images)
    assert list(found) == list(scanner_scores.CASES)
    for case, scanner in scanner_scores.CASES.items():
        lr = scanner.taken(images.pixels, 3)
        for kind, figures in found[case].items():
            chosen = images.kinds == kind
            means = {
                name: scoring.psnr(
                    images.pixels[chosen], scanner_scores.interpolation(name, 3)(lr)[chosen]
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
    assert text.count("| k-space, Rician noise 4 |") == 2 and "X-ray (4): reduction" in text


def test_near_twins_are_one_group(tmp_path):
    pictures = waves(3)
    np.savez(tmp_path / "twins.npz", mri=np.concatenate([pictures, pictures[:1]]))
    groups = scanner_scores.originals_of(tmp_path / "twins.npz").groups
    assert groups[0] == groups[3]


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"ct": waves(1)}, "neither an array mri nor one cxr"),
        ({"mri": waves(1).astype("float32")}, "MRI is float32"),
        ({"mri": waves(1)[0]}, r"MRI is uint8 \(48, 48\)"),
        ({"mri": waves(1, 48), "cxr": waves(1, 45)}, "from 12 on, not of 45, 48 pixels"),
        ({"mri": waves(1, 50)}, "not of 50 pixels"),
        ({"mri": waves(1, 9)}, "from 12 on, not of 9 pixels"),
        ({"mri": np.zeros((1, 0, 0), "uint8")}, r"MRI is uint8 \(1, 0, 0\)"),
        (
            {"mri": waves(2), "cxr": np.stack([*waves(1), 0 * waves(1)[0]])},
            "X-ray 1 is of one grey",
        ),
    ],
)
def test_files_that_do_not_fit_are_refused_with_what_would(tmp_path, arrays, message):
    np.savez(tmp_path / "file.npz", **arrays)
    with pytest.raises(UserError, match=message):
        scanner_scores.originals_of(tmp_path / "file.npz")


def test_what_is_no_npz_is_refused(tmp_path):
    (tmp_path / "file.npz").write_text("no")
    for name in ("file.npz", "missing.npz"):
        with pytest.raises(UserError, match="cannot be read as an NPZ file"):
            scanner_scores.originals_of(tmp_path / name)


def test_damaged_archives_and_bare_arrays_are_refused(tmp_path):
    whole, damaged = tmp_path / "whole.npz", tmp_path / "damaged.npz"
    np.savez(whole, mri=waves(1))
    content = bytearray(whole.read_bytes())
    content[300:340] = bytes(40)
    damaged.write_bytes(content)
    (tmp_path / "start.npz").write_bytes(whole.read_bytes()[:500])
    with zipfile.ZipFile(tmp_path / "text.npz", "w") as file:
        file.writestr("mri", "no array")
    with zipfile.ZipFile(tmp_path / "huge.npz", "w") as file:
        header = io.BytesIO()
        shape = {"descr": "|u1", "fortran_order": False, "shape": (10**9, 1500, 1500)}
        np.lib.format.write_array_header_1_0(header, shape)
        file.writestr("mri.npy", header.getvalue())
    np.save(tmp_path / "bare.npy", waves(1))
    for name, message in (
        ("damaged.npz", "cannot be read as an NPZ file"),
        ("start.npz", "cannot be read as an NPZ file"),
        ("text.npz", "MRI is "),
        ("huge.npz", "too large for this memory"),
        ("bare.npy", "save it by np.savez"),
    ):
        with pytest.raises(UserError, match=message):
            scanner_scores.originals_of(tmp_path / name)


def test_the_figures_are_not_written_over_by_their_tables(originals, tmp_path):
    assert main(["score", str(originals), "--out", str(tmp_path / "score.md")]) == 2
    assert main(["score", str(originals), "--out", str(tmp_path)]) == 2
    assert list(tmp_path.iterdir()) == [originals]


def test_of_one_patient_there_is_no_interval(tmp_path):
    np.savez(tmp_path / "one.npz", mri=waves(1))
    found = scanner_scores.scores_by_scanner(
        {"bicubic again": scoring.bicubic(3)},
        scanner_scores.originals_of(tmp_path / "one.npz"),
        cases={"average": scanner_scores.CASES["average"]},
    )
    assert "[" not in scoring.scanner_table(found)


def test_medsr_score_writes_and_prints_the_tables(originals, tmp_path, capsys, monkeypatch):
    one = {"k-space": scanner_scores.CASES["k-space"]}
    monkeypatch.setattr(score.scoring, "CASES", one)
    out = tmp_path / "new" / "score.json"
    assert main(["score", str(originals), "--out", str(out)]) == 0
    printed = capsys.readouterr().out
    assert out.with_suffix(".md").read_text() == printed
    written = json.loads(out.read_text())
    assert written["data"]["images"] == 9
    assert {"faithful", "sharp", "faithful, told"} <= set(
        written["scores"]["k-space"]["MRI"]["gain"]
    )


def test_the_tables_show_every_cell():
    named = {"faithful": {"k-space": {"k-space": {"MRI": [1.0, 0, 2], "X-ray": [-2.0, -3, -1]}}}}
    text = scoring.naming_table(named)
    assert text.splitlines()[-1] == "| k-space | +1.00 / -2.00 |"
    assert "faithful, MRI / X-ray" in text
    kinds = {kind: {"cover": 0.9, "deciles": [0.88, 0.93]} for kind in ("", "MRI", "X-ray")}
    rows = scoring.cover_table({"sharp": {"bicubic": kinds}}).splitlines()
    assert (
        rows[0] == "| network | input | MRI: cover | MRI: tenths | X-ray: cover | X-ray: tenths |"
    )
    assert rows[2] == "| sharp | bicubic | 90.0% | 88% to 93% | 90.0% | 88% to 93% |"
