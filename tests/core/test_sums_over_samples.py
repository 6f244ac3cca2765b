"""Scores as sums over samples: what is gathered, the formulas, and the intervals made of them."""

import math

import numpy as np
import pytest
from scipy import stats

from hiertools.inference.bootstrap import bootstrap, bounded_interval, resampled, score_interval
from hiertools.inference.contributions import Collector, Statistic
from hiertools.inference.formulas import ONES, BinnedError, Macro, Ratio

NAN = math.nan


def test_what_is_gathered_stands_where_it_is_said_to():
    collect = Collector(3)
    assert collect.column(np.array([5, 6, 7])) == 1
    assert collect.column(np.array([True, False, True])) == 2
    first = collect.bins(np.array([0, 1, 1]), 2)
    shared = collect.shares(np.array([2, 0, 2, 1, 1]), 3, np.array([1, 2, 2]))
    last = collect.bins(np.array([0, 0, 1]), 2, np.array([0.5, 0.25, 2.0]))
    again = collect.shares(np.array([0, 0, 0]), 1, np.array([1, 1, 1]))
    assert (first, shared, last, again) == (slice(0, 2), slice(2, 5), slice(5, 7), slice(7, 8))
    found = collect.finish()
    assert found.n == 3
    assert found.numbers.tolist() == [[1, 5, 1], [1, 6, 0], [1, 7, 1]]
    assert found.counts.toarray().tolist() == [
        [1, 0, 0, 0, 1, 0.5, 0, 1],
        [0, 1, 0.5, 0, 0.5, 0.25, 0, 1],
        [0, 1, 0, 1, 0, 0, 2, 1],
    ]
    weights = np.array([[1.0, 0.0], [2.0, 3.0], [0.0, 1.0]])
    numbers, counts = found.sums(weights)
    np.testing.assert_allclose(numbers, found.numbers.T @ weights)
    np.testing.assert_allclose(counts, found.counts.toarray().T @ weights)
    numbers, counts = found.sums(None)
    assert numbers.tolist() == [[3], [18], [2]]
    np.testing.assert_allclose(counts[:, 0], found.counts.toarray().sum(axis=0))
    order = np.array([2, 0, 1])
    other = found.reordered(order)
    assert other.numbers.tolist() == found.numbers[order].tolist()
    assert other.counts.toarray().tolist() == found.counts.toarray()[order].tolist()


def test_no_bins_and_shares_alone():
    assert Collector(2).finish().counts.shape == (2, 1)
    assert Collector(2).finish().counts.nnz == 0
    collect = Collector(2)
    assert collect.shares(np.array([1, 0]), 2, np.array([1, 1])) == slice(0, 2)
    assert collect.finish().counts.toarray().tolist() == [[0, 1], [1, 0]]
    collect = Collector(2)
    collect.bins(np.array([0, 0]), 1)
    collect.shares(np.array([1, 1, 2, 0]), 3, np.array([3, 1]))
    collect.bins(np.array([0, 1]), 2)
    found = collect.finish().counts
    np.testing.assert_allclose(
        found.toarray(), [[1, 0, 2 / 3, 1 / 3, 1, 0], [1, 1, 0, 0, 0, 1]]
    )  # fmt: skip
    assert found.nnz == 7  # what comes several times is one share


def test_what_is_not_said_is_unbounded_and_of_no_few():
    assert Statistic("x", None, None, 1, None).bounds == (-math.inf, math.inf)
    collect = Collector(1)
    collect.add("x", 1, None)
    assert collect.statistics[0].bounds == (-math.inf, math.inf)
    assert not Ratio(1, 2).few


def test_a_group_of_which_half_a_prediction_is_held():
    collect = Collector(2)
    y = collect.bins(np.array([0, 1]), 2)
    p = collect.shares(np.array([0, 1, 0]), 2, np.array([2, 1]))
    both = collect.bins(np.array([0, 1]), 2, np.array([0.5, 0.0]))
    for what, expected in (("precision", [0.5 / 1.5, 0]), ("recall", [0.5, 0]), ("f1", [0.4, 0])):
        collect.add(what, 2, Macro(y, p, both, what))
        assert collect.finish().values()[-1] == pytest.approx(np.mean(expected))
    collect = Collector(1)
    y, p = collect.bins(np.array([0]), 2), collect.shares(np.array([0, 1]), 2, np.array([2]))
    both = collect.bins(np.array([0]), 2, np.array([0.5]))
    collect.add("precision", 2, Macro(y, p, both, "precision"))
    assert collect.finish().values()[0] == 0.5  # 0.5 of 0.5, and none of 0.5


def test_a_mean_is_over_the_samples_where_it_is_defined():
    collect = Collector(4)
    given = {"level": 2, "k": 5, "note": "told", "bounds": (0.0, 9.0)}
    collect.add_mean("all", 7, np.array([1.0, 2.0, 3.0, 6.0]), **given)
    collect.add_mean("some", 8, np.array([1.0, NAN, NAN, 6.0]))
    collect.add_mean("none", 9, np.full(4, NAN))
    collect.add("nothing", 0, None, status="undefined", note="why")
    found = collect.finish()
    np.testing.assert_allclose(found.values(), [3.0, 3.5, NAN, NAN])
    first, second, _, last = found.statistics
    assert (first.key, first.n_classes, first.note, first.bounds) == (
        ("all", 2, 5), 7, "told", (0.0, 9.0)
    )  # fmt: skip
    assert first.formula.bottom == ONES != second.formula.bottom
    assert second.bounds == (-math.inf, math.inf)
    assert (first.status, last.status, last.note, last.key) == (
        "", "undefined", "why", ("nothing", None, None)
    )  # fmt: skip
    values = found.evaluate(*found.sums(np.array([[1.0, 0], [1, 0], [0, 1], [1, 2]])))
    np.testing.assert_allclose(values, [[3.0, 5.0], [3.5, 6.0], [NAN, NAN], [NAN, NAN]])


def test_ratios():
    numbers = np.array([[1.0, 2.0, 2.0], [1.0, 0.0, 1.0], [1.0, 0.0, 0.0]])
    counts = np.empty((1, 3))
    sums = np.array([[3.0, 1.0], [4.0, 0.0], [2.0, 0.0]])
    np.testing.assert_allclose(Ratio(1, 2)(sums, counts), [2.0, NAN])
    np.testing.assert_allclose(Ratio(1, 2, empty=0.5)(sums, counts), [2.0, 0.5])
    assert Ratio(1, 2).informed_by(numbers, counts) == pytest.approx(9 / 5)
    assert Ratio(1, 0).informed_by(numbers, counts) == 3
    assert Ratio(1, 2).informed_by(0 * numbers, counts) == 0.0
    assert Ratio(1, 2).counts_only(numbers)
    assert not Ratio(1, 0).counts_only(numbers)
    assert not Ratio(2, 1).counts_only(numbers)


@pytest.mark.parametrize("what", ["precision", "recall", "f1"])
def test_groups(what):
    label, said = [0, 0, 0, 1, 1, 2, 2], [0, 0, 1, 1, 3, 0, 2]
    collect = Collector(7)
    y, p = (collect.bins(np.array(each), 5) for each in (label, said))
    both = collect.bins(np.array(label), 5, np.array(label) == np.array(said))
    formula = Macro(y, p, both, what)
    collect.add("macro", 5, formula)
    found = collect.finish()
    shares, held = [], []
    for g in range(4):  # the fifth does not occur
        n = {"precision": said.count(g), "recall": label.count(g)}
        n["f1"] = (n["precision"] + n["recall"]) / 2
        hit = sum(i == j == g for i, j in zip(label, said))
        shares.append(hit / n[what] if n[what] else 0.0)
        held.append(max(n[what], 1))
    assert found.values()[0] == pytest.approx(np.mean(shares))
    informed = 16 / sum(1 / n for n in held)
    assert formula.informed_by(found.numbers, found.totals) == pytest.approx(informed)
    assert formula.counts_only(found.numbers)
    assert formula.labels(found.counts).tolist() == label
    assert formula.shares(found.counts).toarray().argmax(axis=1).tolist() == said


def of_share(values, bounds=(0.0, 1.0), weights=None):
    values = np.asarray(values, dtype=float)
    collect = Collector(values.size)
    bottom = ONES if weights is None else collect.column(np.array(weights))
    collect.add("share", 1, Ratio(collect.column(values), bottom), bounds=bounds)
    return collect.finish()


@pytest.mark.parametrize("level", [0.8, 0.95])
@pytest.mark.parametrize(
    ("values", "bounds", "counts"),
    [
        ([1, 0, 1, 1, 0, 1], (0.0, 1.0), True),
        ([1, 0, 1, 1, 0, 0.5], (0.0, 1.0), False),
        ([1, 0, 1, 1, 0, 1], (0.0, 2.0), False),
    ],
)
def test_the_interval_of_a_score(values, bounds, counts, level):
    found = of_share(values, bounds)
    drawn = np.array([0.3, NAN, 0.8, 0.5])
    value = float(np.mean(values))
    error = np.std([0.3, 0.8, 0.5], ddof=1)
    expected = bounded_interval(value, error, 6, bounds, level, only_counts=counts)
    statistic = found.statistics[0]
    assert score_interval(found, statistic, value, drawn, level) == expected
    assert np.isnan(score_interval(found, statistic, NAN, drawn, level)).all()
    assert np.isnan(score_interval(found, statistic, value, drawn[:2], level)).all()
    two = score_interval(found, statistic, value, drawn[:3], level)
    error = np.std([0.3, 0.8], ddof=1)
    assert two == bounded_interval(value, error, 6, bounds, level, only_counts=counts)
    other = bounded_interval(value, error, 6, bounds, level, only_counts=not counts)
    assert two != other


def test_the_interval_of_an_error_of_calibration_is_its_own():
    collect = Collector(4)
    n, sure, right = (collect.bins(np.array([0, 1, 1, 0]), 2, v) for v in
                      (None, np.array([0.5, 0.75, 1.0, 0.25]), np.array([1, 0, 1, 1])))  # fmt: skip
    told = []

    def ends(*given):
        told.append([part.tolist() if hasattr(part, "tolist") else part for part in given])
        return 0.1, 0.2

    def error(n, c, r):
        return abs(c - r).sum(axis=0) / n.sum(axis=0)

    collect.add("error", 1, BinnedError(n, sure, right, error, ends))
    collect.add("other", 1, BinnedError(n, sure, right, error, None))
    collect.add("none", 1, None)
    found = collect.finish()
    assert found.values()[:2].tolist() == [0.5, 0.5]
    first, second, third = found.statistics
    assert score_interval(found, first, 0.5, np.full(9, 0.5), 0.8) == (0.1, 0.2)
    assert told == [[[2, 2], [0.75, 1.75], [2, 1], 0.8]]
    for each in (second, third):
        assert np.isnan(score_interval(found, each, 0.5, np.arange(9) / 9, 0.8)).all()


@pytest.mark.parametrize("counts", [True, False])
def test_trials_are_those_of_the_standard_error(counts):
    for value, error, n in ((0.3, 0.05, 200), (0.3, 0.2, 200), (0.3, 0.05, 30), (0.02, 0.01, 2)):
        for least, span in ((0.0, 1.0), (-3.0, 4.0)):
            trials = value * (1 - value) / error**2
            if counts:
                trials = min(trials, n)
            else:
                trials *= (stats.norm.ppf(0.9) / stats.t.ppf(0.9, n - 1)) ** 2
            hits = trials * value
            low = stats.beta.ppf(0.1, hits, trials - hits + 1)
            high = stats.beta.ppf(0.9, hits + 1, trials - hits)
            found = bounded_interval(
                least + span * value, span * error, n, (least, least + span), 0.8,
                only_counts=counts,
            )  # fmt: skip
            assert found == pytest.approx((least + span * low, least + span * high))


def test_intervals_of_one_sample_and_near_the_bounds():
    # One sample has no Student's t; its trials stay as they are.
    assert bounded_interval(0.5, 0.25, 1, (0.0, 1.0)) == pytest.approx(
        stats.beta.ppf([0.025, 0.975], [2, 3], [3, 2])
    )
    assert np.isnan(bounded_interval(0.5, 0.25, 1, (-math.inf, math.inf))).all()
    assert not np.isnan(bounded_interval(0.5, 0.25, 2, (-math.inf, math.inf))).any()
    # Rounding puts nothing outside the bounds, nor a value outside its interval.
    low, high = bounded_interval(1.0 + 1e-15, 0.0, 9, (0.0, 1.0))
    assert high == 1.0 + 1e-15 > low
    low, high = bounded_interval(-1e-15, 0.0, 9, (0.0, 1.0))
    assert low == -1e-15 < high
    assert np.isnan(bounded_interval(1e6, 1.0, 9, (1e6, 1e6 + 1e-7))).all()
    assert not np.isnan(bounded_interval(1e6, 1.0, 9, (1e6, 1e6 + 1e-5))).any()
    assert bounded_interval(0.5, 0.1, 0.5, (0.0, 1.0))[0] > 0


def test_the_bootstrap_draws_samples_with_their_weights():
    found = of_share([1.0, 0.0, 3.0, 2.0], (0.0, 9.0), [1.0, 2.0, 0.0, 1.0])
    expected = [
        (np.array([1.0, 0, 3, 2]) @ w) / (np.array([1.0, 2, 0, 1]) @ w)
        for w in resampled(4, 0, 6, 2).T
    ]
    np.testing.assert_allclose(bootstrap(found, 6, 2)[0], expected)
