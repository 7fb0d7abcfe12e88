"""The ONNX file gives what the network gives, at any size."""

import sys

import numpy as np
import pytest

from medsr_nb.cli import main
from medsr_nb.upscaling import export, pretrained


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    """``medsr export`` at sharpness 0.5, opened by onnxruntime."""
    pytest.importorskip("onnx")
    runtime = pytest.importorskip("onnxruntime")
    path = tmp_path_factory.mktemp("onnx") / "medsr.onnx"
    assert main(["export", str(path), "--format", "onnx", "--sharpness", "0.5"]) == 0
    return runtime.InferenceSession(path, providers=["CPUExecutionProvider"])


@pytest.mark.parametrize("size", [(12, 18), (17, 13)])
def test_onnxruntime_agrees_with_keras(session, size):
    draw = np.random.default_rng(1)
    dark = np.clip(draw.normal(-0.8, 0.4, (1, *size, 1)), -1, 1)  # clips, so the rounds matter
    lr = np.concatenate([draw.uniform(-1, 1, (1, *size, 1)), dark]).astype(np.float32)
    [found] = session.run(None, {"lr": lr})
    wanted = pretrained.network(0.5, size).predict_on_batch(lr)
    assert found.shape == wanted.shape and np.abs(wanted).max() == 1.0
    apart = np.abs(found - wanted)
    # Whether a pixel at black can still move is yes or no, so rounding may decide it otherwise; a
    # few pixels are then an eighth of a grey level apart at most. The network itself is not:
    # test_without_the_projection.
    assert (apart < 1e-4).mean() > 0.995 and apart.max() < 1e-3


@pytest.mark.parametrize("sharpness", [0.0, 0.5, 1.0])
def test_without_the_projection(tmp_path, sharpness):
    pytest.importorskip("onnx")
    runtime = pytest.importorskip("onnxruntime")
    export(tmp_path / "free.onnx", sharpness, reduction="unknown")
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
