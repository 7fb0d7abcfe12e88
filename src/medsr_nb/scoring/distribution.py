"""Whether results look like originals of other patients: a distance between two sets of pictures.

A sharp network draws one of the many originals that its input may have been. PSNR asks for the
right one, which nobody can draw; a distance between distributions asks for a believable one
(perception and distortion, Blau & Michaeli 2018, arXiv 1711.06077). The kernel distance (KID,
Binkowski et al. 2018, arXiv 1801.01401, equation 4) is the squared maximum mean discrepancy of
features under a cubic kernel. Its estimate is unbiased, so that few images are enough for a mean:
of two sets of one distribution it scatters around 0 and may be negative. No picture is compared
with another of its own patient.

Features come from two sides that have nothing in common. "labels" are those of the classifier
that judges (``losses.classifier``, "judge"), averaged over a picture. "texture" knows nothing of
medicine: a bank of filters of four scales and four orientations, and of each the mean and the
scatter of its response, as in the texture model of Portilla & Simoncelli (2000, Int. J. Comput.
Vis. 40(1)).
"""

import functools

import numpy as np

from .. import degradation, losses
from ..machine import markdown_table
from . import spectrum

SCALES = (0.375, 0.25, 0.125, 0.0625)  # middle frequencies, in cycles per pixel
ORIENTATIONS = 4
DEALS = 20  # of originals in halves, whose patterns are compared
STILL = 1e-6  # a feature that scatters less does not scatter
QUIET = 0.1  # grey levels: a weaker response is no texture
FEATURES = ("labels", "texture")
THIRD = (1 / 3, 1 / 3)  # cycles per pixel: the grid of a network that enlarges by three
FORMS = {"fine detail": "{:.0%}", "pattern": "{:.1f}", "pattern at": "{0[0]:.2f}, {0[1]:.2f}"}
FORMS |= {"at 1/3": "{:.1f}"}


def kernel_distance(results, originals, groups):
    """KID of features (N, D) of results and of their originals: 0 on average where both are alike.

    ``k(x, y) = (x y / D + 1)^3``, averaged over all pairs of pictures from different ``groups``
    (N,): of two results, of two originals, and of a result and an original, the last of which count
    twice and against. So no result meets its own original. Where each picture is a group, it is the
    unbiased estimate for pairs of Gretton et al. 2012 (J. Mach. Learn. Res. 13, Lemma 6).
    Raises ValueError for fewer than two groups.
    """
    apart = groups[:, None] != groups
    if not apart.any():
        raise ValueError("a kernel distance needs pictures of at least two groups.")

    def mean_kernel(left, right):
        left, right = np.asarray(left, float), np.asarray(right, float)
        return ((left @ right.T / left.shape[1] + 1.0) ** 3)[apart].mean()

    within = mean_kernel(results, results) + mean_kernel(originals, originals)
    return float(within - 2.0 * mean_kernel(results, originals))


def distribution_summary(images, sr):
    """{kind: {what: {method: value}}} of results {method: uint8 (N, S, S, 1)} of an ImageSet.

    ``what`` is each of FEATURES, with KIDs as values; "fine detail": the power in the upper half of
    the spectrum over that of the originals, summed over images; and "pattern": how far the
    frequency that most does so stands out of the results, over how far it does of originals
    (``spectrum``). "pattern at" has its [row, column] in cycles per pixel, and "at 1/3" the same
    figure at THIRD.

    Results are compared with originals of other groups (``kernel_distance``). Features are measured
    in their scatter over the originals of the kind; one that does not scatter there has no measure,
    and counts as 0. "original" is a method too: its distance is 0, and its pattern that of one half
    of the groups by the other, the mean of DEALS halves. A kind of fewer than four groups is left
    out: half of it would not scatter.
    """
    found = {}
    for kind, chosen in images.by_kind().items():
        groups = np.unique(images.groups[chosen], return_inverse=True)[1]
        if groups.max() < 3:
            continue
        pictures = {"original": images.pixels[chosen]}
        pictures |= {name: each[chosen] for name, each in sr.items()}
        found[kind] = {what: rated(pictures, FUNCTIONS[what], groups) for what in FEATURES}
        fine = {name: spectrum.power(each, bins=2)[:, 1].mean() for name, each in pictures.items()}
        found[kind]["fine detail"] = {
            name: round(value / fine["original"], 3) for name, value in fine.items()
        }
        found[kind] |= patterns(pictures, groups)
    return found


def patterns(pictures, groups):
    """{"pattern", "pattern at", "at 1/3"} of {method: (N, S, S, 1)}, each {method: value}.

    Of originals it is one half's pattern by the other, the mean over ``halves``: one half alone
    leaves much to chance. The place is that of the half whose pattern is strongest.
    """
    originals = pictures["original"]
    pairs = {name: [(originals, each)] for name, each in pictures.items()}
    pairs["original"] = halves(originals, groups)
    strongest = {name: [spectrum.pattern(*one) for one in each] for name, each in pairs.items()}
    thirds = {
        name: np.mean([spectrum.pattern_at(*one, THIRD) for one in each])
        for name, each in pairs.items()
    }
    return {
        "pattern": {
            name: round(float(np.mean([value for value, _ in each])), 2)
            for name, each in strongest.items()
        },
        "pattern at": {
            name: np.round(max(each)[1], 3).tolist() for name, each in strongest.items()
        },
        "at 1/3": {name: round(float(value), 2) for name, value in thirds.items()},
    }


def halves(images, groups):
    """Images (N, ...) in two halves of whole groups (N,), numbers from 0: DEALS such pairs.

    The two of a pair have as many images: the larger half leaves some out.
    """
    draw, dealt = np.random.default_rng(0), []
    for _ in range(DEALS):
        half = draw.permutation(groups.max() + 1)[groups] % 2 == 0
        least = min(half.sum(), (~half).sum())
        dealt.append((images[half][:least], images[~half][:least]))
    return dealt


def distribution_table(summary):
    """``distribution_summary`` as Markdown, a row a method."""
    if not summary:
        return "Too few images for a distance between distributions."
    columns = [(kind, what) for kind, found in summary.items() for what in found]
    names = {"labels": "KID, labels", "texture": "KID, texture"}
    head = [f"{kind}: {names.get(what, what)}" for kind, what in columns]
    rows = []
    for method in summary[columns[0][0]][columns[0][1]]:
        values = [summary[kind][what][method] for kind, what in columns]
        cells = [
            (FORMS.get(what) or ("{:.3f}" if abs(value) < 100 else "{:,.0f}")).format(value)
            for value, (_, what) in zip(values, columns, strict=True)
        ]
        rows.append((method, *cells))
    return markdown_table(("", *head), rows)


def rated(pictures, features, groups):
    """{method: KID} of {method: (N, S, S, 1)}, "original" among them; ``groups`` are (N,)."""
    values = {name: features(each) for name, each in pictures.items()}
    middle, spread = values["original"].mean(axis=0), values["original"].std(axis=0)
    spread = np.where(spread > STILL, spread + STILL, np.inf)
    values = {name: (each - middle) / spread for name, each in values.items()}
    originals = values["original"]
    return {
        name: round(kernel_distance(each, originals, groups), 4) for name, each in values.items()
    }


def label_features(pixels):
    """The judge's features of uint8 (N, S, S, 1), each stage averaged over the picture: (N, D)."""
    stages = judge().predict(np.asarray(degradation.to_float(pixels)), batch_size=16, verbose=0)
    return np.concatenate([np.maximum(stage, 0.0).mean(axis=(1, 2)) for stage in stages], axis=1)


@functools.lru_cache(maxsize=1)
def judge():
    """The network of ``label_features``, which every set of pictures goes through."""
    return losses.features("judge")


def texture_features(pixels):
    """Logarithms of the mean and of the scatter of each filter's response: (N, S, S, 1) -> (N, D).

    A response is in grey levels; the two sides of a filter's phase are taken together.
    """
    planes = pixels[..., 0].astype(np.float64)
    spectrum = np.fft.fft2(planes - planes.mean(axis=(1, 2), keepdims=True))
    found = []
    for each in bank(*planes.shape[1:]):
        strength = np.abs(np.fft.ifft2(spectrum * each))
        found += [strength.mean(axis=(1, 2)), strength.std(axis=(1, 2))]
    return np.log(np.stack(found, axis=1) + QUIET)


FUNCTIONS = {"labels": label_features, "texture": texture_features}


@functools.lru_cache(maxsize=8)
def bank(height, width):
    """The filters' transfer functions (SCALES x ORIENTATIONS, H, W): an octave wide, one-sided."""
    rows, columns = np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width)
    distance, angle = np.hypot(rows, columns), np.arctan2(rows, columns)
    octaves = np.log2(np.maximum(distance, 1e-9))
    filters = []
    for middle in SCALES:
        ring = np.exp(-0.5 * ((octaves - np.log2(middle)) / 0.5) ** 2)
        for turn in np.pi * np.arange(ORIENTATIONS) / ORIENTATIONS:
            filters.append(2.0 * ring * np.maximum(np.cos(angle - turn), 0.0) ** 4)
    return np.stack(filters)
