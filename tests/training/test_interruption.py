"""No training is ever lost: killed, boxed or interrupted, it goes on to the same bits."""

import dataclasses
import importlib.util
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from kill_resume import PARTS, RECIPE, last, tiny_gan

from medsr_nb.training import checkpoint, experiment, keeper
from medsr_nb.training.callbacks import Previews
from medsr_nb.training.checkpoint import CheckpointError

eager = pytest.mark.usefixtures("eagerly")  # a few steps each, of a network built anew


def train(folder, **options):
    gan = tiny_gan()
    recipe = options.pop("recipe", RECIPE)
    return experiment.train(gan, recipe, PARTS, *options.pop("callbacks", ()), folder=folder,
                             **options)  # fmt: skip


def short(epochs=2, **changes):
    """Three steps an epoch, and the first of the epochs without the discriminator."""
    return dataclasses.replace(RECIPE, epochs=epochs, pixel_epochs=1, batch_size=8, **changes)


def killed_and_resumed(backend, folder, kills):
    """What kill_resume.py reports. One thread: with more, TensorFlow is not exact by itself."""
    environment = os.environ | {
        "KERAS_BACKEND": backend,
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "TF_NUM_INTRAOP_THREADS": "1",
        "TF_NUM_INTEROP_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "XLA_FLAGS": f"{os.environ['XLA_FLAGS']} --xla_cpu_multi_thread_eigen=false",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        # Each fork compiles the same step: the first keeps it for the others.
        "JAX_COMPILATION_CACHE_DIR": str(folder / "compiled"),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
        "JAX_DISABLE_MOST_OPTIMIZATIONS": "1",
    }
    script = Path(__file__).with_name("kill_resume.py")
    ran = subprocess.run(
        [sys.executable, script, folder, str(kills)],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return json.loads(ran.stdout.splitlines()[-1])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a system that forks")
@pytest.mark.parametrize(("backend", "kills"), [("tensorflow", 4), ("jax", 2)])
def test_a_training_killed_again_and_again_ends_in_the_same_bits(backend, kills, tmp_path):
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    report = killed_and_resumed(backend, tmp_path, kills)
    assert report["kills"] >= kills and report["epochs"] == RECIPE.epochs
    assert report["during_writing"] >= 1
    assert report["different"] == [] and report["same_progress"]
    # Generator 8, its average 8 and its step, discriminator 9 with its dropout seed, nine
    # figures of two numbers, Adam's rate and step and two moments of 12 trained arrays.
    assert report["arrays"] == 8 + 9 + 9 + 18 + 2 + 24


@eager
def test_another_recipe_is_refused_by_name(tmp_path):
    train(tmp_path, recipe=short())
    with pytest.raises(CheckpointError) as refused:
        train(tmp_path, recipe=short(learning_rate=2e-3))
    assert "learning_rate is 0.001 there and 0.002 here" in str(refused.value)
    assert "another folder" in str(refused.value)


@eager
def test_a_training_of_a_version_without_a_field_goes_on(tmp_path, monkeypatch):
    now = experiment.identity
    monkeypatch.setattr(
        experiment,
        "identity",
        lambda *given: {
            name: value for name, value in now(*given).items() if name != "tile_weight"
        },
    )
    train(tmp_path, recipe=short())
    monkeypatch.setattr(experiment, "identity", now)
    with pytest.raises(CheckpointError, match="tile_weight is 0.0 there and 1.0 here"):
        train(tmp_path, recipe=short(tile_weight=1.0))
    train(tmp_path, recipe=short())


@eager
def test_other_images_are_refused(tmp_path):
    train(tmp_path, recipe=short())
    other = PARTS._replace(train=PARTS.train.take(np.arange(23, -1, -1)))
    with pytest.raises(CheckpointError, match="training images"):
        experiment.train(tiny_gan(), short(), other, folder=tmp_path)


@eager
def test_a_time_box_stops_after_a_step_and_goes_on(tmp_path, capsys):
    recipe = short()
    whole = train(None, recipe=recipe)
    slices = 1
    while len((history := train(tmp_path, recipe=recipe, max_minutes=0.0)).get("psnr", ())) < 2:
        slices += 1
    # One step a slice, of three in each epoch.
    assert slices == 6
    out = capsys.readouterr().out
    assert "stopped after 0 of 2 epochs, 1 of 3 steps: the time is over. To go on, train" in out
    assert "stopped after 1 of 2 epochs: the time is over." in out
    assert "going on from" in out and "1 of 2 epochs, 2 of 3 steps." in out
    for name in whole.keys() - {"seconds"}:
        np.testing.assert_allclose(history[name], whole[name], rtol=1e-4, err_msg=name)
    assert history["stage"] == [1.0, 2.0]
    assert np.isnan(history["discriminator_loss"]).tolist() == [True, False]


@eager
def test_a_finished_training_is_read_and_not_trained(tmp_path):
    first, again = Previews([24]), Previews([24])
    history = train(tmp_path, recipe=short(), callbacks=[first])
    gan = tiny_gan()
    read = experiment.train(gan, short(), PARTS, again, folder=tmp_path)
    np.testing.assert_equal(read, history)  # with the seconds; NaN equals NaN here
    assert [epoch for epoch, _ in again.pictures] == [0, 1, 2]
    np.testing.assert_array_equal(again.pictures[2][1], first.pictures[2][1])
    again.set_model(gan)
    again.keep(2)
    np.testing.assert_array_equal(again.pictures[3][1], first.pictures[2][1])


class Signal(keras.callbacks.Callback):
    """Sends a signal in the second step, as a user or a machine's owner would."""

    def __init__(self, number):
        super().__init__()
        self.number = number

    def on_train_batch_begin(self, batch, logs=None):
        if batch == 2:
            os.kill(os.getpid(), self.number)


@pytest.fixture
def ctrl_c():
    """Python's own handler, which a process that a shell put into the background lacks."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@eager
def test_ctrl_c_saves_first(tmp_path, capsys, ctrl_c):
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path, recipe=short(), callbacks=[Signal(signal.SIGINT)])
    assert last(tmp_path)[0]["step"] == 2
    assert "SIGINT received" in capsys.readouterr().out
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@eager
def test_an_interrupted_cell_ends_with_one_line_and_goes_on(tmp_path, monkeypatch, capsys, ctrl_c):
    monkeypatch.setenv("MEDSR_RUNS", str(tmp_path))
    recipe = short(epochs=3)
    history = experiment.train_cell(tiny_gan(), recipe, PARTS, Signal(signal.SIGINT))
    said = capsys.readouterr().out
    assert history == {} and "Run this cell again to go on" in said and "Traceback" not in said
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler

    whole = experiment.train_cell(tiny_gan(), recipe, PARTS)
    [folder] = (tmp_path / "notebooks").iterdir()
    said = capsys.readouterr().out
    assert f"remove {folder}" in said and "going on from" in said and "2 of" in said
    assert len(whole["seconds"]) == 3

    again = tiny_gan()
    assert (
        experiment.train_cell(again, recipe, PARTS)["psnr"] == whole["psnr"]
    )  # nothing is trained
    assert "3 of 3 epochs" in capsys.readouterr().out
    experiment.train_cell(tiny_gan(), short(epochs=1, seed=5), PARTS)
    assert len(list((tmp_path / "notebooks").iterdir())) == 2  # other settings begin anew


@eager
def test_a_full_disk_does_not_stop_a_training(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(keeper, "pause_after", lambda writing: 0.0)
    write, written = checkpoint.write, []

    def first_only(path, header, arrays):
        if written:
            raise OSError("no space left on device")
        written.append(path)
        write(path, header, arrays)

    monkeypatch.setattr(checkpoint, "write", first_only)
    assert len(train(tmp_path, recipe=short())["psnr"]) == 2
    assert "not saved: no space left" in capsys.readouterr().out
    assert last(tmp_path)[0]["epoch"] == 0


def test_without_a_folder_nothing_can_be_boxed(tmp_path):
    with pytest.raises(checkpoint.UserError, match="give a folder"):
        train(None, max_minutes=1)
