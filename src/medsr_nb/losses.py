"""What the networks minimise. Every function returns one number, the mean over the batch."""

from keras import ops

TINY = 1e-7  # probabilities are kept this far from 0 and 1, as Keras does


def mean_squared_error(hr, sr):
    """Pixel loss of section 2.6, on images (B, S, S, 1) in [-1, 1] (so at most 4)."""
    return ops.mean(ops.square(hr - sr))


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
