"""PNG of any scan: numbers that it holds stay; of others it is said what is black and white."""

import zlib

import nibabel
import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms
from scan_files import CT, dicom, tripled
from upscale_command import upscale

from medsr_nb.scans import scan
from medsr_nb.scans.pictures import windowed

HEAD = np.linspace(-1000, 1200, 180).round().astype(np.int16).reshape(12, 15)
GREY = np.random.default_rng(1).integers(500, 9500, (12, 15), dtype=np.uint16)


def pictured(path, planes=None):
    """(scan, levels of its PNG, what is said); ``planes`` where the result is another."""
    one = scan.read(path)
    planes = tripled(one.planes).astype(float) if planes is None else planes
    [png] = scan.pictures_of(one, planes, tripled(one.extras), path.with_name("x3.png"))
    return one, np.asarray(Image.open(png)), windowed.said(one, None)


def deep_channels(path):
    """The numbers (H, W, C) of a PNG of 16 bits a colour, as PNG says that they are kept."""
    with Image.open(path) as picture:
        (width, height), count = picture.size, len(picture.getbands())
    data, place, packed = path.read_bytes(), 8, b""
    while place < len(data):
        length = int.from_bytes(data[place : place + 4], "big")
        if data[place + 4 : place + 8] == b"IDAT":
            packed += data[place + 8 : place + 8 + length]
        place += length + 12
    rows = np.frombuffer(zlib.decompress(packed), np.uint8).reshape(height, -1)
    assert (rows[:, 0] == 2).all()  # each row is told from the one above
    rows = np.cumsum(rows[:, 1:], axis=0, dtype=np.uint8)
    return rows.view(">u2").reshape(height, width, count)


def test_numbers_of_16_bits_stay(tmp_path):
    Image.fromarray(GREY).save(tmp_path / "a.png")
    tifffile.imwrite(tmp_path / "a.tif", GREY)
    (tmp_path / "a.pgm").write_bytes(b"P5\n15 12\n9999\n" + GREY.astype(">u2").tobytes())
    for name in ("a.png", "a.tif", "a.pgm"):
        _, levels, said = pictured(tmp_path / name)
        assert (levels == tripled(GREY[None])[0]).all() and said == ()
    tifffile.imwrite(tmp_path / "b.tif", GREY, photometric="miniswhite")
    assert (pictured(tmp_path / "b.tif")[1] == 65535 - tripled(GREY[None])[0]).all()


@pytest.mark.parametrize("alpha", [False, True])
def test_colours_of_16_bits_stay(tmp_path, alpha):
    colours = np.random.default_rng(0).integers(0, 65536, (12, 15, 3 + alpha), dtype=np.uint16)
    kind = {"extrasamples": ["unassalpha"]} if alpha else {}
    tifffile.imwrite(tmp_path / "a.tif", colours, photometric="rgb", **kind)
    _, levels, said = pictured(tmp_path / "a.tif")
    assert (levels == tripled(colours[None] >> 8)[0]).all()  # as far as Pillow reads
    assert (deep_channels(tmp_path / "x3.png") == tripled(colours[None])[0]).all() and said == ()


def test_one_hot_pixel_does_not_set_the_scale_and_neither_does_the_result(tmp_path):
    values = np.random.default_rng(0).uniform(0, 1, (60, 60)).astype(np.float32)
    values[0, :2], values[30, 30] = (0, 1), 1e9
    tifffile.imwrite(tmp_path / "a.tif", values)
    larger = tripled(values[None].astype(float))
    larger[0, 100, 100], larger[0, 101, 100] = -5, 7
    one, levels, said = pictured(tmp_path / "a.tif", larger)
    wanted = np.clip(np.rint(65535 * larger[0]), 0, 65535)
    assert np.abs(levels - wanted).max() <= 70 and levels[90, 90] == 65535
    assert levels[100, 100] == 0 and said[0].endswith("stored units as black to white")
    colours = np.dstack([values, values, values])
    tifffile.imwrite(tmp_path / "c.tif", colours, photometric="rgb")
    _, levels, said = pictured(tmp_path / "c.tif")
    assert np.abs(levels[:90, :90] - 255 * tripled(colours[None])[0, :90, :90]).max() <= 1
    assert said[0].startswith("0 to ")


def test_the_line_says_which_values_are_black_and_white(tmp_path, capsys, bicubic_alone):
    dicom(tmp_path / "a.dcm", (HEAD + 1024).astype(np.uint16), **CT)
    assert upscale(tmp_path / "a.dcm", "--out", tmp_path, "--format", "png") == 0
    assert "-1000 to 1200 HU as black to white" in capsys.readouterr().out
    levels = np.asarray(Image.open(tmp_path / "a_x3.png"))
    assert np.abs(levels[1::3, 1::3] - 65535 * (HEAD + 1000.0) / 2200).max() < 900
    more = ["--window", "40", "80", "--overwrite"]
    assert upscale(tmp_path / "a.dcm", "--out", tmp_path, *more) == 0
    assert "0 to 80 HU as black to white" in capsys.readouterr().out


def test_what_is_higher_is_brighter_whatever_the_file_does(tmp_path):
    stored = (2500 - HEAD).astype(np.uint16)
    dicom(tmp_path / "a.dcm", stored, PhotometricInterpretation="MONOCHROME1")
    _, levels, said = pictured(tmp_path / "a.dcm")
    assert levels[0, 0] == 0 and levels[-1, -1] == 65535
    assert said == ("3500 to 1300 stored units as black to white",)
    image = nibabel.Nifti1Image(HEAD[..., None], np.diag([-1.0, -1, 1, 1]))
    image.header.set_slope_inter(-2, 10)
    nibabel.save(image, tmp_path / "a.nii")
    one, levels, said = pictured(tmp_path / "a.nii")
    assert said == ("-2390 to 2010 scaled units as black to white",)
    darkest, brightest = one.planes[0] == 1200, one.planes[0] == -1000  # of stored numbers
    assert (levels[1::3, 1::3][darkest] == 0).all()
    assert (levels[1::3, 1::3][brightest] == 65535).all()


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.tif"])
def test_dots_per_inch_and_the_profile_of_kept_levels_stay(name, tmp_path):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    colours = np.random.default_rng(2).integers(0, 255, (12, 15, 3), dtype=np.uint8)
    Image.fromarray(colours).save(tmp_path / name, icc_profile=profile, dpi=(300, 200))
    one = scan.read(tmp_path / name)
    for window, kept in ((None, profile), ((100, 50), None)):
        [png] = scan.pictures_of(
            one, tripled(one.planes), tripled(one.extras), tmp_path / "x3.png", window
        )
        with Image.open(png) as result:
            assert np.allclose(result.info["dpi"], (900, 600), atol=0.05)
            assert result.info.get("icc_profile") == kept
