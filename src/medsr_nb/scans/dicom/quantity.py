"""A DICOM dataset made into one of another quantity of the same pixels: a guess, or an error.

Unsigned grey of 16 bits, with a scale. Some classes, of ultrasound and photographs, hold 8 bits
alone. What is derived from them is a secondary capture, as DICOM calls what a program pictured.
"""

from pydicom.dataset import Dataset
from pydicom.tag import Tag
from pydicom.uid import (
    MultiFrameGrayscaleWordSecondaryCaptureImageStorage,
    SecondaryCaptureImageStorage,
)

from ..scan import SCALED, STORED
from . import classes, geometry, overlays, pixel_padding

# Where frames in functional groups have what else stands at the top level.
SCALE, WINDOW = "PixelValueTransformationSequence", "FrameVOILUTSequence"
# Would be wrong of a guess: what tells how the old numbers are shown, and what they are.
OLD_SCALE = (
    *pixel_padding.NAMES, "PlanarConfiguration", "ModalityLUTSequence", "VOILUTSequence",
    "PresentationLUTShape", "WindowCenterWidthExplanation", "VOILUTFunction",
    "RealWorldValueMappingSequence", SCALE, "RescaleIntercept", "RescaleSlope", "RescaleType",
    WINDOW, "WindowCenter", "WindowWidth",
)  # fmt: skip
BY_WORKSTATION = "WSD"  # of the ways in which a secondary capture comes to be


def slope_to(highest):
    """The slope that spreads 0 to ``highest`` over 16 bits, as DICOM can write it."""
    return float(geometry.decimal(highest / 65535))


def set_scale(dataset, highest, unit):
    """Makes a dataset one of unsigned 16-bit grey from 0 to ``highest``, a number for each frame.

    Where these differ the frames have functional groups.
    """
    dataset.PhotometricInterpretation, dataset.SamplesPerPixel = "MONOCHROME2", 1
    dataset.BitsAllocated = dataset.BitsStored = 16
    dataset.PixelRepresentation = 0
    groups = geometry.groups(dataset)
    in_groups = any(SCALE in group for group in groups)
    for place in [dataset, *groups]:
        for name in OLD_SCALE:
            if name in place:
                del place[name]
    for element in list(dataset.group_dataset(0x0028)):
        if "Palette" in element.keyword:
            del dataset[element.tag]
    for place in [dataset, *geometry.grouped(dataset)]:
        if "PixelPresentation" in place:
            place.PixelPresentation = "MONOCHROME"
    if len(set(highest)) > 1:
        own = dataset.PerFrameFunctionalGroupsSequence
        places = [(new_item(one, SCALE), new_item(one, WINDOW)) for one in own]
    elif in_groups:
        if not dataset.get("SharedFunctionalGroupsSequence"):
            dataset.SharedFunctionalGroupsSequence = [Dataset()]
        shared = dataset.SharedFunctionalGroupsSequence[0]
        places = [(new_item(shared, SCALE), new_item(shared, WINDOW))]
    else:
        places = [(dataset, dataset)]
    for (scale, window), most in zip(places, highest, strict=False):
        scale.RescaleSlope, scale.RescaleIntercept = geometry.decimal(slope_to(most)), 0
        scale.RescaleType = unit if unit not in (STORED, SCALED) else "US"
        window.WindowCenter = geometry.decimal(most / 2)
        window.WindowWidth = geometry.decimal(most)


def new_item(group, name):
    """The new item of a sequence in a functional group."""
    item = Dataset()
    setattr(group, name, [item])
    return item


def settle_class(dataset):
    """Gives a dataset of a class of 8 bits one that holds 16, and what that class asks for."""
    if dataset.SOPClassUID not in classes.OF_8_BITS:
        return
    dataset.ConversionType = BY_WORKSTATION
    frames = int(dataset.get("NumberOfFrames") or 1)
    if frames == 1:
        dataset.SOPClassUID = SecondaryCaptureImageStorage
        for name in ("NumberOfFrames", "FrameIncrementPointer"):
            if name in dataset:
                del dataset[name]
        return
    dataset.SOPClassUID = MultiFrameGrayscaleWordSecondaryCaptureImageStorage
    dataset.PresentationLUTShape = "IDENTITY"
    if not dataset.get("BurnedInAnnotation"):
        dataset.BurnedInAnnotation = "YES"  # nobody said that there is none
    if not dataset.get("FrameIncrementPointer"):
        dataset.PageNumberVector = list(range(1, frames + 1))
        dataset.FrameIncrementPointer = Tag("PageNumberVector")
    overlays.remove(dataset)  # it may have none
