"""Five real pictures of patients that come with packages: no download, and the same everywhere.

Beside the sample, which is one averaged head without noise, the notebooks show their networks on
pictures of this plate. No network of ours has trained on any of it. The files lie in the wheels of
matplotlib and pydicom, which use them as examples and for their own tests.
"""

import functools
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from .imageset import DataUnavailable, ImageSet

SIZE = 150


@dataclass(frozen=True)
class Source:
    """One picture: its file, the square cut out of it, and what is shown black and white."""

    name: str
    kind: str
    file: str
    top: int  # of the square, in pixels of the file
    left: int
    side: int
    black: float  # stored values; for CT Hounsfield units
    white: float


# Side by side: magnetic resonance, X-rays, sound and gamma rays. The CT has the window of brain
# tissue, 0 to 80 Hounsfield units. The ultrasound's square leaves out the text below it.
SOURCES = (
    Source("head MR", "MR", "s1045.ima.gz", 0, 0, 256, 0, 200),
    Source("abdomen MR", "MR", "examples_overlay.dcm", 0, 92, 300, 0, 800),
    Source("head CT", "CT", "J2K_pixelrep_mismatch.dcm", 31, 31, 450, 0, 80),
    Source("heart ultrasound", "US", "examples_ybr_color.dcm", 14, 50, 210, 0, 160),
    Source("bone scan", "NM", "JPEG2000.dcm", 84, 0, 256, 0, 100),
)
KINDS = ("CT", "MR", "NM", "US")  # DICOM's names: computed tomography, ..., nuclear medicine


@functools.cache
def plate():
    """The five pictures as an ``ImageSet``: uint8 (5, 150, 150, 1), each a group of its own.

    Each square is reduced by Pillow's antialiased bicubic; the label is the kind of machine.
    Raises DataUnavailable where an installed package came without one of the files.
    """
    pixels = np.stack([picture(source) for source in SOURCES])[..., None]
    pixels.setflags(write=False)  # one array for all who ask
    kinds = np.array([source.kind for source in SOURCES])
    return ImageSet(
        name="the fixed plate",
        pixels=pixels,
        names=tuple(source.name for source in SOURCES),
        kinds=kinds,
        labels=np.searchsorted(KINDS, kinds).astype(np.int32),
        label_names=KINDS,
        groups=np.arange(len(SOURCES), dtype=np.int32),
        parts=np.full(len(SOURCES), ""),
        source="example files in the wheels of matplotlib and pydicom",
        licence="matplotlib's licence (head MR) and pydicom's, MIT (the others)",
    )


def lesion(middle=(52, 75), radius=15):
    """The head MR of the plate with a lesion drawn into it: (``ImageSet`` of one, bool (150, 150)).

    The second says which pixels are well inside. The lesion is a disc with a soft rim, darker than
    brain, whose texture is half fine and half coarse: a reduction by three takes the fine half
    away, and nothing around it tells how it was. Sizes in pixels.
    """
    from scipy.ndimage import gaussian_filter

    head = plate().take([0])
    draw = np.random.default_rng(0)
    fine, coarse = (gaussian_filter(draw.normal(size=(SIZE, SIZE)), sigma) for sigma in (0.9, 3.0))
    texture = 150.0 + 25.0 * (fine / fine.std() + coarse / coarse.std())
    rows, columns = np.mgrid[:SIZE, :SIZE]
    distance = np.hypot(rows - middle[0], columns - middle[1])
    share = np.clip((radius - distance) / 2 + 0.5, 0.0, 1.0)
    pixels = head.pixels[0, ..., 0] * (1.0 - share) + texture * share
    pixels = np.rint(pixels.clip(0, 255)).astype(np.uint8)[None, ..., None]
    name = "a drawn lesion in a real head MR"
    return replace(head, name=name, pixels=pixels), distance < radius - 2


def picture(source):
    """One picture of the plate, uint8 (150, 150)."""
    stored = head_mr(source.file) if source.file.endswith(".ima.gz") else dicom(source.file)
    square = stored[source.top :, source.left :][: source.side, : source.side]
    grey = (square - source.black) * (255 / (source.white - source.black))
    reduced = Image.fromarray(grey.clip(0, 255)).resize((SIZE, SIZE), Image.Resampling.BICUBIC)
    return np.rint(np.clip(reduced, 0, 255)).astype(np.uint8)


def head_mr(file):
    """Matplotlib's slice of a head, float32 (256, 256)."""
    from matplotlib.cbook import get_sample_data  # a second, and only needed here

    try:
        with get_sample_data(file) as opened:
            values = np.frombuffer(opened.read(), ">u2")
    except OSError as error:
        raise missing("matplotlib", file) from error
    return values.reshape(256, 256).astype(np.float32)


def dicom(file):
    """The first frame of one of pydicom's test files, float32 (H, W).

    Its rescaling is applied: a CT is in Hounsfield units.
    """
    import pydicom  # 0.3 s, and only needed here
    from pydicom.data import get_testdata_file

    if (path := get_testdata_file(file, download=False)) is None:
        raise missing("pydicom", file)
    data = pydicom.dcmread(path)
    values = data.pixel_array
    if data.get("NumberOfFrames", 1) > 1:
        values = values[0]
    if data.SamplesPerPixel == 3:  # a grey picture, stored three times
        values = values[..., 0]
    scaled = values * float(data.get("RescaleSlope", 1)) + float(data.get("RescaleIntercept", 0))
    return scaled.astype(np.float32)


def missing(package, file):
    """The error of a package that came without one of its own example files."""
    return DataUnavailable(
        f"{package} is installed without its file {file}, which the fixed plate of real pictures "
        f"needs. Run: pip install --force-reinstall {package}"
    )
