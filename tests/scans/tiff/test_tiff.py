"""TIFF files keep type, depth, pages, colour and resolution."""

import sys

import numpy as np
import pytest
import tifffile
from PIL import Image
from scan_files import enlarged, head, tripled

from medsr_nb.machine import UserError
from medsr_nb.scans import scan
from medsr_nb.upscaling.interpolated import Interpolated

TYPES = "u1 u2 u4 u8 i1 i2 i4 i8 f2 f4 f8".split()


@pytest.mark.parametrize("type", TYPES)
def test_every_type_stays(tmp_path, type):
    values = (head() % 120).astype(type)
    tifffile.imwrite(tmp_path / "a.tif", values)
    _, [out] = enlarged(tmp_path / "a.tif", tmp_path / "b.tif")
    result = tifffile.imread(out)
    assert result.dtype == type and (result == np.kron(values, np.ones((3, 3)))).all()


def test_all_pages_and_the_resolution(tmp_path):
    stack = np.stack([head(seed=k) for k in range(3)])
    tifffile.imwrite(tmp_path / "a.tif", stack, photometric="minisblack", resolution=(20, 10),
                     resolutionunit="CENTIMETER")  # fmt: skip
    one, [out] = enlarged(tmp_path / "a.tif", tmp_path / "b.tif")
    assert "3 pages" in one.notes and one.unit == "stored units"
    with tifffile.TiffFile(out) as tif:
        assert (np.stack([page.asarray() for page in tif.pages]) == tripled(stack)).all()
        tags = tif.pages[0].tags
        assert tags["XResolution"].value[0] / tags["XResolution"].value[1] == 60
        assert tags["YResolution"].value[0] / tags["YResolution"].value[1] == 30
        assert tags["ResolutionUnit"].value == 3


@pytest.mark.parametrize("codecs", [True, False])
def test_lzw_with_a_predictor_is_read_with_and_without_imagecodecs(tmp_path, monkeypatch, codecs):
    deep = (head() + 1024).astype(np.uint16)
    Image.fromarray(deep).save(tmp_path / "a.tif", compression="tiff_lzw", tiffinfo={317: 2})
    if not codecs:
        monkeypatch.setitem(sys.modules, "imagecodecs", None)
        for name in [name for name in sys.modules if name.startswith("tifffile")]:
            monkeypatch.delitem(sys.modules, name)
    one, [out] = enlarged(tmp_path / "a.tif", tmp_path / "b.tif")
    assert (one.planes[0] == deep).all() and one.planes.dtype == np.uint16
    assert (np.asarray(Image.open(out)) == np.kron(deep, np.ones((3, 3)))).all()


def test_miniswhite_stays_and_is_shown_upright(tmp_path):
    values = np.tile(np.arange(15, dtype=np.uint8) * 10, (12, 1))
    tifffile.imwrite(tmp_path / "a.tif", values, photometric="miniswhite")
    one, [out] = enlarged(tmp_path / "a.tif", tmp_path / "b.tif")
    with tifffile.TiffFile(out) as tif:
        assert tif.pages[0].photometric == 0
        assert (tif.pages[0].asarray() == np.kron(values, np.ones((3, 3)))).all()
    [png] = scan.pictures_of(one, tripled(one.planes), None, tmp_path / "b.png")
    assert (np.asarray(Image.open(png))[::3, ::3] == 255 - values).all()


@pytest.mark.parametrize("planar", ["contig", "separate"])
def test_deep_colour_stays_deep(tmp_path, planar):
    rgb = np.random.default_rng(0).integers(0, 65536, (12, 15, 3), dtype=np.uint16)
    stored = rgb if planar == "contig" else rgb.transpose(2, 0, 1)
    tifffile.imwrite(tmp_path / "a.tif", stored, photometric="rgb", planarconfig=planar)
    one, [out] = enlarged(tmp_path / "a.tif", tmp_path / "b.tif")
    assert one.extras.shape == (1, 12, 15, 2)
    assert (tifffile.imread(out) == tripled(rgb[None])[0]).all()


def test_channels_that_are_no_colours_are_all_kept(tmp_path):
    channels = np.random.default_rng(0).integers(0, 256, (12, 15, 5), dtype=np.uint8)
    tifffile.imwrite(tmp_path / "a.tif", channels, photometric="minisblack", planarconfig="contig")
    one, [out] = enlarged(tmp_path / "a.tif", tmp_path / "b.tif")
    assert one.planes.shape == (5, 12, 15) and "5 channels" in " ".join(one.notes)
    assert (tifffile.imread(out) == tripled(channels[None])[0]).all()


def test_a_bit_and_a_palette_become_8_bits(tmp_path):
    bits = head() > 20
    tifffile.imwrite(tmp_path / "a.tif", bits, photometric="minisblack")
    one, _ = enlarged(tmp_path / "a.tif", tmp_path / "b.tif")
    assert (one.planes[0] == 255 * bits).all() and "1 bit becomes 8" in one.notes
    palette = Image.fromarray(np.uint8(head() % 4)).convert("P")
    palette.putpalette([9, 8, 7, 60, 50, 40, 0, 255, 0, 1, 1, 1])
    palette.save(tmp_path / "p.tif")
    _, [out] = enlarged(tmp_path / "p.tif", tmp_path / "q.tif")
    assert (tifffile.imread(out)[::3, ::3] == np.asarray(palette.convert("RGB"))).all()


def test_numbers_that_are_not_finite_stay_where_they_are(tmp_path):
    values = head().astype(np.float32)
    values[0, 0], values[4, 4] = np.nan, np.inf
    tifffile.imwrite(tmp_path / "a.tif", values)
    one, [out] = enlarged(tmp_path / "a.tif", tmp_path / "b.tif")
    assert np.isfinite(one.planes).all() and one.planes[0, 0, 0] in head()[:2, :2]
    assert "2 values are not finite and stay so" in one.notes
    assert np.array_equal(tifffile.imread(out), tripled(values[None])[0], equal_nan=True)


def test_one_colour_without_a_number_leaves_those_around_it(tmp_path):
    colours = np.random.default_rng(0).uniform(0, 9, (1, 8, 9, 3)).astype(np.float32)
    colours[0, 4, 4, 0] = np.nan
    tifffile.imwrite(tmp_path / "c.tif", colours[0], photometric="rgb")
    one = scan.read(tmp_path / "c.tif")
    [out] = scan.write(one, tripled(one.planes), Interpolated(one.extras), tmp_path / "d.tif")
    assert np.isfinite(tifffile.imread(out)).all(axis=-1).sum() == 24 * 27 - 9


def test_a_colour_without_a_number_has_none_and_transparency_without_one_is_opaque(tmp_path):
    colours = np.tile(np.linspace(1, 2, 15, dtype=np.float32)[:, None], (12, 1, 4))
    colours[4, 4, 1], colours[8, 8, 3] = np.inf, np.nan
    tifffile.imwrite(tmp_path / "a.tif", colours, photometric="rgb", extrasamples=["unassalpha"])
    one, [out] = enlarged(tmp_path / "a.tif", tmp_path / "out.tif")
    result = tifffile.imread(out)
    assert np.isnan(result[12:15, 12:15, :3]).all() and np.isfinite(result[..., 3]).all()
    assert np.isnan(result[..., :3]).sum() == 27
    assert "1 pixels have a colour that is not finite and become NaN" in one.notes
    assert "transparency of 1 pixels is not finite and becomes opaque" in one.notes


def test_a_derived_tiff_holds_floats_in_its_units(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", head())
    guess = scan.derived(scan.read(tmp_path / "a.tif"), "guess", 3.0)
    values = np.random.default_rng(0).uniform(0, 3, (1, 36, 45))
    [out] = scan.write(guess, values / guess.slope, None, tmp_path / "b.tif")
    assert tifffile.imread(out).dtype == np.float32
    assert np.allclose(tifffile.imread(out), values[0], atol=1e-6)


@pytest.mark.parametrize("white", [1.0, 700.0])
def test_pictures_of_float_colours_keep_their_hue_and_clip_nothing(tmp_path, white):
    """Red is as bright as a colour can be, though its luminance is a third of white's."""
    colours = np.array([[[1, 0, 0], [0, 0.5, 0]], [[0, 0, 1], [0.6, 0.6, 0.6]]], np.float32)
    tifffile.imwrite(tmp_path / "c.tif", white * colours, photometric="rgb")
    one = scan.read(tmp_path / "c.tif")
    [out] = scan.pictures_of(one, tripled(one.planes), tripled(one.extras), tmp_path / "c.png")
    levels = np.rint(255 * colours)
    assert np.abs(np.asarray(Image.open(out))[1::3, 1::3] - levels).max() <= 1
    window = (white / 2, white)
    scan.pictures_of(one, tripled(one.planes), tripled(one.extras), out, window)
    assert np.abs(np.asarray(Image.open(out))[1::3, 1::3] - levels).max() <= 1
    alpha = np.array([[[1], [0]], [[0.5], [1]]], np.float32)
    four = np.concatenate([white * colours, alpha], axis=-1)
    tifffile.imwrite(tmp_path / "d.tif", four, photometric="rgb", extrasamples=["unassalpha"])
    one = scan.read(tmp_path / "d.tif")
    [out] = scan.pictures_of(one, tripled(one.planes), tripled(one.extras), tmp_path / "d.png")
    pixels = np.asarray(Image.open(out))[1::3, 1::3]
    assert np.abs(pixels[..., :3] - levels).max() <= 1
    assert pixels[..., 3].tolist() == [[255, 0], [128, 255]]


def test_imagej_keeps_the_spacing_of_its_slices(tmp_path):
    stack = np.stack([head(seed=k) for k in range(3)]).astype(np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", stack, imagej=True, resolution=(2, 2),
                     metadata={"spacing": 3.5, "unit": "mm", "axes": "ZYX"})  # fmt: skip
    _, [out] = enlarged(tmp_path / "a.tif", tmp_path / "b.tif")
    with tifffile.TiffFile(out) as tif:
        assert tif.imagej_metadata["spacing"] == 3.5 and tif.imagej_metadata["unit"] == "mm"
        assert tif.series[0].shape == (3, 36, 45)


def test_of_imagej_only_what_is_known_to_be_technical_stays_and_places_move(tmp_path):
    lines = ["ImageJ=1.54f", "images=2", "slices=2", "unit=\\u00B5m", "spacing=3.5", "min=5.0",
             "max=9.0", "vunit=HU", "xorigin=2.5", "yorigin=-4", "zorigin=1", "patient=Doe^Jane",
             "Jane Doe", "info=Jane", "unit=DOE_JANE"]  # fmt: skip
    with tifffile.TiffWriter(tmp_path / "a.tif") as writer:
        for page in (head(), head(seed=1)):
            writer.write(page.view(np.uint16), description="\n".join(lines), metadata=None)
    one, [out] = enlarged(tmp_path / "a.tif", tmp_path / "b.tif")
    with tifffile.TiffFile(out) as tif:
        kept, found = tif.pages[0].description, tif.imagej_metadata
    assert found["spacing"] == 3.5 and found["unit"] == "\\u00B5m" and found["vunit"] == "HU"
    assert (found["xorigin"], found["yorigin"], found["zorigin"]) == (7.5, -12, 1)
    assert (found["min"], found["max"], found["images"]) == (5, 9, 2)
    assert b"Jane" not in out.read_bytes() and len(kept.splitlines()) == 11
    guess = scan.derived(one, "guess", 3.0)
    [out] = scan.write(guess, np.zeros((2, 36, 45)), None, tmp_path / "g.tif")
    with tifffile.TiffFile(out) as tif:  # its numbers are others
        found = tif.imagej_metadata
    assert found["xorigin"] == 7.5 and not {"min", "max", "vunit"} & found.keys()


def test_the_sign_of_a_micron_is_written_as_imagej_reads_it(tmp_path):
    with tifffile.TiffWriter(tmp_path / "a.tif") as writer:
        text = "ImageJ=1.54f\nunit=\u00b5m\n".encode("latin-1")
        writer.write(head().view(np.uint16), description=text, metadata=None)
    _, [out] = enlarged(tmp_path / "a.tif", tmp_path / "b.tif")
    with tifffile.TiffFile(out) as tif:
        assert tif.imagej_metadata["unit"] == "\\u00B5m"


def test_pages_that_differ_and_complex_numbers_are_refused(tmp_path):
    with tifffile.TiffWriter(tmp_path / "a.tif") as writer:
        writer.write(head(), metadata=None)
        writer.write(head()[:6], metadata=None)
    with pytest.raises(UserError, match="a.tif: its pages differ .* split it"):
        scan.read(tmp_path / "a.tif")
    tifffile.imwrite(tmp_path / "c.tif", head().astype(np.complex64))
    with pytest.raises(UserError, match="holds complex64 numbers"):
        scan.read(tmp_path / "c.tif")


PLACED = ["its description", "GeoTIFF tags", "its position on a sheet"]
GEO = [(33550, 12, 3, (1.0, 1.0, 0.0), True), (286, 5, 1, (3, 1), True)]


@pytest.mark.parametrize("options, kinds", [
    ({"metadata": {"axes": "ZYX", "spacing": 2.5, "unit": "mm"}}, ["its description"]),
    ({"metadata": None, "description": "Doe^Jane"}, ["its description"]),
    ({"metadata": None, "description": "Doe^Jane", "extratags": GEO}, PLACED),
    ({"imagej": True, "metadata": {"Info": "Jane"}}, ["ImageJ's labels and colours"]),
    ({}, []), ({"imagej": True}, []), ({"ome": True}, ["OME's notes on its axes"]),
])  # fmt: skip
def test_what_tells_more_of_pages_is_left_out_by_its_kind(tmp_path, options, kinds):
    stack = np.stack([head(seed=k) for k in range(3)]).astype(np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", stack, photometric="minisblack", **options)
    one, [out] = enlarged(tmp_path / "a.tif", tmp_path / "b.tif")
    told = [text for text in one.notes if "left out" in text]
    assert told == [f"{kind} left out" for kind in kinds]
    assert "Jane" not in "".join(one.notes) and b"Jane" not in out.read_bytes()
    assert not [text for text in scan.read(out).notes if "left out" in text]


def test_of_imagej_lines_that_do_not_stay_are_told(tmp_path):
    said = "ImageJ=1.54f\nunit=mm\n{}"
    for name, more in (("a.tif", ""), ("b.tif", "info=Jane\n")):
        values = head().astype(np.uint16)
        tifffile.imwrite(tmp_path / name, values, description=said.format(more), metadata=None)
    assert "its description left out" not in scan.read(tmp_path / "a.tif").notes
    assert "its description left out" in scan.read(tmp_path / "b.tif").notes


def test_a_tag_whose_value_is_cut_off_is_told(tmp_path):
    """tifffile writes OME's notes behind all pages."""
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, np.stack([head()] * 2), photometric="minisblack", ome=True)
    assert not [note for note in scan.read(path).notes if "cannot be read" in note]
    path.write_bytes(path.read_bytes()[:-9])
    assert "1 tag(s) that cannot be read left out" in scan.read(path).notes


@pytest.mark.parametrize("numbers", [("0", "7"), ("0", None), (None, "0"), ("0", "0.0")])
def test_one_number_for_no_value_is_that_of_all_pages_and_two_are_refused(tmp_path, numbers):
    planes = np.stack([head()] * 2)
    planes[:, :4, :4] = 0
    with tifffile.TiffWriter(tmp_path / "a.tif") as writer:
        for number, plane in zip(numbers, planes, strict=True):
            tags = [(42113, 2, 0, number, True)] if number else []
            writer.write(plane, metadata=None, extratags=tags)
    if numbers != ("0", "7"):  # tifffile writes it once where it is told to
        assert scan.read(tmp_path / "a.tif").missing.where[:, :4, :4].all()
    else:
        with pytest.raises(UserError, match="a.tif: its pages differ in GDAL's number for no"):
            scan.read(tmp_path / "a.tif")
