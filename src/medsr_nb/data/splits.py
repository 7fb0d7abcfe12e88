"""Training, validation and test images, split by group so that nothing leaks between them.

Kaggle's images follow a committed manifest, so that everyone trains on the same 1957 and is
measured on the same test images; ``python -m medsr_nb.data.splits FOLDER`` writes it again, from
Kaggle's two sets in a folder.
"""

import hashlib
import json
import sys
import warnings
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..machine import UserError, exit_status, only_word
from .folders import BRAIN, CHEST, both_kaggle_sets, kaggle_images
from .groups import TWIN_BITS
from .imageset import ImageSet

COMMAND = "python -m medsr_nb.data.splits FOLDER"
TRAIN_COUNT = 1957  # as many images as the paper's authors had
VALIDATION_COUNT = 200
LARGEST_SHARE = {"train": 1, "validation": 10, "test": 5}  # one in so many, where images are few
SHOWN_SKIPPED = 3  # files that a note names
MANIFEST_SIZE = 150  # every image of the manifest decodes at this size
MANIFEST_FILE = Path(__file__).with_name("manifest.json")
RULE = (
    "Groups are joined by twins (256-bit difference hashes of the whole picture, at most "
    f"{TWIN_BITS} bits apart, mirrored or not) and by X-ray patients. Test: the test part's "
    "images whose group holds no train part image. Candidates: of each group's train part "
    "images the one first by SHA-256 of its name. Both lists are ordered by SHA-256 of the "
    "name and interleaved: MRI and X-ray in turns, and within each its labels in turns. The "
    f"first {VALIDATION_COUNT} candidates are the validation images, the next {TRAIN_COUNT} the "
    f"training images. Only images that decode at {MANIFEST_SIZE} pixels count."
)


class Split(NamedTuple):
    """Three image sets of which no two share a group."""

    train: ImageSet
    validation: ImageSet
    test: ImageSet


def split(images, train, test, validation):
    """At most ``train``, ``validation`` and ``test`` images, by group, always the same.

    * Kaggle's images follow the manifest. More training images than its 1957 are taken from
      all of Kaggle's training images whose group holds no validation or test image.
    * Where the source files its images as train and test, test images come from its test part,
      without those whose group holds a training image; the others from its train part.
    * Elsewhere the groups, shuffled by the hash of their first name, are dealt to test, then
      validation, then train. Where there are fewer images than asked for, a test takes a fifth of
      them at most, and validation a tenth.

    Raises UserError when a set that was asked for would be empty, ValueError for counts below zero.
    """
    counts = {"train": train, "validation": validation, "test": test}
    for name, count in counts.items():
        if count < 0:
            raise ValueError(f"{name} is a number of images, at least 0, not {count}.")
    if is_kaggle(images):
        chosen = by_manifest(images, counts)
    elif "test" in images.parts:
        chosen = by_parts(images, counts)
    else:
        chosen = by_groups(images, counts)
    for name, count in counts.items():
        if count and not len(chosen[name]):
            raise UserError(
                f"{images.name}: {len(images)} images in {group_count(images)} groups (one patient "
                f"or nearly one picture each), which leaves none for {name}. Train, validation and "
                "test need a group of their own each: add images of other patients."
            )
    return Split(*(images.take(chosen[name][: counts[name]]) for name in Split._fields))


def full_split(images):
    """``split`` with all test images, and as many of the others as the manifest lists."""
    return split(images, TRAIN_COUNT, len(images), VALIDATION_COUNT)


def group_count(images):
    """How many groups the images form."""
    return len(np.unique(images.groups))


def split_note(images, parts):
    """One line: how many images each of ``parts`` got, of how many groups, and what was skipped.

    ``images`` is what was split.
    """
    counts = ", ".join(
        f"{name} {len(part)}" for name, part in zip(Split._fields, parts, strict=True)
    )
    line = f"{images.name}: {len(images)} images; {counts}"
    if (every := group_count(images)) < len(images):
        line += ", from {}, {} and {} of {} groups".format(*map(group_count, parts), every)
    if images.skipped:
        some = "; ".join(f"{name}: {reason}" for name, reason in images.skipped[:SHOWN_SKIPPED])
        more = "; ..." if len(images.skipped) > SHOWN_SKIPPED else ""
        line += f"; {len(images.skipped)} files skipped ({some}{more})"
    return line


def is_kaggle(images):
    """Whether the images are Kaggle's, which the manifest speaks of."""
    return images.names[0].partition("/")[0] in (BRAIN, CHEST)


def by_name_hash(images, indices):
    """``indices`` ordered by the SHA-256 of their names: the same everywhere, tied to nothing."""
    return sorted(
        (int(index) for index in indices),
        key=lambda index: hashlib.sha256(images.names[index].encode(errors="replace")).hexdigest(),
    )


def dealt(images, indices, counts):
    """Deal whole groups of ``indices`` to the sets of ``counts`` in its order, train last.

    Each set takes groups until it has its count; the last group may exceed it. One group is left
    for each set that follows. Where there are too few images, groups larger than a whole set comes
    to are left for train.
    """
    members = defaultdict(list)
    for index in by_name_hash(images, indices):
        members[int(images.groups[index])].append(index)
    queue = list(members.values())
    if sum(counts.values()) > len(indices):
        counts = {
            name: min(count, max(1, len(indices) // LARGEST_SHARE[name]))
            for name, count in counts.items()
        }
        most = max(count for name, count in counts.items() if name != "train")
        queue.sort(key=lambda group: len(group) > most)
    chosen = {name: [] for name in counts}
    follow = sum(count > 0 for count in counts.values())
    for name, count in counts.items():
        follow -= count > 0
        while len(chosen[name]) < count and len(queue) > follow:
            chosen[name] += queue.pop(0)
    return chosen


def by_groups(images, counts):
    """Indices for each set where the source has no parts."""
    order = ("test", "validation", "train")
    return dealt(images, range(len(images)), {name: counts[name] for name in order})


def by_parts(images, counts):
    """Indices for each set where the source files its images as train and test."""
    train_part = np.flatnonzero(images.parts != "test")
    order = ("validation", "train")
    chosen = dealt(images, train_part, {name: counts[name] for name in order})
    return chosen | {"test": by_name_hash(images, clean_test(images))}


def clean_test(images):
    """Indices of the test part's images whose group holds no image of the train part."""
    seen = np.unique(images.groups[images.parts != "test"])
    return np.flatnonzero((images.parts == "test") & ~np.isin(images.groups, seen))


def by_manifest(images, counts):
    """Indices for each set of Kaggle's images, as the manifest lists them.

    Warns of listed files that are missing or show another picture, and raises UserError when
    that is more than half of those wanted.
    """
    chosen = {name: listed(images, name, count) for name, count in counts.items()}
    clean = set(clean_test(images).tolist())
    chosen["test"] = [index for index in chosen["test"] if index in clean]
    if counts["train"] > len(manifest()["train"]):
        rest = set(range(len(images))) - set(chosen["train"])
        chosen["train"] += by_name_hash(images, rest)
    everything = {name: listed(images, name, None) for name in ("validation", "test")}
    held_out = images.groups[everything["validation"] + everything["test"]]
    usable = (images.parts != "test") & ~np.isin(images.groups, held_out)
    chosen["train"] = [index for index in chosen["train"] if usable[index]]
    return chosen


def listed(images, name, count):
    """Indices of the first ``count`` images (None: of all) of the manifest's list ``name``.

    Entries of a data set that is not loaded at all are passed over. For a count, what is
    missing is warned of.
    """
    present = {image.partition("/")[0] for image in images.names}
    entries = [each for each in manifest()[name] if each[0].partition("/")[0] in present][:count]
    index_of = {image: index for index, image in enumerate(images.names)}
    found = [index_of[image] for image, code in entries if same(images, index_of.get(image), code)]
    if count is not None and len(found) < len(entries):
        there = {images.names[index] for index in found}
        missing = [image for image, _ in entries if image not in there]
        told = (
            f"{len(missing)} of the manifest's {len(entries)} {name} images are missing, or "
            f"show another picture than Kaggle's: {', '.join(missing[:5])}"
            f"{', ...' if len(missing) > 5 else ''}"
        )
        if 2 * len(found) < len(entries):
            raise UserError(f"{told}. Fetch Kaggle's data sets whole: see data/README.md.")
        warnings.warn(told, stacklevel=4)
    return found


def same(images, index, code):
    """Whether image ``index`` exists and its difference hash is near the manifest's ``code``."""
    if index is None:
        return False
    expected = np.frombuffer(bytes.fromhex(code), np.uint8)
    return np.bitwise_count(images.hashes[index, 0] ^ expected).sum() <= TWIN_BITS


@cache
def manifest():
    """The committed manifest: lists of ``[name, hash]`` under train, validation and test."""
    return json.loads(MANIFEST_FILE.read_text("utf-8"))


def interleaved(images, indices):
    """``indices`` by hashed name, kinds in turns and each kind's labels in turns.

    So every beginning of the list is balanced as far as the images allow.
    """
    place_in_label, place_in_kind = defaultdict(int), defaultdict(int)
    keyed = []
    for index in by_name_hash(images, indices):
        label = int(images.labels[index])
        keyed.append((place_in_label[label], label, index))
        place_in_label[label] += 1
    order = []
    for _, _, index in sorted(keyed):
        kind = str(images.kinds[index])
        order.append((place_in_kind[kind], kind, index))
        place_in_kind[kind] += 1
    return [index for _, _, index in sorted(order)]


def built_manifest(images):
    """The manifest of Kaggle's images ``images``, by the rule it states."""
    first_of_group = {}
    for index in by_name_hash(images, np.flatnonzero(images.parts != "test")):
        first_of_group.setdefault(int(images.groups[index]), index)
    candidates = interleaved(images, first_of_group.values())
    lists = {
        "train": candidates[VALIDATION_COUNT : VALIDATION_COUNT + TRAIN_COUNT],
        "validation": candidates[:VALIDATION_COUNT],
        "test": interleaved(images, clean_test(images)),
    }
    named = {
        name: [[images.names[i], images.hashes[i, 0].tobytes().hex()] for i in indices]
        for name, indices in lists.items()
    }
    return {"rule": RULE, "source": images.source, **named}


def json_lines(value):
    """JSON of a text, or of a list with one line an entry, which keeps changes readable."""
    if isinstance(value, str):
        return json.dumps(value)
    return "[\n" + ",\n".join(json.dumps(entry) for entry in value) + "\n]"


def write_manifest(folder, file=MANIFEST_FILE):
    """Write the manifest of the Kaggle sets in ``folder`` to ``file``; returns its counts.

    Raises UserError unless both sets are there.
    """
    built = built_manifest(kaggle_images(both_kaggle_sets(folder), MANIFEST_SIZE))
    blocks = [f"{json.dumps(key)}: {json_lines(value)}" for key, value in built.items()]
    Path(file).write_text("{\n" + ",\n".join(blocks) + "\n}\n", "utf-8")
    return {name: len(built[name]) for name in Split._fields}


def main():
    """Writes the committed manifest."""
    print(write_manifest(only_word(COMMAND, __doc__)))


if __name__ == "__main__":
    sys.exit(exit_status(main))
