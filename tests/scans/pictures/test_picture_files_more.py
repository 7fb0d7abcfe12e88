"""Pictures lose no bit, frame or profile without a word: what cannot be kept is refused."""

import io
import struct
import sys
import zlib
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image, ImageSequence, PngImagePlugin
from scan_files import enlarged, tripled

from medsr_nb import scans, upscaling
from medsr_nb.machine import UserError
from medsr_nb.scans import scan
from medsr_nb.scans.pictures import deep_colour, reading

COLOURS = np.random.default_rng(1).integers(0, 256, (12, 15, 3), dtype=np.uint8)
GREY = COLOURS[..., 0]
BLACK = np.zeros_like(GREY)


def saved(path, pixels, **options):
    """The path of a picture, after Pillow has written it."""
    Image.fromarray(pixels).save(path, **options)
    return path


def film(path, frames, **options):
    """Writes all frames, those that are alike, too."""
    images = [Image.fromarray(frame) for frame in frames]
    ways = [2 * (number % 2) for number in range(len(frames))]
    images[0].save(path, save_all=True, append_images=images[1:], disposal=ways, **options)
    return path


def gamma_of_1():
    chunks = PngImagePlugin.PngInfo()
    chunks.add(b"gAMA", struct.pack(">I", 100_000))
    return chunks


def refused(path, words):
    with pytest.raises(UserError, match=f"{path.name}: {words}"):
        scan.read(path)


@pytest.mark.parametrize("most", [1023, 65535])
def test_a_ppm_of_more_than_8_bits_is_refused(tmp_path, most):
    head = b"P6\n15 12\n%d\n"
    (tmp_path / "a.ppm").write_bytes(head % most + (COLOURS.astype(">u2") * 4).tobytes())
    refused(tmp_path / "a.ppm", "is PPM of more than 8 bits, .* convert it to TIFF")
    (tmp_path / "b.ppm").write_bytes(head % 255 + COLOURS.tobytes())
    assert scan.read(tmp_path / "b.ppm").extras.shape == (1, 12, 15, 2)


def test_an_sgi_of_16_bits_is_refused(tmp_path):
    refused(saved(tmp_path / "a.sgi", GREY, bpc=2), "is SGI of more than 8 bits")
    assert (scan.read(saved(tmp_path / "b.sgi", GREY)).planes[0] == GREY).all()


def test_an_avif_of_10_bits_is_refused(tmp_path):
    if ".avif" not in Image.registered_extensions():
        pytest.skip("Pillow without AVIF")
    path = saved(tmp_path / "a.avif", COLOURS)
    assert scan.read(path).planes.shape == (1, 12, 15)
    with Image.open(path) as picture:  # whose decoder would not take what is said of it below
        data = bytearray(path.read_bytes())
        data[data.index(b"av1C") + 6] |= 64
        path.write_bytes(data)
        with pytest.raises(UserError, match="a.avif: is AVIF of more than 8 bits"):
            deep_colour.is_deep(path, picture)


def test_damage_is_not_told_to_need_a_package(tmp_path, monkeypatch):
    with open(tmp_path / "a.png", "wb") as file:
        deep_colour.write(file, COLOURS.astype(np.uint16) * 257, {})
    whole = (tmp_path / "a.png").read_bytes()
    monkeypatch.setitem(sys.modules, "imagecodecs", None)
    refused(tmp_path / "a.png", "has 16 bits a colour, .* imagecodecs is needed")
    (tmp_path / "a.png").write_bytes(whole[:300])
    refused(tmp_path / "a.png", "cannot be decoded .* damaged")


@pytest.mark.parametrize("level", [-1, 65536])
def test_levels_beyond_16_bits_are_refused_not_wrapped(level):
    levels = GREY.astype(np.int32)
    levels[2, 2] = 65535
    assert (reading.numbers("a.im", Image.fromarray(levels)) == levels).all()
    levels[3, 3] = level
    with pytest.raises(UserError, match=f"a.im: has levels .*{level}.* convert it to TIFF"):
        reading.numbers("a.im", Image.fromarray(levels))


def test_kinds_that_pillow_reads_wrongly_are_refused(tmp_path):
    Image.fromarray(GREY.astype(np.float32)).save(tmp_path / "a.spi", format="SPIDER")
    refused(tmp_path / "a.spi", "SPIDER is not read; convert it")
    cards = "SIMPLE  = T", "BITPIX  = 16", "NAXIS   = 2", "NAXIS1  = 15", "NAXIS2  = 12", "END"
    head = "".join(card.ljust(80) for card in cards).ljust(2880).encode()
    (tmp_path / "a.fits").write_bytes(head + GREY.astype(">i2").tobytes().ljust(2880, b"\0"))
    refused(tmp_path / "a.fits", "FITS is not read; convert it")


@pytest.mark.parametrize("channels", [1, 4])
def test_frames_that_are_alike_stay_in_an_animated_png(tmp_path, channels):
    frames = [GREY, GREY, GREY[::-1].copy(), BLACK, BLACK]
    if channels == 4:
        clear = np.where(np.arange(15) < 5, 0, 130).astype(np.uint8) + BLACK
        frames = [np.dstack([one, one, BLACK, clear]) for one in frames]
    durations = [10, 20, 30, 40, 50]
    film(tmp_path / "a.png", frames, duration=durations)
    _, [out] = enlarged(tmp_path / "a.png", tmp_path / "b.png")
    with Image.open(out) as result:
        found = [(one.info["duration"], np.asarray(one)) for one in ImageSequence.Iterator(result)]
    assert [duration for duration, _ in found] == durations
    for (_, pixels), frame in zip(found, frames, strict=True):
        assert (pixels == tripled(frame[None])[0]).all()


def test_a_default_image_takes_no_duration_of_the_frames(tmp_path):
    film(tmp_path / "a.png", [BLACK, GREY, GREY[::-1]], duration=[100, 200], default_image=True)
    one, [out] = enlarged(tmp_path / "a.png", tmp_path / "b.png")
    guess = scan.derived(one, "guess", 9.0)
    [map] = scan.write(guess, tripled(one.planes).astype(float), None, tmp_path / "map.png")
    for path in (out, map):
        with Image.open(path) as result:
            assert result.default_image
            found = [frame.info.get("duration") for frame in ImageSequence.Iterator(result)]
        assert found == [None, 100, 200]


@pytest.mark.parametrize("format", ["GIF", "WEBP"])
def test_frames_that_a_format_makes_one_of_are_not_lost(tmp_path, format):
    one = scan.read(film(tmp_path / "a.png", [GREY, BLACK, BLACK], duration=90))
    other = replace(one, origin=reading.Origin(format, np.dtype(np.uint8)))  # no durations
    with pytest.raises(UserError, match=f"b: {format} keeps 2 of 3 frames, .* --format png"):
        scan.write(other, tripled(one.planes), None, tmp_path / "b")
    assert not (tmp_path / "b").exists()
    assert len(scan.pictures_of(other, tripled(one.planes), None, tmp_path / "b.png")) == 3


@pytest.mark.parametrize("format", ["gif", "webp"])
def test_frames_that_are_alike_are_shown_for_the_time_of_all(tmp_path, format):
    film(tmp_path / "a.png", [GREY, BLACK, BLACK], duration=90)  # keeps all three
    one = scan.read(tmp_path / "a.png")
    other = one.origin.options | reading.LOSSLESS[format.upper()]
    other = replace(one, origin=reading.Origin(format.upper(), one.origin.dtype, options=other))
    [out] = scan.write(other, tripled(one.planes), None, tmp_path / f"b.{format}")
    times = []
    with Image.open(out) as result:
        for frame in ImageSequence.Iterator(result):
            frame.load()  # WebP tells it then
            times.append(frame.info["duration"])
    assert times == [90, 180]
    twice = film(tmp_path / f"c.{format}", [GREY, BLACK], duration=90)
    assert not any("like the one before" in note for note in scan.read(twice).notes)


def test_several_frames_are_not_written_as_a_format_of_one(tmp_path):
    one = scan.read(film(tmp_path / "a.png", [GREY, BLACK], duration=90))
    other = replace(one, origin=reading.Origin("BMP", np.dtype(np.uint8)))
    with pytest.raises(UserError, match="BMP holds no picture of this kind .* --format png"):
        scan.write(other, tripled(one.planes), None, tmp_path / "b.bmp")


def test_16_bits_that_move_are_refused(tmp_path):
    deep = GREY.astype(np.uint16) * 200
    film(tmp_path / "a.png", [deep, deep[::-1].copy()], duration=90)
    refused(tmp_path / "a.png", "moves, in 16 bits; convert it to TIFF")


def test_gamma_and_the_profiles_of_palettes_and_of_16_bits_stay(tmp_path):
    saved(tmp_path / "a.png", GREY, pnginfo=gamma_of_1())
    _, [out] = enlarged(tmp_path / "a.png", tmp_path / "out.png")
    assert Image.open(out).info["gamma"] == 1.0
    Image.fromarray(COLOURS).quantize(8).save(tmp_path / "p.png", icc_profile=b"profile")
    _, [out] = enlarged(tmp_path / "p.png", tmp_path / "out.png")
    assert Image.open(out).info["icc_profile"] == b"profile"
    saved(tmp_path / "d.png", GREY.astype(np.uint16), icc_profile=b"profile")
    _, [out] = enlarged(tmp_path / "d.png", tmp_path / "out.png")
    assert Image.open(out).info["icc_profile"] == b"profile"
    Image.fromarray(GREY).convert("P").save(tmp_path / "g.png", icc_profile=b"of colours")
    _, [out] = enlarged(tmp_path / "g.png", tmp_path / "out.png")
    assert Image.open(out).mode == "L" and "icc_profile" not in Image.open(out).info


def test_a_png_of_16_bits_a_colour_is_written_with_its_gamma():
    codec = pytest.importorskip("imagecodecs")
    file = io.BytesIO()
    file.name = "a.png"
    deep_colour.write(file, COLOURS.astype(np.uint16), {"pnginfo": gamma_of_1()})
    assert (codec.png_decode(file.getvalue()) == COLOURS).all()
    assert Image.open(file).info["gamma"] == 1.0


def test_a_png_of_16_bits_a_colour_is_turned_upright(tmp_path, monkeypatch):
    deep = COLOURS.astype(np.uint16) * 257
    monkeypatch.setattr(deep_colour, "is_deep", lambda path, picture: True)
    decoder = SimpleNamespace(png_decode=lambda data: deep)
    monkeypatch.setattr(deep_colour, "codecs", lambda path, picture: decoder)
    exif = Image.Exif()
    exif[274] = 6
    one = scan.read(saved(tmp_path / "a.png", COLOURS, exif=exif))
    planes = np.rot90(COLOURS, -1) * 257.0 @ np.array([0.299, 0.587, 0.114])
    assert np.allclose(one.planes[0], planes, rtol=1e-4) and "upright" in " ".join(one.notes)


def test_16_bit_grey_keeps_the_level_that_is_transparent(tmp_path, monkeypatch):
    deep = GREY.astype(np.uint16) * 200
    chunk = io.BytesIO()
    PngImagePlugin.putchunk(chunk, b"tRNS", struct.pack(">H", deep[3, 3]))
    data = saved(tmp_path / "a.png", deep).read_bytes()
    (tmp_path / "a.png").write_bytes(data[:33] + chunk.getvalue() + data[33:])
    with monkeypatch.context() as without:
        without.setitem(sys.modules, "imagecodecs", None)
        refused(tmp_path / "a.png", "has 16 bits .* transparency, for which imagecodecs is needed")
    codec = pytest.importorskip("imagecodecs")
    one, [out] = enlarged(tmp_path / "a.png", tmp_path / "b.png")
    assert (one.planes[0] == deep).all()
    result = codec.png_decode(out.read_bytes())
    seen = np.where(deep == deep[3, 3], 0, 65535)
    assert (result == tripled(np.dstack([deep, seen])[None])[0]).all()


def test_a_pcx_has_three_times_as_many_dots_per_inch(tmp_path):
    data = bytearray(saved(tmp_path / "a.pcx", GREY).read_bytes())
    data[12:16] = struct.pack("<2H", 150, 300)
    (tmp_path / "a.pcx").write_bytes(data)
    one, [out] = enlarged(tmp_path / "a.pcx", tmp_path / "b.pcx")
    with Image.open(out) as result:
        assert result.info["dpi"] == (450, 900) and (np.asarray(result)[::3, ::3] == GREY).all()


def test_of_several_views_the_first_is_read_and_that_is_said(tmp_path):
    views = [Image.fromarray(GREY), Image.fromarray(255 - GREY)]
    views[0].save(tmp_path / "a.mpo", save_all=True, append_images=views[1:], quality=95)
    one, [out] = enlarged(tmp_path / "a.mpo", tmp_path / "b.mpo")
    assert len(one.planes) == 1 and "the first of its 2 views" in one.notes
    with Image.open(tmp_path / "a.mpo") as first:
        assert (one.planes[0] == np.asarray(first)).all()
    saved(tmp_path / "b.jpg", GREY)
    assert not any("view" in note for note in scan.read(tmp_path / "b.jpg").notes)


@pytest.mark.parametrize(
    "wrong",
    [
        GREY.astype(np.uint16),
        GREY.astype(float),
        COLOURS,
        np.dstack([COLOURS, GREY]),
        BLACK[:0],
        np.ma.masked_array(GREY, GREY > 99),
    ],
)
def test_arrays_that_are_no_grey_levels_are_refused(wrong):
    with pytest.raises(TypeError, match="an array"):
        scans.of_levels(wrong)


def test_grey_levels_are_written_as_png(tmp_path):
    one = scans.of_levels(GREY)
    larger = upscaling.Enlarged(one, tripled(one.planes).astype(float), None)
    [out] = larger.save(tmp_path / "a.png")
    with Image.open(out) as result:
        assert result.format == "PNG"
        assert (np.asarray(result) == tripled(GREY[None])[0]).all()


@pytest.mark.parametrize("bits", [8, 16])
def test_pixels_that_are_no_squares_are_said_to_be_left_out(tmp_path, bits):
    pixels = Image.fromarray(np.full((8, 9), 7, f"uint{bits}"))
    for densities in ((2, 1), (3, 3)):
        pixels.save(tmp_path / "a.png", dpi=(72, 72))
        content = (tmp_path / "a.png").read_bytes()
        at = content.index(b"pHYs")
        chunk = struct.pack(">4sIIB", b"pHYs", *densities, 0)
        chunk += struct.pack(">I", zlib.crc32(chunk))
        (tmp_path / "a.png").write_bytes(content[:at] + chunk + content[at + len(chunk) :])
        told = (
            "left out that its pixels are 1 wide and 2 high" in scan.read(tmp_path / "a.png").notes
        )
        assert told == (densities == (2, 1))


def test_the_same_of_jpeg(tmp_path):
    Image.fromarray(np.full((8, 9), 7, np.uint8)).save(tmp_path / "a.jpg", dpi=(50, 100))
    assert not any("wide" in note for note in scan.read(tmp_path / "a.jpg").notes)
    content = bytearray((tmp_path / "a.jpg").read_bytes())
    content[content.index(b"JFIF") + 7] = 0  # its unit is none
    (tmp_path / "a.jpg").write_bytes(content)
    assert (
        "left out that its pixels are 100 wide and 50 high" in scan.read(tmp_path / "a.jpg").notes
    )
