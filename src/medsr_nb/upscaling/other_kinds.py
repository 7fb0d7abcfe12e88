"""On kinds of pictures that no network here was trained on: where it helps, where it does harm.

``python -m medsr_nb.upscaling.other_kinds`` takes the five pictures of the fixed plate in every way
that the series is scored on, has the networks of the package enlarge them, and writes
``results/other_kinds.json``.
"""

from .. import data, scoring, studies
from ..degradation import INTERPOLATIONS
from ..machine import results_dir
from . import score

NETWORKS = ("faithful", "sharp", "robust")  # each as it is by default, told nothing


def gains(images):
    """{case: {picture: figures}} of an ImageSet whose pictures are judged one by one.

    The figures are ``interpolation``, the best one, its ``psnr`` (dB), and ``gain``, {network: dB
    over it}.
    """
    cases = scoring.CASES | scoring.MORE_CASES
    return {case: gains_of(images, scanner) for case, scanner in cases.items()}


def gains_of(images, scanner):
    """{picture: figures} of ``gains`` for what one ``Scanner`` takes of the images."""
    methods = {name: scoring.interpolation(name, scoring.FACTOR) for name in INTERPOLATIONS}
    packaged = score.packaged(images.size // scoring.FACTOR, scanner, float(images.pixels.mean()))
    methods |= {name: packaged[name] for name in NETWORKS}
    lr = scanner.taken(images.pixels, scoring.FACTOR)
    psnr = {name: scoring.psnr(images.pixels, method(lr)) for name, method in methods.items()}
    found = {}
    for number, picture in enumerate(images.names):
        best = max(INTERPOLATIONS, key=lambda name: psnr[name][number])
        least = psnr[best][number]
        found[picture] = {
            "interpolation": best,
            "psnr": round(float(least), 3),
            "gain": {name: round(float(psnr[name][number] - least), 3) for name in NETWORKS},
        }
    return found


def main():
    """Records the gains in ``results/``."""
    plate = data.plate()
    note = {
        "command": "python -m medsr_nb.upscaling.other_kinds",
        "data": {"name": plate.name, "images": len(plate), "fingerprint": plate.fingerprint},
        "hardware": studies.hardware(),
        "gains": gains(plate),
    }
    studies.write(results_dir() / "other_kinds.json", note)
    print(scoring.kinds_table(note["gains"]))


if __name__ == "__main__":
    main()
