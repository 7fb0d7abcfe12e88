"""Whether a result that is there shows its scan as it is now: by the values of both.

Heads (``results``) tell that sizes fit; a scan of another patient of the same size has those, too.
"""

import numpy as np
from scipy.ndimage import minimum_filter

from ..machine import UserError
from ..scans import (
    NotReadHere,
    colour,
    intensity,
    quiet,
    scan,
    shown,
    upright,
    window_text,
)
from . import likeness, result_planes, results

PIXELS, PLANES = 2**22, 8  # compared of a scan: planes of so many pixels together, or so many


def check(path, job, wishes):
    """Raises UserError where a job's result shows another scan, or cannot be read.

    ``wishes`` are those of ``folder``. What is too large to be read here is believed.
    """
    source, written = opened(path, job, wishes)
    try:
        with quiet():
            alike = shows(written, source, wishes)
    except NotReadHere:
        return
    except Exception:  # a damaged file may raise anything in a library
        raise UserError(
            f"{job.name}: {path} is there and cannot be read; remove it, or give --overwrite, "
            "which makes it anew."
        ) from None
    if not alike:
        what = "another scan or window" if wishes.picture else "another scan"
        raise UserError(
            f"{job.name}: {path} is a result of {what}, or this scan has changed since; name "
            "another --out, or remove it (--overwrite replaces it)."
        )


def opened(path, job, wishes):
    """(the ``Scan`` of a job, or of some of its slices; the path of its result, or their paths)."""
    if job.in_folder and not wishes.format:
        files = [file for file in job.files if file.name in job.slices]
        files = [files[place] for place in some(len(files), results.head(files[0]).sides)]
        return scan.read(files), [path / file.name for file in files]
    return job.read(wishes), path


def some(count, sides):
    """Which of ``count`` planes are compared: evenly spread, the first and the last among them."""
    most = max(PLANES, PIXELS // max(1, int(np.prod(sides))))
    return sorted({round(place) for place in np.linspace(0, count - 1, min(count, most))})


def shows(path, source, wishes):
    """Whether the result at a path, or at paths of slices, shows a ``Scan``."""
    if wishes.picture and result_planes.window_of(path) not in ("", window_text(wishes.window)):
        return False
    kind = "picture" if wishes.picture else source.kind
    with result_planes.opened(path, kind, source) as (count, larger):
        if count != len(source.planes) and not joined(count, source):
            return False
        places = some(count, source.planes.shape[1:]) if count == len(source.planes) else [0]
        planes = levels(source, wishes.window) if wishes.picture else values(source)
        planes = [plane for place, plane in enumerate(planes) if place in places]
        seen = [counts(source, place, wishes.picture) for place in places]
        step = float(source.stored.whole) * (1 if wishes.picture else abs(source.slope))
        pairs = (
            (plane, valid, larger(place), luminance)
            for place, plane, valid in zip(places, planes, seen, strict=True)
        )
        cut = wishes.window is not None
        return likeness.same(pairs, intensity(np.stack(planes)), step, cut)


def joined(count, source):
    """Whether a film may have become one of ``count`` frames, as some of its own are alike."""
    return source.kind == "picture" and count < len(source.planes)


def values(source):
    """The planes of a ``Scan`` in its unit."""
    plain = (source.slope, source.intercept) == (1, 0)
    return (one if plain else source.slope * one + source.intercept for one in source.planes)


def levels(source, window):
    """The planes of a ``Scan`` as levels of PNG."""
    planes = source.to_show(source.planes)
    return map(luminance, shown(source, planes, source.extras, window))


def luminance(pixels):
    """Pixels (H, W[, C]) as (H, W): of grey, which may be transparent, the grey."""
    if pixels.ndim == 2:
        return pixels
    return pixels[..., 0] if pixels.shape[-1] < 3 else colour.split(pixels[..., :3])[0]


def counts(source, index, as_picture):
    """Bool (H, W): the pixels of a plane that have a value and are not hidden."""
    seen = np.ones(source.planes.shape[1:], bool)
    if source.missing is not None:
        seen &= ~source.missing.where[index]
    if source.hiding:
        seen &= minimum_filter(source.extras[index, ..., -1], 3) > 0  # what is beside may be, too
    return upright(seen, source.orientation) if as_picture else seen
