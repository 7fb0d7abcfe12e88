"""Named reductions for pictures of any size are the matrices of ``degradation``."""

from dataclasses import replace

import numpy as np
import pytest

from medsr_nb import degradation
from medsr_nb.machine import UserError
from medsr_nb.scans import scan
from medsr_nb.upscaling import consistency, networks, reducers, settings
from medsr_nb.upscaling.enlarging import enlarge

SHAPES = ((1, 1), (2, 5), (17, 40), (18, 33), (64, 51))


def matrices(shape, name, of):
    return (of(3 * side, 3, name).astype(np.float64) for side in shape)


@pytest.mark.parametrize("name", degradation.REDUCTIONS)
def test_reducing_and_undoing_are_the_full_matrices(name, monkeypatch):
    monkeypatch.setattr(reducers.bands, "STRIP", 400)
    how, draw = reducers.reducer(name), np.random.default_rng(0)
    for shape in SHAPES:
        hr, lr = draw.normal(size=(3 * shape[0], 3 * shape[1])), draw.normal(size=shape)
        rows, columns = matrices(shape, name, degradation.reducing_matrix)
        np.testing.assert_allclose(how.resized(hr, *shape), rows @ hr @ columns.T, atol=1e-6)
        raised, widened = matrices(shape, name, degradation.undoing_matrix)
        made = np.zeros_like(hr)
        how.add_undone(made, lr, 3)
        np.testing.assert_allclose(made, raised @ lr @ widened.T, atol=1e-5)


@pytest.mark.parametrize("name", degradation.REDUCTIONS)
def test_a_clipped_picture_reduces_to_its_input_by_the_named_reduction(name):
    rows, columns = np.mgrid[:96, :90]
    disc = np.hypot(rows - 48, columns - 45) < 30
    hr = 200.0 * disc * (1 + 0.2 * np.sin(rows / 3))
    how = reducers.reducer(name)
    lr = how.resized(hr, 32, 30)  # so a picture in range that reduces to it exists
    clipped = np.zeros_like(hr)
    how.add_undone(clipped, lr, 3)
    np.clip(clipped, 0.0, 255.0, out=clipped)
    sr = reducers.projected(np.zeros_like(hr), lr, 3, 0.0, 255.0, name)
    assert sr.min() >= 0.0 and sr.max() <= 255.0
    before, after = (np.abs(how.resized(one, 32, 30) - lr).mean() for one in (clipped, sr))
    assert after < 0.2 * before + 1e-9
    assert before > 0.5 or name == "average"  # whose smallest picture leaves no range


def test_unknown_only_keeps_the_range_and_other_names_are_refused():
    sr = np.array([[-3.0, 300.0, 7.0]])
    assert reducers.projected(sr, np.zeros((1, 1)), 3, 0.0, 255.0, "unknown").tolist() == [
        [0.0, 255.0, 7.0]
    ]
    with pytest.raises(UserError, match="one of bicubic.* or unknown, not 'nearest'"):
        enlarge(np.zeros((4, 4), np.uint8), reduction="nearest")


@pytest.fixture
def bicubic(monkeypatch):
    """Bicubic alone, in place of the network."""

    def network(height, width, sharpness=0.0, robust=False, half=False):
        return lambda tile: np.zeros((1, 3 * height, 3 * width, 1), np.float32)

    monkeypatch.setattr(networks, "network", network)


@pytest.mark.parametrize("name", ["average", "k-space"])
def test_a_scan_agrees_with_its_input_by_the_reduction_that_is_named(bicubic, name):
    planes = np.random.default_rng(1).normal(100, 9, (1, 130, 30)).astype(np.float32)
    one = scan.Scan("nifti", planes, None, "", scan.StoredRange.of(np.float32), (), None)
    larger = enlarge(one, reduction=name).planes[0]
    again = reducers.reducer(name).resized(larger, 130, 30)
    np.testing.assert_allclose(again, planes[0], atol=1e-3)
    assert np.abs(reducers.bands.resized(larger, 130, 30) - planes[0]).max() > 1.0
    free = enlarge(one, reduction="unknown").planes[0]
    np.testing.assert_allclose(free, reducers.bands.resized(planes[0], 390, 90), atol=1e-3)


def test_of_a_noisy_scan_the_noise_may_be_left_out(bicubic):
    planes = np.random.default_rng(1).normal(100, 9, (1, 30, 33)).astype(np.float32)
    one = scan.Scan("nifti", planes, None, "", scan.StoredRange.of(np.float32), (), None)
    one = replace(one, slope=2.0)
    reduced = [
        reducers.reducer("average").resized(larger.planes[0], 30, 33) - planes[0]
        for larger in (
            enlarge(one, reduction="unknown"),
            enlarge(one, reduction="average", noise=4.0),
        )
    ]
    edge = settings.WITHIN * 4.0 / 2.0  # in stored numbers
    np.testing.assert_allclose(reduced[1], np.clip(reduced[0], -edge, edge), atol=1e-3)
    assert (np.abs(reduced[0]) > edge).any()
    turned = enlarge(replace(one, slope=-2.0), reduction="average", noise=4.0).planes[0]
    turned = reducers.reducer("average").resized(turned, 30, 33) - planes[0]
    np.testing.assert_allclose(turned, reduced[1], atol=1e-3)
    one = replace(one, unit="ms")
    for reduction in ("bicubic", "average"):
        notes = enlarge(one, reduction=reduction, noise=4.0).scan.notes
        assert notes == (f"agrees with its input by {reduction}, within 6 ms",)
    assert (
        enlarge(one, reduction="unknown", noise=4.0)
        .scan.notes[0]
        .endswith("so its noise changes nothing")
    )
    for wrong in ("nan", "inf", "-1"):
        with pytest.raises(UserError, match="noise is 0 or more"):
            enlarge(one, noise=float(wrong))


def test_only_blocks_of_local_reductions_are_mended_by_themselves(monkeypatch):
    seen = []
    monkeypatch.setattr(consistency, "BLOCK", 8)
    monkeypatch.setattr(consistency, "mend_block", lambda sr, lr, f, block, *_: seen.append(block))
    lr = np.random.default_rng(2).uniform(0, 255, (16, 16))
    for name in ("lanczos", "k-space"):
        reducers.projected(np.zeros((48, 48)), lr, 3, 0.0, 255.0, name)
    assert len(seen) == 5 and seen[-1] == (slice(0, 16), slice(0, 16))


def test_a_scan_names_its_reduction_unless_the_caller_does_and_the_reader_is_told(bicubic):
    planes = np.random.default_rng(1).normal(100, 9, (1, 30, 30)).astype(np.float32)
    limits = scan.StoredRange.of(np.float32)
    one = scan.Scan("nifti", planes, None, "", limits, ("seen",), None, reduction="k-space")
    by_scan, by_caller = enlarge(one, 0.0), enlarge(one, 0.0, reduction="bicubic")
    again = reducers.reducer("k-space").resized(by_scan.planes[0], 30, 30)
    np.testing.assert_allclose(again, planes[0], atol=1e-3)
    assert by_scan.scan.notes == ("seen", "agrees with its input by k-space")
    again = reducers.bands.resized(by_caller.planes[0], 30, 30)
    np.testing.assert_allclose(again, planes[0], atol=1e-3)
    assert by_caller.scan.notes == ("seen",) and by_caller.scan.reduction == "bicubic"
    need_not = "need not agree with its input"
    assert enlarge(one, 0.0, reduction="unknown").scan.notes == ("seen", need_not)
    by_default = enlarge(one).scan
    assert by_default.notes == ("seen", "robust weights, as for original MR", need_not)
    assert "robust weights; need not agree" in by_default.derivation
    named = enlarge(one, reduction="k-space").scan.notes
    assert named[1:] == ("robust weights, as for original MR", "agrees with its input by k-space")


def test_a_saturated_dot_lights_no_others_and_moves_no_contour(bicubic):
    rows, columns = np.mgrid[:60, :50]
    disc = np.where(np.hypot(rows - 30, columns - 25) < 20, 2000, 20).astype(np.uint16)
    dotted = disc.copy()
    dotted[5, 5] = 65535
    limits = scan.StoredRange.of(np.uint16)
    plain, hot = (
        enlarge(scan.Scan("picture", one[None], None, "", limits, (), None)).planes[0]
        for one in (disc, dotted)
    )
    moved = np.abs(plain - hot)
    assert moved[48:].max() < 1.0 and moved[:, 48:].max() < 1.0
    assert moved[15:18, 15:18].min() > 50_000
    around = np.ones((48, 48), bool)
    around[12:21, 12:21] = False
    assert moved[:48, :48][around].max() < 0.2 * 65535  # bicubic's own ring, and no second dot
