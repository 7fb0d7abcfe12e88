"""Headers that say a length or a size wrongly, and packed files that are not what was packed."""

import gzip

import nibabel
import numpy as np
import pytest
from scan_files import enlarged, head

from medsr_nb.folders import results
from medsr_nb.machine import UserError
from medsr_nb.scans import scan


def changed(path, place, value, kind):
    """Puts a number into the header of a NIfTI-1 file."""
    content = bytearray(path.read_bytes())
    number = np.array(value, kind).tobytes()
    content[place : place + len(number)] = number
    path.write_bytes(content)


def volume(path, count=2):
    values = np.stack([head(seed=k) for k in range(count)], axis=-1)
    nibabel.save(nibabel.Nifti1Image(values, np.diag([0.5, 0.5, 4, 1])), path)
    return values


@pytest.mark.parametrize("count, lengths", [(2, [4, 12, 15, 2, 0]), (1, [3, 12, 15, 0]),
                                            (2, [5, 12, 15, 2, 0, 0])])  # fmt: skip
def test_a_last_length_of_nothing_counts_as_one(count, lengths, tmp_path):
    values = volume(tmp_path / "a.nii", count)
    changed(tmp_path / "a.nii", 40, lengths, "<i2")
    one, [out] = enlarged(tmp_path / "a.nii", tmp_path / "b.nii")
    assert one.planes.shape == (count, 15, 12) and 0 not in results.head(tmp_path / "a.nii").sides
    wanted = values.repeat(3, 0).repeat(3, 1)
    assert (np.squeeze(np.asarray(nibabel.load(out).dataobj)) == np.squeeze(wanted)).all()
    changed(tmp_path / "a.nii", 40, [3, 12, 0, 2], "<i2")
    with pytest.raises(UserError, match="claims a shape of"):
        scan.read(tmp_path / "a.nii")


def test_sizes_that_are_no_numbers_are_those_of_the_affine(tmp_path):
    volume(tmp_path / "a.nii")
    changed(tmp_path / "a.nii", 80, [np.nan, np.inf], "<f4")
    one, [out] = enlarged(tmp_path / "a.nii", tmp_path / "b.nii")
    assert "spacing 0.5 x 0.5 mm" in one.notes and one.spacing == (0.5, 0.5)
    assert np.allclose(nibabel.load(out).header.get_zooms(), (0.5 / 3, 0.5 / 3, 4))


@pytest.mark.parametrize("name", ["a.nii.gz", "a.mgz", "a.img.gz"])
def test_a_packed_file_whose_sum_is_wrong_is_refused(name, tmp_path):
    path = tmp_path / name
    kind = {"a.mgz": nibabel.MGHImage, "a.img.gz": nibabel.Nifti1Pair}.get(name)
    nibabel.save((kind or nibabel.Nifti1Image)(head(60, 60)[..., None], np.eye(4)), path)
    assert scan.read(path).planes.size == 3600
    whole = path.read_bytes()
    path.write_bytes(whole + gzip.compress(b"") + bytes(100))
    assert scan.read(path).planes.size == 3600
    path.write_bytes(whole[:-8] + b"\1\2\3\4" + whole[-4:])
    with pytest.raises(UserError, match="cannot be unpacked .*CRC.*get it again"):
        scan.read(path)


def test_sizes_that_the_sform_contradicts_are_those_of_the_sform(tmp_path):
    values = volume(tmp_path / "a.nii", 3)
    changed(tmp_path / "a.nii", 80, [4, 5, 0.5], "<f4")
    one, [out] = enlarged(tmp_path / "a.nii", tmp_path / "b.nii")
    assert one.spacing == (0.5, 0.5) and one.planes.shape == (3, 15, 12)
    assert (np.asarray(nibabel.load(out).dataobj) == values.repeat(3, 0).repeat(3, 1)).all()
    assert nibabel.load(out).header.get_zooms() == pytest.approx((0.5 / 3, 0.5 / 3, 4))
    image = nibabel.load(tmp_path / "a.nii")
    image.set_qform(np.diag([2.0, 2, 3, 1]), 1)
    nibabel.save(image, tmp_path / "c.nii")
    assert scan.read(tmp_path / "c.nii").spacing == (2, 2)  # which a qform needs
