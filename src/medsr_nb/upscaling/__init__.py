"""My own scan, enlarged: the network with its trained weights, and what it does to a whole scan.

Begin with ``enlarging.py``: ``enlarge`` is the one call. ``tiles.py`` makes any size possible,
``reducers.py`` keeps the result consistent with its input, and ``guess.py`` tells how far each
pixel is a guess. ``pretrained.py`` is the network alone, with no download. The room ``scans`` reads
and writes files; the room ``folders`` is ``medsr upscale``, which takes many.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["enlarging", "exporting", "guess", "room"],
    submod_attrs={
        "calibrating": ["calibration"],
        "checking": ["Checked", "checked", "trust_table"],
        "enlarging": ["Enlarged", "enlarge"],
        "exporting": ["export"],
        "pretrained": ["TRAINED_ON", "network"],
        "score": ["record"],
        "settings": ["Settings"],
    },
)
