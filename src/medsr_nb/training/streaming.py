"""Images that are read while the network trains, where memory cannot hold them."""

import numpy as np

from .steps import Batches


class StreamedBatches(Batches):
    """``Batches`` of the pictures themselves, read by threads ahead of the step.

    For a model whose images are ``steps.StreamedImages``: (pixels uint8 (B, S, S, 1), labels
    int32 (B,)), and turns (B,) if they are asked for. ``pixels`` and ``labels`` are those of an
    ``ImageSet``, in memory or on disk; ``indices`` says which of them to train with. Their
    order and turns are those that ``Batches`` gives for images in memory, and so are the steps.
    """

    def __init__(self, pixels, labels, indices, batch_size, *, workers=2, **batches):
        super().__init__(indices, batch_size, workers=workers, **batches)
        self.pixels = pixels
        self.labels = np.asarray(labels, "int32")

    def __getitem__(self, step):
        (batch,) = super().__getitem__(step)
        indices, *turns = batch if self.turns else (batch,)
        return ((self.pixels[indices], self.labels[indices], *turns),)
