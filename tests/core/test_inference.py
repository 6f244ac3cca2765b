"""Null distributions, jackknife, tests: against their definitions and scipy."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from literal import t_quantile
from scipy import stats

from hiertools import OptionError
from hiertools._core.threads import limited
from hiertools.inference import (
    chance_corrected,
    holm,
    in_pieces,
    jackknife_groups,
    jackknife_interval,
    permutations,
    runs_interval,
    share_interval,
    summarise_null,
    t_test_p,
)
from hiertools.inference.jackknife import share_intervals
from hiertools.inference.permutation import summarise_nulls
from hiertools.inference.student import student_quantile

p_values = st.lists(st.floats(0, 1), min_size=1, max_size=12)


@settings(deadline=None, max_examples=60)
@given(p_values)
def test_holm_is_its_definition(p):
    order = sorted(range(len(p)), key=lambda i: p[i])
    adjusted, highest = [0.0] * len(p), 0.0
    for rank, i in enumerate(order):
        highest = max(highest, min(1.0, (len(p) - rank) * p[i]))
        adjusted[i] = highest
    assert holm(p) == pytest.approx(adjusted)
    assert (holm(p) >= np.array(p)).all()


def test_holm_leaves_out_what_was_not_tested():
    assert holm([0.01, math.nan, 0.03]).tolist() == pytest.approx(
        [0.02, math.nan, 0.03], nan_ok=True
    )
    with pytest.raises(OptionError, match=r"between 0 and 1; got -0\.1"):
        holm([-0.1, 0.5])


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(0, 9), min_size=1, max_size=50), st.integers(0, 9), st.booleans())
def test_p_value_is_the_share_as_good_or_better(null, value, lower):
    found = summarise_null(value, null, "lower" if lower else "higher")
    as_good = sum(x <= value if lower else x >= value for x in null)
    assert found.p_value == (1 + as_good) / (1 + len(null))
    assert found.chance == pytest.approx(np.mean(null))
    if len(set(null)) == 1:
        assert math.isnan(found.z)
    else:
        assert found.z == pytest.approx((value - np.mean(null)) / np.std(null, ddof=1))


def test_sums_taken_in_another_order_stay_equal():
    assert summarise_null(0.1 + 0.2, [0.3] * 9).p_value == 1.0


def test_undefined_values_have_no_chance():
    found = summarise_null(math.nan, [0.1, 0.2])
    assert math.isnan(found.chance)
    assert math.isnan(found.p_value)
    assert summarise_null(0.5, []).n_permutations == 0
    with pytest.raises(OptionError, match="better has no option 'more'"):
        summarise_null(0.5, [1], "more")


def test_chance_corrected():
    assert chance_corrected(0.5, 0.5, 1.0) == 0
    assert chance_corrected(1.0, 0.5, 1.0) == 1
    assert math.isnan(chance_corrected(1.0, 1.0, 1.0))


@settings(deadline=None, max_examples=40)
@given(st.integers(3, 40), st.integers(0, 10**6))
def test_jackknife_of_a_mean_is_its_standard_error(n, seed):
    x = np.random.default_rng(seed).normal(size=n)
    without = [np.delete(x, i).mean() for i in range(n)]
    interval = jackknife_interval(x.mean(), without)
    assert interval.standard_error == pytest.approx(stats.sem(x))
    low, high = stats.t.interval(0.95, n - 1, x.mean(), stats.sem(x))
    assert (interval.low, interval.high) == pytest.approx((low, high))


def test_jackknife_cuts_at_the_bounds_and_needs_three():
    interval = jackknife_interval(0.95, [0.5, 0.9, 1.0], bounds=(0.0, 1.0))
    assert interval.high == 1.0
    assert math.isnan(jackknife_interval(0.5, [0.4, 0.6]).low)


@settings(deadline=None, max_examples=40)
@given(st.integers(3, 60), st.integers(0, 10**6))
def test_the_interval_of_a_share_of_independent_trials_is_wilsons(n, seed):
    x = np.random.default_rng(seed).random(n) < 0.5
    interval = share_interval(x.mean(), [np.delete(x, i).mean() for i in range(n)], n)
    # The jackknife's standard error divides by n - 1 where Wilson's divides by n; and t for z.
    trials = n - 1 if 0 < x.mean() < 1 else n
    t = stats.t.ppf(0.975, n - 1)
    # Wilson's ends are where the test of the share p_0 has |z| = t.
    for end in (interval.low, interval.high):
        assert abs(x.mean() - end) == pytest.approx(t * np.sqrt(end * (1 - end) / trials), abs=1e-9)
    assert 0 <= interval.low <= x.mean() <= interval.high <= 1


def test_the_interval_of_a_perfect_share_has_width():
    assert share_interval(1.0, [1.0] * 50, 50).low == pytest.approx(0.925, abs=0.001)
    assert share_interval(0.0, [0.0] * 50, 50).high == pytest.approx(0.075, abs=0.001)
    assert share_interval(1.0, [1.0] * 50, 500).low > 0.99
    assert math.isnan(share_interval(0.5, [0.5, 0.4], 50).low)
    assert math.isnan(share_interval(math.nan, [0.5] * 9, 50).high)


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 50), st.integers(2, 60), st.integers(0, 99))
def test_groups_are_of_nearly_equal_size(n, count, seed):
    group_of, groups = jackknife_groups(n, count, seed)
    sizes = np.bincount(group_of, minlength=groups.size)
    assert sizes.sum() == n
    assert sizes.max() - sizes.min() <= 1


def test_runs_interval_is_students():
    values = [0.3, 0.35, 0.42, 0.31]
    low, high = stats.t.interval(0.95, 3, np.mean(values), stats.sem(values))
    interval = runs_interval(values)
    assert (interval.low, interval.high) == pytest.approx((low, high))
    assert math.isnan(runs_interval([0.3]).low)


def test_t_test_p_is_scipys():
    x = np.array([0.1, 0.3, -0.1, 0.4, 0.2])
    expected = stats.ttest_1samp(x, 0).pvalue
    assert t_test_p(x.mean(), stats.sem(x), 4) == pytest.approx(expected)
    assert math.isnan(t_test_p(math.nan, 1.0, 4))


def test_nothing_is_known_from_a_standard_error_of_zero():
    for difference in (0.0, 0.1):
        assert math.isnan(t_test_p(difference, 0.0, 4))
    # To the last digit, too: these differ by rounding alone.
    alike = [0.1 + 0.2, 0.3, 0.3]
    for interval in (
        runs_interval([0.4, 0.4, 0.4]),
        runs_interval(alike),
        jackknife_interval(0.3, alike * 2),
    ):
        assert interval.standard_error == 0
        assert math.isnan(interval.low)
        assert math.isnan(interval.high)
    # A difference of large numbers rounds as those do.
    assert runs_interval([1e-17, 3e-17], scale=0.5).standard_error == 0
    assert runs_interval([1e-17, 3e-17]).standard_error > 0


def test_permutations_are_seeded_and_are_permutations():
    drawn = permutations(7, 20, 3)
    assert (np.sort(drawn, axis=1) == np.arange(7)).all()
    assert (drawn == permutations(7, 20, 3)).all()
    assert not (drawn == permutations(7, 20, 4)).all()
    # The first of many are the few, so that a dear score sees the same relabellings.
    assert (permutations(7, 5, 3) == drawn[:5]).all()
    assert permutations(7, 0, 3).shape == (0, 7)


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_pieces_join_in_order_for_any_number_of_threads(threads):
    items = np.arange(23)
    with limited(threads):
        joined = in_pieces(lambda piece: np.stack([piece, piece * 2.0]), items)
        assert joined.tolist() == [items.tolist(), (items * 2.0).tolist()]
        assert in_pieces(lambda piece: piece[None] * 2.0, items[:0]).shape == (1, 0)


def test_rows_together_are_each_by_itself():
    rng = np.random.default_rng(2)
    numbers = rng.uniform(size=(9, 20))
    numbers[2, 3:5] = numbers[4] = numbers[5, 1:] = np.nan
    numbers[6] = 0.25
    values = np.array([0.1, math.nan, 0.3, 0.9, 0.5, 0.5, 0.25, 0.0, 1.0])
    better = ["higher", "lower", "higher"] * 3
    informing = np.array([20.0, 20, 20, 2, 20, 20, 20, 8, 20])
    for exact in (False, True):
        together = summarise_nulls(values, numbers, better, exact)
        for value, row, way, found in zip(values, numbers, better, together, strict=True):
            one = summarise_null(float(value), row, way, exact=exact)
            np.testing.assert_equal(vars(found), vars(one))
    together = share_intervals(values, numbers, informing)
    for value, row, count, found in zip(values, numbers, informing, together, strict=True):
        np.testing.assert_equal(vars(found), vars(share_interval(float(value), row, int(count))))
    assert summarise_nulls(values[:0], numbers[:0], []) == []


@pytest.mark.parametrize("level", [0.5, 0.9, 0.95, 0.999])
def test_student_quantiles_are_those_of_its_distribution(level):
    p = 0.5 + level / 2
    for freedom in [*range(1, 60), 0.5, 7.25, 399, 400, 401, 5000, math.inf]:
        expected = t_quantile(freedom, p)
        # Others are scipy's own, which misses the ninth digit in old versions.
        rel = 1e-12 if freedom in range(1, 401) else 1e-8
        assert student_quantile(freedom, p) == pytest.approx(expected, rel=rel)
