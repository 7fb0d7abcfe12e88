"""JPEG 2000 keeps its numbers, of whatever depth; what Pillow would change is refused."""

import struct

import numpy as np
import pytest
from PIL import Image
from scan_files import enlarged, tripled

from medsr_nb.machine import UserError
from medsr_nb.scans import scan
from medsr_nb.scans.pictures import deep_colour

COLOURS = np.random.default_rng(1).integers(0, 256, (12, 15, 3), dtype=np.uint8)
GREY = COLOURS[..., 0]


def saved(path, pixels):
    """The path of a picture, after Pillow has written it."""
    Image.fromarray(pixels).save(path)
    return path


def refused(path, words):
    with pytest.raises(UserError, match=f"{path.name}: {words}"):
        scan.read(path)


def jpeg_2000(path, levels, bits, sign=0):
    """Writes grey levels (H, W) as a JPEG 2000 that says to have ``bits``, with a sign or not."""
    whole = 8 * levels.dtype.itemsize
    middle = 2 ** (whole - 1) - 2 ** (bits - 1)  # what a decoder adds, it takes from the bits
    data = bytearray(saved(path, (levels + middle).astype(levels.dtype)).read_bytes())
    data[data.index(b"\xff\x4f\xff\x51") + 42] = bits - 1 + 128 * sign
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("bits", [4, 12])
def test_a_jpeg_2000_of_few_bits_keeps_its_numbers(tmp_path, bits):
    levels = GREY % 16 if bits == 4 else GREY.astype(np.uint16) * 16
    one, [out] = enlarged(jpeg_2000(tmp_path / "a.j2k", levels, bits), tmp_path / "b.j2k")
    assert (one.planes[0] == levels).all() and one.stored.highest == 2**bits - 1
    assert f"{bits} bit becomes {8 * levels.dtype.itemsize}, of the same numbers" in one.notes
    with Image.open(out) as result:
        assert (np.asarray(result) == tripled(levels[None])[0]).all()


def test_a_jpeg_2000_whose_numbers_would_change_is_refused(tmp_path):
    deep = GREY.astype(np.uint16) * 16
    path = jpeg_2000(tmp_path / "a.j2k", deep, 16, sign=1)
    refused(path, "is JPEG2000 of numbers with a sign, which would be lost; convert it to TIFF")
    assert "more than 16" in deep_colour.changed_jpeg_2000([(20, False)], "I;16")
    assert "fewer than 8" in deep_colour.changed_jpeg_2000([(8, False), (5, False)], "RGB")
    assert deep_colour.changed_jpeg_2000([(8, False)] * 3, "RGB") == ""
    (tmp_path / "d.j2k").write_bytes(saved(tmp_path / "d.j2k", GREY).read_bytes()[:40])
    refused(tmp_path / "d.j2k", "cannot be decoded|is no picture")


@pytest.mark.parametrize("long", [False, True])
def test_a_deep_jpeg_2000_is_refused_however_long_its_boxes_are(tmp_path, long):
    data = saved(tmp_path / "a.jp2", COLOURS).read_bytes()
    start = data.index(b"jp2c") - 4
    text = b"uuid" + (struct.pack(">Q", 5016) if long else b"") + b"x" * 5000
    box = struct.pack(">I", 1 if long else 5008) + text
    (tmp_path / "a.jp2").write_bytes(data[:start] + box + data[start:])
    assert scan.read(tmp_path / "a.jp2").planes.shape == (1, 12, 15)
    deep = bytearray((tmp_path / "a.jp2").read_bytes())
    deep[deep.index(b"\xff\x4f\xff\x51") + 42] = 15  # the first channel's bits, less one
    (tmp_path / "a.jp2").write_bytes(deep)
    refused(tmp_path / "a.jp2", "is JPEG2000 of more than 8 bits")


@pytest.mark.parametrize("suffix, start", [("j2k", b"\xff\x4f"), ("jp2", b"\0\0")])
def test_a_bare_jpeg_2000_stays_bare(tmp_path, suffix, start):
    path = saved(tmp_path / f"a.{suffix}", GREY)
    _, [out] = enlarged(path, tmp_path / f"b.{suffix}")
    assert path.read_bytes()[:2] == out.read_bytes()[:2] == start


def test_a_resolution_that_cannot_be_written_is_said_to_be_left_out(tmp_path):
    data = saved(tmp_path / "a.jp2", GREY).read_bytes()
    head, size = data.index(b"jp2h") - 4, struct.unpack_from(">I", data, data.index(b"jp2h") - 4)[0]
    dots = struct.pack(">I4sI4s4H2b", 26, b"res ", 18, b"resc", 10_000, 254, 10_000, 254, 2, 2)
    data = data[:head] + struct.pack(">I", size + 26) + data[head + 4 : head + size] + dots + (
        data[head + size :]
    )  # fmt: skip
    (tmp_path / "a.jp2").write_bytes(data)
    one = scan.read(tmp_path / "a.jp2")
    assert "its dots per inch left out: not written into JPEG2000 here" in one.notes
    assert not any("left out" in note for note in scan.read(saved(tmp_path / "a.png", GREY)).notes)
