"""VIF and consistency against libraries, their equations and hand values."""

import numpy as np
import pytest
import sewar
from numpy.lib.stride_tricks import sliding_window_view
from PIL import Image
from scipy.ndimage import gaussian_filter

from medsr_nb import degradation
from medsr_nb.scoring import fidelity


def drawn(count, height, width, seed=0):
    """Float (N, H, W, 1): random fields with more power at low frequencies, as scans have."""
    noise = np.fft.rfft2(np.random.default_rng(seed).normal(0, 1, (count, height, width)))
    distance = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width))
    fields = np.fft.irfft2(noise / (0.02 + distance) ** 1.5, s=(height, width))
    return 128 + 30 * (fields / fields.std())[..., None]


def pixels(values):
    return np.rint(values).clip(0, 255).astype("uint8")


def noisy(images, sigma, seed=1):
    noise = np.random.default_rng(seed).normal(0, sigma, images.shape)
    return pixels(images + noise)


def blurred(images):
    """A window of 11 pixels and sigma 1.5, the edge repeated."""
    return pixels(gaussian_filter(images.astype(float), 1.5, axes=(1, 2), mode="nearest"))


@pytest.fixture
def pair():
    hr = pixels(drawn(3, 75, 90))
    hr[0, :30] = 0  # black background, as around every head
    sr = noisy(blurred(hr), 4)
    sr[0, :30] = 0
    return hr, sr


def test_vif_equals_sewar(pair):
    expected = [sewar.vifp(a[..., 0], b[..., 0]) for a, b in zip(*pair, strict=True)]
    np.testing.assert_allclose(fidelity.vif(*pair), expected, rtol=1e-7)


def test_vif_equals_the_equations_window_by_window():
    """I(C;F) / I(C;E) with moments about the mean of every window, one scale after another."""
    hr = pixels(drawn(1, 45, 48))
    sr = noisy(blurred(hr), 5)
    x, y = (images[0, ..., 0].astype(float) for images in (hr, sr))
    shared = carried = 0.0
    for scale, length in enumerate((17, 9, 5, 3)):
        offset = np.arange(length) - length // 2
        taps = np.exp(-(offset[:, None] ** 2 + offset**2) / (2 * (length / 5) ** 2))
        taps /= taps.sum()
        if scale:
            x, y = (
                (sliding_window_view(one, taps.shape) * taps).sum(axis=(2, 3))[::2, ::2]
                for one in (x, y)
            )
        around_x, around_y = (
            windows - (windows * taps).sum(axis=(2, 3), keepdims=True)
            for windows in (sliding_window_view(one, taps.shape) for one in (x, y))
        )
        variance = (around_x**2 * taps).sum(axis=(2, 3))
        gain = np.maximum((around_x * around_y * taps).sum(axis=(2, 3)) / variance, 0)
        rest = ((around_y - gain[..., None, None] * around_x) ** 2 * taps).sum(axis=(2, 3))
        shared += 0.5 * np.log2(1 + gain**2 * variance / (rest + 2)).sum()
        carried += 0.5 * np.log2(1 + variance / 2).sum()
    assert fidelity.vif(hr, sr)[0] == pytest.approx(shared / carried, rel=1e-8)


def test_vif_is_one_for_equal_images_and_more_for_more_contrast():
    hr = pixels(drawn(2, 60, 60))
    np.testing.assert_allclose(fidelity.vif(hr, hr), 1.0, rtol=1e-9)
    assert (fidelity.vif(hr, pixels(128 + 1.2 * (hr.astype(float) - 128))) > 1.02).all()


def test_vif_falls_with_blur_and_with_noise():
    hr = pixels(drawn(2, 60, 60))
    once = blurred(hr)
    by_blur = [fidelity.vif(hr, sr) for sr in (hr, once, blurred(once))]
    by_noise = [fidelity.vif(hr, noisy(hr, sigma)) for sigma in (0, 3, 10, 30)]
    assert (np.diff(by_blur, axis=0) < -0.05).all()
    assert (np.diff(by_noise, axis=0) < -0.05).all()


def test_vif_of_nothing_in_common_and_of_no_information():
    hr = pixels(drawn(1, 60, 60))
    grey = np.full_like(hr, 90)
    assert fidelity.vif(hr, grey)[0] == pytest.approx(0.0, abs=1e-9)
    assert fidelity.vif(hr, 255 - hr)[0] < 0.01  # inverted detail tells nothing
    assert np.isnan(fidelity.vif(grey, hr)[0])


def test_41_pixels_are_enough_for_vif_and_40_are_not():
    hr = pixels(drawn(1, 41, 41))
    assert fidelity.vif(hr, hr)[0] == pytest.approx(1.0)
    with pytest.raises(ValueError, match="41 pixels"):
        fidelity.vif(hr[:, 1:], hr[:, 1:])


def test_consistency_of_one_grey_level_by_hand():
    lr = np.array([100, 100], "uint8").reshape(2, 1, 1, 1) * np.ones((1, 5, 5, 1), "uint8")
    sr = np.array([100, 103], "uint8").reshape(2, 1, 1, 1) * np.ones((1, 15, 15, 1), "uint8")
    np.testing.assert_allclose(fidelity.consistency_error(lr, sr, 3), [0.0, 3.0], atol=1e-5)


def test_consistency_equals_pillow_in_floating_point():
    sr = pixels(drawn(2, 30, 42))
    lr = pixels(drawn(2, 10, 14, seed=5))
    again = [
        np.asarray(Image.fromarray(one[..., 0].astype("float32")).resize((14, 10), Image.BICUBIC))
        for one in sr
    ]
    expected = np.sqrt(np.mean((np.array(again) - lr[..., 0]) ** 2, axis=(1, 2)))
    np.testing.assert_allclose(fidelity.consistency_error(lr, sr, 3), expected, rtol=1e-4)


def test_what_rounding_alone_costs():
    """LR is rounded: 1/sqrt(12). SR is rounded: that, times what a reduction passes on."""
    hr = pixels(drawn(4, 150, 150))
    lr = degradation.to_pixels(degradation.reduced(degradation.to_float(hr), 3))
    enlarged = degradation.enlarged(degradation.to_float(lr), 3)
    agreeing = degradation.consistent(enlarged, degradation.to_float(lr), 3)
    sr = degradation.to_pixels(agreeing)
    matrix = degradation.resize_matrix(150, 50)
    passed_on = np.mean(np.sum(matrix**2, axis=1)) / np.sqrt(12)
    inside = ((sr > 0) & (sr < 255)).all(axis=(1, 2, 3))  # nothing was clipped
    assert inside.any()
    np.testing.assert_allclose(fidelity.consistency_error(lr, hr, 3), 12**-0.5, rtol=0.03)
    floor = fidelity.consistency_error(lr, sr, 3)
    np.testing.assert_allclose(floor[inside], passed_on, rtol=0.05)
    assert passed_on == pytest.approx(0.08, abs=0.005)
    bicubic = degradation.to_pixels(enlarged)
    assert (fidelity.consistency_error(lr, bicubic, 3) > 5 * floor).all()


def test_sizes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="enlarge by the factor"):
        fidelity.vif(np.zeros((1, 50, 50, 1), "uint8"), np.zeros((1, 51, 50, 1), "uint8"))
    with pytest.raises(ValueError, match="enlarged by 3"):
        fidelity.consistency_error(np.zeros((1, 5, 5, 1)), np.zeros((1, 10, 10, 1)), 3)
