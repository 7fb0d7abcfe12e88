"""Where a result lies while it is made: in memory, or in files that nobody sees."""

import errno
import mmap
import os
import tracemalloc

import nibabel
import numpy as np
import pytest
from scan_files import dicom, head, tripled
from upscale_command import names, picture, series, upscale

from medsr_nb.machine import UserError
from medsr_nb.scans import scan
from medsr_nb.upscaling import enlarging, space

pytestmark = pytest.mark.usefixtures("bicubic_alone")


@pytest.fixture
def short(monkeypatch):
    """Memory that has no room for any result."""
    monkeypatch.setattr(space, "SHARE", 1e12)


def lies_in_a_file(array):
    while isinstance(array, np.ndarray):
        array = array.base
    return isinstance(array, mmap.mmap)


def test_where_memory_is_short_results_lie_in_files_without_names(short, tmp_path):
    [one] = space.arrays([((3, 4), np.float32)], tmp_path)
    one[:] = 5
    assert lies_in_a_file(one) and one.shape == (3, 4) and (one == 5).all()
    assert list(tmp_path.iterdir()) == []


def test_all_lie_in_one_place(monkeypatch):
    """Two that would each have room for itself have none together."""
    monkeypatch.setattr(space, "available_memory", lambda: 2 * 1000)
    assert not any(map(lies_in_a_file, space.arrays([((500,), np.uint8), ((500,), np.uint8)])))
    assert all(map(lies_in_a_file, space.arrays([((500,), np.uint8), ((501,), np.uint8)])))


def test_a_result_in_files_is_the_same(short, tmp_path, calibrated, monkeypatch):
    picture(tmp_path / "in" / "scan.png")
    series(tmp_path / "in" / "head")
    asked = ["--guess", "--page"]
    assert upscale(tmp_path / "in", "--out", tmp_path / "a", *asked, tmp_path / "a.html") == 0
    larger = enlarging.enlarge(tmp_path / "in" / "head", guesses=True)
    assert lies_in_a_file(larger.planes) and lies_in_a_file(larger.errors)
    monkeypatch.setattr(space, "SHARE", 2)
    plain = enlarging.enlarge(tmp_path / "in" / "head", guesses=True)
    assert not lies_in_a_file(plain.planes) and (plain.planes == larger.planes).all()
    for one in ("guesses", "errors", "ranges"):
        assert (getattr(plain, one) == getattr(larger, one)).all()
    held = names(tmp_path / "a")
    assert len(held) == 16 and not any("tmp" in name for name in held)


@pytest.mark.skipif(not hasattr(os, "posix_fallocate"), reason="the system reserves no room")
def test_a_disk_without_room_is_one_line_before_the_work(short, tmp_path, capsys, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    assert upscale(picture(tmp_path / "scan.png"), "--out", tmp_path / "out") == 1
    [said] = capsys.readouterr().err.splitlines()
    assert "0.0 GB" in said and "No space left" in said
    assert "leave out --guess and --page" in said and not (tmp_path / "out").exists()


def test_what_memory_cannot_put_together_is_refused_before_the_work(tmp_path, capsys, monkeypatch):
    nibabel.save(nibabel.Nifti1Image(np.zeros((40, 40, 40), np.int16), np.eye(4)),
                 tmp_path / "a.nii")  # fmt: skip
    monkeypatch.setattr(space, "available_memory", lambda: 1e6)
    assert upscale(tmp_path / "a.nii", "--out", tmp_path / "out") == 1
    assert "takes 0.0 GB of memory" in capsys.readouterr().err and not (tmp_path / "out").exists()
    for format in ("tiff", "png"):
        assert upscale(tmp_path / "a.nii", "--out", tmp_path / "out", "--format", format) == 0


def multi_frame(path):
    values = np.stack([head(60, 70, seed) for seed in range(48)])
    dicom(path, values, PixelPaddingValue=1200)


def in_volume(path):
    values = np.random.default_rng(0).integers(0, 999, (60, 70, 48)).astype(np.int16)
    nibabel.save(nibabel.Nifti1Image(values, np.eye(4)), path)


def in_colours(path):
    values = np.random.default_rng(0).integers(0, 256, (60, 70, 48, 3), dtype=np.uint8)
    values = np.ascontiguousarray(values).view([(name, "u1") for name in "RGB"])[..., 0]
    nibabel.save(nibabel.Nifti1Image(values, np.eye(4)), path)


@pytest.mark.parametrize("through_plane", [False, True])
@pytest.mark.parametrize(
    ("written", "name"),
    [(multi_frame, "a.dcm"), (in_volume, "a.nii"), (in_volume, "a.nii.gz"), (in_colours, "b.nii")],
)
def test_what_is_put_together_is_foretold(written, name, through_plane, tmp_path):
    written(tmp_path / name)
    one = scan.read(tmp_path / name, through_plane)
    planes, extras = tripled(one.planes).astype(np.float32), tripled(one.extras)
    foretold, most = (
        space.put_together(one, False),
        traced(one, planes, extras, tmp_path / "b" / name),
    )
    assert 0.5 * foretold < most < 1.1 * foretold + 2e6


def traced(one, planes, extras, path):
    """The most bytes that Python and numpy hold while a result is written."""
    path.parent.mkdir()
    tracemalloc.start()
    scan.write(one, planes, extras, path)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


def test_a_series_with_padding_is_written_slice_by_slice(tmp_path):
    for k in range(20):
        dicom(tmp_path / f"{k}.dcm", head(60, 70), SeriesInstanceUID="1.2.3", InstanceNumber=k,
              ImagePositionPatient=[0, 0, k], PixelPaddingValue=1200)  # fmt: skip
    one = scan.read(tmp_path)
    planes = tripled(one.planes).astype(np.float32)
    assert one.missing is not None
    assert traced(one, planes, None, tmp_path / "out" / "b") < planes.nbytes / 2


def test_the_folder_that_has_no_room_is_named(short, tmp_path):
    with pytest.raises(UserError, match=str(tmp_path / "none")):
        space.arrays([((3,), np.uint8)], tmp_path / "none")
