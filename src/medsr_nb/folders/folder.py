"""Many scans, one after the other: what ``medsr upscale`` does.

A scan that cannot be read is one line on standard error, and the others are done. What is there
already is left, so the same command goes on where it was stopped. An input is never written over,
nor anything else that is no result of the scan.
"""

import os
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..machine import UserError, bar
from ..scans import Left, damage_named, one_line, scan, writing_named
from ..upscaling import Settings
from . import replacing, results, telling, viewer
from .jobs import ENDINGS, NO_SCAN, plain
from .jobs import jobs as all_jobs

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


def enlarge_all(paths, out, wishes):
    """Enlarges files and folders into the folder ``out``; how many failed.

    A line for each result on standard output, for each failure on standard error, and, where
    someone watches, a bar. Raises UserError where nothing can be begun.
    """
    left = Left()
    paths = without_pages(paths, left)
    jobs = all_jobs(paths, out, wishes.format, left)
    files = {Path(os.path.realpath(file)) for one in jobs for file in one.files}
    inputs = {str(one) for file in files for one in (file, *file.parents)}  # and their folders
    lasting = [one for one in map(plain, paths) if os.path.realpath(one) in inputs]
    mark = viewer.mark_of([*lasting, plain(out)])  # the words that `*` had before any result
    check_page(wishes, out, inputs, jobs, mark)
    for path, job in left.named:
        replacing.check_named(path, job, wishes)
    scan.check_window(wishes.window)
    failed, shown = 0, wishes.page and viewer.Page(wishes.page, mark=mark)
    titles = titles_of(jobs, out)
    with bar(total=len(jobs), bar_format=BAR, smoothing=0.1, delay=0) as progress:

        def tell(line):
            say(progress, f"medsr: {line}", sys.stderr)

        for number, (job, title) in enumerate(zip(jobs, titles, strict=True)):
            progress.set_description_str(f"{number} of {len(jobs)}")
            try:
                if wishes.overwrite:
                    replacing.check_found(job, left.found, wishes)
                said = enlarge_one(job, title, inputs, wishes, shown, progress.update, tell)
            except Exception as error:  # a damaged file may raise anything in a library
                failed += 1
                line = error if isinstance(error, UserError) else f"{job.name}: {one_line(error)}"
                tell(line)
            else:
                say(progress, said, sys.stdout)
            progress.update(number + 1 - progress.n)
        progress.set_description_str(f"{len(jobs)} of {len(jobs)}")
        if line := left.line():
            tell(line)
    if shown and shown.entries:
        shown.write()
        print(f"All on one page: {wishes.page}")
    elif shown and jobs and not failed:
        failed = 1
        print(f"medsr: {wishes.page} was not made: the lines above say why.", file=sys.stderr)
    return failed


def without_pages(paths, left):
    """The paths without pages of earlier runs, which a shell's ``*`` names as well."""
    pages = [path for path in paths if os.path.isfile(path) and viewer.bears(path)]
    kept = [path for path in paths if path not in pages]
    if not kept:
        return paths
    left.results += len(pages)
    return kept


def titles_of(jobs, out):
    """What a page calls the scans: their names, and, where those are alike, their places too."""
    names = [Path(job.name).name for job in jobs]
    counts = Counter(names)
    places = [
        (job.folder / (job.stem if job.in_folder else name)).relative_to(out).as_posix()
        for job, name in zip(jobs, names, strict=True)
    ]
    return [place if counts[name] > 1 else name for name, place in zip(names, places, strict=True)]


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


def check_page(wishes, out, inputs, jobs, mark):
    """Raises UserError for a page that is an input or a result, is there, or has no folder.

    Folders below ``out`` are made, and a page that the same command made, as its ``mark`` tells,
    is made anew; others of medsr only with ``--overwrite``.
    """
    page = wishes.page
    if page is None:
        return
    if page.is_dir():
        raise UserError(f"{page} is a folder; name a file as --page.")
    if os.path.realpath(page) in inputs:
        raise UserError(f"{page} is an input; name another --page.")
    written = (results.places(one, ending, wishes.format) for one in jobs for ending in ENDINGS)
    written = {plain(path) for several in written for path in several}
    if not written.isdisjoint([plain(page), *plain(page).parents]):
        raise UserError(f"{page} may be a result as well; name another --page.")
    if page.exists() and not viewer.bears(page):
        raise UserError(f"{page} is there and is no page of medsr upscale; name another --page.")
    if page.exists() and not wishes.overwrite and not viewer.bears(page, mark):
        raise UserError(f"{page} is there already: name another, or give --overwrite.")
    if not page.parent.is_dir() and not plain(page).is_relative_to(plain(out)):
        raise UserError(f"{page}: there is no folder {page.parent}; make it first.")


def enlarge_one(job, title, inputs, wishes, shown, tick, tell):
    """Does one job; the line about it. Raises UserError and what libraries raise.

    What a page shows of this scan, under ``title``, is added to ``shown``, a ``viewer.Page`` or
    None. ``tell`` prints what is to be known before the work.
    """
    if os.path.isdir(job.files[0]):
        with damage_named(job.name):
            os.scandir(job.files[0]).close()
        raise UserError(f"{job.name}: {NO_SCAN}")
    endings = ENDINGS if wishes.guess else ENDINGS[:1]
    replacing.check_inputs(job, endings, inputs, wishes)
    there = {one: results.found(job, one, wishes.format) for one in endings}
    if not wishes.overwrite:
        replacing.check_own(job, there, wishes)
    missing = [one for one in endings if wishes.overwrite or not there[one]]
    there_already = f"{job.name}: {there['_x3']} is there already (--overwrite makes it anew)"
    if not missing and not shown:
        return there_already
    from ..upscaling import enlarging, guess, space
    from . import showing

    source = job.read(wishes)
    for path in (place(job, ending, source, wishes) for ending in missing):
        with writing_named(path):  # its name may be too long
            replacing.check_place(job, path, source, wishes)
            replacing.check_folder(job.folder)
    if shown and (off := showing.left_off(shown, source)):
        tell(f"{job.name}: {off}")
        shown = None
    if not missing and not shown:
        return there_already
    if not wishes.picture:
        space.check_written(source, wishes.guess, job.name)
    guesses = wishes.guess or shown is not None
    beside = replacing.nearest(job.folder)
    larger = enlarging.enlarged_scan(source, wishes.settings, guesses, tick, beside)
    try:
        job.folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"cannot make the folder {job.folder} ({error.strerror}).") from None
    notes = telling.apart(job.apart)
    for ending in missing:
        one, planes, extras = parts(larger, ending, wishes.picture, job.folder)
        path = place(job, ending, source, wishes)
        window = wishes.window if ending == "_x3" else None  # a guess has no such values
        written = write(one, planes, extras, path, wishes.picture, window)
        if ending == "_x3":
            notes += telling.facts(larger, wishes.picture and written[0], window)
        else:
            notes += one.notes
    if wishes.guess:
        notes.append(guess.said(larger.scan, larger.errors, wishes.settings.noise))
    if wishes.through_plane and (wishes.picture or not through_plane(source)):
        notes.append("--through-plane left out: it is for volumes in one file")
    if shown:
        notes += showing.show(shown, title, larger)
    told = ", ".join([telling.size(source), *notes])
    if "_x3" not in missing:  # what is there may have been made with other options
        result = there["_x3"]
        return f"{job.name}: {result} was there already and is as it was (--overwrite); else {told}"
    return f"{job.name} -> {place(job, '_x3', source, wishes)}: {told}"


def through_plane(source):
    """Whether a scan is a volume whose third axis is enlarged as well."""
    return getattr(source.origin, "through_plane", False)


def place(job, ending, source, wishes):
    """Where a result of a scan that has been read is written."""
    places = results.places(job, ending, wishes.format)
    return places[-1] if len(source.planes) > 1 else places[0]


def parts(larger, ending, as_picture, folder):
    """(scan, planes, extras) to be written for one ending; ``folder`` is as for ``space``."""
    from ..upscaling import space

    if ending == "_x3":
        return larger.scan, larger.planes, larger.extras
    values, what = {
        "_guess": (larger.guesses, "guessed"),
        "_error": (larger.errors, "error to expect"),
        "_range": (larger.ranges, "90 % range, to both sides"),
    }[ending]
    slope = abs(larger.scan.slope)  # from stored numbers to the scan's units
    highest = [slope * float(one.max()) for one in values]
    derived = scan.derived(larger.scan, what, highest, as_picture)
    [numbers] = space.arrays([(values.shape, np.float32)], folder)
    return derived, np.multiply(values, np.float32(slope / derived.slope), out=numbers), None


def write(one, planes, extras, path, picture, window):
    """Writes a result as its own kind of file, or as pictures; the paths written."""
    if picture:
        file = path if len(planes) == 1 else path.with_name(f"{path.name}.png")
        return scan.pictures_of(one, planes, extras, file, window)
    return scan.write(one, planes, extras, path)
