"""What a folder holds: scans of all kinds, what may not be read, and what is left out."""

import os
import shutil
import tempfile
from pathlib import Path

import numpy as np
import pydicom
import pytest
from PIL import Image, PngImagePlugin
from scan_files import dicom, head
from upscale_command import names, picture, series, upscale

from medsr_nb.folders import jobs
from medsr_nb.scans import finding

pytestmark = pytest.mark.usefixtures("bicubic_alone")


def test_a_series_in_two_folders_is_told_in_both_lines(tmp_path, capsys):
    """Each folder has an intensity map of its own, so the two cannot be laid together."""
    series(tmp_path / "in" / "a", count=2)
    series(tmp_path / "in" / "b", count=3)
    series(tmp_path / "in" / "c", count=2, uid="4.5")
    picture(tmp_path / "in" / "d" / "scan.png")
    dicom(tmp_path / "in" / "d" / "one.dcm", head(24, 15), SeriesInstanceUID="1.2.3")
    assert upscale(tmp_path / "in", "--out", tmp_path / "out") == 0
    told = {
        line.split(" ->")[0].rsplit("/")[-1]: line for line in capsys.readouterr().out.splitlines()
    }
    for one, other in ("ab", "ba"):
        where = tmp_path / "in" / other
        assert f"more of its series is in {where}: each folder is enlarged by itself" in told[one]
    assert sum("more of its series" in line for line in told.values()) == 2


def test_a_slice_in_each_of_many_folders_is_told_with_their_number(tmp_path, capsys):
    for name in "abc":
        folder = series(tmp_path / "in" / name, count=1)
    assert upscale(tmp_path / "in", "--out", tmp_path / "out") == 0
    assert capsys.readouterr().out.count("more of its series is in 2 other folders") == 3
    assert upscale(folder, "--out", tmp_path / "other") == 0
    assert "more of its series" not in capsys.readouterr().out


@pytest.fixture
def reached():
    """A folder where permissions hold: root gives its own up for the time."""
    if os.name == "nt":
        pytest.skip("permissions are of another kind")
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o777)
    root = os.geteuid() == 0
    if root:
        picture(folder / "first.png")  # what the command imports late may be root's alone
        assert upscale(folder / "first.png", "--out", folder) == 0
        (folder / "first.png").unlink(), (folder / "first_x3.png").unlink()
        os.seteuid(65534)
    yield folder
    if root:
        os.seteuid(0)
    for parent, folders, _ in os.walk(folder):
        for one in folders:
            os.chmod(os.path.join(parent, one), 0o700)
    shutil.rmtree(folder)


@pytest.mark.parametrize("ending", ["", ".dcm", ".7"])
def test_a_slice_that_may_not_be_read_is_named_and_its_series_has_no_gap(ending, reached, capsys):
    folder, out = series(reached / "in"), reached / "out"
    for file in folder.iterdir():
        file.rename(file.with_suffix(ending))
    (folder / f"s1{ending}").chmod(0)
    assert upscale(folder, "--out", out) == 1
    said = capsys.readouterr()
    assert f"s1{ending}: may not be read; change its permissions" in said.err and not said.out
    (folder / f"s1{ending}").chmod(0o600)
    assert upscale(folder, "--out", out) == 0
    assert sorted(os.listdir(out / "in_x3")) == [f"s{k}{ending}" for k in range(3)]


def test_what_may_not_be_read_is_named_and_the_rest_is_done(reached, capsys):
    folder, out = reached / "in", reached / "out"
    series(folder)
    for name in ("closed/a.png", "listed/b.png", "listed/c", "open/d.png", "open/e"):
        picture((folder / name).with_suffix(".png")).rename(folder / name)
    for name, mode in (("closed", 0), ("listed", 0o444), ("open/d.png", 0), ("open/e", 0)):
        (folder / name).chmod(mode)
    assert upscale(folder, "--out", out) == 1
    said = capsys.readouterr()
    lines = said.err.splitlines()
    for name in ("closed", "listed/b.png", "listed/c", "open/d.png", "open/e"):
        assert f"medsr: {folder / name}: may not be read; change its permissions." in lines
    assert len(lines) == 5 and len(said.out.splitlines()) == 1 and (out / "in_x3").is_dir()
    for name in ("closed", "listed/b.png", "listed/c"):
        assert upscale(folder / name, "--out", out) == 1
        assert f"{folder / name}: may not be read" in capsys.readouterr().err


@pytest.mark.skipif(os.name == "nt", reason="links need rights")
def test_a_link_to_nothing_is_named(tmp_path, capsys):
    folder = series(tmp_path / "in")
    (folder / "s3").symlink_to("nowhere")
    assert upscale(folder, "--out", tmp_path / "out") == 1
    assert "s3: is not there" in capsys.readouterr().err


def test_all_kinds_that_are_read_are_taken_from_a_folder(tmp_path, capsys):
    """Pictures by their names, and by what they hold where there is no suffix."""
    levels = np.random.default_rng(0).integers(0, 255, (9, 12)).astype(np.uint8)
    grey, folder = Image.fromarray(levels), tmp_path / "in"
    folder.mkdir()
    for name in ("a.tga", "b.pbm", "c.pcx", "d.mpo", "e.dib", "f.jpe", "g.sgi", "h.jp2", "i.TIF"):
        grey.convert("1" if name == "b.pbm" else "L").save(folder / name)
    Image.fromarray(levels.astype(np.float32)).save(folder / "j.pfm")
    if ".avif" in Image.registered_extensions():
        grey.convert("RGB").save(folder / "k.avif")
    for name, kind in (("png", "PNG"), ("tiff", "TIFF")):
        grey.save(folder / name, kind)
    import nibabel

    nibabel.save(nibabel.Nifti1Image(levels, np.eye(4)), folder / "n.nii")
    (folder / "n.nii").rename(folder / "nifti")
    dicom(folder / "1.2.840.7", head())
    (folder / "notes").write_text("no scan"), (folder / "notes.TXT").write_text("no scan")
    (folder / "more.txt").write_text("no scan"), (folder / "DICOMDIR").write_text("")
    assert upscale(folder, "--out", tmp_path / "out") == 0
    said = capsys.readouterr()
    assert len(said.out.splitlines()) == len(list(folder.iterdir())) - 4
    assert said.err == "medsr: left out: 3 files of other kinds (1 without a suffix, 2 .txt).\n"
    assert upscale(folder, "--out", tmp_path / "out") == 0
    assert " -> " not in capsys.readouterr().out


def test_what_belongs_to_a_volume_is_not_told_as_left_out(tmp_path):
    for name in ("p.hdr", "p.img", "p.mat", "q.mat"):
        (tmp_path / name).write_bytes(b"x")
    left = finding.Left()
    assert [one.source.name for one in jobs.jobs([tmp_path], tmp_path, left=left)] == ["p.hdr"]
    assert left.suffixes == {".mat": 1}


@pytest.mark.skipif(os.name == "nt", reason="links need rights")
def test_links_to_folders_outside_are_told_and_not_followed(tmp_path, capsys):
    folder, other = tmp_path / "in", tmp_path / "other"
    picture(folder / "sub" / "scan.png"), picture(other / "more.png")
    (folder / "linked").symlink_to(other)
    (folder / "sub" / "again").symlink_to(folder)
    (folder / "twice").symlink_to("sub")
    assert upscale(folder, "--out", tmp_path / "out") == 0
    said = capsys.readouterr().err
    assert said == (
        f"medsr: left out: what lies behind links to folders ({folder / 'linked'}): "
        "name them as well.\n"
    )
    assert upscale(folder, folder / "linked", "--out", tmp_path / "out") == 0
    assert "linked/more_x3.png" in names(tmp_path / "out") and not capsys.readouterr().err


@pytest.mark.parametrize("name, own", [
    ("BasicTextSRStorage", True), ("EncapsulatedPDFStorage", False),
    ("RTStructureSetStorage", False), ("GrayscaleSoftcopyPresentationStateStorage", False),
    ("KeyObjectSelectionDocumentStorage", False),
])  # fmt: skip
def test_reports_among_slices_are_left_out_and_counted(name, own, tmp_path, capsys):
    """Whether they are a series of their own or share that of the slices."""
    folder, out = series(tmp_path / "head"), tmp_path / "out"
    report = pydicom.dcmread(folder / "s0.dcm", stop_before_pixels=True)
    del report.Rows, report.Columns
    report.SOPClassUID = report.file_meta.MediaStorageSOPClassUID = getattr(pydicom.uid, name)
    report.SeriesInstanceUID = "1.2.4" if own else "1.2.3"
    report.save_as(folder / "report.dcm")
    assert upscale(folder, "--out", out) == 0
    said = capsys.readouterr()
    assert "left out: 1 file of other kinds (1 .dcm)" in said.err
    assert names(out) == [f"head_x3/s{k}.dcm" for k in range(3)]
    assert upscale(folder / "report.dcm", "--out", out) == 1
    assert "is a DICOM without a picture" in capsys.readouterr().err


def test_a_folder_of_reports_alone_holds_no_scan(tmp_path, capsys):
    (tmp_path / "in").mkdir()
    for name in ("rtplan", "rtstruct", "test-SR", "reportsi"):
        shutil.copy(pydicom.data.get_testdata_file(f"{name}.dcm", download=False), tmp_path / "in")
    assert upscale(tmp_path / "in", "--out", tmp_path / "out") == 2
    assert "holds no scan" in capsys.readouterr().err


def test_a_picture_that_pillow_will_not_even_open_fails_by_itself(tmp_path, capsys):
    """Its text unpacks to more than Pillow allows, which is no OSError; it has no suffix."""
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", "a" * 3_000_000, zip=True)
    picture(tmp_path / "in" / "good.png")
    Image.new("L", (9, 9)).save(tmp_path / "in" / "odd", format="PNG", pnginfo=text)
    assert upscale(tmp_path / "in", "--out", tmp_path / "out") == 1
    said = capsys.readouterr()
    assert "odd: cannot be decoded (Decompressed data too large" in said.err
    assert names(tmp_path / "out") == ["good_x3.png"]
