"""What a file of PyTorch weights would do when opened, found without opening it.

``torch.save`` writes pickles, and a pickle may name any function and have it called. Weights
need few: a dictionary, tensors and the storages behind them. So the names are read from the
pickle's operations (``pickletools``, which runs none of them), and a file with any other name
is refused. PyTorch's own guard, ``weights_only``, is the second one and not the only one: up to
PyTorch 2.5 it could be passed by (CVE-2025-32434).
"""

import pickletools
import zipfile

from ..machine import UserError

ZIP = b"PK\x03\x04"
PICKLE = b"\x80"
# torch.save before 1.6: five pickles in a row, of which the first holds this number.
OLD_TORCH = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."
OLD_PICKLES = 5

STORAGES = "BFloat16 Bool Byte Char Double Float Half Int Long Short"
HARMLESS = {
    "collections.OrderedDict",
    "torch.Size",
    "torch._utils._rebuild_parameter",
    "torch._utils._rebuild_tensor_v2",
    *(f"torch.{kind}Storage" for kind in STORAGES.split()),
}


def check(path):
    """Passes over a file that holds weights and no more.

    That is what ``torch.save`` writes, today's and the older form, or safetensors, which holds
    no code. Raises UserError for a file that is missing, cut short or damaged, of another kind,
    or that asks for functions which weights do not need; no such function is ever called.
    """
    try:
        with open(path, "rb") as file:
            start = file.read(16)
            asked = asked_by(file, start)
    except FileNotFoundError as error:
        raise UserError(f"There is no file {path}: download the weights first.") from error
    except (zipfile.BadZipFile, ValueError, EOFError, OSError) as error:
        raise UserError(
            f"{path} is damaged or cut short ({error}): delete it and download it again."
        ) from error
    if foreign := sorted((asked or set()) - HARMLESS):
        raise UserError(
            f"{path} asks for {', '.join(foreign)}, which weights do not need: opening it would "
            "run foreign code. It was not opened. Take weights from the page of their authors."
        )
    if asked is None or (start.startswith(PICKLE) and not start.startswith(OLD_TORCH)):
        raise UserError(
            f"{path} is no weight file: it begins with {start[:12]!r}. Files by torch.save and "
            "safetensors can be read; a download that gave a web page must be repeated."
        )


def asked_by(file, start):
    """The names (a set) that an open file asks for, None where it is no weight file."""
    if start.startswith(ZIP):
        with zipfile.ZipFile(file) as archive:
            return asked_by_archive(archive)
    file.seek(0)
    if start.startswith(PICKLE):
        count = OLD_PICKLES if start.startswith(OLD_TORCH) else 1
        return set().union(*(asked_by_pickle(file) for _ in range(count)))
    if start[8:9] == b"{":  # safetensors: the length of a JSON header, and the header
        return set()
    return None


def asked_by_archive(archive):
    """The names that the pickles of a PyTorch archive ask for; None of another archive.

    TorchScript's code counts as a name. Raises BadZipFile where a part is damaged or occurs
    twice, since two readers might then read different ones.
    """
    names = archive.namelist()
    if len(set(names)) != len(names):
        raise zipfile.BadZipFile("a part occurs twice")
    if damaged := archive.testzip():
        raise zipfile.BadZipFile(f"{damaged} does not fit its checksum")
    pickles = [name for name in names if name.endswith(".pkl")]
    if not any(name.split("/")[-1] == "data.pkl" for name in pickles):
        return None
    asked = {f"its own {name}" for name in names if "/code/" in name and name.endswith(".py")}
    for name in pickles:
        with archive.open(name) as file:
            asked |= asked_by_pickle(file)
    return asked


def asked_by_pickle(file):
    """The names, "module.name", that the next pickle in ``file`` asks for.

    ``torch.save`` states them in one piece. A name that is put together from strings while the
    pickle is read, or taken from a registry, is reported with a note, as it can be disguised.
    Raises ValueError for what is no pickle.
    """
    asked, strings = set(), []
    for operation, argument, _ in pickletools.genops(file):
        if operation.name in ("GLOBAL", "INST"):
            asked.add(argument.replace(" ", ".", 1))
        elif operation.name == "STACK_GLOBAL":
            asked.add(f"{'.'.join(strings[-2:])} (in pieces)")
        elif operation.name in ("EXT1", "EXT2", "EXT4"):
            asked.add(f"extension {argument} (a registry)")
        elif isinstance(argument, str) and "UNICODE" in operation.name:
            strings.append(argument)
    return asked
