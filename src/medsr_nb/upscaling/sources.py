"""The files that a scan was read from: no result takes the place of one of them."""

import os
from pathlib import Path

from ..machine import UserError
from .finding import others_of


def files_of(source):
    """The files that ``scan.read`` of a path, or of several, reads, wherever this program goes.

    Of a folder these are all that lie in it.
    """
    if not isinstance(source, (str, os.PathLike)):
        return tuple(file for one in source for file in files_of(one))
    path = Path(source)
    files = path.iterdir() if path.is_dir() else (path, *others_of(path))
    return tuple(os.path.realpath(file) for file in files if os.path.isfile(file))


def check(sources, path):
    """Raises UserError where a result at ``path`` would take the place of a source.

    Or of a folder that holds one. Files are compared as the system knows them, whatever they are
    called.
    """
    held = {part for file in sources for part in (file, *map(str, Path(file).parents))}
    held = {identity(one) for one in held} - {None}
    for one in (Path(path), *others_of(Path(path))):
        if identity(one) in held:
            raise UserError(f"{one} is the scan itself, or holds it; give the result another name.")


def identity(path):
    """What the system knows a file or a folder by; None where there is none."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_dev, status.st_ino
