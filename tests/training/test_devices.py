"""Two machines take the steps that one takes, and what a training on several devices needs."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import worker_steps
from backend_steps import assert_alike

from medsr_nb import machine
from medsr_nb.machine import devices
from medsr_nb.machine.paths import UserError
from medsr_nb.training import steps
from medsr_nb.training.callbacks import Progress
from medsr_nb.training.checkpoint import CheckpointError, Checkpoints
from medsr_nb.training.loop import Keeper

TWO_WORKERS = {"worker": ["one:1", "two:2"]}


@pytest.fixture(scope="module")
def machines(tmp_path_factory):
    """(folder, report, output) of kill_machine.py.

    None of its processes outlives the tests, as one machine would wait for another for long.
    """
    if not hasattr(os, "fork"):
        pytest.skip("needs a system that forks")
    folder = tmp_path_factory.mktemp("machines")
    one_thread = {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}  # exact sums
    run = subprocess.Popen(
        [sys.executable, Path(__file__).with_name("kill_machine.py"), folder],
        env=os.environ | one_thread,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        output, _ = run.communicate(timeout=600)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(run.pid, signal.SIGKILL)
    assert run.returncode == 0, output
    return folder, json.loads(output.splitlines()[-1]), output


def test_two_machines_take_the_steps_of_one(machines, eagerly):
    folder, report, output = machines
    assert report["together"] == [0, 0], output
    alone = worker_steps.trained()
    for index in (0, 1):
        assert_alike(alone, dict(np.load(folder / f"{index}.npz")))


def test_one_of_two_machines_is_killed_and_both_go_on_to_the_same_bits(machines):
    """The other one ends with an error; started again, they go on from what was saved."""
    folder, report, output = machines
    assert report["ended"] == {"other": -signal.SIGKILL, "chief": 1}, output
    assert "UnavailableError" in output and report["seconds"] < 30
    assert 1 <= report["saved"] < report["epochs"] == 3
    assert report["again"] == [0, 0]
    assert output.count(f"going on from {folder / 'often'}: {report['saved']} of 3") == 2
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
