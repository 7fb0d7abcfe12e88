"""The command: folders, names, what is there already, bad files, and stopping."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image
from scan_files import dicom

from medsr_nb.cli import main
from medsr_nb.upscaling import bands, guess, networks, stopping
from medsr_nb.upscaling.folder import Wishes, enlarge_all
from medsr_nb.upscaling.settings import Settings


@pytest.fixture(autouse=True)
def bicubic(monkeypatch):
    """Bicubic alone, without the network, which these tests are not about."""

    def network(height, width, sharpness=0.0, robust=False):
        return lambda tile: np.zeros((1, 3 * height, 3 * width, 1), np.float32)

    monkeypatch.setattr(networks, "network", network)


def picture(path, height=9, width=12, seed=1):
    path.parent.mkdir(parents=True, exist_ok=True)
    draw = np.random.default_rng(seed)
    Image.fromarray(draw.integers(60, 200, (height, width), dtype="uint8")).save(path)
    return path


def names(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.*"))


def upscale(*arguments):
    return main(["upscale", *map(str, arguments)])


def test_a_folder_keeps_its_structure_and_says_what_was_done(tmp_path, capsys):
    for name in ("a/scan.png", "b/scan.png", "b/deep/one.png"):
        picture(tmp_path / "in" / name)
    (tmp_path / "in" / "notes.txt").write_text("no scan")
    (tmp_path / "in" / "DICOMDIR").write_bytes(b"\0" * 128 + b"DICM")
    assert upscale(tmp_path / "in", "--out", tmp_path / "out") == 0
    assert names(tmp_path / "out") == ["a/scan_x3.png", "b/deep/one_x3.png", "b/scan_x3.png"]
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 3 and all("12x9, 8 bit" in line for line in said)
    assert Image.open(tmp_path / "out" / "a" / "scan_x3.png").size == (36, 27)


def test_files_of_one_name_are_kept_apart(tmp_path):
    one, other = picture(tmp_path / "a" / "scan.png"), picture(tmp_path / "b" / "scan.png")
    np.save(tmp_path / "a" / "scan.npy", np.zeros((3, 3), np.uint8))
    assert upscale(one, other, "--out", tmp_path / "out") == 0
    assert names(tmp_path / "out") == ["a/scan_x3.png", "b/scan_x3.png"]


def test_what_is_there_is_left_and_made_anew_on_demand(tmp_path, capsys):
    file, result = picture(tmp_path / "scan.png"), tmp_path / "out" / "scan_x3.png"
    result.parent.mkdir()
    result.write_bytes(b"older")
    assert upscale(file, "--out", tmp_path / "out") == 0
    assert result.read_bytes() == b"older" and "there already" in capsys.readouterr().out
    assert upscale(file, "--out", tmp_path / "out", "--overwrite") == 0
    assert Image.open(result).size == (36, 27)


def test_an_input_is_never_overwritten(tmp_path, capsys):
    one, other = picture(tmp_path / "scan.png"), picture(tmp_path / "scan_x3.png", seed=2)
    before = other.read_bytes()
    assert upscale(one, other, "--out", tmp_path, "--overwrite") == 1
    assert other.read_bytes() == before
    assert "is an input as well" in capsys.readouterr().err
    assert (tmp_path / "scan_x3_x3.png").exists()


def test_a_folder_enlarged_into_itself_does_not_enlarge_its_results(tmp_path):
    picture(tmp_path / "scan.png")
    assert upscale(tmp_path, "--out", tmp_path) == 0
    assert upscale(tmp_path, "--out", tmp_path) == 0
    assert names(tmp_path) == ["scan.png", "scan_x3.png"]


def test_a_bad_file_is_one_line_and_the_rest_is_done(tmp_path, capsys):
    good = picture(tmp_path / "good.png")
    (tmp_path / "bad.png").write_bytes(b"no picture")
    missing = tmp_path / "missing.png"
    assert upscale(tmp_path / "bad.png", missing, good, "--out", tmp_path / "out") == 1
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 2 and "bad.png" in said[0] and "missing.png" in said[1]
    assert names(tmp_path / "out") == ["good_x3.png"]


@pytest.mark.skipif(os.name == "nt", reason="no pipes, and links need rights")
def test_what_cannot_be_opened_in_a_folder_is_one_line_and_the_rest_is_done(tmp_path, capsys):
    folder = tmp_path / "in"
    picture(folder / "scan.png")
    picture(folder / "ünï cödé" / " ß ü.png")
    (folder / "gone.png").symlink_to("nowhere")
    (folder / "ünï cödé" / "loop").symlink_to("..")
    os.mkfifo(folder / "pipe.png")
    assert upscale(folder, "--out", tmp_path / "out") == 1
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 2 and "gone.png: is not there" in said[0]
    assert "pipe.png: is neither a file nor a folder" in said[1]
    assert names(tmp_path / "out") == ["scan_x3.png", "ünï cödé/ ß ü_x3.png"]


def test_results_stay_below_out_however_inputs_are_named(tmp_path):
    file = picture(tmp_path / "in" / "scan.png")
    (tmp_path / "in" / "sub").mkdir()
    again = tmp_path / "in" / "sub" / ".." / "scan.png"
    other = picture(tmp_path / "in" / "sub" / "scan.png", seed=2)
    assert upscale(file, again, tmp_path / "in" / "sub" / ".." / "sub" / "scan.png", other,
                   "--out", tmp_path / "out") == 0  # fmt: skip
    assert names(tmp_path / "in") == ["scan.png", "sub/scan.png"]
    assert names(tmp_path / "out") == ["scan_x3.png", "sub/scan_x3.png"]


def test_scans_are_done_though_nobody_reads_what_is_said(tmp_path, monkeypatch):
    file, reading, writing = picture(tmp_path / "scan.png"), *os.pipe()
    os.close(reading)
    with open(writing, "w") as broken:
        monkeypatch.setattr(sys, "stdout", broken)
        assert upscale(file, "--out", tmp_path / "out") == 0
    assert names(tmp_path / "out") == ["scan_x3.png"]


CLOSED = """
import os
for number in {closed}:
    os.close(number)
import sys
if 2 in {closed}:
    sys.stderr = None
from medsr_nb.upscaling import stopping
stopping.open_streams()
assert sys.stderr is not None and sys.stdout is not None
os._exit(os.open(os.devnull, os.O_RDONLY))
"""


@pytest.mark.skipif(os.name == "nt", reason="streams are handed on differently")
@pytest.mark.parametrize("closed", [(2,), (0, 1, 2)])
def test_no_file_gets_the_number_of_a_closed_stream(closed):
    done = subprocess.run(
        [sys.executable, "-c", CLOSED.format(closed=closed)],
        env={**os.environ, "PYTHONPATH": str(Path(stopping.__file__).parents[2])},
    )
    assert 2 < done.returncode < 20


def test_an_out_that_cannot_be_made_and_a_folder_without_scans_are_named(tmp_path, capsys):
    file = picture(tmp_path / "scan.png")
    assert upscale(file, "--out", file) == 1
    assert "cannot make the folder" in capsys.readouterr().err
    (tmp_path / "empty").mkdir()
    assert upscale(tmp_path / "empty", "--out", tmp_path) == 2
    assert "holds no scan" in capsys.readouterr().err


def test_a_window_makes_a_picture(tmp_path):
    file = tmp_path / "deep.tif"
    tifffile.imwrite(file, np.random.default_rng(0).integers(0, 4000, (9, 9)).astype("i2"))
    assert upscale(file, "--out", tmp_path / "out", "--window", "2000", "400") == 0
    levels = np.asarray(Image.open(tmp_path / "out" / "deep_x3.png"))
    assert levels.dtype == np.uint8 and levels.min() == 0 and levels.max() == 255


@pytest.fixture
def calibrated(tmp_path, monkeypatch):
    """A calibration that expects 2 grey levels, 4 where the guess is above 1, and reaches 9."""
    table = {"guess_edges": [1.0], "contrast_edges": [1.0], "rms": [[2.0, 2.0], [4.0, 4.0]]}
    table |= {"reach": [[9.0, 9.0], [9.0, 9.0]]}
    seven = table | {"rms": [[7.0, 7.0], [7.0, 7.0]]}
    kinds = {"": table, "MRI": seven, "X-ray": table}
    two = kinds | {"MRI": table}
    reductions = {"bicubic": kinds, "k-space": two, "unknown": {"": seven, "MRI": table}}
    networks = dict.fromkeys(guess.NAMES, reductions)
    (tmp_path / "calibration.json").write_text(json.dumps({"networks": networks}))
    monkeypatch.setattr(guess, "results_dir", lambda: tmp_path)
    guess.calibrations.cache_clear()
    yield
    guess.calibrations.cache_clear()


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


STOPPED = """
import sys, time
from pathlib import Path
from medsr_nb.upscaling import stopping
path = Path(sys.argv[1])
with stopping.at_once(), stopping.writing(path):
    stopping.part_of(path).write_bytes(b"half")
    print("begun", flush=True)
    try:
        time.sleep(60)
    except BaseException:  # as libraries do
        time.sleep(60)
"""


@contextlib.contextmanager
def begun(path):
    """A process that runs STOPPED on a file, and has begun."""
    with subprocess.Popen(
        [sys.executable, "-c", STOPPED, str(path)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(Path(stopping.__file__).parents[2])},
    ) as process:  # fmt: skip
        assert process.stdout.readline() == "begun\n"
        yield process


@pytest.mark.skipif(os.name == "nt", reason="signals cannot be waited for")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_and_half_a_file_goes(tmp_path, number):
    with begun(tmp_path / "scan_x3.png") as process:
        process.send_signal(number)
        assert process.wait(timeout=30) == 128 + number
        assert "goes on with what is missing" in process.stderr.read()
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(os.name == "nt", reason="signals cannot be waited for")
def test_a_signal_ends_it_where_nobody_reads_what_it_says(tmp_path):
    with begun(tmp_path / "scan_x3.png") as process:
        process.stderr.close()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 128 + signal.SIGTERM
    assert not list(tmp_path.iterdir())


def test_signals_are_as_before_afterwards():
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    with stopping.at_once():
        time.sleep(0.01)
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == before


def test_a_page_shows_all_scans_and_is_not_written_over(tmp_path, capsys, calibrated):
    first, second = picture(tmp_path / "one.png"), picture(tmp_path / "two.png")
    page, out = tmp_path / "page.html", tmp_path / "out"
    assert upscale(first, second, "--out", out, "--page", page) == 0
    text = page.read_text()
    assert "one.png" in text and "two.png" in text
    assert sorted(file.name for file in out.iterdir()) == ["one_x3.png", "two_x3.png"]
    assert upscale(first, "--out", out, "--page", page) == 2
    assert "is there already" in capsys.readouterr().err
    assert page.read_text() == text
    assert upscale(first, "--out", out, "--page", page, "--overwrite") == 0
    assert "two.png" not in page.read_text()
    assert upscale(first, "--out", tmp_path / "new", "--page", tmp_path / "none" / "a.html") == 2
    assert "there is no folder" in capsys.readouterr().err and not (tmp_path / "new").exists()
    assert upscale(first, "--out", out, "--page", first, "--overwrite") == 2
    assert "is an input" in capsys.readouterr().err
