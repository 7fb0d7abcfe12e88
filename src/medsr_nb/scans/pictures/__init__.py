"""Pictures that Pillow reads: PNG, JPEG, JPEG 2000, WebP, GIF; and any scan shown as PNG.

Begin with ``reading.py`` and ``writing.py``; ``deep_colour.py`` is for PNG of more than 8 bits in
colour. ``windowed.py`` makes pictures of any scan: what is black in them, and what is white.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["deep_colour", "windowed", "writing"],
    submod_attrs={
        "reading": "LOSSLESS Origin highest_of is_picture numbers read unstretched".split()
    },
)
