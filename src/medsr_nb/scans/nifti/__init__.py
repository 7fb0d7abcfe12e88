"""NIfTI, Analyze and FreeSurfer's .mgz: volumes with a place in space.

Begin with ``reading.py``; ``claims.py`` checks what a header says before memory is taken,
``mending.py`` sets right what programs are known to write wrong, and ``writing.py`` makes the
enlarged affine.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["writing"],
    submod_attrs={"reading": "Layout Origin opened read scale_of".split()},
)
