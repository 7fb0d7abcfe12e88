"""Slips in the header of a volume that leave no doubt of what is meant."""

import numpy as np
from nibabel.affines import voxel_sizes
from nibabel.analyze import AnalyzeImage
from nibabel.arrayproxy import ArrayProxy


def mended(image):
    """An image with a shape and sizes of voxels that are numbers; mostly as it is.

    The length 0 of a last axis beyond two counts as 1. A size that is no number is that of the
    affine, in time 0, which is not known.
    """
    if not isinstance(image, AnalyzeImage):
        return image
    shape, header = list(image.shape), image.header.copy()
    while len(shape) > 2 and shape[-1] == 0:
        shape.pop()
    shape += [1] * (len(image.shape) - len(shape))
    sizes = header["pixdim"][1 : len(shape) + 1]
    if tuple(shape) == image.shape and np.isfinite(sizes).all():
        return image
    header["dim"][1 : len(shape) + 1] = shape
    known = np.zeros(len(shape))
    known[:3] = voxel_sizes(image.affine)[: len(shape)]
    header["pixdim"][1 : len(shape) + 1] = np.where(np.isfinite(sizes), sizes, known)
    data = image.dataobj
    spec = tuple(shape), data.dtype, data.offset, data.slope, data.inter
    proxy = ArrayProxy(data.file_like, spec, mmap=False)
    return type(image)(proxy, image.affine, header, file_map=image.file_map)
