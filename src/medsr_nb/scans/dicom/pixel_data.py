"""The pixels of one DICOM file: decoded to numbers as stored, and put back."""

import numpy as np
import pydicom

from ...machine import UserError
from ..files import check_claim
from ..scan import StoredRange
from . import encoding, overlays, transfer_syntax
from .elements import said

FLOATS = {"FloatPixelData": np.float32, "DoubleFloatPixelData": np.float64}
PIXELS = ("PixelData", *FLOATS)
NO_DECODER = ("missing dependencies", "Pillow does not support")  # in pydicom's message
LABEL_MAP = "1.2.840.10008.5.1.4.1.1.66.7"  # of the classes; newer than some pydicom
NEEDED = ("Columns", "SamplesPerPixel", "PhotometricInterpretation")  # to decode any pixels
NEEDED_OF_WHOLE = ("BitsStored", "PixelRepresentation")  # and those that are no floats
MOST_ROWS = 65535 // 3  # of the input: DICOM counts the result's rows in 16 bits


def opened(path):
    """The dataset in a file, pixels not yet decoded. Raises UserError for what has none."""
    transfer_syntax.check_deflated(path)
    dataset = pydicom.dcmread(path, force=True)
    if "Rows" not in dataset or not any(name in dataset for name in PIXELS):
        if is_for_images(dataset) or "Rows" in dataset and not is_spectrum(dataset):
            raise UserError(f"{path}: has no pixels; it may be cut short, get it again.")
        if "SOPClassUID" in dataset or "DirectoryRecordSequence" in dataset:
            raise UserError(f"{path}: is a DICOM without a picture; leave it out.")
        if dataset.preamble:  # read only before DICOM's mark
            raise UserError(f"{path}: is a damaged DICOM, or none of a picture; get it again.")
        raise UserError(f"{path}: is no picture, TIFF, DICOM or NIfTI file; name another.")
    transfer_syntax.settle(dataset)
    check_pixels(path, dataset)
    return dataset


def is_for_images(dataset):
    """Whether a dataset is of a class of DICOM's that holds pictures."""
    return "Image Storage" in pydicom.uid.UID(str(dataset.get("SOPClassUID", ""))).name


def is_spectrum(dataset):
    """Whether a dataset holds spectra, whose rows and columns are those of no picture."""
    return dataset.get("SOPClassUID") == pydicom.uid.MRSpectroscopyStorage


def check_kind(path, dataset):
    """Refuses kinds that are no pictures, or none that are enlarged by themselves."""
    transfer_syntax.check(path, dataset.file_meta.TransferSyntaxUID)
    samples = int(dataset.get("SamplesPerPixel") or 1)
    if samples not in (1, 3):
        raise UserError(
            f"{path}: has {samples} numbers a pixel ({dataset.get('PhotometricInterpretation')}), "
            "which is not read; convert it to RGB first."
        )
    if dataset.get("BitsAllocated") == 1:
        raise UserError(
            f"{path}: is a segmentation of 1 bit, which holds no grey levels; enlarge it as labels."
        )
    if dataset.get("SOPClassUID") == LABEL_MAP or dataset.get("SegmentationType") == "LABELMAP":
        raise UserError(
            f"{path}: holds labels, between which nothing lies; enlarge it by nearest neighbour."
        )
    of_dose = dataset.get("SOPClassUID") == pydicom.uid.RTDoseStorage
    if of_dose or dataset.get("Modality") == "RTDOSE":
        raise UserError(
            f"{path}: is a radiation dose, whose detail may not be guessed; leave it out."
        )
    if "TotalPixelMatrixColumns" in dataset:
        raise UserError(
            f"{path}: is a slide in tiles, between which seams would show; convert it to TIFF "
            "first."
        )
    if "MOSAIC" in (said(dataset, "ImageType") or ()):
        raise UserError(
            f"{path}: is a mosaic of slices, between which seams would show; make a NIfTI of it "
            "first (dcm2niix does)."
        )


def bits_of(dataset):
    """How many bits each number of a dataset with pixels takes; 0 where it does not say."""
    name = next(name for name in PIXELS if name in dataset)
    if name in FLOATS:
        return 8 * np.dtype(FLOATS[name]).itemsize
    return int(dataset.get("BitsAllocated") or 0)


def claimed(dataset):
    """How many bytes of memory the pixels of a dataset take; those of colours are floats as well.

    Of its header alone: Rows and Columns must be there.
    """
    each = 12 if colour_of(dataset) == "RGB" else -(-bits_of(dataset) // 8)
    return int(dataset.Rows) * int(dataset.Columns) * int(dataset.get("NumberOfFrames") or 1) * each


def colour_of(dataset):
    """What pixels are once they are decoded: "RGB", or which grey, such as "MONOCHROME1"."""
    photometric = str(dataset.get("PhotometricInterpretation") or "")
    coloured = int(dataset.get("SamplesPerPixel") or 1) > 1 or photometric == "PALETTE COLOR"
    return "RGB" if coloured else photometric


def check_pixels(path, dataset):
    """Refuses kinds that are no pictures, and claims that the file or memory cannot hold."""
    check_kind(path, dataset)
    name = next(name for name in PIXELS if name in dataset)
    check_said(path, dataset, NEEDED if name in FLOATS else NEEDED + NEEDED_OF_WHOLE)
    bits = bits_of(dataset)
    frames = int(dataset.get("NumberOfFrames") or 1)
    samples = int(dataset.get("SamplesPerPixel") or 1)
    rows, columns = int(dataset.Rows or 0), int(dataset.Columns or 0)
    if not (rows and columns and frames > 0 and bits):
        raise UserError(f"{path}: claims {columns}x{rows} pixels of {bits} bits; get it again.")
    if max(rows, columns) > MOST_ROWS:
        raise UserError(
            f"{path}: claims {columns}x{rows} pixels, more than DICOM can hold three times as "
            "large; cut it into parts."
        )
    check_claim(path, claimed(dataset))
    if dataset.file_meta.TransferSyntaxUID.is_compressed:
        return
    if "YBR_FULL_4" not in str(dataset.get("PhotometricInterpretation")):
        held = rows * columns * frames * samples * bits // 8
        check_claim(path, held, len(dataset[name].value or b""))
    if name == "PixelData" and bits in (8, 16, 32) and uses_high_bits(dataset, bits):
        raise UserError(
            f"{path}: has its {dataset.BitsStored} bits not in the lowest places but up to number "
            f"{dataset.HighBit}, as DICOM no longer allows; convert it first."
        )


def check_said(path, dataset, needed):
    """Refuses a file that lacks elements without which nobody can tell what its pixels are."""
    if lacking := " and ".join(name for name in needed if said(dataset, name) is None):
        raise UserError(
            f"{path}: does not say its {lacking}, which its pixels cannot be read without; add "
            "that, or get it again."
        )


def uses_high_bits(dataset, bits):
    """Whether uncompressed numbers lie above BitsStored, where the decoder would cut them off.

    HighBit says so in files of old layouts; in others it is a slip, and the numbers lie low.
    """
    stored, high = dataset.get("BitsStored"), dataset.get("HighBit")
    if not stored or not high or high < stored:
        return False
    order = ">" if dataset.file_meta.TransferSyntaxUID == pydicom.uid.ExplicitVRBigEndian else "<"
    signed = dataset.get("PixelRepresentation") == 1
    kind = np.dtype(f"{order}{'i' if signed else 'u'}{bits // 8}")
    data = dataset.PixelData
    numbers = np.frombuffer(data, kind, len(data) // kind.itemsize)
    return exceed(numbers, stored)


def exceed(numbers, bits):
    """Whether whole numbers reach above so many bits; copies of the sign, 0 or -1, are none."""
    above = numbers >> bits
    return bool(((above != 0) & (above != -1) if numbers.dtype.kind == "i" else above != 0).any())


def decoded(path, dataset):
    """(values, what a reader is told of them); the dataset then describes these values.

    They are (N, H, W) of stored numbers, or (N, H, W, 3) of RGB. Pixel data leave the dataset, so
    that a series is held in memory once. Raises UserError where a compressed syntax has no decoder
    here.
    """
    photometric = dataset.PhotometricInterpretation
    frames = int(dataset.get("NumberOfFrames") or 1)
    grey = photometric != "PALETTE COLOR" and dataset.SamplesPerPixel == 1
    options = {"correct_unused_bits": False} if grey else {}  # they may hold an overlay
    try:
        values = pydicom.pixels.pixel_array(dataset, **options)
    except (StopIteration, ValueError):
        if dataset.file_meta.TransferSyntaxUID.is_compressed:
            check_frames(path, frames, min(frames, frames_packed(dataset, frames)))
        raise
    except (NotImplementedError, RuntimeError) as error:
        if not any(words in str(error) for words in NO_DECODER):
            raise
        syntax = dataset.file_meta.TransferSyntaxUID.name
        raise UserError(
            f"{path}: is compressed as {syntax}: pip install pylibjpeg pylibjpeg-libjpeg "
            "pylibjpeg-openjpeg, or decompress it first."
        ) from None
    pixels = dataset.Rows * dataset.Columns * dataset.SamplesPerPixel
    check_frames(path, frames, values.size // pixels)
    notes = ()
    if photometric == "PALETTE COLOR":
        values, notes = by_palette(dataset, values), ("the palette is resolved",)
    for name in PIXELS:
        if name in dataset:
            del dataset[name]
    encoding.to_little_endian(dataset)
    if dataset.SamplesPerPixel > 1:
        dataset.PhotometricInterpretation = "RGB"
        return values.reshape(frames, dataset.Rows, dataset.Columns, 3), notes
    values = values.reshape(frames, dataset.Rows, dataset.Columns)
    if values.dtype.kind == "f":
        return values, notes
    bits = int(dataset.BitsStored)
    if not overlays.out_of_pixels(dataset, values) and exceed(values, bits):
        notes = (f"numbers beyond its {bits} stored bits are cut off, as other readers do",)
    return without_unused_bits(values, bits), notes


def check_frames(path, claimed, held):
    """Refuses a file of more frames, or fewer, than it says."""
    if held != claimed:
        raise UserError(
            f"{path}: claims {claimed} frame{'s' * (claimed != 1)}, holds {held}; correct its "
            "NumberOfFrames, or get it again."
        )


def frames_packed(dataset, claimed):
    """How many frames compressed pixels hold, told without decoding them."""
    try:
        found = pydicom.encaps.generate_fragmented_frames(
            dataset.PixelData, number_of_frames=claimed
        )
        return sum(1 for _ in found)
    except ValueError:  # fewer fragments than frames, after the table of their places
        return pydicom.encaps.parse_fragments(dataset.PixelData)[0] - 1


def without_unused_bits(values, bits):
    """Numbers whose bits above the stored ones, which may hold an overlay, are the sign's."""
    unused = 8 * values.dtype.itemsize - int(bits)
    return (values << unused) >> unused if 0 < unused < 8 * values.dtype.itemsize else values


def by_palette(dataset, values):
    """RGB of palette indices; the dataset becomes one of RGB without a palette."""
    entries, first, _ = dataset.RedPaletteColorLookupTableDescriptor
    every = np.arange(first, first + (entries or 2**16))
    table = pydicom.pixels.apply_color_lut(every, dataset)
    values = pydicom.pixels.apply_color_lut(values, dataset)[..., :3]
    if values.dtype == np.uint16:  # RGB has 8 bits in nearly every kind of DICOM
        # A table that is said to have 16 may hold but 8 of them.
        values = (values >> (8 if table.max() > 255 else 0)).astype(np.uint8)
    for element in list(dataset.group_dataset(0x0028)):
        if "Palette" in element.keyword:
            del dataset[element.tag]
    dataset.PhotometricInterpretation, dataset.SamplesPerPixel = "RGB", 3
    dataset.BitsAllocated = dataset.BitsStored = 8 * values.dtype.itemsize
    dataset.PixelRepresentation = 0
    return values


def stored_type(dataset, values):
    """(numpy type, StoredRange) in which a dataset with such ``values`` holds its pixels."""
    if values.dtype.kind == "f":
        return values.dtype, StoredRange.of(values.dtype)
    bits, signed = int(dataset.BitsStored), int(dataset.get("PixelRepresentation") or 0)
    lowest, highest = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
    return values.dtype, StoredRange(lowest, highest, True)


def put(dataset, pixels):
    """``pixels`` (N, H, W[, 3]) of the stored type into the dataset, uncompressed."""
    dataset.Rows, dataset.Columns = pixels.shape[1:3]
    dataset.SamplesPerPixel = 3 if pixels.ndim == 4 else 1
    if pixels.ndim == 4:
        dataset.PlanarConfiguration = 0
    if pixels.dtype.kind == "f":
        name = next(name for name, dtype in FLOATS.items() if dtype == pixels.dtype)
        setattr(dataset, name, pixels.tobytes())
        return
    dataset.BitsAllocated = 8 * pixels.dtype.itemsize
    dataset.HighBit = dataset.BitsStored - 1
    data = pixels.astype(pixels.dtype.newbyteorder("<"), copy=False).tobytes()
    dataset.PixelData = data if len(data) % 2 == 0 else data + b"\0"
    dataset["PixelData"].VR = "OB" if pixels.dtype.itemsize == 1 else "OW"
