"""``medsr calibrate``: how large errors are on validation images, for ``guess`` to foretell them.

The images are those that the recorded networks were validated on, which no network here trained
on: of both kinds together, and of each by itself. They are reduced in each way that ``medsr
upscale`` can be told, and the network is told: without noise, and with each of some strengths of
the noise that goes with the reduction, which the network is told too. For "unknown" each image is
taken by scanners that are drawn for it, and what the network took off the input counts too. What
was counted is then compared with the errors on test images, which are taken in the same ways; for
"unknown" by each scanner of a table, too. Only counts are kept, no pixel.
"""

import functools
import json
from pathlib import Path

import numpy as np

from .. import data, degradation, scoring, studies
from ..machine import UserError, check_result, write_text
from . import guess, pretrained

FACTOR = scoring.FACTOR
KINDS = {"MRI", "X-ray"}  # what ``Scan.pictured`` may be
SEEDS = {"validation": 1, "test": 0}  # of noise and drawn scanners
DRAWS = 6  # scanners that are drawn for each image
NOISES = {  # the noise that goes with a reduction, and is counted on where noise is named
    "bicubic": "gaussian",
    "lanczos": "gaussian",
    "average": "counted",
    "detector": "counted",
    "k-space": "rician",
    "zero-filled 0.8": "rician",
}
TOLD = {  # noise of other strengths that is told, on which what was counted is tried
    "bicubic, Gaussian noise 5": degradation.Scanner("bicubic", "gaussian", 5.0),
    "lanczos, Gaussian noise 5": degradation.Scanner("lanczos", "gaussian", 5.0),
    "average, 4 photons a level": degradation.Scanner("average", "counted", 4.0),
    "detector, 4 photons a level": degradation.Scanner("detector", "counted", 4.0),
    "k-space, Rician noise 4": degradation.Scanner("k-space", "rician", 4.0),
    "zero-filled 0.8, Rician noise 4": degradation.Scanner("zero-filled 0.8", "rician", 4.0),
}


def calibration(source, path):
    """Writes ``results/calibration.json``: for each network and reduction a ``Calibration``.

    ``source`` is "kaggle" or a folder, as for ``data.load``; errors as there. Raises UserError,
    before anything is counted, for images of other kinds, and where ``path`` cannot be written.
    """
    path = Path(path)
    check_result(path)
    images = data.load(source)
    if set(images.kinds.tolist()) != KINDS:
        raise UserError(f"{images.name} is not {' and '.join(sorted(KINDS))}: upscale needs both.")
    split = data.full_split(images)
    note = {"data": studies.data_note(split), "hardware": studies.hardware()}
    note |= {"networks": {}, "test": {}}
    for name in guess.NAMES:
        note["networks"][name], found = {}, {}
        for reduction in guess.COUNTED:
            tables = counted(name, reduction, split.validation)
            found[reduction] = tables
            note["networks"][name][reduction] = {key: plain(one) for key, one in tables.items()}
        note["test"][name] = tried(found, name, split.test)
    write_text(path, json.dumps(note) + "\n")  # on one line: half the size


def covers(images):
    """{network: {input: {kind, or "" for both: figures}}}: the package's calibration on ImageSets.

    The figures are those of ``came_true``. Raises UserError as ``guess.calibrations``.
    """
    found = {}
    for name in guess.NAMES:
        tables = {
            reduction: {kind: scoring.Calibration(FACTOR, **one) for kind, one in kinds.items()}
            for reduction, kinds in guess.calibrations()[name].items()
        }
        found[name] = tried(tables, name, images)
    return found


def tried(tables, name, images):
    """{case: ``came_true``} of what was counted for a network, {name in COUNTED: {kind: table}}."""
    lr_size, level = images.size // FACTOR, brightness(images)
    found = {}
    for case, (scanner, named) in inputs().items():
        told = (scanner.reduction, scanner.noise_at(level)) if named else ("unknown", 0.0)
        blend = [(share, tables[counted]) for share, counted in guess.counted_near(*told)]
        lr = scanner.taken(images.pixels, FACTOR, SEEDS["test"])
        found[case] = came_true(blend, network(name, lr_size, *told), lr, images)
    each = repeated(images)
    lr, blend = taken(each, "test"), [(1.0, tables["unknown"])]
    found[scoring.DRAWN] = came_true(blend, network(name, lr_size, "unknown"), lr, each)
    return found


def repeated(images):
    """Each of the images DRAWS times, for as many scanners."""
    return images.take(np.tile(np.arange(len(images)), DRAWS))


def inputs():
    """{case: (Scanner, whether it is named)} on which what was counted is tried.

    All reductions without noise and those of TOLD, named, and ``scoring.CASES``, not named.
    """
    return (
        {reduction: (degradation.Scanner(reduction), True) for reduction in guess.NAMED}
        | {f"{case}, named": (one, True) for case, one in TOLD.items()}
        | {case + scoring.NOT_NAMED: (one, False) for case, one in scoring.CASES.items()}
    )


def counted(name, reduction, images):
    """{kind, or "" for both: ``scoring.Calibration``} of a network that is told a reduction.

    ``reduction`` is one of ``guess.COUNTED``: with a strength in it the network is told that too.
    """
    reduction, _, strength = reduction.partition(guess.NOISE)
    noise = float(strength or 0.0)
    if reduction == "unknown":
        images = repeated(images)
        lr = taken(images)
    else:
        scanner = scanner_of(reduction, noise, brightness(images))
        lr = scanner.taken(images.pixels, FACTOR, SEEDS["validation"])
    sr = levels(network(name, lr.shape[1], reduction, noise), lr)
    by_input = reduction == "unknown"
    return {
        kind: scoring.calibrated(images.pixels[own], sr[own], FACTOR, lr[own] if by_input else None)
        for kind, own in by_kind(images)
    }


def brightness(images):
    """The mean grey level of an ImageSet, in which each kind of image weighs the same."""
    return float(np.mean([images.pixels[own].mean() for own in images.by_kind().values()]))


def scanner_of(reduction, noise, level):
    """The Scanner of a reduction with so much of the noise that goes with it.

    ``noise`` is its standard deviation where an image is ``level`` bright, in grey levels.
    """
    if not noise:
        return degradation.Scanner(reduction)
    if NOISES[reduction] == "counted":
        return degradation.Scanner(reduction, "counted", level / noise**2)
    whole = noise / degradation.ZERO_FILLED.get(reduction, 1.0)
    return degradation.Scanner(reduction, NOISES[reduction], whole)


def came_true(blend, network, lr, images):
    """{kind: figures} of what was counted, on inputs (N, h, w, 1) of images it was not counted on.

    ``blend`` is [(share, {kind: ``scoring.Calibration``})]. "expected" and "actual" are
    ``scoring.reliability`` of the errors, "cover" and "deciles" ``scoring.covered`` of the ranges.
    """
    sr = levels(network, lr)
    found = {}
    for kind, own in by_kind(images):
        hr, errors, reach = images.pixels[own], 0.0, 0.0
        for share, tables in blend:
            cells = tables[kind].cells(sr[own], lr[own])
            errors += share * tables[kind].rms[cells]
            reach += share * tables[kind].reach[cells]
        expected, actual = scoring.reliability(errors, hr, sr[own])
        cover, deciles = scoring.covered(reach, hr, sr[own])
        found[kind] = {
            "expected": expected.round(2).tolist(),
            "actual": actual.round(2).tolist(),
            "cover": round(float(cover), 4),
            "deciles": deciles.round(4).tolist(),
        }
    return found


def taken(images, part="validation"):
    """What scanners that are drawn for each image make of it; others for each of the SEEDS."""
    layer = degradation.ScannerReductions(FACTOR, SEEDS[part])
    parts = [
        layer(degradation.to_float(images.pixels[start : start + 16]))
        for start in range(0, len(images), 16)
    ]
    return np.concatenate([degradation.to_pixels(part) for part in parts])


@functools.lru_cache(maxsize=1)  # many cases in a row are told the same
def network(name, lr_size, reduction, noise=0.0):
    """One of ``guess.NAMES`` for LR images of a size, told a reduction and its noise."""
    settings = {"robust": True} if name == "robust" else {"sharpness": float(name == "sharp")}
    return pretrained.network(lr_size=lr_size, reduction=reduction, noise=noise, **settings)


def levels(network, lr):
    """Results in grey levels, 0 to 255, that are not rounded: uint8 LR -> float32 SR."""
    sr = network.predict(degradation.to_float(lr), batch_size=16, verbose=0)
    return np.clip((sr + 1.0) * 127.5, 0.0, 255.0)


def by_kind(images):
    """(kind, indices) of each kind of image, and ("", those of all kinds).

    There every kind weighs the same: the images of a scarcer one come again and again, until there
    are as many of them.
    """
    kinds = images.by_kind()
    most = max(map(len, kinds.values()))
    yield "", np.concatenate([np.resize(own, most) for own in kinds.values()])
    yield from kinds.items()


def plain(table):
    """A ``scoring.Calibration`` as plain values."""
    return {key: np.round(getattr(table, key), 2).tolist() for key in guess.TABLES}
