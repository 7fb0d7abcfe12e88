"""Many scans, one after the other: what ``medsr upscale`` does.

A scan that cannot be read is one line on standard error, and the others are done. What is there
already is left, so the same command goes on where it was stopped. An input is never written over.
"""

import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..machine import UserError, bar
from . import scan, stopping, viewer
from .files import check_replaced, names_in, one_line, writing_named
from .jobs import ENDINGS, NO_SCAN, others_of, plain
from .jobs import jobs as all_jobs
from .settings import Settings

BAR = "{desc} |{bar}| {elapsed}, {remaining} left"


@dataclass(frozen=True)
class Wishes:
    """The options of the command.

    ``settings`` are the network's, ``format`` asks for one of ``scan.FORMATS`` ("": for the same
    kind of file), ``window`` is (centre, width), and ``page`` the HTML file that shows all.
    """

    settings: Settings = Settings()
    guess: bool = False
    overwrite: bool = False
    through_plane: bool = False
    format: str = ""
    window: tuple[float, float] | None = None
    page: Path | None = None

    @property
    def picture(self):
        """Whether PNG is asked for."""
        return self.format == "png"

    @property
    def suffix(self):
        """What a result ends in; None where that is left to its scan."""
        return scan.FORMATS.get(self.format)


def enlarge_all(paths, out, wishes):
    """Enlarges files and folders into the folder ``out``; how many failed.

    A line for each result on standard output, for each failure on standard error, and, where
    someone watches, a bar. Raises UserError where nothing can be begun.
    """
    jobs = all_jobs(paths, out)
    files = {Path(os.path.realpath(file)) for one in jobs for file in one.files}
    inputs = {str(one) for file in files for one in (file, *file.parents)}  # and their folders
    check_page(wishes, inputs, jobs)
    scan.check_window(wishes.window)
    failed, shown = 0, wishes.page and viewer.Page(wishes.page)
    with bar(total=len(jobs), bar_format=BAR, smoothing=0.1, delay=0) as progress:
        for number, job in enumerate(jobs):
            progress.set_description_str(f"{number} of {len(jobs)}")
            try:
                said = enlarge_one(job, inputs, wishes, shown, lambda share: progress.update(share))
            except Exception as error:  # a damaged file may raise anything in a library
                failed += 1
                line = error if isinstance(error, UserError) else f"{job.name}: {one_line(error)}"
                say(progress, f"medsr: {line}", sys.stderr)
            else:
                say(progress, said, sys.stdout)
            progress.update(number + 1 - progress.n)
        progress.set_description_str(f"{len(jobs)} of {len(jobs)}")
    if shown and shown.entries:
        shown.write()
        print(f"All on one page: {wishes.page}")
    elif shown and jobs and not failed:
        failed = 1
        print(f"medsr: {wishes.page} was not made: the lines above say why.", file=sys.stderr)
    return failed


def say(progress, line, file):
    """Prints above the bar. Where nobody reads it any more the scans are done nevertheless.

    A name may hold what is no letter, or none of the terminal's: there stands a question mark.
    """
    encoding = file.encoding or "utf-8"
    plain = "".join(one if one.isprintable() else "?" for one in str(line))
    try:
        progress.write(plain.encode(encoding, "replace").decode(encoding), file=file)
        file.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), file.fileno())


def check_page(wishes, inputs, jobs):
    """Raises UserError for a page that is an input or a result, is there, or has no folder."""
    if wishes.page is None:
        return
    if os.path.realpath(wishes.page) in inputs:
        raise UserError(f"{wishes.page} is an input; name another --page.")
    if plain(wishes.page) in {plain(path) for one in jobs for path in one.targets()}:
        raise UserError(f"{wishes.page} may be a result as well; name another --page.")
    if wishes.page.exists() and not wishes.overwrite:
        raise UserError(f"{wishes.page} is there already: name another, or give --overwrite.")
    if not wishes.page.parent.is_dir():
        raise UserError(f"{wishes.page}: there is no folder {wishes.page.parent}; make it first.")


def enlarge_one(job, inputs, wishes, shown, tick):
    """Does one job; the line about it. Raises UserError and what libraries raise.

    What a page shows of this scan is added to ``shown``, a ``viewer.Page`` or None.
    """
    if os.path.isdir(job.files[0]):
        raise UserError(f"{job.name}: {NO_SCAN}")
    endings = ENDINGS if wishes.guess else ENDINGS[:1]
    result = job.target("_x3", wishes.suffix)
    with writing_named(result):  # a name may be too long to be looked for
        check_targets(job, endings, inputs, wishes)
        missing = [one for one in endings if wishes.overwrite or not is_there(job, one, wishes)]
    if not missing and wishes.page is None:
        return f"{job.name}: {result} is there already (--overwrite makes it anew)"
    from . import converting, enlarging, guess, picturing, showing

    source = list(job.source) if isinstance(job.source, tuple) else job.source
    source = converting.converted(scan.read(source, wishes.through_plane), wishes.format, job.name)
    guesses = wishes.guess or wishes.page is not None
    larger = enlarging.enlarged_scan(source, wishes.settings, guesses, tick)
    try:
        job.folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"cannot make the folder {job.folder} ({error.strerror}).") from None
    notes = list(larger.scan.notes)
    for ending in missing:
        one, planes, extras = parts(larger, ending, wishes.picture)
        suffix = one.suffix if job.suffix and ending != "_x3" else None
        path = job.target(ending, wishes.suffix or suffix)
        window = wishes.window if ending == "_x3" else None  # a guess has no such values
        write(one, planes, extras, path, wishes.picture, window)
        notes += one.notes if ending != "_x3" else ()
    if wishes.picture and "_x3" in missing:
        notes += picturing.said(larger.scan, wishes.window)
    if wishes.guess:
        notes.append(guess.said(larger.scan, larger.errors, wishes.settings.noise))
    if wishes.through_plane and not getattr(source.origin, "through_plane", False):
        notes.append("--through-plane left out: it is for volumes in one file")
    if shown:
        notes += showing.show(shown, Path(job.name).name, larger)
    count, height, width = source.planes.shape
    size = f"{width}x{height}" + (f", {count} planes" if count > 1 else "")
    told = ", ".join([size, *notes])
    if "_x3" not in missing:  # what is there may have been made with other options
        return f"{job.name}: {result} was there already and is as it was (--overwrite); else {told}"
    return f"{job.name} -> {result}: {told}"


def check_targets(job, endings, inputs, wishes):
    """Raises UserError where a result would take the place of an input, or of half a pair."""
    for path in sorted(job.targets(*endings)):
        if os.path.realpath(path) in inputs:
            raise UserError(
                f"{job.name}: {path} is an input as well, or holds one; name another --out."
            )
    if isinstance(job.source, tuple) and (wishes.picture or not wishes.suffix):
        check_folders(job, endings, wishes)
    if wishes.suffix or wishes.overwrite:
        return
    for path in map(job.target, endings):
        for other in others_of(path):
            if other.exists() and not path.exists():
                raise UserError(
                    f"{job.name}: {other} is there without {path.name}; remove it, or give "
                    "--overwrite."
                )


def check_folders(job, endings, wishes):
    """Raises UserError where the folder of a series' result holds anything else.

    ``files.whole_folder`` would say so too, but only after the work.
    """
    own = job.slices
    for path in (job.target(ending, "") for ending in endings):
        held = names_in(path)
        planes = set(filter(is_plane, held)) if wishes.picture else own
        check_replaced(path, held - planes)
        if held and not held >= planes and not wishes.overwrite:
            raise UserError(
                f"{path}: holds a result of fewer slices; give --overwrite, or name another --out."
            )


def is_there(job, ending, wishes):
    """Whether a result, in whichever form this command would give it, is there.

    A folder holds the planes as pictures, or as the files of a series.
    """
    names = {job.target(ending), job.target(ending, ".png")}
    if wishes.picture:
        names = {job.target(ending, ".png"), job.target(ending, "")}
    elif wishes.suffix:
        names = {job.target(ending, wishes.suffix)}
    elif ending == "_x3":
        names = {job.target(ending)}
    for path in names:
        held = names_in(path)
        whole = bool(held) and held.issuperset(job.slices)
        if path.is_file() or (any(map(is_plane, held)) if wishes.picture else whole):
            return True
    return False


def is_plane(name):
    """Whether a file in a result's folder is a plane as a picture: 0001.png and so on."""
    return re.fullmatch(r"\d{4,}\.png", name) is not None


def parts(larger, ending, as_picture):
    """(scan, planes, extras) to be written for one ending."""
    if ending == "_x3":
        return larger.scan, larger.planes, larger.extras
    values, what = {
        "_guess": (larger.guesses, "guessed"),
        "_error": (larger.errors, "error to expect"),
        "_range": (larger.ranges, "90 % range, to both sides"),
    }[ending]
    slope = abs(larger.scan.slope)  # from stored numbers to the scan's units
    derived = scan.derived(larger.scan, what, slope * float(values.max()), as_picture)
    return derived, values * np.float32(slope / derived.slope), None


def write(one, planes, extras, path, picture, window):
    """Writes a result as its own kind of file, or as a picture."""
    with stopping.writing(path), stopping.writing(path.with_suffix("")):
        if picture:
            scan.pictures_of(one, planes, extras, path, window)
        else:
            scan.write(one, planes, extras, path)
