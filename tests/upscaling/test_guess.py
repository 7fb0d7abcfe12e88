"""The guess and the expected error: from which table they come, and where the command puts them."""

import dataclasses
import json

import numpy as np
import pytest
from PIL import Image
from scan_files import dicom
from upscale_command import names, picture, upscale

from medsr_nb import scoring
from medsr_nb.degradation import bands
from medsr_nb.folders.folder import Wishes, enlarge_all
from medsr_nb.machine import UserError
from medsr_nb.scans import intensity_map, scan
from medsr_nb.scoring import trust
from medsr_nb.upscaling import guess
from medsr_nb.upscaling.enlarging import enlarge
from medsr_nb.upscaling.settings import Settings

pytestmark = pytest.mark.usefixtures("bicubic_alone")

LR = np.full((10, 12), 100.0)


def test_the_guess_is_that_of_trust_and_errors_are_in_stored_units(calibrated, monkeypatch):
    monkeypatch.setattr(bands, "STRIP", 36 * 7)  # 7 rows at once

    sr = np.random.default_rng(0).normal(100, 10, (30, 36))
    faithful = guess.tables_for(Settings().told())
    found, error, reach = guess.maps(sr, LR, 10.0, faithful)
    wanted = trust.guess_strength(trust.guessed(sr[None, ..., None], 3))[0, ..., 0]
    np.testing.assert_allclose(found, wanted, atol=0.01)
    np.testing.assert_array_equal(error, np.where(found > 10.0, 40.0, 20.0))
    assert (reach == 90.0).all()
    mri = guess.tables_for(Settings().told(), "MRI")
    assert (guess.maps(sr, LR, 10.0, mri)[1] == 70.0).all()


def test_maps_do_not_depend_on_where_a_scan_has_its_black(calibrated):
    """The pseudo-inverse does not keep a level at the border, so black is what it is given."""
    sr = np.random.default_rng(0).normal(100, 10, (30, 36))
    tables = guess.tables_for(Settings().told())
    here = guess.maps(sr, LR, 10.0, tables)
    there = guess.maps(sr + 1e4, LR + 1e4, 10.0, tables, black=1e4)
    np.testing.assert_allclose(there[0], here[0], atol=0.01)
    np.testing.assert_array_equal(there[1:], here[1:])


def test_maps_look_cells_up_as_they_were_counted(monkeypatch):
    """By all three signs, in strips, at the edges, whatever unit the scan is in."""
    draw = np.random.default_rng(1)
    sr = draw.uniform(60, 190, (4, 30, 36, 1)) * draw.uniform(0.2, 1.0, (4, 1, 1, 1))
    lr = trust.reduced(sr, 3) + draw.normal(0, 5, (4, 10, 12, 1))
    monkeypatch.setattr(bands, "STRIP", 36 * 7)  # 7 rows at once
    here = 2.0 * sr[0, ..., 0] + 9.0, 2.0 * lr[0, ..., 0] + 9.0, 2.0
    hr = sr + draw.normal(0, 5, sr.shape)
    counted = scoring.calibrated(hr[1:], sr[1:], 3, lr[1:])
    table = {key: getattr(counted, key) for key in guess.TABLES}
    _, error, reach = guess.maps(*here, [(1.0, table)], black=9.0)
    wanted = counted.expected(sr[:1], lr[:1]), counted.range(sr[:1], lr[:1])
    for found, one in zip((error, reach), wanted, strict=True):
        assert np.isclose(found, 2.0 * one[0, ..., 0]).mean() > 0.99  # rounding decides


def test_counts_of_an_older_version_are_an_error_of_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr(guess, "results_dir", lambda: tmp_path)
    older = {"networks": {"sharp": {"bicubic": {"": {"guess_edges": [1.0], "rms": [[2.0]]}}}}}
    for text in (json.dumps(older), "{}", '{"networks": ', '{"networks": {"faithful": {}}}'):
        (tmp_path / "calibration.json").write_text(text)
        guess.calibrations.cache_clear()
        with pytest.raises(UserError, match="is not what this version .* medsr calibrate.$"):
            guess.tables_for(Settings().told())
    guess.calibrations.cache_clear()


def test_what_is_expected_depends_on_what_the_network_is_told(calibrated, monkeypatch):
    monkeypatch.setattr("medsr_nb.upscaling.settings.has_robust", lambda: True)
    blended = guess.tables_for(Settings(sharpness=0.25).told())
    assert [weight for weight, _ in blended] == [0.75, 0.25]
    for settings, noise in (
        (Settings(robust=True), 0.0), (Settings(robust=True), 3.0),
        (Settings(), 8.0), (Settings(), 99.0), (Settings(reduction="unknown"), 0.0),
    ):  # fmt: skip
        ((weight, table),) = guess.tables_for(settings.told(), noise=noise)
        assert weight == 1.0 and (table["rms"] == 7.0).all()
    both = guess.tables_for(Settings(sharpness=0.25).told(), noise=0.25)
    assert [weight for weight, _ in both] == pytest.approx([0.5625, 0.1875, 0.1875, 0.0625])


def test_between_two_strengths_of_noise_the_counts_of_both_are_blended():
    assert guess.counted_near("average", 0.0) == [(1.0, "average")]
    assert guess.counted_near("average", 4.5) == [(1.0, "average, noise 4.5")]
    (low, below), (high, above) = guess.counted_near("average", 3.0)
    assert (below, above) == ("average, noise 2.5", "average, noise 4.5")
    assert (low, high) == pytest.approx((0.75, 0.25))
    assert guess.counted_near("average", 100.0) == [(1.0, "average, noise 8")]
    assert guess.counted_near("unknown", 3.0) == [(1.0, "unknown")]
    names = {
        name for noise in (0, 1, 2.5, 4.5, 8) for _, name in guess.counted_near("k-space", noise)
    }
    assert len(names) == 5 and names < set(guess.COUNTED)


def test_a_plane_with_fewer_levels_has_noise_of_more_of_them(calibrated, monkeypatch):
    """``--noise`` is in the scan's units, the counts are in grey levels of a plane's map."""
    asked = []
    tables_for = guess.tables_for
    monkeypatch.setattr(
        guess, "tables_for", lambda *given: asked.append(given[2]) or tables_for(*given)
    )
    stored = np.random.default_rng(0).integers(0, 255, (2, 9, 12)).astype(np.uint8)
    one = scan.of_levels(stored)
    maps = [its_map.grey_level for its_map in intensity_map.intensities(one.planes)[0]]
    enlarge(dataclasses.replace(one, slope=-2.0), noise=6.0, reduction="bicubic", guesses=True)
    assert asked == pytest.approx([3.0 / level for level in maps])


def test_of_zero_filled_scans_one_share_was_counted_for_all():
    guess.calibrations.cache_clear()
    counted = guess.calibrations()["faithful"]["zero-filled 0.8"]["MRI"]
    for share in ("0.6", "0.9"):
        told = Settings(reduction=f"zero-filled {share}").told()
        assert [(1.0, counted)] == guess.tables_for(told, "MRI")
    guess.calibrations.cache_clear()


def test_errors_of_an_mr_are_those_counted_on_mri_and_said_in_its_units(
    calibrated, tmp_path, capsys
):
    stored = np.random.default_rng(0).integers(0, 255, (9, 12)).astype(np.uint8)
    tags = {"Modality": "MR", "RescaleSlope": 3, "RescaleIntercept": 0, "RescaleType": "ms"}
    dicom(tmp_path / "a.dcm", stored, **tags)
    dicom(tmp_path / "b.dcm", stored, **tags | {"Modality": "CT"})
    assert upscale(tmp_path / "a.dcm", tmp_path / "b.dcm", "--out", tmp_path, "--guess") == 0
    mr, ct = capsys.readouterr().out.splitlines()
    assert mr.endswith("of 11.4 ms (RMS) is expected, counted on MRI of brains, taken in many ways")
    assert "robust weights, as for original MR" in mr and "robust" not in ct
    assert "need not agree with its input" in mr and "agree" not in ct
    again = "--out", tmp_path / "faithful", "--guess", "--sharpness", "0"
    assert upscale(tmp_path / "a.dcm", *again) == 0
    mr = capsys.readouterr().out
    assert mr.endswith("an error of 12 ms (RMS) is expected, counted on MRI of brains\n")
    assert "agrees with its input by k-space" in mr and "robust" not in mr
    assert ct.endswith("counted on brain MRI and chest X-rays, which this may not be")
    again = "--out", tmp_path / "again", "--guess", "--sharpness", "0", "--reduction", "bicubic"
    assert upscale(tmp_path / "a.dcm", *again) == 0
    assert "21 ms (RMS) is expected, counted on MRI of brains\n" in capsys.readouterr().out
    noisy = "--out", tmp_path / "noisy", "--guess", "--sharpness", "0", "--noise", "3"
    assert upscale(tmp_path / "a.dcm", *noisy) == 0
    found = capsys.readouterr().out
    assert "21 ms (RMS) is expected, counted on MRI of brains, with noise of sev" in found
    again = "--out", tmp_path / "third", "--guess", "--sharpness", "0", "--reduction", "unknown"
    assert upscale(tmp_path / "a.dcm", *again) == 0
    assert capsys.readouterr().out.endswith("counted on MRI of brains, taken in many ways\n")


def test_guess_and_error_lie_beside_the_result(calibrated, tmp_path):
    file = picture(tmp_path / "in" / "scan.png")
    assert upscale(file, "--out", tmp_path / "out", "--guess") == 0
    wanted = ["scan_error.png", "scan_guess.png", "scan_range.png", "scan_x3.png"]
    assert names(tmp_path / "out") == wanted
    assert all(Image.open(tmp_path / "out" / name).size == (36, 27) for name in wanted)
    (tmp_path / "out" / "scan_guess.png").unlink()
    assert enlarge_all([file], tmp_path / "out", Wishes(guess=True)) == 0
    assert names(tmp_path / "out") == wanted
