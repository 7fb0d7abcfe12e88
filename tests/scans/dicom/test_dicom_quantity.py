"""What is derived from a DICOM: scales of each slice, classes that hold it, and one study."""

import numpy as np
import pydicom
import pytest
from scan_files import ENHANCED, STORED, dicom, enhanced, item, strictly
from upscale_command import upscale

from medsr_nb.scans import scan
from medsr_nb.scans.dicom import quantity

HIGHEST = (1e-4, 5.0, 100.0)  # of the guess of three planes
WORD = pydicom.uid.MultiFrameGrayscaleWordSecondaryCaptureImageStorage


def weak_and_strong(folder, slopes=HIGHEST):
    """A series whose slices have scales of their own."""
    folder.mkdir()
    for k, slope in enumerate(slopes):
        dicom(
            folder / f"{k}", STORED, SeriesInstanceUID="1.2", InstanceNumber=k,
            RescaleSlope=slope, RescaleIntercept=0, ImagePositionPatient=[0.0, 0.0, 5.0 * k],
        )  # fmt: skip
    return folder


def guess_of(path, out):
    """(values of a guess, each plane of one of HIGHEST; the paths that they are written to)."""
    one = scan.read(path)
    most = np.array(HIGHEST[: len(one.planes)])
    guess = scan.derived(one, "guessed", most)
    draw = np.random.default_rng(0)
    values = draw.uniform(0, 1, (len(most), 36, 45)) * most.reshape(-1, 1, 1)
    return values, scan.write(guess, values / guess.slope, None, out)


def test_a_weak_slice_of_a_guess_has_a_scale_of_its_own(tmp_path):
    values, written = guess_of(weak_and_strong(tmp_path / "pet"), tmp_path / "out")
    for path, plane, most in zip(written, values, HIGHEST, strict=True):
        data = strictly(path)
        assert float(data.RescaleSlope) == pytest.approx(most / 65535)
        assert (float(data.WindowWidth), float(data.WindowCenter)) == (most, most / 2)
        found = data.pixel_array * float(data.RescaleSlope)
        assert np.abs(found - plane).max() < most / 65535


def test_slices_of_one_scale_have_one_in_their_guess(tmp_path):
    values, written = guess_of(weak_and_strong(tmp_path / "ct", (1, 1, 1)), tmp_path / "out")
    [slope] = {float(strictly(path).RescaleSlope) for path in written}
    assert slope == pytest.approx(HIGHEST[-1] / 65535)


@pytest.mark.parametrize("kind", ENHANCED)
def test_frames_of_a_guess_have_scales_in_their_groups(tmp_path, kind):
    path = enhanced(tmp_path / "a.dcm", kind, False)
    data = pydicom.dcmread(path)
    for group, slope in zip(data.PerFrameFunctionalGroupsSequence, HIGHEST, strict=False):
        group.PixelValueTransformationSequence[0].RescaleSlope = slope
    data.SharedFunctionalGroupsSequence = [item(
        PixelMeasuresSequence=[item(PixelSpacing=[0.75, 0.5], SliceThickness=5)],
        PlaneOrientationSequence=[item(ImageOrientationPatient=[1, 0, 0, 0, 1, 0])],
    )]  # fmt: skip
    data.save_as(path)
    values, [out] = guess_of(path, tmp_path / "b.dcm")
    new = strictly(out)
    assert "RescaleSlope" not in new and "WindowWidth" not in new
    assert "PixelValueTransformationSequence" not in new.SharedFunctionalGroupsSequence[0]
    own = new.PerFrameFunctionalGroupsSequence
    for group, numbers, plane, most in zip(own, new.pixel_array, values, HIGHEST, strict=False):
        [scale], [window] = group.PixelValueTransformationSequence, group.FrameVOILUTSequence
        assert np.abs(numbers * float(scale.RescaleSlope) - plane).max() < most / 65535
        assert float(window.WindowWidth) == most
    again = scan.read(out)
    assert np.abs(again.planes - values).max(axis=(1, 2)) == pytest.approx(0, abs=1e-3)


def test_the_command_gives_each_slice_of_a_guess_its_own_scale(
    tmp_path, bicubic_alone, calibrated, capsys
):
    folder = weak_and_strong(tmp_path / "pet")
    assert upscale(folder, "--out", tmp_path / "out", "--guess") == 0
    for name in ("guess", "error", "range"):
        for path in sorted((tmp_path / "out" / f"pet_{name}").iterdir()):
            assert strictly(path).pixel_array.max() == 65535


@pytest.mark.parametrize("kind, frames, wanted", [
    ("UltrasoundImageStorage", 1, "SecondaryCaptureImageStorage"),
    ("UltrasoundMultiFrameImageStorage", 2, WORD.keyword),
    ("VLPhotographicImageStorage", 1, "SecondaryCaptureImageStorage"),
    ("VLEndoscopicImageStorage", 1, "SecondaryCaptureImageStorage"),
    ("MultiFrameTrueColorSecondaryCaptureImageStorage", 2, WORD.keyword),
    ("MultiFrameGrayscaleByteSecondaryCaptureImageStorage", 2, WORD.keyword),
    ("MultiFrameGrayscaleByteSecondaryCaptureImageStorage", 1, "SecondaryCaptureImageStorage"),
    ("CTImageStorage", 1, "CTImageStorage"),
])  # fmt: skip
def test_a_guess_of_16_bits_is_of_a_class_that_holds_them(tmp_path, kind, frames, wanted):
    uid = getattr(pydicom.uid, kind)
    stored = np.stack([STORED.astype(np.uint8)] * frames)
    source = dicom(tmp_path / "a.dcm", stored, SOPClassUID=uid)
    for element, number in ((0x10, 8), (0x11, 8), (0x100, 1)):  # an overlay
        source.add_new((0x6000, element), "US", number)
    source.add_new((0x6000, 0x3000), "OW", bytes(8))
    source.file_meta.MediaStorageSOPClassUID = uid
    source.save_as(tmp_path / "a.dcm")
    one = scan.read(tmp_path / "a.dcm")
    guess = scan.derived(one, "guessed", 7.5)
    [out] = scan.write(guess, np.full((frames, 36, 45), 3 / guess.slope), None, tmp_path / "b.dcm")
    new = strictly(out)
    assert new.SOPClassUID.keyword == wanted
    assert new.file_meta.MediaStorageSOPClassUID == new.SOPClassUID
    assert new.file_meta.MediaStorageSOPInstanceUID == new.SOPInstanceUID
    [made_from] = new.SourceImageSequence
    assert made_from.ReferencedSOPClassUID == uid
    assert made_from.ReferencedSOPInstanceUID == source.SOPInstanceUID
    assert np.abs(new.pixel_array * float(new.RescaleSlope) - 3).max() < 1e-3
    assert ("ConversionType" in new) == (wanted != kind) == (new.get("ConversionType") == "WSD")
    if wanted == WORD.keyword:
        assert new.PresentationLUTShape == "IDENTITY" and new.BurnedInAnnotation == "YES"
        assert list(new[new.FrameIncrementPointer].value) == list(range(1, frames + 1))
        assert (0x6000, 0x3000) not in new
    else:
        assert ("NumberOfFrames" in new) == (wanted == kind)
    [larger] = scan.write(one, np.full((frames, 36, 45), 9.0), None, tmp_path / "c.dcm")
    assert strictly(larger).SOPClassUID == uid


def test_a_clip_keeps_what_its_frames_are_counted_by(tmp_path):
    uid = pydicom.uid.UltrasoundMultiFrameImageStorage
    dicom(
        tmp_path / "a.dcm", np.stack([STORED.astype(np.uint8)] * 2), SOPClassUID=uid, FrameTime=40,
        FrameIncrementPointer=pydicom.tag.Tag("FrameTime"), BurnedInAnnotation="NO",
    )  # fmt: skip
    guess = scan.derived(scan.read(tmp_path / "a.dcm"), "guessed", 7.5)
    [out] = scan.write(guess, np.zeros((2, 36, 45)), None, tmp_path / "b.dcm")
    new = strictly(out)
    assert new.FrameIncrementPointer == pydicom.tag.Tag("FrameTime") and new.FrameTime == 40
    assert new.BurnedInAnnotation == "NO" and "PageNumberVector" not in new


def test_a_series_without_a_study_gets_one_in_all_of_its_results(
    tmp_path, bicubic_alone, calibrated
):
    folder = weak_and_strong(tmp_path / "pet")
    for path in folder.iterdir():
        data = pydicom.dcmread(path)
        del data.StudyInstanceUID
        data.save_as(path)
    for out in ("one", "two"):  # and it is the same where the command is given again
        assert upscale(folder, "--out", tmp_path / out, "--guess") == 0
    written = [path for out in ("one", "two") for path in (tmp_path / out).rglob("pet_*/*")]
    assert len(written) == 24
    [study] = {strictly(path).StudyInstanceUID for path in written}
    assert pydicom.uid.UID(study).is_valid


def test_a_slice_without_a_study_gets_that_of_the_others(tmp_path):
    folder = weak_and_strong(tmp_path / "pet")
    for path in folder.iterdir():
        data = pydicom.dcmread(path)
        data.StudyInstanceUID = "" if path.name == "1" else "1.2.3"
        data.save_as(path)
    _, written = guess_of(folder, tmp_path / "out")
    assert {strictly(path).StudyInstanceUID for path in written} == {"1.2.3"}


def test_a_file_that_names_neither_study_nor_series_gets_a_study_of_its_own(tmp_path):
    made = set()
    for name in ("a", "b"):
        data = dicom(tmp_path / name, STORED)
        del data.StudyInstanceUID, data.SeriesInstanceUID
        data.save_as(tmp_path / name)
        _, [out] = guess_of(tmp_path / name, tmp_path / f"{name}_x3")
        made.add(strictly(out).StudyInstanceUID)
    assert len(made) == 2


def test_a_guess_is_not_shown_as_the_old_values_were():
    group = item(RealWorldValueMappingSequence=[item()], FrameVOILUTSequence=[item()])
    data = item(
        PixelPresentation="COLOR", RedPaletteColorLookupTableDescriptor=[16, 0, 16],
        RealWorldValueMappingSequence=[item()], SharedFunctionalGroupsSequence=[group],
        PixelPaddingValue=0, FloatPixelPaddingValue=0.0,
    )  # fmt: skip
    quantity.set_scale(data, [9.0], "HU")
    for name in ("RedPaletteColorLookupTableDescriptor", "RealWorldValueMappingSequence",
                 "PixelPaddingValue", "FloatPixelPaddingValue"):  # fmt: skip
        assert name not in data
    assert data.PixelPresentation == "MONOCHROME" and not len(group)
