"""Where a result lies while it is made: in memory, or where that is short in files without names.

A CT of 300 slices is 2.8 GB as floats three times as large, and four times that with its guesses.
A file that has no name is gone with the process, however that ends.
"""

import math
import os
import tempfile

import numpy as np

from ..machine import UserError, available_memory
from ..scans import FACTOR

FLOAT = 4  # bytes
SHARE = 2  # one part in so many of the memory that there is may be taken


def arrays(wanted, folder=None):
    """An array without content for each of ``wanted``, (shape, dtype).

    All lie in memory or all in files of ``folder``, without one where the system has such files.
    Raises UserError where that has no room either.
    """
    sizes = [math.prod(shape) * np.dtype(dtype).itemsize for shape, dtype in wanted]
    if SHARE * sum(sizes) <= available_memory():
        return [np.empty(shape, dtype) for shape, dtype in wanted]
    folder = tempfile.gettempdir() if folder is None else folder
    try:
        return [in_file(shape, dtype, folder) for shape, dtype in wanted]
    except OSError as error:
        raise UserError(
            f"{folder}: the result takes {gigabytes(sum(sizes))} while it is made, more than there "
            f"is of memory, and cannot lie here ({error.strerror}); make room, name another --out, "
            "enlarge fewer slices, or leave out --guess and --page."
        ) from None


def in_file(shape, dtype, folder):
    """An array whose numbers lie in a file of ``folder`` that nobody else sees."""
    with tempfile.TemporaryFile(dir=folder) as file:
        if hasattr(os, "posix_fallocate"):  # a disk that were full later would end the program
            os.posix_fallocate(file.fileno(), 0, math.prod(shape) * np.dtype(dtype).itemsize)
        return np.asarray(np.memmap(file, dtype, "w+", shape=shape))


def check_written(scan, guesses, named):
    """Raises UserError where memory cannot hold what a result's file is put together of.

    Series, TIFF and pictures of planes are written plane by plane. ``guesses``: whether these are
    written as well.
    """
    needed, there = put_together(scan, guesses), available_memory()
    if needed > there:
        raise UserError(
            f"{named}: to write its result in one file takes {gigabytes(needed)} of memory, and "
            f"{gigabytes(there)} are there; give --format tiff or png, or enlarge fewer slices."
        )


def put_together(scan, guesses):
    """Bytes in memory of a result while its file is written, without its ``planes``."""
    channels, origin = 1 if scan.extras is None else 1 + scan.extras.shape[-1], scan.origin
    numbers = FACTOR**2 * scan.planes.size * channels
    if scan.kind == "tiff":
        return 0
    if scan.kind == "picture":  # as arrays, and as Pillow's pictures
        return 2 * numbers * origin.dtype.itemsize
    if scan.kind == "dicom":  # as an array, as bytes, and twice as pydicom's
        return 4 * numbers * origin.files[0].dtype.itemsize // len(origin.files)
    each = max(origin.dtype.itemsize // channels, FLOAT * guesses)
    return FACTOR * numbers * (each + FLOAT) if origin.through_plane else numbers * each


def gigabytes(count):
    """Bytes as a reader is told them."""
    return f"{count / 1e9:.1f} GB"
