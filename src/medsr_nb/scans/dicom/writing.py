"""DICOM written by pydicom: a file, or a folder with one for each of a series.

Everything that a file says of patient, study and machine is kept. New are the identifiers of
the instances and of the series, the geometry, and what tells that the images are derived.
"""

from copy import deepcopy
from dataclasses import replace

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

from ...machine import UserError
from .. import colour
from ..files import one_line, whole, whole_folder
from ..scan import StoredRange
from . import encoding, geometry, pixel_data, pixel_padding, quantity
from .elements import said

# Would be wrong of the new pixels: their extremes, a small copy of the old ones, signatures.
STALE = (
    "SmallestImagePixelValue", "LargestImagePixelValue", "SmallestPixelValueInSeries",
    "LargestPixelValueInSeries", "IconImageSequence", "DigitalSignaturesSequence",
    "MACParametersSequence", "ExtendedOffsetTable", "ExtendedOffsetTableLengths",
)  # fmt: skip
CONCATENATION = ("ConcatenationUID", "SOPInstanceUIDOfConcatenationSource")
# Characters of a series description: 64, one of which may be spent on an even number of bytes.
LONGEST_DESCRIPTION = 63


def write(scan, planes, extras, path):
    """``scan.write`` for DICOM: a file, or a folder with one for each of the series."""
    origin, planes = scan.origin, scan.with_missing(planes)
    series = generate_uid()
    starts = np.cumsum([0, *(one.frames for one in origin.files)])
    if not origin.in_folder:
        with whole(path) as file:
            save(scan, origin.files[0], planes, extras, series, file)
        return [path]
    names = [one.name for one in origin.files]
    if len(set(names)) < len(names):  # of several folders
        raise UserError(
            f"{path}: two files of this series have one name, and so would their results; give "
            "them names of their own."
        )
    with whole_folder(path) as folder:
        for one, start in zip(origin.files, starts, strict=False):
            own = slice(start, start + one.frames)
            with open(folder / one.name, "wb") as file:
                extra = None if extras is None else extras[own]
                save(scan, one, planes[own], extra, series, file)
    return [path / one.name for one in origin.files]


def save(scan, instance, planes, extras, series, file):
    """One instance of the new series to an open file."""
    dataset = deepcopy(instance.dataset)
    geometry.enlarge(dataset)
    describe(dataset, series, scan.origin.description)
    if not said(dataset, "StudyInstanceUID"):
        dataset.StudyInstanceUID = scan.origin.study
    if scan.origin.derived:
        quantity.settle_class(dataset)
    if scan.derivation:
        dataset.DerivationDescription = scan.derivation
    pixel_data.put(dataset, pixels_of(scan, instance, planes, extras))
    dataset.file_meta = meta_of(dataset)
    encoding.drop_unwritable(dataset)
    modes = pydicom.config.settings
    before = modes.writing_validation_mode
    modes.writing_validation_mode = pydicom.config.IGNORE  # what was read may be written
    try:
        pydicom.dcmwrite(
            file, dataset, implicit_vr=False, little_endian=True, enforce_file_format=True
        )
    except (TypeError, ValueError, AttributeError, NotImplementedError, KeyError) as error:
        raise UserError(
            f"{instance.name}: cannot be written as DICOM ({one_line(error)}); try --format png."
        ) from None
    finally:
        modes.writing_validation_mode = before


def pixels_of(scan, instance, planes, extras):
    """What an instance stores of its ``planes`` and ``extras``, with its padding."""
    target = replace(scan, stored=instance.stored)
    channels = () if extras is None else (1 + extras.shape[-1],)
    pixels = np.empty((*planes.shape, *channels), instance.dtype)
    for index, plane in enumerate(planes):
        extra = None if extras is None else extras[index]
        numbers = in_numbers(plane, scan, *instance.scales[index])
        pixels[index] = colour.joined(target, numbers, extra, instance.dtype)
    return pixel_padding.put_back(pixels, instance.padding)


def in_numbers(plane, scan, slope, intercept):
    """A plane in the scan's numbers as those of a frame, which may have a scale of its own."""
    if (slope, intercept) == (scan.slope, scan.intercept):
        return plane
    return (plane - (intercept - scan.intercept) / scan.slope) / (slope / scan.slope)


def meta_of(dataset):
    """The file's own head: uncompressed, explicit, little endian."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    return meta


def describe(dataset, series, description):
    """New identifiers, and what says that the image is derived and from which."""
    source = Dataset()
    source.ReferencedSOPClassUID = dataset.get(
        "SOPClassUID", pydicom.uid.SecondaryCaptureImageStorage
    )
    source.ReferencedSOPInstanceUID = dataset.get("SOPInstanceUID") or generate_uid()
    dataset.SOPClassUID = source.ReferencedSOPClassUID
    dataset.SOPInstanceUID, dataset.SeriesInstanceUID = generate_uid(), series
    dataset.SourceImageSequence = [source]
    dataset.ImageType = derived_kind(dataset.get("ImageType"))
    for item in geometry.grouped(dataset):
        if "FrameType" in item:
            item.FrameType = derived_kind(item.FrameType)
    for name in CONCATENATION:  # one series of parts becomes another
        if dataset.get(name):
            setattr(dataset, name, generate_uid(entropy_srcs=[series, dataset[name].value]))
    old = said(dataset, "SeriesDescription") or ""
    old = old if isinstance(old, str) else " ".join(old)  # a backslash in it made several of one
    room = LONGEST_DESCRIPTION - len(description) - 1
    dataset.SeriesDescription = f"{old[:room]} {description}".strip()
    for name in STALE:
        if name in dataset:
            del dataset[name]


def derived_kind(kind):
    """An image's type, one value, several or none, as that of one derived from it."""
    values = [kind] if isinstance(kind, str) else list(kind or [])
    return ["DERIVED", *(values[1:] or ["SECONDARY"])]


def derived(scan, description, highest):
    """``scan.derived`` for DICOM: a series of its own, of 16 bits, 0 to ``highest``.

    Slices and frames that have scales of their own get such again: of a weak one the steps of the
    strongest would leave next to nothing.
    """
    instances, files, start = scan.origin.files, [], 0
    one_scale = len({scale for one in instances for scale in one.scales}) == 1
    for one in instances:
        most = highest[start : start + one.frames].tolist()
        start += one.frames
        if len(set(one.scales)) == 1:
            most = [float(highest.max()) if one_scale else max(most)] * one.frames
        dataset = deepcopy(one.dataset)
        quantity.set_scale(dataset, most, scan.unit)
        scales = tuple((quantity.slope_to(each), 0.0) for each in most)
        files.append(replace(one, dataset=dataset, dtype=np.dtype(np.uint16), scales=scales,
                             stored=StoredRange(0, 65535, True), padding=None))  # fmt: skip
    origin = replace(scan.origin, files=tuple(files), description=f"{description} medsr",
                     derived=True)  # fmt: skip
    note = f"{description}: a series of its own, 0 to {highest.max():.4g} {scan.unit}"
    derivation = f"Of each pixel enlarged by medsr: {description}, in {scan.unit}."
    slope = max(slope for one in files for slope, _ in one.scales)
    return replace(scan, origin=origin, slope=slope, stored=files[0].stored, notes=(note,),
                   derivation=derivation)  # fmt: skip
