"""Which pictures belong together: near-identical copies (twins) and the same patient.

A split that cuts such a group lets a network be scored on what it was trained on.
"""

import re

import numpy as np
from PIL import Image
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

HASH_BYTES = 32
MIRRORINGS = ((1, 1), (1, -1), (-1, 1), (-1, -1))  # none, left-right, upside down, both
NOISE_LEVELS = 2  # a step between neighbours up to this many grey levels counts as flat
TWIN_BITS = 16  # measured on Kaggle's images: see data/README.md


def difference_hashes(picture):
    """256-bit difference hashes of a greyscale Pillow image and of its mirrorings, (4, 32).

    The whole picture is squeezed to 17 x 16; each bit says whether a pixel is darker than its
    right neighbour, by more than noise. Size, aspect ratio, brightness and contrast hardly
    matter, so copies differ in few bits and unrelated pictures in many. Row 0 is the picture's
    own hash, rows 1 to 3 those of the picture mirrored left-right, upside down, and both.
    """
    small = np.asarray(picture.resize((17, 16), Image.Resampling.BOX), np.int16)
    turned = (small[::down, ::across] for down, across in MIRRORINGS)
    return np.stack([np.packbits(np.diff(each, axis=1) > NOISE_LEVELS) for each in turned])


def hash_distance(hashes, others):
    """Bits in which hashes (A, 32) and others (B, 32) differ, each with each: uint16 (A, B)."""
    rows, columns = (np.ascontiguousarray(each).view(np.uint64) for each in (hashes, others))
    distance = np.zeros((len(rows), len(columns)), np.uint16)
    for word in range(rows.shape[1]):
        distance += np.bitwise_count(rows[:, None, word] ^ columns[None, :, word])
    return distance


def twin_pairs(hashes, bits=TWIN_BITS):
    """Pairs of pictures that are at most ``bits`` apart, mirrored or not, as int (P, 2).

    ``hashes`` is (N, 4, 32) from `difference_hashes`. A pair may be listed more than once.
    """
    found = [np.empty((0, 2), int)]
    block = 64  # rows at a time, so that the distances stay in the processor's cache
    for mirroring in range(len(MIRRORINGS)):
        others = np.ascontiguousarray(hashes[:, mirroring])
        for start in range(0, len(hashes), block):
            close = hash_distance(hashes[start : start + block, 0], others) <= bits
            pairs = np.argwhere(close) + (start, 0)
            found.append(pairs[pairs[:, 0] != pairs[:, 1]])
    return np.concatenate(found)


def patient(name):
    """Key of the patient a chest X-ray of the Kaggle set belongs to, or None.

    ``person12_virus_48.jpeg`` is patient "person12_virus", ``NORMAL2-IM-0115-0001.jpeg`` is
    "NORMAL2-IM-0115". Bacteria, virus, IM and NORMAL2-IM each count from 1 for themselves (see
    data/README.md), so the number alone is not a patient.
    """
    pattern = r"(person\d+_(?:bacteria|virus)|(?:NORMAL2-)?IM-\d+)[_-]"
    match = re.match(pattern, name.rpartition("/")[2])
    return match and match[1]


def joined(count, pairs):
    """Group number of each of ``count`` items when every pair is joined, int32 (count,).

    Groups are numbered in the order of their first member.
    """
    first, second = np.array(pairs, int).reshape(-1, 2).T
    graph = coo_array((np.ones(len(first), bool), (first, second)), shape=(count, count))
    return connected_components(graph, directed=False)[1].astype(np.int32)


def grouped(hashes, patients):
    """Groups of pictures that are twins or share a patient (None: unknown), int32 (N,)."""
    first_of = {}
    same_patient = [
        (first_of.setdefault(key, index), index)
        for index, key in enumerate(patients)
        if key is not None
    ]
    return joined(len(patients), [*twin_pairs(hashes), *same_patient])
