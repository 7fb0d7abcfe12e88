"""Published weights of the systems in the paper's figure 7: fetch, check, run.

The networks are those of their authors, in PyTorch, loaded by spandrel; both are an optional
extra (``pip install 'medsr-nb[published]'``) and run in a process of their own
(``published_torch.py``). They see colour, so grey goes in three times. A network for x4 reaches
x3 by a Lanczos reduction, and its name says so.
"""

import functools
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from ..machine import UserError, cache_dir, markdown_table
from . import fetching

REAL_ESRGAN = "https://github.com/xinntao/Real-ESRGAN/releases/download"
SWINIR = "https://github.com/JingyunLiang/SwinIR/releases/download/v0.0"


class Titled:
    """What has a ``name`` and a ``factor`` of its own."""

    def title(self, factor=3):
        """The name of the method, marked where its own factor is another."""
        return titled(self.name, self.factor, factor)


@dataclass(frozen=True)
class Weights(Titled):
    """One published file. ``sha256`` is "" where no digest is known beyond doubt."""

    name: str
    file: str
    url: str
    factor: int
    sha256: str
    licence: str
    trained_on: str
    paper: str


def titled(name, own, factor):
    """``name`` with the network's own factor and, where it differs, the one it is brought to."""
    return f"{name} x{own}" + (f" -> x{factor}" if own != factor else "")


# The authors state no digests. A digest stands here where several independent public projects
# state the same one for the same address; ESRGAN's file also bears its first digits in its name.
PUBLISHED = (
    Weights(
        "ESRGAN",
        "ESRGAN_SRx4_DF2KOST_official-ff704c30.pth",
        f"{REAL_ESRGAN}/v0.1.1/ESRGAN_SRx4_DF2KOST_official-ff704c30.pth",
        4,
        "ff704c30ff560305e48ed1f4db895e525ab6bc81a46fafe80c0094a271c806d9",
        "Apache-2.0 (ESRGAN); released with Real-ESRGAN, BSD-3-Clause",
        "photographs (DIV2K, Flickr2K, OST), bicubic reduction; L1, VGG, GAN",
        "arXiv 1809.00219",
    ),
    Weights(
        "Real-ESRGAN",
        "RealESRGAN_x4plus.pth",
        f"{REAL_ESRGAN}/v0.1.0/RealESRGAN_x4plus.pth",
        4,
        "4fa0d38905f75ac06eb49a7951b426670021be3018265fd191d2125df9d682f1",
        "BSD-3-Clause",
        "photographs (DIV2K, Flickr2K, OST), blur, noise and JPEG twice; L1, VGG, GAN",
        "arXiv 2107.10833",
    ),
    Weights(
        "SwinIR classical",
        "001_classicalSR_DF2K_s64w8_SwinIR-M_x3.pth",
        f"{SWINIR}/001_classicalSR_DF2K_s64w8_SwinIR-M_x3.pth",
        3,
        "",
        "Apache-2.0",
        "photographs (DIV2K, Flickr2K), bicubic reduction; L1",
        "arXiv 2108.10257",
    ),
    Weights(
        "SwinIR light",
        "002_lightweightSR_DIV2K_s64w8_SwinIR-S_x3.pth",
        f"{SWINIR}/002_lightweightSR_DIV2K_s64w8_SwinIR-S_x3.pth",
        3,
        "",
        "Apache-2.0",
        "photographs (DIV2K), bicubic reduction; L1",
        "arXiv 2108.10257",
    ),
    Weights(
        "SwinIR real",
        "003_realSR_BSRGAN_DFO_s64w8_SwinIR-M_x4_GAN.pth",
        f"{SWINIR}/003_realSR_BSRGAN_DFO_s64w8_SwinIR-M_x4_GAN.pth",
        4,
        "b9afb61e65e04eb7f8aba5095d070bbe9af28df76acd0c9405aeb33b814bcfc6",
        "Apache-2.0",
        "photographs (DIV2K, Flickr2K, OST), BSRGAN's blur, noise and JPEG; L1, VGG, GAN",
        "arXiv 2108.10257",
    ),
)

NOT_RUN = {
    "SRGAN": "its authors published no weights. Notebook 04 trains it on the paper's task.",
    "ResShift": (
        "its weights come under a licence for non-commercial use, they need its own code, and "
        "beside the denoiser a VQ autoencoder of 55 million parameters; spandrel does not load "
        "it. Running foreign code is what this module refuses, so it is left out. Notebook 04 "
        "trains a ResShift of our own."
    ),
}


def published_table():
    """``PUBLISHED`` as a Markdown table."""
    head = ("weights", "file", "trained on, for", "licence", "paper", "SHA-256")
    rows = [
        (each.title(), f"`{each.file}`", each.trained_on, each.licence, each.paper,
         f"{each.sha256[:8]}..." if each.sha256 else "recorded at first use")
        for each in PUBLISHED
    ]  # fmt: skip
    return markdown_table(head, rows)


# Fetching


def default_folder():
    """Where downloads are kept; a file that you bring yourself is looked for here as well."""
    return cache_dir() / "published"


def download(weights, folder=None):
    """Path of the file of ``weights`` in ``folder``, fetched if need be and its SHA-256 checked.

    Where no digest is published, the first one is recorded, in the open (``fetching.py``).
    Raises UserError without internet, for an address that is gone, and for a file that came
    incomplete or is another than it should be.
    """
    folder = default_folder() if folder is None else Path(folder)
    return fetching.download(weights.url, folder / weights.file, weights.sha256)


# Running


PACKAGES = ("torch", "torchvision", "spandrel")
INSTALL = "pip install 'medsr-nb[published]'"
READING_SECONDS = 120  # PyTorch's start included; a file can be made to be read for ever


class Available(NamedTuple):
    """What is at hand: the packages that are missing, and the files already downloaded."""

    missing: tuple[str, ...]
    files: tuple[str, ...]


def available(folder=None):
    """What of all this is at hand, without importing or reading anything."""
    folder = default_folder() if folder is None else Path(folder)
    return Available(
        tuple(name for name in PACKAGES if find_spec(name) is None),
        tuple(each.file for each in PUBLISHED if (folder / each.file).exists()),
    )


@dataclass(frozen=True)
class Network:
    """A network that spandrel knows, in the file at ``path``; it enlarges by ``scale``."""

    path: Path
    architecture: str
    scale: int
    parameters: int


def load(path):
    """The network in a weight file of any system that spandrel knows.

    Raises UserError if the file is missing, damaged or no weight file, if it asks for foreign
    code (which is never executed), if reading it takes too long or too much memory, if its
    network is unknown or enlarges nothing, and if one of ``PACKAGES`` is missing or too old.
    """
    if not Path(path).exists():
        raise UserError(f"There is no file {path}: download the weights first.")
    answer, _ = asked(path)
    return Network(Path(path), **answer)


def asked(path, lr=None):
    """(facts, SR or None) that the process with PyTorch answers for a file, and for LR images."""
    if missing := available().missing:
        raise UserError(f"Published weights need {', '.join(missing)}: {INSTALL}.")
    with tempfile.TemporaryDirectory() as folder:
        if lr is not None:
            np.save(Path(folder, "lr.npy"), lr)
        worker = Path(__file__).with_name("published_torch.py")
        try:
            ended = subprocess.run(
                [sys.executable, "-P", worker, path, folder],
                capture_output=True,
                timeout=READING_SECONDS if lr is None else None,
            )
        except subprocess.TimeoutExpired as error:
            raise UserError(
                f"{path} is not read after {READING_SECONDS} s, which no weight file takes: delete "
                "it, and take weights from the page of their authors."
            ) from error
        if not Path(folder, "answer.json").exists():
            said = ended.stderr.decode(errors="replace").strip().splitlines()[-1:]
            raise UserError(
                f"PyTorch broke off with {path}: {''.join(said)[:200]} (exit status "
                f"{ended.returncode}). If it ran out of memory, give fewer images; if its packages "
                f"do not fit together: {INSTALL}."
            )
        answer = json.loads(Path(folder, "answer.json").read_text(encoding="utf-8"))
        if "error" in answer:
            raise UserError(answer["error"])
        return answer, None if lr is None else np.load(Path(folder, "sr.npy"))


def method(network, factor=3, name=None):
    """A loaded network as a method: LR uint8 (N, h, w, 1) -> SR uint8 (N, f*h, f*w, 1).

    In this order: grey is repeated to the network's channels, the network enlarges, the
    channels are averaged to grey, a larger scale is reduced to ``factor`` by Pillow's Lanczos,
    and the result is clipped and rounded to 8 bit once. The function's ``__name__`` says so.
    Raises UserError for a network that enlarges by less than ``factor``.
    """
    if network.scale < factor:
        raise UserError(
            f"{network.path} enlarges by {network.scale}, which cannot give x{factor}: take "
            f"weights for x{factor} or more."
        )

    def enlarge(lr):
        _, grey = asked(network.path, lr)
        return pixels_of(grey, factor * lr.shape[1], factor * lr.shape[2])

    enlarge.__name__ = titled(name or network.architecture, network.scale, factor)
    return enlarge


def pixels_of(grey, height, width):
    """Float planes (N, H, W) in [0, 1] -> uint8 (N, height, width, 1), reduced by Lanczos."""
    if grey.shape[1:] != (height, width):
        resized = functools.partial(
            Image.Image.resize, size=(width, height), resample=Image.Resampling.LANCZOS
        )
        grey = np.stack([resized(Image.fromarray(plane)) for plane in grey])
    return np.rint(255.0 * np.clip(grey, 0.0, 1.0)).astype(np.uint8)[..., None]


def methods(fetch=False, folder=None):
    """{title: method} of the published networks that run here; prints why others do not.

    Files that are not there are downloaded where ``fetch`` is true. No error of one keeps the
    others from running.
    """
    found = {}
    missing, files = available(folder)
    if missing:
        wanted = ", ".join(missing)
        print(f"None of the files for PyTorch runs here, for want of {wanted}: {INSTALL}")
        return found
    for weights in PUBLISHED:
        title = weights.title()
        if weights.file not in files and not fetch:
            print(f"{title}: not downloaded")
            continue
        try:
            network = load(download(weights, folder))
            found[title] = method(network, name=weights.name)
        except UserError as error:
            print(f"{title}: {error}")
    return found
