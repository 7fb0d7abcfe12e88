"""Agreement with the input is counted on what is kept: 8-bit pictures."""

import keras
import numpy as np

from medsr_nb import degradation, studies
from medsr_nb.upscaling import agreement


def network(layer):
    lr = keras.Input((8, 8, 1))
    return keras.Model(lr, layer(lr))


def test_pixels_that_differ_are_counted_and_the_largest_difference():
    lr = np.full((2, 8, 8, 1), 100, "uint8")
    plain = network(degradation.Enlarge(3))
    assert agreement.counted(plain, lr) == {"share": 0.0, "largest": 0}
    brighter = keras.Model(plain.input, keras.layers.Rescaling(1.0, 5 / 127.5)(plain.output))
    assert agreement.counted(brighter, lr) == {"share": 1.0, "largest": 5}


def test_the_recorded_networks_agree_at_every_pixel_of_slices_on_black():
    for inputs in studies.recorded("agreement")["networks"].values():
        slices, bright, *_ = inputs.values()
        assert slices["kept"] == {"share": 0.0, "largest": 0}
        assert slices["clipped"]["share"] > 0.005
        assert bright["kept"]["share"] < bright["clipped"]["share"] / 20
