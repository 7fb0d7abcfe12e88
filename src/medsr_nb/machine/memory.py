"""How much memory there is, and how much was used."""

import contextlib
import ctypes
import math
import os
import sys
from pathlib import Path

import psutil

# What a container may use and what it uses, in the two forms in which Linux states them.
CONTAINER_FILES = (
    (Path("/sys/fs/cgroup/memory.max"), "memory.current"),
    (Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"), "memory.usage_in_bytes"),
)


def fits_in_memory(count):
    """Whether ``count`` bytes of pixels may be held in memory: a quarter of it at most.

    Training holds them up to three times (as loaded, joined, as the network's variable).
    """
    return 4 * count <= available_memory()


def available_memory():
    """Bytes of memory that programs can have: what is free, within the container's limit."""
    return min(psutil.virtual_memory().available, left_in_container())


def left_in_container():
    """Bytes that the container around this process has left; infinite where none limits it."""
    for limit, used in CONTAINER_FILES:
        try:
            left = int(limit.read_text()) - int(limit.with_name(used).read_text())
        except (OSError, ValueError):  # no such file, or "max"
            continue
        return max(0, left + given_back(limit.with_name("memory.stat")))
    return math.inf


def given_back(statistics):
    """Bytes of what a container uses that only keep files at hand, and go where memory is short."""
    try:
        lines = dict(line.split() for line in statistics.read_text().splitlines())
        return int(lines["inactive_file"])
    except (OSError, KeyError, ValueError):  # not every container tells
        return 0


def peak_memory():
    """Peak memory so far in bytes: the accelerator's, or else this process's."""
    import keras

    if keras.backend.backend() == "jax":
        import jax

        statistics = jax.devices()[0].memory_stats()
        if statistics:
            return statistics["peak_bytes_in_use"]
    else:
        import tensorflow as tf

        if tf.config.list_physical_devices("GPU"):
            return tf.config.experimental.get_memory_info("GPU:0")["peak"]
    return process_peak()


def process_peak():
    """The most memory that this process has held, in bytes."""
    if sys.platform == "win32":
        return psutil.Process().memory_info().peak_wset
    if sys.platform == "linux":
        return held_most(os.getpid())
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def held_most(pid):
    """The most bytes that a process has held so far; where Linux does not tell, what it holds.

    On Linux ``ru_maxrss`` would count what its parent held when it started it. Raises
    ``psutil.Error`` where it is no more.
    """
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    except (OSError, StopIteration):
        return psutil.Process(pid).memory_info().rss


def give_back():
    """Gives memory that is free back to the system, where its C library would keep it (glibc's)."""
    with contextlib.suppress(AttributeError, OSError, TypeError):  # other systems have no such call
        ctypes.CDLL(None).malloc_trim(0)
