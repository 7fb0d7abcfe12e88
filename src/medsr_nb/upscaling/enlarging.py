"""A scan, three times as large: what stands between reading a file and writing one.

    from medsr_nb import upscaling

    larger = upscaling.enlarge("scan.dcm")     # planes, geometry and all
    larger.save("scan_x3.dcm")
    pixels = upscaling.enlarge(grey_levels)    # uint8 (H, W) or (N, H, W) -> the same, x3

A plane goes through its intensity map (``scans.intensity``), in tiles through the network
(``tiles``), back to its own numbers, and is then moved to the nearest picture that reduces to it
(``consistency``). Nothing is rounded on the way. What was added between the pixels is a guess, and
``guess`` says how far.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ..degradation import bands
from ..machine import give_back
from ..scans import FACTOR, hidden, intensities, scan
from . import guess, networks, reducers, space, tiles
from .interpolated import Interpolated
from .settings import WITHIN, Settings

ROOM = 8  # binary places that sums of a few numbers need beyond these
MANY = 2**20  # pixels that take some seconds in float32
REACH = 4  # pixels to each side that are not mended around a saturated one


@dataclass(frozen=True)
class Enlarged:
    """A scan and its enlargement: ``planes`` float (N, 3H, 3W) in the numbers of ``scan.planes``.

    ``extras`` stand for float (N, 3H, 3W, K), made where they are asked for (``interpolated``), or
    are None as in the scan. ``guesses``, ``errors`` and ``ranges``
    are as the planes, or None where they were not asked for: see ``guess.maps``. The scan's
    ``reduction`` is the one that was used.
    """

    scan: scan.Scan
    planes: np.ndarray
    extras: np.ndarray | None
    guesses: np.ndarray | None = None
    errors: np.ndarray | None = None
    ranges: np.ndarray | None = None

    def save(self, path):
        """Writes the same kind of file, with its geometry; the paths written.

        May overwrite older results, but never the scan itself.

        A name without a suffix gets the scan's, but for DICOM. Raises UserError for a suffix of
        another kind.
        """
        from . import result_names

        path = result_names.named(self.scan, Path(path))
        return scan.write(self.scan, self.planes, self.extras, path)


def enlarge(
    source,
    sharpness=None,
    through_plane=False,
    guesses=False,
    tick=lambda share: None,
    reduction=None,
    robust=False,
    noise=0.0,
    best=False,
):
    """A file, folder or ``Scan`` as ``Enlarged``; an array as an array.

    Arrays are grey levels, uint8 (H, W) or (N, H, W), and come back as such. Of other types the
    range is not known: raises TypeError for them. ``sharpness``, ``reduction``, ``robust``,
    ``noise`` and ``best`` are those of ``Settings``, where what is not given follows from
    ``Scan.reduction``, of arrays bicubic. ``through_plane`` is ``scan.read``'s. ``tick`` is told
    the share of all that is done, bit by bit. Raises UserError for what cannot be read, and as
    ``Settings``.
    """
    settings = Settings(sharpness, reduction, robust, noise, best)
    if isinstance(source, np.ndarray):
        return enlarged_levels(source, settings, tick)
    if not isinstance(source, scan.Scan):
        source = scan.read(source, through_plane)
    return enlarged_scan(source, settings, guesses, tick)


def enlarged_levels(levels, settings, tick):
    """uint8 (H, W) or (N, H, W) -> uint8, three times as large."""
    larger = enlarged_scan(scan.of_levels(levels), settings, False, tick).planes
    larger = np.rint(larger).astype(np.uint8)
    return larger if levels.ndim == 3 else larger[0]


def enlarged_scan(source, settings, guesses, tick, folder=None):
    """``enlarge`` of a ``Scan``; ``folder`` is for what memory has no room for (``space``)."""
    asked, settings = settings, settings.told(source.reduction)
    chosen = () if asked.robust or not settings.robust else ("robust weights, as for original MR",)
    notes = *source.notes, *chosen, *agreeing(settings, source.unit)
    derivation = derived_by(settings, source.unit)
    source = replace(source, reduction=settings.reduction, notes=notes, derivation=derivation)
    seen = hidden.filled(source)
    power = power_of(seen.planes)
    small = seen
    if power:
        planes = np.ldexp(seen.planes, -power)
        small = replace(seen, planes=planes, slope=source.slope * 2.0**power)
    mapped, own = intensities(small.planes)
    if own:
        note = f"{own} plane(s) of far less contrast enlarged with a map of their own"
        source = replace(source, notes=(*source.notes, note))
    larger, maps = enlarged_planes(small, mapped, settings, guesses, tick, folder)
    if power:
        larger = raised(larger, power)
        maps = [None if one is None else raised(one, power) for one in maps]
    extras = None
    if seen.extras is not None:
        extras = Interpolated(seen.extras, hidden.unseen(source))
        hidden.empty(source, larger, extras)
        if source.kind == "nifti":  # its third axis goes through all planes
            extras = np.asarray(extras)
    return Enlarged(source, larger, extras, *maps)


def enlarged_planes(source, mapped, settings, guesses, tick, folder):
    """(planes, the three maps or three times None) of ``enlarged_scan``; ``mapped`` by plane."""
    count, height, width = source.planes.shape
    dtype = np.result_type(source.planes.dtype, np.float32)  # float64 where float32 would round
    shape = count, FACTOR * height, FACTOR * width
    asked = [((len(guess.MAPS), *shape), np.float32)] * guesses
    larger, *found = space.arrays([(shape, dtype), *asked], folder)
    maps = found[0] if guesses else (None, None, None)
    for index, its_map in enumerate(mapped):
        fill(larger[index], source, index, its_map, settings, lambda share: tick(share / count))
        if guesses:
            noise = settings.noise / abs(source.slope) / its_map.grey_level
            tables = guess.tables_for(settings, source.pictured, noise)
            guess.maps(
                larger[index], source.planes[index], its_map.grey_level, tables,
                out=maps[:, index], black=its_map.low,
            )  # fmt: skip
    return larger, maps


def agreeing(settings, unit):
    """What a reader is told of how a result agrees with its scan; nothing of bicubic, the rule."""
    if settings.reduction == "unknown":
        noise = ", so its noise changes nothing" if settings.noise else ""
        return (f"need not agree with its input{noise}",)
    how = f"agrees with its input by {settings.reduction}"
    if settings.noise:
        return (f"{how}, within {WITHIN * settings.noise:g} {unit}",)
    return () if settings.reduction == "bicubic" else (how,)


def derived_by(settings, unit):
    """``Scan.derivation`` of an enlargement."""
    weights = "robust weights" if settings.robust else f"sharpness {settings.sharpness:g}"
    weights += ", mean of two positions" if settings.best else ""
    [agrees] = agreeing(settings, unit) or ("agrees with its input by bicubic",)
    return (
        f"Enlarged by {FACTOR} with medsr's network, {weights}; {agrees}; "
        "detail between the original pixels is a guess."
    )


def power_of(planes):
    """The power of two that the largest number has, where float32 could not hold sums of a few.

    0 for others: they are enlarged as they are.
    """
    largest = max(abs(float(planes.min())), abs(float(planes.max())))
    power = int(np.frexp(largest)[1]) - 1
    return power if power > np.finfo(np.float32).maxexp - ROOM else 0


def raised(values, power):
    """Floats multiplied in place by a power of two; beyond the largest float they become that."""
    most = np.finfo(values.dtype).max
    with np.errstate(over="ignore"):
        np.ldexp(values, power, out=values)
    return np.clip(values, -most, most, out=values)


def fill(sr, source, index, its_map, settings, tick):
    """Fills ``sr`` (3H, 3W) with the enlargement of a plane of ``source``, in stored numbers.

    It reduces to the plane and stays in the range of what that one stores; ``its_map`` is its
    ``Intensity``. In place: a large picture leaves no room for a second one of its
    size.
    """
    plane, stored = source.planes[index].astype(sr.dtype), source.stored_in(index)
    if plane.min() == plane.max():
        sr[:] = plane.flat[0]
        tick(1.0)
        return
    unit = its_map.to_network(plane)

    # Rounded to grey levels in the end, or so many pixels that someone waits for them.
    coarse = stored.whole and (its_map.grey_level <= 1.0 or plane.size > MANY)

    def network(height, width):  # outliers are clipped tile by tile, without a second picture
        function = networks.asked(height, width, settings, coarse)
        return lambda tile: function(np.clip(tile, -1.0, 1.0))

    tiles.fill(sr, unit, network, tick=tick)
    if plane.size > tiles.PIXELS:  # several tiles: what they took is needed for the whole picture
        give_back()
    bands.add_enlarged(sr, unit)
    its_map.to_stored(sr)
    low, high = stored.lowest, stored.highest
    within = WITHIN * settings.noise / abs(source.slope)
    settled = around_saturated(plane, unit, low, high)
    reducers.projected(sr, plane, FACTOR, low, high, settings.reduction, within, settled)


def around_saturated(plane, unit, low, high):
    """Bool (H, W): outliers at the limit of the stored type, and REACH pixels around; None without.

    No picture in range reduces to such a hot pixel. To come as near as can be, others would be
    lit around it, and all contours of the picture moved.
    """
    hot = ((plane >= high) & (unit > 1.0)) | ((plane <= low) & (unit < -1.0))
    if not hot.any():
        return None
    from scipy.ndimage import maximum_filter

    return maximum_filter(hot, 2 * REACH + 1)
