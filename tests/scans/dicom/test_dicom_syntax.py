"""How DICOM files are written: syntaxes that are not DICOM's, and frames that are not all there."""

import io

import numpy as np
import pydicom
import pytest
from PIL import Image
from scan_files import STORED, dicom, enlarged, strictly, tripled

from medsr_nb.machine import UserError
from medsr_nb.scans import scan
from medsr_nb.scans.dicom import transfer_syntax


def in_syntax(path, syntax, stored=STORED):
    """A file without compression that is said to be of another syntax."""
    data = dicom(path, stored)
    data.file_meta.TransferSyntaxUID = syntax
    pydicom.dcmwrite(path, data, implicit_vr=True, little_endian=True)


def test_the_syntax_of_ge_has_pixels_with_the_highest_byte_first(tmp_path):
    in_syntax(tmp_path / "a.dcm", "1.2.840.113619.5.2", STORED.astype(">u2"))
    assert (scan.read(tmp_path / "a.dcm").planes[0] == STORED).all()


def test_a_syntax_without_any_decoder_is_named(tmp_path):
    in_syntax(tmp_path / "a.dcm", "1.2.3.4")
    with pytest.raises(UserError, match="a.dcm: is written in the transfer syntax 1.2.3.4, which"):
        scan.read(tmp_path / "a.dcm")
    retired = pydicom.uid.JPEGExtended12Bit.replace("51", "52")
    with pytest.raises(UserError, match="a: is written in the transfer syntax JPEG Extended .Proc"):
        transfer_syntax.check("a", pydicom.uid.UID(retired))


@pytest.mark.parametrize("claimed", [None, 2])
def test_more_frames_than_are_claimed_are_told(tmp_path, claimed):
    dicom(tmp_path / "a.dcm", np.stack([STORED] * 4), NumberOfFrames=claimed)
    words = f"a.dcm: claims {claimed or 1} frames?, holds 4; correct its NumberOfFrames, or get it"
    with pytest.raises(UserError, match=words):
        scan.read(tmp_path / "a.dcm")


@pytest.mark.parametrize("table", [True, False])
@pytest.mark.parametrize("claimed", [2, 5])
def test_compressed_frames_that_are_not_as_many_as_claimed_are_told(tmp_path, claimed, table):
    levels = np.arange(180, dtype=np.uint8).reshape(12, 15)
    packed = io.BytesIO()
    Image.fromarray(levels).save(packed, "JPEG")
    data = dicom(tmp_path / "a.dcm", levels, NumberOfFrames=claimed)
    data.file_meta.TransferSyntaxUID = pydicom.uid.JPEGBaseline8Bit
    data.PixelData = pydicom.encaps.encapsulate([packed.getvalue()] * 3, has_bot=table)
    data["PixelData"].VR = "OB"
    data.save_as(tmp_path / "a.dcm")
    with pytest.raises(UserError, match=f"a.dcm: claims {claimed} frames, holds 3"):
        scan.read(tmp_path / "a.dcm")


def test_a_video_is_refused_as_one(tmp_path):
    data = dicom(tmp_path / "a.dcm", STORED)
    data.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.4.102"
    data.PixelData = pydicom.encaps.encapsulate([b"\0" * 100])
    data["PixelData"].is_undefined_length = True
    data.save_as(tmp_path / "a.dcm")
    with pytest.raises(UserError, match=r"a.dcm: is a video \(MPEG-4 .*, which is not read"):
        scan.read(tmp_path / "a.dcm")


def test_zeros_that_fill_a_file_up_to_a_block_go(tmp_path):
    dicom(tmp_path / "a.dcm", STORED)
    with open(tmp_path / "a.dcm", "ab") as file:
        file.write(bytes(200))
    _, [out] = enlarged(tmp_path / "a.dcm", tmp_path / "b.dcm")
    new = strictly(out)
    assert min(new.keys()).group == 8 and (new.pixel_array == tripled(STORED[None])[0]).all()


def test_a_marked_file_that_holds_nothing_is_a_damaged_dicom(tmp_path):
    dicom(tmp_path / "a.dcm", STORED)
    with open(tmp_path / "a.dcm", "ab") as file:
        file.write(b"\xff" * 64)
    with pytest.raises(UserError, match="a.dcm: is a damaged DICOM"):
        scan.read(tmp_path / "a.dcm")
