"""Elements of a DICOM that cannot be read cost nothing but themselves, and that is said."""

import pydicom
import pytest
from scan_files import STORED, dicom, enlarged, strictly

from medsr_nb.machine import UserError
from medsr_nb.scans import scan
from medsr_nb.scans.dicom import elements, geometry

pytestmark = pytest.mark.filterwarnings("ignore:.* VR")  # as these files are written


def raw(path, name, written, stored=STORED, **tags):
    """A file one of whose elements is written so; its bytes are what they are."""
    data = dicom(path, stored, **tags)
    tag = pydicom.tag.Tag(name)
    kind = pydicom.datadict.dictionary_VR(tag)
    element = (tag, kind, len(written), written, 0, False, True)
    data[tag] = pydicom.dataelem.RawDataElement(*element)
    data.save_as(path)
    return path


@pytest.mark.parametrize("name", geometry.COUNTS)
@pytest.mark.parametrize("written", [rb"0,75\0,50 ", b"0.5 ", rb"nan\0\0\0\1\0"])
def test_geometry_that_is_wrongly_written_is_left_out_and_told(tmp_path, name, written):
    path = raw(tmp_path / "a.dcm", "PixelSpacing", written)
    data = pydicom.dcmread(path)
    if pydicom.datadict.dictionary_VR(name) == "DS":
        path = raw(tmp_path / "a.dcm", name, written)
    else:
        data.add_new(name, "FD", [0.5, float("nan")])
        data.PixelSpacing = [0.75, 0.5]
        data.save_as(path)
    one, [out] = enlarged(path, tmp_path / "b.dcm")
    new = pydicom.dcmread(out)
    assert name not in new and [note for note in one.notes if "left out" in note] == [
        f"{name} is wrongly written and left out"
    ]
    if name != "PixelSpacing":
        assert one.spacing == (0.75, 0.5) and new.PixelSpacing[0] == 0.25


def test_geometry_that_is_empty_is_no_loss(tmp_path):
    for written in (b"", b"  "):
        one, _ = enlarged(raw(tmp_path / "a.dcm", "PixelSpacing", written), tmp_path / "b.dcm")
        assert one.spacing is None and not [note for note in one.notes if "left out" in note]


OPTIONAL = {
    "PercentPhaseFieldOfView": b"abc ", "AcquisitionMatrix": b"\x40\0", "InstanceNumber": b"abc ",
    "SliceThickness": b"2mm ", "PixelPaddingValue": b"\x40\0\x40\0", "WindowCenter": b"n/a ",
    "ShutterLeftVerticalEdge": b"abc ", "RadiusOfCircularShutter": b"2,5 ",
    "MaskSubPixelShift": b"\0\0\0\0",
}  # fmt: skip


@pytest.mark.parametrize("name", OPTIONAL)
def test_what_nothing_depends_on_may_be_unreadable(tmp_path, name):
    (tmp_path / "in").mkdir()
    for k in range(2):
        raw(tmp_path / "in" / f"{k}.dcm", name, OPTIONAL[name], Modality="MR",
            AcquisitionMatrix=[0, 12, 15, 0], ImagePositionPatient=[0, 0, 2 * k],
            SeriesInstanceUID="1.2.3")  # fmt: skip
    one, written = enlarged(tmp_path / "in", tmp_path / "out")
    assert len(one.planes) == len(written) == 2 and (one.planes == STORED).all()
    alone = raw(tmp_path / "a.dcm", name, OPTIONAL[name], STORED[:, :12], Modality="MR",
                AcquisitionMatrix=[0, 12, 12, 0])  # fmt: skip
    assert (enlarged(alone, tmp_path / "b.dcm")[0].planes == STORED[:, :12]).all()


def test_coordinates_of_regions_and_overlays_may_be_unreadable(tmp_path):
    data = dicom(tmp_path / "a.dcm", STORED)
    region = pydicom.Dataset()
    region.PhysicalDeltaX, region.PhysicalDeltaY, region.RegionLocationMinX0 = [1.0, 2.0], 0.3, 2
    data.SequenceOfUltrasoundRegions = [region]
    for element, kind, value in ((0x10, "US", 12), (0x11, "US", 15), (0x50, "SS", [1]),
                                 (0x100, "US", 1), (0x102, "US", 0), (0x1301, "IS", None),
                                 (0x3000, "OW", bytes(24))):  # fmt: skip
        data.add_new((0x6000, element), kind, value)
    data.save_as(tmp_path / "a.dcm")
    _, [out] = enlarged(tmp_path / "a.dcm", tmp_path / "b.dcm")
    [region] = pydicom.dcmread(out).SequenceOfUltrasoundRegions
    assert (region.PhysicalDeltaY, region.RegionLocationMinX0) == (pytest.approx(0.1), 6)


@pytest.mark.parametrize("name", ["RescaleSlope", "RescaleIntercept"])
def test_a_scale_that_cannot_be_read_would_make_other_values_and_is_refused(tmp_path, name):
    path = raw(tmp_path / "a.dcm", name, b"1,5 ")
    with pytest.raises(UserError, match=f"a.dcm: .*its {name} is no number"):
        scan.read(path)


@pytest.mark.parametrize("tags, scale", [
    ({"RescaleSlope": 2}, (2, 0)),
    ({"RescaleIntercept": -1024}, (1, -1024)),
    ({"RescaleSlope": 2, "RescaleIntercept": None}, (2, 0)),
    ({"RescaleSlope": 0, "RescaleIntercept": 7}, (1, 0)),
])  # fmt: skip
def test_half_a_scale_is_one(tmp_path, tags, scale):
    dicom(tmp_path / "a.dcm", STORED, **tags)
    one, [out] = enlarged(tmp_path / "a.dcm", tmp_path / "b.dcm")
    assert (one.slope, one.intercept) == scale == (scan.read(out).slope, scan.read(out).intercept)


def test_one_number_may_stand_for_a_list_of_one():
    data = pydicom.Dataset()
    data.InstanceNumber, data.WindowCenter = 7, [1, 2]
    assert elements.number(data, "InstanceNumber") == 7
    assert elements.number(data, "WindowCenter") is None
    assert elements.numbers(data, "WindowCenter", 2).tolist() == [1, 2]
    assert elements.said(data, (0x6000, 0x10)) is None


def test_a_description_of_several_values_is_written_as_one(tmp_path):
    dicom(tmp_path / "a.dcm", STORED, SeriesDescription=["T1", "T2 ax"])
    _, [out] = enlarged(tmp_path / "a.dcm", tmp_path / "b.dcm")
    assert strictly(out).SeriesDescription == "T1 T2 ax x3 medsr"
