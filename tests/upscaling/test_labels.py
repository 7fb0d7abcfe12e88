"""What looks like labels is told, and no scan does."""

from pathlib import Path

import nibabel
import nilearn
import numpy as np
import pydicom.data
import pytest
from PIL import Image
from scipy.ndimage import zoom
from scipy.spatial import cKDTree
from upscale_command import upscale

from medsr_nb.upscaling import labels, scan

TEMPLATES = Path(nilearn.__file__).parent / "datasets" / "data"
REAL = ["CT_small", "MR_small", "693_J2KI", "J2K_pixelrep_mismatch", "examples_overlay",
        "JPEG2000", "examples_jpeg2k", "examples_ybr_color", "examples_rgb_color",
        "examples_palette"]  # fmt: skip


def template(kind):
    """A template of the head in 1 mm, uint8 (slices, rows, columns)."""
    image = nibabel.load(TEMPLATES / f"mni_icbm152_{kind}_tal_nlin_sym_09a_converted.nii.gz")
    return np.asarray(image.dataobj).transpose(2, 1, 0)


def regions(count, shape=(5, 120, 140), seed=0):
    """Numbers of regions around random points in an ellipsoid, on nothing."""
    draw = np.random.default_rng(seed)
    places = np.indices(shape).reshape(3, -1).T
    points = draw.uniform(0, shape, (count, 3))
    numbers = draw.choice(2035, count, replace=False) + 1
    found = numbers[cKDTree(points).query(places)[1]].reshape(shape)
    rows, columns = (np.linspace(-1, 1, side) for side in shape[1:])
    return np.where(rows[:, None] ** 2 + columns**2 < 0.7, found, 0)


LABELS = {
    "30 regions": lambda: regions(30).astype(np.int16),
    "180 regions": lambda: regions(180, (5, 250, 300)).astype(np.int32),
    "regions in floats": lambda: regions(30).astype(np.float32),
    "tissues": lambda: np.argmax([np.full((3, 233, 197), 99), *(template(one)[60:120:20]
                                 for one in ("gm", "wm"))], axis=0),
    "a mask": lambda: (template("t1")[60:120:20] > 0).astype(np.uint8),
    "a lesion": lambda: 255 * (np.hypot(*np.mgrid[-40:40, -40:40]) < 8).astype(np.uint8)[None],
}  # fmt: skip


@pytest.mark.parametrize("name", LABELS)
def test_labels_look_like_labels(name):
    planes = LABELS[name]()
    [note] = labels.noted(planes)
    assert note.startswith("looks like labels (") and "nearest neighbour" in note


@pytest.mark.parametrize("kind", ["t1", "gm", "wm"])
def test_templates_do_not(kind):
    volume = template(kind)
    for planes in (volume, volume.transpose(1, 0, 2), volume[80:81], volume[80:81] // 16):
        assert labels.noted(planes) == ()
    small = zoom(volume[60:120:20].astype(float), (1, 3, 3), order=1).round()
    assert labels.noted(small) == ()


@pytest.mark.parametrize("name", REAL)
def test_real_dicom_does_not(name):
    path = pydicom.data.get_testdata_file(f"{name}.dcm", download=False)
    if path is None:
        pytest.skip("not in this release of pydicom")
    assert labels.noted(scan.read(path).planes) == ()


def test_a_jpeg_of_few_greys_on_black_and_an_even_picture_do_not(tmp_path):
    picture = Image.fromarray(template("t1")[80]).resize((788, 932), Image.Resampling.BICUBIC)
    picture.save(tmp_path / "a.jpg", quality=20)
    assert labels.noted(np.asarray(Image.open(tmp_path / "a.jpg"))[None]) == ()
    for even in (np.zeros((1, 20, 20)), np.zeros((1, 20, 1)), np.zeros((1, 1, 1))):
        assert labels.noted(even) == ()


@pytest.mark.usefixtures("bicubic_alone")
def test_a_ramp_does_not_whatever_its_direction():
    ramp = np.repeat(np.arange(200, dtype=np.uint8)[:, None], 150, axis=1)
    assert labels.noted(ramp[None]) == labels.noted(ramp.T[None]) == ()


def test_the_line_of_a_file_says_it(tmp_path, capsys):
    nibabel.save(nibabel.MGHImage(regions(30).astype(np.int32), np.eye(4)), tmp_path / "aseg.mgz")
    assert upscale(tmp_path / "aseg.mgz", "--out", tmp_path / "out") == 0
    assert "looks like labels (" in capsys.readouterr().out
