"""Our own network: what it starts from, and that it never contradicts its input."""

import keras
import numpy as np
import pytest
from backend_steps import draw_weights

from medsr_nb import degradation, presets
from medsr_nb.data import images
from medsr_nb.models import medsr
from medsr_nb.training import adversarial, steps

CONSISTENT = [design for design in medsr.DESIGNS if design != "free"]


@pytest.mark.parametrize("design", CONSISTENT)
def test_untrained_it_is_the_consistent_bicubic_enlargement(design):
    lr = np.random.default_rng(0).uniform(-1, 1, (2, 6, 6, 1)).astype("float32")
    expected = degradation.consistent(degradation.enlarged(lr, 3), lr, 3)
    network = medsr.generator(6, 3, 4, 1, **medsr.DESIGNS[design])
    np.testing.assert_allclose(network(lr), expected, atol=1e-6)


@pytest.mark.parametrize("design", CONSISTENT)
@pytest.mark.parametrize("size", [8, (7, 10)])
def test_whatever_its_weights_its_result_reduces_to_its_input(design, size):
    network = medsr.generator(size, 3, width=6, blocks=1, **medsr.DESIGNS[design])
    draw_weights(network)
    lr = np.random.default_rng(1).uniform(-1, 1, (3, *network.input_shape[1:])).astype("float32")
    sr = network(lr)
    assert np.abs(sr - degradation.enlarged(lr, 3)).max() > 0.1  # it does something
    np.testing.assert_allclose(degradation.resized(sr, *lr.shape[1:3]), lr, atol=1e-5)


@pytest.mark.parametrize("reduction", ["average", "lanczos", "k-space", "detector"])
def test_it_agrees_with_its_input_by_the_reduction_that_is_named(reduction):
    network = medsr.generator((7, 10), 3, width=6, blocks=1, reduction=reduction)
    draw_weights(network)
    lr = np.random.default_rng(1).uniform(-1, 1, (3, 7, 10, 1)).astype("float32")
    sr = network(lr)
    np.testing.assert_allclose(degradation.reduced_exactly(sr, 3, reduction), lr, atol=2e-5)
    assert np.abs(degradation.reduced_exactly(sr, 3) - lr).max() > 0.1  # by no other
    again = keras.models.clone_model(network)  # from its configuration
    again.set_weights(network.get_weights())
    np.testing.assert_allclose(again(lr), sr, atol=1e-6)


def test_free_it_shares_the_weights_and_leaves_the_last_layer_out():
    network = medsr.generator(8, 3, 6, 1)
    free = medsr.generator(8, 3, 6, 1, **medsr.DESIGNS["free"])
    draw_weights(network)
    free.set_weights(network.get_weights())
    lr = np.random.default_rng(1).uniform(-1, 1, (3, 8, 8, 1)).astype("float32")
    assert np.abs(degradation.resized(free(lr), 8, 8) - lr).max() > 0.1
    np.testing.assert_allclose(degradation.consistent(free(lr), lr, 3), network(lr), atol=1e-5)


def test_real_images_come_back_to_the_very_grey_level():
    """Whatever the weights: the sample's slices, enlarged and reduced, are what went in."""
    pixels = images.load("sample", 48).pixels[:4]
    network = medsr.generator(16, 3, width=4, blocks=1)
    draw_weights(network)
    lr = degradation.to_pixels(degradation.reduced(degradation.to_float(pixels), 3))
    sr = network(degradation.to_float(lr))
    assert (degradation.to_pixels(degradation.resized(sr, 16, 16)) == lr).all()


def test_the_size_of_the_first_probe():
    """8 blocks of two 3x3 convolutions of 48, one before, one after, and 9 filters at the end."""
    inner = 9 * 48 * 48 + 48
    expected = (9 * 48 + 48) + 17 * inner + (9 * 48 * 9 + 9)
    network = medsr.generator(50, width=48, blocks=8, levels=1, late=0)
    assert network.count_params() == expected == 357_705


def test_the_size_of_two_levels():
    """4 + 4 fine convolutions of 8 and one more, a way down, 4 of 12, a way up to 4 * 8."""
    fine, coarse = 9 * 8 * 8 + 8, 9 * 12 * 12 + 12
    trunk = (9 * 8 + 8) + 9 * fine + (9 * 8 * 12 + 12) + 4 * coarse + (9 * 12 * 32 + 32)
    head = (9 * 8 * 9 * 5 + 45) + (9 * 5 * 5 + 5) + (9 * 5 + 1)
    assert medsr.generator(10, width=8, blocks=2, late=5).count_params() == trunk + head


def test_the_second_level_sees_farther():
    """A pixel's reach: what changes when one LR pixel does, with weights that lose nothing."""

    def reach(levels):
        network = medsr.generator(31, 3, width=4, blocks=1, levels=levels, late=0)
        draw_weights(network)
        lr = np.zeros((1, 31, 31, 1), "float32")
        detail = keras.Model(network.input, network.layers[-3].output)
        other = lr.copy()
        other[0, 15, 15] = 1.0
        changed = np.abs(detail(other) - detail(lr))[0, ..., 0] > 1e-7
        return np.flatnonzero(changed.any(axis=0)).size

    assert reach(2) > reach(1)


def test_other_numbers_of_levels_are_refused():
    with pytest.raises(ValueError, match="1 or 2 levels, not 3"):
        medsr.generator(8, levels=3)


def test_the_discriminator_judges_patches_at_low_resolution():
    discriminator = medsr.discriminator(24, width=4)
    assert discriminator.output_shape == (None, 2, 2, 1)
    assert discriminator.layers[1].output.shape == (None, 8, 8, 9)


def test_both_train(eagerly):
    pixels = np.random.default_rng(2).integers(256, size=(8, 24, 24, 1), dtype="uint8")
    held = steps.DeviceImages(pixels, np.zeros(8))
    gan = adversarial.LogitAdversarialModel(
        medsr.generator(8, 3, 6, 1), medsr.discriminator(24, 4), held, 3, 0.1
    )
    before = gan.get_weights()
    gan.compile(optimizer=keras.optimizers.Adam(1e-3))
    for _ in range(3):  # the zero start holds gradients back from the trunk for a step
        logs = gan.train_on_batch(np.arange(4), return_dict=True)
    assert np.isfinite(list(logs.values())).all()
    changed = [np.any(a != b) for a, b in zip(before, gan.get_weights(), strict=True)]
    named = [one for one in gan.weights if one.trainable]
    assert sum(changed) >= len(named)


def test_a_recipe_names_the_designs_and_only_medsr_has_them():
    assert set(presets.CHOICES["design"]) == set(medsr.DESIGNS)
    with pytest.raises(ValueError, match="a form of medsr, not of srresnet"):
        presets.recipe("srresnet", design="late")
