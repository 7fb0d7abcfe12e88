"""A scan's file: read with all that it says, and a result three times as large written with it.

Begin with ``scan.py``: what a ``Scan`` is, ``read`` and ``write``. Each kind of file has a folder:
``dicom``, ``nifti``, ``tiff`` and ``pictures`` (PNG, JPEG and other files that Pillow reads).
``converting.py`` makes one kind of another, ``intensity_map.py`` says what is black and white for
the network, and ``finding.py`` tells which files of a folder are scans. No network is imported.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=(
        "colour converting dicom files finding hidden nifti pictures scan tiff turning".split()
    ),
    submod_attrs={
        "converting": ["DEPTH"],
        "files": (
            "NotReadHere check_replaced damage_named names_in one_line pictures_of_any_size "
            "quiet writing_named"
        ).split(),
        "finding": (
            "Left PAIRED first_half in_folder in_tree is_complete others_of parted suffixes"
        ).split(),
        "intensity_map": ["around", "intensities", "intensity"],
        "kinds": ["DICOM_SUFFIXES", "kind_of"],
        "pictures.windowed": ["WINDOW", "shown", "window_text"],
        "scan": "FACTOR FORMATS Scan StoredRange of_levels read write".split(),
        "turning": ["SWAPPED_SIDES", "upright"],
    },
)
