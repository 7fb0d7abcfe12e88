"""The trained network for tiles of a size, and TensorFlow brought up quickly and without a word."""

import functools
import sys

from ..machine import lean, silent

COMPILED = 300 * 300  # LR pixels of a tile from which on XLA is worth its start


def asked(height, width, settings):
    """What ``Settings`` ask for: ``network``, or with ``best`` the mean of two positions."""
    upright = network(height, width, settings.sharpness, settings.robust)
    if not settings.best:
        return upright
    with silent(), lean("matplotlib"):
        from .positions import averaged
    return lambda tile: averaged(tile, upright)


@functools.lru_cache(maxsize=4)
def network(height, width, sharpness=0.0, robust=False):
    """What ``pretrained.network`` adds to bicubic, for one picture of this size at a time.

    A function, float32 (1, h, w, 1) about [-1, 1] -> (1, 3h, 3w, 1) around 0. Bicubic itself and
    the projection at its end would need full matrices of such a size: ``bands`` and
    ``consistency`` do both for the whole picture. So the network is built small, of the same
    parity, and all but these two is made anew in full size.
    """
    with silent(), lean("matplotlib"):
        import keras

        from . import pretrained

        size = 8 + height % 2, 8 + width % 2
        small = pretrained.network(sharpness, size, reduction="unknown", robust=robust)
        part = keras.Model(small.input, detail(small))
        whole = keras.models.clone_model(part, input_tensors=keras.Input((height, width, 1)))
        whole.set_weights(part.get_weights())
        if worth_compiling(height * width):
            whole.jit_compile = True
        return whole.predict_on_batch


def worth_compiling(pixels):
    """Whether XLA is to compile the network for tiles of so many pixels.

    Compiling takes a second. Then a tile of 640x640 takes three quarters of the time, and one of
    320x320 500 MB less. Keras leaves XLA out on macOS, where TensorFlow's does not work.
    """
    return pixels >= COMPILED and sys.platform != "darwin"


def detail(network):
    """The tensor that medsr's last layer adds to bicubic; without a projection behind it."""
    from ..degradation import Enlarge

    bicubic, added = network.layers[-1].input
    if not isinstance(bicubic._keras_history[0], Enlarge):
        raise TypeError("this network is not built as medsr: enlarge and add.")
    return added
