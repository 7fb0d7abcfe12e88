"""Noise as theory has it, and a training's draws: each image its own, and repeatable."""

import io

import keras
import numpy as np
import pytest
from keras import ops
from PIL import Image

from medsr_nb import degradation
from medsr_nb.degradation import REDUCTIONS, ZERO_FILLED, reducing_matrix, scanners

FLAT = np.full((16, 60, 60), 100.0, "float32")


def normals(seed, shape=FLAT.shape):
    return np.random.default_rng(seed).standard_normal(shape, "float32")


def test_gaussian_noise_has_its_strength():
    noise = np.asarray(scanners.gaussian(FLAT, 5.0, normals(0))) - FLAT
    assert noise.mean() == pytest.approx(0.0, abs=0.1)
    assert noise.std() == pytest.approx(5.0, rel=0.02)


def test_rician_noise_brightens_black_and_is_gaussian_where_it_is_bright():
    black = np.asarray(scanners.rician(0 * FLAT, 4.0, normals(0), normals(1)))
    assert black.min() >= 0.0
    assert black.mean() == pytest.approx(4.0 * np.sqrt(np.pi / 2), rel=0.01)  # Rayleigh's mean
    assert black.std() == pytest.approx(4.0 * np.sqrt(2 - np.pi / 2), rel=0.02)
    bright = np.asarray(scanners.rician(FLAT, 4.0, normals(0), normals(1)))
    assert bright.mean() == pytest.approx(100 + 4.0**2 / 200, abs=0.1)
    assert bright.std() == pytest.approx(4.0, rel=0.02)


@pytest.mark.parametrize("level", [0.5, 20.0, 200.0])
def test_the_variance_of_counted_photons_grows_with_the_level(level):
    levels = np.full_like(FLAT, level)
    noise = np.asarray(scanners.counted(levels, 4.0, normals(0))) - levels
    assert noise.mean() == pytest.approx(0.0, abs=0.02 * np.sqrt(level))
    assert noise.var() == pytest.approx(level / 4, rel=0.05)


def test_no_photons_come_from_below_black():
    assert np.all(np.asarray(scanners.counted(-FLAT, 4.0, normals(0))) == 0)


def test_the_noise_of_a_zero_filled_scan_has_no_more_frequencies_than_the_scan():
    passed = scanners.passed_matrix(50, "zero-filled 0.6")
    spectrum = np.abs(np.fft.rfft(passed @ normals(0, (50, 400)), axis=0))
    assert spectrum[16:].max() < 1e-3 * spectrum[:15].max()
    np.testing.assert_allclose(scanners.passed_matrix(50, "k-space"), np.eye(50), atol=1e-6)


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_without_noise_a_scanner_reduces_and_rounds(reduction):
    pixels = np.random.default_rng(0).integers(256, size=(2, 48, 30, 1), dtype="uint8")
    found = scanners.Scanner(reduction).taken(pixels, 3)
    rows, columns = (reducing_matrix(side, 3, reduction).astype(float) for side in (48, 30))
    expected = np.clip(np.rint(rows @ pixels[..., 0] @ columns.T), 0, 255)
    assert found.dtype == "uint8" and np.abs(found[..., 0] - expected).max() <= 1
    assert (found[..., 0] == expected).mean() > 0.99  # but for halves, in float32


@pytest.mark.parametrize(
    ("noise", "strength", "deviation"),
    [("gaussian", 5.0, 5.0), ("rician", 4.0, 4.0), ("counted", 4.0, 5.0)],
)
def test_a_scanner_adds_the_noise_that_is_asked(noise, strength, deviation):
    pixels = np.full((4, 90, 90, 1), 100, "uint8")
    scanner = scanners.Scanner("average", noise, strength)
    found = scanner.taken(pixels, 3)
    assert found.astype(float).std() == pytest.approx(deviation, rel=0.1)
    np.testing.assert_array_equal(found, scanner.taken(pixels, 3))
    assert (found != scanner.taken(pixels, 3, seed=1)).any()


def test_the_noise_at_a_level_is_that_which_a_scanner_adds():
    assert scanners.Scanner("average", "counted", 4.0).noise_at(100.0) == 5.0
    assert scanners.Scanner("average", "rician", 4.0).noise_at(100.0) == 4.0
    assert scanners.Scanner("average").noise_at(100.0) == 0.0


@pytest.mark.parametrize(
    ("noise", "strength"), [("gaussian", 8.0), ("rician", 8.0), ("counted", 2.0)]
)
@pytest.mark.parametrize("reduction", ["k-space", *ZERO_FILLED])
def test_the_noise_at_a_level_is_that_which_is_measured(reduction, noise, strength):
    scanner = scanners.Scanner(reduction, noise, strength)
    found = scanner.taken(np.full((4, 300, 300, 1), 100, "uint8"), 3).astype(float)
    assert scanner.noise_at(100.0) == pytest.approx(found.std(), rel=0.03)


def test_a_zero_filled_scan_keeps_the_noise_of_what_it_measured():
    pixels = np.full((4, 90, 90, 1), 100, "uint8")
    found = scanners.Scanner("zero-filled 0.6", "gaussian", 8.0).taken(pixels, 3)
    assert found.astype(float).std() == pytest.approx(0.6 * 8.0, rel=0.1)


def test_a_scanner_may_keep_its_image_as_jpeg():
    pixels = np.random.default_rng(6).integers(0, 255, (2, 60, 45, 1), dtype="uint8")
    whole, kept = (scanners.Scanner("bicubic", quality=one).taken(pixels, 3) for one in (None, 75))
    file = io.BytesIO()
    Image.fromarray(whole[1, ..., 0]).save(file, "JPEG", quality=75)
    np.testing.assert_array_equal(kept[1, ..., 0], Image.open(file))
    assert kept.shape == whole.shape and (kept != whole).mean() > 0.5


def test_wrong_scanners_are_refused_with_what_is_right():
    with pytest.raises(ValueError, match="quality is from 1 to 100, not 101"):
        scanners.Scanner("average", quality=101)
    with pytest.raises(ValueError, match="no noise 'salt': choose one of none, gaussian"):
        scanners.Scanner("average", "salt")
    with pytest.raises(ValueError, match="counted noise has .* more than 0 photons a level, not 0"):
        scanners.Scanner("bicubic", "counted")
    with pytest.raises(ValueError, match="rician noise has a strength of 0 or more, not -1"):
        scanners.Scanner("bicubic", "rician", -1.0)
    with pytest.raises(ValueError, match="no multiple of 3: crop"):
        scanners.Scanner("average").taken(np.zeros((1, 10, 12, 1), "uint8"), 3)


def one_image(count, side=48):
    picture = np.random.default_rng(5).uniform(-0.5, 0.5, (1, side, side, 1))
    return np.repeat(picture, count, 0).astype("float32")


def test_a_training_sees_whole_levels_and_every_image_on_its_own():
    lr = np.asarray(scanners.ScannerReductions(3)(one_image(64)))
    assert lr.shape == (64, 16, 16, 1)
    levels = (lr + 1) * 127.5
    np.testing.assert_allclose(levels, np.rint(levels), atol=1e-4)
    assert len(np.unique(lr.reshape(64, -1), axis=0)) > 40


def test_draws_go_on_from_a_stored_state():
    first, second = scanners.ScannerReductions(3, seed=1), scanners.ScannerReductions(3, seed=2)
    before = np.asarray(first(one_image(4)))
    assert (before != np.asarray(second(one_image(4)))).any()
    for here, there in zip(second.variables, first.variables, strict=True):
        here.assign(there)
    after = np.asarray(first(one_image(4)))
    assert (before != after).any()
    np.testing.assert_array_equal(after, second(one_image(4)))
    np.testing.assert_array_equal(scanners.ScannerReductions(3, seed=1)(one_image(4)), before)


def test_each_image_is_reduced_by_the_reduction_that_was_drawn_for_it():
    layer = scanners.ScannerReductions(3)
    hr = one_image(1)
    levels = (hr[..., 0] + 1) * 127.5
    for number, name in enumerate(scanners.SHARES):
        found = layer.reduced(levels, ops.convert_to_tensor([number]))
        expected = (np.asarray(degradation.reduced_exactly(hr, 3, name))[..., 0] + 1) * 127.5
        np.testing.assert_allclose(found, expected, atol=1e-3)


def drawn(hr, monkeypatch, *noises):
    """What the layer makes of images in grey levels, without JPEG, with these shares of noise."""
    monkeypatch.setattr(scanners, "JPEG_SHARE", 0.0)
    if noises:
        monkeypatch.setattr(scanners, "NOISE_SHARES", noises)
    return 127.5 * (np.asarray(scanners.ScannerReductions(3)(hr)) + 1.0)


def test_each_reduction_comes_up_as_often_as_it_should(monkeypatch):
    hr = one_image(1000, 30)
    lr = drawn(hr, monkeypatch, 1.0, 0.0, 0.0, 0.0)
    kinds = {
        name: 127.5 * (np.asarray(degradation.reduced(hr[:1], 3, name)) + 1.0)
        for name in scanners.SHARES
    }
    nearest = np.argmin([np.abs(lr - one).max(axis=(1, 2, 3)) for one in kinds.values()], axis=0)
    found = dict(zip(kinds, np.bincount(nearest, minlength=len(kinds)) / len(hr), strict=True))
    wanted = {"bicubic": 0.2, "lanczos": 0.15, "average": 0.2, "detector": 0.1, "k-space": 0.25}
    for name, share in found.items():
        assert share == pytest.approx(wanted.get(name, 0.025), abs=0.04), name
    assert all(share > 0 for share in found.values())


def test_each_noise_comes_up_as_often_as_it_should(monkeypatch):
    """On black counted photons make none, Rician noise leaves no black, Gaussian noise half."""
    lr = drawn(np.full((1000, 30, 30, 1), -1.0, "float32"), monkeypatch)
    black = (lr < 0.5).mean(axis=(1, 2, 3))
    alike = lr.std(axis=(1, 2, 3)) < 1e-3
    assert alike.mean() == pytest.approx(0.4 + 0.2, abs=0.06)  # and what is too weak for 8 bit
    assert (~alike & (black > 0.4)).mean() == pytest.approx(0.2, abs=0.05)
    assert (~alike & (black < 0.4)).mean() == pytest.approx(0.2, abs=0.05)


@pytest.mark.parametrize("place", [1, 2, 3])
def test_noise_is_as_strong_as_it_should_be(place, monkeypatch):
    """Up to 8 levels, evenly; counted photons from 2 to 20 a level, evenly by their logarithm."""
    monkeypatch.setattr(scanners, "SHARES", {"average": 1.0})
    shares = [float(number == place) for number in range(4)]
    lr = drawn(np.full((400, 60, 60, 1), 100 / 127.5 - 1, "float32"), monkeypatch, *shares)
    spread = lr.std(axis=(1, 2, 3))
    if place == 3:
        counts = np.log(100 / (spread**2 - 1 / 12))  # less what rounding to 8 bit adds
        assert counts.mean() == pytest.approx(np.log(40) / 2, abs=0.15)
        assert counts.min() > np.log(2) - 0.25 and counts.max() < np.log(20) + 0.25
    else:
        assert spread.mean() == pytest.approx(4.0, abs=0.3)
        assert 7.0 < spread.max() < 9.0


def test_the_share_without_noise_is_left_alone():
    """In 400 draws: how many of a flat image come out flat. Its JPEG is flat as well."""
    flat = np.full((400, 24, 24, 1), 100 / 127.5 - 1, "float32")
    lr = np.asarray(scanners.ScannerReductions(3)(flat))
    assert (lr.std(axis=(1, 2, 3)) < 1e-6).mean() == pytest.approx(0.4, abs=0.08)


def test_jpeg_changes_the_share_that_it_should(monkeypatch):
    monkeypatch.setattr(scanners, "NOISE_SHARES", (1.0, 0.0, 0.0, 0.0))
    monkeypatch.setattr(scanners, "SHARES", {"average": 1.0})
    hr = one_image(400, 30)
    lr = np.asarray(scanners.ScannerReductions(3)(hr))
    changed = np.abs(lr - degradation.reduced(hr[:1], 3, "average")).max(axis=(1, 2, 3)) > 1e-3
    assert changed.mean() == pytest.approx(scanners.JPEG_SHARE, abs=0.04)


def test_it_compiles_to_the_same_images():
    layer, compiled = scanners.ScannerReductions(3), scanners.ScannerReductions(3)
    model = keras.Sequential([keras.Input((48, 48, 1)), compiled])
    hr = one_image(4)
    np.testing.assert_allclose(model.predict(hr, verbose=0), layer(hr), atol=1.01 / 127.5)


def test_images_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="crop it to a square whose side is a multiple of 3"):
        scanners.ScannerReductions(3)(np.zeros((1, 48, 45, 1), "float32"))
