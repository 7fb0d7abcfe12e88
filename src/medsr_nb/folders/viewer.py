"""One HTML file that shows scans before and after, to be opened in any browser of today.

    from medsr_nb.folders import viewer

    page = viewer.Page("head.html")
    page.add(viewer.Entry("head.dcm", before, after, guess, "HU", (40, 80), (0.5, 0.5), ()))
    page.write()

Before and after lie under a slider; zoom, window and slices are the reader's. The file asks no
network for anything. The pixels are in it as numbers, not as pictures, so that the window can be
moved and values be read; ``page/`` holds the text, the looks and the program of the page.

How pixels are stored: a slice becomes whole codes (``Scale``), 0 for what is no number. Of each
code what its left, upper and upper left neighbours let expect (left + upper - upper left) is
taken off. The rest, signs folded into the lowest bit, is cut into planes of bytes, lowest first,
as many as it fills, then deflated and written in base64. Slices stand in the order in which they
are wanted first, so that a browser shows one while it still reads the others.
"""

import base64
import hashlib
import html
import json
import math
import shutil
import tempfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from string import Template

import numpy as np

from ..machine import UserError
from ..scans import FACTOR, files

PARTS = Path(__file__).parent / "page"
MAKER = "medsr upscale"  # what a page says that made it, before a digest
SCRIPTS = ("pixels.js", "picture.js", "controls.js")
BEFORE_STEPS, AFTER_STEPS, GUESS_STEPS = 2**16, 2**12, 2**8
MOST_CODES = 2**30
MOST_PIXELS = 500_000_000  # of all results of a page: files of some 300 MB, which browsers open
HEAD = 4096  # bytes of a page in which its mark stands
ROWS_AT_ONCE = 1 << 20  # values of a slice that are packed together


@dataclass(frozen=True)
class Entry:
    """One scan of a page.

    ``title`` is the file's name; neither it nor ``notes`` may hold a patient datum. ``before``
    (N, h, w) and ``after`` (N, 3h, 3w) are in the scan's units, any real type: arrays, or what
    has their shape and gives slices as they do. ``guess``, None or of the shape of ``after``, is
    the error to expect or how far a pixel is a guess, in the same units, 0 or more. ``ranges`` is
    None or, like it, how far to both sides of ``after`` nine of ten originals lie. ``unit`` is
    "HU", "grey levels of 255" or the like; ``window`` the (centre, width) that is shown first;
    ``spacing`` mm a pixel of ``before``, rows first, or None; ``inverted`` shows low values bright
    (MONOCHROME1). Values that are no number show as black.
    """

    title: str
    before: np.ndarray
    after: np.ndarray
    guess: np.ndarray | None
    unit: str
    window: tuple[float, float]
    spacing: tuple[float, float] | None
    notes: tuple[str, ...]
    inverted: bool = False
    ranges: np.ndarray | None = None


@dataclass(frozen=True)
class Scale:
    """Values as codes: value = low + step * (code - 1). Code 0 is no number.

    ``whole`` says that all values are whole; ``width`` is that of the window, in values.
    """

    low: float
    step: float
    whole: bool
    width: float

    def codes(self, plane):
        """(h, w) of any real type -> int64 (h, w); a value moves by at most half a step."""
        plane = np.asarray(plane, np.float64)
        numbers = np.isfinite(plane)
        return np.where(
            numbers, np.rint((np.where(numbers, plane, self.low) - self.low) / self.step) + 1, 0
        ).astype(np.int64)


def scale(volume, width, steps):
    """The ``Scale`` of (N, h, w): ``steps`` steps to a window ``width``, or whole numbers.

    Where all values are whole, so is the step, and at least 1. Values far outside the window
    keep their place: a code may be larger than ``steps``.
    """
    low, high, whole = np.inf, -np.inf, True
    for plane in volume:
        for rows in strips(plane):
            numbers = np.asarray(rows, np.float64)
            numbers = numbers[np.isfinite(numbers)]
            if numbers.size:
                low, high = min(low, numbers.min()), max(high, numbers.max())
                whole = whole and bool(np.all(numbers == np.rint(numbers)))
    if low > high:
        low = high = 0.0
    step = max(width / steps, (high - low) / MOST_CODES)
    step = max(1.0, np.floor(step)) if whole else step or 1.0
    return Scale(float(low), float(step), whole, float(width))


def strips(plane):
    """A slice (h, w) row by row, some ROWS_AT_ONCE values together."""
    rows = max(1, ROWS_AT_ONCE // plane.shape[1])
    return (plane[start : start + rows] for start in range(0, len(plane), rows))


def top(guess):
    """What the overlay's strongest colour stands for: the 99.5 % quantile, at every third pixel."""
    part = np.stack([np.asarray(plane[::FACTOR, ::FACTOR], np.float64) for plane in guess])
    part = part[np.isfinite(part)]
    return float(np.quantile(part, 0.995)) if part.size else 0.0


def packed(plane, its_scale):
    """A slice (h, w) -> base64 of the deflated planes, as the module's docstring has it."""
    folded = np.empty(plane.shape, "<u4")
    above, start = np.zeros((1, plane.shape[1]), np.int64), 0
    for rows in strips(plane):
        codes = np.concatenate([above, its_scale.codes(rows)])
        rest = np.diff(np.diff(codes, axis=0), axis=1, prepend=0)
        folded[start : start + len(rows)] = (rest << 1) ^ (rest >> 63)
        above, start = codes[-1:], start + len(rows)
    planes = max(1, (int(folded.max()).bit_length() + 7) // 8)
    in_bytes = folded.view(np.uint8).reshape(-1, 4)
    deflate = zlib.compressobj(4, zlib.DEFLATED, -zlib.MAX_WBITS, 9, zlib.Z_FILTERED)
    raw = [deflate.compress(in_bytes[:, plane].tobytes()) for plane in range(planes)]
    return base64.b64encode(b"".join(raw) + deflate.flush())


def layers(entry):
    """{"before", "after" and perhaps "guess" and "ranges": (volume, its Scale)}."""
    _, width = entry.window
    found = {
        "before": (entry.before, scale(entry.before, width, BEFORE_STEPS)),
        "after": (entry.after, scale(entry.after, width, AFTER_STEPS)),
    }
    for name in ("guess", "ranges"):
        if (volume := getattr(entry, name)) is not None:
            found[name] = (volume, scale(volume, top(volume), GUESS_STEPS))
    return found


def check(entry):
    """Raises ValueError for shapes that do not fit, and for nothing to show."""
    slices, rows, columns = entry.before.shape
    enlarged = (slices, FACTOR * rows, FACTOR * columns)
    for volume in (entry.after, entry.guess, entry.ranges):
        if volume is not None and volume.shape != enlarged:
            raise ValueError(f"{entry.title}: shape {volume.shape}, expected {enlarged}.")
    if not slices * rows * columns or not entry.window[1] > 0:
        raise ValueError(f"{entry.title}: no pixels, or a window of no width.")


def check_finite(facts):
    """Raises UserError where a number of ``described`` is too large for JSON, and for a browser."""
    try:
        json.dumps(facts, allow_nan=False)
    except ValueError:
        raise UserError("its values span more than a page can show.") from None


def described(entry, found):
    """What the page must know of an entry besides its pixels, as plain values."""
    slices, rows, columns = entry.before.shape
    return {
        "title": entry.title,
        "slices": slices,
        "rows": rows,
        "columns": columns,
        "unit": entry.unit,
        "window": [float(value) for value in entry.window],
        "spacing": entry.spacing and [float(value) for value in entry.spacing],
        "notes": list(entry.notes),
        "inverted": entry.inverted,
        "layers": {name: vars(kept) for name, (_, kept) in found.items()},
    }


class Page:
    """A page that grows entry by entry; ``write`` puts it under its name.

    What an entry shows is packed and put on the disk at once, beside the page and without a name,
    so that memory holds one slice. ``before`` is kept exactly where its values are whole and the
    window is at most 65,536 wide, else to half of a 65,536th of the window; ``after`` exactly
    where whole and the window is at most 4,096 wide, else to half of a 4,096th (whole numbers: to
    half of the next smaller whole step). 50 slices of 512x512 of a head CT cost 68 MB with their
    guess, 58 MB without, as the results hold 118 million pixels; noisy scans cost up to twice as
    much. ``mark`` tells the page from others (``mark_of``).
    """

    def __init__(self, path, title="Before and after", mark="medsr"):
        self.path, self.title, self.mark = Path(path), title, mark
        self.pixels, self.entries, self.slices = 0, [], None

    def add(self, entry):
        """Adds an ``Entry``.

        Raises ValueError for shapes that do not fit, and UserError above ``MOST_PIXELS`` of all
        entries, for values without a finite range, or where the disk is full.
        """
        check(entry)
        self.check_room(entry.after.shape)
        number, kept = len(self.entries), layers(entry)
        facts = described(entry, kept)
        check_finite(facts)
        with files.writing_named(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.slices = self.slices or tempfile.TemporaryFile(dir=self.path.parent)
            start = self.slices.tell()
            try:
                for index in middle_out(len(entry.before)):
                    for name, (volume, its_scale) in kept.items():
                        mark = f'<script type="text/plain" id="{number}.{index}.{name}">'
                        self.slices.write(mark.encode())
                        self.slices.write(packed(volume[index], its_scale))
                        self.slices.write(b"</script>\n")
            except BaseException:
                self.slices.seek(start)
                self.slices.truncate()
                raise
        self.pixels += math.prod(entry.after.shape)
        self.entries.append(facts)

    def check_room(self, shape):
        """Raises UserError where an ``after`` of this shape would make it more than a page."""
        pixels = self.pixels + math.prod(shape)
        if pixels > MOST_PIXELS:
            raise UserError(
                f"A page of {pixels / 1e6:.0f} million enlarged pixels would not open in a "
                f"browser; it holds {MOST_PIXELS / 1e6:.0f} million. Make it of fewer files or "
                "slices."
            )

    def write(self):
        """Writes the page, whole or not at all; replaces what is there. Raises UserError."""
        facts = {"title": self.title, "entries": self.entries}
        head, _, tail = shell(self.title, facts, self.mark).partition("<!-- slices -->")
        with files.whole(self.path) as file:
            file.write(head.encode())
            self.slices.seek(0)
            shutil.copyfileobj(self.slices, file)
            file.write(tail.encode())


def mark_of(words):
    """What a page says of the command that made it: a digest, as words may name a patient."""
    digest = hashlib.sha256("\0".join(map(str, words)).encode("utf-8", "surrogateescape"))
    return f"{MAKER} {digest.hexdigest()[:16]}"


def bears(path, mark=""):
    """Whether a file is a page with this mark; without one, a page of any ``medsr upscale``."""
    sign = f'name="generator" content="{mark}"' if mark else f'name="generator" content="{MAKER} '
    try:
        with open(path, "rb") as file:
            return sign.encode() in file.read(HEAD)
    except OSError:
        return False


def shell(title, facts, mark="medsr"):
    """The page without its pixels: text, looks, program and ``facts``, all in one."""
    # Inside <script> only "<" can end or change the text, and JSON may have it escaped.
    as_json = json.dumps(facts, allow_nan=False).replace("<", "\\u003c")
    return Template((PARTS / "viewer.html").read_text("utf-8")).substitute(
        title=html.escape(title),
        mark=html.escape(mark),
        facts=as_json,
        style=(PARTS / "viewer.css").read_text("utf-8"),
        script="\n".join((PARTS / name).read_text("utf-8") for name in SCRIPTS),
    )


def middle_out(count):
    """The order in which slices are wanted: the middle one, which is shown first, then outward."""
    return sorted(range(count), key=lambda index: abs(index - count // 2))
