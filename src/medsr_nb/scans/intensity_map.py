"""A linear map for a whole series: from stored values to what the network was trained on.

medsr was trained on 8-bit pictures whose values fill [-1, 1]. An 8-bit picture keeps that map,
0..255. Everything else is mapped by the range of the whole series, so that equal values stay equal
from slice to slice, but for planes of far less contrast (below). Real scans, reduced by 3 in float
and enlarged again, say which range. Root mean square errors: of the head CTs in HU where the
original lies in the brain window (0 to 80 HU) and everywhere, of the abdominal MR in stored values
everywhere.

    map                        CT 1 (window, all)   CT 2 (window, all)   MR
    bicubic                    12.5   56.4          8.7   46.9           15.6
    full range                 11.7   44.8          5.4   29.3           10.9
    percentiles 0.1 to 99.9    11.9   45.5          5.4   29.6           11.0
    percentiles 1 to 99        12.2   46.8          5.6   30.4           11.3
    -1024 to 3071 HU           16.3   81.1          5.1   54.6
    -160 to 240 HU             25.4   75.5          25.1  56.3
    0 to 80 HU                 24.5   72.0          31.7  56.0

(CT 1 is ``693_J2KI.dcm``, CT 2 ``J2K_pixelrep_mismatch.dcm``, the MR ``examples_overlay.dcm``, all
of pydicom's wheel.) So a wide range costs nothing, as the network computes in float and treats a
faint edge as a strong one; but what leaves [-1, 1] is outside all that it learned, and it draws
nonsense there. Hence the full range, unless few pixels stretch it: a lowest or highest value that
lies more than OUTLYING spans beyond nearly all others is not counted. The network sees such
outliers at its limit. What it adds is added to the bicubic enlargement of the true values. Where a
reduction is named, the projection that follows gives them back in full. The result is clipped at
the range of the stored type alone.

One number in many pixels may be an outlier too: what a mask left, a mark for nothing measured, text
drawn into the picture. The same errors, of CT 1 everywhere and of scikit-image's ``camera``, where
the map goes on below by so many spans of all values:

    spans     0      2      4      8      16     64     1024     bicubic
    CT 1      25.9   27.2   28.2   31.2   38.4   94.6   1549     37.4
    camera    6.0    6.4    6.5    6.9    7.4    10.8   128      8.4

So a number that repeats at an end is not counted from SWAMPING spans of all others on.

A plane may have far less contrast than the others, as a map of another quantity in the same volume.
The errors of an MR slice (``MR_small.dcm`` of pydicom's wheel) behind one that is so many times as
strong, in values of the slice by itself:

    times     1      3      10     20     30     100    1000   10000   bicubic
    MR        71.2   71.3   77.2   85.5   91.2   91.8   185    1642    100

What the network adds to flat grey then drowns the plane. So from FAINT times on it has its own map,
by its whole range. In a nearly empty slice the few other pixels are the picture, not outliers.
"""

from dataclasses import dataclass

import numpy as np

from ..degradation import bands

FEW = 0.001  # the share of the pixels at each end that may be outliers
OUTLYING = 1.0  # spans of all others beyond which they are
FAINT = 20.0  # a plane whose range fits so often into that of its series has its own map
SWAMPING = 8.0  # spans of all others beyond which a number that many pixels share is one
AT_AN_END = 2  # such numbers, as of two programs


@dataclass(frozen=True)
class Intensity:
    """``low`` and ``high`` in stored values are -1 and 1 to the network."""

    low: float
    high: float

    @property
    def grey_level(self):
        """How many stored values one of the network's 255 grey levels is."""
        return (self.high - self.low) / 255.0

    def to_network(self, plane):
        """Stored values (H, W) -> float32, -1 at ``low`` and 1 at ``high``; not clipped."""
        centre, half = (self.low + self.high) / 2.0, (self.high - self.low) / 2.0
        found = np.empty(plane.shape, np.float32)
        for rows in bands.strips(plane.shape):
            # In float64: beside a large centre float32 would round the values away.
            found[rows] = (plane[rows].astype(np.float64) - centre) / half
        return found

    def to_stored(self, values):
        """The way back, in place; not clipped, not rounded."""
        values *= (self.high - self.low) / 2.0
        values += (self.low + self.high) / 2.0


def intensities(planes):
    """(the map of each plane of a series, how many are not that of the series).

    Planes that span less than a share of 1 / FAINT of its range have their own. What reaches out
    of that range does not count.
    """
    series = intensity(planes)
    if planes.dtype == np.uint8 or len(planes) == 1:
        return [series] * len(planes), 0
    found = [within(plane, series) for plane in planes]
    faint = [0.0 < FAINT * (one.high - one.low) < series.high - series.low for one in found]
    return [one if own else series for one, own in zip(found, faint, strict=True)], sum(faint)


def within(plane, series):
    """The whole range of a plane as an ``Intensity``, cut by that of its series."""
    return Intensity(max(float(plane.min()), series.low), min(float(plane.max()), series.high))


def intensity(planes):
    """The map of a series (N, H, W) of any real dtype; numbers that are not finite do not count.

    A series of one value, or without a finite one, gets a map of width 1 around it, or wider.
    """
    if planes.dtype == np.uint8:
        return Intensity(0.0, 255.0)
    values = planes[np.isfinite(planes)] if planes.dtype.kind == "f" else planes.ravel()
    if not values.size:
        return Intensity(-0.5, 0.5)
    if far := repeated_beyond(values, SWAMPING):
        values = values[~np.isin(values, far)]
    least, low, high, most = ends(values)
    slack = OUTLYING * (high - low)
    if slack > 0.0:
        least = least if least >= low - slack else low
        most = most if most <= high + slack else high
    if most == least:
        return Intensity(*around(least))
    return Intensity(least, most)


def around(value):
    """(low, high) around a value: a width of 1, or as much as is not lost beside a large one."""
    half = max(0.5, float(np.spacing(abs(float(value)))))
    return value - half, value + half


def ends(values):
    """The lowest of ``values`` (n,), those between which all but FEW at each end lie, the highest.

    Four floats in order.
    """
    few = min(max(1, int(FEW * values.size)), (values.size - 1) // 2)
    places = (0, few, values.size - 1 - few, values.size - 1)
    ordered = np.partition(values, sorted(set(places)))
    return [float(ordered[place]) for place in places]


def repeated_beyond(values, spans):
    """Numbers of ``values`` (n,) at their ends that many have, ``spans`` of all others or further.

    Many is more than FEW. Where all but FEW have such numbers, or one number has all others, as in
    masks, there are no spans.
    """
    few, numbers, rest = max(1, FEW * values.size), [], values
    low, high = ends(rest)[1:3]  # a few others may lie further out
    for _ in range(AT_AN_END):
        marks = [one for one in {low, high} if np.count_nonzero(rest == one) > few]
        if not marks:
            break
        numbers, rest = numbers + marks, rest[~np.isin(rest, marks)]
        if rest.size <= few:
            return []
        low, high = ends(rest)[1:3]
    reach = spans * (high - low)
    return [one for one in numbers if reach and not low - reach < one < high + reach]
