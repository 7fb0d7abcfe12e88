"""Whether Kaggle's images hold colour at all, counted over their files.

The paper trained in grey and feared to have lost information by it (section 5).
``python -m medsr_nb.studies.colours FOLDER`` counts it in Kaggle's sets in a folder, and writes
``results/colours.json``.
"""

import os
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image

from ..data import kaggle_entries, kaggle_sets
from ..machine import UserError, exit_status, only_word, results_dir
from . import results

COMMAND = "python -m medsr_nb.studies.colours FOLDER"
SLIGHT = 8  # grey levels: what JPEG's rounding of colours alone leaves between channels


def furthest(file):
    """(mode, how far R, G and B lie apart at most): 0 where the file has one channel.

    ("unreadable", 0) where it is not a picture.
    """
    try:
        with Image.open(file) as picture:
            mode = picture.mode
            if mode in ("1", "L", "I", "F", "I;16"):
                return mode, 0
            pixels = np.asarray(picture.convert("RGB")).astype(int)
    except OSError:
        return "unreadable", 0
    return mode, int((pixels.max(axis=-1) - pixels.min(axis=-1)).max())


def counted(found):
    """Counts of a list of ``furthest``, as plain values."""
    readable = [one for one in found if one[0] != "unreadable"]
    apart = np.array([distance for _, distance in readable])
    return {
        "files": len(readable),
        "modes": dict(Counter(mode for mode, _ in readable).most_common()),
        "equal": int(np.sum(apart == 0)),
        "slight": int(np.sum((apart > 0) & (apart <= SLIGHT))),
        "coloured": int(np.sum(apart > SLIGHT)),
        "furthest": int(apart.max(initial=0)),
    }


def colours(folder):
    """The counts for each kind of image in ``folder``. Raises UserError without Kaggle's sets."""
    sets = kaggle_sets(Path(folder))
    if not sets:
        raise UserError(f"{folder} holds none of Kaggle's two sets; see data/README.md.")
    entries = kaggle_entries(sets)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        found = list(pool.map(furthest, [entry.file for entry in entries]))
    kinds = dict.fromkeys(entry.kind for entry in entries)
    return {
        "command": COMMAND,
        "hardware": "counted over the files, on no machine",
        "data": {"name": f"the {len(entries)} files of {' and '.join(sets)}"},
        "slight": SLIGHT,
        "kinds": {
            kind: counted([one for entry, one in zip(entries, found, strict=True)
                           if entry.kind == kind])
            for kind in kinds
        },
    }  # fmt: skip


def main():
    """Records the counts in ``results/``."""
    found = colours(only_word(COMMAND, __doc__))
    results.write(results_dir() / "colours.json", found)
    print(found["kinds"])


if __name__ == "__main__":
    sys.exit(exit_status(main))
