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


def test_half_the_bits_move_slices_by_less_than_rounding_to_whole_levels():
    slices = degradation.to_pixels(np.random.default_rng(0).uniform(-1, 1, (2, 12, 12, 1)))
    assert 0.0 < agreement.halved(slices)["rms"] < agreement.halved(slices)["largest"]
    assert len(studies.recorded("agreement")["half"]) == 3
    for moved in studies.recorded("agreement")["half"].values():
        assert moved["slices of the sample"]["rms"] < 1 / 12**0.5 < moved["noise"]["rms"]
