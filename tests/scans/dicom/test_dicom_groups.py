"""The guess of an enhanced DICOM says its scale where such files say it: in functional groups."""

import numpy as np
import pydicom
import pytest
from scan_files import ENHANCED, enhanced, strictly

from medsr_nb.scans import scan


def guessed(path, out):
    """(values of a guess of a file, the path that they are written to)."""
    guess = scan.derived(scan.read(path), "guessed", 7.5)
    values = np.random.default_rng(0).uniform(0, 7.5, (2, 36, 45))
    [out] = scan.write(guess, values / guess.slope, None, out)
    return values, out


@pytest.mark.parametrize("kind", ENHANCED)
@pytest.mark.parametrize("shared", [True, False])
def test_the_scale_of_a_guess_is_in_the_group_of_all_frames_alone(tmp_path, kind, shared):
    values, out = guessed(enhanced(tmp_path / "a.dcm", kind, shared), tmp_path / "b.dcm")
    new = strictly(out)
    for name in ("RescaleSlope", "RescaleIntercept", "RescaleType", "WindowCenter", "WindowWidth"):
        assert name not in new
    for frame in new.PerFrameFunctionalGroupsSequence:
        assert "PlanePositionSequence" in frame
        assert "PixelValueTransformationSequence" not in frame
        assert "FrameVOILUTSequence" not in frame
    [group] = new.SharedFunctionalGroupsSequence
    [scale], [window] = group.PixelValueTransformationSequence, group.FrameVOILUTSequence
    assert (window.WindowCenter, window.WindowWidth) == (3.75, 7.5)
    assert scale.RescaleType == ("HU" if "CT" in kind else "US")
    assert np.abs(pydicom.pixels.apply_rescale(new.pixel_array, scale) - values).max() < 1e-3
    again = scan.read(out)
    assert np.abs(again.slope * again.planes - values).max() < 1e-3 and again.intercept == 0


@pytest.mark.parametrize("kind", ENHANCED)
def test_another_reader_finds_the_values_of_a_guess(tmp_path, kind):
    itk = pytest.importorskip("SimpleITK")
    values, out = guessed(enhanced(tmp_path / "a.dcm", kind, True), tmp_path / "b.dcm")
    assert np.abs(itk.GetArrayFromImage(itk.ReadImage(str(out))) - values).max() < 1e-3


def test_groups_that_say_no_scale_get_none(tmp_path):
    """Readers look at the top level in such files, as of angiography."""
    path = enhanced(tmp_path / "a.dcm", ENHANCED[1], True)
    data = pydicom.dcmread(path)
    del data.SharedFunctionalGroupsSequence[0].PixelValueTransformationSequence
    data.save_as(path)
    values, out = guessed(path, tmp_path / "b.dcm")
    new = strictly(out)
    assert "PixelValueTransformationSequence" not in new.SharedFunctionalGroupsSequence[0]
    assert np.abs(pydicom.pixels.apply_rescale(new.pixel_array, new) - values).max() < 1e-3
