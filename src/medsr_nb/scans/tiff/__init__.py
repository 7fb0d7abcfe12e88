"""TIFF: pages of any depth, read and written by tifffile.

Begin with ``reading.py`` and ``writing.py``; ``pages.py`` says which pages are enlarged, and
``decoding.py`` reads the numbers of one. ``descriptions.py`` is for what ImageJ and OME write into
a file, ``gdal.py`` for GDAL's number for no value.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["decoding", "tags", "writing"],
    submod_attrs={"reading": ["Origin", "in_dots", "read"]},
)
