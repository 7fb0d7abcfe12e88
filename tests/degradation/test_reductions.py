"""Every reduction against an independent way to do it, and what all of them share."""

import numpy as np
import pytest
from PIL import Image

from medsr_nb.degradation import reductions

LINEAR = [name for name in reductions.REDUCTIONS if name not in reductions.ZERO_FILLED]
SIZES = [(48, 16), (45, 15), (150, 50)]


def resized_by_pillow(image, side, way):
    return np.asarray(Image.fromarray(image).resize((side, side), way))


@pytest.mark.parametrize(("size", "new_size"), [*SIZES, (50, 150), (97, 41), (28, 14)])
@pytest.mark.parametrize(
    ("way", "matrix"),
    [
        (Image.Resampling.LANCZOS, reductions.lanczos_matrix),
        (Image.Resampling.BICUBIC, reductions.resize_matrix),
    ],
)
def test_kernels_are_pillows(size, new_size, way, matrix):
    image = np.random.default_rng(0).uniform(0, 255, (size, size)).astype("float32")
    found = matrix(size, new_size)
    np.testing.assert_allclose(
        found @ image @ found.T, resized_by_pillow(image, new_size, way), atol=1e-3
    )


@pytest.mark.parametrize(("size", "new_size"), [*SIZES, (97, 41)])
def test_the_average_is_pillows_where_pixels_fit_and_area_everywhere(size, new_size):
    image = np.random.default_rng(0).uniform(0, 255, (size, size))
    found = reductions.average_matrix(size, new_size) @ image
    fine = np.repeat(image, new_size, axis=0).reshape(new_size, size, size).mean(axis=1)
    np.testing.assert_allclose(found, fine, atol=1e-9)
    if size % new_size == 0:
        matrix = reductions.average_matrix(size, new_size)
        pillow = resized_by_pillow(image.astype("float32"), new_size, Image.Resampling.BOX)
        np.testing.assert_allclose(matrix @ image @ matrix.T, pillow, atol=1e-3)


@pytest.mark.parametrize(("size", "new_size"), [*SIZES, (60, 30), (64, 16)])
def test_k_space_is_cut_as_the_fast_fourier_transform_cuts_it(size, new_size):
    """The central frequencies, moved by half a pixel's difference so that centres stay."""
    line = np.random.default_rng(0).normal(size=size)
    spectrum = np.fft.fftshift(np.fft.fft(line))
    start = size // 2 - new_size // 2
    kept = np.fft.ifftshift(spectrum[start : start + new_size])
    frequencies = np.fft.fftfreq(new_size, 1 / new_size)
    kept = kept * np.exp(1j * np.pi * frequencies * (1 / new_size - 1 / size))
    expected = np.fft.ifft(kept).real * new_size / size
    found = reductions.k_space_matrix(size, new_size)
    np.testing.assert_allclose(found @ line, expected, atol=1e-12)


@pytest.mark.parametrize(("size", "new_size"), SIZES)
def test_zero_filling_passes_through_what_was_measured_and_adds_no_frequency(size, new_size):
    enlarge = reductions.k_space_matrix(new_size, size)
    line = np.random.default_rng(0).normal(size=new_size)
    last = (-1.0) ** np.arange(new_size)  # half a wave a pixel, which even sides have
    line -= (new_size % 2 == 0) * last * (last @ line) / new_size
    long = enlarge @ line
    np.testing.assert_allclose(reductions.k_space_matrix(size, new_size) @ long, line, atol=1e-12)
    np.testing.assert_allclose(long[1::3], line, atol=1e-12)  # the pixels in the middle of three
    assert np.abs(np.fft.rfft(long)[new_size // 2 + 1 :]).max() < 1e-12
    np.testing.assert_allclose(reductions.k_space_matrix(size, size), np.eye(size), atol=1e-12)


def test_a_step_edge_rings_in_k_space_and_not_in_an_average():
    """Gibbs: the overshoot beside an edge is 9 % of its height, however fine the line."""
    edge = np.repeat([0.0, 1.0], 300)
    ringing = reductions.k_space_matrix(600, 200) @ edge
    shown = reductions.k_space_matrix(200, 2000) @ ringing
    assert shown.max() == pytest.approx(1.09, abs=0.005)
    assert (reductions.average_matrix(600, 200) @ edge).max() == pytest.approx(1.0)


@pytest.mark.parametrize("size", [48, 45, 150])
@pytest.mark.parametrize("name", LINEAR)
def test_undone_and_reduced_again_is_what_was(name, size):
    reduce = reductions.reducing_matrix(size, 3, name).astype(float)
    undo = reductions.undoing_matrix(size, 3, name).astype(float)
    np.testing.assert_allclose(reduce @ undo, np.eye(size // 3), atol=1e-6)
    np.testing.assert_allclose((undo @ reduce).T, undo @ reduce, atol=1e-6)


@pytest.mark.parametrize("name", reductions.ZERO_FILLED)
def test_of_a_zero_filled_scan_what_was_measured_is_undone(name):
    reduce = reductions.reducing_matrix(150, 3, name).astype(float)
    undo = reductions.undoing_matrix(150, 3, name).astype(float)
    assert np.linalg.matrix_rank(reduce, tol=1e-4) == round(50 * reductions.ZERO_FILLED[name])
    np.testing.assert_allclose(reduce @ undo @ reduce, reduce, atol=1e-6)
    assert np.abs(undo).max() < 3  # no division by what is a rounding error


@pytest.mark.parametrize("name", reductions.REDUCTIONS)
@pytest.mark.parametrize("size", [150, 141])
def test_brightness_stays_and_a_dot_stays_where_it_is(name, size):
    """The centroid of the reduced dot is the dot's place, counted in LR pixels."""
    reduce = reductions.reducing_matrix(size, 3, name).astype(float)
    np.testing.assert_allclose(reduce.sum(axis=1), 1, atol=1e-6)
    middle = size // 2
    dot = np.exp(-0.5 * ((np.arange(size) - middle) / 6.0) ** 2)
    low = reduce @ dot
    centroid = (low * (np.arange(size // 3) + 0.5)).sum() / low.sum()
    assert 3 * centroid == pytest.approx(middle + 0.5, abs=0.01)


@pytest.mark.parametrize("name", reductions.INTERPOLATIONS)
def test_enlarging_keeps_the_place_too(name):
    enlarge = reductions.enlarging_matrix(51, 3, name).astype(float)
    dot = np.exp(-0.5 * ((np.arange(51) - 25) / 2.0) ** 2)
    high = enlarge @ dot
    centroid = (high * (np.arange(153) + 0.5)).sum() / high.sum()
    assert centroid / 3 == pytest.approx(25.5, abs=0.01)


def test_a_detector_loses_more_than_its_pixels_alone():
    wave = np.cos(2 * np.pi * 0.3 * (np.arange(150) + 0.5) / 3)
    through = [
        (reductions.reducing_matrix(150, 3, name) @ wave)[10:-10].std()
        for name in ("average", "detector")
    ]
    blur = np.exp(-2 * (np.pi * 0.3 * reductions.SPOT) ** 2)  # of that wave, by theory
    assert through[1] / through[0] == pytest.approx(blur, rel=0.02)


def test_unknown_names_are_answered_with_those_there_are():
    with pytest.raises(ValueError, match="no reduction 'nearest': choose one of bicubic, lanczos"):
        reductions.reducing_matrix(48, 3, "nearest")
    with pytest.raises(ValueError, match="no interpolation 'nearest': choose one of bicubic, lan"):
        reductions.enlarging_matrix(16, 3, "nearest")
