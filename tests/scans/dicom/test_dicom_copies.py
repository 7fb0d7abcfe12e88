"""Copies of a DICOM file are one image; what only bears the identifiers of another is none."""

import shutil

import numpy as np
import pydicom
import pytest
from scan_files import CT, STORED, dicom, tripled
from upscale_command import names, series, upscale

from medsr_nb.machine import UserError
from medsr_nb.scans import scan
from medsr_nb.scans.dicom import slices

SHARED = "different images share one SOPInstanceUID: each is enlarged"


def changed(path, new, **tags):
    """A file with the identifiers of another, and these elements instead of its own."""
    data = pydicom.dcmread(path)
    for name, value in tags.items():
        setattr(data, name, value)
    data.save_as(new)


def test_a_processed_image_that_kept_its_identifier_is_no_copy(tmp_path, bicubic_alone, capsys):
    dicom(tmp_path / "orig.dcm", STORED, **CT)
    pixels = (STORED[::-1] // 2).tobytes()
    changed(tmp_path / "orig.dcm", tmp_path / "processed.dcm", PixelData=pixels)
    files = [tmp_path / "orig.dcm", tmp_path / "processed.dcm"]
    assert upscale(*files, "--out", tmp_path / "two") == 0
    said = capsys.readouterr().out
    assert SHARED in said and "copies" not in said
    [folder] = (tmp_path / "two").iterdir()
    assert names(folder) == ["orig.dcm", "processed.dcm"]
    assert scan.read(files).planes.sum() == STORED.sum() + (STORED // 2).sum()
    assert upscale(*files, "--out", tmp_path / "two") == 0
    assert "is there already" in capsys.readouterr().out


@pytest.mark.parametrize("tags", [
    {"RescaleSlope": 2}, {"RescaleIntercept": 0}, {"BitsStored": 12, "HighBit": 11},
    {"PhotometricInterpretation": "MONOCHROME1"}, {"Rows": 15, "Columns": 12},
])  # fmt: skip
def test_the_same_bytes_with_another_meaning_are_no_copy(tmp_path, tags):
    dicom(tmp_path / "a.dcm", STORED, **CT)
    changed(tmp_path / "a.dcm", tmp_path / "b.dcm", **tags)
    files = [tmp_path / "a.dcm", tmp_path / "b.dcm"]
    assert slices.unique(files) == files


def test_a_copy_is_one_whoever_saved_it_again(tmp_path):
    dicom(tmp_path / "a.dcm", STORED, **CT)
    changed(tmp_path / "a.dcm", tmp_path / "b.dcm", PatientName="Roe^Jane", WindowWidth=9,
            LongitudinalTemporalInformationModified="REMOVED")  # fmt: skip
    one = scan.read([tmp_path / "a.dcm", tmp_path / "b.dcm"])
    assert len(one.planes) == 1 and "1 more are copies of these and left out" in one.notes
    assert SHARED not in one.notes


@pytest.mark.parametrize("syntax", ["ImplicitVRLittleEndian", "RLELossless"])
def test_a_copy_in_another_syntax_is_one(tmp_path, syntax):
    dicom(tmp_path / "a.dcm", STORED, **CT)
    data = pydicom.dcmread(tmp_path / "a.dcm")
    if syntax == "RLELossless":
        data.compress(pydicom.uid.RLELossless, generate_instance_uid=False)
    else:
        data.file_meta.TransferSyntaxUID = pydicom.uid.ImplicitVRLittleEndian
    data.save_as(tmp_path / "b.dcm")
    assert len(scan.read([tmp_path / "a.dcm", tmp_path / "b.dcm"]).planes) == 1


def test_slices_and_their_denoised_ones_are_all_kept_and_their_copies_are_not(tmp_path):
    folder = series(tmp_path / "series")
    for path in sorted(folder.iterdir()):
        pixels = (pydicom.dcmread(path).pixel_array // 2).astype(np.int16)
        changed(path, folder / f"denoised {path.name}", PixelData=pixels.tobytes())
        shutil.copy(path, folder / f"z copy of {path.name}")
    one = scan.read(folder)
    assert len(one.planes) == 6 and SHARED in one.notes
    assert "3 more are copies of these and left out" in one.notes
    written = scan.write(one, tripled(one.planes).astype(float), None, tmp_path / "out")
    assert len({pydicom.dcmread(path).SOPInstanceUID for path in written}) == 6


def test_pixels_are_read_to_tell_copies_only_where_identifiers_are_shared(tmp_path, monkeypatch):
    folder, read = series(tmp_path / "series"), []
    monkeypatch.setattr(slices, "image", lambda file: read.append(file.name))
    files = sorted(folder.iterdir())
    assert slices.unique(files) == files and read == []
    shutil.copy(files[1], folder / "copy.dcm")
    slices.unique([*files, folder / "copy.dcm"])
    assert sorted(read) == ["copy.dcm", files[1].name]


def test_a_damaged_file_is_a_copy_of_none(tmp_path):
    assert slices.image(tmp_path / "none.dcm") == tmp_path / "none.dcm"


def test_slices_of_two_folders_with_one_name_are_not_written_over_each_other(tmp_path):
    files = [*series(tmp_path / "a", count=1).iterdir()]
    (tmp_path / "b").mkdir()
    files.append(tmp_path / "b" / files[0].name)
    changed(files[0], files[1], SOPInstanceUID="9.9", ImagePositionPatient=[0.0, 0.0, 2.0])
    one = scan.read(files)
    with pytest.raises(UserError, match="two files of this series have one name"):
        scan.write(one, tripled(one.planes).astype(float), None, tmp_path / "out")
    assert not (tmp_path / "out").exists()
