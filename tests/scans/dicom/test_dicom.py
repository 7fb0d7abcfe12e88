"""DICOM files keep numbers, scale and everything said of the patient; geometry is the new one."""

import numpy as np
import pydicom
import pytest
from PIL import Image
from scan_files import CT, STORED, dicom, enlarged, head, strictly, tripled

from medsr_nb.machine import UserError
from medsr_nb.scans import scan


def test_numbers_scale_patient_and_geometry_of_one_file(tmp_path):
    old = dicom(tmp_path / "ct.dcm", STORED, SmallestImagePixelValue=24, **CT)
    one, [out] = enlarged(tmp_path / "ct.dcm", tmp_path / "out.dcm")
    new = strictly(out)
    assert one.unit == "HU" and (one.slope, one.intercept) == (1, -1024)
    assert {"16 bit", "spacing 0.75 x 0.5 mm"} <= set(one.notes)
    assert one.spacing == (0.75, 0.5)
    assert (new.pixel_array == np.kron(STORED, np.ones((3, 3)))).all()
    assert [float(x) for x in new.PixelSpacing] == pytest.approx([0.25, 0.5 / 3], abs=1e-12)
    # A third of a pixel towards the corner: 0.5 mm wide along x, 0.75 mm high along y.
    wanted = [-20 - 0.5 / 3, -27 - 0.75 / 3, 10]
    assert [float(x) for x in new.ImagePositionPatient] == pytest.approx(wanted, abs=1e-12)
    assert new.SOPInstanceUID != old.SOPInstanceUID
    assert new.SOPInstanceUID == new.file_meta.MediaStorageSOPInstanceUID
    assert new.SeriesInstanceUID != old.SeriesInstanceUID
    assert new.ImageType == ["DERIVED", "PRIMARY", "AXIAL"]
    assert new.SeriesDescription == "axial x3 medsr" and "DerivationDescription" not in new
    assert new.SourceImageSequence[0].ReferencedSOPInstanceUID == old.SOPInstanceUID
    assert "SmallestImagePixelValue" not in new
    for name in ("PatientName", "PatientID", "PatientBirthDate", "StudyInstanceUID"):
        assert new[name].value == old[name].value
    for name in ("FrameOfReferenceUID", "SliceThickness", "WindowCenter", "RescaleIntercept"):
        assert new[name].value == old[name].value


def test_signed_numbers_with_a_slope_are_clipped_to_the_bits_that_are_stored(tmp_path):
    dicom(tmp_path / "a.dcm", head(), BitsStored=12, HighBit=11, RescaleSlope=2, RescaleIntercept=0)
    one = scan.read(tmp_path / "a.dcm")
    assert (one.slope, one.stored.lowest, one.stored.highest) == (2, -2048, 2047)
    values = tripled(one.planes).astype(float)
    values[0, 0, :2] = -9000, 9000
    [out] = scan.write(one, values, None, tmp_path / "b.dcm")
    assert strictly(out).pixel_array[0, :3].tolist() == [-2048, 2047, head()[0, 0]]


def test_monochrome1_stays_and_its_picture_is_no_negative(tmp_path):
    dicom(tmp_path / "a.dcm", 2500 - STORED, PhotometricInterpretation="MONOCHROME1")
    one, [out] = enlarged(tmp_path / "a.dcm", tmp_path / "b.dcm")
    assert strictly(out).PhotometricInterpretation == "MONOCHROME1" and one.inverted
    [png] = scan.pictures_of(one, tripled(one.planes), None, tmp_path / "b.png")
    pixels = np.asarray(Image.open(png))
    assert pixels[2 * 3, 3 * 3] == 65535 and pixels[5 * 3, 6 * 3] == 0  # bone white, air black
    assert b"Doe" not in png.read_bytes() and b"4711" not in png.read_bytes()


def test_a_window_is_in_hounsfield_units(tmp_path):
    dicom(tmp_path / "a.dcm", STORED, **CT)
    one = scan.read(tmp_path / "a.dcm")
    [png] = scan.pictures_of(one, tripled(one.planes), None, tmp_path / "b.png", (30, 100))
    wanted = np.clip((head() + 20.0) * 2.55, 0, 255)
    assert np.abs(np.asarray(Image.open(png))[::3, ::3] - wanted).max() <= 1


def test_all_frames_and_the_geometry_of_each(tmp_path):
    frames = np.stack([STORED + k for k in range(3)])
    dicom(tmp_path / "a.dcm", frames, **CT)
    data = pydicom.dcmread(tmp_path / "a.dcm")
    del data.PixelSpacing, data.ImagePositionPatient, data.ImageOrientationPatient
    Dataset = pydicom.Dataset
    measures, orientation, shared = Dataset(), Dataset(), Dataset()
    measures.PixelSpacing, measures.SliceThickness = [0.75, 0.5], 5
    orientation.ImageOrientationPatient = [0, 1, 0, 0, 0, -1]
    shared.PixelMeasuresSequence, shared.PlaneOrientationSequence = [measures], [orientation]
    data.SharedFunctionalGroupsSequence, data.PerFrameFunctionalGroupsSequence = [shared], []
    for k in range(3):
        position, frame = Dataset(), Dataset()
        position.ImagePositionPatient = [5.0 * k, -9.0, 6.0]
        frame.PlanePositionSequence = [position]
        data.PerFrameFunctionalGroupsSequence.append(frame)
    data.save_as(tmp_path / "a.dcm")
    one, [out] = enlarged(tmp_path / "a.dcm", tmp_path / "b.dcm")
    new = strictly(out)
    assert "3 frames" in one.notes and (new.pixel_array == tripled(frames)).all()
    spacing = new.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0].PixelSpacing
    assert [float(x) for x in spacing] == pytest.approx([0.25, 0.5 / 3])
    for k, frame in enumerate(new.PerFrameFunctionalGroupsSequence):
        position = frame.PlanePositionSequence[0].ImagePositionPatient
        assert [float(x) for x in position] == pytest.approx([5 * k, -9 - 0.5 / 3, 6.25])
    names = [path.name for path in scan.pictures_of(one, tripled(frames), None, tmp_path / "c.png")]
    assert names == ["0001.png", "0002.png", "0003.png"]


@pytest.mark.parametrize("name", ["MR_small_RLE", "JPEG2000", "SC_rgb_jpeg_dcmtk", "693_J2KI",
                                  "MR_small_bigendian", "MR_small_implicit", "SC_rgb_jpeg",
                                  "examples_palette", "image_dfl", "CT_small"])  # fmt: skip
def test_syntaxes_of_real_files_come_out_plain(tmp_path, name):
    source = pydicom.data.get_testdata_file(f"{name}.dcm", download=False)
    if source is None:
        pytest.skip("not in this release of pydicom")
    one, [out] = enlarged(source, tmp_path / "out.dcm")
    new = pydicom.dcmread(out)
    assert new.file_meta.TransferSyntaxUID == pydicom.uid.ExplicitVRLittleEndian
    again = scan.read(out)
    stored = (np.asarray(each.with_missing(each.planes)) for each in (again, one))
    found, wanted = next(stored), tripled(next(stored)).astype(float)
    assert np.abs(found - wanted).max() <= 0.01
    assert new.pixel_array.shape[:2] == (3 * one.planes.shape[1], 3 * one.planes.shape[2])


def test_overlays_shutters_and_regions_lie_where_they_lay(tmp_path):
    drawn = np.zeros((12, 15), np.uint8)
    drawn[3:5, 4:9] = 1
    region = pydicom.Dataset()
    region.RegionLocationMinX0, region.RegionLocationMaxX1 = 2, 9
    region.PhysicalDeltaX = 0.3
    data = dicom(tmp_path / "a.dcm", STORED, ShutterLeftVerticalEdge=2, ShutterRightVerticalEdge=9)
    data.SequenceOfUltrasoundRegions = [region]
    data.add_new(0x60000010, "US", 12)
    data.add_new(0x60000011, "US", 15)
    data.add_new(0x60000040, "CS", "G")
    data.add_new(0x60000050, "SS", [1, 1])
    data.add_new(0x60000100, "US", 1)
    data.add_new(0x60000102, "US", 0)
    data.add_new(0x60003000, "OW", pydicom.pixels.pack_bits(drawn))
    data.save_as(tmp_path / "a.dcm")
    _, [out] = enlarged(tmp_path / "a.dcm", tmp_path / "b.dcm")
    new = strictly(out)
    assert (new.overlay_array(0x6000) == np.kron(drawn, np.ones((3, 3)))).all()
    assert (new.ShutterLeftVerticalEdge, new.ShutterRightVerticalEdge) == (6, 25)
    [region] = new.SequenceOfUltrasoundRegions
    assert (region.RegionLocationMinX0, region.RegionLocationMaxX1) == (6, 29)
    assert region.PhysicalDeltaX == pytest.approx(0.1)


def test_a_syntax_without_a_decoder_says_what_to_install(tmp_path, monkeypatch):
    source = pydicom.data.get_testdata_file("JPEGLSNearLossless_08.dcm", download=False)
    if source is None:
        pytest.skip("not in this release of pydicom")

    def none(*_, **__):
        raise RuntimeError("all plugins are missing dependencies")

    monkeypatch.setattr(pydicom.pixels, "pixel_array", none)
    with pytest.raises(UserError, match="compressed as JPEG-LS .* pip install pylibjpeg"):
        scan.read(source)


def test_a_scale_that_is_no_number_is_refused(tmp_path):
    dicom(tmp_path / "a.dcm", STORED, RescaleSlope="1.5", RescaleIntercept=0)
    text = (tmp_path / "a.dcm").read_bytes()
    (tmp_path / "a.dcm").write_bytes(text.replace(b"1.5 ", b"nan "))
    with pytest.raises(UserError, match="a.dcm: .*its RescaleSlope is no number"):
        scan.read(tmp_path / "a.dcm")


def test_numbers_in_the_highest_bits_are_refused(tmp_path):
    """As ACR-NEMA's may be: 12 bits of 16, the highest of which is number 15."""
    dicom(tmp_path / "a.dcm", STORED << 4, BitsStored=12, HighBit=15)
    with pytest.raises(UserError, match="a.dcm: has its 12 bits not in the lowest places"):
        scan.read(tmp_path / "a.dcm")


@pytest.mark.parametrize(("sign", "kept"), [(0, 0xFFFF), (1, 0xFFFF), (1, 0x0FFF)])
def test_a_highest_bit_that_is_a_slip_of_the_file_changes_nothing(sign, kept, tmp_path):
    """Signed numbers of 12 bits may have copies of their sign above them, or zeros."""
    numbers = STORED.astype(np.int16) - 1000 * sign
    stored = (numbers.view(np.uint16) & kept).view(np.int16 if sign else np.uint16)
    dicom(tmp_path / "a.dcm", stored, BitsStored=12, HighBit=15)
    np.testing.assert_array_equal(scan.read(tmp_path / "a.dcm").planes[0], numbers)


def test_a_spacing_that_is_no_length_is_none():
    assert scan.sound(None) is None and scan.sound((0.0, 1.0)) is None
    assert scan.sound((float("nan"), 1.0)) is None and scan.sound((2, 1)) == (2.0, 1.0)


def test_frames_with_scales_of_their_own_are_made_comparable_and_keep_them(tmp_path):
    frames = np.stack([STORED, STORED // 2])
    data = dicom(tmp_path / "a.dcm", frames)
    data.PerFrameFunctionalGroupsSequence = []
    for slope, intercept in ((1, -1024), (2, -1000)):
        scale, frame = pydicom.Dataset(), pydicom.Dataset()
        scale.RescaleSlope, scale.RescaleIntercept = slope, intercept
        frame.PixelValueTransformationSequence = [scale]
        data.PerFrameFunctionalGroupsSequence.append(frame)
    data.save_as(tmp_path / "a.dcm")
    one, [out] = enlarged(tmp_path / "a.dcm", tmp_path / "b.dcm")
    assert one.unit == "HU" and "each slice has a scale of its own" in one.notes
    assert (one.planes == np.stack([frames[0] - 1024.0, 2.0 * frames[1] - 1000])).all()
    new = strictly(out)
    assert (new.pixel_array == tripled(frames)).all()
    groups = new.PerFrameFunctionalGroupsSequence
    assert [g.PixelValueTransformationSequence[0].RescaleSlope for g in groups] == [1, 2]


@pytest.mark.parametrize("slope, unit", [(1, "stored units"), (2, "scaled units")])
def test_values_that_a_slope_makes_are_no_stored_ones(tmp_path, slope, unit):
    scale = {"RescaleSlope": slope, "RescaleIntercept": 0}
    dicom(tmp_path / "a.dcm", STORED, Modality="MR", **scale)
    one = scan.read(tmp_path / "a.dcm")
    assert one.unit == unit
    guess = scan.derived(one, "guessed", 3)
    [out] = scan.write(guess, np.ones((1, 36, 45)), None, tmp_path / "b.dcm")
    assert strictly(out).RescaleType == "US"  # DICOM's word for a unit that is not said


@pytest.mark.parametrize("scale", [1, 257])
def test_a_palette_that_is_said_to_have_16_bits_and_has_8_is_not_black(tmp_path, scale):
    colours = np.arange(300, dtype=np.uint16).reshape(3, 100) % 251
    colours[:, -1] = 255
    names = [f"{name}PaletteColorLookupTable" for name in ("Red", "Green", "Blue")]
    tables = {f"{name}Descriptor": [100, 50, 16] for name in names}
    tables |= {
        f"{name}Data": (one * scale).tobytes() for name, one in zip(names, colours, strict=True)
    }
    places = np.arange(60, 140, dtype=np.uint8).reshape(8, 10)
    dicom(tmp_path / "a.dcm", places, PhotometricInterpretation="PALETTE COLOR", **tables)
    one, [out] = enlarged(tmp_path / "a.dcm", tmp_path / "b.dcm")
    assert "the palette is resolved" in one.notes
    found = pydicom.dcmread(out).pixel_array[1::3, 1::3]
    assert (found == colours.T[places - 50]).all()


def test_numbers_that_a_table_turns_into_values_are_told(tmp_path):
    table = pydicom.Dataset()
    table.LUTDescriptor, table.ModalityLUTType = [4, 0, 16], "OD"
    table.LUTData = np.arange(4, dtype="<u2").tobytes()
    dicom(tmp_path / "a.dcm", STORED, ModalityLUTSequence=[table])
    assert "its numbers are those before its Modality LUT" in scan.read(tmp_path / "a.dcm").notes


@pytest.mark.parametrize("sign", [0, 1])
def test_numbers_beyond_the_stored_bits_are_told(tmp_path, sign):
    """They are cut off by every reader; copies of a sign above them are no such numbers."""
    said = "numbers beyond its 12 stored bits are cut off, as other readers do"
    stored = STORED.astype(np.int16 if sign else np.uint16) - 1500 * sign
    for above in (False, True):
        stored[0, 0] = 5000 if above else 2000
        dicom(tmp_path / "a.dcm", stored, BitsStored=12, HighBit=11)
        one = scan.read(tmp_path / "a.dcm")
        assert (said in one.notes) == above and one.planes[0, 0, 0] == (904 if above else 2000)


def test_a_drawing_above_the_stored_bits_is_no_number(tmp_path):
    data = dicom(tmp_path / "a.dcm", STORED | 2**15, BitsStored=12, HighBit=11)
    data.add_new(0x60000100, "US", 16)
    data.add_new(0x60000102, "US", 15)
    data.save_as(tmp_path / "a.dcm")
    assert not any("cut off" in note for note in scan.read(tmp_path / "a.dcm").notes)


@pytest.mark.parametrize("name", ["BitsStored", "SamplesPerPixel", "PhotometricInterpretation",
                                  "PixelRepresentation", "Columns"])  # fmt: skip
@pytest.mark.parametrize("empty", [True, False])
def test_an_element_that_is_missing_is_named(tmp_path, name, empty):
    data = dicom(tmp_path / "a.dcm", STORED)
    if empty:
        setattr(data, name, None)
    else:
        del data[name]
    data.save_as(tmp_path / "a.dcm")
    with pytest.raises(UserError, match=f"a.dcm: does not say its {name}, which its pixels"):
        scan.read(tmp_path / "a.dcm")
