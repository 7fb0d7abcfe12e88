"""How long ``medsr upscale`` takes for pictures of odd sizes, and how much memory.

Each picture is drawn, and enlarged by the command itself in a process of its own, so that its
time holds all that a user waits for and its peak of memory is its own. The smallest picture shows
what starting costs; of the others only what they take beyond it grows with their pixels.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import psutil

from ..machine import UserError, held_most

# Of each picture its width and height; and whether it is in colour, or has 16 bits.
SIZES = (
    (60, 60), (4000, 3), (20000, 100), (2500, 3000), (2500, 3000, "colour"), (2500, 3000, "16 bit")
)  # fmt: skip
EVERY = 0.02  # seconds between two looks at the process


def scan_rows(sizes=SIZES):
    """A row for each size, the first of which is the small one. Prints each as it is ready.

    {"width", "height", "what" where it is not grey of 8 bits, "seconds", "processor_seconds",
    "peak_mib"} of the whole command, and of all but the first "seconds_per_megapixel" and
    "processor_seconds_per_megapixel" beyond the first. Raises UserError where the command fails.
    """
    rows = []
    for width, height, *what in sizes:
        row = {"width": width, "height": height} | ({"what": what[0]} if what else {})
        row |= command_costs(drawn(height, width, *what))
        for key in ("seconds", "processor_seconds"):
            if rows:
                beyond = row[key] - rows[0][key]
                row[f"{key}_per_megapixel"] = round(beyond / (width * height / 1e6), 2)
        rows.append(row)
        told = ", ".join(f"{key} {value}" for key, value in list(row.items())[2:])
        print(f"scan of {width}x{height}: {told}", flush=True)
    return rows


def drawn(height, width, what=""):
    """Waves with a little noise on a black background: uint8 or, of "16 bit", uint16 (H, W).

    Of "colour" (H, W, 3).
    """
    y, x = np.ogrid[:height, :width]
    channels = (3,) * (what == "colour")
    noise = np.random.default_rng(0).normal(0.0, 4.0, (height, width, *channels)).astype(np.float32)
    waves = 90.0 * np.sin(x / 9.0, dtype=np.float32) * np.cos(y / 13.0, dtype=np.float32)
    waves = waves.reshape(height, width, *(1 for _ in channels))
    levels = np.clip(60.0 + waves + noise, 0, 255)
    if what == "16 bit":
        return (257 * levels).astype(np.uint16)
    return levels.astype(np.uint8)


def command_costs(levels):
    """What ``medsr upscale`` of a picture costs: seconds, processor seconds, peak MiB."""
    from PIL import Image

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "scan.png")
        Image.fromarray(levels).save(file)
        command = [sys.executable, "-m", "medsr_nb.cli", "upscale", str(file), "--out", folder]
        started = time.perf_counter()
        process = psutil.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        peak = busy = 0.0
        while process.poll() is None:
            try:
                busy = max(busy, sum(process.cpu_times()[:2]))
                peak = max(peak, held_most(process.pid))
            except psutil.Error:  # it ended in between
                break
            time.sleep(EVERY)
        said = process.communicate()[1].decode()
        seconds = time.perf_counter() - started
        if process.returncode or said:
            raise UserError(f"medsr upscale of {levels.shape} failed: {said.strip()}")
    return {
        "seconds": round(seconds, 2),
        "processor_seconds": round(busy, 2),
        "peak_mib": round(peak / 2**20),
    }
