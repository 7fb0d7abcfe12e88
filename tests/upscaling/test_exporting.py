"""The ONNX file gives what the network gives, at any size."""

import sys

import numpy as np
import pytest

from medsr_nb.cli import main
from medsr_nb.upscaling import export, pretrained

NETWORKS = {
    "faithful": ([], {}),
    "blend": (["--sharpness", "0.5"], {"sharpness": 0.5}),
    "sharp": (["--sharpness", "1"], {"sharpness": 1.0}),
    "robust": (["--robust"], {"robust": True}),  # without the projection, as is its default
}


@pytest.fixture(scope="module", params=NETWORKS)
def exported(request, tmp_path_factory):
    """(what ``medsr export`` writes, opened by onnxruntime; what the network is asked for)."""
    pytest.importorskip("onnx")
    runtime = pytest.importorskip("onnxruntime")
    words, asked = NETWORKS[request.param]
    path = tmp_path_factory.mktemp("onnx") / "medsr.onnx"
    assert main(["export", str(path), "--format", "onnx", *words]) == 0
    return runtime.InferenceSession(path, providers=["CPUExecutionProvider"]), asked


@pytest.mark.parametrize("size", [(12, 18), (17, 13)])
def test_onnxruntime_agrees_with_keras(exported, size):
    """On noise without black and white, on noise from black to white, and on noise on black.

    These pictures are chosen. In about one of forty such ones a pixel at black or at white can move
    or cannot by less than float32's rounding (``in_range``, ``stuck``), and all around it is then
    up to 0.01 apart. The network is so far from itself there, too, if its input is moved by 3e-7.
    Here it is not, whichever way, so that rounding decides nothing.
    """
    session, asked = exported
    draw = np.random.default_rng(13)
    dark = np.clip(draw.normal(-0.8, 0.4, (1, *size, 1)), -1, 1)
    both, plain = (draw.uniform(-most, most, (1, *size, 1)) for most in (1, 0.5))
    lr = np.concatenate([both, dark, plain]).astype(np.float32)
    [found] = session.run(None, {"lr": lr})
    wanted = pretrained.network(lr_size=size, **asked).predict_on_batch(lr)
    assert found.shape == wanted.shape and np.abs(wanted).max() >= 1.0
    assert np.abs(found - wanted).max() < 1e-4


@pytest.mark.parametrize("sharpness", [0.0, 0.5, 1.0])
def test_without_the_projection(tmp_path, sharpness):
    pytest.importorskip("onnx")
    runtime = pytest.importorskip("onnxruntime")
    export(str(tmp_path / "free.onnx"), sharpness, reduction="unknown")
    lr = np.random.default_rng(2).uniform(-1, 1, (1, 9, 8, 1)).astype(np.float32)
    session = runtime.InferenceSession(tmp_path / "free.onnx", providers=["CPUExecutionProvider"])
    [found] = session.run(None, {"lr": lr})
    wanted = pretrained.network(sharpness, (9, 8), reduction="unknown").predict_on_batch(lr)
    assert np.abs(found - wanted).max() < 1e-4


def test_what_cannot_be_exported_is_one_line(tmp_path, capsys, monkeypatch):
    path = tmp_path / "medsr.onnx"
    monkeypatch.setitem(sys.modules, "onnx", None)
    assert main(["export", str(path)]) == 2
    assert "pip install 'medsr-nb[onnx]'" in capsys.readouterr().err
    monkeypatch.undo()
    pytest.importorskip("onnx")
    assert main(["export", str(tmp_path / "gone" / "medsr.onnx")]) == 2
    assert "gone/medsr.onnx: cannot be written" in capsys.readouterr().err
    assert main(["export", str(path), "--sharpness", "2"]) == 2
    assert "from 0 (faithful) to 1 (sharp)" in capsys.readouterr().err
    assert not path.exists()
    (picture := tmp_path / "b.png").write_bytes(b"mine")
    assert main(["export", str(picture)]) == 2 and picture.read_bytes() == b"mine"


def test_a_file_that_is_there_is_replaced_only_where_that_is_asked_for(tmp_path, capsys):
    (path := tmp_path / "medsr.onnx").write_bytes(b"mine")
    assert main(["export", str(path)]) == 2 and path.read_bytes() == b"mine"
    assert "medsr.onnx is there already: name another, or give --overwrite" in (
        capsys.readouterr().err
    )
    pytest.importorskip("onnx")
    assert main(["export", str(path), "--overwrite"]) == 0 and len(path.read_bytes()) > 10**5
