import numpy as np


def interval(values, groups=None, draws=2000, seed=0):
    """(mean, low, high): the mean and its 95 % percentile bootstrap interval.

    Whole groups (patients, near-twins) are drawn with replacement, since images of one
    group say the same thing more than once (Efron & Tibshirani 1993, chapter 13; clusters
    as in Field & Welsh 2007). ``values`` is float (N,); ``groups`` (N,) integers, or None
    where each image stands for itself. Raises ValueError for no values.
    """
    means = drawn_means(values, groups, draws, seed)
    low, high = np.percentile(means, (2.5, 97.5))
    return float(np.mean(values)), float(low), float(high)


def drawn_means(values, groups=None, draws=2000, seed=0):
    """The means (draws,) of so many bootstrap samples of whole groups; see ``interval``."""
    values = np.asarray(values, np.float64)
    if not len(values):
        raise ValueError("no values to average: the set of images is empty.")
    groups = np.arange(len(values)) if groups is None else np.unique(groups, return_inverse=True)[1]
    sums = np.bincount(groups, values)
    counts = np.bincount(groups)
    drawn = np.random.default_rng(seed).integers(0, len(sums), (draws, len(sums)))
    return sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)


def paired_p(difference, groups=None, draws=10000, seed=0):
    """How often chance alone gives a mean difference this far from 0, two-sided: 0 to 1.

    The paired bootstrap (Efron & Tibshirani 1993, section 16.4): the differences (N,) of two
    methods on the same images are moved to mean 0 and groups drawn anew; counted is how many
    of these means lie as far out as the one that was seen, itself included.
    """
    difference = np.asarray(difference, np.float64)
    seen = abs(difference.mean())
    means = drawn_means(difference - difference.mean(), groups, draws, seed)
    return float((1 + np.sum(np.abs(means) >= seen)) / (1 + draws))


def holm(p_values):
    """p values (M,) corrected for M comparisons at once (Holm 1979, Scand. J. Stat. 6).

    The k-th smallest is multiplied by M - k + 1 and is at least as large as those before it.
    """
    p_values = np.asarray(p_values, np.float64)
    order = np.argsort(p_values)
    grown = p_values[order] * np.arange(len(order), 0, -1)
    corrected = np.empty(len(order))
    corrected[order] = np.minimum(1.0, np.maximum.accumulate(grown))
    return corrected
