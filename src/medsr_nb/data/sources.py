"""Pictures that are not a folder of files: the ICBM152 sample, MNIST and Fashion-MNIST."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
from PIL import Image

from ..machine import UserError
from . import drawn
from .decoding import Unusable, centre_square
from .imageset import DataUnavailable, ImageSet

TEMPLATE = "datasets/data/mni_icbm152_t1_tal_nlin_sym_09a_converted.nii.gz"
PLANES = ("axial", "coronal", "sagittal")
SLICE_STEP = 2  # mm between slices
SLAB = 12  # mm; the slices of a slab look alike and form a group
LEAST_BRAIN = 0.1  # share of a slice that shows brain; below it the slice is left out
WHITE_PERCENTILE = 99.9  # of the brain's voxels; brighter ones are shown white

SMALL = {
    "digits": ("MNIST", "digit", tuple("0123456789"), "CC BY-SA 3.0"),
    "fashion": (
        "Fashion-MNIST",
        "fashion",
        (
            "T-shirt",
            "trouser",
            "pullover",
            "dress",
            "coat",
            "sandal",
            "shirt",
            "sneaker",
            "bag",
            "ankle boot",
        ),
        "MIT",
    ),
}
SMALL_SOURCE = {
    "digits": "MNIST (LeCun, Cortes, Burges)",
    "fashion": "Fashion-MNIST (Zalando Research)",
}


def template_file():
    """Path of the ICBM152 T1 template inside the installed nilearn, without importing it."""
    spec = find_spec("nilearn")
    folders = list(spec.submodule_search_locations or ()) if spec else []
    for folder in folders:
        if (file := Path(folder, TEMPLATE)).is_file():
            return file
    why = "is not installed" if spec is None else "is installed without its ICBM152 template"
    raise DataUnavailable(
        f"The sample images are slices of a brain template that comes with nilearn, but nilearn "
        f"{why}. Run: pip install --force-reinstall nilearn"
    )


def template_volume():
    """The template as uint8 (X, Y, Z), 1 mm a voxel, and the mm position of voxel (0, 0, 0).

    The axes run to the right, to the front and to the top. Brain is stretched so that its
    99.9th percentile is 255; around it all is 0.
    """
    import nibabel  # 0.3 s, needed by the sample only

    image = nibabel.load(template_file())
    values = np.asanyarray(image.dataobj).astype(np.float64)
    white = np.percentile(values[values > 0], WHITE_PERCENTILE)
    volume = np.rint(np.clip(values * (255 / white), 0, 255)).astype(np.uint8)
    return volume, image.affine[:3, 3].astype(int)


def template_slices():
    """``(name, plane, slab, pixels)`` of each slice with enough brain, pixels uint8 (H, W).

    Axial slices show the front at the top; coronal ones the top of the head at the top; and
    sagittal ones the same with the face to the left. The template is exactly symmetric, so only
    one half gives sagittal slices: the other would repeat them.
    """
    volume, origin = template_volume()
    upright = volume[:, ::-1, ::-1]  # the front and the top come first
    views = (
        ("axial", "z", 2, lambda index: upright[:, :, volume.shape[2] - 1 - index].T),
        ("coronal", "y", 1, lambda index: upright[:, volume.shape[1] - 1 - index].T),
        ("sagittal", "x", 0, lambda index: upright[index].T),
    )
    for plane, letter, axis, view in views:
        for index in range(volume.shape[axis]):
            position = int(index + origin[axis])
            pixels = view(index)
            if position % SLICE_STEP or (plane == "sagittal" and position < 0):
                continue
            if np.mean(pixels > 0) >= LEAST_BRAIN:
                slab = (PLANES.index(plane), position // SLAB)
                yield f"{plane}_{letter}{position:+04d}", plane, slab, pixels


def sample(size):
    """Slices of the ICBM152 T1 template every 2 mm in three planes, as an `ImageSet`.

    All are of one averaged head, and slices of different planes cross: scores on it show that
    the code works, and say nothing about other people's images.
    """
    names, planes, slabs, slices = zip(*template_slices(), strict=True)
    try:
        pixels = np.stack([centre_square(Image.fromarray(each), size) for each in slices])
    except Unusable as unusable:
        raise UserError(
            f"The sample's slices are too small for size {size}: {unusable}. Ask for a smaller "
            "size, or give a folder of larger images."
        ) from None
    return ImageSet(
        name="ICBM152 T1 template (sample)",
        pixels=pixels[..., None],
        names=names,
        kinds=np.full(len(names), "MRI"),
        labels=np.array([PLANES.index(plane) for plane in planes], np.int32),
        label_names=PLANES,
        groups=np.unique(slabs, axis=0, return_inverse=True)[1].astype(np.int32).reshape(-1),
        parts=np.full(len(names), "", "<U5"),
        source="ICBM 2009a nonlinear symmetric T1 template (Fonov et al. 2009, 2011) from the "
        "nilearn package: one averaged head, so scores say nothing about other people's images",
        licence="ICBM templates: free to use, copy and distribute with their copyright notice",
    )


def drawn_small(subject):
    """Digits or textured shapes that `medsr_nb.data.drawn` draws, as an `ImageSet`."""
    pixels, labels = drawn.digits() if subject == "digits" else drawn.shapes()
    title = "digits" if subject == "digits" else "textured shapes"
    return small_set(
        subject,
        pixels,
        labels,
        np.full(len(pixels), "", "<U5"),
        name=f"drawn {title} (sample)",
        label_names=drawn.DIGIT_NAMES if subject == "digits" else drawn.SHAPE_NAMES,
        source="drawn by medsr_nb.data.drawn",
        licence="that of this project",
    )


def small_set(subject, pixels, labels, parts, **origin):
    """`ImageSet` of pictures (N, 28, 28) that are each a group of their own."""
    return ImageSet(
        pixels=pixels[..., None],
        names=tuple(f"{part or subject}/{i:05d}" for i, part in enumerate(parts.tolist())),
        kinds=np.full(len(pixels), SMALL[subject][1]),
        labels=labels.astype(np.int32),
        groups=np.arange(len(pixels), dtype=np.int32),
        parts=parts,
        **origin,
    )


def npz_file(path, subject):
    """The ``.npz`` file of ``subject`` at ``path``: the file itself, or one in that folder."""
    if path.is_file():
        return path
    pattern = "mnist*.npz" if subject == "digits" else "fashion*mnist*.npz"
    found = sorted(path.glob(pattern))
    if not found:
        raise DataUnavailable(f"{path} holds no file {pattern}.")
    return found[0]


def npz_images(file, subject):
    """MNIST or Fashion-MNIST from a file with Keras's keys, as an `ImageSet`.

    Raises UserError when ``file`` is damaged, lacks a key, or holds other shapes.
    """
    try:
        with np.load(file, allow_pickle=False) as stored:
            arrays = [stored[key] for key in ("x_train", "y_train", "x_test", "y_test")]
    except KeyError as error:
        raise UserError(
            f"{file} has no array {error}; it needs x_train, y_train, x_test and y_test."
        ) from None
    except Exception as error:  # a damaged archive may raise anything
        raise UserError(
            f"{file} cannot be read as an .npz file ({error}). Fetch or write it again."
        ) from None
    return small_images(arrays, subject, str(file))


def small_images(arrays, subject, where):
    """`ImageSet` of ``(x_train, y_train, x_test, y_test)``; ``where`` names them in errors."""
    x_train, y_train, x_test, y_test = arrays
    for pixels, labels in ((x_train, y_train), (x_test, y_test)):
        if pixels.dtype != np.uint8 or pixels.shape[1:] != (28, 28):
            raise UserError(
                f"{where}: images are uint8 (N, 28, 28), not {pixels.dtype} {pixels.shape}."
            )
        if labels.shape != pixels.shape[:1] or not np.isin(labels, range(10)).all():
            raise UserError(f"{where}: labels are one whole number from 0 to 9 an image.")
    if not len(x_train) or not len(x_test):
        raise UserError(f"{where}: x_train and x_test both need at least one image.")
    title, _, label_names, licence = SMALL[subject]
    return small_set(
        subject,
        np.concatenate([x_train, x_test]),
        np.concatenate([y_train, y_test]),
        np.repeat(["train", "test"], [len(x_train), len(x_test)]),
        name=title,
        label_names=label_names,
        source=SMALL_SOURCE[subject],
        licence=licence,
    )


def downloaded_small(subject):
    """MNIST or Fashion-MNIST through Keras's download, kept in its own cache."""
    title = SMALL[subject][0]
    try:
        import keras  # heavy, and needed for the download only

        module = keras.datasets.mnist if subject == "digits" else keras.datasets.fashion_mnist
        (x_train, y_train), (x_test, y_test) = module.load_data()
    except Exception as error:  # Keras raises a bare Exception when there is no network
        raise DataUnavailable(
            f"Keras could not download {title} ({error}). Without internet, give its .npz file "
            "by path; after an interrupted download, delete it from ~/.keras/datasets first."
        ) from error
    return small_images((x_train, y_train, x_test, y_test), subject, f"Keras's {title}")
