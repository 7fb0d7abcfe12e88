"""The planes of a result, one by one, as they lie in its file: it may be nine times its scan.

What ``scan.read`` reads is limited, and copied more than once.
"""

from contextlib import contextmanager

import numpy as np
from PIL import Image, ImageOps

from ..degradation import reducing_matrix
from ..scans import FACTOR, WINDOW, names_in, pictures, pictures_of_any_size, tiff
from . import results


@contextmanager
def opened(path, kind, source):
    """(count, a function of an index: the plane (3H, 3W[, C])) of a result of a ``Scan``.

    ``path`` may be a list, of slices. ``kind`` is that of a ``Scan``; of DICOM and NIfTI planes are
    in the scan's unit. Raises what a damaged file causes, NotReadHere where it cannot be read here.
    """
    readers = {"picture": of_pictures, "tiff": of_pages, "dicom": of_dicom, "nifti": of_volume}
    with readers[kind](path, source) as found:
        yield found


@contextmanager
def of_pictures(path, source):
    """``opened`` of a picture, or of a folder with one for each plane."""
    if path.is_dir():
        files = sorted(path / name for name in names_in(path) if results.is_plane(name))
        yield len(files), lambda index: frame(files[index], 0)
    else:
        with pictures_of_any_size(), Image.open(path) as picture:
            count = 1 if picture.format == "MPO" else getattr(picture, "n_frames", 1)
        yield count, lambda index: frame(path, index)


def window_of(path):
    """The window that a PNG, or the first of a folder, says that it shows; "" if it says none."""
    if path.is_dir():
        planes = sorted(name for name in names_in(path) if results.is_plane(name))
        if not planes:
            return ""
        path = path / planes[0]
    with pictures_of_any_size(), Image.open(path) as picture:
        return picture.info.get(WINDOW, "")


def frame(path, index):
    """One frame of a picture."""
    with pictures_of_any_size(), Image.open(path) as picture:
        if pictures.deep_colour.is_deep(path, picture):
            return pictures.deep_colour.read(path, picture)
        if index:
            picture.seek(index)
        most = pictures.highest_of(path, picture)
        levels = pictures.numbers(path, ImageOps.exif_transpose(picture))
        if most and levels.ndim == 2:
            return pictures.unstretched(levels, picture.format, most)
        return levels


@contextmanager
def of_pages(path, source):
    """``opened`` of a TIFF, whose pages may hold several planes beside each other."""
    import tifffile

    samples = source.origin.samples

    def plane(index):
        page = tiff.decoding.page_numbers(path, pages[index // samples])
        return page[..., index % samples] if samples > 1 else page

    with tifffile.TiffFile(path, is_ome=False) as tif:
        pages = [page.aspage() for page in tif.pages]
        yield len(pages) * samples, plane


@contextmanager
def of_dicom(path, source):
    """``opened`` of a DICOM file, or of slices."""
    from ..scans import scan

    larger = scan.scan_in(path, False)
    yield len(larger.planes), lambda index: larger.slope * larger.planes[index] + larger.intercept


@contextmanager
def of_volume(path, source):
    """``opened`` of a volume, whose third axis may be enlarged as well: it is reduced again."""
    from ..scans import nifti

    image, layout = nifti.opened(path), source.origin.layout
    volume = np.asanyarray(image.dataobj.get_unscaled())
    slope, intercept = nifti.scale_of(image)
    names = volume.dtype.names
    views = [layout.planes(volume[name]) for name in names] if names else [layout.planes(volume)]
    places = layout.planes(np.broadcast_to(False, source.origin.image.shape)).shape[:-2]
    further = places != views[0].shape[:-2]

    def plane(index):
        place = np.unravel_index(index, places) if places else ()
        take = reduced if further else np.ndarray.__getitem__
        channels = [take(view, place) for view in views]
        return np.stack(channels, axis=-1) if names else slope * channels[0] + intercept

    yield int(np.prod(views[0].shape[:-2])) // (FACTOR if further else 1), plane


def reduced(view, place):
    """The plane of (..., across, H, W) at a place before the axis across was enlarged."""
    *volume, index = place
    stack = view[tuple(volume)]
    shares = reducing_matrix(len(stack), FACTOR)[index].astype(np.float64)
    return sum(shares[one] * stack[one] for one in np.flatnonzero(shares))
