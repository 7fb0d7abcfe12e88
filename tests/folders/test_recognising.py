"""A result is taken for done where it shows its scan as it is now, not where sizes fit alone."""

import nibabel
import numpy as np
import pytest
import tifffile
from PIL import Image
from scan_files import STORED, dicom
from scipy.ndimage import gaussian_filter
from upscale_command import names, upscale

from medsr_nb.folders import recognising
from medsr_nb.scans.files import NotReadHere

pytestmark = pytest.mark.usefixtures("bicubic_alone")


def patient(number, sides=(40, 36)):
    """A smooth picture with noise, another of each number, int16 (H, W)."""
    draw = np.random.default_rng(number)
    smooth = gaussian_filter(draw.normal(size=sides), 3)
    return (1000 + 3000 * smooth + draw.normal(0, 20, sides)).astype(np.int16)


def levels(number):
    """The same with 8 bits."""
    return (np.clip(patient(number), 0, 2000) / 8).astype(np.uint8)


def volume(path, *numbers, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    nibabel.save(nibabel.Nifti1Image(np.stack(list(map(patient, numbers)), -1), np.eye(4)), path)
    return path


def test_the_result_of_another_patient_is_named_and_kept(tmp_path, capsys, calibrated):
    """Whatever is asked for; the scans beside it are done."""
    one, other = (volume(tmp_path / f"sub-{k}" / "T1w.nii.gz", k, 7 + k) for k in (1, 2))
    beside, out = volume(tmp_path / "sub-2" / "T2w.nii.gz", 5), tmp_path / "out"
    assert upscale(one, "--out", out) == 0
    before = (out / "T1w_x3.nii.gz").read_bytes()
    for more in ([], ["--guess", "--page", tmp_path / "page.html"]):
        assert upscale(other, beside, "--out", out, *more) == 1
        [said] = capsys.readouterr().err.splitlines()
        assert "T1w_x3.nii.gz is a result of another scan, or this scan has changed" in said
        assert "name another --out, or remove it (--overwrite replaces it)" in said
    assert (out / "T1w_x3.nii.gz").read_bytes() == before
    assert not [name for name in names(out) if name.startswith("T1w") and "_x3" not in name]
    assert (out / "T2w_guess.nii.gz").exists()
    assert upscale(other, "--out", out, "--overwrite") == 0
    assert upscale(other, "--out", out) == 0
    assert upscale(one, "--out", out) == 1


def change(values):
    values[8:20, 8:20] = values.max()


@pytest.mark.parametrize("kind", ["dcm", "series", "nii", "tif", "png"])
@pytest.mark.parametrize("format", ["", "png"])
def test_a_scan_that_has_changed_is_not_done(kind, format, tmp_path, capsys):
    file, values = tmp_path / f"scan.{kind}", levels(1) if kind == "png" else patient(1)
    uids = {"SOPInstanceUID": "1.2.3", "SeriesInstanceUID": "1.2"}

    def write():
        if kind == "dcm":
            dicom(file, values, **uids)
        elif kind == "series":
            file.mkdir(exist_ok=True)
            for k in range(3):
                uids["SOPInstanceUID"], place = f"1.2.{k + 3}", [0.0, 0.0, float(k)]
                dicom(file / f"{k}.dcm", values + k, ImagePositionPatient=place, **uids)
        elif kind == "nii":
            nibabel.save(nibabel.Nifti1Image(values, np.eye(4)), file)
        elif kind == "tif":
            tifffile.imwrite(file, values)
        else:
            Image.fromarray(values).save(file)

    asked = [file, "--out", tmp_path / "out", *(["--format", format] if format else [])]
    write()
    assert upscale(*asked) == upscale(*asked) == 0
    assert "is there already" in capsys.readouterr().out.splitlines()[-1]
    change(values)
    write()
    assert upscale(*asked) == 1
    assert "or this scan has changed since" in capsys.readouterr().err


def kinds(folder):
    """A scan of every kind that is read in a way of its own; the folder."""
    folder.mkdir()
    grey, colour = levels(1), np.dstack([levels(1), levels(2), levels(3)])
    seen = np.where(np.indices(grey.shape).sum(0) > 30, 255, 0).astype(np.uint8)
    Image.fromarray(grey).save(folder / "grey.jpg")
    Image.fromarray(colour).save(folder / "colour.jpg", exif=turned())
    Image.fromarray(np.dstack([colour, seen])).save(folder / "transparent.png")
    Image.fromarray(np.dstack([np.maximum(grey, 120), seen])).save(folder / "hidden.png")
    Image.fromarray(grey > 120).save(folder / "mask.png")
    Image.fromarray(grey[:2, :3]).save(folder / "tiny.png")
    Image.fromarray(patient(1).astype(np.uint16)).save(folder / "deep.png")
    films = [Image.fromarray(levels(k // 2)) for k in range(4)]  # of which two each are alike
    films[0].save(folder / "film.gif", save_all=True, append_images=films[1:], duration=50)
    tifffile.imwrite(folder / "pages.tif", np.stack([patient(1), patient(2)]))
    tifffile.imwrite(folder / "channels.tif", np.dstack([colour, grey, grey]))
    empty = patient(1).astype(np.float32)
    empty[5:9, 5:30] = np.nan
    tifffile.imwrite(folder / "empty.tif", empty)
    (folder / "white.pgm").write_bytes(b"P5 36 40 4095\n" + patient(1).astype(">u2").tobytes())
    volume(folder / "volume.nii.gz", *range(6))
    coloured = np.zeros((36, 40, 2), np.dtype([(one, "u1") for one in "RGB"]))
    for channel, name in enumerate("RGB"):
        coloured[name] = colour[..., channel].T[..., None]
    nibabel.save(nibabel.Nifti1Image(coloured, np.eye(4)), folder / "coloured.nii")
    dicom(folder / "one.dcm", patient(1), RescaleSlope=2, RescaleIntercept=-1024)
    dicom(folder / "frames.dcm", np.stack([patient(1), patient(2)]))
    return folder


def turned():
    exif = Image.Exif()
    exif[274] = 6
    return exif


@pytest.mark.parametrize("options", [
    [], ["--through-plane"], ["--reduction", "unknown"], ["--format", "png"],
    ["--window", "1000", "100"], ["--window", "40", "80"], ["--format", "tiff"],
])  # fmt: skip
def test_results_are_known_again(options, tmp_path, capsys):
    folder = kinds(tmp_path / "in")
    asked = folder, "--out", tmp_path / "out", *options
    assert upscale(*asked) == 0
    said = capsys.readouterr().out.splitlines()
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*.*")}
    assert upscale(*asked) == 0
    told = capsys.readouterr().out.splitlines()
    assert len(told) == len(said) == 16 and all("is there already" in line for line in told)
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*.*")} == before


def test_a_result_through_the_planes_is_known_without_the_option(tmp_path, capsys):
    file = volume(tmp_path / "volume.nii", *range(6))
    assert upscale(file, "--out", tmp_path, "--through-plane") == 0
    assert upscale(file, "--out", tmp_path) == 0
    assert "is there already" in capsys.readouterr().out


def test_pictures_in_a_window_do_not_stand_for_all_values(tmp_path, capsys):
    file = volume(tmp_path / "volume.nii", *range(6))
    assert upscale(file, "--out", tmp_path, "--window", "1000", "100") == 0
    assert upscale(file, "--out", tmp_path, "--format", "png") == 1
    assert "volume_x3 is a result of another scan or window" in capsys.readouterr().err


def test_another_patient_is_known_in_a_narrow_window(tmp_path, capsys):
    asked = "--out", tmp_path / "out", "--window", "1000", "100"
    one, other = (volume(tmp_path / name / "head.nii", *range(k, k + 6))
                  for name, k in (("a", 0), ("b", 9)))  # fmt: skip
    assert upscale(one, *asked) == upscale(one, *asked) == 0
    assert upscale(other, *asked) == 1
    assert "head_x3 is a result of another scan or window" in capsys.readouterr().err


def test_a_damaged_result_is_not_taken_for_done(tmp_path, capsys):
    file = volume(tmp_path / "volume.nii.gz", 1)
    assert upscale(file, "--out", tmp_path / "out") == 0
    result = tmp_path / "out" / "volume_x3.nii.gz"
    result.write_bytes(result.read_bytes()[:-2000])
    assert upscale(file, "--out", tmp_path / "out") == 1
    assert "volume_x3.nii.gz is there and cannot be read; remove it" in capsys.readouterr().err
    assert upscale(file, "--out", tmp_path / "out", "--overwrite") == 0


def test_what_is_too_large_to_be_read_is_believed(tmp_path, capsys, monkeypatch):
    file = volume(tmp_path / "volume.nii.gz", 1)
    assert upscale(file, "--out", tmp_path / "out") == 0

    def refused(*_):
        raise NotReadHere("too large")

    monkeypatch.setattr(recognising.result_planes, "opened", refused)
    assert upscale(file, "--out", tmp_path / "out") == 0
    assert "is there already" in capsys.readouterr().out


def test_a_guess_without_its_result_is_of_no_known_scan(tmp_path, capsys, calibrated):
    file = volume(tmp_path / "volume.nii", 1)
    asked = file, "--out", tmp_path / "out", "--guess"
    assert upscale(*asked) == 0
    (tmp_path / "out" / "volume_x3.nii").unlink()
    assert upscale(*asked) == 1
    assert "is there without the result that it belongs to" in capsys.readouterr().err
    assert upscale(*asked, "--overwrite") == upscale(*asked) == 0


def test_slices_that_have_little_in_common_are_known_through_the_planes(tmp_path, capsys):
    values = np.random.default_rng(0).integers(0, 900, (6, 40, 36))
    nibabel.save(nibabel.Nifti1Image(1e9 + values.astype(float).T, np.eye(4)), tmp_path / "v.nii")
    asked = tmp_path / "v.nii", "--out", tmp_path / "out", "--through-plane"
    assert upscale(*asked) == upscale(*asked) == 0
    assert "is there already" in capsys.readouterr().out


def test_another_window_is_another_result(tmp_path, capsys):
    file = volume(tmp_path / "volume.nii", *range(6))
    dicom(tmp_path / "a.dcm", STORED[:16, :16])
    for scanned in (file, tmp_path / "a.dcm"):
        asked = scanned, "--out", tmp_path / "out", "--window"
        assert upscale(*asked, "40", "80") == upscale(*asked, "40", "80") == 0
        assert upscale(*asked, "41", "80") == 1
        assert "is a result of another scan or window" in capsys.readouterr().err
        assert upscale(*asked, "41", "80", "--overwrite") == upscale(*asked, "41", "80") == 0


@pytest.mark.parametrize("options", [("--overwrite",), ("--out", "other"), ("--format", "tiff")])
def test_a_named_file_that_only_looks_like_a_result_is_kept(options, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    first, second = tmp_path / "a.png", tmp_path / "a_x3.png"
    for path, numbers in ((first, patient(1)), (second, patient(2, (120, 108)))):
        Image.fromarray(np.clip(numbers / 16, 0, 255).astype(np.uint8)).save(path)
    before = second.read_bytes()
    assert upscale(first, second, *options) == 2
    assert "a_x3.png is named, with the name and the size of" in capsys.readouterr().err
    assert second.read_bytes() == before and names(tmp_path) == ["a.png", "a_x3.png"]
    second.unlink()
    assert upscale(first, "--out", tmp_path) == 0
    assert upscale(first, second, *options) == 0
    assert "left out: 1 result" in capsys.readouterr().err


def test_an_original_beside_scans_that_looks_like_a_result_is_kept(tmp_path, capsys):
    first, second = tmp_path / "a.png", tmp_path / "a_x3.png"
    for path, numbers in ((first, patient(1)), (second, patient(2, (120, 108)))):
        Image.fromarray(np.clip(numbers / 16, 0, 255).astype(np.uint8)).save(path)
    before = second.read_bytes()
    assert upscale(tmp_path, "--out", tmp_path, "--overwrite") == 1
    assert "lies beside scans and shows something else" in capsys.readouterr().err
    assert second.read_bytes() == before
    second.unlink()
    assert upscale(tmp_path, "--out", tmp_path) == 0
    assert upscale(tmp_path, "--out", tmp_path, "--overwrite") == 0
