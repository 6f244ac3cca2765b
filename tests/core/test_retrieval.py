"""P@1, R-precision and MAP@R against their definition and pytorch-metric-learning's numbers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hiertools import OptionError
from hiertools.measures.retrieval import nearest_first, retrieval_scores


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
    assert nearest_first(d).tolist() == [[1, 2], [0, 2], [0, 1]]
    # By position, class 1 loses class 0, which sorts before it, and keeps itself.
    assert nearest_first(d, "position")[1].tolist() == [1, 2]
    # Class 0 finds 1, of another group, at distance 0; class 2 finds 0, of its own.
    assert retrieval_scores(d, [0, 1, 0])["precision_at_1"] == 0.5


def test_no_company_and_bad_input():
    assert np.isnan(retrieval_scores(np.ones((3, 3)), [0, 1, 2])["map_at_r"])
    with pytest.raises(OptionError, match=r"d must be \(2, 2\)"):
        retrieval_scores(np.ones((3, 3)), [0, 1])
    with pytest.raises(OptionError, match="'identity', 'position'"):
        retrieval_scores(np.ones((2, 2)), [0, 0], exclude_self="rank")
