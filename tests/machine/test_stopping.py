"""Stopping: a signal ends the command at once, no half file stays, and streams may be closed."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from medsr_nb.machine import stopping

CLOSED = """
import os
for number in {closed}:
    os.close(number)
import sys
if 2 in {closed}:
    sys.stderr = None
from medsr_nb.machine import stopping
stopping.open_streams()
assert sys.stderr is not None and sys.stdout is not None
os._exit(os.open(os.devnull, os.O_RDONLY))
"""


@pytest.mark.skipif(os.name == "nt", reason="streams are handed on differently")
@pytest.mark.parametrize("closed", [(2,), (0, 1, 2)])
def test_no_file_gets_the_number_of_a_closed_stream(closed):
    done = subprocess.run(
        [sys.executable, "-c", CLOSED.format(closed=closed)],
        env={**os.environ, "PYTHONPATH": str(Path(stopping.__file__).parents[2])},
    )
    assert 2 < done.returncode < 20


STOPPED = """
import sys, time
from pathlib import Path
from medsr_nb.machine import muted
from medsr_nb.machine import stopping
path = Path(sys.argv[1])
with stopping.at_once(), stopping.writing(path), muted():  # as while TensorFlow is imported
    stopping.part_of(path).write_bytes(b"half")
    print("begun", flush=True)
    try:
        time.sleep(60)
    except BaseException:  # as libraries do
        time.sleep(60)
"""


PAIR = """
import os, sys, time
from pathlib import Path
from medsr_nb.machine import stopping
from medsr_nb.scans import files
path, replace = Path(sys.argv[1]), os.replace

def slow(part, named):
    replace(part, named)
    print("begun", flush=True)
    time.sleep(0.2)

with stopping.at_once():
    os.replace = slow
    if path.suffix == "":
        with files.whole_folder(path) as folder:
            print("begun", flush=True)
            time.sleep(60)
    with files.whole_together([path, path.with_suffix(".img")]) as both:
        if path.name == "unfinished.hdr":
            print("begun", flush=True)
            time.sleep(60)
    time.sleep(60)
"""


@contextlib.contextmanager
def begun(path, program=STOPPED):
    """A process that runs a program on a file, and has begun."""
    with subprocess.Popen(
        [sys.executable, "-c", program, str(path)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(Path(stopping.__file__).parents[2])},
    ) as process:  # fmt: skip
        assert process.stdout.readline() == "begun\n"
        yield process


@pytest.mark.skipif(os.name == "nt", reason="signals cannot be waited for")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_and_half_a_file_goes(tmp_path, number):
    with begun(tmp_path / "scan_x3.png") as process:
        process.send_signal(number)
        assert process.wait(timeout=30) == 128 + number
        assert "goes on with what is missing" in process.stderr.read()
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(os.name == "nt", reason="signals cannot be waited for")
@pytest.mark.parametrize("name", ["unfinished.hdr", "folder"])
def test_a_signal_leaves_nothing_of_what_is_made_whole(tmp_path, name):
    """Whoever calls, and of a pair neither file."""
    with begun(tmp_path / name, PAIR) as process:
        assert len(list(tmp_path.iterdir())) == (2 if name[-4:] == ".hdr" else 1)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 130
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(os.name == "nt", reason="signals cannot be waited for")
def test_a_signal_between_the_names_of_a_pair_waits_for_both(tmp_path):
    with begun(tmp_path / "pair.hdr", PAIR) as process:
        assert [one.name for one in tmp_path.glob("[!.]*")] == ["pair.hdr"]
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 143
    assert sorted(one.name for one in tmp_path.iterdir()) == ["pair.hdr", "pair.img"]


@pytest.mark.skipif(os.name == "nt", reason="signals cannot be waited for")
def test_a_signal_ends_it_where_nobody_reads_what_it_says(tmp_path):
    with begun(tmp_path / "scan_x3.png") as process:
        process.stderr.close()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 128 + signal.SIGTERM
    assert not list(tmp_path.iterdir())


def test_signals_are_as_before_afterwards():
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    with stopping.at_once():
        time.sleep(0.01)
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == before
