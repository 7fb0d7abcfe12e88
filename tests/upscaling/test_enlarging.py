"""A scan of any size, depth and range is enlarged as if in one piece, and reduces to itself."""

import functools

import keras
import numpy as np
import pytest
from scan_files import scanned

from medsr_nb import degradation, machine, upscaling
from medsr_nb.degradation import bands
from medsr_nb.machine import UserError
from medsr_nb.models import medsr
from medsr_nb.presets import recipe
from medsr_nb.scans import scan
from medsr_nb.scans.intensity_map import Intensity, intensities, intensity
from medsr_nb.studies import study
from medsr_nb.upscaling import consistency, enlarging, networks, pretrained, settings, tiles


@pytest.fixture(scope="module", autouse=True)
def recorded(tmp_path_factory):
    """Both networks of medsr with random weights; what is built of them is kept for all tests."""
    folder = tmp_path_factory.mktemp("results")
    row = recipe("medsr", width=8, blocks=3).to_dict()
    network = medsr.generator(50, 3, 8, 3)
    rows = {}
    for name in ("faithful", "sharp"):
        draw = np.random.default_rng(len(name))
        network.set_weights([0.07 * draw.normal(size=one.shape) for one in network.get_weights()])
        file = {"faithful": pretrained.TRAINED_ON, "sharp": pretrained.SHARP}[name]["all"]
        sha256 = machine.save_weights(folder / file / f"{name}.npz", network)
        rows[name] = {"recipe": row, "sha256": sha256}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(study, "results_dir", lambda: folder)
        patch.setattr(study, "recorded", lambda name: {"study": "medsr", "rows": rows})
        built = networks.of_parity.__wrapped__
        patch.setattr(networks, "of_parity", functools.lru_cache(built))
        yield


@pytest.mark.parametrize(
    ("wishes", "said"),
    [
        ({}, "sharpness 0; agrees with its input by bicubic; detail"),
        ({"sharpness": 0.25, "reduction": "k-space", "noise": 2.0},
         "sharpness 0.25; agrees with its input by k-space, within 3 HU; detail"),
        ({"robust": True}, "robust weights; need not agree with its input; detail"),
        ({"best": True}, "sharpness 0, mean of two positions; agrees"),
    ],
)  # fmt: skip
def test_a_result_says_how_it_was_made(wishes, said, monkeypatch):
    monkeypatch.setattr(settings, "has_robust", lambda: True)
    made = settings.Settings(**wishes).told()
    assert f"network, {said}" in enlarging.derived_by(made, "HU")


def test_what_comes_out_of_k_space_gets_robust_weights_unless_a_sharpness_is_asked_for(monkeypatch):
    monkeypatch.setattr(settings, "has_robust", lambda: True)
    wishes = settings.Settings()
    assert wishes.told("k-space") == settings.Settings(0.0, "unknown", robust=True)
    assert wishes.told("bicubic") == settings.Settings(0.0, "bicubic")
    named = settings.Settings(reduction="average").told("k-space")
    assert named.robust and named.reduction == "average"
    for asked in (0.0, 0.5):
        told = settings.Settings(asked).told("k-space")
        assert told == settings.Settings(asked, "k-space")
    monkeypatch.setattr(settings, "has_robust", lambda: False)
    assert wishes.told("k-space") == settings.Settings(0.0, "k-space")


def rounded(larger):
    """What is written of an ``Enlarged``, in float64."""
    limits = larger.scan.stored
    return np.clip(np.rint(larger.planes.astype(np.float64)), limits.lowest, limits.highest)


def test_the_network_sees_no_further_than_the_margin():
    function = networks.network(101, 100)
    plain = np.zeros((1, 101, 100, 1), np.float32)
    for row in (50, 51):
        changed = plain.copy()
        changed[0, row, 50] = 1.0
        moved = np.argwhere(np.asarray(function(changed) - function(plain))[0, ..., 0]) // 3
        assert np.abs(moved - (row, 50)).max() <= tiles.REACH


@pytest.mark.parametrize("seed", range(5))
def test_tiles_give_what_one_piece_gives(seed, monkeypatch):
    """Of any size: no stored number is more than one apart."""
    draw, shape, fill = np.random.default_rng(seed), (1, 1), tiles.fill
    while not 12_000 < np.prod(shape) < 40_000:  # more than one tile, square or narrow
        shape = (2 ** draw.uniform(1, 12, 2)).astype(int)
    planes = draw.integers(0, 65535, (1, *shape), np.uint16, endpoint=True)
    found = []
    for pixels in (90 * 90, 10**9):
        monkeypatch.setattr(tiles, "fill", functools.partial(fill, pixels=pixels))
        found.append(rounded(upscaling.enlarge(scanned(planes))).astype(int))
    assert np.abs(found[0] - found[1]).max() <= 1, shape
    without = np.rint(np.clip(bands.resized(planes[0].astype(np.float32), *3 * shape), 0, 65535))
    assert np.abs(found[1] - without).max() > 1000


def test_eight_bit_results_are_those_of_the_whole_network():
    levels = np.random.default_rng(2).integers(126, 131, (20, 31), dtype=np.uint8)
    from medsr_nb.upscaling import pretrained

    whole = pretrained.network(0.0, (20, 31))(degradation.to_float(levels[None, ..., None]))
    larger = upscaling.enlarge(levels)
    assert larger.shape == (60, 93) and larger.dtype == np.uint8
    assert np.abs(larger - degradation.to_pixels(whole)[0, ..., 0].astype(int)).max() <= 1


@pytest.mark.parametrize("dtype, low, high", [
    (np.uint8, 110, 140), (np.uint16, 28000, 36000), (np.int16, -1024, 3000),
    (np.int32, -(2**30), 2**30),
])  # fmt: skip
def test_results_reduce_to_their_input(dtype, low, high):
    draw = np.random.default_rng(3)
    planes = draw.integers(low, high, (2, 23, 18)).astype(dtype)
    larger = upscaling.enlarge(scanned(planes))
    again = [bands.resized(plane, 23, 18) for plane in rounded(larger)]
    assert np.abs(again - planes.astype(np.float64)).max() < 1.0


def test_floats_keep_their_precision():
    planes = np.random.default_rng(4).normal(1e-6, 1e-7, (1, 15, 16))
    larger = upscaling.enlarge(scanned(planes))
    assert larger.planes.dtype == np.float64
    np.testing.assert_allclose(bands.resized(larger.planes[0], 15, 16), planes[0], rtol=1e-9)


def black_background():
    """A bright noisy disc on black, HR float in 0..255 with saturated parts: (96, 96)."""
    y, x = np.mgrid[:96, :96] - 47.5
    disc = np.hypot(y, x) < 34
    return np.clip(disc * np.random.default_rng(5).normal(150, 90, (96, 96)), 0, 255)


@pytest.mark.parametrize("block", [128, 12])
def test_clipped_results_still_reduce_to_their_input(block, monkeypatch):
    monkeypatch.setattr(consistency, "BLOCK", block)
    lr = np.clip(np.rint(bands.resized(black_background(), 32, 32)), 0, 255)
    start = bands.resized(lr, 96, 96)
    plain = start.copy()
    bands.add_undone(plain, lr - bands.resized(plain, 32, 32), 3)
    mended = consistency.projected(start.copy(), lr, 3, 0.0, 255.0)

    def differing(sr):
        return (np.rint(bands.resized(np.rint(np.clip(sr, 0, 255)), 32, 32)) != lr).mean()

    assert mended.min() >= 0 and mended.max() <= 255
    assert differing(plain) > 0.1 and differing(mended) < 0.01


def test_one_hot_pixel_costs_no_contrast_and_is_kept():
    planes = np.random.default_rng(6).integers(1000, 2000, (1, 40, 40)).astype(np.uint16)
    hot = planes.copy()
    hot[0, 20, 20] = 30000
    assert intensity(hot).high < 2001
    before, after = (upscaling.enlarge(scanned(one)).planes for one in (planes, hot))
    assert np.abs(before - after)[0, :30].max() < 20
    assert np.abs(bands.resized(after[0], 40, 40) - hot[0]).max() < 300


def test_a_plane_of_far_less_contrast_is_enlarged_as_if_by_itself_and_this_is_said():
    plane = np.random.default_rng(7).normal(size=(20, 20)).astype(np.float32)
    series = scanned(np.stack([1000 * plane, plane, 1000 + plane, 100 * plane, 0 * plane]))
    mapped, count = intensities(series.planes)
    assert count == 2 and mapped[0] == mapped[3] == mapped[4] == intensity(series.planes)
    assert mapped[1] == Intensity(plane.min(), plane.max())
    together = upscaling.enlarge(series, guesses=True)
    note = "2 plane(s) of far less contrast enlarged with a map of their own"
    assert note in together.scan.notes
    alone = upscaling.enlarge(scanned(plane[None]), guesses=True)
    assert not any("contrast" in note for note in alone.scan.notes)
    for what in ("planes", "guesses", "ranges"):
        here, there = getattr(together, what)[1], getattr(alone, what)[0]
        np.testing.assert_allclose(here, there, atol=1e-5)


def test_planes_far_apart_from_each_other_have_all_their_own_maps():
    planes = np.random.default_rng(8).integers(0, 10, (3, 20, 20)).astype(np.int16)
    planes += np.array([0, 1000, 2000], np.int16).reshape(3, 1, 1)
    mapped, count = intensities(planes)
    assert count == 3 and [one.low for one in mapped] == [0, 1000, 2000]


def test_equal_values_of_a_series_stay_equal_and_a_constant_picture_constant():
    planes = np.full((2, 9, 9), 3000, np.uint16)
    assert (upscaling.enlarge(scanned(planes)).planes == 3000).all()
    planes[1] = np.arange(81).reshape(9, 9)
    larger = upscaling.enlarge(scanned(planes)).planes
    assert (larger[0] == 3000).all() and np.ptp(larger[1]) > 50


def test_types_without_a_known_range_are_refused():
    for wrong in (np.uint16, np.float32, np.int64, bool):
        with pytest.raises(TypeError, match="grey levels, uint8"):
            upscaling.enlarge(np.zeros((4, 4), wrong))
    with pytest.raises(TypeError, match="grey levels"):
        upscaling.enlarge(np.zeros((4, 4, 4, 1), np.uint8))
    with pytest.raises(TypeError, match=r"one channel at its end: give array\[..., 0\]"):
        upscaling.enlarge(np.zeros((12, 15, 1), np.uint8))


def test_sharpness_blends_and_is_refused_outside_0_and_1():
    levels = np.random.default_rng(3).integers(60, 200, (12, 12), dtype=np.uint8)
    faithful, half, sharp = (upscaling.enlarge(levels, one).astype(int) for one in (0.0, 0.5, 1.0))
    assert (faithful != half).any() and (half != sharp).any() and (sharp != faithful).any()
    with pytest.raises(UserError, match="from 0 .faithful. to 1 .sharp., not 1.5"):
        upscaling.enlarge(levels, 1.5)


def test_at_best_left_and_right_are_alike():
    """A mirrored picture gives the mirrored result, whole and in tiles; one position does not."""
    picture = np.random.default_rng(11).integers(60, 200, (90, 75)).astype(np.float32)
    settled = settings.Settings(best=True).told()

    def detail(plane, wishes=settled, pixels=tiles.PIXELS):
        sr = np.empty((3 * plane.shape[0], 3 * plane.shape[1]), np.float32)
        unit = np.ascontiguousarray(plane) / 127.5 - 1
        tiles.fill(sr, unit, lambda *size: networks.asked(*size, wishes), pixels=pixels)
        return sr

    whole = detail(picture)
    np.testing.assert_allclose(detail(np.fliplr(picture)), np.fliplr(whole), atol=1e-5)
    np.testing.assert_allclose(detail(picture, pixels=70 * 70), whole, atol=1e-5)
    once = [detail(one, settings.Settings().told()) for one in (picture, np.fliplr(picture))]
    assert np.abs(once[0] - np.fliplr(once[1])).max() > 0.01
    kept = networks.asked(10, 7, settings.Settings().told())
    assert kept is networks.network(8, 9, 0.0, False, False)


def test_extras_are_interpolated_and_progress_ends_at_one():
    extras = np.random.default_rng(7).integers(0, 255, (1, 8, 9, 2), dtype=np.uint8)
    planes = np.random.default_rng(8).integers(0, 255, (1, 8, 9), dtype=np.uint8)
    source = scan.Scan("picture", planes, extras, "", scan.StoredRange.of(np.uint8), (), None)
    told = []
    larger = upscaling.enlarge(source, tick=told.append)
    wanted = degradation.enlarged(keras.ops.cast(extras[..., 1:], "float32"), 3)
    np.testing.assert_allclose(larger.extras[..., 1:], wanted, atol=1e-3)
    assert sum(told) == pytest.approx(1.0)
