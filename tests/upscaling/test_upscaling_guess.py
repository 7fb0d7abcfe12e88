"""The guess and the expected error: from which table they come, and where the command puts them."""

import numpy as np
import pytest
from PIL import Image
from scan_files import dicom
from upscale_command import names, picture, upscale

from medsr_nb.upscaling import bands, guess
from medsr_nb.upscaling.folder import Wishes, enlarge_all
from medsr_nb.upscaling.settings import Settings

pytestmark = pytest.mark.usefixtures("bicubic_alone")


def test_the_guess_is_that_of_trust_and_errors_are_in_stored_units(calibrated, monkeypatch):
    from medsr_nb.scoring import trust

    monkeypatch.setattr(bands, "STRIP", 36 * 7)  # 7 rows at once

    sr = np.random.default_rng(0).normal(100, 10, (30, 36))
    faithful = guess.tables_for(Settings().told())
    found, error, reach = guess.maps(sr, 10.0, faithful)
    wanted = trust.guess_strength(trust.guessed(sr[None, ..., None], 3))[0, ..., 0]
    np.testing.assert_allclose(found, wanted, atol=0.01)
    np.testing.assert_array_equal(error, np.where(found > 10.0, 40.0, 20.0))
    assert (reach == 90.0).all()
    assert (guess.maps(sr, 10.0, guess.tables_for(Settings().told(), "MRI"))[1] == 70.0).all()


def test_maps_do_not_depend_on_where_a_scan_has_its_black(calibrated):
    """The pseudo-inverse does not keep a level at the border, so black is what it is given."""
    sr = np.random.default_rng(0).normal(100, 10, (30, 36))
    tables = guess.tables_for(Settings().told())
    here, there = guess.maps(sr, 10.0, tables), guess.maps(sr + 1e4, 10.0, tables, black=1e4)
    np.testing.assert_allclose(there[0], here[0], atol=0.01)
    np.testing.assert_array_equal(there[1:], here[1:])


def test_what_is_expected_depends_on_what_the_network_is_told(calibrated, monkeypatch):
    monkeypatch.setattr("medsr_nb.upscaling.settings.has_robust", lambda: True)
    blended = guess.tables_for(Settings(sharpness=0.25).told())
    assert [weight for weight, _ in blended] == [0.75, 0.25]
    for settings in (Settings(robust=True), Settings(noise=3.0), Settings(reduction="unknown")):
        ((weight, table),) = guess.tables_for(settings.told())
        assert weight == 1.0 and (table["rms"] == 7.0).all()


def test_of_zero_filled_scans_one_share_was_counted_for_all():
    guess.calibrations.cache_clear()
    counted = guess.calibrations()["faithful"]["zero-filled 0.8"]["MRI"]
    for share in ("0.6", "0.9"):
        told = Settings(reduction=f"zero-filled {share}")
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
    assert "over all an error of 12 ms (RMS) is expected, counted on MRI" in mr
    assert "agrees with its input by k-space" in mr and "k-space" not in ct
    assert ct.endswith("counted on brain MRI and chest X-rays, which this may not be")
    again = "--out", tmp_path / "again", "--guess", "--reduction", "bicubic"
    assert upscale(tmp_path / "a.dcm", *again) == 0
    assert "an error of 21 ms (RMS) is expected, counted on MRI\n" in capsys.readouterr().out
    noisy = "--out", tmp_path / "noisy", "--guess", "--noise", "3"
    assert upscale(tmp_path / "a.dcm", *noisy) == 0
    assert "counted on MRI, taken in many ways\n" in capsys.readouterr().out
    again = "--out", tmp_path / "third", "--guess", "--reduction", "unknown"
    assert upscale(tmp_path / "a.dcm", *again) == 0
    assert capsys.readouterr().out.endswith("counted on MRI, taken in many ways\n")


def test_guess_and_error_lie_beside_the_result(calibrated, tmp_path):
    file = picture(tmp_path / "in" / "scan.png")
    assert upscale(file, "--out", tmp_path / "out", "--guess") == 0
    wanted = ["scan_error.png", "scan_guess.png", "scan_range.png", "scan_x3.png"]
    assert names(tmp_path / "out") == wanted
    assert all(Image.open(tmp_path / "out" / name).size == (36, 27) for name in wanted)
    (tmp_path / "out" / "scan_guess.png").unlink()
    assert enlarge_all([file], tmp_path / "out", Wishes(guess=True)) == 0
    assert names(tmp_path / "out") == wanted
