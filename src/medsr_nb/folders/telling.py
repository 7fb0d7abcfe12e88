"""What the command says of a result that it has written: never what is true of its scan alone."""

import re

from ..scans import DEPTH, FACTOR

DEPTH_AT = 24  # the byte of a PNG that says how many bits a channel has
FAINT = re.compile(r"\d+ plane\(s\) of far less contrast .*")
SPACING = re.compile(r"spacing (\S+) x (\S+) mm")
THIRD_AXIS = re.compile(r"(; | by the network; )axis .*")  # what a note says of it


def size(scan):
    """The size of a scan's planes before and after, and how many there are."""
    count, height, width = scan.planes.shape
    planes = f", {count} planes" if count > 1 else ""
    return f"{width}x{height} to {FACTOR * width}x{FACTOR * height}{planes}"


def apart(folders):
    """What is said of a scan of whose DICOM series other ``folders`` hold files as well."""
    if not folders:
        return []
    where = folders[0] if len(folders) == 1 else f"{len(folders)} other folders"
    return [f"more of its series is in {where}: each folder is enlarged by itself"]


def facts(larger, picture, window):
    """What is said of an ``Enlarged`` besides its size: its scan's notes, as they hold of it now.

    ``picture`` is its first PNG, where those were asked for, else None; ``window`` theirs or None.
    """
    if picture:
        return as_picture(larger, picture, window)
    return [SPACING.sub(finer, note) for note in larger.scan.notes]


def finer(match):
    """A note on the distance of pixels, after the enlargement."""
    first, second = (float(one) / FACTOR for one in match.groups())
    return f"spacing {first:.4g} x {second:.4g} mm"


def as_picture(larger, picture, window):
    """``facts`` of PNG, which has a depth of its own, no third axis and no millimetres."""
    from ..scans import pictures

    scan = larger.scan
    with open(picture, "rb") as written:  # its head, as Pillow does not open the largest
        depth = written.read(DEPTH_AT + 1)[DEPTH_AT]
    said = [f"{depth} bit PNG"]
    said += pictures.windowed.said(scan, window)
    for note in scan.notes:
        if SPACING.fullmatch(note):
            said.append("spacing left out")
        elif FAINT.fullmatch(note) and window is None:
            said.append(f"{note}, but almost one grey here: give a --window for them")
        elif not DEPTH.fullmatch(note):
            said.append(THIRD_AXIS.sub("", note))
    return said
