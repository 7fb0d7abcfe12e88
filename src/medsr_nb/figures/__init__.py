"""Every picture: ``pictures.py`` shows images, ``charts.py`` numbers, ``maps.py`` what is hidden,
``scans.py`` scans in their own units.

Each function returns a matplotlib figure. Begin with ``pictures.three_rows``, the form of the
paper's figures 5 and 6.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "charts": ["curves", "gains", "tradeoff"],
        "listing": ["listing"],
        "maps": "darkening reliability saturation spectra trust_maps".split(),
        "pictures": "gallery methods_grid one_image previews spread three_rows".split(),
        "scans": ["guesses", "magnified", "side_by_side"],
    },
)
