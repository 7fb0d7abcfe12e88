"""DICOM of classes that hold no picture, such as reports, plans and structures."""

import re

from pydicom.uid import UID

PICTURED = re.compile(
    r".*(Image|B-scan|US Volume|DICOS).*|Segmentation Storage|.*(Dose|Map|Overlay) Storage"
)
OWN = ("1.3.12.2.1107.5.9.1",)  # Siemens' class for all but pictures


def is_without_picture(dataset):
    """Whether a dataset is of a class that is known, and holds no picture."""
    uid = UID(str(dataset.get("SOPClassUID", "")))
    is_known = uid.type == "SOP Class" and uid.name.endswith("Storage")
    return uid in OWN or is_known and not PICTURED.fullmatch(uid.name)
