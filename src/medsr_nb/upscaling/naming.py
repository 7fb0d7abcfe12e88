"""What naming a reduction gains, and what naming the wrong one loses: ``results/naming.json``.

``python -m medsr_nb.upscaling.naming NPZ`` scores the faithful network on originals, reduced in
each way, when its result is kept consistent with each reduction in turn. ``dicom_mr`` takes its
default from these figures.
"""

import sys

from .. import scoring, studies
from ..degradation import Scanner
from ..machine import results_dir
from . import pretrained

NAMED = ("bicubic", "lanczos", "average", "k-space", "zero-filled 0.8", "unknown")
TAKEN = {
    "bicubic": Scanner("bicubic"),
    "Lanczos": Scanner("lanczos"),
    "average": Scanner("average"),
    "k-space": Scanner("k-space"),
    "k-space, Rician noise 2": Scanner("k-space", "rician", 2.0),
    "k-space, Rician noise 4": Scanner("k-space", "rician", 4.0),
    "zero-filled 0.8": Scanner("zero-filled 0.8"),
    "zero-filled 0.6": Scanner("zero-filled 0.6"),
}


def naming(path):
    """All figures as plain values; ``path`` as for ``scoring.originals_of``, errors as there."""
    images = scoring.originals_of(path)
    side = images.size // scoring.FACTOR
    methods = {  # "named", as interpolations bear some of these names too
        f"named {name}": scoring.as_method(pretrained.network(0.0, side, reduction=name))
        for name in NAMED
    }
    return {
        "command": "python -m medsr_nb.upscaling.naming NPZ",
        "data": {"name": images.name, "images": len(images), "fingerprint": images.fingerprint},
        "hardware": studies.hardware(),
        "scores": {
            name: scoring.scores_of(methods, images, scanner) for name, scanner in TAKEN.items()
        },
    }


if __name__ == "__main__":
    studies.write(results_dir() / "naming.json", naming(sys.argv[1]))
