"""``medsr upscale`` killed at random moments: ``python tests/scans/kill_upscale.py 100``.

Each time the command enlarges a folder of all kinds of scans and is killed, by SIGKILL, SIGTERM
and SIGINT in turn: half of the times anywhere from its first step on, imports included, the other
half while it writes. Then no result may be half, and no input changed; and the same command, run
again, must finish with what is missing and leave nothing else. Prints one line of JSON with the
counts; the exit status is 1 where something failed, and says what. ``--out`` records them.
"""

import argparse
import contextlib
import hashlib
import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np
from campaigns import carried_out

SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)


def make_inputs(folder):
    """Small scans of every kind that is written differently; of one size, for one network."""
    import nibabel
    import tifffile
    from PIL import Image
    from scan_files import dicom, head

    deep = (head(40, 40) + 1024).astype(np.uint16)
    for number in range(6):
        Image.fromarray(np.roll(deep, number)).save(folder / f"slice_{number}.png")
    tifffile.imwrite(folder / "pages.tif", np.stack([deep] * 3), photometric="minisblack")
    volume = np.stack([deep] * 4, -1)
    nibabel.save(nibabel.Nifti1Image(volume, np.eye(4)), folder / "volume.nii.gz")
    nibabel.save(nibabel.Nifti1Pair(volume, np.eye(4)), folder / "pair.hdr")
    nibabel.save(nibabel.Spm99AnalyzeImage(volume.astype(np.int16), np.eye(4)), folder / "spm.hdr")
    dicom(folder / "one.dcm", deep)
    (folder / "series").mkdir()
    for number in range(4):
        dicom(
            folder / "series" / f"{number}", deep, SeriesInstanceUID="1.2.3", InstanceNumber=number,
            ImagePositionPatient=[0.0, 0.0, 5.0 * number],
        )  # fmt: skip


def contents(folder):
    """{name: SHA-256} of all files in a folder, hidden ones as well."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


def shown(folder):
    """({name: path} of what bears a result's name, those of them that lack half of a pair).

    No system names two files at once: SIGKILL may leave a header, which is no volume to anyone.
    """
    from medsr_nb.scans import finding

    files = [path for path in folder.rglob("*") if path.is_file()]
    named = [path for path in files if not any(part[0] == "." for part in path.parts)]
    named = {path.relative_to(folder).as_posix(): path for path in named}
    halves = {name for name, path in named.items() if not finding.is_complete(path)}
    halves |= {name for name in named if name.removesuffix(".mat") + ".hdr" in halves}
    return named, halves


def pictures(folder):
    """{name: its planes} of what bears a result's name, all of it read whole."""
    named, halves = shown(folder)
    return {name: numbers(path) for name, path in named.items() if name not in halves}


def numbers(path):
    """The planes of a scan; of SPM's third file its bytes."""
    from medsr_nb.scans import scan

    if path.suffix == ".mat":
        return np.frombuffer(path.read_bytes(), np.uint8)
    return scan.read(path).planes


def begun(inputs, out):
    """The command, as a process that has just been started."""
    command = [sys.executable, "-m", "medsr_nb.cli", "upscale", str(inputs), "--out", str(out)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


class Forked:
    """The command in a process that is forked from one with everything imported; as a Popen.

    Nothing has been computed there, so that the command does in it all that it does on its own.
    """

    IMPORTED = ("medsr_nb.cli", "medsr_nb.folders.folder", "keras", "nibabel", "tifffile")

    def __init__(self, inputs, out):
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(list(self.IMPORTED))  # by the first process
        self.said = Path(f"{out}.said")
        self.process = context.Process(target=command, args=(inputs, out, self.said))
        self.process.start()

    @property
    def returncode(self):
        return self.process.exitcode

    def poll(self):
        return self.process.exitcode

    def send_signal(self, number):
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.process.pid, number)

    def communicate(self):
        self.process.join()
        return self.said.read_bytes(), None


def command(inputs, out, said):
    """Runs the command in this process, which says everything to a file."""
    from medsr_nb.cli import main

    with said.open("ab") as file:
        for stream in (1, 2):
            os.dup2(file.fileno(), stream)
    sys.exit(main(["upscale", str(inputs), "--out", str(out)]))


def kill_once(process, out, number, writing, waited, draw):
    """Kills a process after ``waited`` seconds at most; whether it was alive until then.

    With ``writing`` the time counts from when the first result is begun.
    """
    while writing and not out.exists() and process.poll() is None:
        time.sleep(0.001)
    time.sleep(draw.uniform(0.0, waited))
    alive = process.poll() is None
    process.send_signal(number)
    process.communicate()
    return alive


def faults(inputs, out, before, whole, number, start):
    """What is wrong after a kill, and after the same command has run again; lines."""
    found = [] if contents(inputs) == before else ["an input changed"]
    found += [f"{name} is half" for name in differing(pictures(out), whole)]
    if number != signal.SIGKILL and out.exists():
        found += [f"{name} was left" for name in contents(out) if "/." in f"/{name}"]
        found += [f"{name} was left alone" for name in shown(out)[1]]
    process = start(inputs, out)
    said, _ = process.communicate()
    if process.returncode:
        found.append(f"run again it ended with {process.returncode}: {said.decode()[-300:]}")
    found += [] if contents(inputs) == before else ["an input changed when run again"]
    if contents(out).keys() != whole.keys() or differing(pictures(out), whole):
        found.append(f"run again it left {sorted(contents(out))}")
    return found


def differing(shown, whole):
    """The names of results that are not as the command makes them when nothing stops it."""
    return [
        name
        for name, planes in shown.items()
        if name not in whole or not np.array_equal(planes, whole[name])
    ]


def campaign(count, seed=0, start=begun):
    """The counts of ``count`` kills.

    {"kills", "seed", "by_signal": {name: number}, "before_writing", "while_writing": numbers,
    "failed": lines}. A run that ended before its kill is not counted. With ``Forked`` as ``start``
    imports are spared where they matter to no kill: while it writes, and when run again.
    """
    draw, failed, moments, signals = random.Random(seed), [], Counter(), Counter()
    with tempfile.TemporaryDirectory() as folder:
        inputs = Path(folder, "in")
        inputs.mkdir()
        make_inputs(inputs)
        before = contents(inputs)
        started = time.monotonic()
        out = Path(folder, "whole")
        process = start(inputs, out)
        while not out.exists() and process.poll() is None:
            time.sleep(0.001)
        imported = time.monotonic() - started
        process.communicate()
        wrote = time.monotonic() - started - imported
        whole = pictures(out)
        kills = 0
        while kills < count:
            number, writing = SIGNALS[kills % len(SIGNALS)], bool(kills // len(SIGNALS) % 2)
            out = Path(folder, f"out_{kills}")
            waited = wrote if writing else imported + wrote
            process = (start if writing else begun)(inputs, out)
            if not kill_once(process, out, number, writing, waited, draw):
                shutil.rmtree(out, ignore_errors=True)
                continue
            moments["while_writing" if out.exists() else "before_writing"] += 1
            signals[number.name] += 1
            what = faults(inputs, out, before, whole, number, start)
            failed += [f"kill {kills}, {number.name}: {line}" for line in what]
            kills += 1
            shutil.rmtree(out, ignore_errors=True)
    return {"kills": count, "seed": seed, "by_signal": signals, **moments, "failed": failed}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("count", nargs="?", type=int, default=10)
    parser.add_argument("--out", type=Path, help="a JSON file that records the counts")
    arguments = parser.parse_args()
    sys.exit(carried_out(campaign, __file__, arguments.count, arguments.out))
