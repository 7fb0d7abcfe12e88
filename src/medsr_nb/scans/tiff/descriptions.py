"""What microscopes' programs say of a TIFF in its description: ImageJ in lines, OME in XML.

Anything may stand there, a patient's name as well. So nothing is taken but what is known to be
technical.
"""

import json
import unicodedata

from ..scan import FACTOR, sound

# Of ImageJ's keys: how the pages lie, where, and how far apart in space and in time.
PLACES = (
    *("ImageJ", "SCIFIO", "images", "channels", "slices", "frames", "hyperstack", "mode"),
    *("unit", "yunit", "zunit", "spacing", "xorigin", "yorigin", "zorigin"),
    *("finterval", "tunit", "fps", "loop"),
)
VALUES = ("min", "max", "vunit", "cf", "c0", "c1", "c2", "c3", "c4")  # what their numbers mean
UNITS = {  # of "unit" and the like; others may be anything
    *("pixel", "pixels", "voxel", "micron", "microns", "um", "nm", "mm", "cm", "m", "km", "inch"),
    *("inches", "in", "ft", "sec", "s", "msec", "ms", "min", "gray value", "HU", "\\u00B5m"),
    *("\u00b5m", "\u03bcm", "\u00c5"),
}
MOVED = ("xorigin", "yorigin")  # in pixels, counted from the corner of the first
LONGEST = 32  # characters of a value: a number, or the name of a unit
MILLIMETRES = {
    "pm": 1e-9, "\u00c5": 1e-7, "nm": 1e-6, "\u03bcm": 1e-3, "mm": 1.0, "cm": 10.0, "dm": 100.0,
    "m": 1e3, "km": 1e6, "in": 25.4, "ft": 304.8,
}  # fmt: skip
USUAL = "\u03bcm"  # OME's unit where none is said
LEFT_OUT = {  # tags that are not written, of what tells where pixels lie and what they mean
    "GeoTIFF tags": (33550, 33922, 34264, 34735, 34736, 34737),
    "GDAL's metadata": (42112,),
    "its position on a sheet": (286, 287),
    "ImageJ's labels and colours": (50838, 50839),
}
SMALLEST = 1e-8  # millimetres: of smaller pixels a centimetre has more than TIFF can count


def of_imagej(text):
    """ImageJ's description of pages as it is of enlarged ones, ASCII; "" where none of it stays."""
    lines = []
    for line in text.splitlines():
        key, _, value = line.partition("=")
        known = not key.endswith("unit") or value.strip() in UNITS
        if key in PLACES + VALUES and known and len(value) <= LONGEST:
            lines.append(f"{key}={enlarged(value) if key in MOVED else value}\n")
    text = "".join(lines)  # the sign of a micron as ImageJ reads it, whatever the page's letters
    return "".join(one if one.isascii() else f"\\u{ord(one):04X}" for one in text)


def without_values(text):
    """A description of ``of_imagej``'s, for pages that hold other numbers."""
    lines = text.splitlines(keepends=True)
    return "".join(line for line in lines if line.partition("=")[0] not in VALUES)


def enlarged(value):
    """A distance in pixels, as it is in enlarged ones; what is no number as it stands."""
    try:
        return f"{FACTOR * float(value):g}"
    except ValueError:
        return value


def left_out(pages):
    """Notes on what pages tell and results do not, by its kind alone."""
    names = [
        name
        for name, codes in LEFT_OUT.items()
        if any(code in page.tags for page in pages for code in codes)
    ]
    if any(says_more(page, len(pages)) for page in pages):
        names.insert(0, "its description")
    return [f"{name} left out" for name in names]


def says_more(page, count):
    """Whether the description of one of so many pages holds what a result's does not, and the
    notes on OME's do not tell.
    """
    text = page.description
    if page.is_ome:
        return False
    if page.is_imagej:
        said = [line for line in text.splitlines() if line.strip()]
        return len(of_imagej(text).splitlines()) < len(said)
    return bool(text.strip()) and not is_shape(text, (page.shape, (count, *page.shape)))


def is_shape(text, shapes):
    """Whether a description is tifffile's, and says one of these shapes and nothing more."""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):  # anything may stand there
        return False
    return said in [{"shape": list(shape)} for shape in shapes]


def of_ome(text):
    """(millimetres from row to row and from column to column, or None; notes on what is lost)."""
    try:
        said = sizes_in(text)
    except Exception:  # anything may stand there
        said = {}
    sizes = {axis: in_millimetres(*both) for axis, both in said.items()}
    spacing = None
    if sizes.get("X") and sizes.get("Y") and min(sizes["X"], sizes["Y"]) > SMALLEST:
        spacing = sound((sizes["Y"], sizes["X"]))
    notes = ["OME's notes on its axes left out"]
    if spacing:
        notes.append(f"spacing {spacing[0]:.4g} x {spacing[1]:.4g} mm")
    if lost := [axis for axis in said if axis == "Z" or not spacing]:
        notes.append(f"OME's size of a pixel along {' and '.join(lost)} left out")
    return spacing, notes


def sizes_in(text):
    """{"X": (size of a pixel, unit)} and so on, as OME's XML says them of its first image."""
    import tifffile

    images = tifffile.xml2dict(text)["OME"]["Image"]
    pixels = (images[0] if isinstance(images, list) else images)["Pixels"]
    names = {axis: f"PhysicalSize{axis}" for axis in "XYZ"}
    return {
        axis: (pixels[name], pixels.get(f"{name}Unit", USUAL))
        for axis, name in names.items()
        if name in pixels
    }


def in_millimetres(size, unit):
    """A size in a unit of OME's; None where either is not understood."""
    scale = MILLIMETRES.get(unicodedata.normalize("NFKC", str(unit)))
    return scale * size if scale and isinstance(size, (int, float)) else None
