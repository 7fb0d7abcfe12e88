"""Which scans a command was given, and what their results are called.

Results keep the structure of the folders, and no two have the same name. What an earlier run wrote
is no scan, and a scan keeps the name that an earlier run gave its result. So the same command goes
on where it was stopped, whatever has come into the folders since.
"""

import itertools
import os
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from ..machine import UserError, with_home
from ..scans import FORMATS, PAIRED, Left, first_half, in_folder, in_tree, others_of, parted
from . import results

ENDINGS = ("_x3", "_guess", "_error", "_range")
NO_SCAN = "holds no scan of a kind that is known here."
NUMBERED = re.compile(r"(.+)_\d+")


@dataclass(frozen=True)
class Job:
    """``source`` is a file, or the files of one DICOM series; ``name`` is for the reader.

    The results are ``folder / (stem + ending + suffix)``, with an ending of ENDINGS. ``apart`` are
    other folders that hold scans of the same DICOM series.
    """

    source: Path | tuple[Path, ...]
    name: str
    folder: Path
    stem: str
    suffix: str
    apart: tuple[Path, ...] = ()

    def target(self, ending, suffix=None):
        """The path of a result; ``suffix`` where it is another than the source's."""
        return self.folder / f"{self.stem}{ending}{self.suffix if suffix is None else suffix}"

    @property
    def in_folder(self):
        """Whether it is a series, whose result is a folder."""
        return isinstance(self.source, tuple)

    @property
    def files(self):
        """The files that are read."""
        if self.in_folder:
            return self.source
        return (self.source, *(path for path in others_of(self.source) if os.path.exists(path)))

    def read(self, wishes):
        """The ``Scan``, of the kind of file that ``Wishes`` ask for."""
        from ..scans import converting, scan

        source = scan.read(self.source, wishes.through_plane)
        return converting.converted(source, wishes.format, self.name)

    @cached_property
    def slices(self):
        """The names of the files that a folder as result holds: of copied slices the first."""
        from ..scans import dicom

        return {file.name for file in dicom.slices.unique(self.files)}


def jobs(paths, out, format="", left=None):
    """The jobs of a command in order, inputs that are missing among them (they fail when read).

    Results go below ``out``: of a named file directly, of a folder in its structure, and where two
    inputs have one name, below the folders that tell them apart. A folder with nothing to enlarge
    is a job that fails; raises UserError where nothing else is named. ``format`` is that of
    ``folder.Wishes``; what folders hold beside scans is noted in ``left``, a ``finding.Left``.
    """
    paths = [first_half(with_home(path)) for path in paths]
    paths = list({plain(path): path for path in paths}.values())
    named = defaultdict(list)  # files by their folder: all slices of a series belong together
    for path in paths:
        if not os.path.isdir(path):
            named[path.parent].append(path)
    found, taken, base = [], set(), base_of(paths)
    left = Left() if left is None else left
    for path in paths:
        if os.path.isdir(path):
            inside = in_tree(path, left)
            if not inside and len(paths) == 1:
                raise UserError(f"{path}: {NO_SCAN}")
        else:
            inside = in_folder(path.parent, named.pop(path.parent, []))
        for source in inside or [path] * os.path.isdir(path):
            files = set(map(plain, source if isinstance(source, tuple) else [source]))
            if not files <= taken:  # a scan of a folder may be named as well
                found.append(job(source, base(path), out))
                taken |= files
    words = set(map(plain, paths))
    left.links = [link for link in left.links if plain(link) not in words]
    scans = without_results(found, words, left)
    left.results += len(found) - len(scans)
    return with_apart(told_apart(scans, format))


def plain(path):
    """A path from the root and without "..": its place below another is then below it indeed."""
    return Path(os.path.abspath(path))


def base_of(paths):
    """A function of a path of the command: the folder that the places of its results are told from.

    It depends on the words of the command alone, not on what folders hold today.
    """
    if len(paths) == 1 and os.path.isdir(paths[0]):
        return plain
    folders = defaultdict(set)
    for path in map(plain, paths):
        folders[parted(path.name)[0].lower()].add(path.parent)
    if all(len(several) == 1 for several in folders.values()):
        return lambda path: plain(path).parent
    shared = Path(os.path.commonpath([plain(path).parent for path in paths]))
    return lambda path: shared


def job(source, base, out):
    """The job of one scan, whose results lie below ``out`` as it lies below ``base``."""
    if isinstance(source, tuple):  # a folder as a whole
        place = plain(source[0]).parent
        inside = place.relative_to(base) if place != base else Path()
        return Job(source, str(source[0].parent), out / inside.parent, place.name, "")
    stem, suffix = parted(source.name)
    place = plain(source)
    inside = place.relative_to(base).parent if place != base else Path()
    return Job(source, str(source), out / inside, stem, suffix)


def with_apart(jobs):
    """The jobs, each with the other folders in which scans of its DICOM series lie."""
    if len({plain(one.files[0]).parent for one in jobs}) < 2:
        return jobs
    heads = [results.head(one.files[0]) for one in jobs]
    folders = defaultdict(dict)
    for one, head in zip(jobs, heads, strict=True):
        folders[head.series, head.sides][plain(one.files[0]).parent] = one.files[0].parent
    return [
        replace(one, apart=tuple(
            folder for place, folder in folders[head.series, head.sides].items()
            if head.series and place != plain(one.files[0]).parent
        ))
        for one, head in zip(jobs, heads, strict=True)
    ]  # fmt: skip


def without_results(jobs, named, left):
    """Without what an earlier run wrote: a result beside its scan, or in another of the folders.

    A file that is ``named`` is meant to be enlarged, unless its scan is named too, as ``*`` does:
    a file, or the folder of a series. It is noted in ``left``, with the job of that scan.
    """
    files = [{*map(plain, one.files)} for one in jobs]
    of_any = by_stems(jobs)
    of_named = by_stems(
        one for one, own in zip(jobs, files, strict=True)
        if own & named or one.in_folder and plain(one.source[0]).parent in named
    )  # fmt: skip
    kept = []
    for one, own in zip(jobs, files, strict=True):
        maker = maker_of(one, of_named if own & named else of_any)
        if maker is None:
            kept.append(one)
        elif own & named and not one.in_folder:
            left.named.append((one.source, maker))
        else:
            left.found |= own
    return kept


def by_stems(jobs):
    """The jobs by the stems, in small letters, from which their results may be named."""
    found = defaultdict(list)
    for one in jobs:
        for stem in {one.stem.lower(), (one.stem + one.suffix).lower()}:
            found[stem].append(one)
    return found


def maker_of(one, by_stem):
    """The job, which ``by_stem`` holds, whose result another job's scan is; None of others."""
    file = plain(one.files[0])
    stem, suffix = parted(file.name)
    for other in others(one, stem, by_stem):
        own = PAIRED if other.suffix.lower() in PAIRED else (other.suffix.lower(),)
        if suffix.lower() in (*own, *FORMATS.values()) and results.is_result(file, other):
            return other
    for other in others(one, file.parent.name, by_stem):
        if results.is_part(file.name, other) and results.is_result(file.parent, other):
            return other
    return None


def others(one, name, by_stem):
    """The other jobs whose result may have this name, those of the nearest folders first."""
    place = plain(one.files[0])

    def distance(other):
        return len(os.path.relpath(plain(other.files[0]).parent, place).split(os.sep))

    found = {id(other): other for end in unended(name.lower()) for other in by_stem.get(end, ())}
    return sorted((other for other in found.values() if other is not one), key=distance)


def unended(name):
    """The stems of scans whose result may have this name, without a suffix."""
    for ending in ENDINGS:
        if name.endswith(ending):
            stem = name[: -len(ending)]
            numbered = NUMBERED.fullmatch(stem)
            return [stem, numbered[1]] if numbered else [stem]
    return []


def told_apart(jobs, format):
    """Where several would have one stem in one folder: their whole names, or numbers, instead.

    First of all each keeps the stem under which its result is there, unless that may be of another.
    """
    counts = Counter(key(one, one.stem) for one in jobs)
    claims = defaultdict(list)
    for one in jobs:
        for stem in stems(one, counts[key(one, one.stem)], format):
            if results.found(replace(one, stem=stem), "_x3", format):
                claims[key(one, stem)].append((one, stem))
                break
    kept = {id(some[0][0]): some[0][1] for some in claims.values() if len(some) == 1}
    taken = {key(one, kept[id(one)]) for one in jobs if id(one) in kept}
    told = []
    for one in jobs:
        stem = kept.get(id(one))
        if stem is None:
            whole = one.stem + one.suffix
            names = [one.stem] * (counts[key(one, one.stem)] == 1) + [whole] * bool(one.suffix)
            numbers = (f"{whole}_{number}" for number in itertools.count(1))
            names = itertools.chain(names, numbers)
            stem = next(name for name in names if key(one, name) not in taken)
            taken.add(key(one, stem))
        told.append(replace(one, stem=stem))
    return told


def key(job, stem):
    """What no two jobs may share: on some disks small letters are capitals too."""
    return plain(job.folder), stem.lower()


def stems(job, count, format):
    """The stems that an earlier run may have given a job; ``count`` jobs share its own now."""
    whole = job.stem + job.suffix
    yield from dict.fromkeys([whole, job.stem])
    for number in itertools.count(1):
        one = replace(job, stem=f"{whole}_{number}")
        there = any(os.path.lexists(path) for path in results.places(one, "_x3", format))
        if number > count and not there:
            return
        yield one.stem
