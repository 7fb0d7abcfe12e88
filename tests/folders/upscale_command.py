"""What the tests of the command share: pictures, the command itself, and what lies in a folder."""

import numpy as np
from PIL import Image
from scan_files import dicom, head

from medsr_nb.cli import main


def picture(path, height=9, width=12, seed=1):
    path.parent.mkdir(parents=True, exist_ok=True)
    draw = np.random.default_rng(seed)
    Image.fromarray(draw.integers(60, 200, (height, width), dtype="uint8")).save(path)
    return path


def series(folder, count=3, uid="1.2.3", letter="s"):
    """A DICOM series, also of a folder that holds others; the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for k in range(count):
        dicom(folder / f"{letter}{k}.dcm", head(), SeriesInstanceUID=uid,
              SOPInstanceUID=f"{uid}.{k + 1}", InstanceNumber=k + 1,
              ImagePositionPatient=[0.0, 0.0, 2.0 * k])  # fmt: skip
    return folder


def names(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.*"))


def upscale(*arguments):
    return main(["upscale", *map(str, arguments)])
