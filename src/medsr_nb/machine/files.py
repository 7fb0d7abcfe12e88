"""Files that are there whole or not at all, whatever stops the program that writes them."""

import contextlib
import os
import secrets

from .paths import UserError

MARK = ".medsr"  # in a folder that a command empties before it writes there again


@contextlib.contextmanager
def whole(path, part=None):
    """A binary file to write, which takes the name ``path`` once all of it is on the disk.

    Until then what bore that name before stays, and what an error or an interruption cuts off is
    removed. It is called ``part`` while it is written, by default a name of its own: two programs
    may write the same file, and the later one wins. Raises OSError.
    """
    part = part or part_of(path)
    try:
        with synced(part) as file:
            yield file
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # a mounted Drive and Windows cannot
        note_names(path.parent)


@contextlib.contextmanager
def synced(path):
    """A binary file to write, all of which is on the disk in the end. Raises OSError."""
    with open(path, "w+b") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def part_of(path):
    """The name, new each time, that a file bears beside its own while it is written."""
    return path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")


def note_names(folder):
    """Waits until the disk knows the names of the files in a folder. Raises OSError."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def claim(folder):
    """Makes a folder that a command may empty when it comes again, and marks it as that.

    Raises UserError for a file, and for a folder that holds other things.
    """
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MARK).exists():
        raise UserError(f"{folder} holds other files: choose another --out, or empty it first.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / MARK).touch()
    except OSError as error:
        raise UserError(
            f"cannot write to the folder {folder} ({error.strerror}): choose another --out."
        ) from None


def check_result(path):
    """Raises UserError where a JSON file cannot be written at a command's end: before its work."""
    if path.suffix != ".json" or path.is_dir():
        raise UserError(f"{path} is to be a .json file: name one.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = part_of(path)
        part.touch()  # a folder that is there may be closed, and a name too long
        part.unlink()
    except OSError as error:
        raise UserError(f"{path} cannot be written ({error.strerror}): choose another.") from None


def write_text(path, text):
    """Writes a text in UTF-8, with the line ends that it has, whole or not at all."""
    with whole(path) as file:
        file.write(text.encode())
