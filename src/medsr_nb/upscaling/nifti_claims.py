"""What a volume file claims, checked before anything of that size is read or unpacked."""

import errno
import gzip
import os
import zlib

import nibabel
import numpy as np
from nibabel.analyze import AnalyzeImage

from ..machine import UserError
from .files import check_claim, deflated_at_most, is_packed, unpacked
from .finding import is_second_half, others_of
from .scan import FACTOR

LARGEST_HEAD = 2**26  # bytes before the voxels; extensions included
AT_ONCE = 2**24  # bytes unpacked
LABELS = 1002  # of NIfTI's intents
CIFTI = range(3000, 3100)  # and those of grey matter without voxels in a row
LARGEST_SIDE = {nibabel.Nifti2Image: 2**31, nibabel.Nifti2Pair: 2**31, nibabel.MGHImage: 2**31}


def check_pair(path):
    """Raises FileNotFoundError for the second file of a pair whose first is not there."""
    alone = path.name.lower().endswith((".img", ".img.gz"))
    if alone and not is_second_half(path, os.path.exists):
        raise FileNotFoundError(errno.ENOENT, "is missing", str(others_of(path)[0]))


def check_head(path):
    """Refuses a header that puts the voxels, or an extension, absurdly far into the file."""
    try:
        with unpacked(path) as file:
            head = file.read(540)
            if head[:2] == b"\x1f\x8b":
                raise UserError(f"{path}: is packed twice; unpack it once.")
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
            check_extensions(path, file, order, size, int(offset))
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise UserError(f"{path}: cannot be unpacked ({error}); get it again.") from None


def check_ends(path, image):
    """Refuses a packed file that is not what was packed: that stands behind all that it holds."""
    for file in {holder.filename or path for holder in image.file_map.values()}:
        if os.path.exists(file) and is_packed(file):
            try:
                with gzip.open(file) as packed:
                    while packed.read(AT_ONCE):
                        pass
            except (EOFError, zlib.error, gzip.BadGzipFile) as error:
                raise UserError(f"{path}: cannot be unpacked ({error}); get it again.") from None


def check_extensions(path, file, order, size, offset):
    """Refuses an extension that claims to reach behind the first voxel."""
    place = size + 4
    while place + 16 <= offset:
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
    file = image.file_map["image"].filename or path
    held = deflated_at_most(file) if is_packed(file) else os.path.getsize(file)
    check_claim(path, voxels * dtype.itemsize, held)
