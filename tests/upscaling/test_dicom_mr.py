"""An MR says how it lost its resolution, as far as its DICOM tells."""

import re

import pytest
from scan_files import STORED, dicom

from medsr_nb.upscaling import scan

pytest.importorskip("pydicom")


@pytest.mark.parametrize("tags, name, said", [
    ({"AcquisitionMatrix": [0, 12, 15, 0]}, "k-space", "12x15 frequencies measured"),
    ({"AcquisitionMatrix": [12, 0, 0, 14]}, "k-space", "14x12 frequencies measured"),
    ({"AcquisitionMatrix": [12, 0, 0, 9]}, "bicubic", "9x12 frequencies measured for 15x12 pixels"),
    ({}, "k-space", None),
    ({"ImageType": ["DERIVED", "SECONDARY", "MPR"]}, "bicubic", None),
    ({"ImageType": None}, "bicubic", None),
    ({"Modality": "CT", "AcquisitionMatrix": [12, 0, 0, 15]}, "bicubic", None),
])  # fmt: skip
def test_an_mr_says_how_it_lost_its_resolution(tmp_path, tags, name, said):
    dicom(tmp_path / "a.dcm", STORED, **{"Modality": "MR"} | tags)
    one = scan.read(tmp_path / "a.dcm")
    assert one.reduction == name
    found = [note for note in one.notes if "frequencies" in note]
    assert [bool(re.fullmatch(said, note)) for note in found] == [True] if said else not found


def test_a_square_mr_of_a_narrow_field_is_not_taken_for_filled_up(tmp_path):
    tags = {"Modality": "MR", "AcquisitionMatrix": [12, 0, 0, 9]}
    for share, name in ((75, "k-space"), (100, "bicubic")):
        dicom(tmp_path / "a.dcm", STORED[:, :12], PercentPhaseFieldOfView=share, **tags)
        assert scan.read(tmp_path / "a.dcm").reduction == name
