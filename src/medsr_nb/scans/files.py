"""Files that appear whole or not at all, and claims that are checked before memory is taken."""

import errno
import gzip
import logging
import os
import warnings
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from .. import machine
from ..machine import UserError, clear, muted, part_of, remove, stopping

MOST_BYTES = 2**30  # of one scan as stored: a CT of 1000 slices of 512x512 has half as many
NOTES = (".DS_Store", "Thumbs.db", "desktop.ini")
MOST_ZEROS = 2**20  # bytes behind what is packed
DEFLATE = 1032  # zlib packs at most so many bytes into one


class NotReadHere(UserError):
    """A file that is whole, but too large for this program, or of a kind that needs a package."""


@contextmanager
def quiet():
    """No library's warning and no log line reaches the user in here."""
    level = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings(), muted():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(level)


@contextmanager
def damage_named(path):
    """Whatever a decoder raises in here becomes one UserError line that names the file."""
    try:
        yield
    except UserError:
        raise
    except FileNotFoundError as error:
        other = error.filename and os.path.basename(error.filename) != os.path.basename(path)
        what = f"{error.filename}, which belongs to it, is" if other else "is"
        raise UserError(f"{path}: {what} not there; check the name.") from None
    except PermissionError:
        raise UserError(f"{path}: may not be read; change its permissions.") from None
    except MemoryError as error:
        raise UserError(f"{path}: {one_line(error)}") from None
    except ImportError as error:
        raise UserError(f"{path}: {one_line(error)}; install that package.") from None
    except Exception as error:  # a damaged file may raise anything in a decoder
        raise UserError(f"{path}: {why_unread(error)}") from None


def why_unread(error):
    """What is said of a file where reading it raised an exception, of the system or a decoder."""
    if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):  # of damage, too
        return f"cannot be read ({error.strerror}); check its name, and the disk."
    return f"cannot be decoded ({one_line(error)}); it may be damaged, get it again."


def one_line(error):
    """The message of an exception on one line of at most 160 characters."""
    if isinstance(error, MemoryError):
        return "is too large for this memory; cut it into parts."
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= 160 else text[:157] + "..."


def check_claim(path, claimed, held=None):
    """Refuses a file whose header claims more bytes than memory or the file itself can hold.

    ``held`` is how many the file can hold at most; None where that is not known. Raises
    UserError, NotReadHere where only memory is too small.
    """
    if held is not None and claimed > held:
        raise UserError(
            f"{path}: its header claims {claimed:,} bytes, the file can hold {held:,}; it is "
            "damaged or cut short, get it again."
        )
    if claimed > MOST_BYTES:
        raise NotReadHere(
            f"{path}: its header claims {claimed:,} bytes, and {MOST_BYTES:,} are read at most; "
            "cut it into parts."
        )


@contextmanager
def pictures_of_any_size():
    """In here Pillow opens pictures of any size: ``check_claim`` has a limit of its own."""
    from PIL import Image

    most = Image.MAX_IMAGE_PIXELS
    Image.MAX_IMAGE_PIXELS = None
    try:
        yield
    finally:
        Image.MAX_IMAGE_PIXELS = most


def is_packed(path):
    """Whether a file is packed by gzip: by its first bytes, as names are often wrong."""
    with open(path, "rb") as file:
        return file.read(2) == b"\x1f\x8b"


def unpacked(path):
    """A file opened for reading, through gzip where it is packed.

    Raises BadGzipFile for one with far more zeros behind than fill a block: gzip would skip them,
    one by one.
    """
    if not is_packed(path):
        return open(path, "rb")
    with open(path, "rb") as file:
        file.seek(max(0, os.path.getsize(path) - MOST_ZEROS))
        if not file.read().strip(b"\0"):
            raise gzip.BadGzipFile("nothing but zeros stands at its end")
    return gzip.open(path)


def deflated_at_most(path):
    """How many bytes a file can hold that is packed by zlib."""
    return DEFLATE * os.path.getsize(path)


@contextmanager
def writing_named(path):
    """What the disk refuses in here becomes one UserError line that names the file."""
    try:
        yield
    except OSError as error:
        reason = reason_of(error) or one_line(error)
        mend = "make room or name another folder"
        if error.errno == errno.ENAMETOOLONG:
            mend = "give the input a shorter name"
        raise UserError(f"{path}: cannot be written ({reason}); {mend}.") from None


def reason_of(error):
    """What the system said when an exception was raised, which a library's own may wrap; or None.

    pydicom's has no reason and a traceback for its message.
    """
    while error and not getattr(error, "strerror", None):
        error = error.__cause__ or error.__context__
    return error and error.strerror


@contextmanager
def whole(path):
    """A binary file that appears under its name, over an older one, once all is on the disk.

    Raises UserError where it cannot be written.
    """
    with whole_together([path]) as [file]:
        yield file


@contextmanager
def whole_together(paths):
    """``whole`` for files of one folder that are nothing without each other; the files.

    They get their names once all of them are on the disk. No system names two files at once, so
    older ones but the first go before: where a kill falls between the names, there is no new file
    beside an old one, and the last name tells that all are there.
    """
    paths = [Path(path) for path in paths]
    parts = [part_of(path) for path in paths]
    with writing_named(paths[0]), ExitStack() as watched:
        clear(paths[0].parent)
        for path in paths:
            watched.enter_context(stopping.writing(path))
        try:
            with ExitStack() as opened:
                yield [opened.enter_context(machine.synced(part)) for part in parts]
            with stopping.names:
                for path in paths[1:]:
                    path.unlink(missing_ok=True)
                for part, path in zip(parts, paths, strict=True):
                    os.replace(part, path)
        finally:
            for part in parts:
                part.unlink(missing_ok=True)
        with suppress(OSError):  # a mounted Drive and Windows cannot
            machine.note_names(paths[0].parent)


def names_in(path):
    """The names of what lies in a folder; none where there is no such folder."""
    return {one.name for one in path.iterdir()} if os.path.isdir(path) else set()


def check_replaced(path, others):
    """Raises UserError where a folder holds ``others``, names that no result of its own has.

    Notes that systems leave in every folder that is looked at are none.
    """
    others = sorted(name for name in others if name not in NOTES and not name.startswith("._"))
    if others:
        raise UserError(
            f"{path}: holds {others[0]}, which is no part of this result; remove the folder or "
            "name another --out."
        )


@contextmanager
def whole_folder(path):
    """A folder that appears under its name, instead of an older one, once all is in it.

    Yields the folder to write to. Raises UserError where it cannot be written, or where the older
    one holds anything else.
    """
    path, part = Path(path), part_of(path)
    with writing_named(path), stopping.writing(path):
        clear(path.parent)
        try:
            part.mkdir()
            yield part
            for written in part.iterdir():
                with open(written, "rb") as file:
                    os.fsync(file.fileno())
            with stopping.names:
                take_place(part, path)
        finally:
            remove(part)
        with suppress(OSError):
            machine.note_names(path.parent)


def take_place(part, path):
    """Gives a whole folder its name, which an older one may bear. Raises UserError and OSError."""
    older = part.with_suffix(".older")
    while part.exists():
        check_replaced(path, names_in(path) - names_in(part))
        with suppress(FileNotFoundError):
            os.replace(path, older)
        try:
            os.replace(part, path)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                with suppress(FileNotFoundError):
                    os.replace(older, path)
                raise
        remove(older)  # where another process was faster, its folder is the older one now
