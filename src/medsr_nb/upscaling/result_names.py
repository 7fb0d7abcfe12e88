"""The names that a result may be saved under: by their suffixes readers know its kind."""

import nibabel

from ..machine import UserError
from ..scans import DICOM_SUFFIXES, PAIRED, parted, suffixes

TIFF = (".tif", ".tiff")
MGH, SINGLE = (".mgz", ".mgh"), (".nii", ".nii.gz")


def named(scan, path):
    """The path of a result of a ``Scan``; without a suffix it gets the scan's.

    DICOM needs none. Raises UserError for a suffix of another kind of file.
    """
    if not path.name:
        raise UserError(f"{path} names no file; give a name.")
    suffix = parted(path.name)[1]
    fitting = fitting_of(scan)
    if scan.kind == "dicom" and suffix.lower() not in suffixes():
        return path
    if not suffix:
        return path.with_name(path.name + scan.suffix)
    if suffix.lower() not in (*fitting, scan.suffix.lower()):
        raise UserError(
            f"{path}: this result is saved as {' or '.join(fitting)}; medsr upscale --format makes "
            "other kinds of files."
        )
    return path


def fitting_of(scan):
    """The suffixes, in small letters, of files that hold what a ``Scan`` is written as."""
    if scan.kind == "dicom":
        return DICOM_SUFFIXES
    if scan.kind == "tiff":
        return TIFF
    if scan.kind == "nifti":
        image = scan.origin.image
        if isinstance(image, nibabel.MGHImage):
            return MGH
        return SINGLE if isinstance(image, nibabel.Nifti1Image) else PAIRED
    from PIL import Image

    known = Image.registered_extensions().items()
    return tuple(suffix for suffix, format in known if format == scan.origin.format)
