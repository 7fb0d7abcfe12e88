"""Which results a command writes, and what it must not take for its own or write over."""

import numpy as np
import pytest
from PIL import Image
from scan_files import dicom, head
from upscale_command import names, picture, series, upscale

from medsr_nb.folders import jobs
from medsr_nb.machine import UserError
from medsr_nb.scans import scan

pytestmark = pytest.mark.usefixtures("bicubic_alone")


def test_a_folder_that_holds_an_input_or_other_files_is_not_replaced(tmp_path, capsys):
    study, out = series(tmp_path / "head"), tmp_path / "out"
    inner = picture(out / "head_x3" / "mine.png")
    assert upscale(study, inner, "--out", out, "--overwrite") == 1
    assert "is an input as well, or holds one" in capsys.readouterr().err and inner.exists()
    assert upscale(study, "--out", out, "--overwrite") == 1
    assert "holds mine.png, which is no part of this result" in capsys.readouterr().err
    inner.unlink()
    assert upscale(study, "--out", out) == 0
    assert upscale(study, "--out", out, "--overwrite") == 0  # its own result is replaced
    assert names(out / "head_x3") == ["s0.dcm", "s1.dcm", "s2.dcm"]


def test_pictures_of_a_series_do_not_stand_for_the_series(tmp_path, capsys):
    study, out = series(tmp_path / "head"), tmp_path / "out"
    assert upscale(study, "--out", out, "--format", "png") == 0
    assert upscale(study, "--out", out, "--format", "png") == 0
    assert "is there already" in capsys.readouterr().out
    assert upscale(study, "--out", out) == 1  # not "there already"
    assert "holds 0001.png" in capsys.readouterr().err


def test_slices_of_one_series_that_are_named_are_one_series(tmp_path):
    study, out = series(tmp_path / "head"), tmp_path / "out"
    other = picture(study / "other.png")
    side = study / "side.dcm"  # of the same series, as an X-ray from the side
    dicom(side, head()[:6], SeriesInstanceUID="1.2.3")
    slices = [study / f"s{k}.dcm" for k in range(3)]
    found = [one.source for one in jobs.jobs([slices[0], other, side, *slices[1:]], out)]
    assert found == [tuple(slices), other, side]
    some = [slices[0], slices[1]]  # not the volume: each by itself
    assert [one.source for one in jobs.jobs(some, out)] == some


@pytest.mark.parametrize("tags", [
    [{"SeriesInstanceUID": None}] * 2,
    [{"SeriesInstanceUID": ""}] * 2,
    [{"SeriesInstanceUID": "1.2.3", "PatientID": one} for one in ("A", "B")],
])  # fmt: skip
def test_pictures_of_several_patients_are_no_series(tmp_path, tags):
    """Nor those that name none: each has a result of its own."""
    import pydicom

    files = [tmp_path / "in" / f"{k}.dcm" for k in range(len(tags))]
    files[0].parent.mkdir()
    for file, own in zip(files, tags, strict=True):
        dicom(file, head(), **own)
    with pytest.raises(UserError, match="holds 2 DICOM series"):
        scan.read(tmp_path / "in")
    with pytest.raises(UserError, match="more than one DICOM series"):
        scan.read(files)
    assert upscale(tmp_path / "in", "--out", tmp_path / "out") == 0
    made = [pydicom.dcmread(tmp_path / "out" / f"{k}_x3.dcm") for k in range(len(tags))]
    assert len({one.SeriesInstanceUID for one in made}) == 2


def test_a_result_of_other_slices_does_not_stand_for_a_series(tmp_path, capsys):
    study, out = series(tmp_path / "head"), tmp_path / "out"
    for k in range(2):
        dicom(study / f"b{k}.dcm", head(), SeriesInstanceUID="4.5.6",
              ImagePositionPatient=[0.0, 0.0, 2.0 * k])  # fmt: skip
    assert upscale(*study.glob("s*.dcm"), "--out", out) == 0
    (out / "head_x3" / ".DS_Store").write_text("")  # no file of anybody's
    assert upscale(*study.glob("s*.dcm"), "--out", out, "--overwrite") == 0
    assert upscale(*study.glob("b*.dcm"), "--out", out) == 1
    assert "holds s0.dcm, which is no part of this result" in capsys.readouterr().err
    (out / "head_x3" / "s2.dcm").unlink()
    assert upscale(*study.glob("s*.dcm"), "--out", out) == 1
    assert "holds a result of fewer slices; give --overwrite" in capsys.readouterr().err


def test_the_last_number_of_a_name_is_no_suffix(tmp_path, capsys):
    """And what was made of such a file is no input of the next run."""
    for name in ("1.2.840.5.6", "1.2.840.5.7", "scan.1"):
        dicom(tmp_path / name, head())
    written = ["1.2.840.5.6_guess", "1.2.840.5.6_x3", "1.2.840.5.7_guess", "1.2.840.5.7_x3"]
    before = names(tmp_path)
    for _ in range(2):
        assert upscale(tmp_path, "--out", tmp_path, "--guess") == 0
        made = {name for name in names(tmp_path) if not name.endswith(("_error", "_range"))}
        assert made == {*before, *written, "scan.1_x3", "scan.1_guess"}
    assert capsys.readouterr().out.count("is there already") == 3
    assert upscale(tmp_path / "scan.1", "--out", tmp_path / "out", "--format", "png") == 0
    assert names(tmp_path / "out") == ["scan.1_x3.png"]
    Image.new("L", (12, 9), 7).save(tmp_path / "photo.2", "PNG")
    assert upscale(tmp_path / "photo.2", "--out", tmp_path) == 0
    assert Image.open(tmp_path / "photo.2_x3").size == (36, 27)


def pair(folder, stem):
    import nibabel

    folder.mkdir(exist_ok=True)
    image = nibabel.Nifti1Pair(np.full((8, 9, 3), 7, np.int16), np.eye(4))
    nibabel.save(image, folder / f"{stem}.hdr")
    return folder / f"{stem}.hdr"


def test_both_files_of_a_pair_are_guarded(tmp_path, capsys):
    source, out = pair(tmp_path / "in", "q"), tmp_path / "out"
    out.mkdir()
    (out / "q_x3.img").write_bytes(b"precious")
    assert upscale(source, "--out", out) == 1
    assert "q_x3.img is there without q_x3.hdr; remove it" in capsys.readouterr().err
    assert upscale(source, "--out", out, "--overwrite") == 1
    assert (out / "q_x3.img").read_bytes() == b"precious"
    (out / "q_x3.img").unlink()
    assert upscale(source, "--out", out) == 0
    assert upscale(source, "--out", out, "--overwrite") == 0  # its own result is replaced
    assert names(out) == ["q_x3.hdr", "q_x3.img"]

    other = pair(tmp_path / "in", "q_x3")
    before = other.with_suffix(".img").read_bytes()
    named = (source, other.with_suffix(".img"), "--out", tmp_path / "in", "--overwrite")
    assert upscale(*named) == 1
    assert other.with_suffix(".img").read_bytes() == before
    assert [one.name for one in map(jobs.Path, names(tmp_path / "in"))].count("q_x3_x3.img") == 1


def test_a_pair_is_one_scan_packed_or_named_twice(tmp_path):
    for name in ("p.hdr.gz", "p.img.gz", "q.hdr", "q.img", "alone.img"):
        (tmp_path / name).write_bytes(b"")
    found = [one.source.name for one in jobs.jobs([tmp_path], tmp_path / "out")]
    assert found == ["alone.img", "p.hdr.gz", "q.hdr"]
    named = jobs.jobs([tmp_path / "q.img", tmp_path / "q.hdr"], tmp_path / "out")
    assert [one.source.name for one in named] == ["q.hdr"]
    [one] = jobs.jobs([tmp_path / "q.img"], tmp_path / "out")
    assert one.source.name == "q.hdr"


def test_no_two_results_have_one_name(tmp_path):
    for name in ("a.png", "a.jpg", "a.png.png", "A.PNG.tif"):
        (tmp_path / name).write_bytes(b"")
    found = [one.target("_x3").name.lower() for one in jobs.jobs([tmp_path], tmp_path / "out")]
    assert len(set(found)) == 4, found


def test_a_folder_without_scans_is_one_line_and_the_rest_is_done(tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    good = picture(tmp_path / "good.png")
    assert upscale(tmp_path / "empty", good, "--out", tmp_path / "out") == 1
    [said] = capsys.readouterr().err.splitlines()
    assert "empty: holds no scan" in said and names(tmp_path / "out") == ["good_x3.png"]


def test_a_page_does_not_take_the_place_of_a_result(tmp_path, capsys):
    file, out = picture(tmp_path / "page.png"), tmp_path / "out"
    out.mkdir()
    assert upscale(file, "--out", out, "--page", out / "page_x3.png") == 2
    assert "may be a result as well" in capsys.readouterr().err and names(out) == []


def test_a_long_name_is_written_as_long_as_the_disk_takes_it(tmp_path, capsys):
    file = picture(tmp_path / f"{'n' * 245}.png")
    assert upscale(file, "--out", tmp_path / "out") == 0
    assert Image.open(tmp_path / "out" / f"{'n' * 245}_x3.png").size == (36, 27)
    file = picture(tmp_path / f"{'n' * 250}.png")
    assert upscale(file, "--out", tmp_path / "out") == 1
    assert "shorter name" in capsys.readouterr().err


def test_planes_that_cannot_be_made_between_are_told(tmp_path, capsys):
    assert upscale(picture(tmp_path / "a.png"), "--through-plane", "--out", tmp_path / "out") == 0
    assert "--through-plane left out" in capsys.readouterr().out


def test_a_name_that_begins_as_a_home_folder_does_is_taken_as_it_is(tmp_path, monkeypatch, capsys):
    """As the backups of some editors do; what is not there fails by itself."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("~a.png", "~$scan.png", "z.png", "home/b.png"):
        picture(tmp_path / name)
    asked = ("~a.png", "~$scan.png", "z.png", "~nobody.png", "~/b.png")
    assert upscale(*asked, "--out", "out") == 1
    [line] = capsys.readouterr().err.splitlines()
    assert "~nobody.png: is not there" in line
    assert names(tmp_path / "out") == ["b_x3.png", "z_x3.png", "~$scan_x3.png", "~a_x3.png"]
