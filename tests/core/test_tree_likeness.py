"""Delta and hyperbolicity, quartet by quartet as their definitions have it, and as R has it."""

import csv
import itertools
from pathlib import Path

import numpy as np
import pytest

import hiertools as ht

R = Path(__file__).parents[1] / "verification" / "r" / "delta.csv"


def quartets(d):
    """The two largest and the least of the three sums of each quartet."""
    for i, j, k, m in itertools.combinations(range(len(d)), 4):
        sums = sorted((d[i, j] + d[k, m], d[i, k] + d[j, m], d[i, m] + d[j, k]))
        yield (i, j, k, m), sums[2], sums[1], sums[0]


def literal(d):
    """Mean delta of each class, and half the largest gap of the two largest sums."""
    of, widest = [[] for _ in d], 0.0
    for four, first, second, third in quartets(d):
        delta = (first - second) / (first - third) if first - third > 1e-12 * d.max() else 0.0
        widest = max(widest, (first - second) / 2)
        for one in four:
            of[one].append(delta)
    return [float(np.mean(deltas)) for deltas in of], widest


def model(seed, n=9):
    vectors = np.random.default_rng(seed).normal(size=(n, 3))
    return ht.ClassRepresentatives(vectors, [f"c{i:03d}" for i in range(n)])


def test_of_each_class_and_of_all():
    result = ht.tree_likeness(model(0))
    d = ht.distances(model(0)).square()
    each, widest = literal(d)
    assert result.per_class["delta"].tolist() == pytest.approx(each)
    assert result.delta == pytest.approx(np.mean(each))
    assert result.hyperbolicity == pytest.approx(widest)
    assert result.relative_hyperbolicity == pytest.approx(2 * widest / d.max())
    assert (result.exact, result.n_quartets, result.standard_error) == (True, 126, 0.0)
    every = [(a - b) / (a - c) for _, a, b, c in quartets(d)]
    assert result.delta == pytest.approx(np.mean(every))


def test_a_tree_is_a_tree():
    rng = np.random.default_rng(1)
    parent = [-1, *(int(rng.integers(0, i)) for i in range(1, 12))]
    tree = ht.ClassTree(
        [*parent, *rng.integers(0, 12, 14)], [f"c{i}" for i in range(14)], range(12, 26),
        length=rng.uniform(0.1, 2, 26),
    )  # fmt: skip
    result = ht.tree_likeness(tree)
    assert result.delta == pytest.approx(0, abs=1e-9)
    assert result.relative_hyperbolicity == pytest.approx(0, abs=1e-12)


def test_drawn_quartets_come_near_all_of_them_and_tell_how_near():
    reps = model(2, 16)
    whole = ht.tree_likeness(reps)
    deltas, hits = [], 0
    for seed in range(40):
        drawn = ht.tree_likeness(reps, quartets=200, random_state=seed)
        deltas.append(drawn.delta)
        hits += abs(drawn.delta - whole.delta) <= 1.96 * drawn.standard_error
        assert drawn.hyperbolicity <= whole.hyperbolicity + 1e-12
        assert not drawn.exact
        assert drawn.n_quartets == 3200
    assert hits >= 33  # 38 expected; fewer than 33 with a chance of 1 %
    assert np.mean(deltas) == pytest.approx(whole.delta, abs=0.005)
    assert np.std(deltas, ddof=1) == pytest.approx(drawn.standard_error, rel=0.4)
    assert ht.tree_likeness(reps, quartets=200, random_state=39).delta == drawn.delta


def test_the_order_of_classes_is_nothing():
    reps = model(3)
    back = reps.take(list(reversed(reps.classes)))
    assert ht.tree_likeness(back).per_class.equals(ht.tree_likeness(reps).per_class)


@pytest.mark.parametrize("case", range(5))
def test_delta_is_that_of_r(case):
    with R.open(newline="", encoding="utf-8") as file:
        row = list(csv.DictReader(file))[case]
    pairs, each = (np.array(row[name].split(), dtype=float) for name in ("distances", "each"))
    names = [f"c{i:02d}" for i in range(each.size)]
    # The lower triangle by columns is the upper one by rows.
    found = ht.tree_likeness(ht.DistanceMatrix(pairs, names))
    assert found.per_class["delta"].tolist() == pytest.approx(each.tolist())
    assert found.delta == pytest.approx(float(row["mean"]))


def test_what_can_not_be_asked():
    with pytest.raises(ht.RepresentativesError, match="four classes at least; got 3"):
        ht.tree_likeness(model(4, 3))
    with pytest.raises(ht.OptionError, match="quartets"):
        ht.tree_likeness(model(4), quartets=1)
