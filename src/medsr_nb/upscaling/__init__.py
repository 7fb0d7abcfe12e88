"""My own scan, enlarged: what ``medsr upscale`` does, and the network with its trained weights.

Begin with ``pretrained.py``: ``network()`` needs no download.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "pretrained": ["TRAINED_ON", "has_robust", "network"],
        "score": ["record"],
        "upscale": ["upscaled_file"],
        "viewer": ["Entry", "page"],
    },
)
