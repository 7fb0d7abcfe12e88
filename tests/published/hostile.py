"""Files that pretend to be weights: some ask for ``os.system``, some cost far more than they hold.

As a script it needs PyTorch: ``python hostile.py FILE`` opens a file without PyTorch's guard, so
that a test can show that it would have run its code.
"""

import io
import os
import pickle
import struct
import sys
import tarfile
import zipfile
import zlib
from functools import partial

OLD_MAGIC = 0x1950A86A20F9469CFC6C  # the first pickle of torch.save before 1.6
SYSTEM = f"{os.system.__module__}.system"


class Foreign:
    """Pickled, it asks for os.system, to make a file ``marker``."""

    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return os.system, (f"echo ran > '{self.marker}'",)


def archive(path, name, pickled, **more):
    """An archive as torch.save writes it; ``more`` are ZipFile's settings."""
    with zipfile.ZipFile(path, "w", **more) as file:
        file.writestr("net/version", "3\n")
        file.writestr(name, pickled)


def old(path, *pickled):
    """The form of before 1.6, with these pickles in place of the last three."""
    first = [pickle.dumps(OLD_MAGIC, 2), pickle.dumps(1001, 2)]
    path.write_bytes(b"".join([*first, *pickled]))


# Foreign code, in the plain forms


def in_an_archive(path, foreign):
    archive(path, "net/data.pkl", pickle.dumps({"conv.weight": foreign}, 2))


def in_an_old_file(path, foreign):
    old(path, pickle.dumps({}, 2), pickle.dumps(foreign, 2), pickle.dumps([], 2))


def in_todays_pickle(path, foreign):
    archive(path, "net/data.pkl", pickle.dumps(foreign, 4))


def by_another_operation(path, foreign):
    """INST, which calls what it names."""
    (command,) = foreign.__reduce__()[1]
    text = b"X" + struct.pack("<I", len(command)) + command.encode()
    archive(path, "net/data.pkl", b"\x80\x02(" + text + b"i" + SYSTEM.replace(".", "\n").encode()
            + b"\n.")  # fmt: skip


# Foreign code, hidden from readers that look before PyTorch does


def upper_case(path, foreign):
    """PyTorch finds its parts whatever their case."""
    archive(path, "net/DATA.PKL", pickle.dumps(foreign, 2))


def two_directories(path, foreign):
    """PyTorch's reader takes the directory where the end says it is, zipfile the one beside it."""
    whole = io.BytesIO()
    archive(whole, "net/data.pkl", pickle.dumps(foreign, 2))
    whole = whole.getvalue()
    end = whole.rindex(b"PK\x05\x06")
    size, offset = struct.unpack("<II", whole[end + 12 : end + 20])
    other = whole[offset:end].replace(b"net/data.pkl", b"net/read.txt")
    assert len(other) == size
    path.write_bytes(whole[:end] + other + whole[end:])


def framed(path, foreign):
    """A frame over several pickles: who unpickles skips what a mere reader goes through."""
    long = {"": "more than is read ahead" * 10_000}
    harmless = b"".join(pickle.dumps(each, 2) for each in (long, {}, []))
    frame = b"M\xe9\x03." + harmless
    second = b"\x80\x04\x95" + struct.pack("<Q", len(frame)) + frame
    real = b"".join(pickle.dumps(each, 2) for each in ({}, foreign, []))
    path.write_bytes(pickle.dumps(OLD_MAGIC, 2) + second + real)


def in_a_tar(path, foreign, first="storages"):
    """The form of before 0.1.10; its first name may make it look like safetensors."""
    with tarfile.open(path, "w") as file:
        for name in dict.fromkeys((first, "storages", "tensors", "pickle")):
            member, content = tarfile.TarInfo(name), pickle.dumps(foreign, 2)
            member.size = len(content)
            file.addfile(member, io.BytesIO(content))


def unicode_path(path, foreign):
    """An extra field gives data.pkl another name, which only some readers heed."""
    name = b"net/read.txt"
    field = struct.pack("<BI", 1, zlib.crc32(b"net/data.pkl")) + name
    part = zipfile.ZipInfo("net/data.pkl")
    part.extra = struct.pack("<HH", 0x7075, len(field)) + field
    archive(path, part, pickle.dumps(foreign, 2))


PLAIN = (in_an_archive, in_an_old_file, in_todays_pickle, by_another_operation)
HIDDEN = (upper_case, two_directories, framed, in_a_tar,
          partial(in_a_tar, first="networks{.bin"), unicode_path)  # fmt: skip


# Small files that cost much


def deflated(path):
    """64 kB that unpack to 64 MB, of operations that a reader has to go through."""
    pickled = b"\x80\x02" + b"K\x010" * 2**24 + b"}."
    archive(path, "net/data.pkl", pickled, compression=zipfile.ZIP_DEFLATED)


def deflated_in_secret(path):
    """The same, but the directory says that it stays as small as it is."""
    deflated(path)
    content = path.read_bytes()
    size = struct.pack("<I", 2**24 * 3 + 4)
    assert content.count(size) == 2
    path.write_bytes(content.replace(size, struct.pack("<I", 1000)))


def bytes_in_memory(path):
    """A harmless function, asked for 16 GiB of zeros."""
    pickled = b"\x80\x02cbuiltins\nbytearray\n\x8a\x05" + (2**34).to_bytes(5, "little") + b"\x85R."
    archive(path, "net/data.pkl", pickled)


def storage_in_memory(path):
    """An old file with a tensor of 16 GiB, none of which is in it."""
    storage = (
        b"(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpu"
    )
    pickled = b"\x80\x02" + storage + b"\x8a\x05" + (2**32).to_bytes(5, "little") + b"NtQ."
    old(path, pickle.dumps({}, 2), pickled, pickle.dumps(["0"], 2))


def without_end(path):
    """A key of pairs of pairs of pairs ...: its hash takes 2**60 steps."""
    pairs = b"".join(b"h" + bytes([n]) + b"\x86q" + bytes([n + 1]) for n in range(60))
    archive(path, "net/data.pkl", b"\x80\x02})q\x00" + pairs + b"K\x01s.")


BOMBS = (deflated, deflated_in_secret, bytes_in_memory, storage_in_memory)


if __name__ == "__main__":
    import torch

    torch.load(sys.argv[1], weights_only=False)
