"""The losses of whole pictures: the right amount of fine detail, no stripes, and no grid."""

import numpy as np
import pytest

from medsr_nb import losses
from medsr_nb.losses import spectral
from medsr_nb.scoring.spectrum import _transform, power


@pytest.fixture(scope="module")
def noise():
    """White noise of 10 grey levels, around the middle grey: (3, 150, 150, 1) in [-1, 1]."""
    return np.random.default_rng(0).normal(0.0, 10 / 127.5, (3, 150, 150, 1)).astype("float32")


@pytest.mark.parametrize(("side", "bins"), [(150, 25), (48, 24)])
def test_power_of_rings_is_that_of_the_scores(noise, side, bins):
    pictures = noise[:, :side, :side]
    found = np.array(spectral.ring_power(pictures))
    assert found == pytest.approx(power(127.5 * pictures, bins=bins), rel=1e-4, abs=1e-3)


def test_spectral_loss_is_the_squared_logarithm_of_the_power(noise):
    exact = 2 * np.log(np.sqrt(2))  # the power is doubled; rounding is a thousandth of it
    assert float(losses.spectral_loss(noise, np.sqrt(2) * noise)) == pytest.approx(
        exact**2, rel=0.01
    )
    assert float(losses.spectral_loss(noise, noise / np.sqrt(2))) == pytest.approx(
        exact**2, rel=0.01
    )
    assert float(losses.spectral_loss(noise, noise)) == 0.0


def test_spectral_loss_asks_for_the_amount_of_fine_detail_and_for_nothing_else(noise):
    elsewhere = np.roll(noise, 40, axis=1)  # the window sees it, a little
    assert float(losses.spectral_loss(noise, elsewhere)) < 0.02
    rows = np.arange(150)[:, None, None]
    coarse = (0.3 * np.sin(2 * np.pi * 0.1 * rows)).astype("float32")
    assert float(losses.spectral_loss(noise, noise + coarse)) < 1e-4


def test_each_picture_must_have_its_own_amount(noise):
    strong = np.array([2.0, 0.5, 1.0], "float32").reshape(3, 1, 1, 1)
    assert float(losses.spectral_loss(noise, strong * noise)) == pytest.approx(
        2 / 3 * np.log(4) ** 2, rel=0.02
    )


@pytest.mark.parametrize("period", [2, 3, 6])
def test_tile_loss_is_the_height_of_a_grid(noise, period):
    rows, columns = np.indices((150, 150))
    grid = 0.02 * np.sqrt(2) * np.cos(2 * np.pi * (rows + columns) / period)
    if period == 2:
        grid /= np.sqrt(2)  # there it has its whole height everywhere
    sr = noise + grid[..., None].astype("float32")
    assert float(losses.tile_loss(noise, sr)) == pytest.approx(0.02, rel=1e-3)


def test_tile_loss_overlooks_a_shift_of_all_grey_and_detail_that_does_not_repeat(noise):
    assert float(losses.tile_loss(noise, noise + 0.1)) == pytest.approx(0.0, abs=1e-5)
    tiles = 3 * 25 * 25
    by_chance = float(losses.tile_loss(np.zeros_like(noise), noise))
    assert by_chance == pytest.approx(noise.std() / np.sqrt(tiles), rel=0.3)


def test_tile_loss_leaves_out_what_fills_no_tile(noise):
    cut = noise[:, :50, :50]
    sr = cut.copy()
    sr[:, 48:] += 1.0
    assert float(losses.tile_loss(cut, sr)) == pytest.approx(0.0, abs=1e-6)


def stripes(frequency, levels=10):
    """Vertical stripes of so many cycles a pixel and so many grey levels, (1, 150, 150, 1)."""
    wave = levels / 127.5 * np.cos(2 * np.pi * frequency * np.arange(150))
    return np.broadcast_to(wave[:, None], (1, 150, 150, 1)).astype("float32")


def pattern_by_hand(hr, sr):
    """``pattern_loss`` as its docstring has it, cell by cell."""
    powers = [[np.abs(_transform(127.5 * one)) ** 2 for one in images] for images in (hr, sr)]
    frequencies, found = np.abs(np.fft.fftfreq(150)), []
    for row in range(0, 150, 3):
        for column in range(0, 150, 3):
            here = np.s_[row : row + 3], np.s_[column : column + 3]
            if max(frequencies[here[0]].min(), frequencies[here[1]].min()) > 1 / 6:
                found.append([[one[here].mean() + 1 / 12 for one in each] for each in powers])
    cells = np.array(found)  # (cells, 2, B)
    of_hr, of_sr = np.moveaxis(cells / cells[:, 0].sum(axis=0), 1, 0).sum(axis=-1)
    return np.mean(np.log(of_sr / of_hr) ** 2)


@pytest.mark.parametrize("frequency", [1 / 4, 1 / 3, 0.353])
def test_pattern_loss_sees_stripes_of_any_period(noise, frequency):
    strengths = np.array([1.0, 0.3, 2.0], "float32").reshape(3, 1, 1, 1)
    originals = strengths * noise
    with_stripes = originals[::-1] + stripes(frequency)
    found = float(losses.pattern_loss(originals, with_stripes))
    assert found == pytest.approx(pattern_by_hand(originals, with_stripes), rel=1e-3)
    assert float(losses.pattern_loss(noise, noise + stripes(frequency))) > 0.01
    assert float(losses.pattern_loss(noise, noise + stripes(0.1))) < 1e-4


def test_pattern_loss_is_the_squared_logarithm_of_the_power_of_a_batch(noise):
    exact = np.log(2.0) ** 2
    for factor in (np.sqrt(2), np.sqrt(0.5)):
        assert float(losses.pattern_loss(noise, factor * noise)) == pytest.approx(exact, rel=0.01)
    assert float(losses.pattern_loss(noise, noise)) == 0.0
    alike = np.stack([noise[0], 0.3 * noise[0]])  # a dull picture counts as a lively one
    changed = np.stack([noise[0], 0.3 * np.sqrt(2) * noise[0]])
    assert float(losses.pattern_loss(alike, changed)) == pytest.approx(np.log(1.5) ** 2, rel=0.03)
