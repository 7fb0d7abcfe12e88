"""What a volume file claims, checked before anything of that size is read or unpacked."""

import errno
import gzip
import os
import struct
import zlib
from contextlib import contextmanager

import nibabel
import numpy as np
from nibabel.analyze import AnalyzeImage

from ...machine import UserError
from ..files import check_claim, deflated_at_most, is_packed, unpacked
from ..finding import PAIRED, is_second_half, others_of
from ..scan import FACTOR

LARGEST_HEAD = 2**26  # bytes before the voxels; extensions included
MOST_EXTENSIONS = 1000
AT_ONCE = 2**22  # bytes unpacked
BEHIND = 2**22  # and those that may stand behind the voxels, as MGH's notes do
MGH_BYTES = {0: 1, 1: 4, 3: 4, 4: 2}  # of a voxel, by MGH's numbers for types
LABELS = 1002  # of NIfTI's intents
CIFTI = range(3000, 3100)  # and those of grey matter without voxels in a row
LARGEST_SIDE = {nibabel.Nifti2Image: 2**31, nibabel.Nifti2Pair: 2**31, nibabel.MGHImage: 2**31}


def check_pair(path):
    """Raises FileNotFoundError for the second file of a pair whose first is not there."""
    alone = path.name.lower().endswith((".img", ".img.gz"))
    if alone and not is_second_half(path, os.path.exists):
        raise FileNotFoundError(errno.ENOENT, "is missing", str(others_of(path)[0]))


def check_head(path):
    """Refuses a header that claims what it cannot have, before a library believes it.

    Voxels or an extension absurdly far into the file, or more of them than it can hold. ``path`` is
    a single file or either one of a pair.
    """
    if path.name.lower().endswith(PAIRED):
        for file in (path, *others_of(path)):
            if ".img" not in file.name.lower() and os.path.exists(file):
                check_length(path, file, LARGEST_HEAD)
                check_start(file)
        return
    check_start(path)


def check_start(path):
    """``check_head`` of the file that a header is in; others are left to their readers."""
    with unpacking_named(path), unpacked(path) as file:
        head = file.read(544)
        if head[:2] == b"\x1f\x8b":
            raise UserError(f"{path}: is packed twice; unpack it once.")
        if path.name.lower().endswith((".mgz", ".mgh")):
            check_mgh(path, head)
            return
        order = "<" if head[:4] in (b"\x5c\1\0\0", b"\x1c\2\0\0") else ">"
        size = np.frombuffer(head, order + "i4", 1)[0] if len(head) > 3 else 0
        if size not in (348, 540):
            return
        if size == 540:
            offset = np.frombuffer(head, order + "i8", 1, 168)[0]
        else:
            offset = np.frombuffer(head, order + "f4", 1, 108)[0]
        if not 0 <= offset < LARGEST_HEAD:
            raise UserError(f"{path}: its header says that voxels begin at byte {offset:g}; "
                            "it is damaged, get it again.")  # fmt: skip
        if head[344:348] == b"ni1\0" or head[4:8] == b"ni2\0":  # voxels are in another file
            offset = LARGEST_HEAD if head[size : size + 1] > b"\0" else 0
        check_extensions(path, file, order, size, int(offset))


@contextmanager
def unpacking_named(path):
    """Whatever is wrong with a packed file in here becomes one UserError that names it."""
    try:
        yield
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise UserError(f"{path}: cannot be unpacked ({error}); get it again.") from None


def check_ends(path, image):
    """Refuses a packed file that is not what was packed: that stands behind all that it holds.

    And one that holds more than its header claims, which may be without end.
    """
    voxels = int(np.prod(image.shape, dtype=object)) * image.get_data_dtype().itemsize
    file = image.file_map["image"].filename or path
    if is_packed(file):
        check_length(path, file, image.dataobj.offset + voxels + BEHIND)


def check_length(path, file, most):
    """Refuses a ``file`` of those of a volume that holds more than ``most`` bytes, unpacked."""
    held = 0
    with unpacking_named(path), unpacked(file) as opened:
        while held <= most and (block := opened.read(AT_ONCE)):
            held += len(block)
    if held > most:
        raise UserError(f"{path}: {os.path.basename(file)} holds more than its header claims; it "
                        "is damaged, get it again.")  # fmt: skip


def check_mgh(path, head):
    """Refuses an MGH header that claims more voxels than memory or the file can hold."""
    if len(head) >= 24:
        _, *sides, kind = struct.unpack(">6i", head[:24])
        claimed = int(np.prod(sides, dtype=object)) * MGH_BYTES.get(kind, 0)
        check_claim(path, claimed, held_by(path))


def held_by(file):
    """How many bytes a file of voxels can hold at most."""
    return deflated_at_most(file) if is_packed(file) else os.path.getsize(file)


def check_extensions(path, file, order, size, offset):
    """Refuses an extension that claims to reach behind the first voxel, and very many."""
    place = size + 4
    for _ in range(MOST_EXTENSIONS):
        if place + 16 > offset:
            return
        file.seek(place)
        head = file.read(8)
        if len(head) < 8:
            return
        length = int(np.frombuffer(head, order + "i4", 1)[0])
        if place == size + 4 and length == 0:
            return  # no extension, only room
        if not 8 <= length <= offset - place:
            raise UserError(f"{path}: an extension of its header claims {length} bytes; it is "
                            "damaged, get it again.")  # fmt: skip
        place += length
    raise UserError(f"{path}: its header has more than {MOST_EXTENSIONS} extensions; it is "
                    "damaged, get it again.")  # fmt: skip


def check_volume(path, image, through_plane):
    """Refuses what is no volume of numbers, or claims more than file or memory can hold."""
    if not isinstance(image, (AnalyzeImage, nibabel.MGHImage)):
        raise UserError(f"{path}: holds {type(image).__name__}, not a volume; name another file.")
    shape, dtype = tuple(int(one) for one in image.shape), image.get_data_dtype()
    if len(shape) < 2 or min(shape) < 1:
        raise UserError(f"{path}: claims a shape of {shape}, which is no picture; get it again.")
    intent = int(image.header["intent_code"]) if isinstance(image, nibabel.Nifti1Pair) else 0
    if intent in CIFTI:
        raise UserError(f"{path}: holds CIFTI, not a volume; name another file.")
    if intent == LABELS:
        raise UserError(f"{path}: holds labels, between which nothing lies; enlarge it by nearest "
                        "neighbour.")  # fmt: skip
    if dtype.kind not in "iuf" and dtype.names is None:
        raise UserError(f"{path}: holds {dtype} numbers; write their magnitude first.")
    if dtype.itemsize > 8:
        raise UserError(f"{path}: holds {dtype} numbers; write them as float64 first.")
    if not abs(np.linalg.det(image.affine[:3, :3])) > 0:
        raise UserError(f"{path}: its header gives voxels no volume in space; mend its affine.")
    longest = LARGEST_SIDE.get(type(image), 32767)
    if FACTOR * max(shape[:3]) > longest:
        raise UserError(f"{path}: three times as large it has more than {longest} voxels on a "
                        "side; convert it to NIfTI-2 first.")  # fmt: skip
    voxels = int(np.prod(shape, dtype=object))
    needed = voxels * (12 if dtype.names else dtype.itemsize)
    check_claim(path, needed * (FACTOR if through_plane else 1))
    check_claim(path, voxels * dtype.itemsize, held_by(image.file_map["image"].filename or path))
