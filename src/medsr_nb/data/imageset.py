"""A set of square greyscale pictures, in memory or on disk, and all that is known about each."""

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from ..machine import UserError
from .cache import Rows, held

BLOCK = 1024  # pictures read from disk at a time
WAYS_TO_PROVIDE = """Three ways to provide the data:
  1. a folder that already holds the images: data="path/to/folder", or the environment
     variable MEDSR_DATA (Kaggle's layout below brain-tumor-mri-dataset/ and
     chest-xray-pneumonia/, mnist.npz and fashion_mnist.npz, or any folder of images);
  2. a download: data="kaggle" on a machine with internet, with a Kaggle token where Kaggle
     asks for one (KAGGLE_API_TOKEN, ~/.kaggle/kaggle.json, or Colab's secrets);
  3. the built-in sample, which needs neither: data="sample"."""


class DataUnavailable(UserError):
    """The images asked for cannot be had; the message says why and how to provide them."""

    def __init__(self, what):
        super().__init__(f"{what}\n{WAYS_TO_PROVIDE}")


class Skipped(NamedTuple):
    """A file that was left out, and why."""

    name: str
    reason: str


@dataclass(frozen=True)
class ImageSet:
    """Square greyscale pictures with their names, classes, groups and origin.

    ``pixels`` is uint8 (N, S, S, 1) in [0, 255]; the arrays beside it have one entry a picture.
    Pixels that memory cannot hold are ``cache.Rows``, read from disk when they are indexed.
    """

    name: str  # printed on every figure
    pixels: np.ndarray | Rows  # uint8 (N, S, S, 1)
    names: tuple[str, ...]  # path below the data set's folder, with forward slashes
    kinds: np.ndarray  # str (N,): "MRI", "X-ray", "digit", "fashion" or "image"
    labels: np.ndarray  # int32 (N,), index into label_names
    label_names: tuple[str, ...]
    groups: np.ndarray  # int32 (N,): a patient or a cluster of twins; a split never cuts one
    parts: np.ndarray  # str (N,): "train" or "test" as the source files them, else ""
    source: str
    licence: str
    skipped: tuple[Skipped, ...] = ()
    hashes: np.ndarray | None = None  # uint8 (N, 4, 32), see groups.py

    def __len__(self):
        return len(self.pixels)

    @property
    def size(self):
        """Side of every picture, in pixels."""
        return self.pixels.shape[1]

    @property
    def on_disk(self):
        """Whether the pixels are read from disk as they are needed."""
        return isinstance(self.pixels, Rows)

    @cached_property
    def fingerprint(self):
        """16 hexadecimal digits that change with any pixel, name or order.

        They are the same in memory and on disk, from where the pixels are read block by block.
        """
        digest = hashlib.sha256(repr(self.pixels.shape).encode())
        digest.update("\n".join(self.names).encode(errors="surrogateescape"))
        for start in range(0, len(self), BLOCK):
            digest.update(np.ascontiguousarray(self.pixels[start : start + BLOCK]))
        return digest.hexdigest()[:16]

    def by_kind(self):
        """{kind: indices of its pictures}, in alphabetical order."""
        kinds = sorted(set(self.kinds.tolist()))
        return {kind: np.flatnonzero(self.kinds == kind) for kind in kinds}

    def take(self, indices):
        """The pictures at ``indices`` (integers or a boolean mask), in that order.

        Of pictures on disk, so many as fit come in memory; more of them stay on disk.
        """
        indices = np.arange(len(self))[indices if len(indices) else slice(0)]
        return replace(
            self,
            pixels=held(self.pixels.take(indices)) if self.on_disk else self.pixels[indices],
            names=tuple(self.names[index] for index in indices),
            kinds=self.kinds[indices],
            labels=self.labels[indices],
            groups=self.groups[indices],
            parts=self.parts[indices],
            hashes=None if self.hashes is None else self.hashes[indices],
        )
