"""What is gained by naming how a scan lost its resolution, and lost by naming the wrong way.

A network that is told keeps its result consistent with the named reduction. Its weights are the
same whatever is named, so it enlarges each input once, and the result is then moved by each name.
"""

import keras

from .. import degradation, scoring
from . import pretrained
from .settings import has_robust

NAMES = ("bicubic", "lanczos", "average", "detector", "k-space", "zero-filled 0.8")


def naming(images):
    """{network: {true reduction: {named: {kind: [mean, low, high]}}}} on an ImageSet, in dB.

    The gain in PSNR over the same network that names nothing; intervals are over groups. No noise.
    """
    lr_size = images.size // scoring.FACTOR
    networks = {"faithful": pretrained.network(0.0, lr_size, reduction="unknown")}
    if has_robust():
        networks["robust"] = pretrained.network(lr_size=lr_size, robust=True)
    moves = {name: moved_by(name, lr_size) for name in NAMES}
    return {
        name: {true: by_name(network, moves, images, true) for true in NAMES}
        for name, network in networks.items()
    }


def moved_by(named, lr_size, within=0.0):
    """What a network ends with that is told a reduction: [SR, LR] -> SR.

    ``within`` as for ``degradation.consistent``.
    """
    sr = keras.Input((scoring.FACTOR * lr_size, scoring.FACTOR * lr_size, 1))
    lr = keras.Input((lr_size, lr_size, 1))
    moved = degradation.Consistent(scoring.FACTOR, named, within)([sr, lr])
    return keras.Model([sr, lr], degradation.InRange(scoring.FACTOR, named, within)([moved, lr]))


def by_name(network, moves, images, true):
    """{named: {kind: gain}} of a network that names nothing, for one true reduction."""
    lr = degradation.to_float(degradation.Scanner(true).taken(images.pixels, scoring.FACTOR))
    free = network.predict(lr, batch_size=16, verbose=0)

    def psnr(sr):
        return scoring.psnr(images.pixels, degradation.to_pixels(sr))

    found = {}
    for named, move in moves.items():
        gain = psnr(move.predict([free, lr], batch_size=16, verbose=0)) - psnr(free)
        found[named] = {}
        for kind in sorted(set(images.kinds.tolist())):
            own = images.kinds == kind
            found[named][kind] = scoring.rounded_interval(gain[own], images.groups[own])
    return found
