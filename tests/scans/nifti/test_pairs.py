"""Volumes in two files or three: written together, and gone on with after a stop between them."""

import os

import nibabel
import numpy as np
import pytest
from upscale_command import names, upscale

from medsr_nb.scans import files
from medsr_nb.scans.nifti.writing import enlarged_affine

pytestmark = pytest.mark.usefixtures("bicubic_alone")
KINDS = {
    "NIfTI": (nibabel.Nifti1Pair, "q.hdr", 2),
    "named by its image": (nibabel.Nifti1Pair, "q.img", 2),
    "packed": (nibabel.Nifti1Pair, "q.hdr.gz", 2),
    "capitals": (nibabel.Spm2AnalyzeImage, "q.HDR", 3),
    "SPM": (nibabel.Spm99AnalyzeImage, "q.hdr", 3),
    "SPM packed": (nibabel.Spm99AnalyzeImage, "q.img.gz", 3),
}


def saved(folder, kind):
    """A volume in several files; the one that is named."""
    type, name, _ = KINDS[kind]
    draw = np.random.default_rng(0)
    folder.mkdir()
    image = type(draw.integers(0, 900, (8, 9, 3)).astype(np.int16), np.diag([2.0, 2.0, 5.0, 1.0]))
    nibabel.save(image, folder / name)
    return folder / name


def bytes_of(folder):
    return {name: (folder / name).read_bytes() for name in names(folder)}


@pytest.mark.parametrize("kind", KINDS)
def test_a_star_names_all_files_of_a_volume(kind, tmp_path, capsys):
    folder = saved(tmp_path / "in", kind).parent
    for options in ((), (), ("--overwrite",)):
        assert upscale(*sorted(folder.iterdir()), "--out", folder, *options) == 0
    assert len(names(folder)) == 2 * KINDS[kind][2]
    assert "left out: 1 result of an earlier run" in capsys.readouterr().err


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("options", [(), ("--overwrite",)])
def test_the_same_command_goes_on_after_a_stop_between_any_two_names(
    kind, options, tmp_path, monkeypatch, capsys
):
    source, whole, out = saved(tmp_path / "in", kind), tmp_path / "whole", tmp_path / "out"
    assert upscale(source, "--out", whole) == 0
    count, replace = len(names(whole)), os.replace
    assert count == KINDS[kind][2]
    for named in range(count):
        left = iter(range(named))

        def stopping(part, path, left=left):
            if next(left, None) is None:
                raise KeyboardInterrupt
            replace(part, path)

        if options:
            assert upscale(source, "--out", out) == 0
        with monkeypatch.context() as patch:
            patch.setattr(files.os, "replace", stopping)
            assert upscale(source, "--out", out, *options) == 130
        assert len(names(out)) == max(named, bool(options)) and len(os.listdir(out)) < count
        assert upscale(source, "--out", out, *options) == 0
        assert bytes_of(out) == bytes_of(whole)
        assert upscale(source, "--out", out) == 0
        assert "is there already" in capsys.readouterr().out
        for name in names(out):
            (out / name).unlink()


def test_a_header_left_in_the_folder_that_is_enlarged_is_no_scan_but_a_result(tmp_path):
    saved(tmp_path / "in", "NIfTI")
    assert upscale(tmp_path / "in", "--out", tmp_path / "in") == 0
    (tmp_path / "in" / "q_x3.img").unlink()
    assert upscale(tmp_path / "in", "--out", tmp_path / "in") == 0
    assert names(tmp_path / "in") == ["q.hdr", "q.img", "q_x3.hdr", "q_x3.img"]


def test_no_file_of_a_pair_gets_its_name_before_all_are_on_the_disk(tmp_path, monkeypatch):
    source, done = saved(tmp_path / "in", "SPM"), []
    sync, replace = os.fsync, os.replace
    monkeypatch.setattr(files.os, "fsync", lambda file: [sync(file), done.append("synced")])
    monkeypatch.setattr(files.os, "replace", lambda *both: [replace(*both), done.append("named")])
    assert upscale(source, "--out", tmp_path / "out") == 0
    assert done[:6] == ["synced"] * 3 + ["named"] * 3


def test_a_header_alone_that_is_no_result_is_not_replaced(tmp_path, capsys):
    source = saved(tmp_path / "in", "NIfTI")
    other = saved(tmp_path / "out", "NIfTI").rename(tmp_path / "out" / "q_x3.hdr")
    (tmp_path / "out" / "q.img").unlink()
    before = other.read_bytes()
    for option in ((), ("--overwrite",)):
        assert upscale(source, "--out", tmp_path / "out", *option) == 1
        assert "q_x3.hdr is there and was not made from it" in capsys.readouterr().err
    assert names(tmp_path / "out") == ["q_x3.hdr"] and other.read_bytes() == before


@pytest.mark.parametrize("name", ["q.hdr", "q.HDR", "q.img.gz"])
def test_the_third_file_of_spm_is_read_again_with_its_turn(name, tmp_path):
    turned = np.array([[0.0, -2, 0, 9], [2, 0, 0, -8], [0, 0, 5, 7], [0, 0, 0, 1]])
    image = nibabel.Spm99AnalyzeImage(np.ones((8, 9, 3), np.int16), turned)
    nibabel.save(image, tmp_path / name)
    assert upscale(tmp_path / name, "--out", tmp_path / "out") == 0
    [header] = [one for one in names(tmp_path / "out") if ".hdr" in one.lower()]
    affine = nibabel.load(tmp_path / "out" / header).affine
    assert np.allclose(affine, enlarged_affine(turned, (3, 3, 1)), atol=1e-5)
