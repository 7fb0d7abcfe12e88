"""``medsr train``: it stops, goes on, writes what it made, and names what does not fit."""

import json
import shlex

import numpy as np
import pytest
from kill_resume import PARTS, tiny_gan

from medsr_nb import data, training
from medsr_nb.cli import commands


def test_the_command_stops_goes_on_and_writes_what_it_made(tmp_path, monkeypatch, capsys, eagerly):
    monkeypatch.setattr(training, "build", lambda recipe, parts, bits: tiny_gan())
    monkeypatch.setattr(data, "load", lambda data, size: PARTS.train)
    monkeypatch.setattr(training, "split", lambda recipe, pictures: PARTS)
    command = ["train", "prototype", "--out", str(tmp_path / "a run"), "--ema", "0.9",
               "--train-images", "24", "--batch-size", "4", "--epochs", "1"]  # fmt: skip
    assert commands.main([*command, "--max-minutes", "0"]) == 3
    out = capsys.readouterr().out
    assert "stopped after 0 of 1 epochs, 1 of 6 steps: the time is over." in out
    again = out.split("To go on: medsr ")[1].splitlines()[0]
    assert shlex.split(again) == [*command, "--max-minutes", "0"]
    assert commands.main(command) == 0
    note = json.loads((tmp_path / "a run" / "history.json").read_text())
    assert note["recipe"]["ema"] == 0.9 and len(note["history"]["val_psnr"]) == 1
    gan = tiny_gan()
    gan.upscaler.load_weights(tmp_path / "a run" / "generator.weights.h5")
    assert float(gan(np.arange(24, 28))["psnr"]) == pytest.approx(
        note["history"]["val_psnr"][0], abs=1e-3
    )
    logs = (tmp_path / "a run" / "tensorboard" / "validation").iterdir()
    assert sum(b"epoch_psnr" in log.read_bytes() for log in logs) == 1


def test_the_command_names_what_does_not_fit(tmp_path, capsys):
    assert (
        commands.main(["train", "prototype", "--pixel-epochs", "99", "--out", str(tmp_path)]) == 2
    )
    assert "pixel_epochs is from 0 to epochs" in capsys.readouterr().err
    assert commands.main(["train", "prototype", "--data", "missing", "--out", str(tmp_path)]) == 2
    assert "no file or folder" in capsys.readouterr().err
