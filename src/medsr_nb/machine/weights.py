"""Small files of trained weights that come with the package: written, checked, read."""

import hashlib
import io

import numpy as np

from .files import whole
from .paths import UserError


def save_weights(path, model):
    """Writes the weights of a network, whole or not at all; the file's SHA-256.

    Kernels are kept in float16, which halves the file; vectors, among them the variances of
    batch norm, in float32.
    """
    arrays = {
        f"{number:03d}": value.astype("float16") if value.ndim > 1 else value
        for number, value in enumerate(model.get_weights())
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole(path) as file:
        np.savez(file, **arrays)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def load_weights(path, sha256, advice):
    """The weights in a file, in the network's order; nothing in it is ever executed.

    Raises UserError, with ``advice``, where the file is missing or not the one with this
    SHA-256.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UserError(f"cannot read the weights {path} ({error.strerror}). {advice}") from None
    if hashlib.sha256(content).hexdigest() != sha256:
        raise UserError(
            f"{path} is cut off or changed: its SHA-256 is not the trained one's. {advice}"
        )
    with np.load(io.BytesIO(content), allow_pickle=False) as stored:
        return [stored[key].astype("float32") for key in sorted(stored.files)]
