"""Scans written as another kind of file keep values and place; what cannot be kept is refused."""

import nibabel
import numpy as np
import pytest
import tifffile
from PIL import Image
from scan_files import CT, STORED, dicom, head, tripled
from upscale_command import names, upscale

from medsr_nb.machine import UserError
from medsr_nb.scans import converting, scan

COLOURS = np.random.default_rng(1).integers(0, 256, (12, 15, 3), dtype=np.uint8)
OBLIQUE = [0.8, 0.6, 0.0, 0.0, 0.0, -1.0]  # directions of rows and of columns


def written(path, format, out):
    """(scan as read, path of its tripled result as ``format``)."""
    one = scan.read(path)
    new = converting.converted(one, format, path.name)
    planes = tripled(new.planes).astype(np.float64)
    [result] = scan.write(new, planes, tripled(new.extras), out.with_name(out.name + new.suffix))
    return new, result


def series(folder, count=3, **tags):
    """A series of planes 4 mm apart, named against their order; their positions."""
    folder.mkdir()
    normal = np.cross(OBLIQUE[:3], OBLIQUE[3:])
    places = [np.array([1.0, -2.0, 3.0]) + 4 * k * normal for k in range(count)]
    for k, place in enumerate(places):
        one = {"ImagePositionPatient": place.tolist(), "ImageOrientationPatient": OBLIQUE}
        dicom(folder / f"{9 - k}.dcm", STORED + k, SeriesInstanceUID="1.2.3", InstanceNumber=k,
              **CT | one | tags)  # fmt: skip
    return places


def test_a_series_is_one_volume_in_hounsfield_units_where_the_patient_lay(tmp_path):
    places = series(tmp_path / "head")
    new, out = written(tmp_path / "head", "nifti", tmp_path / "a")
    image = nibabel.load(out)
    assert out.name == "a.nii.gz" and image.get_data_dtype() == np.uint16
    assert image.shape == (45, 36, 3) and new.unit == "HU"
    for k in range(3):
        plane = np.asanyarray(image.dataobj)[..., k].T
        assert (plane == tripled((head() + k)[None])[0]).all()
    along_row, along_column = np.reshape(OBLIQUE, (2, 3))
    for plane, row, column in ((0, 0, 0), (2, 35, 44), (1, 17, 3)):
        # A third of 0.5 mm from column to column, of 0.75 from row to row, and a corner that stays.
        in_old = (column - 1) / 3 * 0.5 * along_row + (row - 1) / 3 * 0.75 * along_column
        left, back, up = places[plane] + in_old
        world = image.affine @ [column, row, plane, 1]
        assert np.allclose(world[:3], [-left, -back, up], atol=1e-4)
    assert image.header.get_xyzt_units() == ("mm", "sec") and image.header["sform_code"] == 1
    assert np.allclose(image.header.get_zooms(), (0.5 / 3, 0.25, 4))


def test_frames_and_a_single_plane_have_their_place_too(tmp_path):
    import pydicom

    dicom(tmp_path / "a.dcm", STORED, **CT)  # 5 mm thick, at (-20, -27, 10)
    _, out = written(tmp_path / "a.dcm", "nifti", tmp_path / "a")
    affine = nibabel.load(out).affine
    assert np.allclose(affine @ [1, 1, 0, 1], [20, 27, 10, 1], atol=1e-5)
    assert np.allclose(affine[:3, 2], [0, 0, 5])
    dicom(tmp_path / "b.dcm", np.stack([STORED, STORED + 1]), **CT)
    with pytest.raises(UserError, match="b.dcm: its planes do not lie evenly"):  # all at one place
        written(tmp_path / "b.dcm", "nifti", tmp_path / "b")
    data = pydicom.dcmread(tmp_path / "b.dcm")
    del data.ImagePositionPatient
    data.PerFrameFunctionalGroupsSequence = []
    for k in range(2):
        position, frame = pydicom.Dataset(), pydicom.Dataset()
        position.ImagePositionPatient = [0.0, 0.0, 10.0 - 3 * k]  # downwards
        frame.PlanePositionSequence = [position]
        data.PerFrameFunctionalGroupsSequence.append(frame)
    data.save_as(tmp_path / "b.dcm")
    _, out = written(tmp_path / "b.dcm", "nifti", tmp_path / "b")
    image = nibabel.load(out)
    for plane, place, values in ((0, 7, STORED + 1), (1, 10, STORED)):  # as of single files
        assert np.allclose(image.affine @ [1, 1, plane, 1], [0, 0, place, 1], atol=1e-5)
        assert (image.dataobj.get_unscaled()[1::3, 1::3, plane].T == values).all()


def test_frames_in_any_order_lie_where_they_are_with_their_padding(tmp_path):
    import pydicom

    places = [4.0, 0.0, 6.0, 2.0]
    frames = np.stack([STORED + int(place) for place in places])
    frames[0, 0, 0] = frames[2, 5, 5] = 0
    data = dicom(tmp_path / "a.dcm", frames, PixelPaddingValue=0, **CT)
    data.PerFrameFunctionalGroupsSequence = []
    for place in places:
        position, frame = pydicom.Dataset(), pydicom.Dataset()
        position.ImagePositionPatient = [0.0, 0.0, place]
        frame.PlanePositionSequence = [position]
        data.PerFrameFunctionalGroupsSequence.append(frame)
    data.save_as(tmp_path / "a.dcm")
    new, out = written(tmp_path / "a.dcm", "nifti", tmp_path / "a")
    image = nibabel.load(out)
    planes = np.asanyarray(image.dataobj.get_unscaled()).transpose(2, 1, 0)
    assert (planes == tripled(frames[np.argsort(places)])).all()
    assert np.allclose(image.affine @ [1, 1, 3, 1], [0, 0, 6, 1], atol=1e-5)
    assert new.missing.where[[2, 3], [0, 5], [0, 5]].all()


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        ({"ImagePositionPatient": None}, "does not say where its planes lie"),
        ({"PixelSpacing": None}, "does not say where its planes lie"),
        ({"ImagePositionPatient": [0.0, 0.0, 0.0]}, "do not lie evenly"),
        ({"PixelSpacing": [0, 0]}, "do not lie evenly"),
    ],
)
def test_planes_that_are_no_volume_are_refused_before_the_work(tmp_path, tags, words):
    series(tmp_path / "head", **tags)
    with pytest.raises(UserError, match=f"head: {words}|head: its planes {words}"):
        written(tmp_path / "head", "nifti", tmp_path / "a")
    (tmp_path / "gap").mkdir()
    for k, place in enumerate((0.0, 4.0, 12.0)):
        dicom(tmp_path / "gap" / f"{k}.dcm", STORED, SeriesInstanceUID="1.2.3",
              ImagePositionPatient=[0.0, 0.0, place])  # fmt: skip
    with pytest.raises(UserError, match="gap: its planes do not lie evenly"):
        written(tmp_path / "gap", "nifti", tmp_path / "a")


def test_pictures_and_colours_are_no_volume(tmp_path):
    Image.fromarray(COLOURS).save(tmp_path / "a.png")
    with pytest.raises(UserError, match="a.png: has no place in space"):
        written(tmp_path / "a.png", "nifti", tmp_path / "a")
    dicom(tmp_path / "c.dcm", COLOURS[:, :, 0], SamplesPerPixel=3, Columns=5, PlanarConfiguration=0,
          PhotometricInterpretation="RGB")  # fmt: skip
    with pytest.raises(UserError, match="c.dcm: has colours"):
        written(tmp_path / "c.dcm", "nifti", tmp_path / "c")


@pytest.mark.parametrize("suffix", [".mgz", ".img", ".hdr", ".nii", ".nii.gz"])
def test_volumes_of_other_files_keep_values_and_place(tmp_path, suffix):
    volume = np.random.default_rng(0).integers(0, 900, (8, 9, 4)).astype(np.int16)
    affine = np.array([[0, -0.5, 0, 9], [0.5, 0, 0, -7], [0, 0, 3.0, 2], [0, 0, 0, 1]])
    kind = {".mgz": nibabel.MGHImage, ".img": nibabel.AnalyzeImage, ".hdr": nibabel.Nifti1Pair}
    affine = np.diag([0.5, 0.5, 3.0, 1.0]) if suffix == ".img" else affine
    image = kind.get(suffix, nibabel.Nifti1Image)(volume, affine)
    nibabel.save(image, tmp_path / f"a{suffix}")
    source = nibabel.load(tmp_path / f"a{suffix}")
    _, out = written(tmp_path / f"a{suffix}", "nifti", tmp_path / "x3")
    new = nibabel.load(out)
    assert out.name == "x3.nii.gz" and type(new) is nibabel.Nifti1Image
    assert (np.asarray(new.dataobj) == tripled(volume.T).T).all()
    old = np.argwhere(np.ones(volume.shape))[::17]
    centres = old * [3, 3, 1] + [1, 1, 0]
    placed = [nibabel.affines.apply_affine(*pair) for pair in
              ((source.affine, old), (new.affine, centres))]  # fmt: skip
    assert np.allclose(*placed, atol=1e-4)


def test_tiff_has_the_values_and_all_planes(tmp_path):
    series(tmp_path / "head")
    new, out = written(tmp_path / "head", "tiff", tmp_path / "a")
    values = np.stack([head() + k for k in range(3)])
    assert out.name == "a.tif" and "32 bit float, HU" in new.notes
    assert tifffile.imread(out).dtype == np.float32
    assert (tifffile.imread(out) == tripled(values)).all()
    with tifffile.TiffFile(out) as tif:
        tags = tif.pages[0].tags
        dots = [over / under for over, under in map(tags.valueof, ("XResolution", "YResolution"))]
        assert np.allclose(dots, (60, 40)) and tags.valueof("ResolutionUnit") == 3
    dicom(tmp_path / "b.dcm", STORED, PhotometricInterpretation="MONOCHROME1")
    _, out = written(tmp_path / "b.dcm", "tiff", tmp_path / "b")
    with tifffile.TiffFile(out) as tif:
        page = tif.pages[0]
        assert page.dtype == np.uint16 and page.photometric == 0
        assert (page.asarray() == tripled(STORED[None])[0]).all()


@pytest.mark.parametrize("format", ["tiff", "nifti"])
def test_floats_of_slices_with_scales_of_their_own_are_called_so_with_their_unit(tmp_path, format):
    (tmp_path / "pet").mkdir()
    for k in range(2):
        dicom(tmp_path / "pet" / f"{k}.dcm", STORED, SeriesInstanceUID="1.2.3", Modality="PT",
              ImagePositionPatient=[0.0, 0.0, 4.0 * k], Units="BQML", RescaleSlope=k + 1,
              RescaleIntercept=0)  # fmt: skip
    new, out = written(tmp_path / "pet", format, tmp_path / "a")
    opened = tifffile.imread(out) if format == "tiff" else nibabel.load(out).dataobj
    assert opened.dtype == np.float32
    assert f"32 bit float, {new.unit}" in new.notes
    assert not {"16 bit", "each slice has a scale of its own"} & {*new.notes}


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_tiff_of_pictures_keeps_depth_colour_transparency_and_profile(tmp_path, channels):
    four = np.dstack([COLOURS, COLOURS[..., :1]])
    pixels = {1: COLOURS[..., 0], 2: four[..., 2:], 3: COLOURS, 4: four}[channels]
    Image.fromarray(pixels).save(tmp_path / "a.png", dpi=(254, 127), icc_profile=b"profile" * 9)
    _, out = written(tmp_path / "a.png", "tiff", tmp_path / "a")
    assert (tifffile.imread(out) == tripled(pixels[None])[0]).all()
    with tifffile.TiffFile(out) as tif:
        tags = tif.pages[0].tags
        assert tags.valueof(34675) == b"profile" * 9 and tags.valueof("ResolutionUnit") == 2
        over, under = tags.valueof("XResolution")
        assert over / under == pytest.approx(762, abs=0.1)
    again = scan.read(out)
    assert again.hiding == (channels in (2, 4))
    assert again.planes.shape == (1, 36, 45)


def test_16_bits_and_floats_stay_so(tmp_path):
    deep = COLOURS[..., 0].astype(np.uint16) * 200
    Image.fromarray(deep).save(tmp_path / "a.png")
    _, out = written(tmp_path / "a.png", "tiff", tmp_path / "a")
    assert tifffile.imread(out).dtype == np.uint16
    volume = np.random.default_rng(0).normal(size=(8, 9, 4)).astype(np.float32)
    nibabel.save(nibabel.Nifti1Image(volume, np.eye(4)), tmp_path / "v.nii")
    one, out = written(tmp_path / "v.nii", "tiff", tmp_path / "v")
    assert tifffile.imread(out).dtype == np.float32 and len(tifffile.imread(out)) == 4
    assert (tifffile.imread(out) == tripled(one.planes)).all()


def test_frames_become_pages_and_lose_their_durations_with_a_word(tmp_path):
    frames = [Image.fromarray(COLOURS), Image.fromarray(COLOURS[::-1])]
    frames[0].save(tmp_path / "a.webp", save_all=True, append_images=frames[1:], lossless=True,
                   duration=[50, 90])  # fmt: skip
    new, out = written(tmp_path / "a.webp", "tiff", tmp_path / "a")
    assert "TIFF holds no durations" in new.notes
    assert (tifffile.imread(out) == tripled(np.stack([COLOURS, COLOURS[::-1]]))).all()


@pytest.mark.usefixtures("bicubic_alone")
def test_the_command_changes_the_kind_and_goes_on_where_it_was(tmp_path, capsys, calibrated):
    series(tmp_path / "head")
    out = ["--out", tmp_path / "out"]
    for format, suffix in (("nifti", ".nii.gz"), ("tiff", ".tif")):
        asked = [tmp_path / "head", *out, "--format", format]
        assert upscale(*asked) == 0
        assert upscale(*asked) == 0
        assert "is there already" in capsys.readouterr().out
        assert upscale(*asked, "--guess") == 0
        assert (tmp_path / "out" / f"head_error{suffix}").exists()
    assert len(names(tmp_path / "out")) == 8
    assert upscale(tmp_path / "head", *out, "--format", "tiff", "--window", "40", "80") == 2
    assert "--window makes PNG" in capsys.readouterr().err
    assert upscale(tmp_path / "head", *out) == 0  # the series itself is none of these
    assert len(names(tmp_path / "out" / "head_x3")) == 3


def test_tiff_of_values_keeps_padding_and_each_slices_range_as_values(tmp_path):
    scale = {"RescaleSlope": 2, "RescaleIntercept": -1000}
    narrow = np.full((12, 15), 500, np.uint16) + np.arange(15, dtype=np.uint16)
    narrow[:3, :3] = 0
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    dicom(tmp_path / "a" / "1.dcm", narrow, PixelPaddingValue=0, InstanceNumber=1, **scale)
    one = converting.to_tiff(scan.read(tmp_path / "a" / "1.dcm"))
    larger = np.asarray(one.with_missing(one.planes.repeat(3, axis=1).repeat(3, axis=2)))
    assert (larger[0, :9, :9] == -1000).all()  # the padding's number 0, as a value
    assert larger[0, 9:, 9:].min() == 2 * 503 - 1000

    for number, (bits, level) in enumerate(((12, 4000), (16, 60000)), 1):
        tags = scale | {"BitsStored": bits, "HighBit": bits - 1, "InstanceNumber": number}
        levels = np.linspace(level / 2, level, 180).reshape(12, 15).astype(np.uint16)
        tags["ImagePositionPatient"] = [0, 0, 5 * number]
        dicom(tmp_path / "b" / f"{number}.dcm", levels, SeriesInstanceUID="1.2.3", **tags)
    both = converting.to_tiff(scan.read(tmp_path / "b"))
    assert [both.stored_in(index).highest for index in range(2)] == [2 * 4095 - 1000, 130070]
    assert all(both.stored_in(index).highest >= both.planes[index].max() for index in range(2))
