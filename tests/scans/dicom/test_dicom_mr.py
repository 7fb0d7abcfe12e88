"""An MR says how it lost its resolution, as far as its DICOM tells."""

import re

import numpy as np
import pydicom
import pytest
from scan_files import STORED, dicom

from medsr_nb.scans import scan
from medsr_nb.scans.dicom import mr


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


def test_colours_and_an_enhanced_mr_that_is_filled_up_are_not_straight_from_the_scanner(tmp_path):
    from pydicom.dataset import Dataset

    view, groups = Dataset(), Dataset()
    view.MRAcquisitionFrequencyEncodingSteps, view.MRAcquisitionPhaseEncodingStepsInPlane = 6, 6
    groups.MRFOVGeometrySequence = [view]
    dicom(tmp_path / "a.dcm", STORED, Modality="MR", SharedFunctionalGroupsSequence=[groups])
    one = scan.read(tmp_path / "a.dcm")
    assert one.reduction == "bicubic" and "6x6 frequencies measured for 15x12 pixels" in one.notes
    colours = np.repeat(STORED[..., None].astype(np.uint8), 3, axis=-1)
    dicom(tmp_path / "b.dcm", STORED.astype(np.uint8), Modality="MR")
    data = pydicom.dcmread(tmp_path / "b.dcm")
    data.SamplesPerPixel, data.PhotometricInterpretation, data.PlanarConfiguration = 3, "RGB", 0
    data.PixelData = colours.tobytes()
    data.save_as(tmp_path / "b.dcm")
    assert scan.read(tmp_path / "b.dcm").reduction == "bicubic"


def test_a_series_whose_slices_were_taken_in_different_ways_is_taken_for_bicubic(tmp_path):
    for number, kind in enumerate(("ORIGINAL", "DERIVED")):
        dicom(
            tmp_path / f"{number}.dcm", STORED, Modality="MR", SeriesInstanceUID="1.2.3",
            ImageType=[kind, "PRIMARY", "M"], ImagePositionPatient=[0.0, 0.0, 5.0 * number],
        )  # fmt: skip
    one = scan.read(tmp_path)
    assert one.reduction == "bicubic" and "its slices were taken in different ways" in one.notes


def test_a_square_mr_of_a_narrow_field_is_not_taken_for_filled_up(tmp_path):
    tags = {"Modality": "MR", "AcquisitionMatrix": [12, 0, 0, 9]}
    for share, name in ((75, "k-space"), (100, "bicubic")):
        dicom(tmp_path / "a.dcm", STORED[:, :12], PercentPhaseFieldOfView=share, **tags)
        assert scan.read(tmp_path / "a.dcm").reduction == name


@pytest.mark.parametrize("kinds, tags, is_phase", [
    (["ORIGINAL", "PRIMARY", "P", "NORM"], {}, True),
    (["ORIGINAL", "PRIMARY", "PHASE MAP", "P", "FFE"], {}, True),
    (["DERIVED", "SECONDARY", "OTHER", "PHASE"], {}, True),
    (["ORIGINAL", "PRIMARY", "M", "NORM"], {}, False),
    (["P", "PHASE"], {}, False),
    ("", {}, False),
    (["ORIGINAL", "PRIMARY", "P"], {"Modality": "PT"}, False),
    (["ORIGINAL", "PRIMARY"], {"ComplexImageComponent": "PHASE"}, True),
])  # fmt: skip
def test_a_phase_is_told_what_becomes_of_its_wraps(tmp_path, kinds, tags, is_phase):
    dicom(tmp_path / "a.dcm", STORED, **{"Modality": "MR", "ImageType": kinds} | tags)
    found = [note for note in scan.read(tmp_path / "a.dcm").notes if "phase" in note]
    assert found == [mr.PHASE_NOTE] * is_phase


def test_a_phase_among_the_frames_or_slices_is_told_too(tmp_path):
    frame = pydicom.Dataset()
    frame.MRImageFrameTypeSequence = [pydicom.Dataset()]
    frame.MRImageFrameTypeSequence[0].ComplexImageComponent = "PHASE"
    tags = {"Modality": "MR", "SeriesInstanceUID": "1.2"}
    dicom(tmp_path / "a.dcm", STORED, PerFrameFunctionalGroupsSequence=[frame], **tags)
    dicom(tmp_path / "b.dcm", STORED, **tags)
    assert mr.PHASE_NOTE in scan.read(tmp_path / "a.dcm").notes
    assert mr.PHASE_NOTE in scan.read(tmp_path).notes
    assert mr.PHASE_NOTE not in scan.read(tmp_path / "b.dcm").notes


@pytest.mark.parametrize(("modality", "told"), [("NM", 1), ("US", 1), ("CT", 0)])
def test_kinds_that_the_networks_do_harm_to_are_told(modality, told, tmp_path):
    dicom(tmp_path / "a.dcm", STORED[:16, :16], Modality=modality)
    said = [note for note in scan.read(tmp_path / "a.dcm").notes if note.startswith("not advised")]
    assert len(said) == told
