"""``medsr calibrate``: how large errors are on validation images, for ``guess`` to foretell them.

The images are those that the recorded networks were validated on, which no network here trained
on: of both kinds together, and of each by itself. They are reduced in each way that ``medsr
upscale`` can be told, and the network is told, once without noise and once with noise of several
strengths, which it is told too. For "unknown" each image is taken by scanners that are drawn for
it. With noise and for "unknown", what the network took off the input counts too. What was counted
is then compared with the errors on test images, which are taken in the same ways; for "unknown" by
each scanner of a table, too. Only counts are kept, no pixel.
"""

import functools
import json

import numpy as np

from .. import data, degradation, scoring, studies
from ..machine import UserError, check_result, write_text
from . import guess, pretrained

FACTOR = scoring.FACTOR
KINDS = {"MRI", "X-ray"}  # what ``Scan.pictured`` may be
SEEDS = {"validation": 1, "test": 0}  # of noise and drawn scanners
DRAWS = 6  # scanners that are drawn for each image
STRENGTHS = {  # of the noise that is told: in grey levels, and as photons for a level
    "gaussian": (1.0, 2.5, 4.5, 8.0),
    "rician": (1.0, 2.5, 4.5, 8.0),
    "counted": (20.0, 8.0, 3.5, 2.0),
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
    check_result(path)
    images = data.load(source)
    if set(images.kinds.tolist()) != KINDS:
        raise UserError(f"{images.name} is not {' and '.join(sorted(KINDS))}: upscale needs both.")
    split = data.full_split(images)
    note = {"data": studies.data_note(split), "hardware": studies.hardware()}
    note |= {"networks": {}, "test": {}}
    for name in guess.NAMES:
        note["networks"][name], note["test"][name] = {}, {}
        for reduction in guess.COUNTED:
            tables = counted(name, reduction, split.validation)
            note["networks"][name][reduction] = {key: plain(one) for key, one in tables.items()}
            note["test"][name] |= tried(tables, name, reduction, split.test)
    write_text(path, json.dumps(note) + "\n")  # on one line: half the size


def covers(images):
    """{network: {input: {kind, or "" for both: figures}}}: the package's calibration on ImageSets.

    The figures are those of ``came_true``. Raises UserError as ``guess.calibrations``.
    """
    found = {name: {} for name in guess.NAMES}
    for name, by_input in found.items():
        for reduction, kinds in guess.calibrations()[name].items():
            whole = reduction.endswith(guess.NOISE)
            tables = {
                kind: scoring.Calibration(FACTOR, **one, whole=whole) for kind, one in kinds.items()
            }
            by_input |= tried(tables, name, reduction, images)
    return found


def tried(tables, name, reduction, images):
    """{case: ``came_true``} of what was counted for a reduction, by the inputs it is tried on."""
    lr_size, brightness = images.size // FACTOR, float(images.pixels.mean())
    found = {}
    for case, (scanner, named) in inputs(reduction).items():
        told = (scanner.reduction, scanner.noise_at(brightness)) if named else ("unknown", 0.0)
        lr = scanner.taken(images.pixels, FACTOR, SEEDS["test"])
        found[case] = came_true(tables, network(name, lr_size, *told), lr, images)
    if reduction == "unknown":
        each = repeated(images)
        lr = taken(each, reduction, "test")
        found[scoring.DRAWN] = came_true(tables, network(name, lr_size, reduction), lr, each)
    return found


def repeated(images):
    """Each of the images DRAWS times, for as many scanners."""
    return images.take(np.tile(np.arange(len(images)), DRAWS))


def inputs(reduction):
    """{case: (Scanner, whether it is named)} on which what was counted for a reduction is tried.

    Of "unknown" these are ``scoring.CASES``, beside drawn scanners and not named; with noise that
    of TOLD, named.
    """
    if reduction == "unknown":
        return {case + scoring.NOT_NAMED: (one, False) for case, one in scoring.CASES.items()}
    if not reduction.endswith(guess.NOISE):
        return {reduction: (degradation.Scanner(reduction), True)}
    return {
        f"{case}, named": (one, True)
        for case, one in TOLD.items()
        if one.reduction + guess.NOISE == reduction
    }


def counted(name, reduction, images):
    """{kind, or "" for both: ``scoring.Calibration``} of a network that is told a reduction.

    With ``guess.NOISE`` after the reduction's name it is told its noise too.
    """
    noisy = reduction.endswith(guess.NOISE)
    if noisy:
        images, lr, sr = noisy_results(name, reduction.removesuffix(guess.NOISE), images)
    else:
        if reduction == "unknown":
            images = repeated(images)
        lr = taken(images, reduction)
        sr = levels(network(name, lr.shape[1], reduction), lr)
    by_input = noisy or reduction == "unknown"
    return {
        kind: scoring.calibrated(
            images.pixels[own], sr[own], FACTOR, lr[own] if by_input else None, whole=noisy
        )
        for kind, own in by_kind(images)
    }


def noisy_results(name, reduction, images):
    """(images, inputs, results in grey levels) of a network that is told a reduction and its noise.

    Each image comes four times. An MR scanner has Rician noise of four strengths. Elsewhere half of
    the images have Gaussian noise and half that of counted photons, which changes places each time.
    """
    by_mr = ("k-space", *degradation.ZERO_FILLED)
    noises = ("rician",) if reduction in by_mr else ("gaussian", "counted")
    brightness, lr_size = float(images.pixels.mean()), images.size // FACTOR
    # The kinds of images come in turns, and each has to meet all noises.
    order = np.random.default_rng(SEEDS["validation"]).permutation(len(images))
    chosen, small, results = [], [], []
    for place, kind in enumerate(noises):
        for turn, strength in enumerate(STRENGTHS[kind]):
            scanner = degradation.Scanner(reduction, kind, strength)
            own = order[(place + turn) % len(noises) :: len(noises)]
            lr = scanner.taken(images.pixels[own], FACTOR, SEEDS["validation"] + turn)
            told = network(name, lr_size, reduction, scanner.noise_at(brightness))
            chosen, small = [*chosen, own], [*small, lr]
            results.append(levels(told, lr))
    return images.take(np.concatenate(chosen)), np.concatenate(small), np.concatenate(results)


def came_true(tables, network, lr, images):
    """{kind: figures} of what was counted, on inputs (N, h, w, 1) of images it was not counted on.

    "expected" and "actual" are ``scoring.reliability`` of the errors, "cover" and "deciles"
    ``scoring.covered`` of the ranges.
    """
    sr = levels(network, lr)
    found = {}
    for kind, own in by_kind(images):
        hr, table = images.pixels[own], tables[kind]
        cells = table.cells(sr[own], lr[own])
        expected, actual = scoring.reliability(table.rms[cells], hr, sr[own])
        cover, deciles = scoring.covered(table.reach[cells], hr, sr[own])
        found[kind] = {
            "expected": expected.round(2).tolist(),
            "actual": actual.round(2).tolist(),
            "cover": round(float(cover), 4),
            "deciles": deciles.round(4).tolist(),
        }
    return found


def taken(images, reduction, part="validation"):
    """What scanners make of images: all by one reduction, or each by a drawn scanner.

    Other scanners are drawn for each of the SEEDS.
    """
    if reduction != "unknown":
        return degradation.Scanner(reduction).taken(images.pixels, FACTOR)
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
