"""Arrays kept on disk between runs, and read from there where memory cannot hold them.

They are written whole or not at all, and rebuilt when damaged.
"""

import contextlib
import hashlib
import io
import math
import shutil
import time
import warnings
import zlib

import numpy as np

from ..machine import UserError, fits_in_memory, whole

ABANDONED_SECONDS = 3600  # a half file that has not grown for so long has no writer any more


class Rows:
    """Rows of an array on disk, in an order of their own; read when they are indexed.

    ``array`` is a numpy memory map. An index names rows first (a number, a slice, numbers or a
    mask) and gives a numpy array in memory; ``take`` reads nothing.
    """

    def __init__(self, array, rows=None):
        self.array = np.asarray(array)  # a view: rows taken from it are plain arrays
        self.rows = np.arange(len(array)) if rows is None else rows

    @property
    def shape(self):
        return (len(self.rows), *self.array.shape[1:])

    @property
    def dtype(self):
        return self.array.dtype

    @property
    def nbytes(self):
        """Bytes that all rows would take in memory."""
        return math.prod(self.shape) * self.dtype.itemsize

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, index):
        first, *rest = index if isinstance(index, tuple) else (index,)
        if first is Ellipsis:
            raise IndexError("this array is on disk: name its rows first, as in pixels[:9, ..., 0]")
        rows = self.rows[first]
        read = np.take(self.array, rows, axis=0)
        return read[(slice(None),) * rows.ndim + tuple(rest)]

    def __array__(self, dtype=None, copy=None):
        if copy is False:
            raise ValueError("an array on disk cannot be had in memory without a copy")
        return np.asarray(self[:], dtype)

    def take(self, indices):
        """The rows at ``indices`` (integers), in that order, still on disk."""
        return Rows(self.array, self.rows[indices])


def held(rows):
    """``Rows`` as an array in memory where they fit, else as they are."""
    return np.asarray(rows) if fits_in_memory(rows.nbytes) else rows


class RowWriter:
    """Writes uint8 (K, *row_shape) to ``file`` as .npy, row by row; K is known at the end."""

    def __init__(self, file, row_shape):
        self.file = file
        self.row_shape = row_shape
        self.count = self.checksum = 0
        self.write_header()

    def append(self, row):
        """Adds one row, uint8."""
        self.file.write(row)
        self.checksum = zlib.crc32(row, self.checksum)
        self.count += 1

    def write_header(self):
        """Writes the shape so far; numpy leaves room in a header for a K of any length."""
        header = {"descr": "|u1", "fortran_order": False, "shape": self.shape}
        self.file.seek(0)
        np.lib.format.write_array_header_1_0(self.file, header)

    @property
    def shape(self):
        return (self.count, *self.row_shape)


def kept_arrays(stem, key, shape, build):
    """What ``build`` makes: a dictionary of arrays, from disk where ``key`` is still the same.

    ``build(append)`` gives each picture, uint8 of ``shape[1:]``, to ``append`` and returns the
    dictionary of all that belongs to them; there are ``shape[0]`` pictures at most. ``pixels``
    is added to it: uint8 (K, *shape[1:]), in memory, or ``Rows`` where they do not fit there.
    The files' names begin with ``stem``.

    A disk that is full or not writable costs a warning. Raises UserError when memory cannot
    hold the pixels either.
    """
    name = hashlib.sha256(key.encode()).hexdigest()[:12]
    file = stem.with_name(f"{stem.name}-{name}.npz")
    if (arrays := stored_arrays(file, key)) is not None:
        return arrays
    try:
        make_room(stem, file.stem, math.prod(shape))
        store_arrays(file, key, shape[1:], build)
        if (arrays := stored_arrays(file, key)) is None:
            raise OSError(f"{file} cannot be read back")
        return arrays
    except OSError as error:
        if not fits_in_memory(math.prod(shape)):
            raise UserError(too_large(file.parent, math.prod(shape), error)) from error
        warnings.warn(
            f"The decoded images could not be kept in {file.parent} ({error}); this run goes on "
            "without. Free some space there, or set MEDSR_CACHE to another folder.",
            stacklevel=2,
        )
    return arrays_in_memory(shape[1:], build)


def too_large(folder, count, error):
    """The message for ``count`` bytes of pixels that neither memory nor disk can hold."""
    return (
        f"The decoded images take up to {count / 1e9:.1f} GB. Memory cannot hold them, and they "
        f"could not be kept in {folder} ({error}). Free that much space there, or set "
        "MEDSR_CACHE to a folder on a larger disk."
    )


def stored_arrays(file, key):
    """The arrays that ``store_arrays`` kept in ``file`` and beside it under ``key``, or None.

    None means missing, stored under another key, or damaged: build the arrays again. Pixels
    that stay on disk are not read for that: there the file's size alone is looked at.
    """
    try:
        with np.load(file, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        on_disk = np.load(file.with_suffix(".npy"), mmap_mode="r")
        if str(arrays["key"]) != key or on_disk.shape != tuple(arrays["shape"].tolist()):
            return None
        pixels = held(Rows(on_disk))
        if isinstance(pixels, np.ndarray) and zlib.crc32(pixels) != arrays["checksum"]:
            return None
    except Exception:  # a damaged archive may raise anything
        return None
    return arrays | {"pixels": pixels}


def store_arrays(file, key, row_shape, build):
    """Write what ``build`` makes to ``file`` (.npz) and its pixels beside it (.npy).

    Pixels go to the disk as they come. Not through a memory map: on a full disk it would
    end the program.
    """
    with whole(file) as small, whole(file.with_suffix(".npy")) as large:
        rows = RowWriter(large, row_shape)
        arrays = build(rows.append)
        rows.write_header()
        np.savez(small, key=key, shape=rows.shape, checksum=rows.checksum, **arrays)


def arrays_in_memory(row_shape, build):
    """What ``build`` makes, with its pixels, for a run that can keep nothing."""
    file = io.BytesIO()
    rows = RowWriter(file, row_shape)
    arrays = build(rows.append)
    rows.write_header()
    file.seek(0)
    return arrays | {"pixels": np.load(file)}


def make_room(stem, name, count):
    """Removes what older runs kept under ``stem``, except the files ``name``, and half files.

    Creates the folder. Raises OSError where less than ``count`` bytes are free, lest that show
    only after hours of decoding.
    """
    stem.parent.mkdir(parents=True, exist_ok=True)
    for old in stem.parent.glob(f"{stem.name}-*"):
        with contextlib.suppress(OSError):  # another run may have been quicker
            idle = time.time() - old.stat().st_mtime
            if idle > ABANDONED_SECONDS if old.suffix == ".part" else old.stem != name:
                old.unlink()
    free = shutil.disk_usage(stem.parent).free
    if free < count:
        raise OSError(f"only {free / 1e9:.1f} of {count / 1e9:.1f} GB are free there")
