"""What a discriminator and its generator minimise. Every function returns the batch's mean."""

from keras import ops

TINY = 1e-7  # probabilities are kept this far from 0 and 1, as Keras does
TYPICAL_DETAIL, LEAST_DETAIL = 0.4, 0.1  # of brain MRI at LR size; of what is all but empty


def cross_entropy(probability, truth):
    """Binary cross-entropy of probabilities (B, 1) against one truth, 0.0 or 1.0, in nats."""
    probability = ops.clip(probability, TINY, 1.0 - TINY)
    return -ops.mean(truth * ops.log(probability) + (1.0 - truth) * ops.log(1.0 - probability))


def discriminator_loss(real, fake):
    """Binary cross-entropy of section 2.6: -log D(HR) - log(1 - D(SR)), halved.

    Goodfellow et al. 2014 (arXiv 1406.2661), equation 1, for probabilities (B, 1). The mean
    of the two terms, so that an undecided discriminator scores log 2 = 0.693.
    """
    return 0.5 * (cross_entropy(real, 1.0) + cross_entropy(fake, 0.0))


def generator_adversarial_loss(fake):
    """-log D(SR) (Ledig et al. 2017, equation 6), for probabilities (B, 1)."""
    return cross_entropy(fake, 1.0)


def class_loss(label_probabilities, labels):
    """-log of the probability given to the true class (Odena et al. 2017, equation 3).

    ``label_probabilities`` (B, classes), ``labels`` (B,) integers.
    """
    own = ops.take_along_axis(label_probabilities, ops.expand_dims(labels, -1), axis=-1)
    return -ops.mean(ops.log(ops.maximum(own, TINY)))


def logit_cross_entropy(logits, truth):
    """Binary cross-entropy of logits, any shape, against one truth, 0.0 to 1.0, in nats.

    -t log sigmoid(x) - (1 - t) log(1 - sigmoid(x)) = t softplus(-x) + (1 - t) softplus(x), which
    stays exact where the sigmoid itself would round to 0 or 1 and leave no gradient.
    """
    logits = ops.cast(logits, "float32")
    return ops.mean(truth * ops.softplus(-logits) + (1.0 - truth) * ops.softplus(logits))


def discriminator_logit_loss(real, fake):
    """``discriminator_loss`` for logits of any shape: one an image, or one a pixel."""
    return 0.5 * (logit_cross_entropy(real, 1.0) + logit_cross_entropy(fake, 0.0))


def generator_logit_loss(fake):
    """``generator_adversarial_loss`` for logits of any shape."""
    return logit_cross_entropy(fake, 1.0)


def detail_weights(lr):
    """What a picture's adversarial loss is multiplied by: more for one with little detail.

    LR (B, s, s, 1) in [-1, 1] -> (B, 1, 1, 1): TYPICAL_DETAIL over the picture's own detail, which
    is the root mean square of its Laplacian, 4 times a pixel less its four neighbours. Chest X-rays
    have about 0.28. A picture below LEAST_DETAIL counts as if it had that.
    """
    lr = ops.cast(lr, "float32")
    neighbours = lr[:, :-2, 1:-1] + lr[:, 2:, 1:-1] + lr[:, 1:-1, :-2] + lr[:, 1:-1, 2:]
    squares = ops.square(4.0 * lr[:, 1:-1, 1:-1] - neighbours)
    detail = ops.sqrt(ops.mean(squares, axis=(1, 2, 3), keepdims=True))
    return TYPICAL_DETAIL / ops.maximum(detail, LEAST_DETAIL)


def relativistic_discriminator_loss(real, fake):
    """ESRGAN's discriminator: is an original more real than the average generated image?

    Wang et al. 2018 (arXiv 1809.00219), equation 1, with D_Ra(a, b) = sigmoid(C(a) - E[C(b)])
    and ``real``, ``fake`` the logits C of a batch, any shape, E over all of them. The paper
    adds the two terms, the authors' code (BasicSR) takes their mean, and so do we: an
    undecided discriminator scores log 2, as in ``discriminator_loss``. That code also stops the
    gradient at both means E[C]; we follow the equation, whose gradient passes through them.
    """
    real, fake = ops.cast(real, "float32"), ops.cast(fake, "float32")
    return 0.5 * (
        logit_cross_entropy(real - ops.mean(fake), 1.0)
        + logit_cross_entropy(fake - ops.mean(real), 0.0)
    )


def relativistic_generator_loss(real, fake):
    """ESRGAN's generator: generated images should look more real than the average original.

    Wang et al. 2018, equation 2, halved as the authors' code does. Unlike in other GANs the
    logits of the originals enter too; they depend on no weight of the generator.
    """
    return relativistic_discriminator_loss(fake, real)
