"""The files that a scan is read from: each has a name, and no result takes its place."""

import os
from pathlib import Path

from ..machine import UserError
from .finding import others_of


def check_names(source):
    """Raises TypeError for what names no file, and UserError for an empty name."""
    names = source if isinstance(source, (list, tuple)) and source else [source]
    if not all(isinstance(one, (str, os.PathLike)) for one in names):
        raise TypeError(
            "a file, a folder, a list of files of one series, a Scan or an array of uint8 is "
            f"enlarged, not {type(source).__name__} {source!r:.60}."
        )
    if any(isinstance(one, str) and not one.strip() for one in names):
        raise UserError('a name is empty: name a file or a folder, "." for the one you are in.')


def files_of(source):
    """(path, ``known_by``) of the files that ``scan.read`` of a path, or of several, reads.

    The paths hold wherever this program goes, and what the files are known by whatever they are
    called afterwards. Of a folder these are all that lie in it.
    """
    if not isinstance(source, (str, os.PathLike)):
        return tuple(file for one in source for file in files_of(one))
    path = Path(source)
    files = path.iterdir() if path.is_dir() else (path, *others_of(path))
    files = [os.path.realpath(file) for file in files if os.path.isfile(file)]
    return tuple((file, known_by(file)) for file in files)


def check(sources, path):
    """Raises UserError where a result at ``path`` would take the place of a source.

    Or of a folder that holds one. ``sources`` as from ``files_of``. Files are compared as the
    system knows them, whatever they are called.
    """
    moved = {known for _, known in sources}
    places = {place for file, _ in sources for place in (Path(file), *Path(file).parents)}
    held = {known[:2] for place in places if (known := known_by(place))}
    for one in (Path(path), *others_of(Path(path))):
        known = known_by(one)
        if known and (known in moved or known[:2] in held):
            raise UserError(f"{one} is the scan itself, or holds it; give the result another name.")


def known_by(path):
    """What the system knows a file or a folder by, and when it was written; None without one.

    The time tells a file that was moved from another that was given the number of a removed one.
    """
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_dev, status.st_ino, status.st_mtime_ns
