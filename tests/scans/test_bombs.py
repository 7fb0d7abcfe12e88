"""Small files that would unpack to gigabytes: refused in one line, soon, and without the memory."""

import gzip
import lzma
import struct
import time
import tracemalloc
import zlib

import nibabel
import numpy as np
import pydicom
import pytest
import tifffile
from PIL import Image
from scan_files import dicom, head

from medsr_nb.folders import results
from medsr_nb.machine import UserError
from medsr_nb.scans import scan

DEEP = (head() + 1024).astype(np.uint16)
BEHIND = 2**27  # bytes of zeros
MOST_SECONDS, MOST_BYTES = 3, 2**26


def zeros(packer, start, count=BEHIND):
    """What a packer makes of ``start`` and as many zeros."""
    block = bytes(2**20)
    packed = [packer.compress(start), *(packer.compress(block) for _ in range(count // 2**20))]
    return b"".join([*packed, packer.flush()])


def gzipped(start, count=BEHIND):
    return zeros(zlib.compressobj(1, zlib.DEFLATED, 31), start, count)


def refused(path, words):
    """Checks that a small file is refused, in one line, with these words."""
    assert path.stat().st_size < 2**22
    tracemalloc.start()
    started = time.monotonic()
    try:
        with pytest.raises(UserError, match=words) as caught:
            scan.read(path)
        assert time.monotonic() - started < MOST_SECONDS
        assert tracemalloc.get_traced_memory()[1] < MOST_BYTES
    finally:
        tracemalloc.stop()
    assert "\n" not in str(caught.value) and path.name in str(caught.value)


@pytest.mark.parametrize("kind, name", [
    (nibabel.Nifti1Image, "a.nii.gz"), (nibabel.Nifti2Image, "a.dat"), (nibabel.MGHImage, "a.mgz"),
])  # fmt: skip
def test_zeros_behind_a_volume(tmp_path, kind, name):
    volume = kind(DEEP.astype(np.int16)[..., None], np.eye(4)).to_bytes()
    (tmp_path / name).write_bytes(gzipped(volume))
    refused(tmp_path / name, f"{name}: {name} holds more than its header claims; it is damaged")
    (tmp_path / name).write_bytes(gzip.compress(volume + bytes(1000)))
    assert scan.read(tmp_path / name).planes.shape == (1, 15, 12)


def test_zeros_behind_what_is_packed(tmp_path):
    path = tmp_path / "a.nii.gz"
    nibabel.save(nibabel.Nifti1Image(DEEP, np.eye(4)), path)
    with path.open("ab") as file:
        file.truncate(path.stat().st_size + 2**32)  # takes no room on the disk
    with pytest.raises(
        UserError, match="cannot be .* .nothing but zeros stands at its end.; .*get"
    ):
        scan.read(path)


@pytest.mark.parametrize("ending", [".hdr", ".img", ".mat"])
def test_zeros_behind_any_file_of_a_pair(tmp_path, ending):
    kind = nibabel.Spm99AnalyzeImage if ending == ".mat" else nibabel.Nifti1Pair
    nibabel.save(kind(DEEP.astype(np.int16)[..., None], np.eye(4)), tmp_path / "a.hdr.gz")
    path = tmp_path / f"a{ending}.gz"
    start = gzip.decompress(path.read_bytes())
    if ending == ".hdr":
        start = start[:348] + b"\1"  # extensions follow
    path.write_bytes(gzipped(start))
    refused(tmp_path / "a.hdr.gz", f"a{ending}.gz holds more than its header claims")
    assert results.head(tmp_path / "a.hdr.gz").sides == ((12, 15, 1) if ending == ".img" else ())


def test_very_many_extensions(tmp_path):
    data = bytearray(nibabel.Nifti1Image(DEEP, np.eye(4)).to_bytes())
    data[108:112] = struct.pack("<f", 2**25)
    extensions = struct.pack("<2i", 8, 0) * 2**21
    (tmp_path / "a.nii.gz").write_bytes(gzipped(bytes(data[:348]) + b"\1\0\0\0" + extensions))
    refused(tmp_path / "a.nii.gz", "its header has more than 1000 extensions")


def test_an_mgh_that_claims_as_much_as_it_unpacks_to(tmp_path):
    start = struct.pack(">7i", 1, 40000, 40000, 40000, 1, 3, 0)
    (tmp_path / "a.mgz").write_bytes(gzipped(start))
    refused(tmp_path / "a.mgz", "its header claims 256,000,000,000,000 bytes")


def deflated(path, behind):
    """A deflated DICOM, with more bytes behind its elements."""
    data = dicom(path, DEEP)
    data.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    buffer = pydicom.filebase.DicomBytesIO()
    buffer.is_little_endian, buffer.is_implicit_VR = True, False
    pydicom.filewriter.write_dataset(buffer, data)
    data.file_meta.TransferSyntaxUID = pydicom.uid.DeflatedExplicitVRLittleEndian
    meta = pydicom.filebase.DicomBytesIO()
    pydicom.filewriter.write_file_meta_info(meta, data.file_meta)
    packer = zlib.compressobj(1, zlib.DEFLATED, -15)
    packed = zeros(packer, buffer.getvalue(), behind)
    path.write_bytes(bytes(128) + b"DICM" + meta.getvalue() + packed)


def test_zeros_behind_a_deflated_dicom(tmp_path):
    deflated(tmp_path / "b.dcm", 0)
    assert (scan.read(tmp_path / "b.dcm").planes[0] == DEEP).all()
    deflated(tmp_path / "a.dcm", BEHIND)
    refused(tmp_path / "a.dcm", "a.dcm: unpacks to more than the .* bytes that its elements claim")
    started = time.monotonic()
    assert results.head(tmp_path / "a.dcm").sides == ()  # nor is its head read so
    assert time.monotonic() - started < MOST_SECONDS
    refused(tmp_path, "a.dcm")


def with_meta(path, element):
    """Puts an element of group 2 before the transfer syntax of a file."""
    data = path.read_bytes()
    place = data.index(b"\x02\0\x10\0UI")
    path.write_bytes(data[:place] + element + data[place:])


def test_a_long_group_2_hides_no_bomb(tmp_path):
    deflated(tmp_path / "a.dcm", BEHIND)
    long = b"\x02\0\x02\x01OB\0\0" + struct.pack("<I", 6000) + bytes(6000)
    with_meta(tmp_path / "a.dcm", long)
    refused(tmp_path / "a.dcm", "a.dcm: unpacks to more than the .* bytes that its elements claim")


def test_what_only_speaks_of_deflating_and_what_has_no_preamble_is_read(tmp_path):
    deflated(tmp_path / "a.dcm", 0)
    (tmp_path / "a.dcm").write_bytes((tmp_path / "a.dcm").read_bytes()[132:])
    assert (scan.read(tmp_path / "a.dcm").planes[0] == DEEP).all()
    uid = pydicom.uid.DeflatedExplicitVRLittleEndian
    dicom(tmp_path / "b.dcm", DEEP, AvailableTransferSyntaxUID=uid)
    assert (scan.read(tmp_path / "b.dcm").planes[0] == DEEP).all()


def test_tiles_much_larger_than_their_page_are_read(tmp_path):
    long = np.resize(DEEP, (64, 9000))
    tifffile.imwrite(tmp_path / "a.tif", long, tile=(2048, 2048), compression="zlib")
    assert (scan.read(tmp_path / "a.tif").planes[0] == long).all()


@pytest.mark.parametrize("compression, packer", [
    ("zlib", lambda: zlib.compressobj(1)), ("lzma", lambda: lzma.LZMACompressor(preset=0)),
])  # fmt: skip
def test_zeros_behind_a_strip_of_tiff(tmp_path, compression, packer):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, DEEP)
    packed = zeros(packer(), DEEP.tobytes())
    data = bytearray(path.read_bytes())
    code = {"zlib": 8, "lzma": 34925}[compression]
    for tag, value in ((259, code), (273, len(data)), (279, len(packed))):
        place = next(
            at for kind in (3, 4) if (at := data.find(struct.pack("<HHI", tag, kind, 1))) > 0
        )
        data[place : place + 12] = struct.pack("<HHII", tag, 4, 1, value)
    path.write_bytes(data + packed)
    refused(path, "a.tif: unpacks to far more than the 360 bytes of its page; it is damaged")


def test_zeros_behind_the_rows_of_a_png_are_left(tmp_path):
    """Pillow unpacks no more than the rows."""
    Image.fromarray(np.uint8(DEEP)).save(tmp_path / "a.png")
    data = (tmp_path / "a.png").read_bytes()
    place = data.index(b"IDAT")
    length = struct.unpack(">I", data[place - 4 : place])[0]
    rows = zlib.decompress(data[place + 4 : place + 4 + length])
    packed = b"IDAT" + zeros(zlib.compressobj(1), rows)
    chunk = struct.pack(">I", len(packed) - 4) + packed + struct.pack(">I", zlib.crc32(packed))
    (tmp_path / "a.png").write_bytes(data[: place - 4] + chunk + data[place + 8 + length :])
    started = time.monotonic()
    assert (scan.read(tmp_path / "a.png").planes[0] == np.uint8(DEEP)).all()
    assert time.monotonic() - started < MOST_SECONDS
