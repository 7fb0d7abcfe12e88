"""Volumes keep type, scale and place in space; which plane is enlarged is said."""

import gzip

import nibabel
import numpy as np
import pytest
from PIL import Image
from scan_files import enlarged, head, tripled

from medsr_nb.machine import UserError
from medsr_nb.scans import scan
from medsr_nb.scans.nifti import reading

AFFINE = np.array([[0, 0.6, 0, -30], [-0.5, 0, 0, 40], [0, 0, 4, -10], [0, 0, 0, 1.0]])
VOLUME = np.stack([head(seed=k) for k in range(4)], axis=-1)


def grown(volume, axes=(0, 1)):
    for axis in axes:
        volume = volume.repeat(3, axis=axis)
    return volume


def same_place(old, new, factors=(3, 3, 1)):
    """Checks that the middle of the voxels that one became lies where that one lay."""
    for voxel in np.array([[0, 0, 0], [4, 7, 2]]):
        middle = voxel * factors + (np.array(factors) - 1) / 2
        assert new @ [*middle, 1] == pytest.approx(old @ [*voxel, 1], abs=1e-4)


def test_an_oblique_volume_keeps_numbers_scale_and_place(tmp_path):
    image = nibabel.Nifti1Image(VOLUME, AFFINE)
    image.header.set_slope_inter(2.0, -10.0)
    image.header.set_xyzt_units("mm", "sec")
    nibabel.save(image, tmp_path / "a.nii.gz")
    one, [out] = enlarged(tmp_path / "a.nii.gz", tmp_path / "b.nii.gz")
    assert one.suffix == ".nii.gz" and (one.slope, one.intercept) == (2, -10)
    assert "plane of axes 0 and 1 enlarged; axis 2 of 4 mm kept" in one.notes
    new = nibabel.load(out)
    assert new.get_data_dtype() == np.int16 and (new.dataobj.slope, new.dataobj.inter) == (2, -10)
    assert (new.dataobj.get_unscaled() == grown(VOLUME)).all()
    assert np.allclose(new.get_fdata(), grown(nibabel.load(tmp_path / "a.nii.gz").get_fdata()))
    assert np.allclose(new.header.get_zooms(), [0.5 / 3, 0.2, 4])
    assert new.header.get_xyzt_units() == ("mm", "sec")
    for matrix in (new.affine, new.get_sform(), new.get_qform()):
        same_place(AFFINE, matrix)
    codes = ("sform_code", "qform_code")
    old = nibabel.load(tmp_path / "a.nii.gz")
    assert [int(new.header[c]) for c in codes] == [int(old.header[c]) for c in codes]


def test_sform_and_qform_keep_their_codes_and_a_place_each(tmp_path):
    image = nibabel.Nifti1Image(VOLUME, AFFINE)
    template = AFFINE + np.diag([0.05, 0.02, 0, 0])  # sheared: only an sform can say that
    image.set_qform(AFFINE, 1)
    image.set_sform(template, 4)
    nibabel.save(image, tmp_path / "a.nii")
    _, [out] = enlarged(tmp_path / "a.nii", tmp_path / "b.nii")
    new = nibabel.load(out)
    (qform, code), (sform, other) = new.get_qform(coded=True), new.get_sform(coded=True)
    assert (code, other) == (1, 4)
    same_place(AFFINE, qform)
    same_place(template, sform)


def test_without_codes_the_sizes_alone_place_the_volume(tmp_path):
    image = nibabel.Nifti1Image(VOLUME, None)
    image.header.set_zooms((0.5, 0.6, 4))
    image.header["sform_code"] = image.header["qform_code"] = 0
    nibabel.save(image, tmp_path / "a.nii")
    _, [out] = enlarged(tmp_path / "a.nii", tmp_path / "b.nii")
    old, new = nibabel.load(tmp_path / "a.nii"), nibabel.load(out)
    assert (int(new.header["sform_code"]), int(new.header["qform_code"])) == (0, 0)
    same_place(old.affine, new.affine)


def test_simpleitk_reads_the_same_place_and_values(tmp_path):
    itk = pytest.importorskip("SimpleITK")
    image = nibabel.Nifti1Image(VOLUME, AFFINE)
    image.set_qform(AFFINE, 1)
    nibabel.save(image, tmp_path / "a.nii.gz")
    _, [out] = enlarged(tmp_path / "a.nii.gz", tmp_path / "b.nii.gz")
    old, new = itk.ReadImage(str(tmp_path / "a.nii.gz")), itk.ReadImage(str(out))
    assert (itk.GetArrayFromImage(new) == grown(itk.GetArrayFromImage(old), (1, 2))).all()
    assert new.GetDirection() == pytest.approx(old.GetDirection(), abs=1e-6)
    assert new.GetSpacing() == pytest.approx((np.array(old.GetSpacing()) / (3, 3, 1)).tolist())
    point = old.TransformIndexToPhysicalPoint((4, 7, 2))
    assert new.TransformIndexToPhysicalPoint((13, 22, 2)) == pytest.approx(point, abs=1e-4)


@pytest.mark.parametrize("zooms, kept", [((1, 1, 1), 2), ((4, 1, 1), 0), ((1, 3, 2), 1),
                                         ((0.5, 0.5, 0.4), 2)])  # fmt: skip
def test_the_finest_plane_is_enlarged_and_stands_upright(tmp_path, zooms, kept):
    volume = np.random.default_rng(0).integers(0, 99, (4, 5, 6)).astype(np.uint8)
    nibabel.save(nibabel.Nifti1Image(volume, np.diag([*zooms, 1])), tmp_path / "a.nii")
    one, [out] = enlarged(tmp_path / "a.nii", tmp_path / "b.nii")
    axes = [axis for axis in range(3) if axis != kept]
    assert any(f"axis {kept} of" in note for note in one.notes)
    assert (np.asarray(nibabel.load(out).dataobj) == grown(volume, axes)).all()
    # RAS+ on disk; in a picture left is the patient's right, or front, and up is back or head.
    upright = np.flip(np.moveaxis(volume, kept, 0), (1, 2)).transpose(0, 2, 1)
    assert (one.planes == upright).all()


def test_through_plane_is_interpolated_only_when_asked_for(tmp_path):
    from medsr_nb.degradation import resize_matrix

    nibabel.save(nibabel.Nifti1Image(VOLUME.astype(np.float32), AFFINE), tmp_path / "a.nii")
    one = scan.read(tmp_path / "a.nii", through_plane=True)
    assert any("axis 2 interpolated to three times" in note for note in one.notes)
    [out] = scan.write(one, tripled(one.planes), None, tmp_path / "b.nii")
    new = nibabel.load(out)
    assert new.shape == (36, 45, 12) and np.allclose(new.header.get_zooms(), [0.5 / 3, 0.2, 4 / 3])
    same_place(AFFINE, new.affine, (3, 3, 3))
    reduced = np.asarray(new.dataobj) @ resize_matrix(12, 4).T
    assert np.abs(reduced - grown(VOLUME)).max() < 0.01


def test_all_volumes_of_four_dimensions(tmp_path):
    volumes = np.stack([VOLUME, VOLUME + 5], axis=-1).astype(np.float32)
    image = nibabel.Nifti1Image(volumes, AFFINE)
    image.header.set_zooms((0.5, 0.6, 4, 2.5))
    nibabel.save(image, tmp_path / "a.nii")
    one, [out] = enlarged(tmp_path / "a.nii", tmp_path / "b.nii")
    assert "2 volumes" in one.notes and one.planes.shape == (8, 12, 15)
    assert (one.planes[4] == one.planes[0] + 5).all()  # a volume's slices follow each other
    assert (np.asarray(nibabel.load(out).dataobj) == grown(volumes)).all()
    assert nibabel.load(out).header.get_zooms()[3] == 2.5


@pytest.mark.parametrize("kind, name, tolerance", [
    (nibabel.Nifti2Image, "a.nii", 1e-4), (nibabel.MGHImage, "a.mgz", 1e-4),
    (nibabel.MGHImage, "a.mgh", 1e-4), (nibabel.Nifti1Pair, "a.img", 1e-4),
    (nibabel.Nifti2Pair, "a.hdr", 1e-4), (nibabel.AnalyzeImage, "a.hdr", 1e-4),
    (nibabel.Spm99AnalyzeImage, "a.img", 1e-4), (nibabel.Nifti1Pair, "a.img.gz", 1e-4),
])  # fmt: skip
def test_every_kind_of_volume_stays_of_its_kind(tmp_path, kind, name, tolerance):
    affine = np.diag([-0.5, 0.6, 4, 1]) if "Analyze" in kind.__name__ else AFFINE
    nibabel.save(kind(VOLUME, affine), tmp_path / name)
    one, written = enlarged(tmp_path / name, tmp_path / name.replace("a.", "b."))
    old, new = nibabel.load(tmp_path / name), nibabel.load(written[0])
    assert type(new) is type(old) and new.get_data_dtype() == old.get_data_dtype()
    assert (np.asarray(new.dataobj) == grown(VOLUME)).all()
    assert all(path.exists() for path in written) and len(written) == len(old.files_types)
    same_place(old.affine, new.affine)


def test_big_endian_and_colour_stay(tmp_path):
    header = nibabel.Nifti1Header(endianness=">")
    header.set_data_dtype(np.int16)
    nibabel.save(nibabel.Nifti1Image(VOLUME, AFFINE, header), tmp_path / "a.nii")
    _, [out] = enlarged(tmp_path / "a.nii", tmp_path / "b.nii")
    assert (np.asarray(nibabel.load(out).dataobj) == grown(VOLUME)).all()
    colour = np.zeros(VOLUME.shape, [("R", "u1"), ("G", "u1"), ("B", "u1")])
    colour["R"], colour["B"] = VOLUME % 256, 7
    nibabel.save(nibabel.Nifti1Image(colour, AFFINE), tmp_path / "c.nii")
    one, [out] = enlarged(tmp_path / "c.nii", tmp_path / "d.nii")
    assert one.extras.shape[-1] == 2
    assert (np.asarray(nibabel.load(out).dataobj) == grown(colour)).all()


def test_a_derived_volume_holds_floats(tmp_path):
    nibabel.save(nibabel.Nifti1Image(VOLUME, AFFINE), tmp_path / "a.nii")
    guess = scan.derived(scan.read(tmp_path / "a.nii"), "guess", 5.0)
    values = np.random.default_rng(0).uniform(0, 5, (4, 36, 45))
    [out] = scan.write(guess, values / guess.slope, None, tmp_path / "b.nii")
    new = nibabel.load(out)
    assert new.get_data_dtype() == np.float32
    back = scan.read(out)
    assert np.allclose(back.planes, values, atol=1e-6)
    same_place(AFFINE, new.affine)


def test_suffixes_and_pictures(tmp_path):
    assert reading.suffix_of(tmp_path / "a.b.nii.gz") == ".nii.gz"
    assert reading.suffix_of(tmp_path / "a.b.mgz") == ".mgz"
    nibabel.save(nibabel.Nifti1Image(VOLUME, AFFINE), tmp_path / "a.nii")
    one = scan.read(tmp_path / "a.nii")
    written = scan.pictures_of(one, tripled(one.planes), None, tmp_path / "png", (30, 100))
    assert len(written) == 4 and np.asarray(Image.open(written[0])).dtype == np.uint8


def test_the_spacing_is_that_of_rows_and_columns_in_millimetres(tmp_path):
    image = nibabel.Nifti1Image(np.zeros((4, 5, 6), np.int16), np.diag([0.5, 0.25, 2.0, 1.0]))
    nibabel.save(image, tmp_path / "a.nii")
    assert scan.read(tmp_path / "a.nii").spacing == (0.25, 0.5)  # columns along axis 0
    image.header.set_xyzt_units("micron")
    nibabel.save(image, tmp_path / "b.nii")
    assert scan.read(tmp_path / "b.nii").spacing == pytest.approx((0.25e-3, 0.5e-3))


@pytest.mark.parametrize("name", ["packed.nii", "plain.nii.gz", "packed.gz", "no_suffix"])
def test_a_volume_is_known_by_its_content_whatever_its_name(tmp_path, name):
    kind = nibabel.Nifti2Image if name == "no_suffix" else nibabel.Nifti1Image
    data = kind(VOLUME, AFFINE).to_bytes()
    (tmp_path / name).write_bytes(gzip.compress(data) if "packed" in name else data)
    one, [out] = enlarged(tmp_path / name, tmp_path / f"b_{name}")
    assert one.kind == "nifti" and len(one.planes) == 4
    packed = out.read_bytes()[:2] == b"\x1f\x8b"
    assert packed == name.endswith(".gz")
    new = kind.from_bytes(gzip.decompress(out.read_bytes()) if packed else out.read_bytes())
    assert (np.asarray(new.dataobj) == grown(VOLUME)).all()
    same_place(AFFINE, new.affine)


def test_a_volume_that_lies_nowhere_is_refused_before_the_work(tmp_path):
    image = nibabel.Nifti1Image(VOLUME, np.eye(4))
    image.header["sform_code"] = 1
    for row in "xyz":
        image.header[f"srow_{row}"] = 0
    (tmp_path / "a.nii").write_bytes(image.header.binaryblock + bytes(4) + VOLUME.tobytes("F"))
    with pytest.raises(UserError, match="no volume in space"):
        scan.read(tmp_path / "a.nii")


def test_labels_are_not_enlarged_as_if_they_were_grey(tmp_path):
    image = nibabel.Nifti1Image(VOLUME, AFFINE)
    image.header.set_intent("label")
    nibabel.save(image, tmp_path / "a.nii")
    with pytest.raises(UserError, match="a.nii: holds labels, between which nothing lies"):
        scan.read(tmp_path / "a.nii")


def test_what_is_no_volume_in_a_nifti_is_refused_whatever_its_name(tmp_path):
    image = nibabel.Nifti2Image(np.zeros((1, 1, 1, 1, 2, 27), np.float32), None)
    image.header.set_intent(3006)  # dense scalars
    nibabel.save(image, tmp_path / "a.nii.gz")
    with pytest.raises(UserError, match="a.nii.gz: holds CIFTI, not a volume"):
        scan.read(tmp_path / "a.nii.gz")


@pytest.mark.parametrize("packing", ["", ".gz"])
@pytest.mark.parametrize("kept, gone", [("hdr", "img"), ("img", "hdr")])
def test_half_a_pair_is_told_what_it_lacks(tmp_path, kept, gone, packing):
    nibabel.save(nibabel.Nifti1Pair(VOLUME, AFFINE), tmp_path / f"a.hdr{packing}")
    (tmp_path / f"a.{gone}{packing}").unlink()
    with pytest.raises(UserError, match=f"a.{gone}{packing}, which belongs to it, is not there"):
        scan.read(tmp_path / f"a.{kept}{packing}")
