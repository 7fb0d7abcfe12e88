"""Two machines train together; then one of two is killed, and both are started again.

Run by test_devices.py: ``python kill_machine.py FOLDER``. All machines are forks of this process,
as in kill_resume.py. What two of them trained is in FOLDER/0.npz and 1.npz. Prints one JSON
object, last.
"""

import dataclasses
import json
import os
import signal
import socket
import sys
import time
from pathlib import Path

import keras
import worker_steps
from kill_resume import PARTS, RECIPE, forked, last, tiny_gan

from medsr_nb.machine import devices
from medsr_nb.training import experiment

EPOCHS = 3


class Slowness(keras.callbacks.Callback):
    """Time enough to be killed within an epoch."""

    def on_train_batch_begin(self, batch, logs=None):
        time.sleep(0.1)


def trained(folders, *callbacks):
    """Trains in one folder after the other, as one of several machines."""
    recipe = dataclasses.replace(RECIPE, epochs=EPOCHS, pixel_epochs=0)
    with devices.spread():
        for folder in folders:
            experiment.train(tiny_gan(), recipe, PARTS, *callbacks, folder=folder)


def machines(work):
    """The ids of two processes that do ``work(index)`` as two machines, on ports that were free."""
    with socket.socket() as first, socket.socket() as second:
        addresses = []
        for free in (first, second):
            free.bind(("localhost", 0))
            addresses.append(f"localhost:{free.getsockname()[1]}")

    def machine(index):
        task = {"type": "worker", "index": index}
        os.environ["TF_CONFIG"] = json.dumps({"cluster": {"worker": addresses}, "task": task})
        work(index)

    return [forked(lambda index=index: machine(index)) for index in (0, 1)]


def exit_status(pid):
    """Waits for a process; negative where a signal ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def main(folder):
    pair = machines(lambda index: worker_steps.main(folder / f"{index}.npz"))
    together = [exit_status(pid) for pid in pair]
    alone, often = folder / "alone", folder / "often"
    chief, other = machines(lambda index: trained([often], Slowness()))
    while not list(often.glob("step-*6.npz")):  # after the first of the epochs
        done, status = os.waitpid(chief, os.WNOHANG)
        assert not done, f"the chief failed: {status}"
        time.sleep(0.01)
    os.kill(other, signal.SIGKILL)
    killed = time.monotonic()
    ended = {"other": exit_status(other), "chief": exit_status(chief)}
    seconds = time.monotonic() - killed
    saved = last(often)[0]["epoch"]
    again = [exit_status(pid) for pid in machines(lambda index: trained([often, alone]))]
    (progress, arrays), (other_progress, others) = last(alone), last(often)
    print(json.dumps({
        "together": together,
        "ended": ended,
        "seconds": seconds,
        "saved": saved,
        "again": again,
        "arrays": len(arrays),
        "different": [
            name for name in arrays if arrays[name].tobytes() != others[name].tobytes()
        ],
        "same_progress": progress == other_progress,
        "epochs": progress["epoch"],
    }))  # fmt: skip


if __name__ == "__main__":
    main(Path(sys.argv[1]))
