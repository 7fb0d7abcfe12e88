"""The trained network for tiles of a size, and TensorFlow brought up quickly and without a word."""

import functools

from ..machine import lean, silent

LARGE = 300 * 300  # LR pixels of a tile that takes long enough to be computed in half the bits


def asked(height, width, settings, coarse=False):
    """What ``Settings`` ask for: ``network``, or with ``best`` the mean of two positions."""
    half = coarse and height * width >= LARGE and multiplies_in_half()
    upright = network(height, width, settings.sharpness, settings.robust, half)
    if not settings.best:
        return upright
    with silent(), lean("matplotlib"):
        from .positions import averaged
    return lambda tile: averaged(tile, upright)


def network(height, width, sharpness=0.0, robust=False, half=False):
    """What ``pretrained.network`` adds to bicubic, for one picture of this size at a time.

    A function, float32 (1, h, w, 1) about [-1, 1] -> (1, 3h, 3w, 1) around 0. Bicubic itself and
    the projection at its end would need full matrices of such a size: ``degradation.bands``
    and ``consistency`` do both for the whole picture. ``half`` computes in bfloat16 up to the last
    convolution, but for the first one: of the picture's own numbers bfloat16 would keep 8 bits.
    """
    return of_parity(height % 2, width % 2, sharpness, robust, half)


@functools.lru_cache(maxsize=16)
def of_parity(tall, wide, sharpness, robust, half):
    """``network`` for all sizes that are odd, 1, or even, 0, in the same way.

    It is built small, and all but bicubic and the projection is made anew for any size. One for
    each size would fill the memory where all pictures of a folder differ.
    """
    with silent(), lean("matplotlib"):
        import keras

        from . import pretrained

        size = 8 + tall, 8 + wide
        small = pretrained.network(sharpness, size, reduction="unknown", robust=robust)
        part = keras.Model(small.input, detail(small))
        if half:
            for layer in part.layers[2:-2]:
                layer.dtype_policy = keras.dtype_policies.get("mixed_bfloat16")
        whole = keras.models.clone_model(part, input_tensors=keras.Input((None, None, 1)))
        whole.set_weights(part.get_weights())
        return of_any_size(whole)


def of_any_size(network):
    """A network as a function of one tile of any size, array to array.

    Keras would have TensorFlow make it for the first size alone, and for others again. In bfloat16
    the two round differently, so a pixel would depend on how its picture was cut.
    """
    import keras

    if keras.backend.backend() != "tensorflow":
        return network.predict_on_batch
    import tensorflow as tf

    traced = tf.function(network, input_signature=[tf.TensorSpec((1, None, None, 1))])
    return lambda tile: traced(tile).numpy()


@functools.cache
def multiplies_in_half():
    """Whether this machine multiplies in bfloat16, and so takes half the time in it.

    How far results move by it is in ``results/agreement.json``: of slices less than by being
    rounded to whole grey levels, of noise more.
    """
    with silent(), lean("matplotlib"):
        from ..machine import chosen_policy

        return chosen_policy() == "mixed_bfloat16"


def detail(network):
    """The tensor that medsr's last layer adds to bicubic; without a projection behind it."""
    from ..degradation import Enlarge

    bicubic, added = network.layers[-1].input
    if not isinstance(bicubic._keras_history[0], Enlarge):
        raise TypeError("this network is not built as medsr: enlarge and add.")
    return added
