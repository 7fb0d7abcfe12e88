"""The generator's moving average, which is judged and kept in its place."""

import keras
from keras import ops


class Average(keras.layers.Layer):
    """A second generator whose weights follow the first one's slowly (EMA).

    After each step ``average = d * average + (1 - d) * weight``; what is not trained, as the
    moving statistics of batch norm, is copied. ``d`` is ``decay``, but after ``n`` steps at most
    (1 + n) / (10 + n), so that the first weights are soon forgotten. It starts as a copy. An own
    network rather than the optimizer's ``use_ema``, which overwrites the weights that are trained.
    """

    def __init__(self, generator, decay):
        super().__init__(dtype="float32")
        self.decay = decay
        self.network = keras.models.clone_model(generator)
        self.network.set_weights(generator.get_weights())
        self.network.trainable = False
        self.steps = self.add_weight(name="steps", initializer="zeros", trainable=False)
        self.built = True

    def follow(self, generator):
        """One step behind ``generator``; called where a training step begins."""
        decay = ops.minimum(self.decay, (1.0 + self.steps) / (10.0 + self.steps))
        self.steps.assign_add(1.0)
        for average, weight in zip(self.network.weights, generator.weights, strict=True):
            if weight.trainable:
                average.assign(decay * average + (1.0 - decay) * weight)
            else:
                average.assign(weight)
