"""TensorFlow and JAX take the same steps, without copying images, on one device and on two; so does
XLA for TensorFlow.
"""

import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from backend_steps import (
    adversarial_model,
    assert_alike,
    draw_weights,
    kept,
    networks,
    pixel_model,
    ready,
)

from medsr_nb.augmentation import positions
from medsr_nb.training import steps

SCRIPT = Path(__file__).with_name("device_steps.py")
TWO_PROCESSORS = "--xla_force_host_platform_device_count=2"  # of JAX's
NEXT_TO_ZERO = 1e-8  # a few weights of some thousand are
CASES = (
    "adversarial/step",
    "conditional/step",
    "pixel/step",
    "pixel/evaluation",
    "pixel/fit",
)


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """What device_steps.py found, by backend; both run at once."""
    pytest.importorskip("jax", reason="pip install 'medsr-nb[jax]' brings it")
    folder = tmp_path_factory.mktemp("backends")
    # Without LLVM's optimisation passes JAX compiles in half the time, to the same numbers.
    settings = {
        "JAX_DISABLE_MOST_OPTIMIZATIONS": "1",
        "XLA_FLAGS": f"{os.environ.get('XLA_FLAGS', '')} {TWO_PROCESSORS}",
    }
    files = {backend: folder / f"{backend}.npz" for backend in ("tensorflow", "jax")}
    runs = [
        subprocess.Popen(
            [sys.executable, SCRIPT, file],
            env=os.environ | settings | {"KERAS_BACKEND": backend},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for backend, file in files.items()
    ]
    for run in runs:
        output, _ = run.communicate()
        assert run.returncode == 0, output
    return {backend: dict(np.load(file)) for backend, file in files.items()}


@pytest.mark.parametrize("case", CASES)
def test_losses_and_weights_agree_to_1e_4(found, case):
    tensorflow, jax = found["tensorflow"], found["jax"]
    names = [name for name in tensorflow if name.startswith(case + "/")]
    assert len(names) > 10
    for name in names:
        np.testing.assert_allclose(
            jax[name], tensorflow[name], rtol=1e-4, atol=NEXT_TO_ZERO, err_msg=name
        )


def true_gradients(values, case):
    """(name, what one step changed) of every trained weight that has a true gradient.

    A bias in front of batch norm has none, as the mean is subtracted; its rounding noise is
    below 1e-6. A class's map that no image of the batch asked for has none either.
    """
    for name, value in values.items():
        if name.startswith(case + "/step/") and "/log/" not in name:
            change = value - values[name.replace("/step/", "/start/")]
            if np.abs(change).max() > 1e-6:
                yield name, change


@pytest.mark.parametrize("case", ["adversarial", "pixel"])
def test_what_a_step_changes_agrees_to_1e_4(found, case):
    """Stricter than the weights themselves, which a step of nothing would leave equal."""
    changed = dict(true_gradients(found["tensorflow"], case))
    assert len(changed) > 10
    for name, change in true_gradients(found["jax"], case):
        error = np.linalg.norm(change - changed[name]) / np.linalg.norm(changed[name])
        assert error < 1e-4, name


def test_jax_neither_copies_images_into_its_program_nor_loses_them(found):
    pixels = found["jax"]["images/pixels after training"]
    np.testing.assert_array_equal(pixels, found["jax"]["images/pixels"])
    assert found["jax"]["images/bytes of constants"] <= 10 * 20 * 4  # the matrix that reduces
    assert found["jax"]["images/buffer moved"] == 0


@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
def test_two_devices_take_the_steps_of_one(found, backend):
    """Adversarial steps, flips, batch norm, the generator's average, and validation."""
    one, two = (
        {
            name.removeprefix(which): value
            for name, value in found[backend].items()
            if name.startswith(f"{which}/")
        }
        for which in ("one", "two")
    )
    assert_alike(one, two)


def test_the_step_compiles_under_xla_and_gives_the_same(found):
    model = adversarial_model()
    for network in networks(model):
        draw_weights(network)
    model.compile(optimizer=keras.optimizers.SGD(0.1), jit_compile=True)
    compiled = {}
    batch = (np.arange(6, dtype="int32"), np.arange(6, dtype="int32"))
    kept(compiled, "adversarial/step", model, model.train_on_batch(batch, return_dict=True))
    for name, value in compiled.items():
        expected = found["tensorflow"][name]
        np.testing.assert_allclose(value, expected, rtol=1e-4, atol=NEXT_TO_ZERO, err_msg=name)


def test_turns_are_the_eight_positions_of_a_square():
    image = np.arange(9, dtype="uint8").reshape(1, 3, 3, 1)
    turned = np.asarray(positions.turned(np.repeat(image, 8, 0), np.arange(8, dtype="int32")))[
        ..., 0
    ]
    square = image[0, :, :, 0]
    np.testing.assert_array_equal(turned[0], square)
    np.testing.assert_array_equal(turned[1], square[:, ::-1])
    np.testing.assert_array_equal(turned[2], square[::-1])
    np.testing.assert_array_equal(turned[5], square[:, ::-1].T)
    assert len({picture.tobytes() for picture in turned}) == 8


def test_fit_keeps_the_order_of_its_batches():
    """Keras shuffles batches by default, with a state that no checkpoint holds."""

    class Watched(steps.Batches):
        seen = []

        def __getitem__(self, step):
            self.seen.append(step)
            return super().__getitem__(step)

    model = ready(pixel_model(), keras.optimizers.SGD(0.0))
    batches = Watched(np.arange(12), 1, seed=0)
    model.fit(batches, verbose=0)
    assert batches.seen[-12:] == list(range(12))
