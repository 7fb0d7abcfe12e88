"""Where pictures come from: `load` for the medical ones, `load_small` for those of 28 x 28.

Both return an `ImageSet`, and both raise an error that tells what to do rather than hand over
other images than those asked for.
"""

from pathlib import Path

from ..machine import UserError
from .folders import folder_images, kaggle_images, kaggle_sets
from .imageset import DataUnavailable
from .kaggle_download import downloaded_sets
from .sources import downloaded_small, drawn_small, npz_file, npz_images, sample

SUBJECTS = ("digits", "fashion")
SMALLEST = 8


def load(data="sample", size=150):
    """Medical pictures of ``size`` x ``size`` pixels.

    ``data`` is "sample" (slices of the ICBM152 brain template, no network needed), "kaggle"
    (Kaggle's brain MRI and chest X-ray sets, downloaded once) or a folder: one that holds the
    Kaggle sets in their own layout, or any folder of images. Every picture is turned to grey,
    cropped to its centre square and reduced with Pillow's bicubic; files that do not allow it
    are listed in ``skipped``.

    Raises ValueError for a size that is no whole number from 8 up, UserError when no picture is
    left, DataUnavailable when there is no such folder, when a download fails, or when nilearn,
    which carries the template, is missing.
    """
    if not isinstance(size, int) or size < SMALLEST:
        raise ValueError(f"size is a whole number of pixels, at least {SMALLEST}, not {size!r}.")
    if str(data) == "sample":
        return sample(size)
    if str(data) == "kaggle":
        return kaggle_images(downloaded_sets(), size)
    folder = existing(data)
    if not folder.is_dir():
        raise UserError(f"{folder} is a file; give the folder it lies in.")
    if sets := kaggle_sets(folder):
        return kaggle_images(sets, size)
    return folder_images(folder, size)


def load_small(data="sample", subject="digits"):
    """Pictures of 28 x 28 pixels in ten classes; ``subject`` is "digits" or "fashion".

    ``data`` is "sample" (drawn by our own code), "kaggle" (MNIST or Fashion-MNIST, downloaded
    by Keras), an ``.npz`` file with Keras's keys, or a folder that holds ``mnist.npz`` or
    ``fashion_mnist.npz``.

    Raises ValueError for another subject, UserError for a malformed file, DataUnavailable when
    there is no such file or the download fails.
    """
    if subject not in SUBJECTS:
        raise ValueError(f"subject is one of {', '.join(SUBJECTS)}, not {subject!r}.")
    if str(data) == "sample":
        return drawn_small(subject)
    if str(data) == "kaggle":
        return downloaded_small(subject)
    return npz_images(npz_file(existing(data), subject), subject)


def small_source(data):
    """``data`` for ``load_small``; for a folder of other pictures "sample", and a line says so."""
    path = Path(data).expanduser()
    if str(data) in ("sample", "kaggle") or not path.is_dir() or any(path.glob("*mnist*.npz")):
        return data
    print(f"{path} holds no mnist.npz: digits and clothes are drawn by our own code instead.")
    return "sample"


def existing(data):
    """``data`` as an existing path, or DataUnavailable with the ways to provide images."""
    path = Path(data).expanduser()
    if not path.exists():
        raise DataUnavailable(f"There is no file or folder {path}.")
    return path
