"""The plain x3 network in plain PyTorch with bf16 autocast, for ``medsr bench --torch``.

Only a yardstick: PyTorch is not needed for anything else, and nothing else imports this.
"""

import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from ..machine import process_peak
from .worker import FACTOR, LR_SIZE, PLAIN, repeated


class ResidualBlock(nn.Module):
    """conv-ReLU-conv and the identity."""

    def __init__(self, width):
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, features):
        return features + self.second(functional.relu(self.first(features)))


class SRResNet(nn.Module):
    """The network of ``models.srresnet``, layer by layer, on (B, 1, h, h)."""

    def __init__(self, width, blocks, factor=FACTOR):
        super().__init__()
        self.factor = factor
        self.trunk = nn.Sequential(
            nn.Conv2d(1, width, 3, padding=1),
            nn.LeakyReLU(0.1),
            *(ResidualBlock(width) for _ in range(blocks)),
            nn.Conv2d(width, factor * factor * width, 3, padding=1),
            nn.PixelShuffle(factor),
            nn.LeakyReLU(0.1),
            nn.Conv2d(width, width, 3, padding=1),
            nn.LeakyReLU(0.1),
            nn.Conv2d(width, 1, 3, padding=1),
        )

    def forward(self, lr):
        base = functional.interpolate(lr, scale_factor=self.factor, mode="bilinear")
        return base + self.trunk(lr).float()


class TorchWorker:
    """Answers as ``worker.NetworkWorker`` does, for the pixel step and inference.

    Its batches lie ready: plain PyTorch without an input pipeline, the most favourable case.
    """

    def __init__(self, batch_size):
        torch.manual_seed(0)
        width, blocks = PLAIN["plain"][1].values()
        self.network = SRResNet(width, blocks)
        self.optimizer = torch.optim.Adam(self.network.parameters(), 1e-4)
        draw = np.random.default_rng(0)
        size = LR_SIZE * FACTOR
        self.lr = torch.tensor(draw.random((batch_size, 1, LR_SIZE, LR_SIZE), "float32"))
        self.hr = torch.tensor(draw.random((batch_size, 1, size, size), "float32"))
        parameters = sum(weight.numel() for weight in self.network.parameters())
        self.facts = {
            "network": "plain",
            "framework": "torch",
            "precision": "bfloat16",
            "parameters": parameters,
            "kinds": ["pixel"],
        }

    def step(self):
        """One pixel step."""
        self.optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            sr = self.network(self.lr)
        functional.mse_loss(sr, self.hr).backward()
        self.optimizer.step()

    def first(self, kind):
        """The first step beyond the second, and the peak of memory."""
        seconds = []
        for _ in range(2):
            started = time.perf_counter()
            self.step()
            seconds.append(time.perf_counter() - started)
        return {
            "compile_seconds": max(0.0, seconds[0] - seconds[1]),
            "peak_bytes": process_peak(),
        }

    def train(self, kind, seconds):
        """(seconds of a step, no share of waiting)."""
        return repeated(self.step, seconds), 0.0

    def infer(self, seconds):
        """Seconds for one image, passed alone."""

        def upscaled():
            with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16):
                self.network(self.lr[:1])

        return repeated(upscaled, seconds)
