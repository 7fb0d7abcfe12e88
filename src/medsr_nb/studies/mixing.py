"""A mean of the weights before and after a training: what it gains, and what it keeps.

A training that goes on with images of one kind gains on them and loses on others. The mean of the
weights before and after it keeps most of both (Wortsman et al. 2022, arXiv 2109.01903, section 3).
"""

import numpy as np

from .. import data, scoring
from ..machine import markdown_table

SHARES = (0.25, 0.5, 0.7, 1.0)  # that were tried, of the trained weights
SAMPLE = 24  # slices of the built-in sample, which no network here has seen


def mixed(first, trained, share):
    """``share`` of trained weights, and the rest of the first ones; lists of arrays."""
    return [share * new + (1.0 - share) * old for old, new in zip(first, trained, strict=True)]


def cases_of(recipe):
    """{name: Scanner}: the inputs that a training is for, all of ``CASES`` or bicubic's."""
    if recipe.degradation == "scanners":
        return scoring.CASES
    return {recipe.degradation: scoring.CASES[recipe.degradation]}


def tried(network, first, trained, validation, cases):
    """{share: {kind of image: mean gain}}: dB over the first weights, for each of SHARES.

    The mean is over ``cases``, {name: Scanner}, of which the network is told nothing. The kinds are
    those of the ImageSet ``validation``, and "sample". The network is left with other weights.
    """
    sample = data.load("sample", validation.size)
    sample = sample.take(np.linspace(0, len(sample) - 1, SAMPLE).astype(int))

    def scores(share):
        network.set_weights(mixed(first, trained, share))
        [of_sample] = psnr(network, sample, cases).values()  # it has one kind
        return psnr(network, validation, cases) | {"sample": of_sample}

    start, found = scores(0.0), {}
    for share in SHARES:
        found[f"{share:g}"] = {
            kind: round(score - start[kind], 3) for kind, score in scores(share).items()
        }
    return found


def psnr(network, images, cases):
    """{kind: mean PSNR over all cases} of a network on an ImageSet."""
    method = scoring.as_method(network)
    values = [
        scoring.psnr(images.pixels, method(scanner.taken(images.pixels, scoring.FACTOR)))
        for scanner in cases.values()
    ]
    return {
        kind: float(np.mean(values, axis=0)[own].mean()) for kind, own in images.by_kind().items()
    }


def shares_table(study):
    """``tried`` of the rows whose weights were mixed, as Markdown: what was taken is bold.

    Where there are several rows, each line names its own.
    """
    mixed = {name: row for name, row in study["rows"].items() if "shares" in row}
    several, lines = len(mixed) > 1, []
    for name, row in mixed.items():
        for share, gains in row["shares"].items():
            mark = "**" if float(share) == row["share"] else ""
            texts = (f"{mark}{share}{mark}", *(f"{gain:+.2f}" for gain in gains.values()))
            lines.append((name, *texts) if several else texts)
    heads = ("share", *gains)
    return markdown_table(("training", *heads) if several else heads, lines)
