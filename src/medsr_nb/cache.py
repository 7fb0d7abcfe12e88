"""Arrays kept on disk between runs: written whole or not at all, rebuilt when damaged."""

import os
import tempfile
import warnings
import zipfile
import zlib
from pathlib import Path

import numpy as np


def cached_arrays(file, key):
    """The arrays stored in ``file`` under ``key``, as a dictionary, or None.

    None means missing, stored under another key, or damaged: build the arrays again.
    """
    try:
        with np.load(file, allow_pickle=False) as stored:
            if str(stored["key"]) == key:
                return {name: stored[name] for name in stored.files}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error):
        pass
    return None


def store_arrays(file, key, arrays):
    """Write ``arrays`` (a dictionary) to ``file`` so that an interruption leaves no half file.

    A disk that is full or not writable costs a warning: the arrays are in memory anyway.
    """
    part = None
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            dir=file.parent, prefix=file.stem, suffix=".part", delete=False
        ) as target:
            part = Path(target.name)
            np.savez(target, key=np.array(key), **arrays)
        os.replace(part, file)
    except OSError as error:
        warnings.warn(
            f"The decoded images could not be kept in {file.parent} ({error}); this run goes on "
            "without. Free some space there, or set MEDSR_CACHE to another folder.",
            stacklevel=2,
        )
    finally:
        if part is not None:
            part.unlink(missing_ok=True)
