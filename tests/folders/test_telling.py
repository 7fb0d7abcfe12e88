"""The line of a scan says what was written: place, depth, window, planes, distances."""

import re

import numpy as np
import pytest
import tifffile
from PIL import Image
from scan_files import CT, STORED, dicom
from upscale_command import picture, series, upscale

from medsr_nb.scans import scan
from medsr_nb.scans.intensity_map import intensity

pytestmark = pytest.mark.usefixtures("bicubic_alone")


@pytest.fixture
def line(tmp_path, capsys):
    """A function of a scan and of options: what is said of it after the arrow, below ``out``."""

    def said_of(path, *options):
        assert upscale(path, "--out", tmp_path / "out", *options) == 0
        return capsys.readouterr().out.strip().split(f" -> {tmp_path / 'out'}/")[1]

    return said_of


def test_the_distance_of_pixels_is_that_of_the_result(tmp_path, line):
    dicom(tmp_path / "ct.dcm", STORED, **CT)
    assert (
        line(tmp_path / "ct.dcm") == "ct_x3.dcm: 15x12 to 45x36, 16 bit, spacing 0.25 x 0.1667 mm"
    )


def test_a_picture_has_its_own_depth_and_window(tmp_path, line):
    dicom(tmp_path / "ct.dcm", STORED, **CT)
    said = line(tmp_path / "ct.dcm", "--format", "png")
    pattern = r"ct_x3.png: 15x12 to 45x36, 16 bit PNG, (.*) to (.*) HU as black to white, .*"
    low, high = map(float, re.fullmatch(pattern, said).groups())
    one = scan.read(tmp_path / "ct.dcm")
    shown = intensity(one.planes)
    ends = [one.slope * end + one.intercept for end in (shown.low, shown.high)]
    assert [low, high] == pytest.approx(ends, rel=1e-4)
    assert np.asarray(Image.open(tmp_path / "out" / "ct_x3.png")).dtype == np.uint16
    said = line(tmp_path / "ct.dcm", "--window", "40", "80", "--overwrite")
    assert said == (
        "ct_x3.png: 15x12 to 45x36, 8 bit PNG, 0 to 80 HU as black to white, spacing left out"
    )
    assert Image.open(tmp_path / "out" / "ct_x3.png").mode == "L"


def test_black_is_the_highest_number_where_a_scan_is_inverted(tmp_path, line):
    dicom(tmp_path / "cr.dcm", STORED, PhotometricInterpretation="MONOCHROME1")
    said = line(tmp_path / "cr.dcm", "--format", "png")
    black, white = map(
        float, re.search(r" (\S+) to (\S+) \S+ \S+ as black to white", said).groups()
    )
    assert black > white


def test_planes_of_floats_are_a_folder_of_16_bits(tmp_path, line):
    values = np.random.default_rng(0).normal(size=(3, 9, 12))
    tifffile.imwrite(tmp_path / "stack.v1.tif", values, photometric="minisblack")
    said = line(tmp_path / "stack.v1.tif", "--format", "png")
    assert said.startswith("stack.v1_x3: 12x9 to 36x27, 3 planes, 16 bit PNG, -")
    assert "as black to white" in said
    assert "64 bit" not in said and (tmp_path / "out" / "stack.v1_x3" / "0003.png").exists()


def test_what_is_there_is_named_as_it_is(tmp_path, capsys, line):
    line(series(tmp_path / "head"), "--format", "png")
    assert upscale(tmp_path / "head", "--out", tmp_path / "out", "--format", "png") == 0
    assert f"{tmp_path / 'out' / 'head_x3'} is there already" in capsys.readouterr().out


@pytest.mark.parametrize("mode, depth", [("L", 8), ("RGB", 8), ("LA", 8), ("I;16", 16)])
def test_pictures_keep_their_depth(mode, depth, tmp_path, line):
    picture(tmp_path / "l.png")
    levels = Image.open(tmp_path / "l.png")
    levels = Image.fromarray(np.asarray(levels).astype(np.uint16) * 200) if depth == 16 else levels
    levels.convert(mode).save(tmp_path / "a.png")
    assert f", {depth} bit PNG" in line(tmp_path / "a.png", "--format", "png")
    assert f", {depth} bit" in line(tmp_path / "a.png", "--overwrite")


def test_a_picture_larger_than_pillow_opens_is_told(tmp_path, line, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 400)
    assert ", 8 bit PNG" in line(picture(tmp_path / "a.png"), "--format", "png")


def test_a_volume_as_pictures_has_no_third_axis(tmp_path, line):
    import nibabel

    volume = np.random.default_rng(0).integers(0, 99, (12, 9, 3)).astype(np.int16)
    nibabel.save(nibabel.Nifti1Image(volume, np.diag([1, 1, 4, 1])), tmp_path / "v.nii")
    said = line(tmp_path / "v.nii", "--format", "png", "--through-plane")
    assert said.startswith("v_x3: ") and "axis 2" not in said and "spacing left out" in said
    assert "--through-plane left out" in said
    assert "axis 2 interpolated to three times" in line(tmp_path / "v.nii", "--through-plane")


@pytest.mark.parametrize("format", ["tiff", "png"])
def test_depths_of_slices_are_not_said_of_another_kind_of_file(tmp_path, line, format):
    (tmp_path / "ct").mkdir()
    for k, bits in enumerate((12, 14)):
        dicom(tmp_path / "ct" / f"{k}.dcm", STORED, **CT, SeriesInstanceUID="1.2.3",
              SOPInstanceUID=f"1.2.3.{k}", InstanceNumber=k, BitsStored=bits,
              HighBit=bits - 1)  # fmt: skip
    said = line(tmp_path / "ct", "--format", format)
    assert "12 and 14 bit" not in said and ("16 bit PNG" in said or "32 bit float" in said)


def test_planes_that_pictures_show_in_one_grey_are_told(tmp_path, line):
    values = np.random.default_rng(0).integers(0, 1000, (2, 12, 15)).astype(np.float32)
    values[1] /= 1000
    tifffile.imwrite(tmp_path / "a.tif", values, photometric="minisblack", metadata=None)
    note = "1 plane(s) of far less contrast enlarged with a map of their own"
    told = f"{note}, but almost one grey here: give a --window for them"
    assert told in line(tmp_path / "a.tif", "--format", "png")
    for options in (["--window", "0", "2", "--overwrite"], []):
        said = line(tmp_path / "a.tif", *options)
        assert note in said and "one grey" not in said
