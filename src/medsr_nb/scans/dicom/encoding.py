"""DICOM elements as they are written: explicit and little endian, however they were read."""

import numpy as np

WIDTHS = {"OW": 2, "OF": 4, "OL": 4, "OD": 8, "OV": 8}  # bytes of a number, by its kind
OUTSIDE = (0x0000, 0x0002)  # groups of messages, and of a file's own head: no part of a dataset
TEXTS = ("LO", "LT", "PN", "SH", "ST", "UC", "UT")  # kinds whose letters depend on a character set


def to_little_endian(dataset):
    """Turns the numbers that pydicom leaves as bytes, if the file has the highest byte first."""
    if dataset.original_encoding[1] is False:
        swap(dataset)


def swap(dataset):
    """Turns the bytes of all such numbers, in sequences too."""
    for tag in list(dataset.keys()):
        try:
            element = dataset[tag]
        except Exception:  # damaged: ``drop_unwritable`` has it
            continue
        if element.VR == "SQ":
            for item in element.value:
                swap(item)
        elif (
            element.VR in WIDTHS and element.value and len(element.value) % WIDTHS[element.VR] == 0
        ):
            numbers = np.frombuffer(element.value, f">u{WIDTHS[element.VR]}")
            element.value = numbers.byteswap().tobytes()


def drop_unwritable(dataset):
    """Decodes every element, as another encoding asks for, and drops those that are no value.

    Zeros that fill a file up to the end of a block are read as elements of group 0.
    Text that is encoded already as it will be stays bytes: decoded by a character set that the
    file names in error, its letters would be lost.
    """
    same = dataset.original_encoding == (False, True)
    for tag in list(dataset.keys()):
        before = dataset.get_item(tag)
        if tag.group in OUTSIDE:
            del dataset[tag]
            continue
        try:
            dataset[tag]
        except Exception:  # pydicom raises anything for a damaged element
            del dataset[tag]
            continue
        if same and before.is_raw and before.value and before.VR in TEXTS:
            dataset[tag] = before
