"""The baseline of section 3.1: an ACGAN with DCGAN's layers, restoring 28x28 images.

ACGAN (Odena et al. 2017, arXiv 1610.09585) conditions the generator on a class and asks
the discriminator to name the class as well as to judge. DCGAN (Radford et al. 2016, arXiv
1511.06434) gives the layers: strided convolutions, batch norm, tanh. The paper says no
more, so these are our choices: the re-enlarged image takes the place of the noise vector;
the class enters as one more 7x7 map beside the encoded image; two strided convolutions
each way; the discriminator drops 0.3 between its convolutions.
"""

import keras
from keras import layers

from ..degradation import Enlarge
from .layers import batch_norm, conv, grey_image, leaky_relu, probability


def generator(lr_size, factor, width=64, classes=10):
    """[LR (B, h, h, 1) in [-1, 1], class (B,)] -> SR (B, f*h, f*h, 1) in [-1, 1]."""
    lr = layers.Input((lr_size, lr_size, 1), name="lr")
    label = layers.Input((), dtype="int32", name="label")
    encoded = Enlarge(factor)(lr)
    for scale in (1, 2):
        encoded = conv(encoded, scale * width, kernel=5, stride=2)
        encoded = leaky_relu(batch_norm(encoded))
    side = encoded.shape[1]
    class_map = layers.Embedding(classes, side * side)(label)
    class_map = layers.Reshape((side, side, 1))(class_map)
    decoded = layers.Concatenate()([encoded, class_map])
    for scale in (2, 1):
        decoded = layers.Conv2DTranspose(scale * width, 5, strides=2, padding="same")(decoded)
        decoded = layers.ReLU()(batch_norm(decoded))
    surplus = decoded.shape[1] - factor * lr_size  # of a side that is no multiple of 4
    if surplus:
        decoded = layers.Cropping2D(((0, surplus), (0, surplus)))(decoded)
    return keras.Model([lr, label], grey_image(decoded, 5, "tanh"), name="acgan_generator")


def discriminator(size=28, width=64, classes=10):
    """Image (B, S, S, 1) -> [probability of being real (B, 1), of each class (B, classes)]."""
    image = layers.Input((size, size, 1), name="image")
    features = image
    for scale, stride in ((1, 2), (2, 2), (4, 1)):
        features = leaky_relu(conv(features, scale * width, stride=stride))
        features = layers.Dropout(0.3)(features)
    features = layers.Flatten()(features)
    named = layers.Dense(classes, activation="softmax", dtype="float32", name="label")(features)
    return keras.Model(image, [probability(features), named], name="acgan_discriminator")
