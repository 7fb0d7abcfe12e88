"""Blocks of a scan and of its enlargement are alike; those of another are not."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, zoom

from medsr_nb.folders import likeness
from medsr_nb.scans.intensity_map import intensity


def alike(plane, larger, step=1.0, counts=None):
    counts = np.ones(plane.shape, bool) if counts is None else counts
    pair = plane, counts, larger, lambda rows: rows
    return likeness.same([pair], intensity(plane[None]), step)


def noise(seed, sides=(64, 64)):
    return np.random.default_rng(seed).normal(1000, 100, sides)


@pytest.mark.parametrize("order", [0, 1, 3])
def test_no_kernel_makes_another_scan_of_noise(order):
    larger = zoom(noise(1), 3, order=order, mode="grid-constant", grid_mode=True)
    assert alike(noise(1), larger)
    assert not alike(noise(2), larger)
    assert not alike(noise(1)[:, ::-1], larger)


def test_a_slice_beside_and_one_that_is_shifted_are_others():
    volume = 1000 * gaussian_filter(noise(1, (30, 64, 64)), (2, 3, 3))
    larger = zoom(volume[10], 3, order=1)
    assert alike(volume[10], larger)
    assert not alike(volume[15], larger)
    assert not alike(np.roll(volume[10], 4, axis=0), larger)


def test_constants_differ_where_their_values_do():
    for shape in ((1, 1), (2, 7), (40, 40)):
        plane = np.full(shape, 7)
        assert alike(plane, np.full((3 * shape[0], 3 * shape[1]), 7.0))
        assert not alike(plane, np.full((3 * shape[0], 3 * shape[1]), 8.0))


def test_what_does_not_count_and_outliers_do_not_tell():
    plane, counts = noise(1), np.ones((64, 64), bool)
    larger = plane.repeat(3, 0).repeat(3, 1)
    larger[:30, :30], counts[:10, :10] = np.nan, False
    assert alike(plane, larger, counts=counts)
    plane[40, 40] = 1e9
    assert alike(plane, larger, counts=counts)
    assert not alike(np.where(plane > 1e6, plane, noise(2)), larger, counts=counts)
    assert alike(plane, larger, counts=np.zeros_like(counts))


def test_a_large_scan_is_compared_in_larger_blocks():
    assert [likeness.block(side) for side in (1, 2, 9, 40, 512, 5120)] == [1, 2, 3, 4, 4, 40]


def test_few_details_tell_nothing():
    plane = np.full((64, 64), 255.0)
    plane[33, 30] = 0
    assert alike(plane, np.full((192, 192), 255.0))
