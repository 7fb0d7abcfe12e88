"""My own scan, enlarged: what ``medsr upscale`` does, and the network with its trained weights.

Begin with ``enlarging.py``: ``enlarge`` is the one call. ``scan.py`` says what a scan is, and has a
file a kind beside it (``pictures``, ``tiff``, ``dicom``, ``nifti``), and ``converting.py`` from one
to another; ``tiles.py`` and ``bands.py`` make any size possible. ``pretrained.py`` is the network
alone, with no download.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "calibrating": ["calibration"],
        "checking": ["Checked", "checked", "trust_table"],
        "enlarging": ["Enlarged", "enlarge"],
        "exporting": ["export"],
        "folder": ["Wishes", "enlarge_all"],
        "pretrained": ["TRAINED_ON", "network"],
        "scan": ["Scan", "of_levels", "read", "write"],
        "score": ["record"],
        "settings": ["Settings"],
    },
)
