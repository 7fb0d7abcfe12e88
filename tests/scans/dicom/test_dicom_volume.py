"""DICOM planes as one volume: a tilted gantry shifts each against the one before."""

import nibabel
import numpy as np
import pytest
from scan_files import CT, STORED, dicom
from upscale_command import upscale

SHIFTED = "its planes are shifted (tilted gantry): programs built on ITK do not open this NIfTI"


def tilted(folder, shift):
    """A series of CT whose planes are 5 mm apart, each ``shift`` mm behind the one before."""
    folder.mkdir()
    for k in range(4):
        place = [-20.0, -27 + shift * k, 10.0 + 5 * k]
        dicom(folder / f"{k}.dcm", STORED, SeriesInstanceUID="1.2.3", InstanceNumber=k + 1,
              ImagePositionPatient=place, **CT)  # fmt: skip
    return folder


@pytest.mark.parametrize("shift", [1.5, -0.3, 1e-3, 1e-4, 0.0])
def test_a_tilted_gantry_is_told_where_itk_cannot_read_it(tmp_path, bicubic_alone, capsys, shift):
    itk = pytest.importorskip("SimpleITK")
    folder = tilted(tmp_path / "ct", shift)
    assert upscale(folder, "--out", tmp_path, "--format", "nifti") == 0
    out = tmp_path / "ct_x3.nii.gz"
    assert np.allclose(nibabel.load(out).affine[:3, 2], [0, -shift, 5], atol=1e-5)
    try:
        itk.ReadImage(str(out))
        opened = True
    except RuntimeError:
        opened = False
    assert (SHIFTED in capsys.readouterr().out) == (not opened) == (abs(shift) >= 1e-3)


def test_a_tilted_gantry_is_nothing_to_a_series_of_its_own_kind(tmp_path, bicubic_alone, capsys):
    assert upscale(tilted(tmp_path / "ct", 1.5), "--out", tmp_path) == 0
    assert "ITK" not in capsys.readouterr().out
