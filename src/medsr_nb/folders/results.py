"""Whether what lies under a result's name may be one: told by its head, never by its name alone.

A result has three times the sides of its scan; in DICOM it also names the image that it was made
from. Nothing else is replaced, or kept from being enlarged itself. What is taken for done shows
the same as its scan, too: see ``recognising``.
"""

import itertools
import os
import re
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ..scans import FACTOR, FORMATS, is_complete, kind_of, names_in, pictures_of_any_size, quiet


@dataclass(frozen=True)
class Head:
    """What a file says before its numbers: the lengths of its axes, () where that is not known.

    ``kind`` is that of its ``Scan``. ``own`` is the identifier of a DICOM image, ``source`` that of
    the image that it was made from; ``series`` is what ``dicom.slices.series_named`` tells.
    """

    sides: tuple[int, ...] = ()
    kind: str = ""
    own: str = ""
    source: str = ""
    series: tuple[str, ...] = ()


def head(path):
    """The ``Head`` of a file; an empty one where it cannot be read."""
    if not os.path.isfile(path):  # to open a pipe would wait for ever
        return Head()
    try:
        with quiet():
            return head_in(Path(path))
    except Exception:  # a damaged file may raise anything in a library
        return Head()


def head_in(path):
    """``head`` without its guards."""
    kind = kind_of(path)
    if kind == "dicom":
        return dicom_head(path)
    if kind == "nifti":
        from ..scans import nifti

        return Head(tuple(map(int, nifti.opened(path).shape)), "nifti")
    if kind == "tiff":
        import tifffile

        with tifffile.TiffFile(path, is_ome=False) as tif:
            page = tif.pages[0]
            return Head((page.imagelength, page.imagewidth), "tiff")
    return picture_head(path)


def picture_head(path):
    """The ``Head`` of a picture, however large: a result may be larger than what is read."""
    from PIL import Image

    with pictures_of_any_size(), Image.open(path) as picture:
        return Head((picture.height, picture.width), "picture")


def dicom_head(path):
    """The ``Head`` of a DICOM file."""
    from ..scans import dicom

    tags = ["Rows", "Columns", "SOPInstanceUID", "SourceImageSequence", *dicom.slices.SERIES]
    data = dicom.transfer_syntax.head_of(path, tags)
    sources = [str(one.ReferencedSOPInstanceUID) for one in data.get("SourceImageSequence") or []]
    sides = int(data.Rows), int(data.Columns)
    own, series = str(data.get("SOPInstanceUID", "")), dicom.slices.series_named(data)
    return Head(sides, "dicom", own, (sources or [""])[0], series)


def fits(result, source):
    """Whether the first ``Head`` can be that of a result of the second.

    Two sides are three times as long, of a picture of a volume those of its planes. A volume of a
    series has the sides of its slices among its own.
    """
    if result.kind == "dicom" and source.own and result.source != source.own:
        return False
    if len(result.sides) == 2:
        tripled = sorted(FACTOR * side for side in source.sides)
        return tuple(sorted(result.sides)) in itertools.combinations(tripled, 2)
    if len(source.sides) == 2 and result.kind == "nifti":
        return not Counter(FACTOR * side for side in source.sides) - Counter(result.sides)
    if len(result.sides) != len(source.sides):
        return False
    pairs = list(zip(result.sides, source.sides, strict=True))
    enlarged = sum(large == FACTOR * small for large, small in pairs)
    return enlarged >= 2 and all(large in (small, FACTOR * small) for large, small in pairs)


def is_plane(name):
    """Whether a file in a result's folder is a plane as a picture: 0001.png and so on."""
    return re.fullmatch(r"\d{4,}\.png", name) is not None


def is_part(name, job):
    """Whether a file of this name may be in the folder of a job's result: a plane, or a slice."""
    slices = {file.name for file in job.files} if job.in_folder else ()
    return name in slices or is_plane(name)


def is_result(path, job):
    """Whether a file, or all that a folder holds of planes and slices, was made from a scan."""
    if not os.path.isdir(path):
        return fits(head(path), head(job.files[0]))
    own = {file.name: file for file in job.files}
    try:
        names = [name for name in names_in(path) if is_part(name, job)]
    except OSError:  # a folder that may not be listed
        return False
    heads = [(head(path / name), head(own.get(name, job.files[0]))) for name in names]
    return bool(heads) and all(itertools.starmap(fits, heads))


def places(job, ending, format):
    """Where a command puts a result: a file, or, of several planes as pictures, a folder.

    ``format`` is that of ``folder.Wishes``.
    """
    if format == "png":
        return [job.target(ending, ".png"), job.target(ending, "")]
    if format:
        return [job.target(ending, FORMATS[format])]
    of_picture = ending != "_x3" and job.suffix and head(job.files[0]).kind == "picture"
    return [job.target(ending, ".png" if of_picture else None)]


def found(job, ending, format):
    """The path of a whole result of an earlier run, in the form this command gives it; or None."""
    with suppress(OSError):  # a name may be too long, a folder closed: said when it is written
        for path in places(job, ending, format):
            if is_whole(path, job, format) and is_result(path, job):
                return path
    return None


def is_whole(path, job, format):
    """Whether a result's place holds a file, or both of a pair, a picture of a plane, or all
    slices of a series.
    """
    held = names_in(path)
    if path.is_file() or format:
        return path.is_file() and is_complete(path) or any(map(is_plane, held))
    return job.in_folder and held.issuperset(job.slices)
