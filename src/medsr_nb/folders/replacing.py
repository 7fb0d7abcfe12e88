"""Whether a result may be written where it is to lie: it takes no place but an older result's."""

import os
import tempfile
from dataclasses import replace

from ..machine import UserError
from ..scans import FORMATS, check_replaced, names_in, others_of, parted, window_text
from . import results
from .jobs import plain


def check_inputs(job, endings, inputs, wishes):
    """Raises UserError where a result would take the place of an input."""
    for ending in endings:
        for one in results.places(job, ending, wishes.format):
            for path in (one, *others_of(one)):
                if os.path.realpath(path) in inputs:
                    raise UserError(
                        f"{job.name}: {path} is an input as well, or holds one; name another --out."
                    )


def check_found(job, found, wishes):
    """Raises UserError where a job would replace one of the files that lie beside scans.

    They may be replaced where they show the same as the scan. Others may be originals.
    """
    for path in results.places(job, "_x3", wishes.format):
        if plain(path) in found and not is_result(path, job, wishes):
            raise UserError(
                f"{job.name}: {path} lies beside scans and shows something else, or this scan has "
                "changed since; remove it, or name another --out."
            )


def check_named(path, job, wishes):
    """Raises UserError where a file that was named is no result of a job, though it looks so.

    It has the name and the size of one, and shows something else.
    """
    if not is_result(path, job, wishes):
        raise UserError(
            f"{path} is named, with the name and the size of a result of {job.name}, but shows "
            "something else; rename it, or name the two in commands of their own."
        )


def is_result(path, job, wishes):
    """Whether a file that has the name and the size of a job's result shows the same.

    What says itself that it has another window, and what cannot be compared, is believed.
    """
    from . import recognising, result_planes

    suffix = parted(path.name)[1].lower()
    forms = {end: form for form, end in FORMATS.items()} | {job.suffix.lower(): ""}
    if not parted(path.name)[0].lower().endswith("_x3") or suffix not in forms:
        return True
    form = forms[suffix]
    window = wishes.window if form == "png" else None
    if form == "png" and result_planes.window_of(path) != window_text(window):
        return True
    try:
        recognising.check(path, job, replace(wishes, format=form, window=window))
    except UserError:
        return False
    return True


def check_own(job, there, wishes):
    """Raises UserError where a result that is left as it is belongs to another scan."""
    if there["_x3"]:
        from . import recognising

        recognising.check(there["_x3"], job, wishes)
    elif alone := next(filter(None, there.values()), None):
        raise UserError(
            f"{job.name}: {alone} is there without the result that it belongs to; remove it, name "
            "another --out, or give --overwrite."
        )


def check_place(job, path, source, wishes):
    """Raises UserError where a result would take the place of anything but an older one."""
    for other in others_of(path):
        if other.exists() and not path.exists():
            raise UserError(f"{job.name}: {other} is there without {path.name}; remove it.")
    held = names_in(path)
    if wishes.picture:
        planes = set(filter(results.is_plane, held)) if len(source.planes) > 1 else set()
    else:
        planes = job.slices if job.in_folder and not wishes.format else set()
    check_replaced(path, held - planes)
    if held & planes or path.is_symlink() or path.is_file():
        if not results.is_result(path, job):
            raise UserError(
                f"{job.name}: {path} is there and was not made from it; move it away, or name "
                "another --out."
            )
    if held & planes and not held >= planes and not wishes.overwrite:
        raise UserError(
            f"{path}: holds a result of fewer slices; give --overwrite, or name another --out."
        )


def check_folder(folder):
    """Raises UserError, or OSError, where a folder can neither be made nor be written to."""
    there = nearest(folder)
    if not there.is_dir():
        raise UserError(f"cannot make the folder {folder} ({there} is no folder).")
    tempfile.TemporaryFile(dir=there).close()


def nearest(folder):
    """A folder, or what there is of it."""
    return next(one for one in (folder, *folder.parents) if os.path.lexists(one))
