"""What the paper's trainings and other people's networks cost in operations and bytes, counted.

``python -m medsr_nb.studies.operations`` counts them from the layers and writes
``results/operations.json``: no machine is measured. An epoch has a least time on a card: its
operations over the card's peak, or its bytes over the rate of the card's memory, whichever is
longer. A time that the paper reports is possible where it is well above. How far above a training
comes in practice, ``medsr bench`` tells (``results/bench.json`` has the share of a processor's
speed).

Convolutions and dense layers are counted (``machine/flops.py``); what stands between them is not,
so that an epoch takes longer.
"""

import sys

from .. import published, training
from ..machine import exit_status, forward_flops, results_dir, step_bytes, step_flops
from ..presets import recipe
from . import results

EPOCH = 1957  # images
# Peak rates of the paper's cards in TFLOP/s, from NVIDIA's data sheets (T4, 2019; V100 SXM2, 2020;
# A100 SXM4, 2021). "tensor" is what Keras uses there by ``--precision auto``: float16, on the A100
# bfloat16, dense matrices.
PEAKS = {
    "T4": {"float32": 8.1, "tensor": 65.0},
    "V100": {"float32": 15.7, "tensor": 125.0},
    "A100": {"float32": 19.5, "tensor": 312.0},
}
# Rates of their memories in TB/s, from the same sheets (the A100 of 40 GB; that of 80 has 2.0).
MEMORIES = {"T4": 0.32, "V100": 0.9, "A100": 1.555}
NUMBER = {"float32": 4, "tensor": 2}  # bytes
PAPERS = ("srgan", "iteration1", "prototype")


def epoch(system):
    """What a training epoch of a network of the paper does and moves, and the least seconds."""
    full = recipe(system, "paper")
    networks = training.networks(full)
    operations = EPOCH * step_flops(*networks) / 1e12
    steps = EPOCH / full.batch_size
    moved = {
        name: steps * step_bytes(full.batch_size, size, *networks) / 1e12
        for name, size in NUMBER.items()
    }
    return {
        "size": full.hr_size,
        "width": full.width,
        "tflop": round(operations, 1),
        "terabytes": {name: round(one, 3) for name, one in moved.items()},
        "least_seconds": {
            card: {
                name: round(max(operations / peak, moved[name] / MEMORIES[card]), 2)
                for name, peak in peaks.items()
            }
            for card, peaks in PEAKS.items()
        },
    }


def pictures():
    """GFLOP for one 50x50 image: published networks from wheels, SRResNet as published, medsr."""
    found = {
        "SRResNet": forward_flops(training.generator(recipe("srresnet", "paper"))),
        "medsr": forward_flops(training.generator(recipe("medsr"))),
    }
    for wheel in published.WHEELS:
        param, _ = published.files_of(wheel)
        _, found[wheel.name] = published.cost(param, 50, 50)
    return {name: round(one / 1e9, 2) for name, one in found.items()}


def steps():
    """GFLOP an image of a training step as published: SRGAN's, and Real-ESRGAN's."""
    found = {
        "SRGAN": training.networks(recipe("srgan-x3", "paper")),
        "Real-ESRGAN": training.networks(recipe("realesrgan", "paper", hr_size=144)),
    }
    return {name: round(step_flops(*both) / 1e9, 1) for name, both in found.items()}


def counted():
    """All of it as plain values."""
    return {
        "command": "python -m medsr_nb.studies.operations",
        "hardware": "counted from the layers, on no machine",
        "peaks": PEAKS,
        "memories": MEMORIES,
        "epochs": {system: epoch(system) for system in PAPERS},
        "pictures": pictures(),
        "steps": steps(),
    }


def main():
    """Records the counts in ``results/``."""
    found = counted()
    results.write(results_dir() / "operations.json", found)
    for name, each in found["epochs"].items():
        print(name, each)
    print(found["pictures"], found["steps"])


if __name__ == "__main__":
    sys.exit(exit_status(main))
