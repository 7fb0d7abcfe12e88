"""How alike images are: twins by hash, checked against their pixels, and X-ray patients."""

import re
from collections import Counter
from hashlib import sha256
from itertools import product

import numpy as np

from ..data import (
    BLOCK,
    MIRRORINGS,
    TWIN_BITS,
    clean_test,
    hash_distance,
    joined,
    patient,
    twin_pairs,
)

BITS = (0, 4, 8, 12, 16, 20, 24)  # thresholds compared; a pair further apart is not listed
ALIKE = 0.99  # Pearson correlation of the pixels above which two pictures count as one


def leakage(images):
    """Twins of an `ImageSet` of one kind and the test images they spoil, as plain JSON values."""
    unit = Standardised(images.pixels)
    pairs, distances = close_pairs(images.hashes)
    twins = pairs[distances.min(axis=1) <= TWIN_BITS]
    plain_twins = pairs[distances[:, 0] <= TWIN_BITS]
    clean = np.isin(np.arange(len(images)), clean_test(images))
    spoilt = (images.parts == "test") & ~clean
    best = best_correlations(images.parts, unit)
    group_and_label = set(zip(images.groups.tolist(), images.labels.tolist(), strict=True))
    group_count = len(np.unique(images.groups))
    return {
        "images": len(images),
        "groups": group_count,
        "groups_of_two_classes": len(group_and_label) - group_count,
        "with_twin": len(np.unique(twins)),
        "with_plain_twin": len(np.unique(plain_twins)),
        "exact_repeats": len(images) - len({sha256(picture).digest() for picture in images.pixels}),
        "clean_test_alike": int((best[clean] > ALIKE).sum()),
        "clean_test_closest": round(float(best[clean].max(initial=-1)), 3),
        "spoilt_test_alike": int((best[spoilt] > ALIKE).sum()),
        "classes": classes(images, clean, twins, plain_twins),
        "thresholds": thresholds(len(images), pairs, distances, unit),
    }


def classes(images, clean, twins, plain_twins):
    """Counts of each class and of "all": a dictionary of dictionaries."""
    train, test = images.parts == "train", images.parts == "test"
    chosen_by = {images.label_names[k]: images.labels == k for k in np.unique(images.labels)}
    return {
        name: {
            "train": int((chosen & train).sum()),
            "train_groups": len(np.unique(images.groups[chosen & train])),
            "test": int((chosen & test).sum()),
            "test_with_twin": int((chosen & spoilt_by(twins, test)).sum()),
            "test_with_plain_twin": int((chosen & spoilt_by(plain_twins, test)).sum()),
            "clean_test": int((chosen & clean).sum()),
        }
        for name, chosen in {**chosen_by, "all": train | test}.items()
    }


def spoilt_by(pairs, test):
    """Which test images are paired with an image that is none, bool (N,)."""
    found = np.zeros(len(test), bool)
    for one, other in (pairs.T, pairs.T[::-1]):
        found[one[test[one] & ~test[other]]] = True
    return found


def close_pairs(hashes):
    """Pairs at most the last of BITS apart, int (P, 2), and their distances, int (P, 4).

    The distances have one column for each mirroring of one picture of the pair.
    """
    pairs = np.unique(np.sort(twin_pairs(hashes, BITS[-1]), axis=1), axis=0)
    first, second = hashes[pairs[:, 0]], hashes[pairs[:, 1]]
    there = np.bitwise_count(first[:, :1] ^ second).sum(axis=2, dtype=int)
    back = np.bitwise_count(second[:, :1] ^ first).sum(axis=2, dtype=int)
    return pairs, np.minimum(there, back)  # noise makes them differ; `twin_pairs` takes either


def thresholds(count, pairs, distances, unit):
    """What a threshold of each of BITS would join: a list of dictionaries.

    ``nearest_images`` (images whose nearest other one is so far away), ``pairs`` and
    ``alike_pairs`` count what lies above the threshold before and up to this one;
    ``largest_cluster`` is the size of the largest group that twins alone would form.
    """
    distance = distances.min(axis=1)
    alike = np.array([
        correlation(unit[first], unit[second], MIRRORINGS[mirroring]) > ALIKE
        for (first, second), mirroring in zip(pairs, distances.argmin(axis=1), strict=True)
    ], bool)  # fmt: skip
    nearest = np.full(count, BITS[-1] + 1)
    for side in pairs.T:
        np.minimum.at(nearest, side, distance)
    return [
        {
            "bits": bits,
            "nearest_images": int(((nearest > below) & (nearest <= bits)).sum()),
            "pairs": int(((distance > below) & (distance <= bits)).sum()),
            "alike_pairs": int((alike & (distance > below) & (distance <= bits)).sum()),
            "largest_cluster": int(np.bincount(joined(count, pairs[distance <= bits])).max()),
        }
        for below, bits in zip((-1, *BITS), BITS, strict=False)
    ]


def standardised(pixels):
    """uint8 (..., S, S, 1) as float32 (..., S, S) of mean 0 and norm 1, so that the product of
    two pictures is their correlation.
    """
    unit = pixels[..., 0].astype(np.float32)
    unit -= unit.mean(axis=(-2, -1), keepdims=True)
    norm = np.sqrt(np.einsum("...hw,...hw->...", unit, unit))
    return unit / np.maximum(norm, 1e-6)[..., None, None]


class Standardised:
    """`standardised` pictures of pixels that may be on disk, made when they are indexed."""

    def __init__(self, pixels):
        self.pixels = pixels

    def __getitem__(self, index):
        return standardised(self.pixels[index])


def correlation(picture, other, mirroring):
    """Pearson correlation of two `standardised` pictures, the other one mirrored."""
    down, across = mirroring
    return float(np.vdot(picture, other[::down, ::across]))


def blocks(chosen):
    """Numbers of the pictures in the mask ``chosen``, int, BLOCK at a time."""
    numbers = np.flatnonzero(chosen)
    return [numbers[start : start + BLOCK] for start in range(0, len(numbers), BLOCK)]


def best_correlations(parts, unit):
    """Highest correlation of each test picture with a train picture in any mirroring, (N,).

    It knows nothing of hashes, and so checks them. Train pictures have -1.
    """
    best = np.full(len(parts), -1.0)
    for tests, trains in product(blocks(parts == "test"), blocks(parts != "test")):
        train = unit[trains].reshape(len(trains), -1).T
        test = unit[tests]
        for down, across in MIRRORINGS:
            turned = test[:, ::down, ::across].reshape(len(tests), -1)
            best[tests] = np.maximum(best[tests], (turned @ train).max(axis=1))
    return best


def patients(images):
    """Images per X-ray patient, and whether equal numbers of two series are one patient.

    A patient is a series and a number: person12_virus and person12_bacteria are two. The median
    hash distances tell whether their images resemble each other more than strangers' do.
    """
    of_xray = images.kinds == "X-ray"
    images = images.take(of_xray & [patient(name) is not None for name in images.names])
    keys = [patient(name) for name in images.names]
    numbers = [re.sub("_bacteria|_virus|NORMAL2-", "", key) for key in keys]
    counts = list(Counter(keys).values())
    distance = hash_distance(images.hashes[:, 0], images.hashes[:, 0])
    one_patient, one_number = equal(keys), equal(numbers)
    compared = {
        "one_patient": one_patient,
        "one_number_two_series": one_number & ~one_patient,
        "strangers": ~one_number,
    }
    return {
        "images": len(images),
        "patients": len(counts),
        "most_images": max(counts),
        "median_images": float(np.median(counts)),
        "patients_in_both_parts": in_both_parts(keys, images.parts),
        "numbers_in_both_parts": in_both_parts(numbers, images.parts),
        "median_distance": {
            name: float(np.median(distance[np.triu(chosen, 1)]))
            for name, chosen in compared.items()
        },
    }


def equal(keys):
    """Which keys equal which, bool (N, N)."""
    codes = np.unique(keys, return_inverse=True)[1]
    return codes[:, None] == codes


def in_both_parts(keys, parts):
    """How many different keys occur both in the train and in the test part."""
    keys = np.array(keys)
    return len(np.intersect1d(keys[parts == "train"], keys[parts == "test"]))
