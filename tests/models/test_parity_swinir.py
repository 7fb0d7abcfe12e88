"""Our SwinIR against spandrel's, with the same random weights.

Tolerance: 1e-5 on images of size about 1, in float32 on both sides, which add up in another
order. A wrong axis, offset or slope shows at 1e-3 and more. Spandrel runs in a process of its
own (this file as a script): PyTorch's Triton cannot be loaded beside TensorFlow.
"""

import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

SETTINGS = {"width": 12, "depths": (2, 2), "heads": 2}
UPSAMPLERS = {"direct": "pixelshuffledirect", "classical": "pixelshuffle"}
CASES = [  # window, LR size, channels, factor, upsampler
    (4, 8, 1, 3, "direct"),
    (4, 10, 3, 3, "direct"),
    (8, 13, 1, 3, "classical"),
    (4, 10, 3, 3, "classical"),
    (4, 6, 3, 4, "classical"),
    (4, 8, 3, 2, "classical"),
]
PUBLISHED = {
    "direct": {"width": 60, "depths": (6,) * 4, "heads": 6},
    "classical": {"width": 180, "depths": (6,) * 6, "heads": 6},
}


def spandrel_network(window, channels, factor, upsampler, width, depths, heads):
    """Spandrel's network for images of 2x2 windows."""
    from spandrel.architectures.SwinIR import SwinIR

    return SwinIR(
        img_size=2 * window,
        in_chans=channels,
        embed_dim=width,
        depths=list(depths),
        num_heads=[heads] * len(depths),
        window_size=window,
        mlp_ratio=2.0,
        upscale=factor,
        upsampler=UPSAMPLERS[upsampler],
    ).eval()


def write_spandrels_results(folder):
    """A file for each case: LR and SR in [-1, 1], channels last, and the weights behind it."""
    import torch

    for number, (window, lr_size, channels, factor, upsampler) in enumerate(CASES):
        torch.manual_seed(number)
        network = spandrel_network(window, channels, factor, upsampler, **SETTINGS)
        with torch.no_grad():
            for parameter in network.parameters():  # so that images keep a size of about 1
                spread = parameter[0].numel() ** -0.5 if parameter.ndim > 1 else 0.5
                parameter.copy_(spread * torch.randn(parameter.shape))
            lr = torch.rand(2, channels, lr_size, lr_size)
            images = {"lr": lr, "sr": network(lr)}
        images = {name: 2 * one.permute(0, 2, 3, 1).numpy() - 1 for name, one in images.items()}
        state = {f"state/{name}": one.numpy() for name, one in network.state_dict().items()}
        np.savez(folder / f"{number}.npz", **images, **state)
    for upsampler, settings in PUBLISHED.items():
        network = spandrel_network(8, 3, 3, upsampler, **settings)
        np.save(folder / f"{upsampler}.npy", sum(one.numel() for one in network.parameters()))


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    for package in ("torch", "torchvision", "spandrel"):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"pip install {package}: it is what we compare with")
    folder = tmp_path_factory.mktemp("spandrel")
    subprocess.run([sys.executable, __file__, folder], check=True)
    return folder


def state_of(file):
    return {name[6:]: file[name] for name in file.files if name.startswith("state/")}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_forward_pass_is_spandrels(results, case):
    import convert

    from medsr_nb.models import swinir

    window, lr_size, channels, factor, upsampler = case
    ours = swinir.generator(
        lr_size, factor, **SETTINGS, window=window, upsampler=upsampler, channels=channels
    )
    with np.load(results / f"{CASES.index(case)}.npz") as file:
        convert.swinir_weights(state_of(file), ours)
        lr, expected = file["lr"], file["sr"]
    assert expected.std() > 0.1  # else there would be nothing to compare
    np.testing.assert_allclose(np.asarray(ours(lr)), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("upsampler", PUBLISHED)
def test_published_sizes_have_as_many_parameters_as_spandrels(results, upsampler):
    from medsr_nb.models import swinir

    ours = swinir.generator(8, **PUBLISHED[upsampler], upsampler=upsampler, channels=3)
    assert ours.count_params() == np.load(results / f"{upsampler}.npy")


def test_weights_of_another_network_are_refused_and_change_nothing(results):
    import convert

    from medsr_nb.models import swinir

    with np.load(results / "0.npz") as file:
        state = state_of(file)
    for settings in (SETTINGS | {"width": 16}, SETTINGS | {"depths": (2,)}, {"heads": 1}):
        ours = swinir.generator(8, **SETTINGS | settings, window=4)
        before = ours.get_weights()
        with pytest.raises(ValueError, match="weights of another network"):
            convert.swinir_weights(state, ours)
        for old, new in zip(before, ours.get_weights(), strict=True):
            np.testing.assert_array_equal(old, new)


if __name__ == "__main__":
    write_spandrels_results(Path(sys.argv[1]))
