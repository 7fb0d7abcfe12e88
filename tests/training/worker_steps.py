"""One of several machines in one training, which TF_CONFIG describes.

Not a test: kill_machine.py does it in two processes of this machine.
"""

import keras
import numpy as np
from backend_steps import fitted, kept, pictures, ready

from medsr_nb.machine import devices
from medsr_nb.models import srgan
from medsr_nb.training import steps


def trained():
    """Two epochs of two steps with batch norm, and validation: history and weights."""
    images = steps.DeviceImages(pictures(12, 20), np.zeros(12))
    model = steps.PixelModel(srgan.generator(10, 2, 4, blocks=1), images, 2)
    ready(model, keras.optimizers.SGD(0.003))
    found = {}
    kept(found, "trained", model, fitted(model, np.arange(8), np.arange(8, 12), 4))
    return found


def main(out):
    with devices.spread() as count:
        assert count == 2
        np.savez(out, **trained())
