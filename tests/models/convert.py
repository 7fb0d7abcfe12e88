"""Weights of published PyTorch networks in our Keras networks, and back.

A network is described by its entries: which PyTorch name belongs to which Keras variable,
and in which order its axes go. From them follow both directions and all checks. The arrays
are numpy arrays; PyTorch is not needed here.

A converted network keeps the range that it was trained in. The published ones see and give
[0, 1], so their user converts: ours see [-1, 1]. It cannot be folded into the weights, for
the zeros around the image would have to change with it.
"""

from itertools import pairwise
from typing import NamedTuple

import keras
import numpy as np
from keras import ops

from medsr_nb.models import PixelShuffle, SwinBlock


class Entry(NamedTuple):
    """One array of a PyTorch file: its name, our variable, and its axes in Keras's order."""

    name: str
    variable: keras.Variable
    axes: tuple[int, ...]


def conv_entries(name, layer):
    """The entries of a convolution: (out, in, height, width) becomes (height, width, in, out)."""
    kernel = Entry(f"{name}.weight", layer.kernel, (2, 3, 1, 0))
    if getattr(layer, "bias", None) is None:
        return [kernel]
    return [kernel, Entry(f"{name}.bias", layer.bias, (0,))]


def load(entries, state):
    """Puts the arrays of ``state`` (name -> array, as PyTorch orders axes) into the variables.

    Nothing is changed unless everything fits. Raises ValueError that names the first entry
    which is missing, too many, or of another shape: weights of another network.
    """
    arrays = {}
    for name, variable, axes in entries:
        if name not in state:
            raise ValueError(f"weights of another network: {name} is missing.")
        array = np.asarray(state[name], dtype="float32")
        expected = tuple(variable.shape[axes.index(axis)] for axis in range(len(axes)))
        if array.shape != expected:
            raise ValueError(
                f"weights of another network: {name} has shape {array.shape}, not {expected}."
            )
        arrays[name] = np.transpose(array, axes)
    surplus = [name for name in state if name not in arrays]
    if surplus:
        raise ValueError(f"weights of another network: {surplus[0]} has no place in this one.")
    for name, variable, _ in entries:
        variable.assign(arrays[name])


def stored(entries):
    """The other way: name -> float32 array, axes as PyTorch orders them."""
    return {
        name: np.transpose(ops.convert_to_numpy(variable.value), np.argsort(axes))
        for name, variable, axes in entries
    }


def rrdb_entries(model):
    """Entries of ``models.rrdb``, whose layers bear the names of the official files:
    conv_first, body.N.rdbN.convN, conv_body, conv_up1, conv_up2, conv_hr, conv_last.
    """
    convolutions = (layer for layer in model.layers if layer.weights)
    return [entry for layer in convolutions for entry in conv_entries(layer.name, layer)]


def rrdb_weights(state, model):
    """Loads a published ESRGAN or Real-ESRGAN generator: ``load`` with ``rrdb_entries``."""
    load(rrdb_entries(model), state)


def dense_entries(name, layer):
    """The entries of a dense layer: (out, in) becomes (in, out)."""
    return [
        Entry(f"{name}.weight", layer.kernel, (1, 0)),
        Entry(f"{name}.bias", layer.bias, (0,)),
    ]


def norm_entries(name, layer):
    """The entries of a layer norm."""
    return [Entry(f"{name}.weight", layer.gamma, (0,)), Entry(f"{name}.bias", layer.beta, (0,))]


def swin_entries(name, block):
    """The entries of a Swin block: (offsets, heads) of its bias becomes (heads, offsets)."""
    attention = block.attention
    return [
        *norm_entries(f"{name}.norm1", block.norm1),
        Entry(f"{name}.attn.relative_position_bias_table", attention.bias, (1, 0)),
        *dense_entries(f"{name}.attn.qkv", attention.qkv),
        *dense_entries(f"{name}.attn.proj", attention.proj),
        *norm_entries(f"{name}.norm2", block.norm2),
        *dense_entries(f"{name}.mlp.fc1", block.fc1),
        *dense_entries(f"{name}.mlp.fc2", block.fc2),
    ]


def swinir_entries(model):
    """Entries of ``models.swinir``, whose layers bear the names of the official files."""
    kinds = (
        (keras.layers.Conv2D, conv_entries),
        (keras.layers.LayerNormalization, norm_entries),
        (SwinBlock, swin_entries),
    )
    return [
        entry
        for layer in model.layers
        for kind, entries in kinds
        if isinstance(layer, kind)
        for entry in entries(layer.name, layer)
    ]


def colour_last(variable, factor):
    """A variable whose last axis, before a shuffle, goes from (C, f*f) to (f*f, C), our order."""
    array = ops.convert_to_numpy(variable.value)
    split = array.reshape(*array.shape[:-1], -1, factor * factor)
    return np.swapaxes(split, -1, -2).reshape(array.shape)


def swinir_weights(state, model):
    """Loads a published SwinIR for super-resolution: ``load`` with ``swinir_entries``.

    Indices and masks that PyTorch's files hold beside the weights are passed over. This network
    converts its range itself: it sees and gives [-1, 1] with published weights too.
    """
    derived = ("relative_position_index", "attn_mask")
    state = {name: array for name, array in state.items() if not name.endswith(derived)}
    load(swinir_entries(model), state)
    for convolution, shuffle in pairwise(model.layers):
        if isinstance(shuffle, PixelShuffle):
            for variable in convolution.weights:
                variable.assign(colour_last(variable, shuffle.factor))
