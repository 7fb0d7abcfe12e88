"""ResShift's training step; the chain itself is in ``diffusion.py``."""

import keras
from keras import ops

from .. import losses
from .steps import PairModel


class DiffusionModel(PairModel):
    """Trains the denoiser of a generator that ends in a ``Sampler`` named "sampler".

    One step draws t and noise for each image and takes the squared error of the guess of x_0.
    The figures of the training images are those of this one guess, at any t; validation and use
    run the whole chain. ``seed`` decides what is drawn; the rest is ``PairModel``'s. Only
    the loss is always the squared error.
    """

    reported = ("generator_loss", *PairModel.reported)

    def __init__(self, generator, images, factor, seed=0, **options):
        super().__init__(generator, images, factor, **options)
        self.draws = keras.random.SeedGenerator(seed)

    def objective(self, lr, hr, labels):
        sampler = self.generator.get_layer("sampler")
        t = keras.random.randint(ops.shape(hr)[:1], 1, sampler.steps + 1, seed=self.draws)
        noise = keras.random.normal(ops.shape(hr), seed=self.draws)
        sr = sampler.denoised(sampler.shifted(hr, lr, t, noise), lr, t)
        loss = losses.mean_squared_error(hr, sr)
        return sr, loss, {"generator_loss": loss}
