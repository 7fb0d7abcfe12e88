"""My own scan, enlarged: the network with its trained weights, and what it does to a whole scan.

Begin with ``enlarging.py``: ``enlarge`` is the one call. ``tiles.py`` makes any size possible,
``reducers.py`` keeps the result consistent with its input, and ``guess.py`` tells how far each
pixel is a guess. ``pretrained.py`` is the network alone, with no download. The room ``scans`` reads
and writes files; the room ``folders`` is ``medsr upscale``, which takes many.

What is recorded of it: ``score.py`` (all scores of the package's networks), ``calibrating.py``
(which errors to expect), and three commands, ``python -m medsr_nb.upscaling.NAME``:

* ``agreement``: how well a result agrees with its input.
* ``other_kinds``: CT, bone scan, ultrasound and others.
* ``positions_tried``: which mirror images ``--best`` should take.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["enlarging", "exporting", "guess", "space"],
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
