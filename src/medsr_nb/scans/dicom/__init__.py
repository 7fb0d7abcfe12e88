"""DICOM: files, multi-frame files, and folders that hold a series.

Begin with ``reading.py``: ``slices.py`` puts a series in order, and ``pixel_data.py`` reads the
numbers. Then ``writing.py``: ``quantity.py``, ``geometry.py`` and ``mr.py`` change what the file
says of its pixels.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["slices", "transfer_syntax", "volume", "writing"],
    submod_attrs={"reading": "head_of is_dicom read_file read_series series_of".split()},
)
