"""Diagnostic use: does an enlarged picture still show what its label depends on?

A small classifier that was trained on originals, and that no network was trained with
(``classifier.py``, "judge"), names the disease of held-out images: of the original, of bicubic, of
every method's result. What it names rightly in the original and wrongly in the result, the
result has lost. It is no radiologist; that its eye differs from a human one is why the README
makes no claim about diagnosis.
"""

import numpy as np

from .. import losses
from ..machine import markdown_table
from .comparison import headed
from .intervals import interval_text, rounded_interval

ORIGINAL = "original"


def readings(pictures):
    """{name: uint8 (N, S, S, 1)} -> {name: int (N,)}, the class that the judge names."""
    judge = losses.load_classifier("judge")
    return {name: losses.predicted_labels(judge, pixels) for name, pixels in pictures.items()}


def shares(labels, groups, named, named_in_original):
    """How a reader's answers for results compare with those for the originals; all (N,).

    Each value is [mean, low, high] over images, the interval by ``groups``:
    ``right``, and ``difference``, by how much that exceeds the share right on the originals;
    ``lost``, right on the original alone; ``won``, right on the result alone; ``changed``,
    another answer than for the original, right or wrong.
    """
    right, right_before = named == labels, named_in_original == labels
    found = {
        "right": right,
        "difference": right.astype(float) - right_before,
        "lost": right_before & ~right,
        "won": right & ~right_before,
        "changed": named != named_in_original,
    }
    return {what: rounded_interval(values, groups) for what, values in found.items()}


def reading_summary(images, sr):
    """{kind: {method: ``shares``}} of the results {method: uint8 (N, S, S, 1)} of an ImageSet.

    Each row also has the number of ``images`` and of ``groups``. The first of each kind is the
    original. {} where the images have other labels than the classifier: nothing can be read from
    them.
    """
    if tuple(images.label_names) != tuple(losses.CLASSES):
        return {}
    named = readings({ORIGINAL: images.pixels} | sr)
    found = {}
    for kind, own in images.by_kind().items():
        labels, groups = images.labels[own], images.groups[own]
        counts = {"images": len(labels), "groups": len(np.unique(groups))}
        found[kind] = {
            name: counts | shares(labels, groups, each[own], named[ORIGINAL][own])
            for name, each in named.items()
        }
    return found


def reading_table(found):
    """``reading_summary`` as a Markdown table, a row a method and kind."""
    table = []
    for kind, rows in found.items():
        heading = headed(kind, rows) if "images" in rows[ORIGINAL] else kind
        for name, row in rows.items():
            changes = ["-"] * 3
            if name != ORIGINAL:
                shares_changed = (f"{row[what][0]:.0%}" for what in ("lost", "won"))
                changes = [interval_text(row["difference"], "+.0%"), *shares_changed]
            table.append((heading, name, interval_text(row["right"], ".0%"), *changes))
    head = ("images", "picture", "named rightly", "against the original", "lost", "won")
    return markdown_table(head, table)
