"""What backend_steps.py does, and a short training on one device and on two: OUT.npz.

Not a test: test_backends.py starts it once under each backend, with two virtual processors; an
import of a backend takes as long as all the rest. TensorFlow runs eagerly but for two devices.
"""

import sys

import backend_steps
import keras
import numpy as np
from backend_steps import adversarial_model, kept, ready

from medsr_nb.machine import devices
from medsr_nb.training import ema, steps


def trained(found, name):
    """Two steps, with validation; keeps history and weights under a name."""
    model = ready(adversarial_model(), keras.optimizers.SGD(0.003))
    model.average = ema.Average(model.generator, 0.9)
    batches = steps.Batches(np.arange(8), 4, seed=0, turns=True)
    held_back = steps.Batches(np.arange(8, 12), 4)
    history = model.fit(batches, validation_data=held_back, epochs=1, verbose=0).history
    kept(found, name, model, history)
    for index, weight in enumerate(model.average.network.weights):
        found[f"{name}/average/{index}"] = keras.ops.convert_to_numpy(weight)


def run_eagerly(eagerly):
    """Whether TensorFlow is to run each step as it is written."""
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        tf.config.run_functions_eagerly(eagerly)


def main(out):
    run_eagerly(True)
    found = backend_steps.found()
    trained(found, "one")
    run_eagerly(False)
    with devices.spread(2) as count:
        assert count == 2
        trained(found, "two")
    np.savez(out, **found)


if __name__ == "__main__":
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        [processor] = tf.config.list_physical_devices("CPU")
        tf.config.set_logical_device_configuration(
            processor, 2 * [tf.config.LogicalDeviceConfiguration()]
        )
    main(sys.argv[1])
