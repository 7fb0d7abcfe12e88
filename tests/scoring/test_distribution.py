"""The kernel distance is the published one, tells sharp from blurred, and meets no own original."""

import dataclasses

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from shared import images

from medsr_nb.scoring import distribution as kid


def test_it_is_the_unbiased_estimate_over_pairs_of_different_groups():
    draw = np.random.default_rng(0)
    results, originals = draw.normal(size=(5, 3)), draw.normal(size=(5, 3)) + 1.0
    groups = np.array([0, 1, 1, 2, 3])

    def kernel(x, y):
        return (x @ y / 3 + 1.0) ** 3

    def mean(left, right):
        return np.mean([
            kernel(left[i], right[j]) for i in range(5) for j in range(5) if groups[i] != groups[j]
        ])  # fmt: skip

    wanted = mean(results, results) + mean(originals, originals) - 2 * mean(results, originals)
    assert kid.kernel_distance(results, originals, groups) == pytest.approx(wanted)


def test_of_one_distribution_it_is_nought_on_average():
    draw = np.random.default_rng(1)
    found = [kid.kernel_distance(*draw.normal(size=(2, 10, 4)), np.arange(10)) for _ in range(400)]
    assert abs(np.mean(found)) < 4 * np.std(found) / 20
    assert min(found) < 0 < max(found)
    with pytest.raises(ValueError, match="two groups"):
        kid.kernel_distance(np.zeros((3, 2)), np.zeros((3, 2)), np.zeros(3, int))


def test_a_result_does_not_meet_its_own_original():
    """Copies are as far from other originals as these are; anything nearer is not rewarded."""
    draw = np.random.default_rng(3)
    originals, groups = draw.normal(size=(30, 4)), np.arange(30)
    assert kid.kernel_distance(originals, originals, groups) == pytest.approx(0.0, abs=1e-12)
    met = kid.kernel_distance(originals[::-1], originals, groups)  # each meets itself elsewhere
    assert met < -0.01


def test_a_filter_answers_to_its_own_waves():
    place = np.arange(48)
    bank = kid.bank(48, 48)
    for scale, middle in enumerate((0.375, 0.25, 0.125, 0.0625)):
        wave = np.cos(2 * np.pi * middle * place)
        for turn, plane in ((0, np.tile(wave, (48, 1))), (2, np.tile(wave[:, None], 48))):
            answers = [np.abs(np.fft.ifft2(np.fft.fft2(plane) * each)).mean() for each in bank]
            assert np.argmax(answers) == 4 * scale + turn
            assert max(answers) == pytest.approx(1.0, rel=0.05)


def test_filters_are_an_octave_wide_one_sided_and_fall_off_as_the_fourth_power_of_the_cosine():
    at = kid.bank(48, 48).reshape(4, 4, 48, 48)[:, :, 0, 12]  # 0.25 cycles a pixel, along a row
    np.testing.assert_allclose(at[1], [2.0, 0.5, 0.0, 0.0], atol=1e-6)
    np.testing.assert_allclose(at[2, 0], 2.0 * np.exp(-2.0), rtol=1e-6)
    assert (kid.bank(48, 48)[:, 0, -12].reshape(4, 4)[:, 0] == 0.0).all()


def test_texture_is_the_logarithm_of_mean_and_scatter_of_each_response():
    pixels = images(2).pixels
    found = kid.texture_features(pixels)
    assert found.shape == (2, 32)
    plane = pixels[1, ..., 0].astype(float)
    for number, each in enumerate(kid.bank(*plane.shape)):
        strength = np.abs(np.fft.ifft2(np.fft.fft2(plane - plane.mean()) * each))
        wanted = np.log(strength.mean() + 0.1), np.log(strength.std() + 0.1)
        np.testing.assert_allclose(found[1, 2 * number : 2 * number + 2], wanted)


def test_labels_are_the_judges_features_as_it_passes_them_on(monkeypatch):
    stages = [np.tile([-1.0, 2.0], (3, 4, 4, 1)), np.full((3, 2, 2, 1), 0.5)]
    stages[0][:, 0] += 1.0

    class Judge:
        predict = staticmethod(lambda *_, **__: stages)

    monkeypatch.setattr(kid, "judge", kid.judge.__wrapped__)  # which keeps no network
    monkeypatch.setattr(kid.losses, "features", lambda name: Judge if name == "judge" else None)
    found = kid.label_features(np.zeros((3, 48, 48, 1), "uint8"))
    np.testing.assert_allclose(found, [[0.0, 2.25, 0.5]] * 3)


@pytest.fixture(scope="module")
def of_blurred():
    """The summary of originals as they are, and blurred; both features at once."""
    drawn = images(16)
    noise = np.random.default_rng(2).normal(0, 12, drawn.pixels.shape)
    lively = np.clip(drawn.pixels + noise, 0, 255).astype("uint8")
    blurred = np.stack([gaussian_filter(one, (1.0, 1.0, 0)) for one in lively])
    originals = dataclasses.replace(drawn, pixels=lively)
    return kid.distribution_summary(originals, {"same": lively, "blurred": blurred})


@pytest.mark.parametrize("features", kid.FEATURES)
def test_what_is_blurred_is_further_from_originals_than_other_originals(of_blurred, features):
    found = of_blurred["image"][features]
    assert found["same"] == found["original"] == pytest.approx(0.0, abs=1e-4)
    assert found["blurred"] > 1.0


def test_fine_detail_is_a_share_of_the_originals_power(monkeypatch):
    monkeypatch.setitem(kid.FUNCTIONS, "labels", kid.texture_features)  # without the judge
    drawn = images(4)
    half = (127 + (drawn.pixels - 127.0) / 2).round().astype("uint8")
    summary = kid.distribution_summary(drawn, {"half": half})
    assert summary["image"]["fine detail"]["original"] == 1.0
    assert summary["image"]["fine detail"]["half"] == pytest.approx(0.25, abs=0.02)
    smooth = np.stack([gaussian_filter(one, (2.0, 2.0, 0)) for one in drawn.pixels])
    assert kid.distribution_summary(drawn, {"s": smooth})["image"]["fine detail"]["s"] < 0.1
    few = kid.distribution_summary(drawn.take([0, 1, 2]), {"half": half[:3]})
    assert few == {} and kid.distribution_table(few).startswith("Too few images")
    table = kid.distribution_table(summary).splitlines()
    heads = ("KID, labels", "KID, texture", "fine detail", "pattern", "pattern at", "at 1/3")
    assert table[0] == f"| | {' | '.join(f'image: {head}' for head in heads)} |"
    value, place, third = (summary["image"][what]["half"] for what in heads[3:])
    last = f" 25% | {value:.1f} | {place[0]:.2f}, {place[1]:.2f} | {third:.1f} |"
    assert table[3].startswith("| half | ") and table[3].endswith(last)


def test_a_feature_that_no_original_shows_has_no_measure():
    groups = np.arange(8)

    def features(pixels):
        means = pixels.mean(axis=(1, 2, 3), dtype=float)
        return np.stack([means, means > 250.0], axis=1)

    originals = np.random.default_rng(0).integers(90, 110, (8, 4, 4, 1)).astype("uint8")
    found = kid.rated(
        {"original": originals, "same": originals, "white": np.full_like(originals, 255)},
        features,
        groups,
    )
    without = kid.rated(
        {"original": originals, "white": np.full_like(originals, 255)},
        lambda pixels: features(pixels) * [1.0, 0.0],
        groups,
    )
    assert found["white"] == without["white"] and found["same"] == found["original"]


def test_the_groups_of_an_image_set_are_kept_apart_and_features_measured_in_their_scatter(
    monkeypatch,
):
    drawn = images(12)
    object.__setattr__(drawn, "groups", np.arange(12) // 3 + 7)
    tags = np.arange(12, dtype=float)[:, None]
    monkeypatch.setitem(kid.FUNCTIONS, "labels", lambda pixels: tags)
    met = []
    monkeypatch.setattr(kid, "kernel_distance", lambda *given: met.append(given) or 0.0)
    kid.distribution_summary(drawn, {})
    results, originals, groups = met[0]
    np.testing.assert_array_equal(groups, np.arange(12) // 3)
    np.testing.assert_allclose(originals, (tags - tags.mean()) / (tags.std() + kid.STILL))
    assert results is originals


def test_halves_hold_whole_groups_and_as_many_images():
    groups = np.array([0, 0, 0, 1, 2, 2, 3])
    dealt = kid.halves(np.arange(7), groups)
    assert len(dealt) == kid.DEALS and len({one.tobytes() for one, _ in dealt}) > 3
    for one, other in dealt:
        assert len(one) == len(other) > 0
        assert not set(groups[one]) & set(groups[other])


def test_the_originals_pattern_is_the_mean_over_halves(monkeypatch):
    drawn = images(8).pixels
    values, thirds = iter(range(100)), iter(range(0, 200, 2))
    monkeypatch.setattr(kid.spectrum, "pattern", lambda hr, sr: (n := next(values), (n / 100, 0.5)))
    monkeypatch.setattr(kid.spectrum, "pattern_at", lambda hr, sr, place: next(thirds))
    found = kid.patterns({"original": drawn, "it": drawn}, np.arange(8))
    # "original" comes first in the pictures, so the halves have 0 to 19 and "it" has 20
    assert found["pattern"] == {"original": 9.5, "it": 20.0}
    assert found["pattern at"] == {"original": [0.19, 0.5], "it": [0.2, 0.5]}
    assert found["at 1/3"] == {"original": 19.0, "it": 40.0}
