"""Volumes of one slice, what a header says of slices and values, and numbers near a float's end."""

import warnings

import nibabel
import numpy as np
import pytest
from scan_files import enlarged, head, tripled

from medsr_nb.scans import scan
from medsr_nb.upscaling import guess
from medsr_nb.upscaling.settings import Settings

SLICES = ("slice_start", "slice_end", "slice_code", "slice_duration")


def saved(path, volume, zooms=(1, 1, 1), slice_axis=None, kind=nibabel.Nifti1Image):
    """A volume, with an order of slices where their axis is given."""
    image = kind(volume, np.diag([*zooms, 1.0]))
    image.header["cal_max"], image.header["cal_min"] = 90, 10
    if kind is nibabel.Nifti1Image:
        image.header.set_intent("z score")
    if slice_axis is not None:
        image.header.set_dim_info(*((slice_axis + 1) % 3, (slice_axis + 2) % 3, slice_axis))
        for name, value in zip(SLICES, (1, volume.shape[slice_axis] - 1, 3, 0.5), strict=True):
            image.header[name] = value
    nibabel.save(image, path)


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("thin", [0.5, 1.0, 4.0])
def test_a_single_slice_is_enlarged_as_it_lies(tmp_path, axis, thin):
    zooms = np.ones(3)
    zooms[axis] = thin
    saved(tmp_path / "a.nii", np.expand_dims(head(), axis), zooms)
    one, [out] = enlarged(tmp_path / "a.nii", tmp_path / "b.nii")
    assert one.planes.shape == (1, 15, 12)
    assert any(f"axis {axis} of {thin:g} mm kept" in note for note in one.notes)
    wanted = np.expand_dims(np.kron(head(), np.ones((3, 3))), axis)
    assert (np.asarray(nibabel.load(out).dataobj) == wanted).all()


def test_a_single_row_is_still_read(tmp_path):
    saved(tmp_path / "a.nii", head()[:1, :, None])
    assert scan.read(tmp_path / "a.nii").planes.size == head()[:1].size


@pytest.mark.parametrize("axis, through, kept", [(2, False, True), (1, False, False),
                                                 (2, True, False), (0, True, False)])  # fmt: skip
def test_the_order_of_slices_goes_where_they_are_no_longer_those_taken(
    tmp_path, axis, through, kept
):
    volume = np.stack([head(), head(seed=1)], axis=-1)
    saved(tmp_path / "a.nii", volume, (1, 1, 4), axis)
    one = scan.read(tmp_path / "a.nii", through)
    [out] = scan.write(one, tripled(one.planes), None, tmp_path / "b.nii")
    header = nibabel.load(out).header
    wanted = [1, volume.shape[axis] - 1, 3, 0.5] if kept else [0, 0, 0, 0]
    assert [float(header[name]) for name in SLICES] == wanted
    assert header.get_dim_info()[2] == axis
    assert (float(header["cal_max"]), header.get_intent()[0]) == (90, "z score")


@pytest.mark.parametrize("kind, name", [(nibabel.Nifti1Image, "a.nii"),
                                        (nibabel.AnalyzeImage, "a.hdr")])  # fmt: skip
def test_a_guess_is_not_shown_as_the_old_values_were(tmp_path, kind, name):
    saved(tmp_path / name, head()[:, :, None], kind=kind)
    derived = scan.derived(scan.read(tmp_path / name), "guess", 5.0)
    values = np.ones((1, 45, 36), np.float32)
    header = nibabel.load(scan.write(derived, values, None, tmp_path / f"b_{name}")[0]).header
    assert (float(header["cal_min"]), float(header["cal_max"])) == (0, 0)
    assert kind is nibabel.AnalyzeImage or header.get_intent()[0] == "none"


def test_of_the_largest_floats_the_error_has_an_end(calibrated):
    stored = head().astype(np.float32) * np.float32(1e35)
    larger = tripled(head()[None]).astype(np.float32)[0] * np.float32(1e35)
    grey_level = float(larger.max() - larger.min()) / 255
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        maps = guess.maps(larger, stored, grey_level, guess.tables_for(Settings().told()))
        said = guess.said(scan.of_levels(np.zeros((3, 3), np.uint8)), maps[1:2])
    assert np.isfinite(maps).all() and set(np.unique(maps[1] / np.float32(grey_level))) <= {2, 4}
    assert "an error of 3.4e+36 grey levels (RMS)" in said


def test_through_plane_a_voxel_without_a_number_spoils_none_beside_it(tmp_path):
    """Neither its slice's others nor other slices; and the volumes are told apart."""
    volume = np.random.default_rng(0).normal(500, 50, (12, 15, 4, 2)).astype(np.float32)
    volume[5, 6, 1, 0], volume[7, 8, 2, 1] = np.nan, -3.4028235e38
    nibabel.save(nibabel.Nifti1Image(volume, np.diag([1, 1, 3, 1.0])), tmp_path / "a.nii")
    one = scan.read(tmp_path / "a.nii", through_plane=True)
    [out] = scan.write(one, tripled(one.planes), None, tmp_path / "b.nii")
    found = np.asarray(nibabel.load(out).dataobj)
    assert found.shape == (36, 45, 12, 2)
    assert np.isnan(found[15:18, 18:21, 3:6, 0]).all() and np.isnan(found).sum() == 27
    assert (found[21:24, 24:27, 6:9, 1] == volume[7, 8, 2, 1]).all()
    assert (np.abs(found[np.isfinite(found)] - 500) < 500).sum() == found.size - 54


@pytest.mark.parametrize("scale, unit", [((1, 0), "stored units"), ((2, 0), "scaled units"),
                                         ((1, -5), "scaled units")])  # fmt: skip
def test_values_that_a_slope_makes_are_no_stored_ones(tmp_path, scale, unit):
    image = nibabel.Nifti1Image(np.arange(24, dtype=np.int16).reshape(4, 3, 2), np.eye(4))
    image.header.set_slope_inter(*scale)
    nibabel.save(image, tmp_path / "a.nii")
    one = scan.read(tmp_path / "a.nii")
    assert one.unit == unit
    assert scan.derived(one, "guessed", 3).notes == (f"guessed: 32-bit floats, {unit}",)
