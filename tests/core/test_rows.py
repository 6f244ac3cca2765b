"""Rows of distances, sorted once: every number against its definition, tied or not."""

import math

import numpy as np
import pytest
from scipy import stats

import hiertools as ht
from hiertools._core import few
from hiertools._core.ordering import (
    row_orders,
    sort_keys,
    sort_rows_of_keys,
    sorted_codes,
    sorted_numbers,
    stable_order,
)
from hiertools._kernels import spearman as kernels
from hiertools._kernels.digit_sort import WHOLE
from hiertools._kernels.rows import fill_ranks, row_facts, square_rows, taken_pairs
from hiertools.comparison.rows import RowBlock, Rows
from hiertools.comparison.scores.correlations import dense_sums, jackknife_space, listed_sums
from hiertools.measures.codes import (
    FEW,
    codes_in_rows,
    codes_of_counts,
    codes_of_pairs,
)
from hiertools.measures.correlation import spearman_ceiling
from hiertools.settings import SETTINGS


def square_of(rng, n, values=None):
    upper = rng.uniform(0.1, 1, (n, n)) if values is None else rng.integers(0, values, (n, n)) * 1.0
    d = np.triu(upper, 1)
    return d + d.T


def condensed(square):
    return square[np.triu_indices(len(square), 1)]


def rho_of(x, y):
    if len(set(x)) < 2 or len(set(y)) < 2:
        return math.nan
    return float(stats.spearmanr(x, y).statistic)


CASES = [(n, values, seed) for n in (2, 3, 4, 9) for values in (None, 1, 2, 4) for seed in (0, 1)]


# ---- order and codes


@pytest.mark.parametrize("n", [70_000, WHOLE + 3])
@pytest.mark.parametrize("kind", range(8))
def test_many_whole_numbers_are_sorted(kind, n):
    rng = np.random.default_rng(kind)
    uniform = rng.uniform(size=n)
    keys = [
        (1 + uniform).view(np.int64),
        np.append(0, uniform[1:].view(np.int64)),  # one far below all others
        np.where(uniform < 0.5, 0, rng.integers(0, 1 << 62, n)),
        rng.integers(0, 4, n) << 50 | rng.integers(0, 100, n),  # few upper bits, many lower ones
        rng.integers(0, 2, n) << 62 | rng.integers(0, 1 << 30, n),  # of all 63 bits
        rng.integers(0, np.iinfo(np.int64).max, n, endpoint=True),
        np.full(n, 7),
        np.arange(n)[::-1].copy(),
    ][kind]
    expected = np.sort(keys)
    sorted_keys = keys.copy()
    sort_keys(sorted_keys)
    assert (sorted_keys == expected).all()
    for width in (3, 257, 9_000):
        rows = keys[: n // width * width].reshape(-1, width).copy()
        expected = np.sort(rows, axis=1)
        sort_rows_of_keys(rows)
        assert (rows == expected).all()


def test_many_numbers_are_sorted_whatever_their_sign():
    numbers = np.random.default_rng(0).normal(size=70_000)
    numbers[:3] = 0.0, -0.0, np.inf
    for values in (numbers, np.abs(numbers)):
        assert (sorted_numbers(values) == np.sort(values)).all()


@pytest.mark.parametrize("kind", range(7))
def test_stable_order(kind):
    rng = np.random.default_rng(kind)
    n = 20_000
    uniform = rng.uniform(size=n)
    values = [
        uniform,
        np.concatenate([[5e-324, 1e100, 0.0], uniform]),
        rng.integers(0, 5, n).astype(float),
        1 + uniform * 2.0**-40,  # all alike in the upper bits
        1 + rng.integers(0, 9, n) * 2.0**-52,
        np.ones(n),
        np.where(uniform < 0.5, -0.0, 0.0),
    ][kind]
    assert (stable_order(values) == np.argsort(values, kind="stable")).all()
    assert (stable_order(values[:9]) == np.argsort(values[:9], kind="stable")).all()
    for width in (1, 1000, 6000):
        rows = values[: 18_000 // width * width].reshape(-1, width)
        assert (row_orders(rows) == np.argsort(rows, axis=1, kind="stable")).all()


@pytest.mark.parametrize(("n", "values", "seed"), CASES)
def test_codes_stand_for_their_numbers(n, values, seed):
    square = square_of(np.random.default_rng(seed), n, values)
    codes = codes_of_pairs(condensed(square), n)
    assert (codes.values[codes.square] == square).all()
    assert codes.values.tolist() == sorted(set(square.ravel()))
    assert (codes.condensed() == codes.square[np.triu_indices(n, 1)]).all()
    if values:
        counted = codes_of_counts(square.astype(np.uint8), values)
        assert (counted.square == codes.square).all()
        assert counted.values.tolist() == codes.values.tolist()


def test_codes_that_are_many():
    n = 40
    square = square_of(np.random.default_rng(0), n)
    codes = codes_of_pairs(condensed(square), n)
    assert not codes.few
    assert codes.square.dtype == np.int32
    counts = codes_of_counts(np.rint(square * 3000).astype(np.int32), 3000)
    assert (counts.values[counts.square] == np.rint(square * 3000)).all()
    within = codes_in_rows(codes.square)
    for row, codes_of_row in zip(square, within):
        assert codes_of_row.tolist() == (stats.rankdata(row, "dense") - 1).tolist()
    # Many possible numbers, of which few occur, fit into bytes.
    few = codes_of_counts((np.rint(square) * 1000).astype(np.int32), 1000)
    assert few.few
    assert few.square.dtype == np.uint8
    assert FEW == 256


def test_rows_and_parts_of_condensed_distances():
    square = square_of(np.random.default_rng(0), 7)
    for start, stop in ((0, 7), (2, 5), (6, 7)):
        rows = np.empty((stop - start, 7))
        square_rows(condensed(square), start, rows)
        assert (rows == square[start:stop]).all()
    chosen = np.array([5, 0, 3, 6])
    out = np.empty(6)
    taken_pairs(condensed(square), 7, chosen, out)
    assert (out == condensed(square[np.ix_(chosen, chosen)])).all()


@pytest.mark.parametrize("kind", range(4))
def test_codes_in_the_order_of_values(kind):
    rng = np.random.default_rng(kind)
    values = [
        rng.uniform(size=50),
        rng.integers(0, 4, 50) / 3,
        np.append(5e-324, rng.uniform(size=49)),  # values and codes don't fit into one number
        np.where(rng.uniform(size=50) < 0.5, -0.0, 1.0),
    ][kind]
    codes = rng.integers(0, 200, 50)
    for dtype in (np.uint8, np.int32):
        found, starts = sorted_codes(values, codes.astype(dtype))
        tie = np.cumsum(starts)
        assert (np.diff(np.sort(values)) > 0).tolist() == starts[1:].tolist()
        expected = sorted(zip(np.unique(values, return_inverse=True)[1] + 1, codes))
        assert sorted(zip(tie, found.astype(int))) == expected


# ---- facts of rows


def facts_of(d, t, *, self_pair=False, first_only=False):
    n = len(d)
    codes = codes_of_pairs(condensed(t), n)
    local = codes_in_rows(codes.square)
    order = np.argsort(d, axis=1)
    correlation, nearest, facts = np.empty((n, 4)), np.empty((n, 2), np.int64), np.empty((n, 4))
    precedence = np.arange(n)[::-1].copy()
    row_facts(
        d, order, local, codes.square, codes.values, 0, self_pair, first_only, precedence,
        np.empty(n - (not self_pair), np.int32), np.empty(n - (not self_pair), bool),
        *np.empty((3, n), np.int64), correlation, nearest, facts,
    )  # fmt: skip
    return correlation, nearest, facts


@pytest.mark.parametrize("self_pair", [False, True])
@pytest.mark.parametrize("first_only", [False, True])
@pytest.mark.parametrize(("n", "values", "seed"), CASES)
def test_facts_of_rows(n, values, seed, first_only, self_pair):
    rng = np.random.default_rng(seed)
    d, t = square_of(rng, n, values), square_of(rng, n, 3)
    correlation, nearest, facts = facts_of(d, t, self_pair=self_pair, first_only=first_only)
    for i in range(n):
        others = [j for j in range(n) if j != i]
        kept = sorted([*others, i]) if self_pair else others
        x, y = d[i, kept], t[i, kept]
        assert correlation[i, 0] == pytest.approx(rho_of(x, y), nan_ok=True)
        if not math.isnan(correlation[i, 0]):
            assert correlation[i, 1] == pytest.approx(spearman_ceiling(y, x))
        tied = [j for j in others if d[i, j] == min(d[i, others])]
        tied = tied[:1] if first_only else tied
        assert nearest[i].tolist() == [tied[-1] if not first_only else tied[0], len(tied)]
        farther = []
        for j in tied:
            above = sum(t[i, k] > t[i, j] for k in others)
            below = sum(t[i, k] < t[i, j] for k in others)
            farther.append(above / (above + below) if above + below else math.nan)
        expected = [d[i, tied[0]], np.mean(t[i, tied]), min(t[i, others]), np.mean(farther)]
        assert facts[i].tolist() == pytest.approx(expected, nan_ok=True)


def test_ranks_are_doubled_and_centred():
    d = square_of(np.random.default_rng(3), 6, 3)
    for self_pair in (False, True):
        out = np.empty((6, 6), np.int32)
        fill_ranks(d, np.argsort(d, axis=1), 0, self_pair, out)
        for i in range(6):
            kept = [j for j in range(6) if self_pair or j != i]
            ranks = stats.rankdata(d[i, kept])
            assert out[i, kept].tolist() == (2 * (ranks - ranks.mean())).tolist()
            assert self_pair or out[i, i] == 0


def test_blocks_of_rows_are_the_rows(monkeypatch):
    from hiertools.comparison import rows as module

    d = square_of(np.random.default_rng(4), 9, 4)
    rows = Rows(condensed(d), codes_of_pairs(condensed(d), 9), SETTINGS["default"])

    def distances(block: RowBlock):
        return block.distance

    whole = rows.facts(np.arange(9))
    monkeypatch.setattr(module, "BLOCK_ELEMENTS", 20)
    assert (np.concatenate(rows.each(distances)) == d).all()
    for name, values in vars(rows.facts(np.arange(9))).items():
        np.testing.assert_array_equal(values, getattr(whole, name))
    # Some rows have a tie that goes beyond the two nearest: then all neighbours of all are kept.
    near = rows.nearest(2)
    assert near.order.shape == (9, 8)
    for i, tied in enumerate(near.tied.tolist()):
        values = d[i, near.order[i]]
        assert values.tolist() == sorted(np.delete(d[i], i))
        ends = near.ends[tied] if tied >= 0 else np.arange(1, 9)
        assert ends.tolist() == [1 + max(np.flatnonzero(values == v)) for v in values]


# ---- correlations without some classes, and relabelled


def left_out(x, y, first, second, groups):
    """Spearman of what belongs to none of the groups, one group after the other."""
    found = []
    for group in range(groups):
        kept = (first != group) & (second != group)
        found.append(rho_of(x[kept], y[kept]))
    return found


@pytest.mark.parametrize("two", [False, True])
@pytest.mark.parametrize("values", [None, 1, 2, 5])
def test_leaving_out_groups(values, two):
    rng = np.random.default_rng(0)
    for size in (1, 2, 3, 8, 60):
        x = rng.uniform(size=size) if values is None else rng.integers(0, values, size) * 1.0
        y = rng.integers(0, 4, size)
        y = np.unique(y, return_inverse=True)[1]
        first = rng.integers(0, 5, size).astype(np.int32)
        second = rng.integers(0, 5, size).astype(np.int32) if two else first
        order = np.argsort(x, kind="stable")
        starts = np.append(True, x[order][1:] != x[order][:-1])
        total = np.bincount(y)
        expected = pytest.approx(left_out(x, y, first, second, 5), nan_ok=True)
        sorted_pairs = (starts, first[order], second[order])
        for codes in (y[order].astype(np.uint8), y[order].astype(np.int32)):
            out = np.empty(5)
            space = jackknife_space(2, total.size, 5)
            kernels.elementwise_without(codes, *sorted_pairs, total, *space, out)
            assert out.tolist() == expected
        recounted = np.empty(5)
        kernels.elementwise_recounted(
            codes, *sorted_pairs, np.arange(5), total.copy(), np.empty(total.size), recounted
        )
        assert recounted.tolist() == expected


@pytest.mark.parametrize("upper", [False, True])
@pytest.mark.parametrize("few_classes", [0, few.CLASSES])
def test_sums_over_lists_are_those_over_all(upper, few_classes, monkeypatch):
    monkeypatch.setattr(few, "CLASSES", few_classes)
    rng = np.random.default_rng(5)
    for n in (1, 2, 3, 11):
        a = rng.integers(-9, 9, (n, n)).astype(np.int32)
        a = a + a.T
        np.fill_diagonal(a, 0)
        square = square_of(rng, n, 3).astype(np.uint8)
        weight = rng.integers(-5, 5, (n, 3)).astype(float)
        usual = rng.integers(0, 3, n)
        weight[np.arange(n), usual] = 0.0
        shuffles = np.array([rng.permutation(n) for _ in range(6)])
        found = listed_sums(a, square, weight, usual, upper=upper)(shuffles)
        b = np.take_along_axis(weight, square.astype(np.int64), axis=1)
        if upper:
            b = np.triu(b, 1)
            pairs = [(i, j) for i in range(n) for j in range(i)]
            literal = [
                sum(a[i, j] * b[min(p[i], p[j]), max(p[i], p[j])] for i, j in pairs)
                for p in shuffles
            ]
            assert found.sum(axis=1).tolist() == pytest.approx(literal)
            continue
        for p, sums in zip(shuffles, found):
            literal = [sum(a[i, j] * b[p[i], p[j]] for j in range(n)) for i in range(n)]
            assert sums.tolist() == pytest.approx(literal)
        dense = dense_sums(a.astype(float), b, upper=False)(shuffles)
        assert found == pytest.approx(dense)


@pytest.mark.parametrize("settings", ["default", "paper"])
@pytest.mark.parametrize("values", [None, 3])
def test_a_tree_of_many_distances_counts_as_one_of_few(settings, values, monkeypatch):
    """Lengths make every pair another distance: sorted instead of counted, by the same rule."""
    from hiertools.measures import codes

    rng = np.random.default_rng(6)
    names = [f"c{i:02}" for i in range(12)]
    model = ht.DistanceMatrix(square_of(rng, 12, values), names)
    other = ht.DistanceMatrix(square_of(rng, 12, 4), names)
    options = {
        "permutations": 19,
        "settings": settings,
        "scores": ["elementwise_correlation", "classwise_correlation"],
    }
    few = ht.compare_models(model, other, **options).scores
    monkeypatch.setattr(codes, "FEW", 0)
    many = ht.compare_models(model, other, **options).scores
    for column in ("value", "chance", "p_value", "ceiling", "ci_low", "ci_high"):
        assert many[column].tolist() == pytest.approx(few[column].tolist(), nan_ok=True)
