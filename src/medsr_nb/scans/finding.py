"""Which files are scans: in a folder by their names, or by what they hold.

What cannot be looked at is taken for a scan, so that it is named and fails when it is read. What is
no scan is counted.
"""

import os
import stat
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from ..data import IMAGE_SUFFIXES
from . import kinds
from .files import pictures_of_any_size
from .kinds import PAIRED

LONGEST_FIRST = sorted(kinds.NIFTI_SUFFIXES, key=len, reverse=True)
HALVES = (".hdr", ".img", ".HDR", ".IMG")
MARKED = ("AVIF", "BMP", "GIF", "JPEG", "JPEG2000", "PNG", "PPM", "QOI", "SGI", "TIFF", "WEBP")
UNMARKED = ("DIB", "MPO", "PCX", "TGA")  # formats of Pillow that only a name tells from others


@dataclass
class Left:
    """What folders hold beside scans: files by suffix, links to other folders, earlier results.

    ``named`` are those results that the command names, each with the job that made it; ``found``
    are the files that lie beside scans and count as results.
    """

    suffixes: Counter = field(default_factory=Counter)
    links: list = field(default_factory=list)
    results: int = 0
    named: list = field(default_factory=list)
    found: set = field(default_factory=set)

    def line(self):
        """One line for a reader; "" where nothing was left out."""
        said = []
        if count := self.suffixes.total():
            kinds = ", ".join(
                f"{number} {suffix or 'without a suffix'}"
                for suffix, number in sorted(self.suffixes.items())
            )
            said.append(f"{count} file{'s' * (count > 1)} of other kinds ({kinds})")
        if self.results:
            said.append(f"{self.results} result{'s' * (self.results > 1)} of an earlier run")
        if self.links:
            links = ", ".join(map(str, self.links))
            said.append(f"what lies behind links to folders ({links}): name them as well")
        return f"left out: {'; '.join(said)}." if said else ""


@cache
def suffixes():
    """What names of scans end in, in small letters."""
    from PIL import Image

    known = Image.registered_extensions().items()
    pictures = {suffix for suffix, kind in known if kind in (*MARKED, *UNMARKED)}
    return tuple(IMAGE_SUFFIXES | pictures | {*kinds.DICOM_SUFFIXES, *kinds.NIFTI_SUFFIXES})


def parted(name):
    """A name as (stem, suffix), where .nii.gz is one suffix.

    What begins with a digit is none: DICOM files are named 1.2.840.113, and results after them.
    """
    for suffix in LONGEST_FIRST:
        if name.lower().endswith(suffix):
            return name[: -len(suffix)], name[-len(suffix) :]
    stem, suffix = Path(name).stem, Path(name).suffix
    return (name, "") if suffix[1:2].isdecimal() else (stem, suffix)


def others_of(path):
    """The other files of a volume in two files or three, whether they are there or not."""
    if not path.name.lower().endswith(PAIRED):
        return []
    stem, suffix = parted(path.name)
    packing = suffix[4:]
    names = [stem + end + packing for end in (*HALVES, ".mat", ".MAT")]
    return [path.with_name(name) for name in names if name != path.name]


def is_second_half(path, there):
    """Whether a file is the .img of a pair whose .hdr is ``there``, a function of a path."""
    second = path.name.lower().endswith((".img", ".img.gz"))
    return second and any(there(one) for one in others_of(path) if ".hdr" in one.name.lower())


def first_half(path):
    """The header of a pair, where ``path`` is its image or its matrix; any other path as it is."""
    path = next(halves_of(path), path)
    if not is_second_half(path, os.path.exists):
        return path
    headers = [one for one in others_of(path) if ".hdr" in one.name.lower()]
    return next(one for one in headers if os.path.exists(one))


def halves_of(path):
    """The halves, as far as they are there, of a pair whose third file, SPM's .mat, this is."""
    stem, third, packing = path.name.lower().rpartition(".mat")
    if third and packing in ("", ".gz"):
        stem, packing = path.name[: len(stem)], path.name[len(stem + third) :]
        for half in HALVES:
            if os.path.exists(path.with_name(stem + half + packing)):
                yield path.with_name(stem + half + packing)


def is_complete(path):
    """Whether no file is missing that belongs to another: of a pair both are there.

    A DICOM is whole by itself, whatever it is called.
    """
    if not path.name.lower().endswith(PAIRED) or kinds.kind_of(path) == "dicom":
        return True
    there = [one for one in (path, *others_of(path)) if os.path.exists(one)]
    return {".hdr", ".img"} <= {parted(one.name)[1][: len(".hdr")].lower() for one in there}


def is_part(file):
    """Whether a file is no scan but belongs to others: half a pair, a disc's table of contents."""
    return (
        any(halves_of(file))
        or file.name.lower() == "dicomdir"
        or is_second_half(file, os.path.exists)
    )


def in_tree(path, left):
    """The scans anywhere below a folder, a series as one, and folders that cannot be looked into.

    Links to folders outside are not followed. What is no scan is noted in ``left``.
    """
    found, closed, root = [], [], os.path.realpath(path)

    def note(error):
        closed.append(Path(error.filename or path))

    for parent, folders, names in os.walk(path, onerror=note):
        folders[:] = sorted(one for one in folders if one != "__MACOSX" and one[0] != ".")
        links = [Path(parent, one) for one in folders if os.path.islink(os.path.join(parent, one))]
        left.links += [one for one in links if not Path(os.path.realpath(one)).is_relative_to(root)]
        files = [Path(parent, name) for name in sorted(names) if name[0] != "."]
        files = [file for file in files if not is_part(file)]
        scans = [file for file in files if is_scan(file)]
        inside = in_folder(Path(parent), scans)
        reports = [one for one in inside if not isinstance(one, tuple) and is_report(one)]
        none = {*files} - {*scans} | {*reports}
        left.suffixes.update(file.suffix.lower() for file in none)
        found += [one for one in inside if one not in none]
    return found + closed


def in_folder(folder, files):
    """The scans among some files of one folder: a DICOM series with all its files as a tuple.

    A damaged slice stays with its series, which is then refused as a whole: a volume without it
    would have a gap. Which series it is of is plain where it says so, or where there is but one. A
    file that may not be read is taken for a slice where its name ends as theirs do.
    """
    from . import dicom

    closed = {file for file in files if not is_readable(file)}
    if len(files) < 2 or not any(dicom.is_dicom(file) for file in files if file not in closed):
        return files
    chosen = set(files)
    try:
        found, damaged = dicom.series_of(folder)
    except OSError:  # files are named in a folder that may not be listed
        return files
    series = {
        key: list(one) for key, one in found.items() if len(one) > 1 and chosen.issuperset(one)
    }
    endings = {file.suffix.lower() for one in series.values() for file in one}
    for file, named in (damaged | dict.fromkeys(closed, ())).items():
        own = [one for (other, _), one in series.items() if other == named]
        alike = file.suffix.lower() in endings if file in closed else dicom.is_dicom(file)
        if not named and len(series) == 1 and alike:
            own = list(series.values())
        if own and file in chosen:
            own[0].append(file)
    taken = {file for one in series.values() for file in one}
    return [*map(tuple, series.values()), *(file for file in files if file not in taken)]


def is_scan(file):
    """Whether a file in a folder is taken for a scan: by its name, or by its content.

    Without a suffix the content alone tells; where a suffix is unknown, DICOM's does.
    """
    if file.name.lower().endswith(suffixes()) or not is_readable(file):
        return True
    from . import dicom

    return dicom.is_dicom(file) or not file.suffix and is_marked(file)


def is_report(file):
    """Whether a file is a DICOM of a class without pictures: a report, a plan and the like."""
    if not is_readable(file):
        return False
    from . import dicom

    return dicom.is_dicom(file) and dicom.head_of(file)[2] is None


def is_readable(file):
    """Whether a file can be opened. A pipe would wait for ever: it is not tried."""
    try:
        if stat.S_ISREG(os.stat(file).st_mode):
            open(file, "rb").close()
    except OSError:
        return False
    return True


def is_marked(file):
    """Whether a file begins as a picture or a volume does."""
    from PIL import Image, UnidentifiedImageError

    if not file.is_file():
        return False
    try:
        with pictures_of_any_size(), Image.open(file, formats=MARKED):
            return True
    except UnidentifiedImageError:
        pass
    except Exception:  # a damaged file may raise anything: what is wrong is said where it is read
        return True
    try:
        return kinds.is_nifti(file)
    except (OSError, EOFError):  # packed, but damaged
        return False
