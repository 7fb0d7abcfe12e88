"""Classes of DICOM: those without pictures, as of reports and plans, and those of 8 bits alone."""

import re

from pydicom import uid
from pydicom.uid import UID

PICTURED = re.compile(
    r".*(Image|B-scan|US Volume|DICOS).*|Segmentation Storage|.*(Dose|Map|Overlay) Storage"
)
OF_8_BITS = (  # of each number of a pixel; the last four are retired
    uid.UltrasoundImageStorage, uid.UltrasoundMultiFrameImageStorage,
    uid.VLEndoscopicImageStorage, uid.VideoEndoscopicImageStorage,
    uid.VLMicroscopicImageStorage, uid.VideoMicroscopicImageStorage,
    uid.VLSlideCoordinatesMicroscopicImageStorage, uid.VLPhotographicImageStorage,
    uid.VideoPhotographicImageStorage, uid.OphthalmicPhotography8BitImageStorage,
    uid.DermoscopicPhotographyImageStorage,
    uid.MultiFrameGrayscaleByteSecondaryCaptureImageStorage,
    uid.MultiFrameTrueColorSecondaryCaptureImageStorage,
    "1.2.840.10008.5.1.4.1.1.6", "1.2.840.10008.5.1.4.1.1.3",
    "1.2.840.10008.5.1.4.1.1.77.1", "1.2.840.10008.5.1.4.1.1.77.2",
)  # fmt: skip
OWN = ("1.3.12.2.1107.5.9.1",)  # Siemens' class for all but pictures


def is_without_picture(dataset):
    """Whether a dataset is of a class that is known, and holds no picture."""
    uid = UID(str(dataset.get("SOPClassUID", "")))
    is_known = uid.type == "SOP Class" and uid.name.endswith("Storage")
    return uid in OWN or is_known and not PICTURED.fullmatch(uid.name)
