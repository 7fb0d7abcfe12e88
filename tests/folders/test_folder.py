"""The command: folders, names, what is there already, bad files, and the page of a run."""

import os
import re
import sys

import numpy as np
import pytest
import tifffile
from PIL import Image
from scan_files import dicom, head
from upscale_command import names, picture, upscale

from medsr_nb.upscaling import enlarging

pytestmark = pytest.mark.usefixtures("bicubic_alone")


def test_a_folder_keeps_its_structure_and_says_what_was_done(tmp_path, capsys):
    for name in ("a/scan.png", "b/scan.png", "b/deep/one.png"):
        picture(tmp_path / "in" / name)
    (tmp_path / "in" / "notes.txt").write_text("no scan")
    (tmp_path / "in" / "DICOMDIR").write_bytes(b"\0" * 128 + b"DICM")
    assert upscale(tmp_path / "in", "--out", tmp_path / "out") == 0
    assert names(tmp_path / "out") == ["a/scan_x3.png", "b/deep/one_x3.png", "b/scan_x3.png"]
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 3 and all("12x9 to 36x27, 8 bit" in line for line in said)
    assert Image.open(tmp_path / "out" / "a" / "scan_x3.png").size == (36, 27)


def test_who_watches_sees_how_many_of_how_many_and_the_time_left(tmp_path, monkeypatch, capsys):
    for number in range(3):
        picture(tmp_path / "in" / f"{number}.png")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    assert upscale(tmp_path / "in", "--out", tmp_path / "out") == 0
    shown = capsys.readouterr().err
    places = [shown.index(f"{number} of 3 |") for number in range(4)]
    assert places == sorted(places)
    assert re.search(r"3 of 3 \|.+\| \d\d:\d\d, 00:00 left", shown)


def test_files_of_one_name_are_kept_apart(tmp_path):
    one, other = picture(tmp_path / "a" / "scan.png"), picture(tmp_path / "b" / "scan.png")
    np.save(tmp_path / "a" / "scan.npy", np.zeros((3, 3), np.uint8))
    assert upscale(one, other, "--out", tmp_path / "out") == 0
    assert names(tmp_path / "out") == ["a/scan_x3.png", "b/scan_x3.png"]


def test_what_is_there_is_left_and_made_anew_on_demand(tmp_path, capsys):
    file, result = picture(tmp_path / "scan.png"), tmp_path / "out" / "scan_x3.png"
    picture(result, 27, 36)
    older = result.read_bytes()
    assert upscale(file, "--out", tmp_path / "out") == 0
    assert result.read_bytes() == older and "there already" in capsys.readouterr().out
    assert upscale(file, "--out", tmp_path / "out", "--overwrite") == 0
    assert result.read_bytes() != older and Image.open(result).size == (36, 27)


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


@pytest.mark.parametrize("told", [True, False])
def test_a_series_with_a_damaged_slice_is_made_once_the_slice_is_whole(told, tmp_path, capsys):
    """Whether the damaged file still says of which series it is, or not."""
    folder = tmp_path / "head"
    folder.mkdir()
    for k in range(3):
        dicom(folder / f"s{k}.dcm", head(), SeriesInstanceUID="1.2.3",
              ImagePositionPatient=[0.0, 0.0, float(k)])  # fmt: skip
    (folder / "notes.dcm").write_text("no DICOM at all")
    whole = (folder / "s1.dcm").read_bytes()
    (folder / "s1.dcm").write_bytes(whole[: whole.index(b"1.2.3") + 6 if told else 200])
    assert upscale(folder, "--out", tmp_path / "out") == 1
    said = capsys.readouterr().err
    assert "s1.dcm" in said and "notes.dcm" in said and names(tmp_path / "out") == []
    (folder / "s1.dcm").write_bytes(whole)
    (folder / "notes.dcm").unlink()
    assert upscale(folder, "--out", tmp_path / "out") == 0
    assert names(tmp_path / "out") == [f"head_x3/s{k}.dcm" for k in range(3)]


def test_what_is_guessed_is_a_picture_where_results_are(tmp_path, capsys, calibrated):
    dicom(tmp_path / "one.dcm", head())
    asked = ["--out", tmp_path / "out", "--guess", "--format", "png"]
    assert upscale(tmp_path / "one.dcm", *asked) == 0
    said = capsys.readouterr().out
    assert "error to expect: white is" in said and "series of its own" not in said
    with Image.open(tmp_path / "out" / "one_error.png") as picture:  # says it by itself, too
        [(name, scale)] = picture.text.items()
        error = np.asarray(picture)
    assert name == "Description" and scale in said and "error to expect: white is" in scale
    written = [path.read_bytes() for path in (tmp_path / "out").iterdir()]
    assert not any(datum in one for one in written for datum in (b"Doe", b"4711", b"1970"))
    assert error.dtype == np.uint8 and error.max() == 255 and error.min() > 0


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


@pytest.mark.skipif(os.name == "nt", reason="no such names")
def test_a_name_that_cannot_be_printed_is_one_line_nevertheless(tmp_path, capsys):
    for name in (b"a\nb.png", b"\xff.png", "ünï.png".encode()):
        picture(tmp_path / "in" / os.fsdecode(name))
    assert upscale(tmp_path / "in", "--out", tmp_path / "out") == 0
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 3 and sum("a?b_x3.png" in line for line in said) == 1
    assert any("ünï_x3.png" in line for line in said)


def test_a_window_that_shows_nothing_is_refused_before_the_work(tmp_path, capsys):
    file = picture(tmp_path / "scan.png")
    assert upscale(file, "--out", tmp_path / "out", "--window", "nan", "5") == 2
    assert "a centre and a width above 0" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


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


@pytest.mark.parametrize("words", [
    [""], ["scan.png", " "], ["scan.png", "--out", ""], ["scan.png", "--out="],
    ["scan.png", "--page", ""],
])  # fmt: skip
def test_an_empty_word_is_no_folder(words, tmp_path, capsys, monkeypatch):
    """As "$SCAN" is where nobody has set it."""
    monkeypatch.chdir(tmp_path)
    picture(tmp_path / "scan.png")
    with pytest.raises(SystemExit, match="2"):
        upscale(*words)
    assert "is empty: name something" in capsys.readouterr().err and names(tmp_path) == ["scan.png"]


def test_a_folder_that_cannot_be_made_is_told_before_the_work(tmp_path, capsys, monkeypatch):

    monkeypatch.setattr(enlarging, "enlarged_scan", None)
    (tmp_path / "file").touch()
    for out in ("file", "file/below"):
        assert upscale(picture(tmp_path / "scan.png"), "--out", tmp_path / out) == 1
        said = capsys.readouterr().err
        assert f"cannot make the folder {tmp_path / out} ({tmp_path / 'file'} is no folder)" in said
