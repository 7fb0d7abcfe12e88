"""Images of different sides on one canvas: borders by numpy, resizing by hand and by PyTorch."""

import numpy as np
import pytest

from medsr_nb.degradation import canvas

RNG = np.random.default_rng(0)


def whole(*values):
    return np.array(values, "int32")


def test_picked_takes_rows_and_columns_of_each_canvas():
    images = RNG.normal(size=(2, 4, 4)).astype("float32")
    positions = whole([3, 0, 1, 1, 2], [2, 2, 0, 3, 1])
    found = np.asarray(canvas.picked(images, positions))
    for image, which, ours in zip(images, positions, found, strict=True):
        np.testing.assert_array_equal(ours, image[which][:, which])


def test_replicated_is_numpys_edge():
    images = RNG.normal(size=(3, 8, 8)).astype("float32")
    sides = whole(8, 5, 1)
    for image, side, ours in zip(images, sides, canvas.replicated(images, sides), strict=True):
        expected = np.pad(image[:side, :side], ((0, 8 - side),) * 2, mode="edge")
        np.testing.assert_array_equal(ours, expected)


def test_mirrored_is_numpys_reflection_with_the_part_before_at_the_end():
    images = RNG.normal(size=(4, 9, 9)).astype("float32")
    sides, reach = whole(9, 6, 3, 1), 4  # a side of 3 is mirrored twice
    found = np.asarray(canvas.mirrored(images, sides, reach, 20))
    assert found.shape == (4, 20, 20)
    for image, side, ours in zip(images, sides, found, strict=True):
        expected = np.pad(image[:side, :side], reach, mode="reflect")
        rolled = np.roll(ours, (reach, reach), (0, 1))[: side + 2 * reach, : side + 2 * reach]
        np.testing.assert_array_equal(rolled, expected)


def test_cubic_taps_by_hand():
    np.testing.assert_allclose(canvas.cubic_taps(0.5), [-0.09375, 0.59375, 0.59375, -0.09375])
    np.testing.assert_allclose(canvas.cubic_taps(0.0), [0, 1, 0, 0], atol=1e-7)
    for fraction in (0.1, 0.7):
        assert sum(canvas.cubic_taps(fraction)) == pytest.approx(1.0)


@pytest.mark.parametrize("kind", [canvas.AREA, canvas.BILINEAR, canvas.BICUBIC])
def test_a_resize_to_the_same_side_keeps_the_image(kind):
    images = RNG.normal(size=(2, 8, 8)).astype("float32")
    sides = whole(8, 5)
    resized = np.asarray(canvas.resized(images, sides, sides, 8, whole(kind, kind)))
    for image, side, ours in zip(images, sides, resized, strict=True):
        np.testing.assert_allclose(ours[:side, :side], image[:side, :side], atol=1e-6)


def row(values, new, kind):
    """One row of pixels resized to ``new``."""
    old = len(values)
    images = np.tile(np.array(values, "float32"), (1, old, 1))
    resized = canvas.resized(images, whole(old), whole(new), 8, whole(kind))
    return np.asarray(resized)[0, 0, :new]


def test_area_averages_the_pixels_that_are_touched():
    np.testing.assert_allclose(row([1, 3, 5, 11, 0, 4], 2, canvas.AREA), [3, 5])
    np.testing.assert_allclose(row([1, 3], 3, canvas.AREA), [1, 2, 3])


def test_bilinear_by_hand_up_and_down():
    np.testing.assert_allclose(row([0, 1], 4, canvas.BILINEAR), [0, 0.25, 0.75, 1])
    # By a third, each new pixel is the middle one of three: nothing is averaged (aliasing).
    np.testing.assert_allclose(row([9, 1, 9, 9, 2, 9], 2, canvas.BILINEAR), [1, 2])


def test_bicubic_by_hand_with_the_border_repeated():
    found = row([0, 0, 8, 0, 0, 0], 3, canvas.BICUBIC)
    np.testing.assert_allclose(found, [8 * -0.09375, 8 * 0.59375, 0], atol=1e-5)
    found = row([8, 0, 0, 0], 2, canvas.BICUBIC)
    np.testing.assert_allclose(found, [8 * (0.59375 - 0.09375), 0], atol=1e-5)


def test_what_lies_outside_an_image_changes_nothing_and_the_border_goes_on():
    images = RNG.normal(size=(3, 8, 8)).astype("float32")
    old, new, kinds = whole(5, 5, 5), whole(3, 7, 4), whole(0, 1, 2)
    outside = np.arange(8) >= 5
    other = np.where(outside[:, None] | outside[None], 99.0, images).astype("float32")
    resized = np.asarray(canvas.resized(images, old, new, 8, kinds))
    np.testing.assert_allclose(canvas.resized(other, old, new, 8, kinds), resized, atol=1e-6)
    np.testing.assert_allclose(canvas.replicated(resized, new), resized, atol=1e-6)


@pytest.mark.parametrize("kind", ["area", "bilinear", "bicubic"])
def test_resizing_is_pytorchs(kind):
    torch = pytest.importorskip("torch", reason="an independent implementation to compare with")
    images = RNG.normal(size=(4, 40, 40)).astype("float32")
    old, new = whole(40, 31, 40, 20), whole(22, 48, 40, 7)
    number = ["area", "bilinear", "bicubic"].index(kind)
    resized = np.asarray(canvas.resized(images, old, new, 48, np.full(4, number, "int32")))
    for image, before, after, ours in zip(images, old, new, resized, strict=True):
        one = torch.from_numpy(image[None, None, :before, :before].copy())
        theirs = torch.nn.functional.interpolate(one, size=(int(after),) * 2, mode=kind)
        np.testing.assert_allclose(ours[:after, :after], theirs[0, 0], atol=2e-5)
