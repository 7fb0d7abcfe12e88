"""How many operations a network takes and how many bytes it moves, counted from its layers."""

import math

from keras import layers


def layer_flops(layer):
    """Operations of one layer for one image: a multiplication and an addition count as two.

    Convolutions and dense layers; what else a network does (norms, activations, shuffles,
    resizes) is of another order and counts nothing.
    """
    if isinstance(layer, layers.Conv2DTranspose):
        _, *positions, _ = layer.input.shape
    elif isinstance(layer, layers.Conv2D | layers.Dense):
        _, *positions, _ = layer.output.shape
    else:
        return 0
    return 2 * math.prod(layer.kernel.shape) * math.prod(positions)


def forward_flops(network):
    """Operations of one pass over one image."""
    return sum(layer_flops(layer) for layer in network.layers)


def counts_all(network):
    """Whether the layers that are counted hold the weights: 19 of 20 at least.

    Attention and other layers that hold weights of their own are not counted, so that a
    network made of them has no figure rather than a wrong one.
    """
    counted = sum(layer.count_params() for layer in network.layers if layer_flops(layer))
    return counted >= 0.95 * network.count_params()


def step_passes(generator, discriminator=None):
    """[(network, passes)] of one training step.

    Going back costs as much as going forward for the gradient of a layer's input, and as
    much again for that of its weights. So the pixel step is 3 passes of the generator. An
    adversarial step adds 8 of the discriminator: 3 for originals, 3 for generated images,
    and 2 where it only judges, as it is held still.
    """
    return [(generator, 3)] + ([(discriminator, 8)] if discriminator else [])


def step_flops(generator, discriminator=None):
    """Operations of one training step, per image."""
    passes = step_passes(generator, discriminator)
    return sum(count * forward_flops(network) for network, count in passes)


def step_bytes(batch_size, size, generator, discriminator=None):
    """The least bytes that one training step of a batch moves to and from a device's memory.

    ``size`` is that of a number in bytes. In each pass a counted layer moves its kernel, or the
    gradient of it, and for each image its input and its output, or theirs. What stands between
    these layers is taken to cost nothing, as if all of it was done while the numbers are at hand.
    Adam reads a gradient, a weight and two moments and writes all but the gradient, 4 bytes each.
    """
    total = 0
    for network, passes in step_passes(generator, discriminator):
        for layer in filter(layer_flops, network.layers):
            images = math.prod(layer.input.shape[1:]) + math.prod(layer.output.shape[1:])
            total += passes * size * (batch_size * images + math.prod(layer.kernel.shape))
        total += 4 * 7 * sum(math.prod(one.shape) for one in network.trainable_variables)
    return total
