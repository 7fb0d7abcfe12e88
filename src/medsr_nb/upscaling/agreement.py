"""How far results agree with their input once they are 8-bit pictures, on slices of the sample.

``python -m medsr_nb.upscaling.agreement`` counts it for the networks of the package, as they were
recorded and as ``pretrained.network`` gives them, and writes ``results/agreement.json``.
"""

import numpy as np

from .. import data, degradation, studies
from ..machine import results_dir
from . import pretrained

CONTRASTS = (1.0, 2.5)  # 2.5: a third of the picture is saturated


def differences(network, hr):
    """How many grey levels the reduced 8-bit results differ from their inputs: int (N, h, w, 1).

    ``hr`` is uint8 (N, S, S, 1); its reduction by 3 is what the network is given.
    """
    lr = degradation.reduced(degradation.to_float(hr), 3)
    sr = degradation.to_pixels(network.predict(lr, verbose=0))
    again = degradation.reduced(degradation.to_float(sr), 3)
    return degradation.to_pixels(again).astype(int) - degradation.to_pixels(lr)


def counted(network, hr):
    """{"share", "largest"}: reduced pixels that differ, and by how many levels at most."""
    found = np.abs(differences(network, hr))
    return {"share": round(float(np.mean(found > 0)), 6), "largest": int(found.max())}


def agreement():
    """All counts as plain values: {network: {contrast: {"clipped", "kept": ``counted``}}}."""
    pictures = data.load("sample", 150)
    found = {}
    for name, sharpness in (("faithful", 0.0), ("sharp", 1.0)):
        files = pretrained.SHARP if sharpness else pretrained.TRAINED_ON
        clipped = studies.recorded_network(files["all"], name)
        kept = pretrained.network(sharpness)
        found[name] = {}
        for contrast in CONTRASTS:
            hr = np.rint(np.clip(contrast * pictures.pixels.astype(float), 0, 255)).astype("uint8")
            found[name][str(contrast)] = {
                "clipped": counted(clipped, hr), "kept": counted(kept, hr)
            }  # fmt: skip
    return {
        "command": "python -m medsr_nb.upscaling.agreement",
        "data": {"name": pictures.name, "images": len(pictures)},
        "hardware": studies.hardware(),
        "networks": found,
    }


if __name__ == "__main__":
    studies.write(results_dir() / "agreement.json", agreement())
