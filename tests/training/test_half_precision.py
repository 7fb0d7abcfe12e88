"""Every system in float16 with scaled losses, as on a T4, and compiled by XLA, as on any GPU.

Two steps of the one are compared with two of the other, which are in float32, from the same
weights. Those in float16 run eagerly: at this size that is quicker than tracing them. Where a
system draws whole numbers for its pictures, XLA draws others; the steps in float16 are then
compared with eager ones. Adam does the same in all systems, and takes a third of XLA's time: one
on a pixel loss has it, and ESRGAN, which a step that float16 leaves out would move far.
"""

import keras
import numpy as np
import pytest
from backend_steps import pictures, without_dropout
from shared import tiny

from medsr_nb import machine, presets
from medsr_nb.training import steps, systems

STEPS, BATCH = 2, 2
# Of the losses: from 2^15, Keras's, the first steps are left out until it is halved. At 16 some
# processors leave out one of ESRGAN's.
SCALE = 4.0
SIZES = {
    "baseline": {"hr_size": 28, "factor": 4},
    "swinir": {"width": 12},
    "resshift": {"width": 12},
}
DRAWN = ("cutblur", "medsr-robust")
ADAM = ("medsr", "esrgan")
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
    optimizer = systems.optimizer(recipe) if system in ADAM else keras.optimizers.SGD(1e-3)
    model.compile(optimizer=optimizer, **how)
    return model


def trained(model):
    """The figures after each of some steps: {name: (STEPS,)}."""
    rows = []
    for step in range(STEPS):
        model.reset_metrics()
        indices = np.arange(BATCH, dtype="int32") + BATCH * (step % 2)
        rows.append(model.train_on_batch((indices,), return_dict=True))
    return {name: np.array([float(row[name]) for row in rows]) for name in rows[0]}


@pytest.mark.parametrize("system", presets.SYSTEMS)
def test_steps_in_float16_are_close_to_those_that_xla_compiles_in_float32(system, two_levels):
    half = built(system, "float16", run_eagerly=True)
    assert half.generator.dtype_policy.name == "mixed_float16"
    assert isinstance(half.optimizer, keras.optimizers.LossScaleOptimizer)
    half.optimizer.dynamic_scale.assign(SCALE)
    weights = half.get_weights()
    whole = built(system, "float32", weights, jit_compile=True)
    assert whole.jit_compile and whole.generator.dtype_policy.name == "float32"
    found, compiled = trained(half), trained(whole)
    expected = compiled
    if system in DRAWN:
        expected = trained(built(system, "float32", weights, run_eagerly=True))
    for name, values in found.items():
        assert np.isfinite(values).all() and np.isfinite(compiled[name]).all(), name
        if "loss" in name or name == "psnr":
            np.testing.assert_allclose(values, expected[name], rtol=0.03, err_msg=name)
    # Scaling leaves a step out whose gradient overflows; ESRGAN's does once, at this size.
    assert int(half.optimizer.iterations) >= STEPS - 1
    for one in (*half.get_weights(), *whole.get_weights()):
        assert np.isfinite(one).all()
