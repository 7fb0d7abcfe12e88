"""Other people's weights: which there are, how they are fetched, how they are run.

Begin with ``published.py``.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "published": "NOT_RUN method methods pixels_of published_table recorded_table".split()
    },
)
