"""Intervals and p values by groups: against Student's t, and by counting how often they hold."""

import numpy as np
import pytest
from scipy import stats

from medsr_nb.scoring import intervals


def drawn(kind, groups, draw, within=0.5):
    """(values, groups) of images in groups of unequal size, whose true mean is 0.

    ``kind`` is "normal" or "skewed" (gamma); ``within`` is the share of the variance that images
    of one group do not have in common.
    """
    sizes = np.minimum(draw.geometric(0.4, groups), 12)
    own = np.repeat(np.arange(groups), sizes)

    def noise(count):
        if kind == "normal":
            return draw.normal(size=count)
        return draw.gamma(2.0, 1 / np.sqrt(2), count) - np.sqrt(2)

    values = np.sqrt(1 - within) * noise(groups)[own] + np.sqrt(within) * noise(len(own))
    return values, own


def percentile_bootstrap(values, groups, draw, draws=200):
    """The interval that does not cover enough: percentiles of means of groups drawn anew."""
    sums, counts = np.bincount(groups, values), np.bincount(groups)
    chosen = draw.integers(len(sums), size=(draws, len(sums)))
    means = sums[chosen].sum(axis=1) / counts[chosen].sum(axis=1)
    return values.mean(), *np.percentile(means, (2.5, 97.5))


def cover(method, kind, groups, trials, seed=0):
    """The share of so many intervals, in %, that hold the true mean."""
    draw = np.random.default_rng(seed)
    found = [method(*drawn(kind, groups, draw)) for _ in range(trials)]
    return 100 * np.mean([low <= 0.0 <= high for _, low, high in found])


@pytest.mark.parametrize("groups", [10, 15, 20, 30, 60])
def test_intervals_hold_the_truth_19_times_in_20(groups):
    assert 93.5 < cover(intervals.interval, "normal", groups, 3000) < 96.5


def test_they_nearly_do_where_values_are_skewed():
    assert 92.0 < cover(intervals.interval, "skewed", 10, 3000) < 96.5


def test_the_percentile_bootstrap_does_not_at_10_groups():
    draw = np.random.default_rng(0)
    covered = cover(lambda *drawn: percentile_bootstrap(*drawn, draw), "normal", 10, 2000)
    assert covered < 91.5


def test_single_images_are_students_t():
    values = np.random.default_rng(1).gamma(2.0, size=12)
    expected = stats.ttest_1samp(values, 0.0)
    bounds = expected.confidence_interval(0.95)
    assert intervals.interval(values) == pytest.approx((values.mean(), *bounds))
    assert intervals.paired_p(values) == pytest.approx(expected.pvalue)


def test_groups_of_one_size_are_students_t_of_their_means():
    means = np.random.default_rng(2).normal(0.3, 1.0, 20)
    noise = np.tile([-1.0, 0.5, 0.5], 20)  # within a group: adds nothing
    values, groups = np.repeat(means, 3) + noise, np.repeat(np.arange(20) * 7, 3)
    assert intervals.interval(values, groups) == pytest.approx(intervals.interval(means))
    assert intervals.paired_p(values, groups) == pytest.approx(intervals.paired_p(means))
    assert intervals.paired_p(values, groups) > 2 * intervals.paired_p(values)  # by images


def test_unequal_groups_by_hand():
    # Shares 3/4 and 1/4, group means 1 and 5: mean 2; the sum of squares is 5/8.
    mean, error, degrees = intervals.mean_and_error([0.0, 1.0, 2.0, 5.0], [4, 4, 4, 9])
    assert mean == 2.0 and degrees == pytest.approx(0.6)
    assert error**2 == pytest.approx((9 / 16) / (1 - 1.5 + 0.625) + (9 / 16) / (1 - 0.5 + 0.625))


@pytest.mark.parametrize("seed", range(8))
def test_p_is_below_5_percent_where_the_interval_leaves_out_0(seed):
    values, groups = drawn("normal", 12, np.random.default_rng(seed))
    values = values + 0.4
    _, low, high = intervals.interval(values, groups)
    assert (intervals.paired_p(values, groups) < 0.05) == (low > 0.0 or high < 0.0)


def test_one_group_shows_nothing():
    mean, low, high = intervals.interval([1.0, 2.0], [3, 3])
    assert mean == 1.5 and np.isnan(low) and np.isnan(high)
    assert intervals.paired_p([1.0, 2.0], [3, 3]) == 1.0


def test_differences_without_scatter():
    assert intervals.interval([0.0, 0.0, 0.0]) == (0.0, 0.0, 0.0)
    assert intervals.paired_p([0.0, 0.0, 0.0]) == 1.0
    assert intervals.paired_p([0.5, 0.5, 0.5]) == 0.0


def test_no_values_is_an_error():
    with pytest.raises(ValueError, match="empty"):
        intervals.interval([])


def test_holm_by_hand():
    np.testing.assert_allclose(intervals.holm([0.01, 0.04, 0.03, 0.9]), [0.04, 0.09, 0.09, 0.9])
    np.testing.assert_allclose(intervals.holm([0.5, 0.6]), [1.0, 1.0])


def test_a_recorded_interval_has_four_digits_and_a_shown_one_its_form():
    values = np.array([0.123456, 0.2, 0.3])
    rounded = intervals.rounded_interval(values)
    assert rounded == [round(one, 4) for one in intervals.interval(values)]
    assert intervals.interval_text((0.5, -0.123, 1.0)) == "+0.50 [-0.12, +1.00]"
    assert intervals.interval_text((0.5, 0.123, 1.0), ".0%") == "50% [12%, 100%]"


@pytest.mark.parametrize(("share", "text"), [
    (1.0, "100%"), (0.998, ">99%"), (0.994, "99%"), (0.5, "50%"), (0.002, "<1%"), (0.0, "0%"),
])  # fmt: skip
def test_a_share_short_of_all_is_not_written_as_all(share, text):
    assert intervals.share_text(share) == text
