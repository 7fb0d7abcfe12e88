"""Where an enlarged image is determined by its input, and where it is a guess.

The reduction ``A y A^T`` has nine pixels go in and one come out. So of every image y of HR size
one part follows from its reduction (the part in the row space of A, ``A+ A y (A+ A)^T``), and
the rest is invisible to it: two results may differ there by anything and still agree with the
same input. That rest is what a network guesses (the range-null space decomposition, as used by
Wang et al. 2023, arXiv 2212.00490, section 3.1).

How wrong a guess is cannot be seen in it. But on validation images, whose originals are known,
one can count how large errors are at each strength of the guess and each liveliness of the picture:
a ``Calibration`` is that count, and turns a result into a map of the errors to expect.

A network that is told nothing about its input may take noise off it. What it took off shows, as the
reduction of its result is not the input, and errors are larger where that is more. So for such
networks the count goes by this third sign as well.

The same count gives each pixel a range that holds the original in nine of ten cases: as wide as
the distance that nine of ten validation pixels of its cell kept. This is conformal prediction with
a class a cell (Vovk 2012, arXiv 1209.2673). It asks nothing of the network, only that new images
come from where the validation images came from. Pixels of one patient say the same thing more than
once: all patients are counted together (Dunn, Wasserman & Ramdas 2022, arXiv 1809.07441, pooling of
distributions), so the cover holds for many new patients, and scatters from one to the next.
"""

from dataclasses import dataclass

import numpy as np

from ..degradation import resize_matrix, undoing_matrix
from .comparison import low_resolution
from .metrics import SIGMA, WINDOW, blurred, check_pair

LEVELS = 12  # of guess and of contrast, each with as many pixels as the others
CLASSES = 6  # of what was taken off the input, likewise
COVER = 0.9  # of the originals lie in their range
FINENESS = 32  # errors are counted in steps of a 32nd of a grey level, up to 255
NARROW = 0.5  # grey levels: a range of less than one level, as of black background


def determined(sr, factor):
    """The part of each result that its reduction tells: (N, H, W, 1) -> float64, same shape.

    In grey levels, 0 to 255 with overshoots. Raises ValueError where a side is no multiple of
    the factor.
    """
    rows, columns = (undoing_matrix(side, factor).astype(np.float64) for side in sr.shape[1:3])
    return (rows @ reduced(sr, factor)[..., 0] @ columns.T)[..., None]


def reduced(sr, factor):
    """What bicubic reduces results to: (N, H, W, 1) -> float64 (N, h, w, 1), neither rounded nor
    clipped. Raises ValueError where a side is no multiple of the factor.
    """
    _, height, width, _ = sr.shape
    if height % factor or width % factor:
        raise ValueError(
            f"results of {height}x{width} were not enlarged by {factor}: give their own factor."
        )
    rows, columns = (resize_matrix(side, side // factor) for side in (height, width))
    return (rows @ sr[..., 0].astype(np.float64) @ columns.T)[..., None]


def guessed(sr, factor):
    """The rest, which no reduction shows: float64 (N, H, W, 1), in grey levels around 0."""
    return sr - determined(sr, factor)


def guess_strength(images):
    """The local root mean square of (N, H, W, 1) under a Gaussian window, edges mirrored."""
    squares = blurred(images[..., 0].astype(np.float64) ** 2, WINDOW, SIGMA)
    return np.sqrt(np.maximum(squares, 0.0))[..., None]


def liveliness(images):
    """The local standard deviation of (N, H, W, 1), in grey levels, edges mirrored."""
    planes = images[..., 0].astype(np.float64)
    variance = blurred(planes**2, WINDOW, SIGMA) - blurred(planes, WINDOW, SIGMA) ** 2
    return np.sqrt(np.maximum(variance, 0.0))[..., None]


def removed(lr, sr, factor):
    """How much results lack of their inputs around each pixel, in grey levels: (N, H, W, 1).

    The local root mean square of what LR (N, h, w, 1) has beyond the reduced result, the same for
    all pixels of the result that lie in one of the input.
    """
    lost = guess_strength(lr - reduced(sr, factor))
    return lost.repeat(factor, axis=1).repeat(factor, axis=2)


@dataclass(frozen=True)
class Calibration:
    """How large errors were, by what was taken off the input, by the strength of the guess and by
    the liveliness of what is known.

    ``removed_edges`` (K - 1,), ``guess_edges`` and ``contrast_edges`` (LEVELS - 1,) are in grey
    levels. Of the pixels of each cell, ``rms`` (K, LEVELS, LEVELS) is the root mean square error,
    and COVER of them were at most ``reach`` (K, LEVELS, LEVELS) away from their original, both in
    grey levels. K is CLASSES, or 1 where the inputs did not count.
    """

    factor: int
    removed_edges: np.ndarray
    guess_edges: np.ndarray
    contrast_edges: np.ndarray
    rms: np.ndarray
    reach: np.ndarray

    def expected(self, sr, lr=None):
        """The error to expect at each pixel of results: RMS in grey levels, (N, H, W, 1).

        Of their inputs ``lr`` (N, h, w, 1) only what was counted with inputs makes use.
        """
        return self.rms[self.cells(sr, lr)]

    def range(self, sr, lr=None):
        """How far to both sides the original lies in 9 of 10 cases: grey levels, (N, H, W, 1)."""
        return self.reach[self.cells(sr, lr)]

    def cells(self, sr, lr=None):
        """The cell of each pixel, as three indices (N, H, W, 1)."""
        edges = self.removed_edges, self.guess_edges, self.contrast_edges
        return tuple(map(np.digitize, signs(sr, self.factor, lr), edges))


def signs(sr, factor, lr=None):
    """(what was taken off the input, strength of the guess, liveliness of the determined part).

    Each is (N, H, W, 1). Without inputs the first is nought.
    """
    known = determined(sr, factor)
    lost = np.zeros(sr.shape) if lr is None else removed(lr, sr, factor)
    return lost, guess_strength(sr - known), liveliness(known)


def calibrated(hr, sr, factor, lr=None):
    """The ``Calibration`` of a method from originals and its results, (N, H, W, 1) in grey levels.

    With the inputs ``lr`` (N, h, w, 1) it also goes by what was taken off them: for a method whose
    results need not reduce to their inputs.

    Take validation images: where a network has trained, its errors are smaller than elsewhere.
    Take results that are not rounded to 8 bits, or the range of small errors comes in whole levels.
    A cell that no pixel falls into gets the values of all. Raises ValueError where the shapes
    differ.
    """
    check_pair(hr, sr)
    shape = 1 if lr is None else CLASSES, LEVELS, LEVELS
    found = signs(sr, factor, lr)
    edges = [
        np.quantile(values, np.arange(1, share) / share)
        for values, share in zip(found, shape, strict=True)
    ]
    cells = np.ravel_multi_index(tuple(map(np.digitize, found, edges)), shape)
    errors = np.abs(hr.astype(np.float64) - sr)
    steps = 256 * FINENESS
    counts = np.bincount(
        cells.ravel() * steps + np.ceil(errors * FINENESS).astype(int).ravel(),
        minlength=np.prod(shape) * steps,
    ).reshape(-1, steps)
    sums = np.bincount(cells.ravel(), errors.ravel() ** 2, minlength=len(counts))
    empty = counts.sum(axis=1) == 0
    counts[empty], sums[empty] = counts.sum(axis=0), sums.sum()
    within = np.cumsum(counts, axis=1) >= COVER * counts.sum(axis=1, keepdims=True)
    return Calibration(
        factor,
        *edges,
        rms=np.sqrt(sums / counts.sum(axis=1)).reshape(shape),
        reach=(np.argmax(within, axis=1) / FINENESS).reshape(shape),
    )


def covered(reach, hr, sr, bins=10):
    """How many originals lie in their range: (over all, (bins,) from narrow to wide ranges).

    All are (N, H, W, 1) in grey levels. Pixels whose range is below NARROW are left out of both:
    on black background every range holds the original.
    """
    wide = reach >= NARROW
    hit = (np.abs(hr.astype(np.float64) - sr) <= reach)[wide]
    order = np.argsort(reach[wide], kind="stable")
    return hit.mean(), np.array([hit[share].mean() for share in np.array_split(order, bins)])


def trust_report(network, validation, test, factor):
    """Whether errors expected from validation images come true on test images, by kind.

    ``network`` is a method (``scoring.as_method``), the others are ImageSets. {kind: {"expected",
    "actual": ``reliability``}} as plain values, each kind calibrated on its own.
    """
    found, validating = {}, validation.by_kind()
    for kind, testing in test.by_kind().items():
        known, new = validation.take(validating[kind]), test.take(testing)
        calibration = calibrated(known.pixels, network(low_resolution(known, factor)), factor)
        sr = network(low_resolution(new, factor))
        pair = reliability(calibration.expected(sr), new.pixels, sr)
        found[kind] = {
            name: np.round(values, 2).tolist()
            for name, values in zip(("expected", "actual"), pair, strict=True)
        }
    return found


def reliability(expected, hr, sr, bins=10):
    """Whether expected errors came true: two (bins,), expected and actual RMS in grey levels.

    The pixels are sorted by what was expected of them and cut into ``bins`` equal shares: a
    calibration that can be trusted gives two equal columns.
    """
    order = np.argsort(expected, axis=None, kind="stable")
    squares = ((hr.astype(np.float64) - sr) ** 2).ravel()
    shares = np.array_split(order, bins)
    return tuple(
        np.sqrt([values[share].mean() for share in shares])
        for values in (expected.ravel() ** 2, squares)
    )
