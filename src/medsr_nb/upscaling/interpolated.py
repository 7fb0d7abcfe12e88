"""Colours and transparency of a result, interpolated row by row, where they are asked for.

Of a large picture they would take two or three times the memory of its luminance, and their colours
put together as much again. A writer needs but some rows at a time.
"""

from dataclasses import dataclass, replace

import numpy as np

from ..degradation import bands
from ..scans import FACTOR


@dataclass(frozen=True)
class Interpolated:
    """Channels (N, H, W, K) of any type as float32 (N, 3H, 3W, K): bicubic, not clipped.

    ``[index]`` is a ``Frame``, a slice some of them; anything else is asked of the whole array.
    Where transparency, the last channel, is ``unseen`` at most, the others are 0, unless nothing of
    the frame is seen; None leaves them.
    """

    small: np.ndarray
    unseen: float | None = None

    @property
    def shape(self):
        """As the array that it stands for has it."""
        count, height, width, channels = self.small.shape
        return count, FACTOR * height, FACTOR * width, channels

    def __len__(self):
        return len(self.small)

    def __array__(self, dtype=None, copy=None):
        return np.stack([frame[:] for frame in self]).astype(dtype or np.float32, copy=False)

    def __getitem__(self, index):
        if isinstance(index, slice):
            return replace(self, small=self.small[index])
        if isinstance(index, (int, np.integer)):
            return Frame(self.small[index], self.unseen)
        return np.asarray(self)[index]


@dataclass(frozen=True)
class Frame:
    """One frame of ``Interpolated``, (3H, 3W, K); ``[rows]``, a slice, are some of its rows."""

    small: np.ndarray
    unseen: float | None

    @property
    def shape(self):
        """As the array that it stands for has it."""
        height, width, channels = self.small.shape
        return FACTOR * height, FACTOR * width, channels

    def __array__(self, dtype=None, copy=None):
        return self[:].astype(dtype or np.float32, copy=False)

    def __getitem__(self, rows):
        channels = np.moveaxis(self.small, -1, 0)
        larger = [
            bands.enlarged_rows(one.astype(np.float32), *self.shape[:2], rows) for one in channels
        ]
        larger = np.stack(larger, axis=-1)
        if self.unseen is not None and (channels[-1] > 0).any():
            larger[larger[..., -1] <= self.unseen, :-1] = 0.0
        return larger
