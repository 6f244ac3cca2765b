"""P@1, R-precision and MAP@R against their definition and pytorch-metric-learning's numbers."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hiertools as ht
from hiertools import OptionError
from hiertools.measures.retrieval import nearest_first, retrieval_scores

pytestmark = pytest.mark.arithmetic()


def symmetric(rng, n):
    square = np.triu(rng.uniform(0.1, 1, (n, n)), 1)
    return square + square.T


def literal(d, groups):
    """Musgrave et al. 2020, section 3.2, class by class."""
    found = []
    for i in range(len(d)):
        others = sorted((j for j in range(len(d)) if j != i), key=lambda j: d[i, j])
        r = sum(groups[j] == groups[i] for j in others)
        if r:
            relevant = [groups[j] == groups[i] for j in others[:r]]
            precisions = [sum(relevant[: k + 1]) / (k + 1) for k in range(r)]
            average = sum(p for p, hit in zip(precisions, relevant) if hit) / r
            found.append((relevant[0], sum(relevant) / r, average))
    return np.mean(found, axis=0) if found else [np.nan] * 3


cases = st.tuples(st.integers(2, 12), st.integers(1, 5), st.integers(0, 10**6))


@settings(deadline=None, max_examples=60)
@given(cases)
def test_definition(case):
    n, k, seed = case
    rng = np.random.default_rng(seed)
    d, groups = symmetric(rng, n), rng.integers(0, k, n)
    found = list(retrieval_scores(d, groups).values())
    assert found == pytest.approx(list(literal(d, groups)), nan_ok=True)
    order = rng.permutation(n)
    again = retrieval_scores(d[np.ix_(order, order)], groups[order])
    assert list(again.values()) == pytest.approx(found, nan_ok=True)


tied = st.tuples(st.integers(2, 6), st.integers(1, 3), st.integers(1, 3), st.integers(0, 10**6))


@settings(deadline=None, max_examples=60)
@given(tied)
def test_of_tied_neighbours_the_mean_over_all_orders_is_taken(case):
    n, k, values, seed = case
    rng = np.random.default_rng(seed)
    d = np.triu(rng.integers(1, values + 1, (n, n)).astype(float), 1)
    d, groups = d + d.T, rng.integers(0, k, n)
    # An order of all classes breaks the ties of each class in some way; all orders, in all ways.
    over_orders = []
    for order in map(list, itertools.permutations(range(n))):
        over_orders.append(literal(d[np.ix_(order, order)], groups[order]))
    found = list(retrieval_scores(d, groups).values())
    assert found == pytest.approx(list(np.mean(over_orders, axis=0)), nan_ok=True)
    order = rng.permutation(n)
    again = retrieval_scores(d[np.ix_(order, order)], groups[order])
    assert list(again.values()) == pytest.approx(found, rel=1e-12, nan_ok=True)


def test_where_all_are_equally_far_names_say_nothing():
    groups = np.repeat([0, 1, 2], [2, 3, 5])
    found = retrieval_scores(1.0 - np.eye(10), groups)
    # Of nine others, one, two or four are of the group: each place holds one as often.
    chance = float(np.mean((np.repeat([2, 3, 5], [2, 3, 5]) - 1) / 9))
    assert found["precision_at_1"] == pytest.approx(chance)
    assert found["r_precision"] == pytest.approx(chance)


def test_leaving_out_and_relabelling_take_means_over_orders_too():
    rng = np.random.default_rng(3)
    names = [f"c{i}" for i in range(14)]
    counts = rng.poisson(0.4, (14, 14)) + 20 * np.eye(14, dtype=int)
    tree = ht.ClassTree.from_lineages({c: (f"g{i // 5}", c) for i, c in enumerate(names)})
    options = {"scores": ["precision_at_1", "r_precision", "map_at_r"], "permutations": 39}
    tables = []
    for order in (np.arange(14), rng.permutation(14)):
        # The same confusions under names that sort in another order.
        renamed = dict(zip(names, (names[i] for i in order)))
        matrix = ht.producers.from_confusion(counts, [renamed[c] for c in names])
        tables.append(ht.compare(matrix, ht.rename_classes(tree, renamed), **options).scores)
    first, second = tables
    for column in ("value", "ci_low", "ci_high"):
        assert first[column].tolist() == pytest.approx(second[column].tolist(), rel=1e-9)


@pytest.mark.needs("torch", "pytorch_metric_learning")
def test_pytorch_metric_learning_agrees():
    import torch
    from pytorch_metric_learning.utils.accuracy_calculator import AccuracyCalculator

    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 8))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    groups = rng.integers(0, 6, 60)
    calculator = AccuracyCalculator(
        include=("precision_at_1", "r_precision", "mean_average_precision_at_r"), k="max_bin_count"
    )
    peer = calculator.get_accuracy(torch.tensor(x), torch.tensor(groups))
    mine = retrieval_scores(np.linalg.norm(x[:, None] - x[None], axis=2), groups)
    assert mine["precision_at_1"] == pytest.approx(peer["precision_at_1"])
    assert mine["r_precision"] == pytest.approx(peer["r_precision"])
    assert mine["map_at_r"] == pytest.approx(peer["mean_average_precision_at_r"])


def test_coinciding_classes_never_retrieve_themselves():
    d = np.array([[0, 0, 1], [0, 0, 1], [1, 1, 0.0]])
    assert nearest_first(d).order.tolist() == [[1, 2], [0, 2], [0, 1]]
    assert nearest_first(d).ends.tolist() == [[2, 2]]  # the third one's; nothing else is tied
    assert nearest_first(d).tied.tolist() == [-1, -1, 0]
    # By position, class 1 loses class 0, which sorts before it, and keeps itself.
    assert nearest_first(d, "position").order[1].tolist() == [1, 2]
    # Class 0 finds 1, of another group, at distance 0; class 2 finds 0, of its own, or 1.
    assert retrieval_scores(d, [0, 1, 0])["precision_at_1"] == 0.25
    assert retrieval_scores(d, [0, 1, 0], ties="position")["precision_at_1"] == 0.5


def test_no_company_and_bad_input():
    assert np.isnan(retrieval_scores(np.ones((3, 3)), [0, 1, 2])["map_at_r"])
    with pytest.raises(OptionError, match=r"d must be \(2, 2\)"):
        retrieval_scores(np.ones((3, 3)), [0, 1])
    with pytest.raises(OptionError, match="'identity', 'position'"):
        retrieval_scores(np.ones((2, 2)), [0, 0], exclude_self="rank")
