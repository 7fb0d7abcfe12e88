"""Colour and grey in one DICOM series, and colours among the grey of one picture."""

import io

import numpy as np
import pydicom
import pytest
from PIL import Image
from scan_files import STORED, dicom, strictly, tripled
from upscale_command import names, upscale

from medsr_nb.machine import UserError
from medsr_nb.scans import scan
from medsr_nb.upscaling import enlarging

RGB = np.random.default_rng(0).integers(0, 256, (12, 15, 3), dtype=np.uint8)
GREY = RGB[..., 0].copy()
IN_COLOUR = {"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB", "PlanarConfiguration": 0}
FIRST = 1000  # number that is a colour


def in_colour(path, frames, **tags):
    """A DICOM of RGB (H, W, 3), or of several frames of it."""
    data = dicom(path, frames[..., 0].copy(), **IN_COLOUR | tags)
    data.PixelData = frames.tobytes()
    data.save_as(path)
    return data


def clip(path, **tags):
    """Two frames as ultrasound keeps them: JPEG, which stores no RGB."""
    frames = []
    for _ in range(2):
        Image.fromarray(RGB).save(packed := io.BytesIO(), "JPEG", quality=90, subsampling=1)
        frames.append(packed.getvalue())
    data = in_colour(path, np.stack([RGB, RGB]), **tags)
    data.PhotometricInterpretation = "YBR_FULL_422"
    data.PixelData = pydicom.encaps.encapsulate(frames)
    data["PixelData"].is_undefined_length = True
    data.file_meta.TransferSyntaxUID = pydicom.uid.JPEGBaseline8Bit
    data.save_as(path)


def test_a_still_and_a_clip_are_one_series_however_their_colours_are_stored(
    tmp_path, bicubic_alone
):
    (tmp_path / "study").mkdir()
    in_colour(tmp_path / "study" / "still", RGB, SeriesInstanceUID="1.2", InstanceNumber=1)
    clip(tmp_path / "study" / "clip", SeriesInstanceUID="1.2", InstanceNumber=2)
    one = scan.read(tmp_path / "study")
    assert one.planes.shape == (3, 12, 15) and one.extras is not None
    for path, frames in zip(enlarging.enlarge(one).save(tmp_path / "out"), (1, 2), strict=True):
        data = strictly(path)
        assert data.PhotometricInterpretation == "RGB"
        assert (data.get("NumberOfFrames") or 1) == frames


@pytest.mark.parametrize("other", ["RGB", "MONOCHROME1"])
def test_pictures_of_another_colour_are_enlarged_beside_the_others(
    tmp_path, bicubic_alone, capsys, other
):
    folder = tmp_path / "study"
    folder.mkdir()
    for name, number in (("a.dcm", 1), ("b.dcm", 2)):
        dicom(folder / name, GREY, SeriesInstanceUID="1.2", InstanceNumber=number)
    if other == "RGB":
        in_colour(folder / "c.dcm", RGB, SeriesInstanceUID="1.2", InstanceNumber=3)
    else:
        dicom(folder / "c.dcm", GREY, SeriesInstanceUID="1.2", InstanceNumber=3,
              PhotometricInterpretation=other)  # fmt: skip
    assert upscale(folder, "--out", tmp_path / "out") == 0
    assert names(tmp_path / "out") == ["c_x3.dcm", "study_x3/a.dcm", "study_x3/b.dcm"]
    assert strictly(tmp_path / "out" / "c_x3.dcm").PhotometricInterpretation == other
    assert "2 files of one series" in capsys.readouterr().out
    with pytest.raises(UserError, match="holds 2 DICOM series; put each into a folder of its own"):
        scan.read(folder)
    with pytest.raises(UserError, match="c.dcm: differs in size or colour"):
        scan.read(sorted(folder.iterdir()))


def test_a_slice_that_does_not_say_its_colour_does_not_vanish_from_its_series(tmp_path, capsys):
    (tmp_path / "study").mkdir()
    for k in range(3):
        dicom(tmp_path / "study" / f"{k}.dcm", STORED, SeriesInstanceUID="1.2", InstanceNumber=k)
    data = pydicom.dcmread(tmp_path / "study" / "1.dcm")
    del data.PhotometricInterpretation
    data.save_as(tmp_path / "study" / "1.dcm")
    assert upscale(tmp_path / "study", "--out", tmp_path / "out") == 1
    assert "does not say its PhotometricInterpretation" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def supplemented(path, **tags):
    """Grey below FIRST with a square of two colours; (its numbers, where these are)."""
    values = np.random.default_rng(1).integers(500, 995, (12, 15)).astype(np.uint16)
    values[3:9, 4:8], values[3:9, 8:12] = FIRST, FIRST + 60
    for name in ("Red", "Green", "Blue"):
        tags[f"{name}PaletteColorLookupTableDescriptor"] = [256, FIRST, 16]
        tags[f"{name}PaletteColorLookupTableData"] = np.arange(256, dtype="<u2").tobytes()
    dicom(path, values, **{"PixelPresentation": "COLOR", "BitsStored": 12, "HighBit": 11} | tags)
    return values, values >= FIRST


@pytest.mark.parametrize("presented", ["COLOR", "MIXED"])
def test_colours_among_grey_stay_what_they_are_and_no_others_come_to_be(
    tmp_path, bicubic_alone, presented
):
    values, where = supplemented(tmp_path / "a.dcm", PixelPresentation=presented)
    larger = enlarging.enlarge(tmp_path / "a.dcm")
    assert (
        "48 pixels are colours of its palette among the grey: kept as they are, three by three"
        in larger.scan.notes
    )
    assert not any("padding" in note for note in larger.scan.notes)
    assert larger.scan.planes.max() < FIRST  # none of them takes part in the enlarging
    [out] = larger.save(tmp_path / "b.dcm")
    data = strictly(out)
    assert data.RedPaletteColorLookupTableDescriptor == [256, FIRST, 16]
    where = tripled(where[None])[0]
    assert (data.pixel_array[where] == tripled(values[None])[0][where]).all()
    assert data.pixel_array[~where].max() < FIRST


def test_padding_and_colours_are_kept_side_by_side(tmp_path, bicubic_alone):
    values, where = supplemented(tmp_path / "a.dcm", PixelPaddingValue=0)
    values[:2] = 0
    data = pydicom.dcmread(tmp_path / "a.dcm")
    data.PixelData = values.tobytes()
    data.save_as(tmp_path / "a.dcm")
    larger = enlarging.enlarge(tmp_path / "a.dcm")
    assert "30 pixels are padding, no values" in larger.scan.notes
    assert any(note.startswith("48 pixels are colours") for note in larger.scan.notes)
    [out] = larger.save(tmp_path / "b.dcm")
    found = strictly(out).pixel_array
    kept = tripled((where | (values == 0))[None])[0]
    assert (found[kept] == tripled(values[None])[0][kept]).all()
    assert 0 < found[~kept].min() and found[~kept].max() < FIRST


def test_a_palette_that_is_not_to_be_shown_makes_no_colours(tmp_path):
    supplemented(tmp_path / "a.dcm", PixelPresentation="MONOCHROME")
    one = scan.read(tmp_path / "a.dcm")
    assert one.missing is None and one.planes.max() == FIRST + 60
