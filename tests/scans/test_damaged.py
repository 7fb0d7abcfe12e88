"""Bad input is one line that names the file; results appear whole or not at all."""

import gzip
import logging
import os
import struct
import warnings
import zlib

import fuzz_scans
import nibabel
import numpy as np
import pytest
import tifffile
from PIL import Image
from scan_files import dicom, head, tripled

from medsr_nb.machine import UserError
from medsr_nb.scans import files, scan

DEEP = (head() + 1024).astype(np.uint16)


def refused(path, words):
    """Checks that reading is refused in one line with these words, quietly."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(UserError, match=words) as caught:
            scan.read(path)
    assert "\n" not in str(caught.value) and path.name in str(caught.value)


def test_empty_missing_and_foreign_files(tmp_path):
    for name in ("a.png", "a.nii", "a.tif", "a.dcm", "a"):
        (tmp_path / name).write_bytes(b"")
        refused(tmp_path / name, "is empty; get it again")
    refused(tmp_path / "none.png", "is not there; check the name")
    (tmp_path / "a.txt").write_text("no picture " * 50)
    refused(tmp_path / "a.txt", "is no picture, TIFF, DICOM or NIfTI file")
    (tmp_path / "folder").mkdir()
    refused(tmp_path / "folder", "holds no DICOM picture")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.png")
        refused(tmp_path / "pipe.png", "is neither a file nor a folder")


def test_what_the_system_refuses_is_no_damage(tmp_path):
    (tmp_path / "loop.dcm").symlink_to("loop.dcm")
    refused(tmp_path / "loop.dcm", "cannot be read .Too many levels .*; check its name")
    (tmp_path / "a.png").write_text("a file")
    refused(tmp_path / "a.png" / "b.png", "cannot be read .Not a directory.; check its name")


def test_truncated_files(tmp_path):
    Image.fromarray(DEEP).save(tmp_path / "a.png")
    tifffile.imwrite(tmp_path / "a.tif", DEEP)
    dicom(tmp_path / "a.dcm", DEEP)
    nibabel.save(nibabel.Nifti1Image(DEEP, np.eye(4)), tmp_path / "a.nii")
    nibabel.save(nibabel.Nifti1Image(DEEP, np.eye(4)), tmp_path / "a.nii.gz")
    for path in sorted(tmp_path.iterdir()):
        data = path.read_bytes()
        path.write_bytes(data[: len(data) - len(data) // 4])
        refused(path, "damaged|get it again")


def test_headers_that_claim_65535_times_65535(tmp_path):
    header = struct.pack(">IIBBBBB", 65535, 65535, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 99)), (b"IEND", b"")]
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks))  # fmt: skip
    dicom(tmp_path / "a.dcm", DEEP, Rows=21000, Columns=21000)
    dicom(tmp_path / "b.dcm", DEEP, Rows=65535, Columns=65535)
    image = nibabel.Nifti1Image(DEEP, np.eye(4))
    nibabel.save(image, tmp_path / "a.nii")
    data = bytearray((tmp_path / "a.nii").read_bytes())
    data[40:48] = struct.pack("<4h", 3, 10000, 10000, 10000)
    (tmp_path / "a.nii").write_bytes(data)
    (tmp_path / "b.nii.gz").write_bytes(gzip.compress(bytes(data)))
    tifffile.imwrite(tmp_path / "a.tif", DEEP)
    data = bytearray((tmp_path / "a.tif").read_bytes())
    for tag in (256, 257):
        place = data.index(struct.pack("<HH", tag, 4))
        data[place + 8 : place + 12] = struct.pack("<I", 65535)
    (tmp_path / "a.tif").write_bytes(data)
    for path in sorted(tmp_path.iterdir()):
        refused(path, "claims")


def test_voxels_far_away_and_what_is_packed_twice_are_refused(tmp_path):
    image = nibabel.Nifti1Image(DEEP, np.eye(4)).to_bytes()
    far = bytearray(image)
    far[108:112] = struct.pack("<f", 3e9)
    (tmp_path / "a.nii.gz").write_bytes(gzip.compress(bytes(far)))
    refused(tmp_path / "a.nii.gz", "says that voxels begin at byte 3e\\+09")
    (tmp_path / "b.nii.gz").write_bytes(gzip.compress(gzip.compress(image)))
    refused(tmp_path / "b.nii.gz", "packed twice")


def test_a_deflated_dicom_is_unpacked_up_to_a_limit(tmp_path, monkeypatch):
    import pydicom

    data = dicom(tmp_path / "a.dcm", np.zeros((300, 300), np.uint16))
    data.file_meta.TransferSyntaxUID = pydicom.uid.DeflatedExplicitVRLittleEndian
    data.save_as(tmp_path / "a.dcm")
    assert scan.read(tmp_path / "a.dcm").planes.shape == (1, 300, 300)
    monkeypatch.setattr(files, "MOST_BYTES", 100_000)
    refused(tmp_path / "a.dcm", "100,000 are read at most")


def test_a_series_takes_as_much_memory_as_its_files_together(tmp_path, monkeypatch):
    """Colours from a palette are told in one number a pixel, and become three floats."""
    folder = tmp_path / "series"
    folder.mkdir()
    palette = {"PhotometricInterpretation": "PALETTE COLOR", "SeriesInstanceUID": "1.2"}
    for name in ("Red", "Green", "Blue"):
        palette[f"{name}PaletteColorLookupTableDescriptor"] = [2, 0, 16]
        palette[f"{name}PaletteColorLookupTableData"] = b"\0\0\xff\xff"
    for k in range(3):
        dicom(folder / f"{k}.dcm", np.eye(20, dtype=np.uint8), InstanceNumber=k, **palette)
    monkeypatch.setattr(files, "MOST_BYTES", 3 * 12 * 400)
    assert scan.read(folder).planes.shape == (3, 20, 20)
    monkeypatch.setattr(files, "MOST_BYTES", 3 * 12 * 400 - 1)
    refused(folder, "claims 14,400 bytes, and 14,399 are read at most")


def test_volumes_that_are_no_pictures(tmp_path):
    nibabel.save(nibabel.Nifti1Image(DEEP.astype(np.complex64), np.eye(4)), tmp_path / "a.nii")
    refused(tmp_path / "a.nii", "holds complex64 numbers")
    nibabel.save(nibabel.Nifti1Image(np.full((2, 2), np.nan), np.eye(4)), tmp_path / "b.nii")
    refused(tmp_path / "b.nii", "no finite number")
    nibabel.save(nibabel.Nifti1Pair(DEEP, np.eye(4)), tmp_path / "c.img")
    (tmp_path / "c.img").unlink()
    refused(tmp_path / "c.hdr", "c.img, which belongs to it, is not there")


def test_a_write_that_fails_names_the_file_and_leaves_the_older_one(tmp_path, monkeypatch):
    Image.fromarray(DEEP).save(tmp_path / "a.png")
    one = scan.read(tmp_path / "a.png")
    (tmp_path / "out.png").write_bytes(b"older")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(UserError, match="out.png: cannot be written .No space left on device"):
        scan.write(one, tripled(one.planes), None, tmp_path / "out.png")
    assert (tmp_path / "out.png").read_bytes() == b"older"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png", "out.png"]
    with pytest.raises(UserError, match="none/out.png: cannot be written"):
        scan.write(one, tripled(one.planes), None, tmp_path / "none" / "out.png")


def test_a_folder_appears_whole_or_not_at_all(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "older").write_text("")
    with pytest.raises(KeyboardInterrupt), files.whole_folder(tmp_path / "out") as part:
        (part / "half").write_text("")
        raise KeyboardInterrupt
    assert [path.name for path in tmp_path.rglob("*")] == ["out", "older"]
    with (
        pytest.raises(UserError, match="holds older, which is no part of this result"),
        files.whole_folder(tmp_path / "out") as part,
    ):
        (part / "new").write_text("")
    assert [path.name for path in tmp_path.rglob("*")] == ["out", "older"]
    with files.whole_folder(tmp_path / "out") as part:
        (part / "older").write_text("anew")
        (part / "new").write_text("")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["new", "older", "out"]
    assert (tmp_path / "out" / "older").read_text() == "anew"


def test_libraries_are_silenced_only_while_a_file_is_read(tmp_path):
    with files.quiet():
        assert not logging.getLogger("pydicom").isEnabledFor(logging.CRITICAL)
    assert logging.getLogger("pydicom").isEnabledFor(logging.CRITICAL)


def test_what_a_library_writes_below_python_is_not_seen(capfd):
    with files.quiet():
        os.write(2, b"LZWDecode: not enough data")
    os.write(2, b"seen")
    assert capfd.readouterr().err == "seen"


def test_damaged_files_are_read_or_refused():
    result = fuzz_scans.campaign(1000)
    assert result["failed"] == {} and result["refused"] > 100 and result["read"] > 20
