"""Which kind of file a scan lies in: by how it begins, where that tells, and else by its name."""

from .files import unpacked

PAIRED = (".hdr", ".img", ".hdr.gz", ".img.gz")  # a volume in two files; SPM adds a third, .mat
PAIRED_OR_MGH = (*PAIRED, ".mgz", ".mgh")  # known by their names
DICOM_SUFFIXES = (".dcm", ".dicom")
NIFTI_SUFFIXES = (".nii", ".nii.gz", *PAIRED_OR_MGH)
TIFF_STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def kind_of(path):
    """The ``Scan.kind`` of a file, from how it begins; "dicom" too of what is none of these.

    Raises OSError, and what a damaged file causes.
    """
    from . import pictures

    with path.open("rb") as file:
        start = file.read(132)
    if start[128:] == b"DICM":  # whatever it is called, or is besides, as a slide may be
        return "dicom"
    if path.name.lower().endswith(PAIRED_OR_MGH) or is_nifti(path):
        return "nifti"
    if start[:4] in TIFF_STARTS:
        return "tiff"
    return "picture" if pictures.is_picture(path) else "dicom"


def is_nifti(path):
    """Whether a file is a single NIfTI file, packed by gzip or not, whatever it is called."""
    with unpacked(path) as file:
        head = file.read(348)
    packed_twice = head[:2] == b"\x1f\x8b"  # said by its reader
    return packed_twice or head[344:] == b"n+1\0" or head[4:8] == b"n+2\0"
