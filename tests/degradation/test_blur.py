"""Blur kernels against their formulas, scipy's Bessel function and scipy's convolution."""

import numpy as np
import pytest
from scipy import ndimage, special

from medsr_nb.degradation import blur

COLUMN, ROW = np.meshgrid(np.arange(-10, 11), np.arange(-10, 11))
DISTANCE = np.hypot(COLUMN, ROW)
MIDDLE = (10, 10)


def numbers(*values):
    return np.array(values, "float32")


def gaussian(sigma_1, sigma_2, angle, radius=10.0):
    """One Gaussian kernel (21, 21)."""
    form = blur.quadratic_form(numbers(sigma_1), numbers(sigma_2), numbers(angle))
    kernel = blur.normalised(blur.generalised(form, numbers(1.0)), numbers(radius))
    return np.asarray(kernel)[0]


def test_equal_sigmas_give_the_isotropic_gaussian_at_any_angle():
    expected = np.exp(-(DISTANCE**2) / (2 * 1.7**2))
    np.testing.assert_allclose(gaussian(1.7, 1.7, 0.8), expected / expected.sum(), atol=1e-7)


@pytest.mark.parametrize("angle", [0.0, 0.6, -2.0])
def test_an_anisotropic_gaussian_has_the_covariance_of_equation_3(angle):
    kernel = gaussian(2.0, 1.0, angle)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    expected = turn @ np.diag([4.0, 1.0]) @ turn.T
    offsets = np.stack([COLUMN, ROW])
    found = np.einsum("iyx,jyx,yx->ij", offsets, offsets, kernel)
    np.testing.assert_allclose(found, expected, atol=2e-3)


@pytest.mark.parametrize("beta", [0.5, 1.0, 3.0])
def test_generalised_and_plateau_are_their_formulas(beta):
    form = blur.quadratic_form(numbers(1.5), numbers(1.5), numbers(0.0))
    powers = (DISTANCE**2 / 1.5**2) ** beta
    found = np.asarray(blur.generalised(form, numbers(beta)))[0]
    np.testing.assert_allclose(found, np.exp(-powers / 2), atol=1e-5)
    found = np.asarray(blur.plateau(form, numbers(beta)))[0]
    np.testing.assert_allclose(found, 1 / (1 + powers), rtol=1e-4)


def test_the_smallest_sigma_and_the_largest_beta_stay_finite():
    form = blur.quadratic_form(numbers(0.2), numbers(0.2), numbers(0.0))
    for kernel in (blur.generalised(form, numbers(4.0)), blur.plateau(form, numbers(2.0))):
        kernel = np.asarray(kernel)[0]
        assert np.isfinite(kernel).all() and kernel[MIDDLE] == 1.0


@pytest.mark.parametrize("cutoff", [np.pi / 5, np.pi / 3, np.pi])
def test_the_sinc_filter_is_the_bessel_formula(cutoff):
    found = np.asarray(blur.low_pass(numbers(cutoff)))[0] * cutoff**2 / (2 * np.pi)
    assert found[MIDDLE] == pytest.approx(cutoff**2 / (4 * np.pi), rel=1e-5)
    elsewhere = DISTANCE > 0
    radius = DISTANCE[elsewhere]
    expected = cutoff * special.j1(cutoff * radius) / (2 * np.pi * radius)
    np.testing.assert_allclose(found[elsewhere], expected, atol=1e-6)


def test_the_sinc_filter_keeps_low_and_cuts_high_frequencies():
    cutoff = np.pi / 2
    kernel = blur.normalised(blur.low_pass(numbers(cutoff)), numbers(10.0))
    response = np.asarray(blur.transfer(kernel, 64))[0, 0]  # along one axis
    frequency = np.abs(np.fft.fftfreq(64)) * 2 * np.pi
    assert np.abs(response[frequency < 0.5 * cutoff] - 1).max() < 0.1  # Gibbs's ripple
    assert response[16] == pytest.approx(0.5, abs=0.1)  # at the cutoff
    assert np.abs(response[frequency > 1.5 * cutoff]).max() < 0.1


def test_kernels_are_cut_to_their_size_and_sum_to_one():
    weights = np.asarray(blur.low_pass(numbers(1.0, 1.0, 2.0)))
    kernels = np.asarray(blur.normalised(weights, numbers(3, 10, 6)))
    np.testing.assert_allclose(kernels.sum(axis=(1, 2)), 1, atol=1e-5)
    for kernel, size in zip(kernels, (7, 21, 13), strict=True):
        border = (21 - size) // 2
        outside = np.pad(np.zeros((size, size)), border, constant_values=1).astype(bool)
        assert not kernel[outside].any() and np.count_nonzero(kernel) == size * size


def test_transfer_is_the_kernels_spectrum():
    kernel = gaussian(2.5, 0.7, 0.5)
    around = np.zeros((32, 32))
    around[:21, :21] = kernel
    expected = np.fft.fft2(np.roll(around, (-10, -10), (0, 1)))
    assert np.abs(expected.imag).max() < 1e-6
    np.testing.assert_allclose(
        np.asarray(blur.transfer(kernel[None], 32))[0], expected.real, atol=1e-5
    )


def test_blurring_is_scipys_convolution_with_mirrored_borders():
    rng = np.random.default_rng(0)
    images = rng.uniform(0, 255, (3, 24, 24)).astype("float32")
    sides = np.array([24, 17, 12], "int32")
    kernels = np.stack(
        [gaussian(3.0, 1.0, 0.4), gaussian(2.0, 2.0, 0.0, 4.0), gaussian(0.4, 3.0, 2.0)]
    )
    blurred = np.asarray(blur.blurred(images, sides, kernels))
    for image, side, kernel, ours in zip(images, sides, kernels, blurred, strict=True):
        expected = ndimage.convolve(image[:side, :side], kernel, mode="mirror")
        np.testing.assert_allclose(ours[:side, :side], expected, atol=2e-3)
