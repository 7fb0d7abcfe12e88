"""The series of notebooks: run, refreshed, paired with their text, and published.

Begin with ``notebooks.py``; ``kernels.py`` runs one notebook, ``book.py`` shows what came out.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__, submodules=["notebooks"], submod_attrs={"notebooks": ["address"]}
)
