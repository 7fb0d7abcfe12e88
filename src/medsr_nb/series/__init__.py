"""The series of notebooks: run, refreshed, paired with their text, and published.

Begin with ``notebooks.py``; ``kernels.py`` runs one notebook, ``book.py`` shows what came out.
``address.py`` has what depends on where the series is published.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(__name__, submodules=["address", "notebooks"])
