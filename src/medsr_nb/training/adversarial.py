"""The GAN as one ``keras.Model``: its training step, complete, in ``objective``.

One Adam serves both networks. It minimises the sum of the generator's and the
discriminator's loss, and each network gets a gradient from its own loss only: the generator
is judged by a discriminator whose weights are held still, and the discriminator looks at
images through which no gradient flows back. Adam works element by element, so this equals
two Adams with the same settings.
"""

import keras
from keras import ops

from .. import losses
from .steps import PairModel


def judged_by_still(discriminator, images):
    """The discriminator's output for ``images``, with a gradient for the images alone.

    Inside the scope every variable of the discriminator reads as a constant, and what the
    call would change (moving averages of batch norm, dropout seeds) is forgotten after it.
    """
    still = [(weight, ops.stop_gradient(weight.value)) for weight in discriminator.variables]
    with keras.StatelessScope(state_mapping=still):
        return discriminator(images, training=True)


def with_gradient_times(weights, images):
    """The images (B, S, S, 1), whose gradient is multiplied by the weights (B, 1, 1, 1)."""
    return weights * images + ops.stop_gradient((1.0 - weights) * images)


def share(condition):
    """The share of a batch for which a condition (B, 1) holds, 0 to 1."""
    return ops.mean(ops.cast(condition, "float32"))


class AdversarialModel(PairModel):
    """Section 2.6: MSE plus a weighted cross-entropy against binary cross-entropy.

    ``discriminator`` gives the probability (B, 1) that an image is an original. The history
    adds both losses and the discriminator's accuracy on real and on generated images.
    """

    reported = (
        "generator_loss",
        "discriminator_loss",
        "real_accuracy",
        "fake_accuracy",
        *PairModel.reported,
    )
    undecided = 0.5  # what the discriminator says when it does not know

    def __init__(self, generator, discriminator, images, factor, adversarial_weight, **options):
        super().__init__(generator, images, factor, **options)
        self.discriminator = discriminator
        self.adversarial_weight = adversarial_weight

    def objective(self, lr, hr, labels):
        sr = self.enlarged(lr, labels, training=True)
        judged = judged_by_still(self.discriminator, sr)
        real = self.discriminator(hr, training=True)
        fake = self.discriminator(ops.stop_gradient(sr), training=True)

        generator_loss = self.content(hr, sr) + self.adversarial_weight * self.fooling_loss(
            judged, ops.stop_gradient(real)
        )
        discriminator_loss = self.telling_loss(real, fake)
        figures = self.struggle(generator_loss, discriminator_loss, real, fake)
        return sr, generator_loss + discriminator_loss, figures

    def fooling_loss(self, judged, real):
        """The generator's adversarial loss, from what is said of its images and of real ones."""
        return losses.generator_adversarial_loss(judged)

    def telling_loss(self, real, fake):
        """The discriminator's loss."""
        return losses.discriminator_loss(real, fake)

    def struggle(self, generator_loss, discriminator_loss, real, fake):
        """Who wins, for the history: both losses, and how often the discriminator is right."""
        return {
            "generator_loss": generator_loss,
            "discriminator_loss": discriminator_loss,
            "real_accuracy": share(real > self.undecided),
            "fake_accuracy": share(fake < self.undecided),
        }


class LogitAdversarialModel(AdversarialModel):
    """A discriminator that gives logits, of an image (B, 1) or of its pixels (B, S, S, 1).

    Real-ESRGAN (Wang et al. 2021, arXiv 2107.10833, section 3.4) judges every pixel.
    """

    undecided = 0.0

    def fooling_loss(self, judged, real):
        return losses.generator_logit_loss(judged)

    def telling_loss(self, real, fake):
        return losses.discriminator_logit_loss(real, fake)


class ConditionedModel(LogitAdversarialModel):
    """A game in which LR has a say: in what is ``shown``, or how much a picture is ``weighed``."""

    def shown(self, images, lr):
        """What the discriminator is shown of originals or results."""
        return images

    def weighed(self, sr, lr):
        """SR as the discriminator is shown it for the generator's sake, its gradient scaled."""
        return sr

    def objective(self, lr, hr, labels):
        sr = self.enlarged(lr, labels, training=True)
        judged = judged_by_still(self.discriminator, self.shown(self.weighed(sr, lr), lr))
        real = self.discriminator(self.shown(hr, lr), training=True)
        fake = self.discriminator(self.shown(ops.stop_gradient(sr), lr), training=True)

        fooling = self.fooling_loss(judged, ops.stop_gradient(real))
        generator_loss = self.content(hr, sr) + self.adversarial_weight * fooling
        discriminator_loss = self.telling_loss(real, fake)
        figures = self.struggle(generator_loss, discriminator_loss, real, fake)
        return sr, generator_loss + discriminator_loss, figures


class LrAdversarialModel(ConditionedModel):
    """A discriminator that sees LR beside each picture (``medsr.discriminator``, ``sees_lr``)."""

    def shown(self, images, lr):
        return [images, lr]


class DetailAdversarialModel(ConditionedModel):
    """A discriminator that counts for more, the less detail LR has (``losses.detail_weights``).

    The loss in the history is the one without these weights.
    """

    def weighed(self, sr, lr):
        return with_gradient_times(losses.detail_weights(lr), sr)


class RelativisticModel(LogitAdversarialModel):
    """ESRGAN (Wang et al. 2018, arXiv 1809.00219, equations 1 and 2): more real than the other.

    The accuracies in the history say how often real logits are above, and generated ones
    below, the mean logit of the other side. On many devices each takes the means over its own
    share of the batch, as is usual.
    """

    def fooling_loss(self, judged, real):
        return losses.relativistic_generator_loss(real, judged)

    def telling_loss(self, real, fake):
        return losses.relativistic_discriminator_loss(real, fake)

    def struggle(self, generator_loss, discriminator_loss, real, fake):
        return super().struggle(
            generator_loss, discriminator_loss, real - ops.mean(fake), fake - ops.mean(real)
        )


class ConditionalAdversarialModel(AdversarialModel):
    """ACGAN (Odena et al. 2017, equations 2 and 3): the class is known, and has to be named.

    The generator takes [LR, labels]; the discriminator gives [probability of being real,
    class probabilities (B, classes)]. Both networks want the class to be recognised, the
    generator with the weight of its adversarial term. The history adds the share of
    generated images whose class the discriminator names.
    """

    reported = (*AdversarialModel.reported, "class_accuracy")

    def objective(self, lr, hr, labels):
        sr = self.enlarged(lr, labels, training=True)
        judged, named = judged_by_still(self.discriminator, sr)
        real, named_real = self.discriminator(hr, training=True)
        fake, named_fake = self.discriminator(ops.stop_gradient(sr), training=True)

        generator_loss = self.content(hr, sr) + self.adversarial_weight * (
            self.fooling_loss(judged, real) + losses.class_loss(named, labels)
        )
        discriminator_loss = self.telling_loss(real, fake) + 0.5 * (
            losses.class_loss(named_real, labels) + losses.class_loss(named_fake, labels)
        )
        figures = self.struggle(generator_loss, discriminator_loss, real, fake)
        figures["class_accuracy"] = share(ops.argmax(named_fake, axis=-1) == labels)
        return sr, generator_loss + discriminator_loss, figures
