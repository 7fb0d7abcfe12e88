"""One published network in PyTorch, in a process of its own; ``published.py`` starts it.

    python -P published_torch.py WEIGHTS FOLDER

FOLDER receives ``answer.json``, the facts or {"error": ...}. If it holds ``lr.npy``, uint8
(N, h, w, 1), it also receives ``sr.npy``, float32 (N, scale*h, scale*w), grey in [0, 1].

The compiler that comes with PyTorch and TensorFlow each bring a copy of LLVM, and a process
that loads both can end at once. So this file runs as a script, imports nothing of ours, and
needs no Keras.
"""

import json
import sys
from pathlib import Path

import numpy as np
import spandrel
import torch

BATCH = 4
ROOM = 2**31  # bytes that must be free on a GPU


class Refused(Exception):
    """Weights that cannot be used; the message ends a sentence that begins with the file."""


def device():
    """The GPU if it has room, as a TensorFlow beside us may hold most of it; else the processor."""
    try:
        free, _ = torch.cuda.mem_get_info()
    except (RuntimeError, AssertionError):
        return "cpu"
    return "cuda" if free > ROOM else "cpu"


def state_of(path):
    """The state dict in a file, without running anything that it holds."""
    with open(path, "rb") as file:
        safe = file.read(9)[8:] == b"{"
    if safe:
        from safetensors.torch import load_file

        return load_file(path)
    return torch.load(path, map_location="cpu", weights_only=True)


def network(path):
    """The network (a spandrel descriptor) of a weight file; raises Refused where there is none."""
    try:
        state = state_of(path)
    except Exception as error:  # PyTorch's text would advise to read it with code and all
        raise Refused(f"cannot be read ({type(error).__name__}): download it again") from error
    if not isinstance(state, dict):
        raise Refused(f"holds a {type(state).__name__}, not the weights of a network")
    try:
        found = spandrel.ModelLoader(device()).load_from_state_dict(state)
    except spandrel.UnsupportedModelError as error:
        raise Refused(
            f"holds weights of a network that spandrel does not know (the first: "
            f"{', '.join(map(str, list(state)[:3]))})"
        ) from error
    except Exception as error:  # spandrel guesses sizes from shapes, and fails in many ways
        why = " ".join(str(error).split())[:200]
        raise Refused(
            f"holds weights that fit no network ({type(error).__name__}: {why})"
        ) from error
    if not isinstance(found, spandrel.ImageModelDescriptor) or found.purpose != "SR":
        raise Refused(f"is a network for {found.purpose}, not for enlarging")
    return found


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
        found = network(weights)
        answer = facts(found)
        if (folder / "lr.npy").exists():
            np.save(folder / "sr.npy", enlarged(found, np.load(folder / "lr.npy")))
    except Refused as refused:
        answer = {"error": f"{weights} {refused}."}
    (folder / "answer.json").write_text(json.dumps(answer), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
