"""What a built Keras network is made of, in the order of its data, repeated parts folded.

Nothing here is written by hand for one network: layers, shapes and connections are read from the
``keras.Model``.
"""

import re
from dataclasses import dataclass, replace

SHARED = 4  # layers that so many others take are reached by a sign, not by a line
WORTH = 4  # boxes that a fold has to save

KINDS = {  # class of a layer: what it does, by which it is coloured
    "InputLayer": "data",
    "Conv2D": "convolution",
    "Conv2DTranspose": "convolution",
    "SpectralNormConv2D": "convolution",
    "Dense": "convolution",
    "Embedding": "convolution",
    "BatchNormalization": "norm",
    "LayerNormalization": "norm",
    "GroupNormalization": "norm",
    "Add": "joining",
    "Concatenate": "joining",
    "SwinBlock": "attention",
    "Dropout": "dropout",
    "LeakyReLU": "activation",
    "ReLU": "activation",
    "PReLU": "activation",
    "Activation": "activation",
}
WORDS = {
    "Add": "+",
    "BatchNormalization": "batch norm",
    "Concatenate": "concatenate",
    "Consistent": "consistent with LR",
    "Conv2DTranspose": "up-conv",
    "GroupNormalization": "group norm",
    "LayerNormalization": "layer norm",
    "LeakyReLU": "LeakyReLU",
    "MirrorPad": "mirrored margin",
    "MirrorToMultiple": "mirrored margin",
    "PReLU": "PReLU",
    "ReLU": "ReLU",
    "Rescaling": "scale",
    "SpectralNormConv2D": "spectral",
    "Cropping2D": "crop",
}


@dataclass(frozen=True)
class Layer:
    """One layer: its words, its kind, its output's shape without the batch, whose outputs it takes.

    ``sources`` are places in the list of all layers.
    """

    words: str
    kind: str
    shape: tuple
    sources: tuple


@dataclass(frozen=True)
class Repeat:
    """Parts that follow each other ``count`` times; ``parts`` are those of the first."""

    count: int
    parts: tuple


def read(network):
    """All layers of a network as ``Layer``, each after those whose outputs it takes."""
    sources = {layer: parents(layer) for layer in network.layers}
    takers = {layer: 0 for layer in network.layers}
    for taken in sources.values():
        for layer in taken:
            takers[layer] += 1
    order = {}

    def visit(layer):
        if layer not in order:
            for source in sources[layer]:
                visit(source)
            order[layer] = len(order)

    for layer in network.layers:  # first what many take, as the time of a diffusion step
        if takers[layer] >= SHARED:
            visit(layer)
    for layer in network.layers:  # then each output, after all that leads to it
        if not takers[layer]:
            visit(layer)
    return [
        Layer(
            described(layer),
            KINDS.get(type(layer).__name__, "moving"),
            tuple(layer.output.shape[1:]),
            tuple(order[source] for source in sources[layer]),
        )
        for layer in order
    ]


def parents(layer):
    """The layers whose outputs a layer takes, in the order of its arguments."""
    return [node.operation for node in layer._inbound_nodes[0].parent_nodes]


def contracted(layers, blocks):
    """Layers with each block that occurs among them as one: what it does inside is drawn elsewhere.

    ``blocks`` is {name: network of such a block}, of any width. Layers inside a block follow each
    other and are taken by no layer outside, except the last.
    """
    patterns = {name: pattern(network) for name, network in blocks.items()}
    kept, new, at = [], {}, 0
    while at < len(layers):
        found = [name for name, one in patterns.items() if matches(layers, at, one)]
        length = len(patterns[found[0]]) if found else 1
        inside = range(at, at + length)
        last = layers[inside[-1]]
        if found:
            outer = {source for place in inside for source in layers[place].sources} - set(inside)
            words = f"{found[0]}, {last.shape[-1]}"
            last = Layer(words, "block", last.shape, tuple(sorted(outer)))
        new |= dict.fromkeys(inside, len(kept))
        kept.append(replace(last, sources=tuple(new[source] for source in last.sources)))
        at += length
    return kept


def pattern(network):
    """[(what a layer does, whose outputs it takes)] of a block; None stands for an input of it."""
    layers = read(network)
    inner = [place for place, layer in enumerate(layers) if not layer.words.startswith("input")]
    place_of = {place: number for number, place in enumerate(inner)}
    return [
        (without_width(layers[place].words), [place_of.get(one) for one in layers[place].sources])
        for place in inner
    ]


def matches(layers, at, block):
    """Whether the layers from one place on do what those of a ``pattern`` do."""
    if at + len(block) > len(layers):
        return False
    for layer, (words, sources) in zip(layers[at:], block, strict=False):
        if without_width(layer.words) != words or len(layer.sources) != len(sources):
            return False
        for taken, source in zip(layer.sources, sources, strict=True):
            if not (taken < at if source is None else taken == at + source):
                return False
    return True


def without_width(words):
    """The words of a layer without its number of features, which differs with a block's width."""
    return re.sub(r"(, |dense )\d+", r"\1", words)


def described(layer):
    """A layer in a few words: what it does, and its numbers."""
    name = type(layer).__name__
    if name == "InputLayer":
        return f"input {layer.name}"
    words = WORDS.get(name) or re.sub(r"(?<=[a-z])(?=[A-Z0-9])", " ", name).lower()
    if name.startswith(("Conv2D", "SpectralNormConv2D")):
        words = "conv" if name == "Conv2D" else words
        size, filters = layer.kernel_size, layer.filters
        side = size[0] if isinstance(size, tuple) else size
        strides = getattr(layer, "strides", None) or (layer.stride,)
        words += f" {side}×{side}, {filters}" + (f", stride {strides[0]}" if strides[0] > 1 else "")
    elif name == "Dense":
        words = f"dense {layer.units}"
    elif name == "LeakyReLU":
        words += f" {layer.negative_slope:g}"
    elif name == "Dropout":
        words += f" {layer.rate:g}"
    elif name == "Rescaling" and isinstance(layer.scale, int | float):
        words += f" × {layer.scale:g}"
    elif name in ("PixelShuffle", "PixelUnshuffle"):
        words += f" ×{layer.factor}"
    elif name == "Enlarge":
        words = f"bicubic ×{layer.factor}"
    elif name == "UpSampling2D":
        words = f"{layer.interpolation} ×{layer.size[0]}"
    elif name == "SwinBlock":
        words = f"Swin, window {layer.attention.window}"
        words += ", shifted" if layer.attention.shift else ""
    elif name == "Activation":
        words = layer.activation.__name__
    if name != "Activation" and getattr(layer, "activation", None) is not None:
        own = getattr(layer.activation, "__name__", "linear")
        words += f", {own}" if own != "linear" and name.startswith(("Conv", "Dense")) else ""
    return words


def folded(layers):
    """Places of layers and ``Repeat`` of them, in order: what is to be drawn."""
    return fold(layers, range(len(layers)))


def fold(layers, places):
    """The places of a part of a network with what repeats in it folded, the longest first."""
    parts, at = [], 0
    while at < len(places):
        period, count = longest_repeat(layers, places[at:])
        if count > 1:
            parts.append(Repeat(count, fold(layers, places[at : at + period])))
        else:
            parts.append(places[at])
        at += period * count
    return tuple(parts)


def longest_repeat(layers, places):
    """(period, count) of what repeats from the first of the places on and saves most boxes."""
    best, saved = (1, 1), WORTH - 1
    for period in range(1, len(places) // 2 + 1):
        same = 0
        while same + period < len(places) and alike(layers, places[same], places[same + period]):
            same += 1
        count = same // period + 1
        if period * (count - 1) > saved:
            best, saved = (period, count), period * (count - 1)
    return best


def alike(layers, one, other):
    """Whether two layers do the same and take theirs from as far back, or from the same layer."""
    first, second = layers[one], layers[other]
    if (first.words, first.shape) != (second.words, second.shape):
        return False
    if len(first.sources) != len(second.sources):
        return False
    pairs = zip(first.sources, second.sources, strict=True)
    return all(a == b or one - a == other - b for a, b in pairs)
