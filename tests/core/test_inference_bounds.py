"""Where inference changes its mind: how few are too few, how near is equal?"""

import math

import numpy as np
import pytest
from scipy import stats

from hiertools.errors import OptionError
from hiertools.inference import (
    beyond_rounding,
    chance_corrected,
    from_subsets,
    holm,
    jackknife_groups,
    jackknife_interval,
    random_halves,
    runs_interval,
    share_interval,
    sign_flip_p,
    summarise_null,
    t_interval,
    t_test_p,
)
from hiertools.inference import bootstrap as module
from hiertools.inference.bootstrap import bootstrap, bounded_interval, resampled
from hiertools.inference.contributions import Collector
from hiertools.inference.formulas import ONES, Ratio
from hiertools.inference.swaps import paired_test, swapped

NAN = math.nan


# ---- how few are too few


def test_two_replicates_are_too_few_and_three_are_enough():
    for function in (jackknife_interval, lambda v, r: share_interval(v, r, 9)):
        few = function(0.4, [0.3, 0.5, NAN])
        assert all(math.isnan(x) for x in (few.low, few.high, few.standard_error))
        assert few.degrees_of_freedom == 0
        enough = function(0.4, [0.3, 0.5, NAN, 0.45])
        assert enough.low < 0.4 < enough.high
        assert enough.degrees_of_freedom == 2
        assert math.isnan(function(NAN, [0.3, 0.5, 0.45]).standard_error)


def test_one_run_is_too_few_and_two_are_enough():
    few = runs_interval([0.4, NAN])
    assert math.isnan(few.standard_error)
    assert few.degrees_of_freedom == 0
    two = runs_interval([0.4, NAN, 0.6], 0.9)
    assert (two.low, two.high) == pytest.approx(stats.t.interval(0.9, 1, 0.5, 0.1))
    assert (two.standard_error, two.degrees_of_freedom) == (pytest.approx(0.1), 1)


def test_half_of_the_classes_and_subsets_of_them():
    halves = random_halves(7, 5, 3)
    assert halves.shape == (5, 3)
    assert (np.diff(halves, axis=1) > 0).all()
    assert len({tuple(row) for row in halves.tolist()}) > 1
    values = np.array([0.2, 0.5, NAN, 0.8])
    error = math.sqrt(3 / 4 * np.var([0.2, 0.5, 0.8], ddof=1))  # (n - d) / d, with d = 4 of n = 7
    replicates = from_subsets(values, 3, 7)
    assert np.isnan(replicates).tolist() == [False, False, True, False]
    assert jackknife_interval(0.5, replicates).standard_error == pytest.approx(error)
    assert np.isnan(from_subsets([0.2, NAN], 3, 7)).all()
    assert not np.isnan(from_subsets([0.2, 0.4], 3, 7)).any()
    assert np.isnan(from_subsets([0.2, 0.4], 7, 7)).all()
    assert not np.isnan(from_subsets([0.2, 0.4], 6, 7)).any()


def test_groups_are_classes_where_there_are_as_many():
    for count in (5, 6):
        group_of, groups = jackknife_groups(5, count, 0)
        assert group_of.tolist() == groups.tolist() == [0, 1, 2, 3, 4]
    group_of, groups = jackknife_groups(5, 4, 0)
    assert groups.tolist() == [0, 1, 2, 3]
    assert sorted(np.bincount(group_of)) == [1, 1, 1, 2]


def test_t_needs_an_error_and_degrees_of_freedom():
    assert math.isnan(t_test_p(0.5, 0.1, 0))
    assert math.isnan(t_test_p(0.5, NAN, 3))
    assert t_test_p(-0.5, 0.1, 0.5) == pytest.approx(2 * stats.t.sf(5, 0.5))
    found = t_interval(0.5, 0.1, 4, 0.8, (0.4, 0.55))
    assert (found.low, found.high) == (0.4, 0.55)
    assert (found.standard_error, found.degrees_of_freedom) == (0.1, 4)
    nothing = t_interval(0.5, 0.0, 4)
    assert math.isnan(nothing.low)
    assert (nothing.standard_error, nothing.degrees_of_freedom) == (0.0, 4)


# ---- how near is equal


def test_a_spread_of_rounding_is_none():
    assert beyond_rounding(1.01e-12, 1.0) == 1.01e-12
    assert beyond_rounding(0.99e-12, 1.0) == 0.0
    assert beyond_rounding(0.99e-12, 0.5, [0.1, -0.25]) == 0.99e-12
    assert beyond_rounding(1e-300, []) == 1e-300
    assert chance_corrected(0.5, 0.0, 2e-12) == pytest.approx(0.25e12)
    assert math.isnan(chance_corrected(0.5, 0.0, 1e-12))
    assert chance_corrected(0.3, 0.4, 0.2) == pytest.approx(0.5)


def test_scores_as_good_up_to_rounding_count_as_good():
    for value, better in ((0.5, "higher"), (0.5, "lower"), (-50.0, "higher")):
        scale = max(1.0, abs(value))
        side = -1 if better == "higher" else 1
        near, far = value + side * 0.9e-10 * scale, value + side * 1.1e-10 * scale
        assert summarise_null(value, [near] * 3, better).p_value == 1.0
        assert summarise_null(value, [far] * 3, better).p_value == 0.25
    flat = summarise_null(0.5, [0.25, 0.25 + 1e-13])
    assert math.isnan(flat.z)
    assert summarise_null(0.5, [0.25, 0.25 + 1e-11]).z > 1e9
    one = summarise_null(0.5, [0.25])
    assert (one.chance, one.p_value, one.n_permutations) == (0.25, 0.5, 1)
    assert math.isnan(one.z)


def test_an_interval_between_bounds_at_its_edges():
    """Clopper and Pearson's, by the binomial distribution that defines it."""
    for n in (1, 12, 500):
        low, high = bounded_interval(1.0, 0.0, n, (0.0, 1.0), 0.9)
        assert (low**n, high) == (pytest.approx(0.05), 1.0)
        low, high = bounded_interval(2.0, 0.0, n, (2.0, 6.0), 0.9)
        assert (low, (1 - (high - 2) / 4) ** n) == (2.0, pytest.approx(0.05))
    error = math.sqrt(0.25 * 0.75 / 20)
    for n in (20, 15):  # never more trials than there are samples
        low, high = bounded_interval(0.25, error, n, (0.0, 1.0), only_counts=True)
        if n == 20:
            assert stats.binom.sf(4, 20, low) == pytest.approx(0.025)
            assert stats.binom.cdf(5, 20, high) == pytest.approx(0.025)
        else:
            assert (low, high) == (
                pytest.approx(stats.beta.ppf(0.025, 3.75, 12.25)),
                pytest.approx(stats.beta.ppf(0.975, 4.75, 11.25)),
            )
    trials = 20 * (stats.norm.ppf(0.975) / stats.t.ppf(0.975, 8)) ** 2
    found = bounded_interval(0.25, error, 9, (0.0, 1.0))
    assert found[0] == pytest.approx(stats.beta.ppf(0.025, trials / 4, trials * 3 / 4 + 1))
    # Samples that agree say no more than as many that are right or wrong.
    assert bounded_interval(0.25, 0.0, 20, (0.0, 1.0)) == pytest.approx(
        bounded_interval(0.25, error, 20, (0.0, 1.0), only_counts=True)
    )
    assert np.isnan(bounded_interval(2.0, 0.0, 9, (2.0, 2.0))).all()
    assert np.isnan(bounded_interval(0.5, 0.1, 0, (0.0, 1.0))).all()
    without = bounded_interval(0.5, 0.1, 9, (-np.inf, np.inf), 0.8)
    assert without == pytest.approx(stats.t.interval(0.8, 8, 0.5, 0.1))
    assert np.isnan(bounded_interval(0.5, 0.0, 9, (-np.inf, np.inf))).all()


def test_a_share_keeps_its_value_within_its_interval():
    for value in (0.0, 1.0):
        found = share_interval(value, [value] * 5, 8, level=0.8)
        t = stats.t.ppf(0.9, 4)
        width = t**2 / (8 + t**2)  # Wilson's, for eight trials that all went one way
        assert (found.low, found.high) == pytest.approx(
            (0, width) if value == 0 else (1 - width, 1)
        )
        assert found.low <= value <= found.high
        assert found.standard_error == 0


# ---- the bootstrap and the swaps


def samples(values):
    collect = Collector(len(values))
    collect.add_mean("accuracy", 1, np.asarray(values, dtype=float))
    collect.add("double", 1, Ratio(collect.column(2.0 * np.asarray(values)), ONES))
    return collect.finish()


def test_each_set_has_a_stream_of_its_own():
    drawn = [np.random.default_rng([7, b]).integers(0, 6, 6) for b in range(5)]
    counts = [[int((row == s).sum()) for row in drawn] for s in range(6)]
    assert resampled(6, 0, 5, 7).tolist() == counts
    assert resampled(6, 2, 5, 7).tolist() == [row[2:] for row in counts]
    bits = [np.random.default_rng([7, b, 1]).integers(0, 2, 6, dtype=np.int8) for b in range(5)]
    assert swapped(6, 2, 5, 7).tolist() == [[2 * int(b[s]) - 1 for b in bits[2:]] for s in range(6)]


@pytest.mark.parametrize("bytes_a_block", [1, 8 * 9, 3 * 8 * 9, 1 << 24])
def test_blocks_of_any_size_give_the_same(monkeypatch, bytes_a_block):
    a, b = (np.random.default_rng(s).random(9) for s in (0, 1))
    monkeypatch.setattr(module, "_BLOCK_BYTES", bytes_a_block)
    sets = [(a * w).sum() / 9 for w in resampled(9, 0, 7, 3).T]
    found = bootstrap(samples(a), 7, 3)
    np.testing.assert_allclose(found, [sets, 2 * np.array(sets)])
    test = paired_test(samples(a), samples(b), 6, 3, 0.5)
    signs = swapped(9, 1, 7, 3)
    signs = np.column_stack([np.ones(9), signs])  # what was seen is one of them
    t = [abs(stats.ttest_1samp((a - b) * s, 0).statistic) for s in signs.T]
    np.testing.assert_allclose(test.p_value, [sum(x >= t[0] - 1e-9 for x in t) / 7] * 2)
    half = sorted(t)[-1 - 7 // 2] * stats.sem(a - b)
    middle = (a - b).mean()
    np.testing.assert_allclose(
        [test.ci_low, test.ci_high],
        np.outer([middle - half, middle + half], [1, 2]),
        atol=1e-12,
    )
    assert len(set(test.hypothesis.tolist())) == 2


def test_equal_differences_count_as_large_whatever_the_order_of_their_sums():
    # Every swap changes one sample's worth or none: all differences are equally large.
    a, b = np.full(10, 0.1), np.full(10, 0.1)
    a[3] += 0.3
    found = paired_test(samples(a), samples(b), 50, 0)
    assert found.p_value[0] == 1.0
    same = paired_test(samples(b), samples(b), 50, 0)
    assert np.isnan(same.p_value).all()
    assert same.difference.tolist() == [0.0, 0.0]


def test_what_is_undefined_is_not_tested():
    def without_mistakes(wrong):
        collect = Collector(4)
        collect.add("severity", 1, Ratio(collect.column(wrong), collect.column(wrong)))
        return collect.finish()

    none, all_ = without_mistakes(np.zeros(4)), without_mistakes(np.ones(4))
    found = paired_test(none, all_, 50, 0)
    assert np.isnan(found.difference).all()
    assert np.isnan(found.p_value).all()


# ---- sign flips, Holm and Student at their edges


def test_sign_flips_of_20_differences():
    assert sign_flip_p([1.0] * 20) == 2.0**-19


def test_sign_flips_take_1_to_20_differences():
    assert sign_flip_p([0.5]) == 1.0
    for wrong in ([], [1.0] * 21, [[0.1, 0.2]]):
        with pytest.raises(OptionError, match="must be 1 to 20 numbers"):
            sign_flip_p(wrong)


@pytest.mark.parametrize("size", [1.0, 1e-6, 1e6])
def test_flipped_sums_are_equal_up_to_rounding_of_what_is_added(size):
    # 1 + 1 + e, and 1 + 1 - e: as large or not?
    for e, p in ((0.97e-10, 4 / 8), (1.03e-10, 2 / 8)):
        assert sign_flip_p(np.array([1.0, 1.0, e]) * size) == p


def test_p_values_lie_between_0_and_1_both_included():
    assert holm([0.0, 1.0, NAN]).tolist()[:2] == [0.0, 1.0]
    for wrong in ([-1e-9, 0.5], [0.5, 1.0 + 1e-9]):
        with pytest.raises(OptionError, match="between 0 and 1"):
            holm(wrong)
    assert holm(0.5).shape == (1,)


def test_students_p_needs_degrees_of_freedom_and_takes_few():
    assert t_test_p(1.0, 1.0, 1e-3) == pytest.approx(2 * stats.t.sf(1.0, 1e-3))
    for none in (0.0, -0.5):
        assert math.isnan(t_test_p(1.0, 1.0, none))
    assert t_test_p(1.0, 0.01, 3) == pytest.approx(2 * stats.t.sf(100.0, 3))


def test_no_differences_are_as_large_as_none():
    assert sign_flip_p([0.0, 0.0, 0.0]) == 1.0


def test_a_spread_is_held_to_the_size_of_what_varies():
    assert math.isnan(summarise_null(5e5, [2.5e5, 2.5e5 + 1e-7]).z)
    assert summarise_null(5e5, [2.5e5, 2.5e5 + 1e-5]).z > 1e9


def test_one_group_holds_all_and_none_is_refused():
    assert jackknife_groups(5, 1, 0)[0].tolist() == [0] * 5
    with pytest.raises(OptionError, match="count"):
        jackknife_groups(5, 0, 0)


def test_replicates_keep_their_order_and_their_mean():
    found = from_subsets([0.2, 0.3, 0.7], 60, 100)
    stretch = math.sqrt(60 / 40 * 3) / 2
    assert found == pytest.approx([0.4 - 0.2 * stretch, 0.4 - 0.1 * stretch, 0.4 + 0.3 * stretch])


def test_rounding_is_that_of_the_value_unless_a_scale_is_given():
    tiny = [1e-15, 2e-15, 4e-15]
    assert jackknife_interval(2e-15, tiny).standard_error > 0
    assert jackknife_interval(2e-15, tiny, scale=1.0).standard_error == 0


@pytest.mark.parametrize(
    ("value", "replicates"), [(0.5, [0.5] * 5), (1.0, [1.0, 0.9, 1.0, 0.95, 1.0])]
)
def test_a_share_whose_trials_are_unknown_has_as_many_as_classes(value, replicates):
    found = share_interval(value, replicates, 8)
    t, n = stats.t.ppf(0.975, 4), 8
    half = t * math.sqrt(value * (1 - value) / n + t**2 / (4 * n**2))
    ends = [(value + t**2 / (2 * n) + side * half) / (1 + t**2 / n) for side in (-1, 1)]
    assert (found.low, found.high) == pytest.approx(ends)


def test_intervals_are_of_95_percent_and_unbounded_unless_asked():
    found = t_interval(0.5, 0.1, 10)
    assert (found.low, found.high) == pytest.approx(stats.t.interval(0.95, 10, 0.5, 0.1))
    assert beyond_rounding(1e-300) == 1e-300


def test_a_standard_error_of_rounding_tells_nothing_of_trials():
    n, without = 9, bounded_interval(0.5, 0.0, 9, (0.0, 1.0))
    assert bounded_interval(0.5, 1e-13, n, (0.0, 1.0)) == without
    for error in (1e-5, 1e-7):  # small, and known
        low, high = bounded_interval(0.5, error, n, (0.0, 1.0))
        half = stats.t.ppf(0.975, 8) * error
        assert (0.5 - low, high - 0.5) == pytest.approx((half, half), rel=1e-3)


def test_replicates_beyond_what_can_be_squared_give_no_interval():
    assert np.isnan(share_interval(0.5, np.full((4, 4), 1e308), 9).low)
