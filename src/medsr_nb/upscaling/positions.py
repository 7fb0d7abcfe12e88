"""A network asked twice: of a picture as it is and mirrored left and right, and of both the mean.

A trained network does not treat all directions alike. Mirrored back, the two results differ, and
their mean has less error than each (a self-ensemble: Lim et al. 2017, arXiv 1707.02921, section
3.3, who take all eight positions of a square). It takes twice as long. These weights have seen
pictures upright and mirrored left and right, none upside down or lying: those positions mostly
make the mean worse (``positions_tried``).
"""

from keras import ops

COLUMNS = 2  # the axis of (B, H, W, 1)


def averaged(lr, network):
    """LR (B, h, w, 1) -> SR (B, f*h, f*w, 1), the mean of two positions.

    ``network`` enlarges LR of that size. Works on arrays, and on inputs of a ``keras.Model`` to be.
    """
    mirrored = ops.flip(network(ops.flip(lr, COLUMNS)), COLUMNS)
    return (network(lr) + mirrored) / 2.0
