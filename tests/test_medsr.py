"""Our own network: what it starts from, and that it never contradicts its input."""

import keras
import numpy as np
from backend_steps import draw_weights

from medsr_nb import adversarial, degrade, steps
from medsr_nb.models import medsr


def test_untrained_it_is_the_consistent_bicubic_enlargement():
    lr = np.random.default_rng(0).uniform(-1, 1, (2, 6, 6, 1)).astype("float32")
    expected = degrade.consistent(degrade.enlarged(lr, 3), lr, 3)
    np.testing.assert_allclose(medsr.generator(6, 3, 4, 1)(lr), expected, atol=1e-6)


def test_whatever_its_weights_its_result_reduces_to_its_input():
    network = medsr.generator(8, 3, width=6, blocks=2)
    draw_weights(network)
    lr = np.random.default_rng(1).uniform(-1, 1, (3, 8, 8, 1)).astype("float32")
    sr = network(lr)
    assert np.abs(sr - degrade.enlarged(lr, 3)).max() > 0.1  # it does something
    np.testing.assert_allclose(degrade.resized(sr, 8, 8), lr, atol=1e-5)


def test_the_size_of_the_first_probe():
    """8 blocks of two 3x3 convolutions of 48, one before, one after, and 9 filters at the end."""
    inner = 9 * 48 * 48 + 48
    expected = (9 * 48 + 48) + 17 * inner + (9 * 48 * 9 + 9)
    assert medsr.generator(50).count_params() == expected == 357_705


def test_the_discriminator_judges_patches_at_low_resolution():
    discriminator = medsr.discriminator(24, width=4)
    assert discriminator.output_shape == (None, 2, 2, 1)
    assert discriminator.layers[1].output.shape == (None, 8, 8, 9)


def test_both_train():
    pixels = np.random.default_rng(2).integers(256, size=(8, 24, 24, 1), dtype="uint8")
    images = steps.DeviceImages(pixels, np.zeros(8))
    gan = adversarial.LogitAdversarialModel(
        medsr.generator(8, 3, 6, 1), medsr.discriminator(24, 4), images, 3, 0.1
    )
    before = gan.get_weights()
    gan.compile(optimizer=keras.optimizers.Adam(1e-3))
    for _ in range(3):  # the zero start holds gradients back from the trunk for a step
        logs = gan.train_on_batch(np.arange(4), return_dict=True)
    assert np.isfinite(list(logs.values())).all()
    changed = [np.any(a != b) for a, b in zip(before, gan.get_weights(), strict=True)]
    named = [one for one in gan.weights if one.trainable]
    assert sum(changed) >= len(named)
