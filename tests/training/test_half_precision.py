"""Every system in float16 with scaled losses, as on a T4, and compiled by XLA, as on any GPU.

Both are compared with float32, step by step, from the same weights. The steps of the former run
eagerly: at this size that is quicker than tracing them.
"""

import keras
import numpy as np
import pytest
from backend_steps import pictures, without_dropout
from shared import tiny

from medsr_nb import machine, presets
from medsr_nb.training import steps, systems

STEPS, BATCH = 3, 2
SIZES = {
    "baseline": {"hr_size": 28, "factor": 4},
    "swinir": {"width": 12},
    "resshift": {"width": 12},
}
pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="JAX compiles by XLA in all its tests"
)


def recipe_of(system):
    """The smallest recipe of a system; augmentation and degradation stay as they are."""
    small = {"width": 4, "batch_size": BATCH, "learning_rate": 1e-4, "ema": 0.0}
    return tiny(system, **small | SIZES.get(system, {}))


def built(system, precision, weights=None, **how):
    """The compiled training model of a system, without dropout: masks differ with precision."""
    recipe = recipe_of(system)
    keras.utils.set_random_seed(0)
    held = steps.DeviceImages(pictures(2 * BATCH, recipe.hr_size), np.arange(2 * BATCH) % 2)
    with machine.policy(precision):
        model = systems.model(recipe, held)
    without_dropout(getattr(model, "discriminator", model.generator))
    if weights is not None:
        model.set_weights(weights)
    model.compile(optimizer=systems.optimizer(recipe), **how)
    return model


def trained(model):
    """The figures after each of some steps: {name: (STEPS,)}."""
    rows = []
    for step in range(STEPS):
        model.reset_metrics()
        indices = np.arange(BATCH, dtype="int32") + BATCH * (step % 2)
        rows.append(model.train_on_batch((indices,), return_dict=True))
    return {name: np.array([float(row[name]) for row in rows]) for name in rows[0]}


def compared(found, expected, close):
    """Checks that all figures are finite, and losses and PSNR close to those of float32."""
    for name, values in found.items():
        assert np.isfinite(values).all(), name
        if "loss" in name or name == "psnr":
            np.testing.assert_allclose(values, expected[name], rtol=close, atol=close, err_msg=name)


@pytest.mark.parametrize("system", presets.SYSTEMS)
def test_three_steps_in_float16_and_by_xla_are_those_of_float32(system):
    whole = built(system, "float32", run_eagerly=True)
    weights = whole.get_weights()
    expected = trained(whole)
    half = built(system, "float16", weights, run_eagerly=True)
    assert half.generator.dtype_policy.name == "mixed_float16"
    assert isinstance(half.optimizer, keras.optimizers.LossScaleOptimizer)
    compared(trained(half), expected, close=0.03)
    assert int(half.optimizer.iterations) > 0  # not every step was left out for its overflow
    assert all(np.isfinite(one).all() for one in half.get_weights())
    compared(trained(built(system, "float32", weights, jit_compile=True)), expected, close=2e-3)
