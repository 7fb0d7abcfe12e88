"""What the tests of the command share: pictures, the command itself, and what lies in a folder."""

import numpy as np
from PIL import Image

from medsr_nb.cli import main


def picture(path, height=9, width=12, seed=1):
    path.parent.mkdir(parents=True, exist_ok=True)
    draw = np.random.default_rng(seed)
    Image.fromarray(draw.integers(60, 200, (height, width), dtype="uint8")).save(path)
    return path


def names(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.*"))


def upscale(*arguments):
    return main(["upscale", *map(str, arguments)])
