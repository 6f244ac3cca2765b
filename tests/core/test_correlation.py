"""Element-wise and class-wise correlation against their definitions and scipy."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from hiertools import OptionError
from hiertools.measures.correlation import (
    class_correlations,
    classwise_correlation,
    elementwise_correlation,
    spearman_ceiling,
)


def symmetric(rng, n, values=None):
    draw = rng.integers(1, values + 1, (n, n)) if values else rng.uniform(0.1, 1, (n, n))
    square = np.triu(draw, 1).astype(float)
    return square + square.T


cases = st.tuples(st.integers(3, 9), st.integers(0, 10**6), st.sampled_from([None, 2, 4]))


@settings(deadline=None, max_examples=50)
@given(cases)
def test_elementwise_is_scipys_spearman_over_pairs(case):
    n, seed, values = case
    rng = np.random.default_rng(seed)
    d, t = symmetric(rng, n), symmetric(rng, n, values)
    upper = np.triu_indices(n, 1)
    if np.ptp(t[upper]) == 0:
        assert math.isnan(elementwise_correlation(d, t))
        return
    expected = spearmanr(d[upper], t[upper]).statistic
    assert elementwise_correlation(d, t) == pytest.approx(expected)
    assert elementwise_correlation(d[upper], t[upper]) == elementwise_correlation(d, t)


def literal_classwise(d, t, self_pair, cap):
    """The formula of the paper, row by row, with the corrections as named arguments."""
    zs = []
    for i in range(len(d)):
        keep = [j for j in range(len(d)) if self_pair or j != i]
        x, y = d[i, keep], t[i, keep]
        if np.ptp(x) == 0 or np.ptp(y) == 0:
            continue
        rho = spearmanr(x, y).statistic
        if cap and len(keep) < 3:
            return math.nan
        if cap:
            most = 1 - 6 / (len(keep) * (len(keep) ** 2 - 1))
            rho = max(-most, min(most, rho))
        zs.append(math.inf * rho if abs(rho) >= 1 - 1e-12 else math.atanh(rho))
    return math.tanh(sum(zs) / len(zs)) if zs else math.nan


@settings(deadline=None, max_examples=50)
@given(cases, st.booleans(), st.booleans())
def test_classwise_is_its_literal_definition(case, self_pair, cap):
    n, seed, values = case
    rng = np.random.default_rng(seed)
    d, t = symmetric(rng, n), symmetric(rng, n, values)
    with np.errstate(invalid="ignore"):
        expected = literal_classwise(d, t, self_pair, cap)
    found = classwise_correlation(d, t, self_pair=self_pair, cap=cap)
    assert found == pytest.approx(expected, nan_ok=True)


@settings(deadline=None, max_examples=30)
@given(cases)
def test_class_order_and_monotone_changes_of_distance_do_not_matter(case):
    n, seed, values = case
    rng = np.random.default_rng(seed)
    d, t = symmetric(rng, n), symmetric(rng, n, values)
    order = np.ix_(*[rng.permutation(n)] * 2)
    for score in (elementwise_correlation, classwise_correlation):
        assert score(d[order], t[order]) == pytest.approx(score(d, t), nan_ok=True)
        assert score(np.sqrt(d), t) == pytest.approx(score(d, t), nan_ok=True)


@settings(deadline=None, max_examples=30)
@given(cases)
def test_the_ceiling_is_reached_by_a_perfect_order_and_never_passed(case):
    n, seed, values = case
    rng = np.random.default_rng(seed)
    t = symmetric(rng, n, values)[np.triu_indices(n, 1)]
    if np.ptp(t) == 0:
        assert math.isnan(spearman_ceiling(t))
        return
    perfect = np.empty(t.size)
    perfect[np.argsort(t, kind="stable")] = np.arange(t.size)
    assert spearman_ceiling(t) == pytest.approx(elementwise_correlation(perfect, t))
    shuffled = rng.permutation(t.size).astype(float)
    assert elementwise_correlation(shuffled, t) <= spearman_ceiling(t) + 1e-12


@settings(deadline=None, max_examples=30)
@given(cases, st.integers(1, 5))
def test_the_ceiling_of_values_with_ties_is_that_of_their_best_order(case, kinds):
    n, seed, values = case
    rng = np.random.default_rng(seed)
    t = symmetric(rng, n, values)[np.triu_indices(n, 1)]
    if np.ptp(t) == 0:
        return
    d = rng.integers(kinds, size=t.size).astype(float)
    ceiling = spearman_ceiling(t, d)
    assert ceiling >= spearman_ceiling(t)
    assert spearman_ceiling(t, t) == pytest.approx(1.0)
    assert spearman_ceiling(t, rng.permutation(t.size)) == spearman_ceiling(t)
    for _ in range(20):
        value = elementwise_correlation(rng.permutation(d), t)
        assert math.isnan(value) or value <= ceiling + 1e-12


def test_the_published_codes_self_pair_lifts_chance_above_0():
    rng = np.random.default_rng(0)
    t = symmetric(rng, 20, 3)
    scores = {
        pair: np.mean(
            [classwise_correlation(symmetric(rng, 20), t, self_pair=pair) for _ in range(60)]
        )
        for pair in (True, False)
    }
    assert abs(scores[False]) < 0.02
    assert scores[True] > 0.05


def test_one_perfect_class_does_not_decide_the_mean():
    d = np.array([[0, 1, 2, 3], [1, 0, 5, 4], [2, 5, 0, 6], [3, 4, 6, 0.0]])
    t = np.array([[0, 1, 2, 3], [1, 0, 2, 6], [2, 2, 0, 1], [3, 6, 1, 0.0]])
    assert class_correlations(d, t)[0] == pytest.approx(1.0)
    assert classwise_correlation(d, t, cap=False) == 1.0
    assert classwise_correlation(d, t) < 0.9


def test_bad_input():
    with pytest.raises(OptionError, match="same pairs; got 3 and 1"):
        elementwise_correlation([1, 2, 3], [1])
    with pytest.raises(OptionError, match="d must be a square matrix"):
        classwise_correlation([1, 2, 3], [1, 2, 3])
    with pytest.raises(OptionError, match="t must be finite"):
        elementwise_correlation([1, 2, 3], [1, 2, np.nan])
    with pytest.raises(OptionError, match="at least two"):
        elementwise_correlation([[0.0]], [[0.0]])
    with pytest.raises(OptionError, match="for 3 classes, but t for 4"):
        classwise_correlation(np.ones((3, 3)), np.ones((4, 4)))
