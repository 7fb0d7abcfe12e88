"""Overlays of a DICOM: drawings of one bit a pixel, in own data or in unused bits of pixels."""

import numpy as np
import pydicom

from ..scan import FACTOR
from .elements import number, numbers

GROUPS = range(0x6000, 0x6020, 2)
# Elements of such a group.
ROWS, COLUMNS, FRAMES, ORIGIN, FIRST_FRAME = 0x0010, 0x0011, 0x0015, 0x0050, 0x0051
BITS, POSITION, AREA, DATA = 0x0100, 0x0102, 0x1301, 0x3000


def out_of_pixels(dataset, values):
    """Overlays in bits of the stored ``values`` (N, H, W) above the stored ones get own data.

    Whether there are any.
    """
    width, found = 8 * values.dtype.itemsize, False
    for group in GROUPS:
        if (group, POSITION) not in dataset or (group, DATA) in dataset:
            continue
        position = int(number(dataset, (group, POSITION)) or 0)
        if not int(dataset.BitsStored) <= position < width:
            continue
        found = True
        drawn = ((values >> position) & 1).astype(np.uint8)
        dataset.add_new((group, DATA), "OW", pydicom.pixels.pack_bits(drawn))
        dataset.add_new((group, BITS), "US", 1)
        dataset.add_new((group, POSITION), "US", 0)
        dataset.add_new((group, ROWS), "US", values.shape[1])
        dataset.add_new((group, COLUMNS), "US", values.shape[2])
        dataset.add_new((group, ORIGIN), "SS", [1, 1])
        if len(values) > 1:
            dataset.add_new((group, FRAMES), "IS", len(values))
            dataset.add_new((group, FIRST_FRAME), "US", 1)
    return found


def remove(dataset):
    """Takes all overlays from a dataset."""
    for group in GROUPS:
        remove_group(dataset, group)


def remove_group(dataset, group):
    """Takes all elements of one group from a dataset."""
    for element in list(dataset.group_dataset(group)):
        del dataset[element.tag]


def enlarge(dataset):
    """Three by three pixels for one; those that say they lie within pixels, but do not, go."""
    for group in GROUPS:
        if (group, ROWS) not in dataset:
            continue
        if (group, DATA) not in dataset:
            remove_group(dataset, group)
            continue
        try:
            bits = dataset.overlay_array(group)
        except Exception:  # damaged; it would not be shown before either
            continue
        bits = bits.repeat(FACTOR, axis=-2).repeat(FACTOR, axis=-1)
        dataset[group, DATA].value = pydicom.pixels.pack_bits(bits)
        dataset[group, ROWS].value, dataset[group, COLUMNS].value = bits.shape[-2:]
        if (origin := numbers(dataset, (group, ORIGIN), 2)) is not None:
            dataset[group, ORIGIN].value = [FACTOR * (int(one) - 1) + 1 for one in origin]
        if (area := number(dataset, (group, AREA))) is not None:
            dataset[group, AREA].value = FACTOR**2 * int(area)
