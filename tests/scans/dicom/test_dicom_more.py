"""DICOM's rarer parts: padding, overlays, groups of frames, encodings, and what is refused."""

import numpy as np
import pydicom
import pytest
from scan_files import CT, STORED, dicom, enlarged, head, strictly, tripled

from medsr_nb.machine import UserError
from medsr_nb.scans import scan
from medsr_nb.scans.dicom import encoding, geometry, writing
from medsr_nb.upscaling import enlarging

PADDING = -2000


def dataset(**tags):
    """A dataset, or an item of a sequence, with these elements."""
    made = pydicom.Dataset()
    for name, value in tags.items():
        setattr(made, name, value)
    return made


def padded(values, padding=PADDING):
    """Values whose first rows and columns are padding, and where that is."""
    where = np.ones(values.shape, bool)
    where[..., 3:, 2:] = False
    return np.where(where, values.dtype.type(padding), values), where


def test_padding_takes_no_part_in_the_enlarging_and_comes_back(tmp_path, bicubic_alone):
    values, where = padded(np.clip(head(), -20, 80))
    dicom(tmp_path / "a.dcm", values, PixelPaddingValue=PADDING)
    one = scan.read(tmp_path / "a.dcm")
    assert (one.planes[0] == np.pad(values[3:, 2:], ((3, 0), (2, 0)), "edge")).all()
    assert f"{np.count_nonzero(where)} pixels are padding, no values" in one.notes
    [out] = enlarging.enlarge(one).save(tmp_path / "b.dcm")
    found, grown = strictly(out).pixel_array, np.kron(where, np.ones((3, 3), bool))
    assert (found[grown] == PADDING).all()
    assert found[~grown].min() > -200 and found[~grown].max() < 200  # tissue, as bicubic swings


def test_padding_up_to_a_limit_comes_back_as_it_was_and_results_stay_out_of_it(tmp_path):
    values, where = padded(STORED, 60000)
    values[0, 0] = 60500
    dicom(tmp_path / "a.dcm", values, PixelPaddingValue=61000, PixelPaddingRangeLimit=2300)
    one = scan.read(tmp_path / "a.dcm")
    assert (one.planes[0] == np.pad(STORED[3:, 2:], ((3, 0), (2, 0)), "edge")).all()
    result = tripled(one.planes).astype(float)
    result[0, 20, 20] = 5000
    [out] = scan.write(one, result, None, tmp_path / "b.dcm")
    found = strictly(out).pixel_array
    assert (found[np.kron(where, np.ones((3, 3), bool))] >= 60000).all()
    assert (found[:3, :3] == 60500).all() and found[20, 20] == STORED[~where].max()


def test_padding_may_be_written_without_its_sign_and_fill_whole_slices(tmp_path):
    (tmp_path / "in").mkdir()
    slices, where = np.full((2, *head().shape), PADDING, np.int16), padded(head())[1]
    slices[1] = padded(head())[0]
    for number, values in enumerate(slices):
        data = dicom(tmp_path / "in" / f"{number}.dcm", values, SeriesInstanceUID="1.2.3",
                     ImagePositionPatient=[0, 0, number], RescaleSlope=number + 1,
                     RescaleIntercept=0)  # fmt: skip
        data.add_new(0x00280120, "US", PADDING + 2**16)
        data.save_as(tmp_path / "in" / f"{number}.dcm")
    one, written = enlarged(tmp_path / "in", tmp_path / "out")
    assert one.planes.min() == 2 * head()[~where].min()  # in their unit, each by its own scale
    for path, values in zip(written, slices, strict=True):
        assert (pydicom.dcmread(path).pixel_array[::3, ::3] == values).all()


def test_a_padding_that_no_pixel_can_hold_is_none(tmp_path):
    """Left over from 16 bits: cut to 8 it would be an ordinary grey."""
    levels = np.arange(180, dtype=np.uint8).reshape(12, 15)
    data = dicom(tmp_path / "a.dcm", levels)
    data.add_new(0x00280120, "US", PADDING + 2**16)
    data.save_as(tmp_path / "a.dcm")
    one, [out] = enlarged(tmp_path / "a.dcm", tmp_path / "b.dcm")
    assert (one.planes == levels).all()
    assert (strictly(out).pixel_array == tripled(one.planes)[0]).all()


def test_no_result_becomes_padding_by_chance(tmp_path):
    dicom(tmp_path / "a.dcm", STORED, PixelPaddingValue=0)
    one = scan.read(tmp_path / "a.dcm")
    result = tripled(one.planes).astype(float)
    result[0, 20, 20] = -0.3
    [out] = scan.write(one, result, None, tmp_path / "b.dcm")
    assert (one.planes == STORED).all() and not [note for note in one.notes if "padding" in note]
    assert strictly(out).pixel_array[20, 20] == STORED.min()


def test_nothing_but_padding_stays_as_it_is(tmp_path):
    dicom(tmp_path / "a.dcm", np.full((4, 5), 7, np.uint8), PixelPaddingValue=7)
    _, [out] = enlarged(tmp_path / "a.dcm", tmp_path / "b.dcm")
    assert (strictly(out).pixel_array == np.full((12, 15), 7)).all()


@pytest.mark.parametrize("kind, dtype", [("Float", np.float32), ("DoubleFloat", np.float64)])
def test_floats_have_padding_of_their_own(tmp_path, kind, dtype):
    values, where = padded(head().astype(dtype), -1e30)
    values[7, 7] = np.nan
    data = dicom(tmp_path / "a.dcm", STORED)
    del data.PixelData, data.BitsStored, data.HighBit, data.PixelRepresentation
    data.BitsAllocated = 8 * values.itemsize
    setattr(data, f"{kind}PixelData", values.tobytes())
    setattr(data, f"{kind}PixelPaddingValue", float(dtype(-1e30)))
    data.save_as(tmp_path / "a.dcm")
    one, [out] = enlarged(tmp_path / "a.dcm", tmp_path / "b.dcm")
    assert one.planes.min() == head()[~where].min()
    assert one.notes[0] == f"{8 * values.itemsize} bit float"
    np.testing.assert_array_equal(
        pydicom.dcmread(out).pixel_array, np.kron(values, np.ones((3, 3)))
    )


@pytest.mark.parametrize("tags, words", [
    ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.66.7"}, "holds labels, between which nothing lies"),
    ({"SegmentationType": "LABELMAP"}, "holds labels, between which nothing lies"),
    ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.481.2"}, "is a radiation dose, whose detail"),
    ({"TotalPixelMatrixColumns": 30}, "is a slide in tiles, between which seams would show"),
    ({"ImageType": ["ORIGINAL", "PRIMARY", "M", "MOSAIC"]}, "is a mosaic of slices, between which"),
    ({"SamplesPerPixel": 4, "PhotometricInterpretation": "ARGB"}, "4 numbers a pixel .ARGB., which "
     "is not read"),
])  # fmt: skip
def test_kinds_that_would_come_out_wrong_are_refused(tmp_path, tags, words):
    dicom(tmp_path / "a.dcm", STORED, **tags)
    with pytest.raises(UserError, match=f"a.dcm: .*{words}"):
        scan.read(tmp_path / "a.dcm")


def test_spectra_are_no_picture_and_none_that_was_cut_short(tmp_path):
    from medsr_nb.scans.dicom import reading as reader

    data = dicom(tmp_path / "a.dcm", STORED)
    del data.PixelData
    data.SOPClassUID = pydicom.uid.MRSpectroscopyStorage
    data.save_as(tmp_path / "a.dcm")
    with pytest.raises(UserError, match="a.dcm: is a DICOM without a picture; leave it out"):
        scan.read(tmp_path / "a.dcm")
    assert reader.series_of(tmp_path) == ({}, {})


def test_an_image_of_radiotherapy_is_moved_in_its_own_coordinates():
    data = dataset(RTImagePosition=[-9.0, 7.4], ImagePlanePixelSpacing=[0.6, 0.3])
    assert geometry.spacings(data) == [(0.6, 0.3)]
    turned = dataset(RTImageOrientation=[0, 1, 0, 1, 0, 0], RTImagePosition=[-9.0, 7.4],
                     ImagePlanePixelSpacing=[0.6, 0.3])  # fmt: skip
    for one in (data, turned):
        geometry.enlarge(one)
    assert [float(x) for x in data.ImagePlanePixelSpacing] == pytest.approx([0.2, 0.1])
    assert [float(x) for x in data.RTImagePosition] == pytest.approx([-9.1, 7.6])
    assert [float(x) for x in turned.RTImagePosition] == pytest.approx([-9.2, 7.3])


def test_a_volume_of_ultrasound_is_moved_in_its_own_coordinates():
    shared = dataset(
        PixelMeasuresSequence=[dataset(PixelSpacing=[0.75, 0.5])],
        PlaneOrientationVolumeSequence=[dataset(ImageOrientationVolume=[1, 0, 0, 0, 0, 1])],
    )
    places = [dataset(ImagePositionVolume=[0.0, 5.0 * k, 0.0]) for k in range(2)]
    data = dataset(SharedFunctionalGroupsSequence=[shared], PerFrameFunctionalGroupsSequence=[
        dataset(PlanePositionVolumeSequence=[one]) for one in places])  # fmt: skip
    geometry.enlarge(data)
    for k, one in enumerate(places):
        assert one.ImagePositionVolume == pytest.approx([-0.5 / 3, 5 * k, -0.25])


def test_pixel_coordinates_in_groups_masks_and_regions_are_those_of_the_result():
    shutter = dataset(ShutterLeftVerticalEdge=2, ShutterRightVerticalEdge=9,
                      CenterOfCircularShutter=[4, 5], RadiusOfCircularShutter=3)  # fmt: skip
    sensor = dataset(ExposureControlSensingRegionUpperHorizontalEdge=4,
                     VerticesOfThePolygonalExposureControlSensingRegion=[1, 2, 3, 4, 5, 6],
                     RadiusOfCircularExposureControlSensingRegion=2)  # fmt: skip
    masks = [dataset(MaskSubPixelShift=[1.5, -0.5]) for _ in range(2)]
    region = dataset(DopplerSampleVolumeXPosition=5, TMLinePositionY1=0, ReferencePixelX0=-1)
    data = dataset(
        SharedFunctionalGroupsSequence=[dataset(FrameDisplayShutterSequence=[shutter, sensor])],
        PerFrameFunctionalGroupsSequence=[dataset(FramePixelShiftSequence=[masks[0]])],
        MaskSubtractionSequence=[masks[1]],
        SequenceOfUltrasoundRegions=[region],
    )
    geometry.enlarge(data)
    assert (shutter.ShutterLeftVerticalEdge, shutter.ShutterRightVerticalEdge) == (6, 25)
    assert shutter.CenterOfCircularShutter == [11, 14] and shutter.RadiusOfCircularShutter == 9
    assert sensor.ExposureControlSensingRegionUpperHorizontalEdge == 12
    assert sensor.VerticesOfThePolygonalExposureControlSensingRegion == [2, 5, 8, 11, 14, 17]
    assert sensor.RadiusOfCircularExposureControlSensingRegion == 6
    assert [one.MaskSubPixelShift for one in masks] == [[4.5, -1.5]] * 2
    assert (region.DopplerSampleVolumeXPosition, region.TMLinePositionY1) == (16, 1)
    assert region.ReferencePixelX0 == -2


def drawn():
    """An overlay, bool (12, 15), and the elements that every one has."""
    bits = np.zeros((12, 15), np.uint8)
    bits[3:5, 4:9] = 1
    return bits, [(0x10, "US", 12), (0x11, "US", 15), (0x40, "CS", "R"), (0x50, "SS", [1, 1]),
                  (0x1301, "IS", 10)]  # fmt: skip


@pytest.mark.parametrize("frames", [1, 2])
def test_an_overlay_in_unused_bits_of_the_pixels_gets_data_of_its_own(tmp_path, frames):
    bits, elements = drawn()
    drawing = np.stack([bits, bits[::-1]])[:frames]
    stored = STORED | drawing.astype(np.uint16) << 15
    data = dicom(tmp_path / "a.dcm", stored, BitsStored=12, HighBit=11)
    for element, kind, value in [*elements, (0x100, "US", 16), (0x102, "US", 15)]:
        data.add_new((0x6000, element), kind, value)
    data.save_as(tmp_path / "a.dcm")
    one, [out] = enlarged(tmp_path / "a.dcm", tmp_path / "b.dcm")
    new = strictly(out)
    assert (one.planes == STORED).all() and (new.pixel_array < 2**12).all()
    found = new.overlay_array(0x6000).reshape(frames, 36, 45)
    assert (found == tripled(drawing)).all()
    assert new[0x6000, 0x100].value == 1 and new[0x6000, 0x102].value == 0
    assert new[0x6000, 0x1301].value == 90  # its area in pixels


def test_frames_are_derived_and_the_parts_of_one_series_stay_parts_of_one():
    made = []
    for series in ("1.2.1", "1.2.1", "1.2.2"):
        kinds = dataset(FrameType=["ORIGINAL", "PRIMARY", "M", "NONE"])
        data = dataset(
            ImageType="ORIGINAL",
            ConcatenationUID="1.2.3.4",
            SharedFunctionalGroupsSequence=[dataset(MRImageFrameTypeSequence=[kinds])],
        )
        writing.describe(data, series, "x3")
        assert kinds.FrameType == ["DERIVED", "PRIMARY", "M", "NONE"]
        assert data.ImageType == ["DERIVED", "SECONDARY"]
        made.append(data.ConcatenationUID)
    assert made[0] == made[1] and len({*made, "1.2.3.4"}) == 3


def test_a_guess_of_a_padded_scan_has_none(tmp_path):
    values, where = padded(head())
    dicom(tmp_path / "a.dcm", values, PixelPaddingValue=PADDING)
    guess = scan.derived(scan.read(tmp_path / "a.dcm"), "guess", 1.0)
    [out] = scan.write(guess, np.full((1, 36, 45), 1 / guess.slope), None, tmp_path / "b.dcm")
    assert (strictly(out).pixel_array == 65535).all()


def test_tables_and_overlays_of_a_big_endian_file_are_turned(tmp_path):
    bits, elements = drawn()
    plain = dicom(tmp_path / "a.dcm", STORED)
    data = dataset()
    data.update(plain)
    data.file_meta = plain.file_meta
    data.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRBigEndian
    table, packed = np.arange(4), pydicom.pixels.pack_bits(bits)
    data.VOILUTSequence = [dataset(LUTDescriptor=[4, 0, 16])]
    data.VOILUTSequence[0].add_new(0x00283006, "OW", table.astype(">u2").tobytes())
    for element, kind, value in [*elements, (0x100, "US", 1), (0x102, "US", 0)]:
        data.add_new((0x6000, element), kind, value)
    data.add_new((0x6000, 0x3000), "OW", np.frombuffer(packed, "<u2").byteswap().tobytes())
    data.PixelData = STORED.astype(">u2").tobytes()
    pydicom.dcmwrite(tmp_path / "a.dcm", data, implicit_vr=False, little_endian=False)
    _, [out] = enlarged(tmp_path / "a.dcm", tmp_path / "b.dcm")
    new = strictly(out)
    assert np.frombuffer(new.VOILUTSequence[0].LUTData, "<u2").tolist() == table.tolist()
    assert (new.overlay_array(0x6000) == np.kron(bits, np.ones((3, 3)))).all()
    assert (new.pixel_array == np.kron(STORED, np.ones((3, 3)))).all()


def test_text_that_is_not_of_the_character_set_named_stays_as_it_was(tmp_path):
    names = {"PatientName": "Kranke^A", "InstitutionName": "Kranke"}
    dicom(tmp_path / "a.dcm", STORED, SpecificCharacterSet="ISO_IR 192", **CT, **names)
    data = (tmp_path / "a.dcm").read_bytes()
    (tmp_path / "a.dcm").write_bytes(data.replace(b"Kranke", b"Kr\xe4nke"))
    _, [out] = enlarged(tmp_path / "a.dcm", tmp_path / "b.dcm")
    written = out.read_bytes()
    assert written.count(b"Kr\xe4nke") == 2 and b"\xef\xbf\xbd" not in written


def test_a_dicom_is_known_by_its_mark_whatever_it_is_called(tmp_path):
    for name in ("ge.img", "ge.mgz", "ge.png"):
        dicom(tmp_path / name, STORED)
        assert scan.read(tmp_path / name).kind == "dicom"


def test_what_is_no_whole_count_of_numbers_is_not_turned():
    data = pydicom.Dataset()
    data.add_new(0x00091001, "OF", b"123456")
    encoding.swap(data)
    assert data[0x00091001].value == b"123456"
