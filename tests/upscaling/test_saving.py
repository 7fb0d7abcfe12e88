"""Under which names an enlargement is saved, and what can be enlarged."""

import os

import nibabel
import numpy as np
import pytest
import tifffile
from PIL import Image
from scan_files import dicom, head

from medsr_nb.machine import UserError
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


@pytest.mark.parametrize("name", ["sharpness", "noise"])
@pytest.mark.parametrize("value", ["0.5", None, [0.5]])
def test_settings_that_are_no_numbers_are_refused(name, value):
    with pytest.raises(UserError, match=f"{name} is .*, not "):
        enlarging.enlarge(head().astype(np.uint8), **{name: value})
