"""How much memory there is, as the machine and its container tell it."""

import math
import subprocess
import sys

import numpy as np
import psutil
import pytest

from medsr_nb.machine import memory


def test_a_quarter_of_the_memory_may_be_used(monkeypatch):
    monkeypatch.setattr(memory, "available_memory", lambda: 400)
    assert memory.fits_in_memory(100) and not memory.fits_in_memory(101)


def test_available_memory_lies_below_what_is_built_in():
    assert 2**20 < memory.available_memory() <= psutil.virtual_memory().total


@pytest.fixture
def container(tmp_path, monkeypatch):
    """A function that writes what Linux tells of a container, in its newer form or its older."""
    (tmp_path / "new").mkdir()
    (tmp_path / "old").mkdir()
    limits = tmp_path / "new" / "memory.max", tmp_path / "old" / "memory.limit_in_bytes"
    used = [name for _, name in memory.CONTAINER_FILES]
    monkeypatch.setattr(memory, "CONTAINER_FILES", tuple(zip(limits, used, strict=True)))

    def told(form, limit, use):
        place = ["new", "old"].index(form)
        limits[place].write_text(f"{limit}\n")
        limits[place].with_name(used[place]).write_text(f"{use}\n")

    return told


def test_a_container_has_less_memory(container):
    assert memory.left_in_container() == math.inf
    container("new", "max", 512)
    assert memory.left_in_container() == math.inf
    container("old", 4096, 0)
    assert memory.available_memory() == 4096
    container("new", 8192, 0)
    assert memory.available_memory() == 8192


@pytest.mark.parametrize("form", ["new", "old"])
def test_what_a_container_uses_is_not_left_but_for_files_at_hand(form, container, tmp_path):
    container(form, 4096, 3000)
    assert memory.available_memory() == 1096
    (tmp_path / form / "memory.stat").write_text("anon 1000\ninactive_file 1500\n")
    assert memory.available_memory() == 2596
    container(form, 4096, 6000)
    assert memory.available_memory() == 0


HOLDING = """
import numpy as np
from medsr_nb.machine import memory
before = memory.process_peak()
block = np.ones(before + 2**26, "uint8")
print(before, block.nbytes, memory.process_peak())
"""


def test_the_peak_of_a_process_is_what_it_held():
    """In one of its own: this one may have held gigabytes before."""
    said = subprocess.run([sys.executable, "-c", HOLDING], capture_output=True, text=True)
    before, held, peak = map(int, said.stdout.split())
    assert held < peak < before + 2 * held


@pytest.mark.skipif(sys.platform != "linux", reason="asks for a process's memory as Linux tells it")
def test_memory_that_is_free_goes_back_to_the_system():
    """Blocks below a large C library's threshold stay with the process otherwise."""
    blocks = [np.ones(2**16, np.uint8) for _ in range(1000)]
    held = psutil.Process().memory_info().rss
    last = blocks[-1]  # holds the top of the heap, so that it does not shrink by itself
    del blocks[:]
    memory.give_back()
    assert held - psutil.Process().memory_info().rss > 2**25 and last[0] == 1
