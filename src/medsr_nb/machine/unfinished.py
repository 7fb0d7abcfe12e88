"""Under which names results are written until they are whole, and what is left of killed ones."""

import hashlib
import os
import platform
import re
import secrets
import shutil
import zlib
from functools import cache
from pathlib import Path

import psutil

LONGEST_NAME = 220  # bytes; file systems take 255, and a name that is being written is longer
MACHINE, CHANCE = f"{zlib.crc32(platform.node().encode()):08x}", secrets.token_hex(4)
UNFINISHED = re.compile(rf"\..+\.{MACHINE}-(\d+)-[0-9a-f]{{8}}\.(?:part|older)", re.DOTALL)


def part_of(path):
    """The name that a result bears, beside its own, while this process writes it.

    Others may write the same result, so each process has names of its own. They hold machine and
    process, by which ``clear`` knows what a killed one has left.
    """
    path = Path(path)
    name = path.name
    if len(os.fsencode(name)) > LONGEST_NAME:
        name = hashlib.sha256(os.fsencode(name)).hexdigest()
    return path.with_name(f".{name}.{MACHINE}-{os.getpid()}-{CHANCE}.part")


@cache
def clear(folder):
    """Removes what killed processes of this machine have left unfinished in a folder, once."""
    for name in os.listdir(folder):
        unfinished = UNFINISHED.fullmatch(name)
        if unfinished and not psutil.pid_exists(int(unfinished[1])):
            remove(folder / name)


def remove(path):
    """Removes a file or a folder, if it is there."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
