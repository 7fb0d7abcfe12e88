"""Every picture: ``comparisons.py`` shows methods, ``charts.py`` numbers, ``maps.py`` the hidden.

Each returns a ``Sheet`` (``sheet.py``), a matplotlib figure with exact pixels. Begin with
``comparisons.three_rows``, the form of the paper's figures 5 and 6. ``palette.py`` has all colours.
``scans.py`` shows scans in their own units. Two differ: ``listing`` returns Markdown, and
``interactive`` shows its sheets itself.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "charts": ["curves", "gains", "progress", "tradeoff"],
        "comparisons": "image_rows methods_grid one_image three_rows".split(),
        "judgements": ["verdicts"],
        "listing": ["listing"],
        "maps": "darkening reliability saturation spectra trust_maps".split(),
        "networks": ["architecture"],
        "pictures": "gallery mixtures previews".split(),
        "reductions": ["cover", "reductions"],
        "scans": ["guesses", "magnified", "side_by_side"],
        "sheet": ["Sheet"],
        "slider": ["interactive"],
    },
)
