"""Elements of a DICOM that nothing depends on: what cannot be read is as if it were not said.

Files hold commas for points, letters for numbers and fewer numbers than they should; a picture is
good nevertheless. ``key`` is a keyword, or (group, element).
"""

import numpy as np


def said(dataset, key):
    """The value of an element; None where it is absent, empty or unreadable."""
    try:
        value = dataset[key].value if key in dataset else None
    except Exception:  # pydicom raises anything for a damaged element
        return None
    return None if isinstance(value, (str, bytes)) and not value.strip() else value


def several(dataset, key):
    """The finite numbers of an element, in a list; None where it has none, or others too."""
    value = said(dataset, key)
    if value is None or isinstance(value, (str, bytes)):
        return None
    values = list(value) if hasattr(value, "__len__") else [value]
    try:
        return values if values and np.isfinite([float(one) for one in values]).all() else None
    except (TypeError, ValueError):
        return None


def number(dataset, key):
    """The number of an element that has one, None of others."""
    values = several(dataset, key)
    return values[0] if values is not None and len(values) == 1 else None


def numbers(dataset, key, count):
    """``count`` floats of an element, or None where it has not as many."""
    values = several(dataset, key)
    if values is None or len(values) != count:
        return None
    return np.array([float(one) for one in values])


def is_lost(dataset, key, count):
    """Whether an element is there and not empty, but without ``count`` numbers."""
    raw = dataset.get_item(key)
    value = None if raw is None else raw.value
    empty = value is None or isinstance(value, (str, bytes)) and not value.strip()
    return not empty and numbers(dataset, key, count) is None
