"""The transfer syntax of a DICOM file: how its elements and pixels are written."""

import io
import itertools
import zlib
from contextlib import suppress

import numpy as np
import pydicom
from pydicom.filereader import read_dataset
from pydicom.uid import DeflatedExplicitVRLittleEndian

from ...machine import UserError
from ..files import check_claim

GE_BIG_ENDIAN = "1.2.840.113619.5.2"  # of GE's own
UNDEFINED = 2**32 - 1  # a length that an element's own end tells
HEAD = 2**24  # bytes of a deflated file, unpacked, that hold all but pixels
BEHIND = 2**20  # and those that may stand behind its elements, to fill a block


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


def head_of(path, tags=None):
    """The dataset in a file without its pixels, of ``tags`` alone where they are given.

    Raises UserError, or whatever a damaged file causes.
    """
    check_deflated(path)
    return pydicom.dcmread(path, stop_before_pixels=True, force=True, specific_tags=tags)


def check_deflated(path):
    """Refuses a deflated file that would unpack to more than its elements are, or than is read."""
    with open(path, "rb") as file:
        if syntax_named(file) != DeflatedExplicitVRLittleEndian:
            return
        blocks, head = unpacked(file), bytearray()
        for block in blocks:
            head += block
            if len(head) >= HEAD:
                break
        held, most = len(head), end_of(head)
        check_claim(path, most)
        for block in itertools.chain([b""], blocks):
            held += len(block)
            if held > most + BEHIND:
                raise UserError(
                    f"{path}: unpacks to more than the {most:,} bytes that its elements claim; it "
                    "is damaged, get it again."
                )


def unpacked(file):
    """What is deflated from the place of an open file on, in blocks of no more than a mebibyte."""
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    while (packed := file.read(2**16)) and not unpacker.eof:
        while packed:
            yield unpacker.decompress(packed, 2**20)
            packed = unpacker.unconsumed_tail


def end_of(head):
    """The byte where the elements end that a deflated dataset begins with, as far as they ascend.

    All that stands in order does. Zeros do not: each eight of them would be read as an element.
    """
    file, last, end = io.BytesIO(head), -1, 0

    def is_last(tag, vr, length):
        nonlocal last, end
        if tag <= last:
            return True
        last, end = tag, file.tell() + (length if length != UNDEFINED else 0)
        return False

    with suppress(Exception):  # cut short, or damaged: that is said when it is read
        read_dataset(file, False, True, stop_when=is_last)
        end = max(end, file.tell())
    return end


def syntax_named(file):
    """The transfer syntax that an open file names, "" where it names none.

    Leaves the file at the first byte behind group 2, which is never packed. Some files begin with
    that group, without the 132 bytes before it.
    """
    place, named = (132 if file.read(132)[128:] == b"DICM" else 0), ""
    file.seek(place)
    while (head := file.read(8))[:2] == b"\x02\0" and len(head) == 8:
        beside, length = 8, int.from_bytes(head[6:], "little")
        if head[4:6] in (b"OB", b"UN", b"SQ", b"UT"):  # lengths of 32 bits, after two of nothing
            beside, length = 12, int.from_bytes(file.read(4), "little")
        if head[2:4] == b"\x10\0":
            named = file.read(min(length, 64)).rstrip(b"\0 ").decode("ascii", "replace")
        place += beside + length
        file.seek(place)
    file.seek(place)
    return named
