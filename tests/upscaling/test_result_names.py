"""Under which names an enlargement is saved, and what can be enlarged."""

import os
from pathlib import Path

import nibabel
import numpy as np
import pytest
import tifffile
from PIL import Image
from scan_files import dicom, head
from upscale_command import series

from medsr_nb.machine import UserError
from medsr_nb.scans import scan
from medsr_nb.upscaling import enlarging

KINDS = {
    "scan.dcm": "b.dcm b.DICOM 1.2.840.113 plain",
    "scan.nii": "b.nii b.NII.gz",
    "scan.mgz": "b.mgz b.mgh",
    "scan.hdr": "b.hdr b.img.gz",
    "scan.tif": "b.tif b.tiff",
    "scan.png": "b.png b.apng",
    "scan.jpg": "b.jpg b.JPEG",
}


def scan_file(path):
    """A small scan of the kind that its name says."""
    levels = (head() % 256).astype(np.uint8)
    kinds = {".nii": nibabel.Nifti1Image, ".mgz": nibabel.MGHImage, ".hdr": nibabel.Nifti1Pair}
    if path.suffix == ".dcm":
        dicom(path, head())
    elif path.suffix in kinds:
        nibabel.save(kinds[path.suffix](head()[..., None], np.eye(4)), path)
    elif path.suffix == ".tif":
        tifffile.imwrite(path, head())
    else:
        Image.fromarray(levels).save(path)
    return path


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.usefixtures("bicubic_alone")
def test_results_are_saved_under_names_of_their_kind(kind, tmp_path):
    larger = enlarging.enlarge(scan_file(tmp_path / kind))
    for name in KINDS[kind].split():
        assert tmp_path / name in larger.save(tmp_path / name)
    before = sorted(tmp_path.iterdir())
    own = "x.nii.gz" if kind == "scan.nii" else f"x{kind[4:]}"
    for name in {"x.dcm", "x.nii.gz", "x.hdr", "x.mgz", "x.tif", "x.png", "x.jpg"} - {own}:
        with pytest.raises(
            UserError, match="saved as .*; medsr upscale --format makes other kinds"
        ):
            larger.save(tmp_path / name)
    assert sorted(tmp_path.iterdir()) == before
    [*written] = larger.save(str(tmp_path / "bare"))
    assert tmp_path / ("bare" if kind == "scan.dcm" else f"bare{kind[4:]}") in written
    assert not [path for path in tmp_path.iterdir() if path.name[0] == "."]


@pytest.mark.usefixtures("bicubic_alone")
def test_a_name_of_nothing_is_refused(tmp_path):
    larger = enlarging.enlarge(scan_file(tmp_path / "scan.png"))
    for name in ("", ".", "/"):
        with pytest.raises(UserError, match="names no file"):
            larger.save(name)


@pytest.mark.parametrize("source", [
    None, 3, [], b"p/1.png", {"a": 1}, [3], Image.new("L", (9, 9)),
    nibabel.Nifti1Image(head()[..., None], np.eye(4)),
])  # fmt: skip
def test_what_cannot_be_enlarged_is_told_with_what_can(source):
    with pytest.raises(TypeError, match="a file, a folder, .* is enlarged, not "):
        enlarging.enlarge(source)


@pytest.mark.parametrize("source", ["", " ", [""], ["a.dcm", ""]])
def test_an_empty_name_is_not_the_current_folder(source, tmp_path, monkeypatch):
    scan_file(tmp_path / "scan.dcm")
    monkeypatch.chdir(tmp_path)
    for read in (enlarging.enlarge, scan.read):
        with pytest.raises(UserError, match="a name is empty: name a file or a folder"):
            read(source)


@pytest.mark.usefixtures("bicubic_alone")
def test_what_is_enlarged_already_is_no_scan(tmp_path):
    larger = enlarging.enlarge(scan_file(tmp_path / "scan.png"))
    with pytest.raises(TypeError, match="is enlarged, not Enlarged"):
        enlarging.enlarge(larger)


@pytest.mark.usefixtures("bicubic_alone")
def test_a_file_may_be_named_as_a_folder_lists_it(tmp_path):
    scan_file(tmp_path / "scan.png")
    with os.scandir(tmp_path) as entries:
        assert enlarging.enlarge(next(entries)).planes.shape == (1, 36, 45)


@pytest.mark.parametrize("name, value", [
    ("sharpness", "0.5"), ("sharpness", [0.5]), ("noise", "0.5"), ("noise", None), ("noise", [0.5]),
])  # fmt: skip
def test_settings_that_are_no_numbers_are_refused(name, value):
    with pytest.raises(UserError, match=f"{name} is .*, not "):
        enlarging.enlarge(head().astype(np.uint8), **{name: value})


def refused(larger, path):
    """Checks that nothing is saved there, and the scan kept."""
    before = {file: Path(file).read_bytes() for file, _ in larger.scan.sources}
    with pytest.raises(UserError, match="is the scan itself, or holds it"):
        larger.save(path)
    assert {file: Path(file).read_bytes() for file, _ in larger.scan.sources} == before


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.usefixtures("bicubic_alone")
def test_a_scan_is_not_saved_over_itself(kind, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    larger = enlarging.enlarge(scan_file(Path(kind)))
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")  # names are told from elsewhere now
    refused(larger, tmp_path / kind)
    refused(larger, tmp_path / "other" / ".." / kind)
    if kind == "scan.hdr":
        refused(larger, tmp_path / "scan.img")
    if kind != "scan.dcm":  # without a suffix it gets the scan's
        refused(larger, tmp_path / "scan")
    (tmp_path / f"link{kind[4:]}").symlink_to(tmp_path / kind)
    refused(larger, tmp_path / f"link{kind[4:]}")
    assert larger.save(tmp_path / f"larger{kind[4:]}")
    assert larger.save(tmp_path / f"larger{kind[4:]}")  # an older result is replaced


@pytest.mark.usefixtures("bicubic_alone")
def test_a_scan_that_was_moved_is_not_replaced_and_what_came_in_its_place_may_be(tmp_path):
    scan_file(tmp_path / "a.png")
    larger = enlarging.enlarge(tmp_path / "a.png")
    (tmp_path / "a.png").rename(tmp_path / "moved.png")
    before = (tmp_path / "moved.png").read_bytes()
    with pytest.raises(UserError, match="is the scan itself"):
        larger.save(tmp_path / "moved.png")
    assert (tmp_path / "moved.png").read_bytes() == before
    (tmp_path / "moved.png").unlink()
    for _ in range(2):  # whatever number the system gives the result
        assert larger.save(tmp_path / "larger.png")


@pytest.mark.parametrize("named", ["the folder", "its files"])
@pytest.mark.usefixtures("bicubic_alone")
def test_a_series_is_not_saved_over_itself(named, tmp_path):
    folder = series(tmp_path / "head")
    larger = enlarging.enlarge(folder if named == "the folder" else sorted(folder.iterdir()))
    for path in (folder, folder / "s1.dcm", tmp_path):
        refused(larger, path)
    for _ in range(2):
        assert len(larger.save(folder / "larger")) == 3


@pytest.mark.usefixtures("bicubic_alone")
def test_pictures_of_a_scan_do_not_take_its_place(tmp_path):
    frames = np.stack([head()] * 2)
    dicom(tmp_path / "film", frames)
    larger = enlarging.enlarge(tmp_path / "film")
    with pytest.raises(UserError, match="film is the scan itself"):
        scan.pictures_of(larger.scan, larger.planes, None, tmp_path / "film.png")
    assert (tmp_path / "film").is_file()
