"""What an earlier run wrote: recognised by what it holds, never replaced or enlarged by mistake."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image
from scan_files import dicom, head
from upscale_command import names, picture, series, upscale

from medsr_nb.folders import results

pytestmark = pytest.mark.usefixtures("bicubic_alone")


def pair(folder, stem):
    import nibabel

    image = nibabel.Nifti1Pair(np.full((8, 9, 3), 7, np.int16), np.eye(4))
    nibabel.save(image, folder / f"{stem}.hdr")


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("option", ["--overwrite", "--guess"])
def test_an_original_with_the_name_of_a_result_is_a_scan(option, tmp_path, capsys, calibrated):
    folder, made = tmp_path / "in", {"a_guess_x3.png", "scan_x3_x3.png"}
    picture(folder / "scan.png", 24, 30)
    for name in ("scan_x3.png", "a.png", "a_guess.png"):
        picture(folder / name, 9, 12)
    before = contents(folder)
    for _ in range(2):
        assert upscale(folder, "--out", folder, option) == 1
        said = [line for line in capsys.readouterr().err.splitlines() if "left out" not in line]
        assert len(said) == 1 + (option == "--guess")
        assert any("scan.png: " in line and "scan_x3.png is an input as well" in line
                   for line in said)  # fmt: skip
    assert before.items() <= contents(folder).items()
    made |= {"scan_x3.png"} | ({"a_x3.png"} if option == "--overwrite" else set())
    assert {path.name for path in folder.glob("*_x3.png")} == made


@pytest.mark.parametrize("ending", [".png", ".jpg", ".tif", ".dcm", ".nii"])
def test_what_is_no_result_is_not_replaced(ending, tmp_path, capsys):
    """A file of another size, and in DICOM one made from another image."""
    source, there = tmp_path / f"scan{ending}", tmp_path / "out" / f"scan_x3{ending}"
    there.parent.mkdir()
    if ending == ".dcm":
        dicom(source, head())
        dicom(there, np.tile(head(), (3, 3)))
    elif ending == ".nii":
        import nibabel

        for path, size in ((source, 8), (there, 10)):
            nibabel.save(nibabel.Nifti1Image(np.ones((size, 9, 3), np.int16), np.eye(4)), path)
    else:
        for path, sides in ((source, (8, 9)), (there, (30, 27))):
            tifffile.imwrite(path, head(*sides)) if ending == ".tif" else picture(path, *sides)
    before = there.read_bytes()
    for more in ([], ["--overwrite"]):
        assert upscale(source, "--out", there.parent, *more) == 1
        said = capsys.readouterr().err
        assert "is there and was not made from it; move it away, or name another --out" in said
    assert there.read_bytes() == before
    there.unlink()
    for more in ([], [], ["--overwrite"]):
        assert upscale(source, "--out", there.parent, *more) == 0
    assert results.head(there).sides != results.head(source).sides


def test_a_series_with_the_name_of_a_result_is_a_scan(tmp_path, capsys):
    series(tmp_path / "head"), series(tmp_path / "head_x3", uid="4.5")
    before = contents(tmp_path)
    assert upscale(tmp_path, "--out", tmp_path, "--overwrite") == 1
    assert "head_x3 is an input as well, or holds one" in capsys.readouterr().err
    assert before.items() <= contents(tmp_path).items()
    assert names(tmp_path / "head_x3_x3") == ["s0.dcm", "s1.dcm", "s2.dcm"]
    out = tmp_path / "out"
    shutil.copytree(tmp_path / "head_x3", out / "head_x3")
    assert upscale(tmp_path / "head", "--out", out, "--overwrite") == 1
    assert "head_x3 is there and was not made from it" in capsys.readouterr().err


@pytest.mark.parametrize("options", [[], ["--format", "tiff"], ["--format", "png", "--guess"]])
def test_results_anywhere_in_a_folder_are_left_out_and_counted(
    options, tmp_path, capsys, calibrated
):
    """Unless they are named; and what only bears such a name is a scan."""
    folder = tmp_path / "in"
    picture(folder / "a" / "scan.png"), series(folder / "head")
    assert upscale(folder, "--out", folder / "a" / "res", *options) == 0
    picture(folder / "mine_x3.png"), picture(folder / "scan_x3.png", 10, 10)
    made = [path for path in (folder / "a" / "res").rglob("scan_*")]
    capsys.readouterr()
    assert upscale(folder, "--out", tmp_path / "out") == 0
    kept = ["a/scan_x3.png", *(f"head_x3/s{k}.dcm" for k in range(3))]
    assert names(tmp_path / "out") == [*kept, "mine_x3_x3.png", "scan_x3_x3.png"]
    assert "of an earlier run" in capsys.readouterr().err
    assert upscale(folder, *made, "--out", tmp_path / "named") == 0
    assert len(list((tmp_path / "named").rglob("scan_*_x3.*"))) == len(made) + 1


@pytest.mark.parametrize("options", [[], ["--format", "tiff"], ["--format", "png", "--guess"]])
@pytest.mark.parametrize("place", [".", "out", "../out"])
def test_all_files_of_a_folder_named_again_are_enlarged_once(
    place, options, tmp_path, monkeypatch, capsys, calibrated
):
    """As the shell does for ``*``, where results of earlier runs lie among the scans."""
    folder = tmp_path / "in"
    picture(folder / "a.png"), picture(folder / "a.jpg"), series(folder / "head")
    dicom(folder / "t.dcm", head()), pair(folder, "p"), picture(folder / "mine_x3.png")
    monkeypatch.chdir(folder)
    asked = ["--out", place, *options]
    assert upscale(*sorted(os.listdir()), *asked) == 0
    before = contents(tmp_path)
    for _ in range(2):
        capsys.readouterr()
        more = [] if place == "." else sorted(str(file) for file in Path(place).iterdir())
        assert upscale(*sorted(os.listdir()), *more, *asked) == 0
        said = capsys.readouterr()
        assert " -> " not in said.out and "of an earlier run" in said.err
        assert contents(tmp_path) == before


def test_a_result_that_is_named_without_its_scan_is_enlarged(tmp_path):
    scan, out = picture(tmp_path / "in" / "a.png"), tmp_path / "out"
    assert upscale(scan, "--out", tmp_path / "in") == 0
    assert upscale(tmp_path / "in" / "a_x3.png", "--out", out) == 0
    assert names(out) == ["a_x3_x3.png"]
    assert upscale(tmp_path / "in", tmp_path / "in" / "a_x3.png", "--out", tmp_path / "both") == 0
    assert names(tmp_path / "both" / "in") == ["a_x3.png", "a_x3_x3.png"]


@pytest.mark.parametrize("name", ["I0001.img", "I0001.HDR"])
def test_a_dicom_with_the_name_of_half_a_pair_is_done_once(name, tmp_path, capsys):
    dicom(tmp_path / name, head())
    assert upscale(tmp_path, "--out", tmp_path / "out") == 0
    before = contents(tmp_path / "out")
    assert upscale(tmp_path, "--out", tmp_path / "out") == 0
    assert "is there already" in capsys.readouterr().out and contents(tmp_path / "out") == before


def test_a_scan_beside_the_slices_of_a_result_is_enlarged(tmp_path):
    series(tmp_path / "head")
    assert upscale(tmp_path, "--out", tmp_path) == 0
    picture(tmp_path / "head_x3" / "mine.png")
    assert upscale(tmp_path, "--out", tmp_path) == 1  # the series' place holds an input
    assert (tmp_path / "head_x3" / "mine_x3.png").exists()


def test_results_are_recognised_before_names_are_told_apart(tmp_path, capsys):
    """An original called scan_x3.jpg, and again results with the stems of others."""
    picture(tmp_path / "scan.png"), picture(tmp_path / "scan_x3.jpg", 10, 10)
    made = ["scan.png", "scan_x3.jpg", "scan_x3.png", "scan_x3_x3.jpg"]
    for _ in range(3):
        assert upscale(tmp_path, "--out", tmp_path) == 0
        assert names(tmp_path) == made
    assert "->" not in capsys.readouterr().out.splitlines()[-1]


@pytest.mark.parametrize("options", [[], ["--format", "png"], ["--guess"]])
@pytest.mark.parametrize("first", ["a.png", "a.tif"])
def test_names_stay_where_files_come_and_go(options, first, tmp_path, capsys, calibrated):
    picture(tmp_path / first, 9, 12)
    assert upscale(tmp_path, "--out", tmp_path, *options) == 0
    before = contents(tmp_path)
    for number, name in enumerate(("a.jpg", "a.bmp", "a.png.png")):
        picture(tmp_path / name, 10 + number, 12)
        capsys.readouterr()
        assert upscale(tmp_path, "--out", tmp_path, *options) == 0
        said = capsys.readouterr().out.splitlines()
        assert [line.split(" -> ")[0] for line in said if " -> " in line] == [str(tmp_path / name)]
        assert len(said) == 2 + number and before.items() <= contents(tmp_path).items()


def test_a_name_stays_where_the_scan_that_it_told_apart_is_gone(tmp_path, capsys):
    one, other = picture(tmp_path / "in" / "a.png"), picture(tmp_path / "in" / "a.jpg")
    assert upscale(one.parent, "--out", tmp_path / "out") == 0
    other.unlink()
    assert upscale(one.parent, "--out", tmp_path / "out") == 0
    assert "a.png_x3.png is there already" in capsys.readouterr().out


def test_a_result_that_may_be_of_two_is_taken_for_neither(tmp_path):
    picture(tmp_path / "a.tif")
    asked = ["--out", tmp_path / "out", "--format", "png"]
    assert upscale(tmp_path, *asked) == 0
    picture(tmp_path / "a.jpg")
    for _ in range(2):
        assert upscale(tmp_path, *asked) == 0
        assert names(tmp_path / "out") == ["a.jpg_x3.png", "a.tif_x3.png", "a_x3.png"]


def test_a_second_series_moves_no_result(tmp_path, capsys):
    folder, out = tmp_path / "top", tmp_path / "out"
    series(folder), picture(folder / "scan.png")
    assert upscale(folder, "--out", out) == 0
    before = contents(out)
    series(folder, uid="4.5", letter="b")
    series(folder / "top", uid="7.8", letter="c")
    capsys.readouterr()
    assert upscale(folder, "--out", out) == 0
    said = capsys.readouterr().out
    assert said.count(" -> ") == 2 and before.items() <= contents(out).items()
    assert upscale(folder, "--out", out) == 0
    assert " -> " not in capsys.readouterr().out
    places = {path.parent.relative_to(out).as_posix() for path in contents(out)}
    assert places == {".", "top_x3", "top_1_x3", "top_2_x3"}


def test_two_series_of_one_folder_keep_their_numbers(tmp_path, capsys):
    folder, out = tmp_path / "top", tmp_path / "out"
    series(folder), series(folder, uid="4.5", letter="b")
    assert upscale(folder, "--out", out) == 0
    assert names(out / "top_2_x3") == ["s0.dcm", "s1.dcm", "s2.dcm"]
    for file in folder.glob("b*.dcm"):
        file.unlink()
    capsys.readouterr()
    assert upscale(folder, "--out", out) == 0
    assert " -> " not in capsys.readouterr().out


def test_a_scan_named_twice_is_done_once(tmp_path, capsys):
    file = picture(tmp_path / "in" / "scan.png")
    assert upscale(file.parent, file, "--out", tmp_path / "out") == 0
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_a_result_larger_than_pillow_opens_is_recognised(tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 400)
    file = picture(tmp_path / "scan.png")
    assert results.fits(results.head(picture(tmp_path / "x3.png", 27, 36)), results.head(file))
    assert Image.MAX_IMAGE_PIXELS == 400


@pytest.mark.parametrize("large, small, fit", [
    ((27, 36), (9, 12), True), ((36, 27), (9, 12), True), ((27, 27), (9, 12), False),
    ((27, 36), (12, 9, 5), True), ((36, 27, 5), (12, 9, 5), True), ((36, 27, 15), (12, 9, 5), True),
    ((36, 9, 5), (12, 9, 5), False), ((36, 27, 6), (12, 9, 5), False), ((), (), False),
    ((), (9, 12), False), ((27, 36), (), False),
])  # fmt: skip
def test_which_sides_fit(large, small, fit):
    assert results.fits(results.Head(large), results.Head(small)) == fit
