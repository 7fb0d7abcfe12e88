"""What is measured of a network that a study has trained: scores, gain and speed."""

import math
import time

import numpy as np

from .. import degradation, losses, scoring
from . import study

ROUNDS = 10  # of timing a network


def scores(hr, sr, lr):
    """{score: one number an image} of results (N, S, S, 1) for originals and for the inputs.

    PSNR (dB) and SSIM; ``perceptual``, the distance that the judging classifier sees; VIF;
    ``consistency``, how far the result's reduction lies from its input, and ``brightness``, how
    far its mean from the original's (grey levels); ``fine``, its power in the upper half of the
    spectrum over the original's.
    """
    found = {
        "psnr": scoring.psnr(hr, sr),
        "ssim": scoring.ssim(hr, sr),
        "perceptual": losses.perceptual_distances(hr, sr),
        "vif": scoring.vif(hr, sr),
        "consistency": scoring.consistency_error(lr, sr, hr.shape[1] // lr.shape[1]),
        "fine": scoring.upper_half_ratio(hr, sr),
        "brightness": scoring.mean_brightness(sr) - scoring.mean_brightness(hr),
    }
    return {what: np.round(values, 6).tolist() for what, values in found.items()}


def gain(network, images):
    """[mean, low, high] of a network's PSNR over bicubic's on an ImageSet, in dB."""
    own = scoring.as_method(network, images.labels)
    methods = {"bicubic": scoring.bicubic(scoring.FACTOR), "it": own}
    return [round(one, 4) for one in scoring.compare(methods, images, scoring.FACTOR).gain("it")]


def beside_faithful(images, comparison):
    """A Comparison's results as a distribution, with those of the package's faithful network."""
    network = scoring.as_method(study.recorded_network("faithful", "faithful"))
    return scoring.distribution_summary(
        images, comparison.sr | {"faithful": network(comparison.lr)}
    )


def milliseconds(networks, lr, labels):
    """{name: ms} for one image passed alone through each network: the quickest of ROUNDS.

    They take turns, so that what else the machine does disturbs all alike.
    """
    image = degradation.to_float(lr[:1])
    least = dict.fromkeys(networks, math.inf)
    for number in range(ROUNDS + 1):
        for name, network in networks.items():
            began = time.perf_counter()
            network.predict_on_batch([image, labels[:1]] if len(network.inputs) > 1 else image)
            if number:  # the first round compiles
                least[name] = min(least[name], 1000 * (time.perf_counter() - began))
    return {name: round(each, 1) for name, each in least.items()}
