"""A series of DICOM files is one scan: its order, its geometry, and what belongs to it."""

import shutil
import subprocess
import warnings

import nibabel
import numpy as np
import pydicom
import pytest
import tifffile
from scan_files import CT, STORED, dicom, enlarged, strictly, tripled
from upscale_command import upscale

from medsr_nb.degradation import bands
from medsr_nb.machine import UserError
from medsr_nb.scans import scan
from medsr_nb.upscaling import enlarging


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


def test_slices_with_scales_of_their_own_reduce_to_what_they_were(tmp_path, bicubic_alone):
    """At a contour no result is below the least that can be stored, which would be cut off."""
    folder = series(tmp_path / "pet", count=2)
    for k, slope in enumerate((1, 4)):
        data = pydicom.dcmread(folder / f"IM{k}")
        data.RescaleSlope, data.RescaleIntercept = slope, 0
        values = np.zeros(STORED.shape, np.uint16)
        values[4:8, 5:] = 2000
        data.PixelData = values.tobytes()
        data.save_as(folder / f"IM{k}")
    one = scan.read(folder)
    enlarging.enlarge(one).save(tmp_path / "out")
    for before, after in zip(one.planes, scan.read(tmp_path / "out").planes, strict=True):
        assert np.abs(bands.resized(after, *before.shape) - before).max() < 9  # of 8000


KINDS = [((12, 0), (16, 0)), ((16, 1), (16, 0)), ((16, 0), (12, 1)), ((8, 0), (16, 1))]


@pytest.mark.parametrize("kinds", KINDS)
def test_slices_stored_in_types_of_their_own_are_each_enlarged_in_it(
    tmp_path, bicubic_alone, kinds
):
    """Every one keeps its type, and its contours come out as if it were alone."""
    folder = series(tmp_path / "mixed", count=2)
    slices = []
    for k, (bits, signed) in enumerate(kinds):
        allocated = 8 if bits == 8 else 16
        lowest = -(2 ** (bits - 1)) if signed else 0
        values = np.full((12, 15), lowest, np.dtype(f"{'i' if signed else 'u'}{allocated // 8}"))
        values[4:8, 5:11] = (lowest + 2**bits - 1) // (k + 2)
        data = pydicom.dcmread(folder / f"IM{k}")
        data.BitsAllocated, data.BitsStored, data.HighBit = allocated, bits, bits - 1
        data.PixelRepresentation, data.PixelData = signed, values.tobytes()
        data.save_as(folder / f"IM{k}")
        slices.append(values)
    one = scan.read(folder)
    assert " and ".join(dict.fromkeys(str(bits) for bits, _ in kinds)) + " bit" in one.notes
    assert (one.planes == np.stack(slices)).all()
    written = enlarging.enlarge(one).save(tmp_path / "out")
    for path, (bits, signed) in zip(written, kinds, strict=True):
        data = strictly(path)
        assert (data.BitsStored, data.PixelRepresentation) == (bits, signed)
        enlarging.enlarge(folder / path.name).save(tmp_path / "alone")
        alone = pydicom.dcmread(tmp_path / "alone").pixel_array
        assert np.abs(data.pixel_array - alone.astype(float)).max() <= 1


def test_copies_of_a_file_are_taken_once(tmp_path, bicubic_alone, capsys):
    folder = series(tmp_path / "series")
    shutil.copy(folder / "IM1", folder / "IM1 (copy)")
    shutil.copy(folder / "IM2", folder / "IM2 (copy)")
    one = scan.read(folder)
    assert "4 files of one series" in one.notes and one.planes.shape == (4, 12, 15)
    assert "2 more are copies of these and left out" in one.notes
    for said in ("2 more are copies", "is there already"):
        assert upscale(folder, "--out", tmp_path / "out") == 0
        assert said in capsys.readouterr().out
    written = tmp_path / "out" / "series_x3"
    assert sorted(path.name for path in written.iterdir()) == ["IM0", "IM1", "IM2", "IM3"]
    for k in range(4):  # an anonymiser's one identifier for all makes no copies
        data = pydicom.dcmread(folder / f"IM{k}")
        data.SOPInstanceUID = data.file_meta.MediaStorageSOPInstanceUID = "1.2.3"
        data.save_as(folder / f"IM{k}")
    assert scan.read(sorted(folder.glob("IM?"))).planes.shape == (4, 12, 15)


def test_a_line_says_where_a_slice_seems_to_be_missing(tmp_path):
    folder = series(tmp_path / "series", count=5)
    assert not [note for note in scan.read(folder).notes if "slice" in note]
    shutil.move(folder / "IM3", tmp_path / "IM3")
    assert "slices lie 5 to 10 mm apart: one may be missing" in scan.read(folder).notes
    data = pydicom.dcmread(tmp_path / "IM3")
    data.SOPInstanceUID, data.InstanceNumber = pydicom.uid.generate_uid(), 9
    data.save_as(folder / "IM5")
    data.SOPInstanceUID, data.InstanceNumber = pydicom.uid.generate_uid(), 10
    data.save_as(folder / "IM6")
    assert "not as many slices in one place as in another" in scan.read(folder).notes


def test_a_long_description_of_any_letters_stays_within_its_64(tmp_path):
    for text in ("Ü" * 64, "a" * 64, "a" + "Ü" * 63, "脳" * 64):
        dicom(tmp_path / "a.dcm", STORED, SpecificCharacterSet="ISO_IR 192", SeriesDescription=text)
        _, [out] = enlarged(tmp_path / "a.dcm", tmp_path / "b.dcm")
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            said = strictly(out).SeriesDescription
        assert said == f"{text[:54]} x3 medsr"


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


def test_a_slice_cut_short_does_not_vanish_from_its_series(tmp_path):
    folder = series(tmp_path / "series")
    (folder / "DICOMDIR").write_bytes(b"\0" * 128 + b"DICM")
    (folder / "notes.txt").write_text("no DICOM")
    cut = (folder / "IM2").rename(folder / "IM2.dcm")
    whole = cut.read_bytes()
    for length in range(0, len(whole), 11):  # some of them within a value
        cut.write_bytes(whole[:length])
        with pytest.raises(UserError, match="IM2.dcm: .*get it again"):
            scan.read(folder)
        with pytest.raises(UserError, match="IM2.dcm: .* The series of 4 files is left out becau"):
            scan.read([folder / name for name in ("IM0", "IM1", "IM2.dcm", "IM3")])
        with pytest.raises(UserError, match="IM2.dcm: "):
            scan.read(cut)
    cut.rename(folder / "IM2").write_bytes(whole[:140])
    with pytest.raises(UserError, match="IM2: .*get it again"):
        scan.read(folder)
    (folder / "IM2").unlink()
    assert scan.read(folder).planes.shape == (3, 12, 15)


def test_a_report_beside_a_series_is_left_out(tmp_path):
    folder = series(tmp_path / "series")
    report = pydicom.dcmread(folder / "IM0", stop_before_pixels=True)
    del report.Rows
    report.SeriesInstanceUID = pydicom.uid.generate_uid()
    report.SOPClassUID = pydicom.uid.BasicTextSRStorage
    report.save_as(folder / "report")
    assert scan.read(folder).planes.shape == (4, 12, 15)
    report.SOPClassUID = pydicom.uid.CTImageStorage  # cut short, of a series of its own
    report.save_as(folder / "report")
    with pytest.raises(UserError, match="report: cannot be read; get it again"):
        scan.read(folder)


def test_a_series_may_be_a_list_of_files_beside_others(tmp_path):
    from medsr_nb.scans.dicom import reading as reader

    folder = series(tmp_path / "two", count=3)
    dicom(folder / "other", STORED)
    found = sorted(reader.series_of(folder)[0].values(), key=len)
    assert [len(files) for files in found] == [1, 3]
    assert scan.read(found[1]).planes.shape == (3, 12, 15)


def test_slices_whose_pixels_differ_in_size_have_no_size_in_common(tmp_path, bicubic_alone):
    folder = series(tmp_path / "series")
    data = pydicom.dcmread(folder / "IM2")
    data.PixelSpacing = [0.5, 0.5]
    data.save_as(folder / "IM2")
    one, written = enlarged(folder, tmp_path / "out")
    assert one.spacing is None and "spacing differs from plane to plane" in one.notes
    assert not any("mm" in note for note in one.notes)
    rows = [float(pydicom.dcmread(path).PixelSpacing[0]) for path in written]
    assert rows == pytest.approx([0.25, 0.25, 0.5 / 3, 0.25])
    assert upscale(folder, "--out", tmp_path, "--format", "tiff") == 0
    with tifffile.TiffFile(tmp_path / "series_x3.tif") as tif:
        assert {page.tags.valueof("XResolution") for page in tif.pages} == {(1, 1)}


def test_an_overview_among_the_slices_is_told(tmp_path):
    folder = series(tmp_path / "series")
    assert not any("parallel" in note for note in scan.read(folder).notes)
    data = pydicom.dcmread(folder / "IM0")
    data.ImageOrientationPatient = [1, 0, 0, 0, 0, -1]
    data.save_as(folder / "IM0")
    one = scan.read(folder)
    assert "slices are not all parallel: an overview may be among them" in one.notes
