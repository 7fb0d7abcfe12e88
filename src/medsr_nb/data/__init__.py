"""Where pictures come from, which of them belong together, and how they are split.

``load`` and ``load_small`` give an ``ImageSet``, and so do ``plate``, five real pictures, and
``load_originals``, anybody's own in an NPZ file. Read ``imageset.py`` first, then ``images.py``. A
split (``splits.py``) never cuts a group (``groups.py``): a patient, or near-identical copies.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "decoding": ["IMAGE_SUFFIXES"],
        "fixed_plate": ["lesion", "plate"],
        "folders": (
            "BRAIN BRAIN_LABELS CHEST CHEST_LABELS both_kaggle_sets kaggle_entries kaggle_images "
            "kaggle_sets"
        ).split(),
        "groups": (
            "MIRRORINGS TWIN_BITS difference_hashes grouped hash_distance joined patient twin_pairs"
        ).split(),
        "images": ["load", "load_small", "small_source"],
        "imageset": ["BLOCK", "DataUnavailable", "ImageSet"],
        "originals": ["load_originals"],
        "splits": (
            "MANIFEST_SIZE Split built_manifest clean_test full_split manifest split split_note"
        ).split(),
    },
)
