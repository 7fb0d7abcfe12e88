"""The fixed plate: five real pictures out of installed packages, the same for everybody."""

import numpy as np
import pytest

from medsr_nb import data, scoring
from medsr_nb.data import fixed_plate


def test_the_plate_is_an_image_set_of_its_own_groups():
    found = data.plate()
    assert found.pixels.shape == (5, 150, 150, 1) and found.pixels.dtype == np.uint8
    assert len(set(found.names)) == len(set(found.groups.tolist())) == 5
    assert [found.label_names[label] for label in found.labels] == found.kinds.tolist()
    assert found.take([2]).names == ("head CT",)


@pytest.mark.parametrize("name", data.plate().names)
def test_each_picture_shows_something(name):
    found = data.plate()
    pixels = found.pixels[found.names.index(name)]
    assert pixels.min() < 10 and pixels.max() > 180  # black around it, and bright somewhere
    assert pixels.std() > 15 and np.mean(pixels == 255) < 0.25  # neither empty nor burnt out


def test_the_ct_shows_brain_bone_and_air():
    head = data.plate().pixels[2, ..., 0]
    assert head[0, 0] == 0 and (head[35:45] == 255).any()  # air, and skull
    brain = head[105:120, 60:90]
    assert 60 < brain.mean() < 160


def test_every_call_gives_the_same_pixels_which_nobody_can_change():
    with pytest.raises(ValueError, match="read-only"):
        data.plate().pixels[0] = 0
    assert np.array_equal(data.plate().pixels, data.plate.__wrapped__().pixels)


def test_a_lesion_is_drawn_where_it_is_said_and_its_fine_half_leaves_no_trace():
    found, inside = data.lesion()
    head = data.plate().pixels[[0]]
    rows, columns = np.mgrid[:150, :150]
    far = np.hypot(rows - 52, columns - 75) > 16.5
    assert (found.pixels[0, ..., 0] == head[0, ..., 0])[far].all()
    assert inside.sum() == pytest.approx(np.pi * 13**2, rel=0.03) and not (inside & far).any()
    assert 140 < found.pixels[0, ..., 0][inside].mean() < 160
    fine = scoring.guessed(found.pixels, 3)[0, ..., 0]
    shown = found.pixels[0, ..., 0] - fine
    assert 0.4 < fine[inside].std() / shown[inside].std() < 0.8
    again, _ = data.lesion()
    assert (again.pixels == found.pixels).all() and found.names == ("head MR",)
    assert found.name == "a drawn lesion in a real head MR"


@pytest.mark.parametrize(
    ("package", "read"), [("matplotlib", fixed_plate.head_mr), ("pydicom", fixed_plate.dicom)]
)
def test_a_package_without_its_file_is_named(package, read):
    with pytest.raises(data.DataUnavailable, match=f"{package} is installed without.*no-such"):
        read("no-such-file.dcm")
