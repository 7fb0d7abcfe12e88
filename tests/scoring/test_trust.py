"""What is determined and what is guessed add up; calibrated errors come true."""

import numpy as np
import pytest
from shared import images

from medsr_nb import degradation, scoring
from medsr_nb.scoring import trust


@pytest.fixture
def pictures():
    """(HR, SR) uint8 (40, 48, 48, 1), whose guesses are the wronger the further left."""
    draw = np.random.default_rng(0)
    hr = np.rint(trust.determined(draw.integers(60, 190, (40, 48, 48, 1)), 3)).astype("uint8")
    sr = hr.astype(float)
    rest = trust.guessed(draw.normal(0, 40, hr.shape), 3)
    rest *= np.linspace(1.0, 0.2, 48)[:, None]
    return hr, np.clip(np.rint(sr + rest), 0, 255).astype("uint8")


def of_one_cell(monkeypatch):
    monkeypatch.setattr(trust, "signs", lambda sr, factor, lr: 3 * (0.0 * sr,))


def test_the_two_parts_add_up_and_the_reduction_sees_only_one(pictures):
    _, sr = pictures
    known, rest = trust.determined(sr, 3), trust.guessed(sr, 3)
    np.testing.assert_allclose(known + rest, sr, atol=1e-9)
    reduce = degradation.resize_matrix(48, 16).astype(np.float64)
    np.testing.assert_allclose(reduce @ rest[..., 0] @ reduce.T, 0.0, atol=1e-3)
    assert np.abs(rest).max() > 10


def test_of_a_consistent_image_the_input_alone_determines_one_part():
    draw = np.random.default_rng(1)
    lr = draw.uniform(-1, 1, (2, 16, 16, 1)).astype("float32")
    results = [
        np.asarray(degradation.consistent(draw.uniform(-1, 1, (2, 48, 48, 1)), lr, 3))
        for _ in range(2)
    ]
    one, other = (trust.determined(127.5 * (result + 1), 3) for result in results)
    np.testing.assert_allclose(one, other, atol=1e-2)
    # and it is what the pseudo-inverse makes of the input
    expected = trust.determined(127.5 * (np.asarray(degradation.undone(lr + 1, 3))), 3)
    np.testing.assert_allclose(one, expected, atol=1e-2)


def test_the_local_strength_of_a_constant_and_of_a_checkerboard():
    flat = np.full((1, 20, 20, 1), 3.0)
    np.testing.assert_allclose(trust.guess_strength(flat), 3.0)
    np.testing.assert_allclose(trust.liveliness(flat), 0.0, atol=1e-6)
    board = 5.0 * (np.indices((20, 20)).sum(axis=0) % 2 * 2 - 1)[None, ..., None]
    np.testing.assert_allclose(trust.guess_strength(board), 5.0)
    np.testing.assert_allclose(trust.liveliness(board + 100), 5.0, rtol=0.02)


def test_expected_errors_come_true_and_are_large_where_guesses_are(pictures):
    hr, sr = pictures
    calibration = trust.calibrated(hr[:30], sr[:30], 3)
    expected = calibration.expected(sr[30:])
    assert expected[:, :, :12].mean() > 2 * expected[:, :, 36:].mean()
    said, came = trust.reliability(expected, hr[30:], sr[30:], bins=4)
    np.testing.assert_allclose(said, came, rtol=0.1)
    assert came[-1] > 2 * came[0]


def test_a_wrong_calibration_is_found_out(pictures):
    hr, sr = pictures
    said, came = trust.reliability(np.full(hr.shape, 5.0), hr, sr, bins=2)
    np.testing.assert_allclose(said, 5.0)
    assert abs(came[0] - came[1]) < 0.3 * came.mean() and np.abs(came - 5.0).min() > 1.0


def test_results_of_another_factor_are_refused():
    with pytest.raises(ValueError, match="50x48 were not enlarged by 3"):
        trust.determined(np.zeros((1, 50, 48, 1)), 3)


def test_the_report_calibrates_on_validation_images_alone():
    whole = images(6)
    validation, test = whole.take(np.arange(4)), whole.take([4, 5])
    bicubic = scoring.bicubic(3)
    sr = bicubic(scoring.low_resolution(validation, 3))
    expected = trust.calibrated(validation.pixels, sr, 3)
    new = bicubic(scoring.low_resolution(test, 3))
    pair = trust.reliability(expected.expected(new), test.pixels, new)
    found = trust.trust_report(bicubic, validation, test, 3)["image"]
    np.testing.assert_allclose((found["expected"], found["actual"]), pair, atol=0.006)
    assert trust.trust_report(bicubic, test, validation, 3)["image"] != found


def test_nine_of_ten_originals_lie_in_their_range_in_every_tenth():
    draw = np.random.default_rng(3)
    hr = draw.uniform(60, 190, (60, 48, 48, 1))
    spread = 1.0 + 8.0 * np.linspace(0, 1, 48)[:, None]
    sr = hr + trust.guessed(draw.normal(size=hr.shape) * spread, 3)
    counted = trust.calibrated(hr[:40], sr[:40], 3)
    cover, tenths = trust.covered(counted.range(sr[40:]), hr[40:], sr[40:])
    assert 0.88 < cover < 0.92
    assert 0.85 < tenths.min() and tenths.max() < 0.95
    too_sure = trust.covered(0.6 * counted.range(sr[40:]), hr[40:], sr[40:])
    assert too_sure[0] < 0.8


def test_the_range_is_the_distance_that_nine_of_ten_keep(monkeypatch):
    of_one_cell(monkeypatch)
    hr = np.full((20, 12, 12, 1), 100.0)
    sr = hr + np.linspace(0.0, 1.9, 20)[:, None, None, None]  # 0.0, 0.1, ... : a step an image
    assert trust.calibrated(hr, sr, 3).reach.max() == pytest.approx(1.7, abs=1 / 32)


def test_the_range_is_never_narrower_than_the_errors_that_it_holds(monkeypatch):
    of_one_cell(monkeypatch)
    hr = np.zeros((1, 12, 12, 1))
    for error in (0.04, 1.01, 255.0):  # none of them whole steps, but the last
        counted = trust.calibrated(hr, hr + error, 3)
        assert error <= counted.reach.max() <= error + 1 / trust.FINENESS
        assert counted.rms.max() == pytest.approx(error)


def test_a_cell_without_pixels_has_the_values_of_all(monkeypatch):
    of_one_cell(monkeypatch)
    hr = np.random.default_rng(4).uniform(0, 9, (1, 12, 12, 1))
    counted = trust.calibrated(hr, 0.0 * hr, 3)
    for table in (counted.rms, counted.reach):
        assert table.shape == (1, 12, 12) and (table == table[0, -1, -1]).all()
        assert table[0, 0, 0] > 0


def test_cells_lie_by_the_guess_and_by_the_liveliness_of_what_is_known(pictures):
    hr, sr = pictures
    _, guess, lively = trust.signs(sr, 3)
    known = trust.determined(sr, 3)
    np.testing.assert_array_equal(guess, trust.guess_strength(sr - known))
    np.testing.assert_array_equal(lively, trust.liveliness(known))
    counted = trust.calibrated(hr, sr, 3)
    classes, rows, columns = counted.cells(sr)
    assert (classes == 0).all()
    for cells in (rows, columns):
        assert (np.abs(np.bincount(cells.ravel()) / cells.size - 1 / 12) < 0.01).all()


@pytest.fixture
def blind():
    """(HR, LR, SR) of a method that takes noise off LR and errs by as much as there was.

    How noisy they are neither the guess nor the liveliness shows.
    """
    draw = np.random.default_rng(5)
    sr = np.repeat(draw.uniform(60, 190, (1, 48, 48, 1)), 60, axis=0)
    noise = np.tile([1.0, 8.0], 30)[:, None, None, None]
    hr = sr + noise * draw.normal(size=sr.shape)
    return hr, trust.reduced(sr, 3) + noise * draw.normal(size=(60, 16, 16, 1)), sr


def test_what_was_taken_off_the_input_is_seen_around_its_pixels():
    sr = np.random.default_rng(6).uniform(60, 190, (1, 36, 36, 1))
    lr = trust.reduced(sr, 3)
    np.testing.assert_allclose(trust.removed(lr, sr, 3), 0.0, atol=1e-9)
    lr[0, 6, 6] += 5.0
    lost = trust.removed(lr, sr, 3)[0, ..., 0]
    assert (lost[18:21, 18:21] == lost.max()).all() and 0.5 < lost.max() < 5.0
    assert (lost[:3] == 0).all()


def test_ranges_are_wider_where_more_was_taken_off_the_input(blind):
    hr, lr, sr = blind
    counted = trust.calibrated(hr[:40], sr[:40], 3, lr[:40])
    assert counted.reach.shape == counted.rms.shape == (6, 12, 12)
    new = sr[40:], lr[40:]
    reach, rms = counted.range(*new), counted.expected(*new)
    for quiet, noisy in ((reach[::2], reach[1::2]), (rms[::2], rms[1::2])):
        assert noisy.mean() > 4 * quiet.mean()
    for kind in (slice(40, None, 2), slice(41, None, 2)):
        cover, _ = trust.covered(counted.range(sr[kind], lr[kind]), hr[kind], sr[kind])
        assert 0.88 < cover < 0.92
    blindly = trust.calibrated(hr[:40], sr[:40], 3)
    cover, _ = trust.covered(blindly.range(sr[41::2], lr[41::2]), hr[41::2], sr[41::2])
    assert cover < 0.85


def test_the_window_is_that_of_ssim():
    """A Gaussian of 1.5 pixels: of a lone pixel what is left is its weight."""
    lone = np.zeros((1, 25, 25, 1))
    lone[0, 12, 12] = 1.0
    line = np.exp(-0.5 * (np.arange(-5, 6) / 1.5) ** 2)
    found = trust.guess_strength(lone)[0, 7:18, 7:18, 0] ** 2
    np.testing.assert_allclose(found, np.outer(line, line) / line.sum() ** 2, atol=1e-6)
    assert (trust.guess_strength(lone)[0, 0] == 0).all()


def test_tenths_go_from_narrow_to_wide_ranges_and_narrow_is_half_a_level():
    reach = np.array([5.0, 0.4, 1.0, 0.5]).reshape(1, 1, 4, 1)
    hr, sr = np.zeros((1, 1, 4, 1)), np.array([4.0, 9.0, 2.0, 3.0]).reshape(1, 1, 4, 1)
    cover, thirds = trust.covered(reach, hr, sr, bins=3)
    assert cover == pytest.approx(1 / 3) and thirds.tolist() == [0.0, 0.0, 1.0]


def test_black_background_does_not_count_as_covered():
    hr = np.zeros((1, 12, 12, 1))
    hr[:, 6:] = 100.0
    reach = np.where(hr > 0, 5.0, 0.0)
    sr = np.where(hr > 0, hr + 10.0, hr)
    sr[:, 6:9] -= 8.0
    cover, halves = trust.covered(reach, hr, sr, bins=2)
    assert cover == 0.5 and len(halves) == 2
