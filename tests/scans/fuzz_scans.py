"""Damaged scans: ``python tests/scans/fuzz_scans.py 10000`` reads that many, mutated by seed.

Reading must return or raise UserError, within 5 s of the processor and 2 GB, in a process that
lives on. Prints one line of JSON with the counts; the exit status is 1 where a seed failed, and
names it. ``--out results/fuzz_scans.json`` records them.
"""

import argparse
import gzip
import json
import resource
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from pathlib import Path

import numpy as np
from campaigns import carried_out

SECONDS, MOST_BYTES = 5, 2 * 2**30
WAITING = 60  # seconds by the clock: a file that sleeps takes no processor time
AT_ONCE = 500  # seeds a process


def originals(folder):
    """Small valid files of every kind, as paths."""
    import nibabel
    import pydicom
    import tifffile
    from PIL import Image
    from scan_files import dicom, head

    deep = (head() + 1024).astype(np.uint16)
    dicom(folder / "plain.dcm", deep, RescaleSlope=1, RescaleIntercept=-1024)
    dicom(folder / "frames.dcm", np.stack([deep] * 3))
    for name, syntax in (("rle", pydicom.uid.RLELossless), ("deflated", None)):
        data = pydicom.dcmread(folder / "plain.dcm")
        if syntax is None:
            data.file_meta.TransferSyntaxUID = pydicom.uid.DeflatedExplicitVRLittleEndian
        else:
            data.compress(syntax)
        data.save_as(folder / f"{name}.dcm")
    volume = np.stack([head(seed=k) for k in range(3)], -1)
    for name in ("a.nii", "a.nii.gz"):
        nibabel.save(nibabel.Nifti1Image(volume, np.diag([1, 1, 4, 1])), folder / name)
    nibabel.save(nibabel.Nifti2Image(volume, np.eye(4)), folder / "two.nii")
    nibabel.save(nibabel.MGHImage(volume, np.eye(4)), folder / "a.mgz")
    tifffile.imwrite(folder / "plain.tif", np.stack([deep] * 2), photometric="minisblack")
    tifffile.imwrite(folder / "zlib.tif", deep, compression="zlib", predictor=True)
    tifffile.imwrite(folder / "colour.tif", np.dstack([deep] * 3), photometric="rgb")
    Image.fromarray(deep).save(folder / "lzw.tif", compression="tiff_lzw")
    Image.fromarray(deep).save(folder / "deep.png")
    return sorted(folder.iterdir())


def mutated(data, draw):
    """The bytes with one to eight faults, most of them near the beginning, some cut short."""
    data = bytearray(data)
    for _ in range(draw.integers(1, 9)):
        reach = len(data) if draw.random() < 0.4 else min(len(data), 1024)
        place = int(draw.integers(0, max(reach - 8, 1)))
        width = int(draw.choice([1, 2, 4, 8]))
        kinds = (draw.bytes(width), b"\xff" * width, b"\0" * width, b"\xff" * (width - 1) + b"\x7f")
        data[place : place + width] = kinds[draw.integers(len(kinds))]
    if draw.random() < 0.15:
        del data[int(draw.integers(0, len(data))) :]
    return bytes(data)


def damaged_file(files, seed, folder):
    """Writes the file of one seed; its path. Half of the packed ones are damaged inside."""
    draw = np.random.default_rng(seed)
    file = files[seed % len(files)]
    data = file.read_bytes()
    if file.suffix in (".gz", ".mgz") and draw.random() < 0.5:
        data = gzip.compress(mutated(gzip.decompress(data), draw))
    else:
        data = mutated(data, draw)
    path = folder / f"{seed}_{file.name}"
    path.write_bytes(data)
    return path


def work(first, last):
    """In a process of its own: reads the files of seeds first to last, a line of JSON for each.

    A file that takes too long ends the process, whatever it is doing.
    """
    from medsr_nb.machine import UserError
    from medsr_nb.scans import scan

    warnings.simplefilter("error")  # a warning that reaches the user is a fault
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        (folder / "originals").mkdir()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            files = originals(folder / "originals")
        for file in files:
            scan.read(file)  # loads what is loaded once
        resource.setrlimit(resource.RLIMIT_AS, (2 * MOST_BYTES, 2 * MOST_BYTES))
        for seed in range(first, last):
            path = damaged_file(files, seed, folder)
            print(json.dumps({"seed": seed, "file": path.name}), flush=True)
            signal.setitimer(signal.ITIMER_PROF, SECONDS)
            signal.alarm(WAITING)
            began = time.process_time()
            try:
                scan.read(path)
                said = "read"
            except UserError as error:
                told = str(error)
                said = "refused" if "\n" not in told and path.name in told else f"told: {told}"
            except BaseException as error:
                said = f"{type(error).__name__}: {error}"
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.alarm(0)
            seconds = time.process_time() - began
            if peak() > MOST_BYTES:
                said = "took too much memory"
            told = {"said": said, "seconds": round(seconds, 3), "peak_mib": peak() // 2**20}
            print(json.dumps(told), flush=True)
            path.unlink()
            if said == "took too much memory":
                return


def peak():
    """The most bytes that this process has held; ``ru_maxrss`` counts its parent's as well."""
    with open("/proc/self/status", encoding="utf-8") as lines:
        return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


def campaign(count):
    """The counts of seeds 0 to ``count``.

    {"files", "read", "refused": numbers, "slowest": its file and processor seconds, "peak_mib",
    "failed": {seed and file: what happened}}.
    """
    counts, failed, first = Counter(), {}, 0
    slowest, peak_mib = {"file": "", "seconds": 0.0}, 0
    while first < count:
        last = min(first + AT_ONCE, count)
        command = [sys.executable, __file__, "--work", str(first), str(last)]
        run = subprocess.run(command, capture_output=True, text=True)
        lines = [json.loads(line) for line in run.stdout.splitlines()]
        asked, told = lines[::2], lines[1::2]
        for one, answer in zip(asked, told, strict=False):
            if answer["said"] in ("read", "refused"):
                counts[answer["said"]] += 1
            else:
                failed[one["file"]] = answer["said"]
            if answer["seconds"] > slowest["seconds"]:
                slowest = {"file": one["file"], "seconds": answer["seconds"]}
            peak_mib = max(peak_mib, answer["peak_mib"])
        if run.stderr.strip():
            failed[f"seeds {first} to {last}"] = run.stderr.strip()[-500:]
        if len(asked) > len(told):
            failed[asked[-1]["file"]] = f"ended the process ({run.returncode})"
        if not asked:
            break
        first = asked[-1]["seed"] + 1
    found = {"files": count, "seeds": [0, count - 1], **counts}
    return found | {"slowest": slowest, "peak_mib": peak_mib, "failed": failed}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("count", nargs="?", type=int, default=500)
    parser.add_argument("--out", type=Path, help="a JSON file that records the counts")
    parser.add_argument("--work", nargs=2, type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.work:
        work(*arguments.work)
    else:
        sys.exit(carried_out(campaign, __file__, arguments.count, arguments.out))
