"""Which scans a command was given, and what their results are called.

Results keep the structure of the folders, and no two have the same name. Nothing here depends on
what is there already, so the same command finds the same names again and goes on.
"""

import itertools
import os
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ..data import IMAGE_SUFFIXES
from ..machine import UserError
from . import scan

LONGEST_FIRST = sorted(scan.NIFTI_SUFFIXES, key=len, reverse=True)
SUFFIXES = tuple(IMAGE_SUFFIXES | {".apng", ".j2k", *scan.DICOM_SUFFIXES, *scan.NIFTI_SUFFIXES})
ENDINGS = ("_x3", "_guess", "_error", "_range")
NO_SCAN = "holds no scan of a kind that is known here."
PAIRED = (".hdr", ".img", ".hdr.gz", ".img.gz")  # a volume in two files; SPM adds a third, .mat


@dataclass(frozen=True)
class Job:
    """``source`` is a file, or the files of one DICOM series; ``name`` is for the reader.

    The results are ``folder / (stem + ending + suffix)``, with an ending of ENDINGS.
    """

    source: Path | tuple[Path, ...]
    name: str
    folder: Path
    stem: str
    suffix: str

    def target(self, ending, suffix=None):
        """The path of a result; ``suffix`` where it is another than the source's."""
        return self.folder / f"{self.stem}{ending}{self.suffix if suffix is None else suffix}"

    def targets(self, *endings):
        """All paths that this job may write, whatever was asked for; of these endings only."""
        return {
            path
            for ending in endings or ENDINGS
            for suffix in (self.suffix, *scan.FORMATS.values(), "")
            for path in (self.target(ending, suffix), *others_of(self.target(ending, suffix)))
        }

    @property
    def files(self):
        """The files that are read."""
        if isinstance(self.source, tuple):
            return self.source
        return (self.source, *(path for path in others_of(self.source) if path.exists()))

    @cached_property
    def slices(self):
        """The names of the files that a folder as result holds: of copied slices the first."""
        from . import dicom_slices

        return {file.name for file in dicom_slices.unique(self.files)}


def jobs(paths, out):
    """The jobs of a command in order, inputs that are missing among them (they fail when read).

    Results go below ``out``: of a named file directly, of a folder in its structure, and where two
    would have one name, below the folders that tell them apart. A folder with nothing to enlarge
    is a job that fails; raises UserError where nothing else is named.
    """
    paths = list({plain(path.expanduser()): path.expanduser() for path in paths}.values())
    several = len(paths) > 1
    both = set(paths)
    paths = [path for path in paths if not is_second_half(path, both.__contains__)]
    named = defaultdict(list)  # files by their folder: all slices of a series belong together
    for path in paths:
        if not path.is_dir():
            named[path.parent].append(path)
    found = []
    for path in paths:
        if path.is_dir():
            inside = in_tree(path)
            if not inside and not several:
                raise UserError(f"{path}: {NO_SCAN}")
            found += [(path, one) for one in inside or [path]]
        else:
            found += [(path, one) for one in in_folder(path.parent, named.pop(path.parent, []))]
    jobs = [job(source, base(path, several), out) for path, source in found]
    if len({one.target("") for one in jobs}) < len(jobs):
        shared = Path(os.path.commonpath([plain(path).parent for path in paths]))
        jobs = [job(source, shared, out) for _, source in found]
    return without_results(told_apart(jobs), {plain(path) for path in paths})


def plain(path):
    """A path from the root and without "..": its place below another is then below it indeed."""
    return Path(os.path.abspath(path))


def base(path, several):
    """The folder that a result's place is told from."""
    return path if path.is_dir() and not several else path.parent


def others_of(path):
    """The other files of a volume in two files or three, whether they are there or not."""
    if not path.name.lower().endswith(PAIRED):
        return []
    stem, suffix = parted(path.name)
    packing = suffix[4:]
    names = [stem + end + packing for end in (".hdr", ".img", ".HDR", ".IMG")] + [stem + ".mat"]
    return [path.with_name(name) for name in names if name != path.name]


def is_second_half(path, there):
    """Whether a file is the .img of a pair whose .hdr is ``there``, a function of a path."""
    second = path.name.lower().endswith((".img", ".img.gz"))
    return second and any(there(one) for one in others_of(path) if ".hdr" in one.name.lower())


def in_tree(path):
    """The scans anywhere below a folder, a series as one."""
    found = []
    for parent, folders, names in os.walk(path):
        folders[:] = sorted(one for one in folders if one != "__MACOSX" and one[0] != ".")
        files = sorted(Path(parent, name) for name in names if name[0] != ".")
        found += in_folder(Path(parent), [file for file in files if is_scan(file)])
    return found


def in_folder(folder, files):
    """The scans among some files of one folder: a DICOM series with all its files as a tuple.

    A damaged slice stays with its series, which is then refused as a whole: a volume without it
    would have a gap. Which series it is of is plain where it says so, or where there is but one.
    """
    from . import dicom

    if len(files) < 2 or not any(dicom.is_dicom(file) for file in files):
        return files
    chosen = set(files)
    found, damaged = dicom.series_of(folder)
    series = {
        key: list(one) for key, one in found.items() if len(one) > 1 and chosen.issuperset(one)
    }
    for file, uid in damaged.items():
        own = [one for (other, _), one in series.items() if other == uid]
        if not uid and len(series) == 1 and dicom.is_dicom(file):
            own = list(series.values())
        if own and file in chosen:
            own[0].append(file)
    taken = {file for one in series.values() for file in one}
    return [*map(tuple, series.values()), *(file for file in files if file not in taken)]


def is_scan(file):
    """Whether a file in a folder is taken for a scan: by its name, or as DICOM by its content."""
    name = file.name.lower()
    if name == "dicomdir":  # the table of contents of a disc
        return False
    if is_second_half(file, Path.exists):
        return False
    if name.endswith(SUFFIXES):
        return True
    from . import dicom

    return dicom.is_dicom(file)


def job(source, base, out):
    """The job of one scan, whose results lie below ``out`` as it lies below ``base``."""
    if isinstance(source, tuple):  # a folder as a whole
        place = plain(source[0]).parent
        inside = place.relative_to(plain(base)) if place != plain(base) else Path()
        return Job(source, str(source[0].parent), out / inside.parent, place.name, "")
    stem, suffix = parted(source.name)
    inside = plain(source).relative_to(plain(base)).parent
    return Job(source, str(source), out / inside, stem, suffix)


def parted(name):
    """A name as (stem, suffix), where .nii.gz is one suffix."""
    for suffix in LONGEST_FIRST:
        if name.lower().endswith(suffix):
            return name[: -len(suffix)], name[-len(suffix) :]
    return Path(name).stem, Path(name).suffix


def told_apart(jobs):
    """Where several would have one stem in one folder: their whole names, or numbers, instead."""
    counts = Counter((one.folder, one.stem.lower()) for one in jobs)
    result, taken = [], set()
    for one in jobs:
        whole = one.stem + one.suffix
        names = [whole] if one.suffix else []
        if counts[one.folder, one.stem.lower()] == 1:
            names.insert(0, one.stem)
        names = itertools.chain(names, (f"{whole}_{number}" for number in itertools.count(1)))
        stem = next(name for name in names if (one.folder, name.lower()) not in taken)
        taken.add((one.folder, stem.lower()))
        result.append(Job(one.source, one.name, one.folder, stem, one.suffix))
    return result


def without_results(jobs, named):
    """Without what the same command wrote into the folder that it reads, unless it is ``named``."""
    targets = {plain(path) for one in jobs for path in one.targets()}
    return [
        one
        for one in jobs
        if {plain(file) for file in one.files} & named
        or not any(plain(file) in targets or plain(file).parent in targets for file in one.files)
    ]
