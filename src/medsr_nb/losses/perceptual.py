"""Losses that compare features of a classifier instead of pixels.

The paper wanted a VGG loss and could not build it (section 2.6). Here are the three that the
systems beside it use, and one that needs neither a download nor photographs:

* "srgan": Ledig et al. 2017 (arXiv 1609.04802), equation 5 and section 3.2. VGG19's relu5_4,
  after activation, divided by 12.75, squared error (so about 0.006 on the squared error of
  the features). The equation does not say how channels are summed; their mean is what makes
  the loss "comparable to the MSE loss", as the authors say of it.
* "esrgan": Wang et al. 2018 (arXiv 1809.00219), section 3.3. VGG19's conv5_4 before
  activation, absolute error.
* "realesrgan": Wang et al. 2021 (arXiv 2107.10833), section 4.1. conv1_2, conv2_2, conv3_4,
  conv4_4 and conv5_4 before activation, weighted 0.1, 0.1, 1, 1, 1, absolute error.
* "labels": ours. Every stage of the small classifier of medical labels (``classifier.py``)
  before activation, equally weighted, absolute error.

VGG19's weights are those of ``keras.applications``, which are its authors' own and expect
Caffe's preprocessing: blue, green and red from 0 to 255 less the mean of ImageNet. ESRGAN's and
Real-ESRGAN's code uses torchvision's weights, trained anew, for red, green and blue with
mean 0 and deviation 1. The features of the two differ in scale, so the weight that such a
loss has beside the others in the papers is a starting point here, not a given.
"""

import functools

import keras
import numpy as np
from keras import layers, ops

from .. import degradation, machine
from ..machine import UserError
from . import classifier, pixel

IMAGENET_MEAN = (103.939, 116.779, 123.68)  # blue, green, red, as Caffe's VGG was trained
VGG19_STAGES = {1: (64, 2), 2: (128, 2), 3: (256, 4), 4: (512, 4), 5: (512, 4)}  # filters, convs
ADVICE = (
    "VGG19's weights come from storage.googleapis.com and are kept in ~/.keras/models; on a "
    'machine without internet use perceptual_loss("labels"), whose weights are part of medsr-nb.'
)


@keras.saving.register_keras_serializable("medsr_nb")
class ImageNetInput(layers.Layer):
    """Grey (B, S, S, 1) in [-1, 1] -> (B, S, S, 3) as VGG19 of ``keras.applications`` wants it.

    Grey is repeated to three channels of 0 to 255, from which ImageNet's mean is taken.
    """

    def call(self, image):
        return ops.repeat(127.5 * (image + 1.0), 3, axis=-1) - ops.convert_to_tensor(
            IMAGENET_MEAN, image.dtype
        )

    def compute_output_shape(self, shape):
        return *shape[:-1], 3


def vgg19(layer_names, weights="imagenet"):
    """VGG19 as grey image (B, S, S, 1) in [-1, 1] -> features, one a name; a list, if several.

    ``layer_names`` are "conv1_1" to "conv5_4" (before activation) and "relu1_1" to "relu5_4"
    (after); sides shrink by 2 from stage to stage. ``weights`` is "imagenet" (downloaded once,
    its hash checked by Keras), None (drawn at random) or a file of Keras's VGG19. In float32
    whatever the policy: the features are large, and float16 might not hold them.

    Raises ValueError for an unknown layer, UserError when the weights cannot be had.
    """
    known = [f"{kind}{at}_{n}" for kind in ("conv", "relu") for at, n in convolutions()]
    if unknown := [name for name in layer_names if name not in known]:
        raise ValueError(
            f"VGG19 has no layer {unknown[0]!r}: choose conv1_1 to conv5_4 before activation, "
            "relu1_1 to relu5_4 after it."
        )
    with machine.policy("float32"):
        published = published_vgg19(weights)
        image = layers.Input((None, None, 1), name="image")
        found = linear_and_rectified(image, layer_names)
        model = keras.Model(image, [found[name] for name in layer_names], name="vgg19")
    fill(model, published)
    model.trainable = False
    return model


def convolutions():
    """(stage, number) of VGG19's sixteen convolutions (Simonyan & Zisserman 2015, column E)."""
    return [(stage, n) for stage, (_, depth) in VGG19_STAGES.items() for n in range(1, depth + 1)]


def linear_and_rectified(image, layer_names):
    """{name: features} of VGG19, before ("conv1_1") and after ReLU ("relu1_1"), as far as needed.

    The kernels are zero: their weights are to come.
    """
    found, features = {}, ImageNetInput(name="imagenet")(image)
    for stage, n in convolutions():
        if set(layer_names) <= set(found):
            break
        if stage > 1 and n == 1:
            features = layers.MaxPooling2D(2, name=f"pool{stage - 1}")(features)
        name, filters = f"{stage}_{n}", VGG19_STAGES[stage][0]
        features = layers.Conv2D(
            filters, 3, padding="same", kernel_initializer="zeros", name=f"conv{name}"
        )(features)
        found[f"conv{name}"] = features
        found[f"relu{name}"] = features = layers.ReLU(name=f"relu{name}")(features)
    return found


def published_vgg19(weights):
    """VGG19 of ``keras.applications``, whose convolutions hold their ReLU.

    Raises UserError where its weights can be neither found nor downloaded.
    """
    try:
        return keras.applications.VGG19(include_top=False, weights=weights)
    except Exception as error:  # a failed download raises a bare one
        raise UserError(f"VGG19's weights {weights!r} cannot be had ({error}). {ADVICE}") from error


def fill(model, published):
    """Gives the convolutions of ``model`` the weights of Keras's layers of the same place."""
    for layer in model.layers:
        if isinstance(layer, layers.Conv2D):
            stage, n = layer.name.removeprefix("conv").split("_")
            layer.set_weights(published.get_layer(f"block{stage}_conv{n}").get_weights())


class PerceptualLoss(layers.Layer):
    """The weighted distance between the features of an original and of a generated image.

    ``features`` maps images (B, S, S, 1) in [-1, 1] to a list of features, ``weights`` has one
    number for each, ``distance`` is a loss of two tensors. Never trained; in float32. Its
    gradient reaches the generated image alone.
    """

    def __init__(self, features, weights, distance):
        super().__init__(trainable=False, dtype="float32")
        if len(weights) != len(features.outputs):
            raise ValueError(
                f"{len(weights)} weights for {len(features.outputs)} features: give one for each."
            )
        features.trainable = False
        self.features = features
        self.weights_of_features = tuple(weights)
        self.distance = distance
        self.built = True

    def listed(self, images):
        """The features of images, as a list also where there is one alone."""
        return keras.tree.flatten(self.features(images, training=False))

    def call(self, hr, sr):
        """HR and SR (B, S, S, 1) -> one number, the mean over the batch."""
        wanted = [ops.stop_gradient(each) for each in self.listed(hr)]
        return sum(
            weight * self.distance(one, other)
            for weight, one, other in zip(
                self.weights_of_features, wanted, self.listed(sr), strict=True
            )
        )


VGG_LOSSES = {
    "srgan": (("relu5_4",), (1 / 12.75**2,), pixel.mean_squared_error),
    "esrgan": (("conv5_4",), (1.0,), pixel.mean_absolute_error),
    "realesrgan": (
        ("conv1_2", "conv2_2", "conv3_4", "conv4_4", "conv5_4"),
        (0.1, 0.1, 1.0, 1.0, 1.0),
        pixel.mean_absolute_error,
    ),
}
KINDS = (*VGG_LOSSES, "labels")


def perceptual_loss(kind, weights="imagenet"):
    """The ``PerceptualLoss`` named "srgan", "esrgan", "realesrgan" or "labels" (see above).

    ``weights`` are VGG19's, as ``vgg19`` takes them; "labels" has its own. Raises ValueError
    for another kind, UserError where the weights cannot be had.
    """
    if kind == "labels":
        features = classifier.features("loss")
        stages = len(features.outputs)
        return PerceptualLoss(features, (1 / stages,) * stages, pixel.mean_absolute_error)
    if kind not in VGG_LOSSES:
        raise ValueError(f"no perceptual loss {kind!r}: choose one of {', '.join(KINDS)}.")
    names, of_features, distance = VGG_LOSSES[kind]
    return PerceptualLoss(vgg19(names, weights), of_features, distance)


def perceptual_distances(hr, sr, batch=16):
    """How different each image looks to the classifier that no network was trained with.

    Zhang et al. 2018 (arXiv 1801.03924), equation 1, without learned weights: at every
    position of every stage the features are scaled to length 1, and their squared difference
    is averaged over positions and added over stages. ``hr`` and ``sr`` are uint8
    (N, H, W, 1); the result is float (N,), 0 for equal images, at most 4 a stage. It compares
    methods on the same images; it is not LPIPS, and its numbers are not. Raises ValueError when
    the shapes differ.
    """
    if hr.shape != sr.shape:
        raise ValueError(f"originals {hr.shape} and results {sr.shape} must have one shape.")
    judge = judging_features()
    found = []
    for start in range(0, len(hr), batch):
        pair = [judge(degradation.to_float(one[start : start + batch])) for one in (hr, sr)]
        found.append(sum(cosine_distance(*stage) for stage in zip(*pair, strict=True)))
    return np.concatenate([ops.convert_to_numpy(one) for one in found])


@functools.cache
def judging_features():
    """The features of the classifier "judge", loaded once."""
    return classifier.features("judge")


def cosine_distance(one, other):
    """Squared difference of feature vectors scaled to length 1, mean over positions: (B,)."""
    one, other = ops.normalize(one, axis=-1), ops.normalize(other, axis=-1)
    return ops.mean(ops.sum(ops.square(one - other), axis=-1), axis=(1, 2))
