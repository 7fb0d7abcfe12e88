"""Slips in the header of a volume that leave no doubt of what is meant."""

import numpy as np
from nibabel.affines import voxel_sizes
from nibabel.analyze import AnalyzeImage
from nibabel.arrayproxy import ArrayProxy
from nibabel.nifti1 import Nifti1Header

EQUAL = 0.01  # sizes that differ by less than one in a hundred are the same


def mended(image):
    """An image with a shape and sizes of voxels that are numbers; mostly as it is.

    The length 0 of a last axis beyond two counts as 1. A size that is no number is that of the
    affine, in time 0, which is not known. So is one that an sform contradicts that stands alone:
    readers place the volume by that, and programs that write it forget the sizes.
    """
    if not isinstance(image, AnalyzeImage):
        return image
    shape, header = list(image.shape), image.header.copy()
    while len(shape) > 2 and shape[-1] == 0:
        shape.pop()
    shape += [1] * (len(image.shape) - len(shape))
    sizes = header["pixdim"][1 : len(shape) + 1]
    known = np.zeros(len(shape))
    known[:3] = voxel_sizes(image.affine)[: len(shape)]
    wrong = ~np.isfinite(sizes)
    if is_placed_by_sform(header):
        wrong[:3] |= ~np.isclose(sizes, known, rtol=EQUAL)[:3]
    if tuple(shape) == image.shape and not wrong.any():
        return image
    header["dim"][1 : len(shape) + 1] = shape
    header["pixdim"][1 : len(shape) + 1] = np.where(wrong, known, sizes)
    data = image.dataobj
    spec = tuple(shape), data.dtype, data.offset, data.slope, data.inter
    proxy = ArrayProxy(data.file_like, spec, mmap=False)
    return type(image)(proxy, image.affine, header, file_map=image.file_map)


def is_placed_by_sform(header):
    """Whether a header says by its sform alone where the volume lies; a qform needs its sizes."""
    if not isinstance(header, Nifti1Header):
        return False
    return header["sform_code"] > 0 and header["qform_code"] == 0
