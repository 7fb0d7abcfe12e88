"""Files of any size come out three times as large, and agree with what went in."""

import numpy as np
import pytest
from PIL import Image

from medsr_nb import degradation
from medsr_nb.cli.commands import main
from medsr_nb.machine import weights
from medsr_nb.models import medsr
from medsr_nb.presets import recipe
from medsr_nb.scoring import fidelity
from medsr_nb.studies import study
from medsr_nb.upscaling import upscale


@pytest.fixture(autouse=True)
def recorded(tmp_path, monkeypatch):
    """Both networks of medsr with random weights."""
    row = recipe("medsr", width=8, blocks=1).to_dict()
    network = medsr.generator(50, 3, 8, 1)
    rows = {}
    for name in ("faithful", "sharp"):
        draw = np.random.default_rng(len(name))
        network.set_weights([0.07 * draw.normal(size=one.shape) for one in network.get_weights()])
        sha256 = weights.save_weights(tmp_path / "results" / "medsr" / f"{name}.npz", network)
        rows[name] = {"recipe": row, "sha256": sha256}
    monkeypatch.setattr(study, "results_dir", lambda: tmp_path / "results")
    monkeypatch.setattr(study, "recorded", lambda name: {"study": "medsr", "rows": rows})
    upscale.network.cache_clear()
    yield
    upscale.network.cache_clear()


def picture(path, height, width, low=60, high=200):
    draw = np.random.default_rng(1)
    Image.fromarray(draw.integers(low, high, (height, width), dtype="uint8")).save(path)
    return path


def test_a_picture_that_is_not_square_agrees_with_its_enlargement(tmp_path):
    file = picture(tmp_path / "scan.png", 20, 31)
    [written] = upscale.upscaled_file(file, tmp_path)
    sr = np.asarray(Image.open(written))
    assert written.name == "scan_x3.png" and sr.shape == (60, 93) and sr.dtype == "uint8"
    lr = np.asarray(Image.open(file))[None, ..., None]
    plain = np.asarray(degradation.enlarged(degradation.to_float(lr), 3))
    assert np.abs(sr - 127.5 * (plain[0, ..., 0] + 1)).max() > 5  # the network adds something
    inside = fidelity.consistency_error(lr, sr[None, ..., None], 3)
    assert inside < 1.5  # what rounding and clipping leave


def test_the_same_weights_give_the_same_middle_at_another_size(tmp_path):
    lr = np.random.default_rng(2).integers(60, 200, (1, 40, 40, 1), dtype="uint8")
    whole = upscale.upscaled(lr)[0, 36:84, 36:84, 0].astype(int)
    part = upscale.upscaled(lr[:, 4:36, 4:36])[0, 24:72, 24:72, 0].astype(int)
    assert np.abs(whole - part).max() <= 2  # the projection reaches far, but weakly


def test_the_command_goes_on_after_a_file_that_it_cannot_read(tmp_path, capsys):
    good = picture(tmp_path / "good.png", 12, 12)
    (tmp_path / "bad.png").write_bytes(b"no picture")
    arguments = ["upscale", str(tmp_path / "bad.png"), str(good), "--out", str(tmp_path / "out")]
    assert main([*arguments, "--guess"]) == 1
    said = capsys.readouterr()
    assert "bad.png: not a picture that Pillow can read" in said.err
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "good_guess.png", "good_x3.png",
    ]  # fmt: skip
    assert main(["upscale", str(tmp_path / "missing.png"), "--out", str(tmp_path)]) == 1
    assert "missing.png" in capsys.readouterr().err


def test_results_that_cannot_be_written_apart_or_at_all_are_refused(tmp_path, capsys):
    one = picture(tmp_path / "scan.png", 12, 12)
    assert main(["upscale", str(one), str(tmp_path / "scan.jpg"), "--out", str(tmp_path)]) == 2
    assert "named scan, and the results would overwrite" in capsys.readouterr().err
    assert main(["upscale", str(one), "--out", str(one)]) == 2
    assert "cannot make the folder" in capsys.readouterr().err


def test_too_large_a_picture_is_refused_before_memory_runs_out(tmp_path):
    file = tmp_path / "large.png"
    Image.new("L", (3000, 2000)).save(file)
    with pytest.raises(upscale.UserError, match="3000x2000 pixels are more than 2 million"):
        upscale.upscaled_file(file, tmp_path)


def test_sharpness_blends_and_is_refused_outside_0_and_1(tmp_path, capsys):
    lr = np.random.default_rng(3).integers(60, 200, (1, 12, 12, 1), dtype="uint8")
    faithful, half, sharp = (upscale.upscaled(lr, one).astype(int) for one in (0.0, 0.5, 1.0))
    assert (faithful != half).any() and (half != sharp).any() and (sharp != faithful).any()
    file = picture(tmp_path / "scan.png", 12, 12)
    assert main(["upscale", str(file), "--out", str(tmp_path), "--sharpness", "1.5"]) == 1
    assert "sharpness is from 0 (faithful) to 1 (sharp), not 1.5" in capsys.readouterr().err
    assert main(["upscale", str(file), "--out", str(tmp_path), "--sharpness", "1"]) == 0
    assert (np.asarray(Image.open(tmp_path / "scan_x3.png")) > 0).any()
