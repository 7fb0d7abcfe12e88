"""medsr as one ONNX file, for pictures of any size and for programs without Keras.

    medsr export medsr.onnx --sharpness 0.5

Input "lr" is float32 (B, h, w, 1) in [-1, 1], output "sr" (B, 3h, 3w, 1); B, h and w may change
from call to call. The file holds all of ``pretrained.network``: the bicubic base, the trunk, the
projection onto the pictures that reduce to the input, and ``degradation.in_range``.

Keras's own exporters need one fixed size, as the projection has matrices of the picture's sides.
Here three things make it free of them. The nine pixels that belong to one LR pixel stand in nine
channels until the end, so a reduction by 3 and its transpose are convolutions at LR size. At the
border, where a resize leaves weights out and scales the others up, a convolution of ones tells by
how much. And ``(A A^T)^-1``, in the pseudo-inverse ``A^T (A A^T)^-1``, is a Chebyshev iteration
(Golub & Van Loan 2013, Matrix Computations, section 11.2.8): its eigenvalues lie so close together
that STEPS of it reach float32's precision.
"""

import os
from pathlib import Path

import numpy as np

from ..degradation import cubic, in_range
from ..machine import UserError
from ..scans import FACTOR, files
from . import pretrained
from .settings import Settings

REACH = 2  # LR pixels that a bicubic kernel reaches to each side
OPSET, IR_VERSION = 17, 8  # read by every onnxruntime since 1.12
LOWEST, HIGHEST = 0.16**2, 0.35**2  # eigenvalues of A A^T, of both sides together, at any size
STEPS = 14
OWN = "medsr"  # domain of this file's own functions
CONSISTENCIES = ("bicubic", "unknown")


def export(path, sharpness=0.0, robust=False, reduction=None, overwrite=False):
    """Writes ``pretrained.network`` of any size to the ONNX file ``path``.

    ``reduction`` is "bicubic" or "unknown", as there; "unknown" leaves the projection out. Raises
    UserError where onnx is missing, for values that ``network`` refuses, where the file cannot be
    written, and where it is there, unless ``overwrite`` is asked for.
    """
    path = Path(path)
    if path.suffix != ".onnx":  # any other file would be lost
        raise UserError(f"{path} is to be an .onnx file: name one.")
    if os.path.lexists(path) and not overwrite:
        raise UserError(f"{path} is there already: name another, or give --overwrite.")
    settings = Settings(sharpness, reduction, robust).told()
    if settings.reduction not in CONSISTENCIES:
        raise UserError(f"export knows the reductions {', '.join(CONSISTENCIES)}: choose one.")
    try:
        import onnx  # noqa: F401
    except ModuleNotFoundError:
        raise UserError("onnx is missing; pip install 'medsr-nb[onnx]' brings it.") from None
    network = pretrained.network(sharpness, 8, reduction=settings.reduction, robust=robust)
    what = "robust" if robust else f"sharpness {sharpness:g}"
    model = model_of(
        network, f"medsr, {what}, reduction {settings.reduction}; not a medical device"
    )
    with files.whole(path) as file:
        file.write(model.SerializeToString())


class Graph:
    """Nodes and weights in the order in which they are added; ``add`` gives the output's name."""

    def __init__(self):
        self.nodes, self.weights = [], []

    def add(self, kind, *inputs, domain="", **attributes):
        """A node of one output."""
        from onnx import helper

        name = f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], domain=domain, **attributes))
        return name

    def constant(self, values, dtype=np.float32):
        """An array as a node, which a function may hold too."""
        from onnx import numpy_helper

        return self.add("Constant", value=numpy_helper.from_array(np.asarray(values, dtype)))

    def weight(self, values):
        """An array as a weight of the graph."""
        from onnx import numpy_helper

        name = f"weight_{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.asarray(values, np.float32), name))
        return name


def kernel():
    """Keys' cubic between an LR pixel and the nine pixels of each LR pixel near it: (9, 1, 5, 5).

    A bicubic enlargement has these weights, and an antialiased reduction their transpose; both
    before their sums are made one.
    """
    place, tap = np.arange(FACTOR), np.arange(-REACH, REACH + 1)
    line = cubic((place[:, None] + 0.5) / FACTOR - 0.5 - tap)
    return np.einsum("ay,bx->abyx", line, line).reshape(FACTOR**2, 1, *2 * (len(tap),))


def functions():
    """``reduced`` and ``undone`` of the module ``degradation``, with nine pixels in channels.

    And ``spread`` between them, the transpose of ``reduced``, which ``undone`` uses.
    """
    from onnx import helper

    pads = {"pads": [REACH] * 4}
    up = kernel()
    down = np.flip(up, (2, 3)).transpose(1, 0, 2, 3)
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(OWN, 1)]

    def function(name, inputs, graph, output):
        graph.nodes.append(helper.make_node("Identity", [output], ["out"]))
        return helper.make_function(OWN, name, inputs, ["out"], graph.nodes, opsets)

    graph = Graph()
    plain = graph.add("Conv", "sr", graph.constant(down), **pads)
    reduced = function("reduced", ["sr", "sums"], graph, graph.add("Div", plain, "sums"))
    graph = Graph()
    divided = graph.add("Div", "lr", "sums")
    wide = graph.add("Conv", divided, graph.constant(up), **pads)
    spread = function("spread", ["lr", "sums"], graph, wide)
    return [reduced, spread, function("undone", ["lr", "sums"], *undone())]


def undone():
    """(Graph, output): ``A^T (A A^T)^-1 lr`` by Chebyshev's iteration."""
    graph = Graph()
    middle, half = (HIGHEST + LOWEST) / 2, (HIGHEST - LOWEST) / 2
    rest, solved = "lr", None
    step = graph.add("Mul", "lr", graph.constant(1 / middle))
    rate = half / middle
    for _ in range(STEPS):
        solved = graph.add("Add", solved, step) if solved else step
        wide = graph.add("spread", step, "sums", domain=OWN)
        rest = graph.add("Sub", rest, graph.add("reduced", wide, "sums", domain=OWN))
        faster = 1 / (2 * middle / half - rate)
        kept = graph.add("Mul", step, graph.constant(faster * rate))
        step = graph.add("Add", kept, graph.add("Mul", rest, graph.constant(2 * faster / half)))
        rate = faster
    solved = graph.add("Add", solved, step)
    return graph, graph.add("spread", solved, "sums", domain=OWN)


def model_of(network, description):
    """The ONNX model of a ``pretrained.network`` of any size. Raises TypeError for others."""
    from onnx import TensorProto, checker, helper

    graph = Graph()
    output = layers_of(network, graph, graph.add("Transpose", "lr", perm=[0, 3, 1, 2]))
    pixels = graph.add("DepthToSpace", output, blocksize=FACTOR)
    graph.nodes.append(helper.make_node("Transpose", [pixels], ["sr"], perm=[0, 2, 3, 1]))
    ends = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", *sides, 1])
        for name, sides in (("lr", ("height", "width")), ("sr", ("height_x3", "width_x3")))
    ]
    model = helper.make_model(
        helper.make_graph(graph.nodes, "medsr", ends[:1], ends[1:], graph.weights),
        functions=functions(),
        opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid(OWN, 1)],
        ir_version=IR_VERSION,
        producer_name="medsr-nb",
        doc_string=description,
    )
    checker.check_model(model)
    return model


def layers_of(network, graph, lr):
    """Adds all layers of the network; the name of the last one's output, (B, 9, h, w)."""
    names = {network.input: lr}
    for layer in network.layers[1:]:
        inputs = layer.input if isinstance(layer.input, list) else [layer.input]
        names[layer.output] = node_of(layer, graph, [names[one] for one in inputs], lr)
    return names[network.output]


def node_of(layer, graph, inputs, lr):
    """Adds one layer to the graph; the name of its output.

    The last shuffle by 3 is left out: its nine pixels stay in their channels.
    """
    kind = type(layer).__name__
    if kind == "Conv2D":
        weights, bias = layer.get_weights()
        arrays = [graph.weight(weights.transpose(3, 2, 0, 1)), graph.weight(bias)]
        return graph.add(
            "Conv", *inputs, *arrays, strides=list(layer.strides), auto_pad="SAME_UPPER"
        )
    if kind == "ReLU":
        return graph.add("Relu", *inputs)
    if kind == "Add":
        return graph.add("Add", *inputs)
    if kind == "PixelShuffle":
        shuffled = layer.factor != FACTOR
        return graph.add("DepthToSpace", *inputs, blocksize=2) if shuffled else inputs[0]
    if kind == "Cropping2D":  # what an odd side had too many, half a size up and down again
        start, axes = (graph.constant(values, np.int64) for values in ([0, 0], [2, 3]))
        sides = graph.add("Shape", lr, start=2)
        return graph.add("Slice", *inputs, start, sides, axes)
    if kind == "Enlarge":
        return enlarge(graph, lr)
    if kind == "Consistent":
        return consistent(graph, *inputs)
    if kind == "InRange":
        return kept_in_range(graph, *inputs)
    raise TypeError(f"a layer {kind} cannot be exported: this network is not built as medsr.")


def ones(graph, lr, channels):
    """Ones in the size of an LR image, (B, channels, h, w)."""
    one = graph.add("Add", graph.add("Mul", lr, graph.constant(0.0)), graph.constant(1.0))
    return graph.add("Concat", *[one] * channels, axis=1)


def enlarge(graph, lr):
    """``degradation.enlarged``: LR (B, 1, h, w) -> (B, 9, h, w)."""
    weights, pads = graph.weight(kernel()), [REACH] * 4
    plain, sums = (graph.add("Conv", one, weights, pads=pads) for one in (lr, ones(graph, lr, 1)))
    return graph.add("Div", plain, sums)


def row_sums(graph, lr):
    """What the reduction's weights sum to at each LR pixel: less where some fall outside."""
    one = graph.constant(np.ones((1, 1, 1, 1)))
    return graph.add("reduced", ones(graph, lr, FACTOR**2), one, domain=OWN)


def consistent(graph, sr, lr):
    """``degradation.consistent``: SR (B, 9, h, w) moved to what reduces to LR (B, 1, h, w)."""
    sums = row_sums(graph, lr)
    missing = graph.add("Sub", lr, graph.add("reduced", sr, sums, domain=OWN))
    return graph.add("Add", sr, graph.add("undone", missing, sums, domain=OWN))


def kept_in_range(graph, sr, lr):
    """``degradation.in_range``, round by round."""
    sums, low, high = row_sums(graph, lr), graph.constant(-1.0), graph.constant(1.0)
    zero, share = graph.constant(0.0), graph.constant(in_range.SHARE)
    current = before = graph.add("Clip", sr, low, high)
    for momentum in in_range.momenta():
        missing = graph.add("Sub", lr, graph.add("reduced", current, sums, domain=OWN))
        wanted = graph.add("undone", missing, sums, domain=OWN)
        down = graph.add("LessOrEqual", current, low), graph.add("Less", wanted, zero)
        up = graph.add("GreaterOrEqual", current, high), graph.add("Greater", wanted, zero)
        stuck = graph.add("Or", graph.add("And", *down), graph.add("And", *up))
        free = graph.add("Cast", graph.add("Not", stuck), to=1)
        movable = graph.add("Max", graph.add("reduced", free, sums, domain=OWN), share)
        change = graph.add("undone", graph.add("Div", missing, movable), sums, domain=OWN)
        new = graph.add("Clip", graph.add("Add", current, change), low, high)
        onward = graph.add("Mul", graph.add("Sub", new, before), graph.constant(momentum))
        current = graph.add("Clip", graph.add("Add", new, onward), low, high)
        before = new
    return before
