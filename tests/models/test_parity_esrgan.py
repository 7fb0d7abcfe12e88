"""ESRGAN's and Real-ESRGAN's networks against PyTorch's, from equal random weights.

The generator is spandrel's, which reads the official names; spandrel has no discriminators,
so they are written down here, with PyTorch's own layers and spectral norm. All in float32.
Tolerance: 1e-5 of the largest value. Both sides add up the same products in another order,
which left 5e-6 at most where this was measured. PyTorch runs in a process of its own (this
file as a script): some of its builds abort beside TensorFlow.
"""

import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

GENERATORS = [(4, 3), (2, 1)]  # factor, channels
VGG, U_NET = "vgg", "u-net"


def entries(model):
    """What ``convert`` needs of all convolutions, and of the vectors of the spectral norm."""
    import convert

    found = []
    for layer in model.layers:
        if hasattr(layer, "kernel"):
            found += convert.conv_entries(layer.name, layer)
        if hasattr(layer, "u"):
            found.append(convert.Entry(f"{layer.name}.u", layer.u, (0,)))
    return found


def random_state(model, draw):
    """Weights in PyTorch's order, such that features about keep their size."""
    import convert

    return {
        name: draw.normal(0, 1 / np.sqrt(array[0].size), array.shape).astype("float32")
        for name, array in convert.stored(entries(model)).items()
    }


def convolutional(model):
    """The part of a network before its first dense layer."""
    import keras

    flat = [layer for layer in model.layers if isinstance(layer, keras.layers.Flatten)]
    return keras.Model(model.input, flat[0].input) if flat else model


def ours():
    """Our networks by name. The VGG's 100 pixels halve to 50, 25, 12, 6, 3 as PyTorch's do."""
    from medsr_nb.models import esrgan, realesrgan, rrdb

    networks = {
        f"x{factor}": rrdb.generator(11, factor, 16, blocks=2, growth=32, channels=channels)
        for factor, channels in GENERATORS
    }
    networks[VGG] = convolutional(esrgan.discriminator(100, width=4))
    networks[U_NET] = realesrgan.discriminator(24, width=8)
    return networks


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """By name: our network, an image, and what PyTorch made of it with equal weights."""
    for package in ("torch", "torchvision", "spandrel"):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"pip install {package}: it is what we compare with")
    import convert

    folder, networks, draw = tmp_path_factory.mktemp("parity"), ours(), np.random.default_rng(0)
    for name, network in networks.items():
        image = draw.uniform(-1, 1, (2, *network.input.shape[1:])).astype("float32")
        state = random_state(network, draw)
        convert.load(entries(network), state)
        np.savez(folder / f"{name}-state.npz", **state)
        np.save(folder / f"{name}-image.npy", image)
    subprocess.run([sys.executable, __file__, folder], check=True)
    return {
        name: (
            network,
            np.load(folder / f"{name}-image.npy"),
            dict(np.load(folder / f"{name}-results.npz")),
        )
        for name, network in networks.items()
    }


def assert_alike(mine, theirs):
    assert mine.shape == theirs.shape
    size = np.abs(theirs).max()
    assert size > 0.01  # else there would be nothing to compare
    difference = np.abs(np.asarray(mine) - theirs).max() / size
    assert difference < 1e-5


def channels_last(array):
    return np.transpose(array, (0, 2, 3, 1))


@pytest.mark.parametrize("name", [f"x{factor}" for factor, _ in GENERATORS])
def test_generator_is_spandrels(results, name):
    network, image, theirs = results[name]
    assert_alike(network(image), channels_last(theirs["output"]))


def test_vgg_discriminators_features_are_torchs(results):
    network, image, theirs = results[VGG]
    assert_alike(network(image, training=True), channels_last(theirs["output"]))


def test_u_net_its_power_iterations_and_gradients_are_torchs(results):
    """In the third call in training; the gradient is that of the sum of the logits' sines."""
    import tensorflow as tf

    network, image, theirs = results[U_NET]
    for _ in range(2):
        network(image, training=True)
    with tf.GradientTape() as tape:
        logits = network(image, training=True)
        loss = tf.reduce_sum(tf.sin(logits))
    assert_alike(logits, channels_last(theirs["output"]))
    layers = [layer for layer in network.layers if layer.weights]
    gradients = tape.gradient(loss, [layer.kernel.value for layer in layers])
    for layer, gradient in zip(layers, gradients, strict=True):
        expected = theirs[f"{layer.name}.gradient"]
        assert_alike(np.transpose(gradient, (3, 2, 0, 1)), expected)
        if hasattr(layer, "u"):
            assert_alike(layer.u, theirs[f"{layer.name}.u"])


# What follows runs in PyTorch's own process.


def torch_modules(state):
    """For each named convolution a PyTorch module: 3x3 of stride 1 or 4x4 of stride 2."""
    import torch

    modules = {}
    for name in dict.fromkeys(key.rsplit(".", 1)[0] for key in state):
        weight = state[f"{name}.weight"]
        outputs, inputs, kernel, _ = weight.shape
        bias = state.get(f"{name}.bias")
        module = torch.nn.Conv2d(inputs, outputs, kernel, kernel - 2, 1, bias=bias is not None)
        module.weight.data = weight
        if bias is not None:
            module.bias.data = bias
        if f"{name}.u" in state:
            module = torch.nn.utils.spectral_norm(module)
            module.weight_u.copy_(state[f"{name}.u"] / state[f"{name}.u"].norm())
        modules[name] = module
    return modules


def vgg(modules, features):
    """BasicSR's stages: a convolution with bias, then convolutions with batch norm."""
    import torch

    for number, module in enumerate(modules):
        features = module(features)
        if number:
            features = torch.nn.BatchNorm2d(features.shape[1], eps=1e-3)(features)
        features = torch.nn.functional.leaky_relu(features, 0.2)
    return features


def u_net(modules, features):
    """Real-ESRGAN's discriminator, from its ten convolutions in order."""
    from torch.nn.functional import interpolate, leaky_relu

    skips = []
    for number, module in enumerate(modules[:-1]):
        if 4 <= number < 7:
            features = interpolate(features, scale_factor=2, mode="bilinear", align_corners=False)
        features = leaky_relu(module(features), 0.2)
        if number < 3:
            skips.append(features)
        elif 4 <= number < 7:
            features = features + skips.pop()
    return modules[-1](features)


def write_torchs_results(folder):
    import spandrel
    import torch

    def read(name):
        image = torch.from_numpy(np.load(folder / f"{name}-image.npy"))
        state = np.load(folder / f"{name}-state.npz")
        state = {key: torch.from_numpy(state[key]) for key in state.files}
        return image.permute(0, 3, 1, 2).contiguous(), state

    for factor, _ in GENERATORS:
        image, state = read(f"x{factor}")
        network = spandrel.ModelLoader(device="cpu").load_from_state_dict(state)
        with torch.no_grad():
            np.savez(folder / f"x{factor}-results.npz", output=network.model(image).numpy())

    image, state = read(VGG)
    output = vgg(list(torch_modules(state).values()), image)
    np.savez(folder / f"{VGG}-results.npz", output=output.detach().numpy())

    image, state = read(U_NET)
    modules = torch_modules(state)
    for _ in range(3):
        output = u_net(list(modules.values()), image)
    torch.sin(output).sum().backward()
    results = {"output": output}
    for name, module in modules.items():
        normed = hasattr(module, "weight_orig")
        results[f"{name}.gradient"] = (module.weight_orig if normed else module.weight).grad
        if normed:
            results[f"{name}.u"] = module.weight_u
    results = {name: value.detach().numpy() for name, value in results.items()}
    np.savez(folder / f"{U_NET}-results.npz", **results)


if __name__ == "__main__":
    write_torchs_results(Path(sys.argv[1]))
