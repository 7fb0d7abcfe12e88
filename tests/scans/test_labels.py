"""What looks like labels is told, and no scan does."""

from pathlib import Path

import nibabel
import nilearn
import numpy as np
import pydicom.data
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter, zoom
from scipy.spatial import cKDTree
from upscale_command import upscale

from medsr_nb.scans import labels, scan

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
    "a cortex of 3 pixels": lambda: cortex(1.6),
    "a cortex of 2 pixels": lambda: cortex(1.1),
    "a cortex at 3 mm": lambda: parcels()[:, ::3, ::3],
    "150 regions of 5 pixels": lambda: flat_regions(150)[None],
    "400 regions of 3 pixels": lambda: flat_regions(400)[None],
    "1300 regions": lambda: regions(1300, seed=1).astype(np.int32),
    "regions as floats, repeated": lambda: flat_regions(150)[None].repeat(3, 1).repeat(3, 2) * 1.0,
    "microbleeds": lambda: specks(8),
}  # fmt: skip


def flat_regions(count, side=64):
    """A number for each pixel (H, W) by the nearest of some points, in no order."""
    draw = np.random.default_rng(1)
    points = draw.uniform(0, side, (count, 2))
    nearest = cKDTree(points).query(np.indices((side, side)).reshape(2, -1).T)[1]
    return draw.permutation(np.arange(1001, 2036))[nearest].reshape(side, side)


def cortex(half):
    """White matter, 41, in a thin ring of parcels, as FreeSurfer numbers them."""
    radius = np.hypot(*np.mgrid[-32:32, -32:32])
    inside = np.where(radius < 24, 41, 0)
    return np.where(abs(radius - 25) < half, flat_regions(150), inside)[None].astype(np.int32)


def parcels():
    """The same of the template in 1 mm, with two numbers for white matter."""
    grey, white = (template(one)[50:140:18] > 128 for one in ("gm", "wm"))
    numbers = regions(70, (5, 233, 233))[..., :197] + 1000
    return np.where(grey, numbers, np.where(white, np.where(np.arange(197) < 98, 2, 41), 0))


def specks(count, side=256):
    """A mask of single pixels, ``count`` in each of five planes."""
    draw, mask = np.random.default_rng(0), np.zeros((5, side * side), np.uint8)
    for plane in mask:
        plane[draw.choice(side * side, count, replace=False)] = 1
    return mask.reshape(5, side, side)


def counts(highest, blur=0, repeats=1):
    """Counts of a slice of the template, as of nuclear medicine."""
    slices = gaussian_filter(template("t1")[60:120:20, ::2, ::2] / 255, (0, blur, blur))
    drawn = np.random.default_rng(0).poisson(slices * highest).astype(np.uint16)
    return drawn.repeat(repeats, 1).repeat(repeats, 2)


def noise(levels, disc=False, repeats=1):
    drawn = np.random.default_rng(0).integers(0, levels, (3, 128, 128))
    drawn *= (np.hypot(*np.mgrid[-64:64, -64:64]) < 45) | (not disc)
    return drawn.repeat(repeats, 1).repeat(repeats, 2)


PICTURES = {
    "dim": lambda: template("t1")[60:120:20] // 10,
    "very dim": lambda: template("t1")[60:120:20] // 25,
    "16 bits": lambda: (zoom(template("t1")[60:120:20] / 1.0, (1, 1.5, 1.5)) * 100).astype("u2"),
    "black below a threshold": lambda: template("t1")[80:81] * (template("t1")[80:81] > 90),
    **{f"counts to {one}": lambda one=one: counts(one) for one in (0.02, 0.1, 1, 3, 10, 40)},
    "smooth counts": lambda: counts(3, 4), "repeated counts": lambda: counts(6, 4, 2),
    **{f"noise of {one}": lambda one=one: noise(one) for one in (3, 8, 26, 256)},
    "noise in a disc": lambda: noise(10, True), "repeated noise": lambda: noise(16, True, 2),
    "smooth noise": lambda: gaussian_filter(noise(200) * 1.0, (0, 2, 2)).round() // 4,
}  # fmt: skip


@pytest.mark.parametrize("name", LABELS)
def test_labels_look_like_labels(name):
    planes = LABELS[name]()
    [note] = labels.noted(planes)
    assert note.startswith("looks like labels (") and "nearest neighbour" in note


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_and_noise_do_not(name):
    assert labels.noted(PICTURES[name]()) == ()


def figures(planes):
    """(share, steps) as ``labels.in_parts`` has them, along rows."""
    numbers, places = labels.numbered(planes)
    places = labels.unrepeated(places)
    return labels.plateaus(numbers, places), labels.steps(numbers, places)


def test_the_bounds_lie_far_from_label_maps_and_from_pictures():
    """What lies nearest to them: of label maps it clears both, of pictures misses one by far."""
    share, steps = figures(cortex(1.1))
    assert share > 1.2 * labels.PART and steps > 1.7 * labels.APART
    for name in ("a cortex of 3 pixels", "a cortex at 3 mm", "150 regions of 5 pixels",
                 "400 regions of 3 pixels", "1300 regions"):  # fmt: skip
        share, steps = figures(LABELS[name]())
        assert share > 1.4 * labels.PART and steps > 1.2 * labels.APART, name
    for name in PICTURES:
        numbers, _ = labels.numbered(planes := PICTURES[name]())
        share, steps = figures(planes)
        few = len(numbers) < labels.SEVERAL
        assert few or share < labels.PART / 1.5 or steps < labels.APART / 1.2, (name, share, steps)


@pytest.mark.parametrize("count, first, last", [(40, 12, 18), (155, 42, 74), (155, 50, 51)])
def test_a_mask_that_is_empty_in_most_planes_looks_like_labels(count, first, last):
    mask, radius = np.zeros((count, 48, 48), np.uint8), np.hypot(*np.mgrid[-24:24, -24:24])
    for least, number in ((12, 2), (8, 4), (4, 1)):
        mask[first:last, radius < least] = number
    [note] = labels.noted(mask)
    assert note.startswith("looks like labels (4 numbers)")
    assert labels.noted(0 * mask) == ()


def test_planes_are_evenly_spaced_where_none_is_even():
    planes = np.random.default_rng(0).random((21, 4, 5))
    assert np.array_equal(labels.uneven(planes), planes[::5])
    planes[::5] = 7
    assert len(labels.uneven(planes)) == labels.PLANES
    assert len(labels.uneven(planes[:7])) == 5 and labels.uneven(planes[:1]) == []


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
