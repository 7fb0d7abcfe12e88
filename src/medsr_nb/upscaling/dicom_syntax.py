"""The transfer syntax of a DICOM file: how its elements and pixels are written."""

import zlib

import numpy as np
import pydicom
from pydicom.uid import DeflatedExplicitVRLittleEndian

from ..machine import UserError
from .files import check_claim

GE_BIG_ENDIAN = "1.2.840.113619.5.2"  # of GE's own


def settle(dataset):
    """Gives a dataset a syntax that its decoder knows, where it names none or GE's.

    GE's is implicit and little endian, but for pixels of 16 bits.
    """
    meta = dataset.file_meta
    if not meta.get("TransferSyntaxUID"):
        meta.TransferSyntaxUID = syntax_as_read(dataset)
    elif meta.TransferSyntaxUID == GE_BIG_ENDIAN:
        meta.TransferSyntaxUID = syntax_as_read(dataset)
        if dataset.get("BitsAllocated") == 16 and "PixelData" in dataset:
            data = dataset.PixelData
            numbers = np.frombuffer(data, ">u2", len(data) // 2)
            dataset["PixelData"].value = numbers.astype("<u2").tobytes()


def syntax_as_read(dataset):
    """The plain transfer syntax that pydicom found a file without one to have."""
    implicit, little = dataset.original_encoding
    if not little:
        return pydicom.uid.ExplicitVRBigEndian
    return pydicom.uid.ImplicitVRLittleEndian if implicit else pydicom.uid.ExplicitVRLittleEndian


def check(path, syntax):
    """Refuses videos, and what no decoder here is for."""
    if "MPEG" in syntax.name or "HEVC" in syntax.name:
        raise UserError(
            f"{path}: is a video ({syntax.name}), which is not read; save its frames as pictures "
            "first."
        )
    try:
        pydicom.pixels.get_decoder(syntax)
    except NotImplementedError:
        raise UserError(
            f"{path}: is written in the transfer syntax {syntax.name}, which is not read; convert "
            "it to Explicit VR Little Endian first."
        ) from None


def check_deflated(path):
    """Refuses a deflated file that would unpack to more than is read at most."""
    with open(path, "rb") as file:
        if DeflatedExplicitVRLittleEndian.encode() not in file.read(4096):
            return
        seek_behind_meta(file)
        unpacker, unpacked = zlib.decompressobj(-zlib.MAX_WBITS), 0
        while (block := file.read(2**16)) and not unpacker.eof:
            while block:
                unpacked += len(unpacker.decompress(block, 2**24))
                check_claim(path, unpacked)
                block = unpacker.unconsumed_tail


def seek_behind_meta(file):
    """Moves an open file to the first byte behind group 2, which is never packed."""
    place = 132
    file.seek(place)
    while (head := file.read(8))[:2] == b"\x02\0" and len(head) == 8:
        length = int.from_bytes(head[6:], "little")
        if head[4:6] in (b"OB", b"UN", b"SQ", b"UT"):  # lengths of 32 bits, after two of nothing
            length = 4 + int.from_bytes(file.read(4), "little")
        place += 8 + length
        file.seek(place)
    file.seek(place)
