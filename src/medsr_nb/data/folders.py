"""Folders of image files -> `ImageSet`: Kaggle's two data sets in their own layout, or any."""

import hashlib
import os
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..machine import UserError, cache_dir
from .cache import kept_arrays
from .decoding import decoded_all, image_files, is_image_name
from .groups import grouped, patient
from .imageset import ImageSet, Skipped

BRAIN = "brain-tumor-mri-dataset"
CHEST = "chest-xray-pneumonia"
BRAIN_LABELS = ("glioma", "meningioma", "notumor", "pituitary")
CHEST_LABELS = ("NORMAL", "PNEUMONIA")
OWNERS = {BRAIN: "masoudnickparvar", CHEST: "paultimothymooney"}
TITLES = {BRAIN: "brain MRI", CHEST: "chest X-ray"}
LICENCES = {
    BRAIN: "brain MRI: CC0 as listed by Kaggle",
    CHEST: "chest X-ray: CC BY 4.0",
}
# Kaggle's `val` is 16 images, too few to validate on, so they count as training images.
KAGGLE_FOLDERS = {
    BRAIN: [
        (f"{folder}/{label}", "MRI", label, part)
        for folder, part in (("Training", "train"), ("Testing", "test"))
        for label in BRAIN_LABELS
    ],
    CHEST: [
        (f"chest_xray/{folder}/{label}", "X-ray", label, part)
        for folder, part in (("train", "train"), ("val", "train"), ("test", "test"))
        for label in CHEST_LABELS
    ],
}
MOST_CLASSES = 10  # of a folder; a network that is told the class knows no more (models/acgan.py)
PREPROCESSING = 1  # raise it when the same file would decode, hash or group differently


class Entry(NamedTuple):
    """One image file and what its place says about it."""

    file: Path
    name: str
    kind: str
    label: str
    part: str


def kaggle_sets(folder):
    """Where Kaggle's two sets lie at or below ``folder``: a dictionary from set to its folder.

    ``folder`` may hold the sets, hold them below ``kaggle/``, or be one of them. Empty if none.
    """
    found = {}
    for holder in (folder, folder / "kaggle"):
        for name in (BRAIN, CHEST):
            if is_kaggle_set(name, holder / name):
                found.setdefault(name, holder / name)
    if not found:
        found = {name: folder for name in (BRAIN, CHEST) if is_kaggle_set(name, folder)}
    if not found and (folder / "train" / "NORMAL").is_dir() and folder.name == "chest_xray":
        found = {CHEST: folder.parent}
    return found


def both_kaggle_sets(folder):
    """``kaggle_sets`` of a folder that holds both. Raises UserError for any other."""
    sets = kaggle_sets(Path(folder))
    if len(sets) < 2:
        raise UserError(f"{folder} does not hold both {BRAIN} and {CHEST}; see data/README.md.")
    return sets


def is_kaggle_set(name, folder):
    """Whether ``folder`` has at least one class folder of the Kaggle set ``name``."""
    return any((folder / below).is_dir() for below, *_ in KAGGLE_FOLDERS[name])


def kaggle_entries(sets):
    """Image files of the Kaggle sets in ``sets`` (from `kaggle_sets`), class folder by folder.

    Only the class folders themselves are listed: the chest archive holds a second copy of
    everything in ``chest_xray/chest_xray`` and hollow files in ``__MACOSX``.
    """
    return [
        Entry(root / below / file, f"{name}/{below}/{file}", kind, label, part)
        for name, root in sets.items()
        for below, kind, label, part in KAGGLE_FOLDERS[name]
        if (root / below).is_dir()
        for file in sorted(os.listdir(root / below))
        if is_image_name(file)
    ]


def folder_entries(folder):
    """Image files anywhere below ``folder``; the class is the name of the folder they lie in.

    More than MOST_CLASSES folders are no classes, but patients or series: all are one class then.
    """
    files = image_files(folder)
    classes = {file.parent.name for file in files}
    return [
        Entry(
            file,
            file.relative_to(folder).as_posix(),
            "image",
            "image" if len(classes) > MOST_CLASSES else file.parent.name or "image",
            "",
        )
        for file in files
    ]


def listing_key(entries):
    """A text that changes when a file of the list is added, removed, renamed or rewritten."""
    digest = hashlib.sha256()
    for entry in entries:
        try:
            status = entry.file.stat()
            state = f"{status.st_size} {status.st_mtime_ns}"
        except OSError:  # a dangling link: decoding will name the reason
            state = "unreadable"
        digest.update(f"{entry.file.absolute()} {entry.name} {state}\n".encode(errors="replace"))
    return f"{PREPROCESSING} {digest.hexdigest()}"


def decoded_entries(entries, place, size):
    """Arrays of the entries that decode, from the cache where nothing has changed.

    Returns a dictionary: ``pixels`` uint8 (K, size, size, 1), in memory or ``cache.Rows``, and
    the arrays that `decoded_arrays` returns.
    """
    where = hashlib.sha256(place.encode(errors="replace")).hexdigest()[:12]
    return kept_arrays(
        cache_dir() / f"decoded-{where}-{size}",
        listing_key(entries),
        (len(entries), size, size, 1),
        lambda append: decoded_arrays(entries, size, append),
    )


def decoded_arrays(entries, size, append):
    """Decode the entries; ``append`` takes each picture, uint8 (size, size), that they give.

    Returns a dictionary of what belongs to them: ``kept`` int (K,), ``hashes`` uint8
    (K, 4, 32), ``groups`` int32 (K,), ``skipped`` str (M, 2) of name and reason.
    """
    names = [entry.name for entry in entries]
    kept, hashes, skipped = decoded_all([entry.file for entry in entries], names, size, append)
    patients = [patient(names[i]) if entries[i].kind == "X-ray" else None for i in kept]
    return {
        "kept": kept,
        "hashes": hashes,
        "groups": grouped(hashes, patients),
        "skipped": np.array(skipped, str).reshape(-1, 2),
    }


def image_set(entries, label_names, place, size, **origin):
    """`ImageSet` of the entries that decode at ``size``; ``origin``: its name, source, licence.

    Raises UserError when none of them does, with the reasons.
    """
    arrays = decoded_entries(entries, place, size)
    skipped = tuple(Skipped(name, reason) for name, reason in arrays["skipped"].tolist())
    kept = [entries[index] for index in arrays["kept"]]
    if not kept:
        raise UserError(none_left(place, size, skipped))
    return ImageSet(
        pixels=arrays["pixels"],
        names=tuple(entry.name for entry in kept),
        kinds=np.array([entry.kind for entry in kept]),
        labels=np.array([label_names.index(entry.label) for entry in kept], np.int32),
        label_names=label_names,
        groups=arrays["groups"],
        parts=np.array([entry.part for entry in kept]),
        skipped=skipped,
        hashes=arrays["hashes"],
        **origin,
    )


def none_left(place, size, skipped):
    """The message for a folder that gives no picture at ``size``."""
    if not skipped:
        return (
            f"{place} holds no image files. Give a folder of .png, .jpg, .tif, .bmp, .gif or "
            ".webp files (sub-folders are searched), or data='sample'."
        )
    some = "\n".join(f"  {name}: {reason}" for name, reason in skipped[:5])
    return (
        f"None of the {len(skipped)} image files in {place} can be used at {size} x {size} "
        f"pixels, for example\n{some}\nAsk for a smaller size, or give other files."
    )


def kaggle_images(sets, size):
    """`ImageSet` of Kaggle's brain MRI and chest X-ray sets, or of the one that is there."""
    return image_set(
        kaggle_entries(sets),
        BRAIN_LABELS + CHEST_LABELS,
        ", ".join(str(root.absolute()) for root in sets.values()),
        size,
        name="Kaggle " + " + ".join(TITLES[name] for name in sets),
        source=", ".join(f"kaggle.com/datasets/{OWNERS[name]}/{name}" for name in sets),
        licence="; ".join(LICENCES[name] for name in sets),
    )


def folder_images(folder, size):
    """`ImageSet` of every picture below ``folder``; near twins form groups."""
    entries = folder_entries(folder)
    return image_set(
        entries,
        tuple(sorted({entry.label for entry in entries})),
        str(folder.absolute()),
        size,
        name=f"images of folder {folder.absolute().name}",
        source=f"folder {folder.absolute().name}",
        licence="not stated",
    )
