"""Originals in an NPZ file: what fits is grouped, what does not is refused with what would."""

import io
import zipfile

import numpy as np
import pytest
from shared import waves

from medsr_nb.data import load_originals
from medsr_nb.machine import UserError


def test_near_twins_are_one_group(tmp_path):
    pictures = waves(3)
    np.savez(tmp_path / "twins.npz", mri=np.concatenate([pictures, pictures[:1]]))
    groups = load_originals(tmp_path / "twins.npz").groups
    assert groups[0] == groups[3]


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"ct": waves(1)}, "neither an array mri nor one cxr"),
        ({"mri": waves(1).astype("float32")}, "MRI is float32"),
        ({"mri": waves(1)[0]}, r"MRI is uint8 \(48, 48\)"),
        ({"mri": waves(1, 48), "cxr": waves(1, 45)}, "from 12 on, not of 45, 48 pixels"),
        ({"mri": waves(1, 50)}, "not of 50 pixels"),
        ({"mri": waves(1, 9)}, "from 12 on, not of 9 pixels"),
        ({"mri": np.zeros((1, 0, 0), "uint8")}, r"MRI is uint8 \(1, 0, 0\)"),
        (
            {"mri": waves(2), "cxr": np.stack([*waves(1), 0 * waves(1)[0]])},
            "X-ray 1 is of one grey",
        ),
    ],
)
def test_files_that_do_not_fit_are_refused_with_what_would(tmp_path, arrays, message):
    np.savez(tmp_path / "file.npz", **arrays)
    with pytest.raises(UserError, match=message):
        load_originals(tmp_path / "file.npz")


def test_what_is_no_npz_is_refused(tmp_path):
    (tmp_path / "file.npz").write_text("no")
    for name in ("file.npz", "missing.npz"):
        with pytest.raises(UserError, match="cannot be read as an NPZ file"):
            load_originals(tmp_path / name)


def test_damaged_archives_and_bare_arrays_are_refused(tmp_path):
    whole, damaged = tmp_path / "whole.npz", tmp_path / "damaged.npz"
    np.savez(whole, mri=waves(1))
    content = bytearray(whole.read_bytes())
    content[300:340] = bytes(40)
    damaged.write_bytes(content)
    (tmp_path / "start.npz").write_bytes(whole.read_bytes()[:500])
    with zipfile.ZipFile(tmp_path / "text.npz", "w") as file:
        file.writestr("mri", "no array")
    with zipfile.ZipFile(tmp_path / "huge.npz", "w") as file:
        header = io.BytesIO()
        shape = {"descr": "|u1", "fortran_order": False, "shape": (10**9, 1500, 1500)}
        np.lib.format.write_array_header_1_0(header, shape)
        file.writestr("mri.npy", header.getvalue())
    np.save(tmp_path / "bare.npy", waves(1))
    for name, message in (
        ("damaged.npz", "cannot be read as an NPZ file"),
        ("start.npz", "cannot be read as an NPZ file"),
        ("text.npz", "MRI is "),
        ("huge.npz", "too large for this memory"),
        ("bare.npy", "save it by np.savez"),
    ):
        with pytest.raises(UserError, match=message):
            load_originals(tmp_path / name)
