"""Two models whose predictions are tied: tests and intervals, against their literal definition."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from hiertools import ClassTree, Predictions, evaluate

pytestmark = pytest.mark.arithmetic()

TREE = ClassTree.from_newick("((a,b),(c,d));")
GROUPS = {None: [0, 1, 2, 3], 0: [0, 0, 1, 1]}
N, DIFFERING = 48, 7


def tied_scores(seed):
    """Scores of two models, of few values, that differ in some samples."""
    rng = np.random.default_rng(seed)
    labels = np.arange(N) % 4
    scores = rng.integers(0, 3, (N, 4)) + 2 * np.eye(4, dtype=int)[labels]
    one_hot = np.eye(4, dtype=int)[scores.argmax(axis=1)]
    first = np.where(rng.random((N, 1)) < 0.3, one_hot, scores)
    second = first.copy()
    second[:DIFFERING] = rng.integers(0, 2, (DIFFERING, 4))
    return labels, first.astype(float), second.astype(float)


def shares(scores, group):
    """How much of each sample's first prediction each group has."""
    found = np.zeros((len(scores), max(group) + 1))
    for sample, row in enumerate(scores):
        best = [j for j in range(len(row)) if row[j] == row.max()]
        for j in best:
            found[sample, group[j]] += 1 / len(best)
    return found


def sums(what, label, share):
    """Each group's score, and what it is a share of."""
    y = np.bincount(label, minlength=share.shape[1])
    hits = [share[label == g, g].sum() for g in range(share.shape[1])]
    p = share.sum(axis=0)
    size = {"precision": p, "recall": y, "f1": (y + p) / 2}[what]
    return np.array(hits) / size, size


def influences(what, label, share):
    value, size = sums(what, label, share)
    found = []
    for y, row in zip(label, share):
        through_label = (row[y] - value[y]) / size[y]
        through_prediction = row[y] / size[y] - sum(row * value / size)
        found.append(
            {
                "precision": through_prediction,
                "recall": row[y] / size[y],
                "f1": (through_label + through_prediction) / 2,
            }[what]
        )
    return np.array(found) / len(value)


def error(what, label, a, b):
    """The standard error of a difference, and its degrees of freedom."""
    squares = ((influences(what, label, a) - influences(what, label, b)) ** 2).sum() * N / (N - 1)
    if what == "recall":
        return math.sqrt(squares), math.inf
    above = below = 0.0
    for mine, other in ((a, b), (b, a)):
        value, size = sums(what, label, mine)
        its = sums(what, label, other)[1]
        for g, (v, n) in enumerate(zip(value, size)):
            more = (n * v + 2) / (n + 4)  # two more right, two more wrong
            variance = more * (1 - more) / n
            unlike = sum(x[g] for x, y in zip(mine, other) if not np.allclose(x, y)) / n
            apart = min(unlike, 1)
            apart = min(apart + (1 - apart) * (1 - n / its[g]) ** 2, 1)
            squares += apart * max(variance - v * (1 - v) / n, 0) / len(value) ** 2
            above, below = above + variance, below + variance**2 / n
    return math.sqrt(squares), above**2 / below


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("level", [None, 0])
def test_macro_scores_of_tied_predictions(seed, level):
    labels, *scores = tied_scores(seed)
    given = {name: Predictions(labels, each, TREE.classes) for name, each in zip("ab", scores)}
    found = evaluate(given, TREE, k=1, levels=[0], n_bootstrap=9, permutations=1000).differences
    group = GROUPS[level]
    label = np.array(group)[labels]
    a, b = (shares(each, group) for each in scores)
    assert ((a > 0) & (a < 1)).any()  # predictions are tied
    assert min(a.sum(axis=0).min(), b.sum(axis=0).min()) >= 5
    unlike = [not np.allclose(x, y) for x, y in zip(a, b)]
    assert (scores[0] != scores[1]).any(axis=1).sum() <= DIFFERING
    for what in ("precision", "recall", "f1"):
        rows = found[found["score"] == f"{what}_macro"]
        row = rows[rows["level"].isna() if level is None else rows["level"] == level].iloc[0]
        t = []
        for pattern in range(2**DIFFERING):  # all ways to swap
            swap = np.zeros((N, 1), dtype=bool)
            swap[:DIFFERING, 0] = [pattern >> bit & 1 for bit in range(DIFFERING)]
            one, two = np.where(swap, b, a), np.where(swap, a, b)
            moved = sums(what, label, one)[0].mean() - sums(what, label, two)[0].mean()
            se, freedom = error(what, label, one, two)
            if pattern == 0:
                difference, spread, degrees = moved, se, freedom
            t.append(abs(moved) / se if abs(moved) > 1e-12 else 0.0)
        p = max(np.mean([x >= t[0] * (1 - 1e-9) for x in t]), 2.0 ** (1 - sum(unlike)))
        q = sorted(t, reverse=True)[int(0.05 * len(t))]
        if math.isfinite(degrees):
            p, q = max(p, 2 * stats.t.sf(t[0], degrees)), max(q, stats.t.ppf(0.975, degrees))
        expected = [difference, p, difference - q * spread, difference + q * spread]
        told = row[["difference", "p_value", "ci_low", "ci_high"]].tolist()
        assert told == pytest.approx(expected, abs=1e-9)


NEWICK = "(((a,b),c),(d,(e,f)));"


@settings(deadline=None, max_examples=8)
@given(
    seed=st.integers(0, 10**6),
    values=st.integers(1, 3),
    names=st.permutations(list("abcdef")),
    embedded=st.booleans(),
)
def test_no_name_and_no_order_decides_where_predictions_are_tied(seed, values, names, embedded):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 6, 25)
    scores = [rng.integers(0, values + 1, (25, 6)).astype(float) for _ in range(2)]
    scores[1][:8] = np.eye(6)[labels[:8]]
    vectors = [rng.integers(-1, 2, (25, 2)) + 0.5 for _ in range(2)]

    def result(names, order, columns):
        tree = ClassTree.from_newick(NEWICK.translate(str.maketrans("abcdef", "".join(names))))
        models = {
            str(number): Predictions(
                [names[y] for y in labels[order]],
                scores[number][order][:, columns],
                [names[c] for c in columns],
                embeddings=vectors[number][order] if embedded else None,
            )
            for number in range(2)
        }
        found = evaluate(models, tree, k=(1, 2), hs_k=(1, 3), n_bootstrap=30, permutations=60)
        rows = (
            found.scores[["value", "ci_low", "ci_high"]],
            found.differences[["difference", "ci_low", "ci_high", "p_value", "p_holm"]],
        )
        return [each.to_numpy(dtype=float) for each in rows]

    first = result(list("abcdef"), np.arange(25), np.arange(6))
    again = result(names, rng.permutation(25), rng.permutation(6))
    for one, other in zip(first, again):
        np.testing.assert_allclose(other, one, rtol=1e-9, atol=1e-9)
