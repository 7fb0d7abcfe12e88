"""One published network in PyTorch, in a process of its own; ``published.py`` starts it.

    python -P published_torch.py WEIGHTS FOLDER

FOLDER receives ``answer.json``, the facts or {"error": ...}. If it holds ``lr.npy``, uint8
(N, h, w, 1), it also receives ``sr.npy``, float32 (N, scale*h, scale*w), grey in [0, 1].

The compiler that comes with PyTorch and TensorFlow each bring a copy of LLVM, and a process
that loads both can end at once. So this file runs as a script, imports nothing of ours, and
needs no Keras.

A weight file of PyTorch is a pickle, and a pickle may call any function. ``weights_only`` builds
tensors and nothing else; up to PyTorch 2.5 it could be passed by (CVE-2025-32434). What remains
is a file that takes all memory or never ends: reading has a bound in memory here, and one in
time in ``published.py``.
"""

import json
import re
import sys
import zipfile
from pathlib import Path

import numpy as np
import psutil
import torch

OLDEST = (2, 6)  # the first PyTorch whose weights_only holds
BATCH = 4
ROOM = 2**31  # bytes that must be free on a GPU
READING = 2**32  # bytes that a file may take while it is read and its network is built


class Refused(Exception):
    """Weights that cannot be used; the message ends a sentence that begins with the file."""


def device():
    """The GPU if it has room, as a TensorFlow beside us may hold most of it; else the processor."""
    try:
        free, _ = torch.cuda.mem_get_info()
    except (RuntimeError, AssertionError):
        return "cpu"
    return "cuda" if free > ROOM else "cpu"


def limit_memory(more=None):
    """Lets this process take so many bytes beside what it has; without limit for None (Linux)."""
    if hasattr(psutil, "RLIMIT_DATA"):
        process = psutil.Process()
        _, most = process.rlimit(psutil.RLIMIT_DATA)
        now = most if more is None else process.memory_info().data + more
        if most == psutil.RLIM_INFINITY or now <= most:
            process.rlimit(psutil.RLIMIT_DATA, (now, most))


def state_of(path):
    """What a weight file holds, as tensors in plain containers; none of its code ever runs.

    Raises Refused for a file that is damaged or holds more than weights.
    """
    with open(path, "rb") as file:
        start = file.read(12)
    try:
        if start[8:9] == b"{":  # safetensors: the length of a JSON header, and the header
            from safetensors.torch import load_file

            return load_file(path)
        if start.startswith(b"PK") and unpacked(path) > Path(path).stat().st_size:
            raise Refused("is compressed, which weights never are, and might fill the memory")
        return torch.load(path, map_location="cpu", weights_only=True)
    except Refused:
        raise
    except Exception as error:  # PyTorch's text would advise to read it with code and all
        if foreign := re.search(r"GLOBAL ([\w.]{1,80})", str(error)):
            raise Refused(
                f"asks for {foreign[1]}, which weights do not need: opening it might run foreign "
                "code, so it was not opened. Take weights from the page of their authors"
            ) from error
        raise Refused(
            f"is damaged or holds more than weights ({type(error).__name__}; it begins with "
            f"{start!r}), so it was not opened: download it again from the page of its authors"
        ) from error


def unpacked(path):
    """How many bytes the parts of an archive have, as its directory says."""
    with zipfile.ZipFile(path) as archive:
        return sum(part.file_size for part in archive.infolist())


def network(path):
    """The network (a spandrel descriptor) of a weight file; raises Refused where there is none."""
    state = state_of(path)
    if not isinstance(state, dict):
        raise Refused(f"holds a {type(state).__name__}, not the weights of a network")
    import spandrel  # after the file is read, as a file that is refused needs none

    try:
        found = spandrel.ModelLoader("cpu").load_from_state_dict(state)
    except spandrel.UnsupportedModelError as error:
        first = ", ".join(name for name in list(state)[:3] if isinstance(name, str))
        raise Refused(
            f"holds weights of a network that spandrel does not know (the first: {one_line(first)})"
        ) from error
    except Exception as error:  # spandrel guesses sizes from shapes, and fails in many ways
        raise Refused(
            f"holds weights that fit no network ({type(error).__name__}: {one_line(error)})"
        ) from error
    if not isinstance(found, spandrel.ImageModelDescriptor) or found.purpose != "SR":
        raise Refused(f"is a network for {found.purpose}, not for enlarging")
    return found


def one_line(text):
    """The beginning of a text that somebody else wrote, as one line."""
    return " ".join(str(text)[:1000].split())[:200]


def enlarged(found, lr):
    """LR uint8 (N, h, w, 1) -> SR float32 (N, scale*h, scale*w): the mean of all channels.

    Grey is repeated to as many channels as the network sees, in [0, 1]; spandrel pads to the
    sizes that a network can take, and cuts the padding off again.
    """
    results = []
    with torch.inference_mode():
        for start in range(0, len(lr), BATCH):
            images = torch.from_numpy(lr[start : start + BATCH]).permute(0, 3, 1, 2)
            images = images.to(found.device, torch.float32) / 255.0
            images = images.repeat(1, found.input_channels, 1, 1)
            results.append(found(images).mean(dim=1).cpu().numpy())
    return np.concatenate(results)


def facts(found):
    """What is told of a network, as plain values."""
    return {
        "architecture": found.architecture.name,
        "scale": found.scale,
        "parameters": sum(each.numel() for each in found.model.parameters()),
    }


def main(weights, folder):
    """Answers in ``folder``, whatever the weights are."""
    try:
        if torch.__version__ < OLDEST:
            raise Refused(
                f"was not opened: PyTorch {torch.__version__} can be made to run what such a file "
                "holds: pip install 'torch>=2.6'"
            )
        limit_memory(READING)
        found = network(weights)
        limit_memory(None)
        answer = facts(found)
        if (folder / "lr.npy").exists():
            found.to(device())
            np.save(folder / "sr.npy", enlarged(found, np.load(folder / "lr.npy")))
    except Refused as refused:
        answer = {"error": f"{weights} {refused}."}
    (folder / "answer.json").write_text(json.dumps(answer), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
