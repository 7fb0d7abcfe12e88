"""How much memory there is, as the machine and its container tell it."""

import math

import numpy as np
import psutil

from medsr_nb.machine import memory


def test_a_quarter_of_the_memory_may_be_used(monkeypatch):
    monkeypatch.setattr(memory, "available_memory", lambda: 400)
    assert memory.fits_in_memory(100) and not memory.fits_in_memory(101)


def test_available_memory_lies_below_what_is_built_in():
    assert 2**20 < memory.available_memory() <= psutil.virtual_memory().total


def test_a_container_has_less_memory(monkeypatch, tmp_path):
    new, old = tmp_path / "memory.max", tmp_path / "memory.limit_in_bytes"
    monkeypatch.setattr(memory, "CONTAINER_LIMITS", (new, old))
    assert memory.container_limit() == math.inf
    new.write_text("max\n")
    assert memory.container_limit() == math.inf
    old.write_text("4096\n")
    assert memory.available_memory() == 4096
    new.write_text("8192\n")
    assert memory.available_memory() == 8192


def test_the_peak_of_this_process_is_what_it_held():
    before = memory.process_peak()
    block = np.ones(before + 2**26, "uint8")
    assert block.nbytes < memory.process_peak() < before + 2 * block.nbytes
