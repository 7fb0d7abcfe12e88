"""How an image loses resolution, and what can be won back by arithmetic alone.

``bicubic.py`` comes first: the reduction of the paper as two small matrices, its enlargement, its
pseudo-inverse, and consistency with the input, which ``in_range.py`` keeps at black and white.
``reductions.py`` has the matrices of other reductions, and ``bands.py`` those of large pictures, of
which most numbers are zero. Two files damage each image of a batch in a
way that is drawn for it (``draws.py``): ``scanners.py`` as scanners do, and ``second_order.py`` as
Real-ESRGAN does, with ``blur.py``, ``canvas.py`` and ``jpeg.py`` for its parts.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["bands", "in_range", "second_order"],
    submod_attrs={
        "bicubic": (
            "Consistent Enlarge VaryingReduction apply_matrices consistent enlarged noisy "
            "reduced reduced_by_varying_factors reduced_exactly resized rounded_to_8_bit "
            "to_float to_pixels undone"
        ).split(),
        "in_range": ["InRange"],
        "reductions": (
            "INTERPOLATIONS REDUCTIONS ZERO_FILLED cubic reducing_matrix resize_matrix "
            "undoing_matrix"
        ).split(),
        "scanners": ["Scanner", "ScannerReductions"],
        "second_order": ["SecondOrder"],
    },
)
