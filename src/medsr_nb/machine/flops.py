"""How many floating-point operations a network takes, counted from its layers."""

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


def step_flops(generator, discriminator=None):
    """Operations of one training step, per image.

    Going back costs as much as going forward for the gradient of a layer's input, and as
    much again for that of its weights. So the pixel step is 3 passes of the generator. An
    adversarial step adds 8 of the discriminator: 3 for originals, 3 for generated images,
    and 2 where it only judges, as it is held still.
    """
    judging = 0 if discriminator is None else 8 * forward_flops(discriminator)
    return 3 * forward_flops(generator) + judging
