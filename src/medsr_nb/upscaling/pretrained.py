"""medsr with its trained weights: one call, nothing to download.

    from medsr_nb import upscaling

    network = upscaling.network()                                   # faithful
    network = upscaling.network(sharpness=1.0, lr_size=(180, 240))  # sharp, another size

The weights come with the package and are checked against the SHA-256 in ``results/``, in the file
that also says what they were trained on and how they score. MODEL_CARD.md says what they are for.
"""

import keras
import numpy as np

from .. import studies
from ..degradation import Consistent, InRange
from ..machine import UserError
from ..scans import FACTOR
from .positions import averaged
from .settings import ROBUST, WITHIN, Settings

# What it was trained on, and the recorded run with the row "faithful", or with "sharp".
TRAINED_ON = {"all": "faithful", "1957": "medsr_1957"}
SHARP = {"all": "sharp", "1957": "medsr_1957"}


def network(
    sharpness=0.0,
    lr_size=50,
    images="all",
    reduction=None,
    robust=False,
    noise=0.0,
    best=False,
):
    """medsr as a ``keras.Model``: LR (B, h, w, 1) -> SR (B, 3h, 3w, 1), both in [-1, 1].

    ``sharpness`` 0.0 is the faithful network, which guesses the most likely mean of all that the
    input may have been; 1.0 the sharp one, which guesses one of these, with the detail of an
    original. Between the two the weights are blended (network interpolation, Wang et al. 2018,
    arXiv 1809.00219, equation 4). ``lr_size`` is (h, w), or one number for squares; ``images`` what
    it was trained on, "all" or the paper's number, "1957".

    ``reduction`` says how the input lost its resolution, one of ``degradation.REDUCTIONS``:
    whatever the sharpness, the result is in [-1, 1] and reduces to the input by it, except where
    slices, text or noise are saturated (``degradation.in_range``). "unknown" leaves that out,
    and is the default of the robust weights; the default of the others is "bicubic". ``noise`` is
    the standard deviation of the input's noise in grey levels: the reduced result may differ from
    the input by WITHIN times that, so that the noise does not come back. ``robust`` takes the
    weights that were trained on all reductions and on noise, which have no sharpness. ``best``
    gives the mean of two positions (``positions``), in twice the time.

    Raises UserError for other values, and where weights are missing or changed.
    """
    settings = Settings(sharpness, reduction, robust, noise, best).told()
    if not all(side >= 1 for side in np.atleast_1d(lr_size)):
        raise UserError(f"lr_size is one side or (height, width), 1 or more, not {lr_size}.")
    if images not in TRAINED_ON:
        raise UserError(f"images is one of {', '.join(map(repr, TRAINED_ON))}, not {images!r}.")
    if robust and images != "all":
        raise UserError("robust was trained on all images: leave images out.")
    height, width = lr_size if isinstance(lr_size, tuple) else (lr_size, lr_size)
    found = weighted(settings, images, (height, width))
    if best:
        lr = keras.Input((height, width, 1), name="lr")
        found = keras.Model(lr, averaged(lr, found), name=found.name)
    return agreeing(found, settings)


def weighted(settings, images, lr_size):
    """The network with the weights that ``Settings`` ask for; its result need not agree yet."""
    if settings.robust:
        return studies.recorded_network(*ROBUST, lr_size, "unknown")
    blended = studies.recorded_network(TRAINED_ON[images], "faithful", lr_size, "unknown")
    if share := settings.sharpness:
        sharp = studies.recorded_network(SHARP[images], "sharp", lr_size, "unknown")
        pairs = zip(blended.get_weights(), sharp.get_weights(), strict=True)
        blended.set_weights([(1.0 - share) * one + share * other for one, other in pairs])
    return blended


def agreeing(network, settings):
    """A network whose results also agree with their input, at black and at white too."""
    if settings.reduction == "unknown":
        return network
    within = WITHIN * settings.noise / 127.5
    moved = Consistent(FACTOR, settings.reduction, within)([network.output, network.input])
    last = InRange(FACTOR, settings.reduction, within)([moved, network.input])
    return keras.Model(network.input, last, name=network.name)
