"""What a training does to its pictures before it learns from them, from flips to CutBlur.

``augment.py`` comes first: the list of the paper's section 2.5.1. ``mixtures.py`` is the CutBlur
family, ``positions.py`` the eight positions of a square, ``windows.py`` resampled parts of images.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "augment": ["AUGMENTATIONS", "PAPER", "Augmentation"],
        "mixtures": ["MIXTURES"],
        "positions": ["turned"],
        "windows": ["Windows"],
    },
)
