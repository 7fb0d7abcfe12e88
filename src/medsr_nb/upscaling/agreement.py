"""How far results agree with their input once they are 8-bit pictures, from slices to pure noise.

``python -m medsr_nb.upscaling.agreement`` counts it for the networks of the package, as they were
recorded and as ``pretrained.network`` gives them, and writes ``results/agreement.json``. There is
also how far the result moves where it is computed in bfloat16 (``networks.network``).
"""

import dataclasses

import numpy as np
from PIL import Image, ImageDraw

from .. import data, degradation, scoring, studies
from ..machine import results_dir
from . import networks, pretrained
from .settings import ROBUST

HALVED = ("slices of the sample", "noise")  # on which the network in bfloat16 is tried
TEXT = "Scan 1\nR    L\n120 kV"


def inputs():
    """What the networks are given: {name: pictures (N, 50, 50, 1), uint8}."""
    slices = data.load("sample", 150)
    pixels = np.rint(np.clip(2.5 * slices.pixels.astype(float), 0, 255)).astype("uint8")
    bright = dataclasses.replace(slices, pixels=pixels)
    written = Image.new("L", (50, 50))
    ImageDraw.Draw(written).multiline_text((3, 3), TEXT, fill=255)
    return {
        "slices of the sample": scoring.low_resolution(slices, 3),
        "the same at 2.5 times the contrast": scoring.low_resolution(bright, 3),
        "white text on black": np.asarray(written)[None, ..., None],
        "noise": np.random.default_rng(0).integers(256, size=(8, 50, 50, 1), dtype="uint8"),
    }


def differences(network, lr):
    """How many levels the reduced 8-bit results differ from the input ``lr``: int (N, h, w, 1)."""
    sr = degradation.to_pixels(network.predict(degradation.to_float(lr), verbose=0))
    again = degradation.reduced(degradation.to_float(sr), 3)
    return degradation.to_pixels(again).astype(int) - lr


def counted(network, lr):
    """{"share", "largest"}: reduced pixels that differ, and by how many levels at most."""
    found = np.abs(differences(network, lr))
    return {"share": round(float(np.mean(found > 0)), 6), "largest": int(found.max())}


def halved(lr, sharpness=0.0, robust=False):
    """{"rms", "largest"}: grey levels that a result moves by being computed in bfloat16."""
    size = lr.shape[1:3]
    exact, half = (networks.network(*size, sharpness, robust, half) for half in (False, True))
    tiles = degradation.to_float(lr)[:, None]
    moved = 127.5 * np.stack([half(tile) - exact(tile) for tile in tiles])
    rms = float(np.sqrt(np.mean(np.square(moved))))
    return {"rms": round(rms, 3), "largest": round(float(np.abs(moved).max()), 2)}


def agreement():
    """All counts as plain values: {network: {input: {"clipped", "kept": ``counted``}}}.

    And "half", {network: {input: ``halved``}} for slices and noise.
    """
    given, found = inputs(), {}
    slices = given["slices of the sample"]
    for name, sharpness in (("faithful", 0.0), ("sharp", 1.0)):
        files = pretrained.SHARP if sharpness else pretrained.TRAINED_ON
        clipped = studies.recorded_network(files["all"], name)
        kept = pretrained.network(sharpness)
        found[name] = {
            what: {"clipped": counted(clipped, lr), "kept": counted(kept, lr)}
            for what, lr in given.items()
        }
    return {
        "command": "python -m medsr_nb.upscaling.agreement",
        "data": {"name": data.load("sample", 150).name, "images": len(slices)},
        "hardware": studies.hardware(),
        "networks": found,
        "half": {
            name: {what: halved(given[what], **asked) for what in HALVED}
            for name, asked in (
                ("faithful", {}),
                ("sharp", {"sharpness": 1.0}),
                (ROBUST[1], {"robust": True}),
            )
        },
    }


if __name__ == "__main__":
    studies.write(results_dir() / "agreement.json", agreement())
