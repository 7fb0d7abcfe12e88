"""A network asked eight times: of a picture upright, turned and mirrored, and of these the mean.

A trained network does not treat all directions alike. Turned back, the eight results differ, and
their mean is to have less error than each (Lim et al. 2017, arXiv 1707.02921, section 3.3, who call
it a self-ensemble). It takes eight times as long. These weights have seen upright images alone: the
mean helps faithful on most MRI, and harms robust, and both on X-rays without noise
(``results/scanners.json``).
"""

from keras import ops

FLIPS = ((), (1,), (2,), (1, 2))  # axes of (B, H, W, 1)


def averaged(lr, network_of):
    """LR (B, h, w, 1) -> SR (B, f*h, f*w, 1), the mean of its eight positions.

    ``network_of(height, width)`` gives what enlarges LR of that size. Works on arrays, and on
    inputs of a ``keras.Model`` to be.
    """
    _, height, width, _ = lr.shape
    total = 0.0
    for lying in (False, True):
        network = network_of(width, height) if lying else network_of(height, width)
        for flips in FLIPS:
            turned = laid(flipped(lr, flips), lying)
            total = total + flipped(laid(network(turned), lying), flips)
    return total / (2 * len(FLIPS))


def flipped(images, axes):
    """Images (B, H, W, 1) mirrored along these axes."""
    return ops.flip(images, axes) if axes else images


def laid(images, lying):
    """Images (B, H, W, 1) with rows and columns exchanged, where they are to lie."""
    return ops.transpose(images, (0, 2, 1, 3)) if lying else images
