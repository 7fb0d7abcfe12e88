"""medsr with its trained weights: one call, nothing to download.

    from medsr_nb import upscaling

    network = upscaling.network()                                   # faithful
    network = upscaling.network(sharpness=1.0, lr_size=(180, 240))  # sharp, another size

The weights come with the package and are checked against the SHA-256 in ``results/medsr.json``,
which also says what they were trained on and how they score. MODEL_CARD.md says what they are for.
"""

import keras

from .. import studies
from ..degradation import REDUCTIONS, InRange
from ..machine import UserError, results_dir

TRAINED_ON = {"all": "medsr", "1957": "medsr_1957"}  # images: the recorded run
ROBUST = ("robust", "robust")  # the recorded run, and its row
FACTOR = 3


def has_robust():
    """Whether the robust weights come with this package."""
    return (results_dir() / f"{ROBUST[0]}.json").exists()


def network(sharpness=0.0, lr_size=50, images="all", reduction="bicubic", robust=False):
    """medsr as a ``keras.Model``: LR (B, h, w, 1) -> SR (B, 3h, 3w, 1), both in [-1, 1].

    ``sharpness`` 0.0 is the faithful network, which guesses the most likely mean of all that the
    input may have been; 1.0 the sharp one, which guesses one of these, with the detail of an
    original. Between the two the weights are blended (network interpolation, Wang et al. 2018,
    arXiv 1809.00219, equation 4). ``lr_size`` is (h, w), or one number for squares; ``images`` what
    it was trained on, "all" or the paper's number, "1957".

    ``reduction`` says how the input lost its resolution, one of ``reductions.REDUCTIONS``: whatever
    the sharpness, the result is in [-1, 1] and reduces to the input by it, at every pixel but
    beside saturated text and noise (``degradation.in_range``). "unknown" leaves that out, which is
    right for a noisy input, whose noise would come back otherwise. ``robust`` takes the weights
    that were trained on all reductions and on noise, which have no sharpness.

    Raises UserError for other values, and where weights are missing or changed.
    """
    if reduction not in (*REDUCTIONS, "unknown"):
        raise UserError(
            f"reduction is one of {', '.join(REDUCTIONS)} or unknown, not {reduction!r}."
        )
    if robust:
        if sharpness:
            raise UserError("the robust network has no sharpness: leave one of the two out.")
        if not has_robust():
            raise UserError("no robust weights come with this package: leave robust out.")
        return kept_in_range(studies.recorded_network(*ROBUST, lr_size, reduction), reduction)
    if not 0.0 <= sharpness <= 1.0:
        raise UserError(f"sharpness is from 0 (faithful) to 1 (sharp), not {sharpness}.")
    if images not in TRAINED_ON:
        raise UserError(f"images is one of {', '.join(TRAINED_ON)}, not {images!r}.")
    blended = studies.recorded_network(TRAINED_ON[images], "faithful", lr_size, reduction)
    if sharpness:
        sharp = studies.recorded_network(TRAINED_ON[images], "sharp", lr_size, reduction)
        pairs = zip(blended.get_weights(), sharp.get_weights(), strict=True)
        blended.set_weights([(1.0 - sharpness) * one + sharpness * other for one, other in pairs])
    return kept_in_range(blended, reduction)


def kept_in_range(network, reduction):
    """A network as it was recorded, whose results also agree with the input where they clip."""
    if reduction == "unknown":
        return network
    last = InRange(FACTOR, reduction)([network.output, network.input])
    return keras.Model(network.input, last, name=network.name)
