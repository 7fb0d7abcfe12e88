"""DICOM files keep numbers, scale and everything said of the patient; geometry is the new one."""

import shutil
import subprocess

import numpy as np
import pytest
from PIL import Image
from scan_files import dicom, enlarged, head, tripled

from medsr_nb.machine import UserError
from medsr_nb.upscaling import scan

pydicom = pytest.importorskip("pydicom")
CT = {"RescaleSlope": 1, "RescaleIntercept": -1024, "WindowCenter": 40, "WindowWidth": 80}
STORED = (head() + 1024).astype(np.uint16)


def strictly(path):
    """A DICOM file read with every check that pydicom has."""
    from pydicom import config

    before = config.settings.reading_validation_mode
    config.settings.reading_validation_mode = config.RAISE
    try:
        data = pydicom.dcmread(path)
        for _ in data.iterall():
            pass
    finally:
        config.settings.reading_validation_mode = before
    return data


def series(folder, count=4, **tags):
    """A folder without suffixes, numbered against the order of positions, with one bright dot."""
    folder.mkdir()
    uids = {"StudyInstanceUID": pydicom.uid.generate_uid(),
            "SeriesInstanceUID": pydicom.uid.generate_uid(),
            "FrameOfReferenceUID": pydicom.uid.generate_uid()}  # fmt: skip
    for k in range(count):
        values = STORED + k
        values[6, 7] += 4000 if k == 2 else 0
        dicom(folder / f"IM{k}", values, InstanceNumber=count - k, **CT, **uids,
              **{"ImagePositionPatient": [-20.0, -27.0, 10.0 + 5 * k]} | tags)  # fmt: skip
    return folder


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


def test_a_folder_is_one_series_in_order_of_position(tmp_path):
    one, written = enlarged(series(tmp_path / "series"), tmp_path / "out")
    assert one.planes.shape == (4, 12, 15) and one.suffix == ""
    assert [plane[0, 0] - STORED[0, 0] for plane in one.planes] == [0, 1, 2, 3]
    assert [path.name for path in written] == ["IM0", "IM1", "IM2", "IM3"]
    new = [strictly(path) for path in written]
    assert len({data.SeriesInstanceUID for data in new}) == 1
    assert len({data.SOPInstanceUID for data in new}) == 4
    assert [float(data.ImagePositionPatient[2]) for data in new] == [10, 15, 20, 25]
    assert [data.InstanceNumber for data in new] == [4, 3, 2, 1]


def test_two_independent_readers_find_the_same_geometry_and_values(tmp_path):
    itk = pytest.importorskip("SimpleITK")
    folder = series(tmp_path / "series", ImageOrientationPatient=[0.6, 0.8, 0, -0.8, 0.6, 0])
    _, written = enlarged(folder, tmp_path / "out")

    def by_itk(folder):
        return itk.ReadImage(itk.ImageSeriesReader.GetGDCMSeriesFileNames(str(folder)))

    old, new = by_itk(folder), by_itk(tmp_path / "out")
    values = itk.GetArrayFromImage(old)
    assert (itk.GetArrayFromImage(new) == tripled(values)).all()
    assert new.GetDirection() == pytest.approx(old.GetDirection(), abs=1e-6)
    spacing = np.array(old.GetSpacing()) / (3, 3, 1)
    assert new.GetSpacing() == pytest.approx(spacing.tolist(), abs=1e-6)
    # The centre of the new second of three pixels is that of the old pixel.
    for index in ((0, 0, 0), (4, 7, 2)):
        middle = (3 * index[0] + 1, 3 * index[1] + 1, index[2])
        point = old.TransformIndexToPhysicalPoint(index)
        assert new.TransformIndexToPhysicalPoint(middle) == pytest.approx(point, abs=1e-6)


def test_dcm2niix_makes_the_same_volume_of_both(tmp_path):
    nibabel = pytest.importorskip("nibabel")
    converter = shutil.which("dcm2niix")
    if converter is None:
        converter = pytest.importorskip("dcm2niix").bin
    folder = series(tmp_path / "series")
    enlarged(folder, tmp_path / "out")
    volumes = []
    for source in (folder, tmp_path / "out"):
        target = tmp_path / f"nifti_{source.name}"
        target.mkdir()
        subprocess.run([converter, "-f", "volume", "-o", target, source], check=True,
                       capture_output=True)  # fmt: skip
        volumes.append(nibabel.load(target / "volume.nii"))
    old, new = volumes
    values = old.get_fdata().repeat(3, axis=0).repeat(3, axis=1)
    assert (new.get_fdata() == values).all()
    for voxel in ([0, 0, 0], [4, 7, 2]):
        middle = [3 * voxel[0] + 1, 3 * voxel[1] + 1, voxel[2], 1]
        assert new.affine @ middle == pytest.approx(old.affine @ [*voxel, 1], abs=1e-4)


def test_slices_with_scales_of_their_own_are_compared_in_their_unit(tmp_path):
    folder = series(tmp_path / "pet", count=2)
    for k, slope in enumerate((1, 4)):
        data = pydicom.dcmread(folder / f"IM{k}")
        data.RescaleSlope, data.RescaleIntercept = slope, 10
        data.PixelData = (STORED // slope).astype(np.uint16).tobytes()
        data.save_as(folder / f"IM{k}")
    one, written = enlarged(folder, tmp_path / "out")
    assert (one.slope, one.intercept) == (1, 0)
    assert np.abs(one.planes[0] - one.planes[1]).max() < 4
    for path, slope in zip(written, (1, 4), strict=True):
        assert (strictly(path).pixel_array[::3, ::3] == STORED // slope).all()


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
    assert np.abs(again.planes - tripled(one.planes).astype(float)).max() <= 0.01
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


def test_a_derived_series_is_a_second_one_in_the_same_unit(tmp_path):
    one = scan.read(series(tmp_path / "series"))
    guess = scan.derived(one, "guess", 7.5)
    values = np.random.default_rng(0).uniform(0, 7.5, (4, 36, 45))
    written = scan.write(guess, values / guess.slope, None, tmp_path / "guess")
    for path, plane in zip(written, values, strict=True):
        data = strictly(path)
        found = data.pixel_array * float(data.RescaleSlope) + float(data.RescaleIntercept)
        assert np.abs(found - plane).max() < 1e-3 and data.RescaleType == "HU"
        assert data.SeriesDescription == "axial guess medsr"
        assert data.DerivationDescription == "Of each pixel enlarged by medsr: guess, in HU."


def test_mixed_folders_and_files_without_pictures_are_refused(tmp_path):
    folder = series(tmp_path / "two", count=1)
    dicom(folder / "other", STORED)
    with pytest.raises(UserError, match="holds 2 DICOM series; put each into a folder"):
        scan.read(folder)
    (tmp_path / "none").mkdir()
    (tmp_path / "none" / "notes.txt").write_text("no picture")
    with pytest.raises(UserError, match="none: holds no DICOM picture"):
        scan.read(tmp_path / "none")
    plan = pydicom.data.get_testdata_file("rtplan.dcm", download=False)
    with pytest.raises(UserError, match="is a DICOM without a picture"):
        scan.read(plan)
    dicom(tmp_path / "dose.dcm", STORED, Modality="RTDOSE")
    with pytest.raises(UserError, match="is a radiation dose"):
        scan.read(tmp_path / "dose.dcm")


def test_a_series_may_be_a_list_of_files_beside_others(tmp_path):
    from medsr_nb.upscaling import dicom as reader

    folder = series(tmp_path / "two", count=3)
    dicom(folder / "other", STORED)
    found = sorted(reader.series_of(folder).values(), key=len)
    assert [len(files) for files in found] == [1, 3]
    assert scan.read(found[1]).planes.shape == (3, 12, 15)


def test_a_syntax_without_a_decoder_says_what_to_install(tmp_path, monkeypatch):
    source = pydicom.data.get_testdata_file("JPEGLSNearLossless_08.dcm", download=False)
    if source is None:
        pytest.skip("not in this release of pydicom")

    def none(*_, **__):
        raise RuntimeError("all plugins are missing dependencies")

    monkeypatch.setattr(pydicom.pixels, "pixel_array", none)
    with pytest.raises(UserError, match="compressed as JPEG-LS .* pip install pylibjpeg"):
        scan.read(source)


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
