"""Spectra of signals whose spectrum is known: noise, filters, waves."""

import numpy as np
import pytest
from shared import images

from medsr_nb.scoring import spectrum

SIDE = 150
DISTANCE = np.hypot(np.fft.fftfreq(SIDE)[:, None], np.fft.fftfreq(SIDE))


def noise(sigma, seed, count=8):
    return np.random.default_rng(seed).normal(0, sigma, (count, SIDE, SIDE, 1))


def assert_mean_is(expected, spectra):
    """The mean of (N, bins) spectra is within four standard errors of what it must be."""
    error = spectra.std(axis=0) / np.sqrt(len(spectra) - 1)
    assert (np.abs(spectra.mean(axis=0) - expected) < 4 * error).all()


def filtered(images, response):
    """Images under a filter given by its response (SIDE, SIDE), around the edges."""
    planes = np.fft.ifft2(np.fft.fft2(images[..., 0]) * response).real
    return planes[..., None]


@pytest.fixture(scope="module")
def scans():
    """White noise under a filter that falls with frequency, as scans' spectra do."""
    return 120 + filtered(noise(60, 0), np.exp(-((DISTANCE / 0.2) ** 2)))


def test_a_pattern_is_found_where_it_is_and_by_how_much(scans):
    """A checkerboard of three pixels, of a tenth of a grey level, in an image of few others."""
    third = np.cos(2 * np.pi * np.arange(SIDE) / 3)
    grid = 0.2 * np.outer(third, third)[..., None]
    strength, place = spectrum.pattern(scans, scans + grid)
    assert place == pytest.approx((1 / 3, 1 / 3)) and strength > 20
    assert spectrum.pattern_at(scans, scans + grid, (0.332, 0.335)) == strength
    assert spectrum.pattern_at(scans, scans + grid, (0.25, 0.33)) == pytest.approx(1.0, abs=0.5)
    lines = 3.0 * np.broadcast_to(np.cos(np.pi * np.arange(SIDE) / 2), (SIDE, SIDE))[..., None]
    strength, place = spectrum.pattern(scans, scans + lines)
    assert place == pytest.approx((0.0, 0.25), abs=0.007) and strength > 20
    assert spectrum.pattern(scans, scans)[0] == 1.0
    stronger = 128 + 2 * (scans - 128)
    assert spectrum.pattern(scans, stronger)[0] == pytest.approx(1.0, abs=0.01)  # but for NO_POWER
    coarse = 30.0 * np.broadcast_to(np.cos(2 * np.pi * np.arange(SIDE) / 10), (SIDE, SIDE))
    assert spectrum.pattern(scans, scans + coarse[..., None])[1] != pytest.approx((0.0, 0.1))


def test_white_noise_has_its_variance_everywhere():
    power = spectrum.power(100 + noise(7, 1, count=40))
    assert power.shape == (40, 25)
    assert_mean_is(49, power[:, 1:])
    assert power[:, 1:].mean() == pytest.approx(49, rel=0.01)


def test_a_filter_shows_as_its_squared_response():
    """Spread by Hann's window over the neighbouring lines: 1/6, 2/3, 1/6 of the power."""
    response = np.exp(-((DISTANCE / 0.2) ** 2))
    expected = 3600 * response**2
    for axis in (0, 1):
        beside = np.roll(expected, 1, axis) + np.roll(expected, -1, axis)
        expected = 2 / 3 * expected + 1 / 6 * beside
    rings = [
        expected[(DISTANCE > centre - 0.01 - 1e-9) & (DISTANCE < centre + 0.01 - 1e-9)].mean()
        for centre in spectrum.frequencies()
    ]
    power = spectrum.power(filtered(noise(60, 7, count=40), response))
    assert_mean_is(rings[1:-1], power[:, 1:-1])


@pytest.mark.parametrize("axis", [1, 2])
def test_a_wave_lies_in_the_ring_of_its_frequency(axis):
    """46 periods in 150 pixels: 0.3067 cycles a pixel, in [0.30, 0.32); Hann's lobe as well."""
    wave = 120 + 9 * np.cos(2 * np.pi * 46 * np.arange(SIDE) / SIDE)
    image = np.broadcast_to(np.expand_dims(wave, axis=(0, 3 - axis, 3)), (1, SIDE, SIDE, 1))
    power = spectrum.power(image)[0]
    ring = (DISTANCE >= 0.30) & (DISTANCE < 0.32)
    # Parseval: the sum over all frequencies is the mean square times the number of pixels.
    assert power[15] * ring.sum() == pytest.approx(9**2 / 2 * SIDE**2, rel=1e-6)
    assert np.delete(power, 15).max() < 1e-9 * power[15]
    assert spectrum.frequencies()[15] == pytest.approx(0.31)


def test_brightness_has_no_power():
    assert spectrum.power(np.full((1, 40, 50, 1), 77, "uint8"), bins=5).max() < 1e-20


def test_an_equal_result_is_all_restored(scans):
    restored, invented = spectrum.restored_and_invented(scans, scans)
    power = spectrum.power(scans)
    np.testing.assert_allclose(restored, power, rtol=1e-9)
    assert (invented <= 1e-9 * power).all() and (invented >= 0).all()


def test_contrast_and_brightness_restore_less_and_invent_nothing(scans):
    restored, invented = spectrum.restored_and_invented(scans, 30 + 0.5 * scans)
    np.testing.assert_allclose(restored, spectrum.power(scans) / 4, rtol=1e-9)
    assert (invented <= 1e-9 * restored).all()


def test_added_noise_is_what_was_invented(scans):
    restored, invented = spectrum.restored_and_invented(scans, scans + noise(5, 2))
    np.testing.assert_allclose(invented.mean(axis=0)[2:], 25, rtol=0.08)
    assert invented.mean() == pytest.approx(25, rel=0.03)
    strong = spectrum.frequencies() < 0.3  # above, the original is as weak as the noise
    power = spectrum.power(scans).mean(axis=0)
    np.testing.assert_allclose(
        restored.mean(axis=0)[2:][strong[2:]], power[2:][strong[2:]], rtol=0.1
    )


def test_the_parts_sum_to_the_whole(scans):
    result = filtered(scans, DISTANCE < 0.3) + noise(4, 3)
    restored, invented = spectrum.restored_and_invented(scans, result, bins=10)
    np.testing.assert_allclose(restored + invented, spectrum.power(result, bins=10), rtol=1e-12)
    assert (restored >= 0).all() and (invented >= 0).all()


def test_a_blur_restores_part_and_invents_almost_nothing(scans):
    response = np.exp(-((DISTANCE / 0.15) ** 2))
    restored, invented = spectrum.restored_and_invented(scans, filtered(scans, response))
    gain = np.exp(-2 * (spectrum.frequencies() / 0.15) ** 2)
    low = spectrum.frequencies() < 0.25
    ratio = restored.mean(axis=0) / spectrum.power(scans).mean(axis=0)
    np.testing.assert_allclose(ratio[low], gain[low], rtol=0.08)
    assert (invented.mean(axis=0)[low] < 0.03 * restored.mean(axis=0)[low]).all()


def test_detail_that_is_foreign_or_inverted_is_invented(scans):
    foreign = noise(5, 4, count=100)
    restored, invented = spectrum.restored_and_invented(noise(9, 5, count=100), foreign)
    share = (restored / (restored + invented)).mean(axis=0)
    # The bias that the docstring states.
    assert share[0] == pytest.approx(0.05, abs=0.015) and share[3:].max() < 0.012
    restored, _ = spectrum.restored_and_invented(scans, 255 - scans)
    assert restored.max() == 0.0


def test_nothing_is_restored_of_a_constant_original():
    grey = np.full((1, SIDE, SIDE, 1), 90.1)
    restored, invented = spectrum.restored_and_invented(grey, noise(5, 6, count=1))
    assert restored.max() == 0.0 and invented.min() > 0.0


def test_the_upper_half_ratio_is_that_of_power(scans):
    assert spectrum.upper_half_ratio(scans, scans) == pytest.approx(1.0)
    assert spectrum.upper_half_ratio(scans, 50 + scans / 2) == pytest.approx(0.25)
    assert (spectrum.upper_half_ratio(scans, filtered(scans, DISTANCE < 0.2)) < 1e-3).all()
    assert spectrum.upper_half_ratio(scans, filtered(scans, DISTANCE > 0.2)) == pytest.approx(
        1.0, abs=1e-3
    )


def test_wrong_shapes_and_too_many_rings_are_refused():
    small = np.zeros((1, 28, 28, 1), "uint8")
    with pytest.raises(ValueError, match="at most 14 bins"):
        spectrum.power(small)
    assert spectrum.power(small, bins=14).shape == (1, 14)
    for split in (spectrum.restored_and_invented, spectrum.upper_half_ratio):
        with pytest.raises(ValueError, match="enlarge by the factor"):
            split(small, small[:, 1:])


def test_the_summary_is_the_mean_of_each_part():
    whole = images(3)
    low = np.abs(np.fft.fftfreq(48)) < 0.2
    blurred = filtered(whole.pixels, np.outer(low, low))
    found = spectrum.spectrum_summary(whole, {"blurred": blurred}, bins=5)["image"]
    restored, invented = spectrum.restored_and_invented(whole.pixels, blurred, bins=5)
    np.testing.assert_allclose(found["blurred"]["restored"], restored.mean(axis=0), rtol=1e-3)
    np.testing.assert_allclose(found["blurred"]["invented"], invented.mean(axis=0), rtol=1e-3)
    own = spectrum.power(whole.pixels, bins=5).mean(axis=0)
    np.testing.assert_allclose(found["original"]["restored"], own, rtol=1e-3)
    np.testing.assert_allclose(found["original"]["invented"], 0.0, atol=1e-6 * own.max())


def test_least_loss_by_hand():
    """One ring of coarse detail, restored; one of fine detail, where the result is the mean.

    The mean of what the original may have been has there a quarter of its power: 1 of 4, and leaves
    an error of 3. Doubled it has all of it, and an error of 4 - 2 * 2 * 1 + 4 * 1 = 4.
    """
    original = {"restored": [10.0, 4.0], "invented": [0.0, 0.0]}
    mean = {"restored": [10.0, 0.25], "invented": [0.0, 0.75]}
    assert spectrum.least_loss(original, mean, 1.0) == pytest.approx(10 * np.log10(4 / 3))
    # A share of 9 / 16 needs a gain of 1.5: 4 - 2 * 1.5 * 1 + 2.25 * 1 = 3.25.
    assert spectrum.least_loss(original, mean, 9 / 16) == pytest.approx(10 * np.log10(3.25 / 3))
    assert spectrum.least_loss(original, mean, 0.2) == 0.0  # it has more than that


def test_least_loss_counts_a_ring_by_its_frequencies():
    """The outer of two rings has three times as many; an error in the inner one stays."""
    original = {"restored": [10.0, 4.0], "invented": [0.0, 0.0]}
    mean = {"restored": [2.5, 0.25], "invented": [2.5, 0.75]}  # inner error: 10 - 2 * 5 + 5 = 5
    loss = spectrum.least_loss(original, mean, 1.0)
    assert loss == pytest.approx(10 * np.log10((5 + 3 * 4) / (5 + 3 * 3)))
