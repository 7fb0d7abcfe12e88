"""Images that are read while the network trains, for a folder that memory cannot hold."""

import numpy as np

from .decoding import Unusable, decoded
from .paths import UserError
from .steps import Batches


class StreamedBatches(Batches):
    """``Batches`` of the pictures themselves, decoded by threads ahead of the step.

    For a model whose images are ``steps.StreamedImages``: (pixels uint8 (B, S, S, 1), labels
    int32 (B,)), and turns (B,) if they are asked for. ``files`` and ``labels`` list all
    images; order, turns and preprocessing are those of images in memory, and so are the
    steps. Raises UserError, with the file's name, for a file that cannot be decoded.
    """

    def __init__(self, files, labels, size, indices, batch_size, *, workers=2, **batches):
        super().__init__(indices, batch_size, workers=workers, **batches)
        self.files = files
        self.labels = np.asarray(labels, "int32")
        self.size = size

    def __getitem__(self, step):
        (batch,) = super().__getitem__(step)
        indices, *turns = batch if self.turns else (batch,)
        pixels = np.stack([self.picture(self.files[index]) for index in indices])
        return ((pixels[..., None], self.labels[indices], *turns),)

    def picture(self, file):
        """One file as uint8 (S, S)."""
        try:
            return decoded(file, self.size)[0]
        except Unusable as reason:
            raise UserError(f"{file}: {reason}. Move it away, then start again.") from None
