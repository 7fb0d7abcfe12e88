"""PSNR and SSIM against scikit-image."""

import numpy as np
import pytest
from skimage import metrics as skimage_metrics

from medsr_nb.scoring import metrics


@pytest.fixture
def pair():
    rng = np.random.default_rng(0)
    smooth = np.cumsum(rng.normal(0, 4, (3, 40, 52, 1)), axis=2) + 120
    hr = smooth.clip(0, 255).astype("uint8")
    sr = (smooth + rng.normal(0, 6, smooth.shape)).clip(0, 255).astype("uint8")
    return hr, sr


def test_psnr_equals_scikit_image(pair):
    hr, sr = pair
    expected = [skimage_metrics.peak_signal_noise_ratio(a, b) for a, b in zip(hr, sr, strict=True)]
    np.testing.assert_allclose(metrics.psnr(hr, sr), expected, rtol=1e-12)


def test_psnr_by_hand():
    hr = np.zeros((1, 11, 11, 1), "uint8")
    assert metrics.psnr(hr, hr + 1)[0] == pytest.approx(48.1308, abs=1e-4)  # 20 log10 255
    assert metrics.psnr(hr, hr)[0] == np.inf


def test_ssim_equals_scikit_image_with_the_authors_settings(pair):
    hr, sr = pair
    expected = [
        skimage_metrics.structural_similarity(
            a[..., 0],
            b[..., 0],
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
            data_range=255,
        )
        for a, b in zip(hr, sr, strict=True)
    ]
    np.testing.assert_allclose(metrics.ssim(hr, sr), expected, atol=1e-9)


def test_ssim_of_two_constants_by_hand():
    """Only the luminance of the two differs: C1 / (10^2 + C1), with C1 = (0.01 * 255)^2."""
    hr = np.zeros((1, 11, 11, 1), "uint8")
    assert metrics.ssim(hr, hr + 10)[0] == pytest.approx(6.5025 / 106.5025, rel=1e-9)


def test_shapes_that_differ_or_are_too_small_are_refused():
    with pytest.raises(ValueError, match="enlarge by the factor"):
        metrics.psnr(np.zeros((1, 20, 20, 1)), np.zeros((1, 21, 20, 1)))
    with pytest.raises(ValueError, match="11 pixels"):
        metrics.ssim(np.zeros((1, 10, 20, 1)), np.zeros((1, 10, 20, 1)))


def test_brightness_is_the_mean_grey_level():
    assert metrics.mean_brightness(np.full((2, 4, 4, 1), 7, "uint8")).tolist() == [7.0, 7.0]
