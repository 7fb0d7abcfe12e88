"""16 bits where the machine has them, float32 where it matters, and no step from an overflow."""

import keras
import numpy as np
import pytest
from backend_steps import adversarial_model, pictures

from medsr_nb.machine import precision
from medsr_nb.machine.paths import UserError
from medsr_nb.models import prototype
from medsr_nb.training import steps

BF16 = frozenset({"avx512f", "avx512_bf16"})


@pytest.mark.parametrize(
    ("machine", "expected"),
    [
        (("gpu", 7.5, frozenset()), "float16"),  # T4
        (("gpu", 8, frozenset()), "bfloat16"),  # A100
        (("gpu", 9, frozenset()), "bfloat16"),
        (("gpu", 6.1, BF16), "float32"),  # no tensor cores; the processor does not count
        (("cpu", 0, BF16), "bfloat16"),
        (("cpu", 0, frozenset({"amx_bf16"})), "bfloat16"),
        (("cpu", 0, frozenset({"avx2", "avx512f"})), "float32"),
        (("tpu", 0, frozenset()), "bfloat16"),
    ],
)
def test_the_machine_decides(machine, expected, monkeypatch):
    assert precision.best_of(*machine) == expected
    monkeypatch.setattr(precision, "machine", lambda: machine)
    assert precision.chosen_policy() == precision.POLICIES[expected]


def test_one_parameter_overrides(monkeypatch):
    monkeypatch.setattr(precision, "machine", lambda: ("cpu", 0, BF16))
    assert precision.chosen_policy("float32") == "float32"
    assert precision.chosen_policy("float16") == "mixed_float16"
    with pytest.raises(UserError, match="auto, float32, bfloat16, float16"):
        precision.chosen_policy("half")


def test_without_a_policy_everything_is_float32():
    assert keras.config.dtype_policy().name == "float32"
    assert precision.machine()[0] in ("cpu", "gpu")


def test_the_policy_ends_with_its_block_even_by_an_error():
    with pytest.raises(ZeroDivisionError), precision.policy("bfloat16") as name:
        assert name == keras.config.dtype_policy().name == "mixed_bfloat16"
        raise ZeroDivisionError
    assert keras.config.dtype_policy().name == "float32"


def test_output_losses_and_weights_stay_in_float32():
    with precision.policy("bfloat16"):
        model = adversarial_model()
    inner = [layer.compute_dtype for layer in model.generator.layers if "conv" in layer.name]
    assert inner.count("bfloat16") == len(inner) - 1 and inner[-1] == "float32"
    assert all(weight.dtype == "float32" for weight in model.trainable_weights)
    outputs = model(np.arange(4, dtype="int32"), training=True)
    assert all(keras.backend.standardize_dtype(v.dtype) == "float32" for v in outputs.values())
    judged = model.discriminator(np.zeros((1, 20, 20, 1), "float32"))
    assert keras.backend.standardize_dtype(judged.dtype) == "float32"


def test_bfloat16_trains_like_float32():
    losses = {}
    for name in ("float32", "bfloat16"):
        keras.utils.set_random_seed(0)
        with precision.policy(name):
            generator = prototype.generator(10, 2, width=4, blocks=1)
        images = steps.DeviceImages(pictures(8, 20), np.zeros(8))
        model = steps.PixelModel(generator, images, 2)
        model.compile(optimizer=keras.optimizers.Adam(1e-3))
        history = model.fit(steps.Batches(np.arange(8), 4, seed=0), epochs=8, verbose=0).history
        losses[name] = history["generator_loss"]
    assert losses["bfloat16"] == pytest.approx(losses["float32"], rel=0.02)
    assert losses["bfloat16"][-1] < losses["bfloat16"][0]
    assert losses["bfloat16"] != losses["float32"]


def test_float16_skips_a_step_that_overflows_and_halves_the_scale():
    with precision.policy("float16"):
        generator = prototype.generator(10, 2, width=4, blocks=1)
    model = steps.PixelModel(generator, steps.DeviceImages(pictures(4, 20), np.zeros(4)), 2)
    model.compile(optimizer=keras.optimizers.SGD(1e-2))
    optimizer = model.optimizer
    assert isinstance(optimizer, keras.optimizers.LossScaleOptimizer)
    optimizer.build(model.trainable_variables)
    optimizer.dynamic_scale.assign(2.0**40)  # no float16 holds a gradient times that
    before = [np.asarray(weight) for weight in model.trainable_weights]
    model.train_on_batch(np.arange(4))
    assert float(optimizer.dynamic_scale) == 2.0**39
    for weight, value in zip(model.trainable_weights, before, strict=True):
        np.testing.assert_array_equal(np.asarray(weight), value)

    optimizer.dynamic_scale.assign(2.0**8)
    model.train_on_batch(np.arange(4))
    assert float(optimizer.dynamic_scale) == 2.0**8
    after = [np.asarray(weight) for weight in model.trainable_weights]
    changed = [np.any(a != b) for a, b in zip(after, before, strict=True)]
    assert sum(changed) > len(changed) / 2
    assert all(np.isfinite(value).all() for value in after)
