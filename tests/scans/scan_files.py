"""What the tests of scans share: small pictures, a stand-in for the network, DICOM files."""

import numpy as np

from medsr_nb.scans import scan


def head(height=12, width=15, seed=0):
    """A picture in HU, int16: brain between -20 and 80, with one bright and one dark spot."""
    values = np.random.default_rng(seed).integers(-20, 80, (height, width)).astype(np.int16)
    values[2, 3], values[5, 6] = 1200, -1000
    return values


STORED = (head() + 1024).astype(np.uint16)  # as a CT keeps it
CT = {"RescaleSlope": 1, "RescaleIntercept": -1024, "WindowCenter": 40, "WindowWidth": 80}

ENHANCED = ["EnhancedMRImageStorage", "EnhancedCTImageStorage"]


def tripled(values):
    """(N, H, W[, K]) three by three pixels for one: the stand-in for the network, exact."""
    return None if values is None else values.repeat(3, axis=1).repeat(3, axis=2)


def enlarged(path, out):
    """Reads ``path``, writes its enlargement to ``out``; the scan and the paths written."""
    one = scan.read(path)
    floats = tripled(one.planes).astype(np.float64)
    return one, scan.write(one, floats, tripled(one.extras), out)


def wave(height=12, width=15):
    """8-bit colour (H, W, 3)."""
    return np.random.default_rng(1).integers(0, 256, (height, width, 3), dtype=np.uint8)


def scanned(planes):
    """Planes (N, H, W) as a ``Scan``."""
    limits = scan.StoredRange.of(planes.dtype)
    return scan.Scan("picture", planes, None, "", limits, (), planes.dtype)


def dicom(path, stored, **tags):
    """Writes one frame (H, W), or several (N, H, W), as a DICOM file; the dataset."""
    from pydicom.dataset import FileDataset, FileMetaDataset
    from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = CTImageStorage, generate_uid()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    data.SOPClassUID, data.SOPInstanceUID = CTImageStorage, meta.MediaStorageSOPInstanceUID
    data.StudyInstanceUID, data.SeriesInstanceUID = generate_uid(), generate_uid()
    data.FrameOfReferenceUID = generate_uid()
    data.PatientName, data.PatientID, data.PatientBirthDate = "Doe^Jane", "SECRET-4711", "19700101"
    data.Modality, data.SeriesDescription = "CT", "axial"
    data.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    data.Rows, data.Columns = stored.shape[-2:]
    if stored.ndim == 3:
        data.NumberOfFrames = len(stored)
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    data.BitsAllocated = data.BitsStored = 8 * stored.dtype.itemsize
    data.HighBit = data.BitsStored - 1
    data.PixelRepresentation = int(stored.dtype.kind == "i")
    data.PixelSpacing, data.SliceThickness = [0.75, 0.5], 5
    data.ImagePositionPatient = [-20.0, -27.0, 10.0]
    data.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    for name, value in tags.items():
        setattr(data, name, value)
    data.PixelData = stored.tobytes()
    data.save_as(path, enforce_file_format=True)
    return data


def item(**tags):
    """An item of a sequence with these elements."""
    from pydicom.dataset import Dataset

    made = Dataset()
    for name, value in tags.items():
        setattr(made, name, value)
    return made


def enhanced(path, kind, shared):
    """Two frames whose scale is said for both together, or for each."""
    from pydicom import uid

    data = dicom(path, np.stack([STORED, STORED + 1]), Modality=kind[8:10])
    data.SOPClassUID = data.file_meta.MediaStorageSOPClassUID = getattr(uid, kind)
    del data.PixelSpacing, data.ImagePositionPatient, data.ImageOrientationPatient
    scale = {
        "PixelValueTransformationSequence": [
            item(RescaleSlope=1, RescaleIntercept=-1024, RescaleType="HU")
        ],
        "FrameVOILUTSequence": [item(WindowCenter=40, WindowWidth=80)],
    }
    if shared:
        data.SharedFunctionalGroupsSequence = [item(
            PixelMeasuresSequence=[item(PixelSpacing=[0.75, 0.5], SliceThickness=5)],
            PlaneOrientationSequence=[item(ImageOrientationPatient=[1, 0, 0, 0, 1, 0])],
            **scale,
        )]  # fmt: skip
    data.PerFrameFunctionalGroupsSequence = [
        item(PlanePositionSequence=[item(ImagePositionPatient=[0.0, 0.0, 5.0 * k])],
             **({} if shared else scale)) for k in range(2)
    ]  # fmt: skip
    data.save_as(path)
    return path


def strictly(path):
    """A DICOM file read with every check that pydicom has."""
    import pydicom
    from pydicom import config

    before = config.settings.reading_validation_mode
    config.settings.reading_validation_mode = config.RAISE
    try:
        data = pydicom.dcmread(path)
        for _ in data.iterall():
            pass
    finally:
        config.settings.reading_validation_mode = before
    return data
