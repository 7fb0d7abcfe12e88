"""Pictures keep depth, frames, colour, transparency and resolution, and name no patient."""

import json
import struct
import zlib
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageSequence, PngImagePlugin
from scan_files import enlarged, head, tripled, wave

from medsr_nb.machine import UserError
from medsr_nb.scans import colour, finding, scan
from medsr_nb.scans.pictures import deep_colour

DEEP = (head() + 1024).astype(np.uint16)


def test_16_bits_stay_16_and_keep_their_numbers(tmp_path):
    Image.fromarray(DEEP).save(tmp_path / "deep.png")
    one, [out] = enlarged(tmp_path / "deep.png", tmp_path / "out.png")
    assert one.planes.dtype == np.uint16 and one.unit == "grey levels of 65535"
    assert "16 bit" in one.notes and one.suffix == ".png"
    assert (np.asarray(Image.open(out)) == np.kron(DEEP, np.ones((3, 3), int))).all()


@pytest.mark.parametrize("format", ["png", "bmp", "pgm", "jp2"])
def test_8_bit_grey_comes_out_alike_in_every_lossless_format(tmp_path, format):
    grey = wave()[..., 0]
    Image.fromarray(grey).save(tmp_path / f"a.{format}")
    _, [out] = enlarged(tmp_path / f"a.{format}", tmp_path / f"b.{format}")
    with Image.open(out) as result:
        assert result.format == Image.open(tmp_path / f"a.{format}").format
        assert result.mode == "L" and (np.asarray(result) == np.kron(grey, np.ones((3, 3)))).all()


def test_deep_jpeg_2000_and_pgm_of_12_bits_keep_their_numbers(tmp_path):
    Image.fromarray(DEEP).save(tmp_path / "deep.jp2")
    _, [out] = enlarged(tmp_path / "deep.jp2", tmp_path / "out.jp2")
    assert (np.asarray(Image.open(out)) == np.kron(DEEP, np.ones((3, 3)))).all()
    text = b"P5\n15 12\n4095\n" + DEEP.astype(">u2").tobytes()
    (tmp_path / "twelve.pgm").write_bytes(text)
    one, [out] = enlarged(tmp_path / "twelve.pgm", tmp_path / "out.pgm")
    assert (one.planes[0] == DEEP).all() and one.stored.highest == 4095
    assert out.read_bytes().startswith(b"P5\n45 36\n4095\n")
    assert (scan.read(out).planes == tripled(one.planes)).all()


def test_a_list_of_pictures_is_no_series(tmp_path):
    for name in ("a.png", "b.png"):
        Image.fromarray(DEEP).save(tmp_path / name)
    with pytest.raises(UserError, match="a.png: is no DICOM file, and a list is the files of one"):
        scan.read([tmp_path / "a.png", tmp_path / "b.png"])


def test_jpeg_stays_jpeg_and_close(tmp_path):
    smooth = np.add.outer(np.arange(16), 8 * np.arange(24)).astype(np.uint8)
    Image.fromarray(smooth).save(tmp_path / "a.jpg", quality=95, dpi=(100, 100))
    one, [out] = enlarged(tmp_path / "a.jpg", tmp_path / "b.jpg")
    with Image.open(out) as result:
        assert result.format == "JPEG" and result.mode == "L" and result.info["dpi"] == (300, 300)
        assert np.abs(np.asarray(result).astype(int) - tripled(one.planes)[0]).max() < 8


@pytest.mark.parametrize("format", ["png", "webp", "tif"])
def test_colour_stays_colour_to_the_grey_level(tmp_path, format):
    Image.fromarray(wave()).save(tmp_path / f"c.{format}", lossless=True)
    one, [out] = enlarged(tmp_path / f"c.{format}", tmp_path / f"d.{format}")
    assert any("luminance enlarged" in note for note in one.notes)
    assert (np.asarray(Image.open(out)) == tripled(wave()[None])[0]).all()


def test_luminance_is_that_of_pillow_and_chrominance_goes_back(monkeypatch):
    monkeypatch.setattr(colour, "AT_ONCE", 7)  # pixels: in many parts
    luminance, chrominance = colour.split(wave())
    assert np.abs(luminance - np.asarray(Image.fromarray(wave()).convert("L"))).max() < 0.6
    assert np.abs(colour.merged(luminance, chrominance) - wave()).max() < 1e-3


def test_transparency_stays(tmp_path):
    ink = np.zeros((12, 12, 4), np.uint8)
    ink[2:8, 2:8, 3] = 255
    Image.fromarray(ink).save(tmp_path / "ink.png")
    one, [out] = enlarged(tmp_path / "ink.png", tmp_path / "out.png")
    assert one.extras.shape == (1, 12, 12, 3)
    assert (np.asarray(Image.open(out)) == tripled(ink[None])[0]).all()
    Image.fromarray(ink).convert("LA").save(tmp_path / "grey.png")
    _, [out] = enlarged(tmp_path / "grey.png", tmp_path / "out.png")
    assert Image.open(out).mode == "LA"


def test_palette_and_one_bit_are_resolved_and_say_so(tmp_path):
    palette = Image.fromarray(wave()).quantize(8)
    palette.save(tmp_path / "p.png")
    one, [out] = enlarged(tmp_path / "p.png", tmp_path / "q.png")
    assert "the palette is resolved" in one.notes
    assert (np.asarray(Image.open(out)) == tripled(np.asarray(palette.convert("RGB"))[None])).all()
    Image.fromarray(wave()[..., 0] > 99).save(tmp_path / "bit.png")
    one, [out] = enlarged(tmp_path / "bit.png", tmp_path / "bits.png")
    assert "1 bit becomes 8" in one.notes
    assert set(np.unique(np.asarray(Image.open(out)))) == {0, 255}


@pytest.mark.parametrize("format", ["gif", "png", "webp"])
def test_all_frames_with_their_durations(tmp_path, format):
    frames = [Image.fromarray(np.roll(wave()[..., 0], 3 * k, 1)) for k in range(3)]
    durations = [100, 200, 300]
    frames[0].save(tmp_path / f"a.{format}", save_all=True, append_images=frames[1:],
                   duration=durations, loop=0, lossless=True)  # fmt: skip
    one, [out] = enlarged(tmp_path / f"a.{format}", tmp_path / f"b.{format}")
    assert one.planes.shape == (3, 12, 15) and "3 frames" in one.notes
    with Image.open(out) as result:
        assert result.n_frames == 3 and result.info["loop"] == 0
        found = []
        for number, frame in enumerate(ImageSequence.Iterator(result)):
            grey = np.asarray(frame.convert("L"))
            found.append(frame.info["duration"])
            assert (grey == np.kron(np.asarray(frames[number]), np.ones((3, 3)))).all()
    assert found == durations


def test_a_film_that_is_cut_between_two_frames_says_so(tmp_path):
    frames = [Image.fromarray(np.roll(wave()[..., 0], step)) for step in range(4)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    whole = (tmp_path / "a.gif").read_bytes()
    missing = "has no end: frames may be missing"
    assert missing not in scan.read(tmp_path / "a.gif").notes
    (tmp_path / "padded.gif").write_bytes(whole + b"\r\n" + bytes(9))
    assert missing not in scan.read(tmp_path / "padded.gif").notes
    (tmp_path / "cut.gif").write_bytes(whole[: whole.rindex(b"\x21\xf9\x04")])
    one = scan.read(tmp_path / "cut.gif")
    assert missing in one.notes and len(one.planes) == 3


def test_a_colour_gif_with_transparency_keeps_both(tmp_path):
    ink = wave() // 64 * 64
    ink = np.dstack([ink, np.where(np.arange(15) < 5, 0, 255) + np.zeros((12, 1), int)])
    frames = [Image.fromarray(np.roll(ink, k, 0).astype(np.uint8)) for k in range(2)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:], duration=50)
    one, [out] = enlarged(tmp_path / "a.gif", tmp_path / "b.gif")
    with Image.open(out) as result:
        alpha = np.asarray(result.convert("RGBA"))[..., 3]
    assert one.extras.shape[-1] == 3 and (alpha[:, :15] == 0).all() and (alpha[:, 15:] == 255).all()


def test_text_in_a_picture_does_not_reach_the_result(tmp_path):
    text = PngImagePlugin.PngInfo()
    text.add_text("Patient", "Doe^Jane")
    Image.fromarray(wave()).save(tmp_path / "c.png", pnginfo=text)
    _, [out] = enlarged(tmp_path / "c.png", tmp_path / "d.png")
    assert b"Doe" not in out.read_bytes()


def test_16_bit_colour_is_read_in_full_or_refused(tmp_path, monkeypatch):
    codecs = pytest.importorskip("imagecodecs")
    deep = (wave().astype(np.uint16) * 257) ^ 5
    (tmp_path / "c.png").write_bytes(codecs.png_encode(deep))
    one, [out] = enlarged(tmp_path / "c.png", tmp_path / "d.png")
    assert one.stored.highest == 65535 and "dpi" not in Image.open(out).info
    assert (codecs.png_decode(out.read_bytes()) == tripled(deep[None])[0]).all()
    with open(tmp_path / "dots.png", "wb") as file:
        deep_colour.write(file, deep, {"dpi": (254, 127), "icc_profile": b"profile" * 9})
    _, [out] = enlarged(tmp_path / "dots.png", tmp_path / "d.png")
    assert np.allclose(Image.open(out).info["dpi"], (762, 381), atol=0.05)
    assert Image.open(out).info["icc_profile"] == b"profile" * 9
    assert (codecs.png_decode(out.read_bytes()) == tripled(deep[None])[0]).all()
    monkeypatch.setitem(__import__("sys").modules, "imagecodecs", None)
    with pytest.raises(UserError, match="c.png: has 16 bits a colour"):
        scan.read(tmp_path / "c.png")


def test_a_window_on_colours_keeps_their_hue(tmp_path):
    """What a window does to a grey it does to each colour: black and white move alike."""
    Image.fromarray(np.array([[[140, 120, 100], [150, 150, 150]]], np.uint8)).save(
        tmp_path / "c.png"
    )
    one = scan.read(tmp_path / "c.png")
    planes, extras = tripled(one.planes), tripled(one.extras)
    [out] = scan.pictures_of(one, planes, extras, tmp_path / "d.png", (125, 50))
    assert np.asarray(Image.open(out))[0, ::3].tolist() == [[204, 102, 0], [255, 255, 255]]


def test_a_result_that_its_format_cannot_hold_is_refused_before_the_work(tmp_path):
    Image.new("L", (6000, 1)).save(tmp_path / "long.webp", lossless=True)
    with pytest.raises(UserError, match="more than 16383 pixels .* convert it to PNG"):
        scan.read(tmp_path / "long.webp")


@pytest.mark.parametrize("format", ["png", "gif"])
def test_a_picture_beyond_what_pillow_opens_by_itself_is_enlarged(tmp_path, format, monkeypatch):
    path = tmp_path / f"a.{format}"
    frames = [Image.fromarray(255 - wave()[..., 0]), Image.fromarray(wave()[..., 0])]
    frames[0].save(path, save_all=True, append_images=frames[1:])
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 60)
    assert finding.is_marked(path)
    one, [out] = enlarged(path, tmp_path / f"b.{format}")
    with pytest.raises(Image.DecompressionBombError):
        Image.open(path)
    monkeypatch.undo()
    assert one.planes.shape == (2, 12, 15) and scan.read(out).planes.shape == (2, 36, 45)


def test_results_are_rounded_and_clipped_once(tmp_path):
    Image.fromarray(np.full((2, 2), 100, np.uint8)).save(tmp_path / "a.png")
    one = scan.read(tmp_path / "a.png")
    values = np.full((1, 6, 6), 99.6)
    values[0, 0, :4] = -3.0, 260.0, 254.4, np.nan
    [out] = scan.write(one, values, None, tmp_path / "b.png")
    assert np.asarray(Image.open(out))[0].tolist() == [0, 255, 254, 0, 100, 100]
    with pytest.raises(ValueError, match="are needed"):
        scan.write(one, values[:, :5], None, tmp_path / "b.png")
    full = scan.StoredRange.of(np.uint64)
    assert full.stored(np.array([[2e19, -1.0]]), np.uint64)[0].tolist() == [2**64 - 2048, 0]


def test_a_derived_picture_is_a_png_whose_white_is_the_highest(tmp_path):
    Image.fromarray(wave()).save(tmp_path / "c.webp", lossless=True)
    one = scan.read(tmp_path / "c.webp")
    guess = scan.derived(one, "guess", 12.0)
    assert guess.suffix == ".png" and "white is 12 grey levels of 255" in guess.notes[0]
    values = np.zeros((1, 36, 45))
    values[0, 0, :2] = 12.0, 6.0
    [out] = scan.write(guess, values / guess.slope, None, tmp_path / "guess.png")
    assert np.asarray(Image.open(out))[0, :3].tolist() == [255, 128, 0]
    assert Image.open(out).text == {"Description": "guess: white is 12 grey levels of 255"}
    assert b"tEXtDescription" in out.read_bytes()


def test_pictures_of_a_deep_picture_and_of_a_window(tmp_path):
    Image.fromarray(DEEP).save(tmp_path / "deep.png")
    one = scan.read(tmp_path / "deep.png")
    [out] = scan.pictures_of(one, tripled(one.planes), None, tmp_path / "a.png")
    pixels = np.asarray(Image.open(out))
    assert pixels.dtype == np.uint16 and (pixels == tripled(one.planes)[0]).all()
    window = (1024 + 30, 100)
    [out] = scan.pictures_of(one, tripled(one.planes), None, tmp_path / "b.png", window)
    pixels = np.asarray(Image.open(out))
    assert pixels.dtype == np.uint8
    wanted = np.clip(np.rint((DEEP - 1004.0) * 2.55), 0, 255)
    assert np.abs(pixels[::3, ::3] - wanted).max() <= 1
    dark = replace(one, inverted=True)
    [out] = scan.pictures_of(dark, tripled(one.planes), None, tmp_path / "c.png", window)
    assert np.abs(np.asarray(Image.open(out))[::3, ::3] - (255 - wanted)).max() <= 1
    for wrong in ((0, 0), (np.nan, 5), (5, np.inf)):
        with pytest.raises(UserError, match="a centre and a width above 0"):
            scan.pictures_of(one, tripled(one.planes), None, tmp_path / "d.png", wrong)
    assert json.dumps(one.notes)  # plain words


@pytest.mark.parametrize("format", ["ico", "xbm"])
def test_formats_that_would_lose_the_picture_are_refused_and_read_as_png(tmp_path, format):
    grey = Image.fromarray(wave(16, 16)[..., 0])
    (grey.convert("1") if format == "xbm" else grey).save(tmp_path / f"a.{format}")
    one = scan.read(tmp_path / f"a.{format}")
    with pytest.raises(UserError, match=f"{format.upper()} holds no picture .* --format png"):
        scan.write(one, tripled(one.planes), tripled(one.extras), tmp_path / f"b.{format}")
    [png] = scan.pictures_of(one, tripled(one.planes), tripled(one.extras), tmp_path / "b.png")
    assert Image.open(png).size == (48, 48)


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_a_level_of_few_bits_may_be_transparent(tmp_path, bits):
    levels = np.random.default_rng(0).integers(0, 2**bits, (9, 16), dtype=np.uint8)
    places = np.unpackbits(levels[..., None], axis=-1)[..., 8 - bits :].reshape(9, -1)
    rows = np.insert(np.packbits(places, axis=1), 0, 0, axis=1)  # no filter
    with open(tmp_path / "a.png", "wb") as file:
        file.write(deep_colour.MARK)
        for kind, content in (
            (b"IHDR", struct.pack(">2I5B", 16, 9, bits, 0, 0, 0, 0)),
            (b"tRNS", struct.pack(">H", levels[0, 0])),
            (b"IDAT", zlib.compress(rows)),
            (b"IEND", b""),
        ):
            PngImagePlugin.putchunk(file, kind, content)
    one = scan.read(tmp_path / "a.png")
    assert (one.planes[0] == levels * (255 // (2**bits - 1))).all()
    assert ((one.extras[0, ..., -1] == 0) == (levels == levels[0, 0])).all()
