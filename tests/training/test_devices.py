"""Two devices, or two machines, take the steps that one takes."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import worker_steps

from medsr_nb import machine
from medsr_nb.machine import devices
from medsr_nb.machine.paths import UserError
from medsr_nb.training import steps
from medsr_nb.training.callbacks import Progress
from medsr_nb.training.checkpoint import CheckpointError, Checkpoints
from medsr_nb.training.loop import Keeper

FOLDER = Path(__file__).parent
TWO_WORKERS = {"worker": ["one:1", "two:2"]}


@pytest.fixture
def started():
    """Starts scripts; none outlives the test, as one machine would wait for another for long."""
    runs = []

    def start(script, out, **environment):
        run = subprocess.Popen(
            [sys.executable, FOLDER / script, out],
            env=os.environ | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        runs.append(run)
        return run

    yield start
    for run in runs:
        run.kill()


def found(run, out):
    output, _ = run.communicate(timeout=300)
    assert run.returncode == 0, output
    return dict(np.load(out))


def assert_alike(one, two):
    """Histories, weights, moving averages: to 1e-5, where rounding alone would give 1e-6."""
    assert len(one) > 20 and set(one) == set(two)
    for name in one:
        np.testing.assert_allclose(two[name], one[name], rtol=1e-5, atol=1e-6, err_msg=name)


@pytest.mark.parametrize(
    ("backend", "settings"),
    [
        ("tensorflow", {}),
        (
            "jax",
            {
                "XLA_FLAGS": "--xla_force_host_platform_device_count=2",
                "JAX_DISABLE_MOST_OPTIMIZATIONS": "1",  # compiles in half the time
            },
        ),
    ],
)
def test_two_devices_take_the_steps_of_one(backend, settings, started, tmp_path):
    """Adversarial steps, flips, batch norm, the generator's average, and validation."""
    pytest.importorskip(backend, reason="pip install 'medsr-nb[jax]' brings it")
    run = started("device_steps.py", tmp_path / "out.npz", KERAS_BACKEND=backend, **settings)
    values = found(run, tmp_path / "out.npz")
    one, two = (
        {name.removeprefix(which): values[name] for name in values if name.startswith(which)}
        for which in ("one", "two")
    )
    assert_alike(one, two)


def test_two_machines_take_the_steps_of_one(started, tmp_path):
    with socket.socket() as first, socket.socket() as second:
        addresses = []
        for free in (first, second):
            free.bind(("localhost", 0))
            addresses.append(f"localhost:{free.getsockname()[1]}")
    runs = {
        tmp_path / f"{index}.npz": json.dumps(
            {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": index}}
        )
        for index in (0, 1)
    }
    runs = {out: started("worker_steps.py", out, TF_CONFIG=config) for out, config in runs.items()}
    alone = worker_steps.trained()
    for out, run in runs.items():
        assert_alike(alone, found(run, out))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a system that forks")
def test_one_of_two_machines_is_killed_and_both_go_on_to_the_same_bits(started, tmp_path):
    """The other one ends with an error; started again, they go on from what was saved."""
    one_thread = {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}  # exact sums
    run = started("kill_machine.py", tmp_path, **one_thread)
    output, _ = run.communicate(timeout=300)
    assert run.returncode == 0, output
    report = json.loads(output.splitlines()[-1])
    assert report["ended"] == {"other": -signal.SIGKILL, "chief": 1}, output
    assert "UnavailableError" in output and report["seconds"] < 30
    assert 1 <= report["saved"] < report["epochs"] == 3
    assert report["again"] == [0, 0]
    assert output.count(f"going on from {tmp_path / 'often'}: {report['saved']} of 3") == 2
    assert report["different"] == [] and report["same_progress"]
    assert report["arrays"] == 70  # as test_interruption.py counts them, but for the stages


def keeper(folder):
    """What keeps a training of nothing in ``folder``."""
    store = Checkpoints(folder, {})
    return Keeper([(None, 3)], store, Progress(), None, [], "report", None, [])


def test_all_machines_stop_where_one_has_a_reason(tmp_path, monkeypatch):
    mine = keeper(tmp_path)
    assert mine.agreed_reason() == ""
    monkeypatch.setattr(machine, "gathered", lambda number: [number, 1])
    assert mine.agreed_reason() == "another machine stops"
    mine.deadline = 0.0
    assert mine.agreed_reason() == "the time is over"


def test_machines_that_share_no_folder_are_told_to(tmp_path, monkeypatch):
    monkeypatch.setattr(machine, "gathered", lambda number: [2, number])
    with pytest.raises(CheckpointError, match=r"epochs \[2, -1\] .*one folder that all"):
        keeper(tmp_path).resume()


@pytest.mark.parametrize(
    ("task", "is_chief"),
    [({"type": "worker", "index": 0}, True), ({"type": "worker", "index": "1"}, False)],
)
def test_one_machine_of_several_writes(task, is_chief, monkeypatch):
    assert devices.machine_count() == 1 and devices.chief()
    monkeypatch.setenv("TF_CONFIG", json.dumps({"cluster": TWO_WORKERS, "task": task}))
    assert devices.machine_count() == 2 and devices.chief() is is_chief


def test_the_chief_is_not_the_first_worker_where_there_is_a_chief(monkeypatch):
    cluster = TWO_WORKERS | {"chief": ["zero:0"]}
    config = {"cluster": cluster, "task": {"type": "worker", "index": 0}}
    monkeypatch.setenv("TF_CONFIG", json.dumps(config))
    assert devices.machine_count() == 3 and not devices.chief()


def test_more_devices_than_there_are_is_an_error_that_lists_them():
    with pytest.raises(UserError, match=r"99 devices wanted, found \d+: .*CPU:0"):
        devices.chosen(99)
    with pytest.raises(UserError):
        devices.chosen(0)


def test_one_device_changes_nothing():
    with devices.spread(1) as count:
        assert count == devices.device_count() == 1
        assert keras.distribution.distribution() is None


def test_shares_of_a_batch_are_equal(monkeypatch):
    monkeypatch.setattr(machine, "device_count", lambda: 2)
    with pytest.raises(ValueError, match="batch of 5 .* 2 devices: choose a multiple of 2"):
        steps.Batches(np.arange(10), 5, seed=0)
    batches = steps.Batches(np.arange(7), 4)
    assert [batches[step][0].tolist() for step in range(len(batches))] == [[0, 1, 2, 3], [4, 5]]
