"""P@1, R-precision and MAP@R of samples against their definitions and pytorch-metric-learning."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hiertools import PredictionsError
from hiertools.measures.sample_retrieval import sample_retrieval


def by_definition(embeddings, labels):
    unit = embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)
    scores = []
    for i in range(len(labels)):
        others = [j for j in range(len(labels)) if j != i]
        near = sorted(others, key=lambda j: (-float(unit[i] @ unit[j]), labels[j], j))
        r = sum(labels[j] == labels[i] for j in others)
        hits = [labels[j] == labels[i] for j in near]
        if r == 0:
            scores.append((np.nan,) * 3)
            continue
        precision = [sum(hits[:n]) / n if hits[n - 1] else 0.0 for n in range(1, r + 1)]
        scores.append((float(hits[0]), sum(hits[:r]) / r, sum(precision) / r))
    return np.array(scores).T


@given(st.integers(0, 2**32 - 1), st.integers(2, 40), st.integers(1, 6))
@settings(deadline=None, max_examples=40)
def test_scores_are_their_definitions(seed, n, classes):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, n)
    embeddings = rng.standard_normal((n, 3)) + 2 * np.eye(6)[labels][:, :3]
    found = sample_retrieval(embeddings, labels, dtype="float64")
    expected = by_definition(embeddings, labels)
    np.testing.assert_allclose(found.precision_at_1, expected[0])
    np.testing.assert_allclose(found.r_precision, expected[1])
    np.testing.assert_allclose(found.map_at_r, expected[2])
    assert (found.map_at_r <= found.r_precision + 1e-12)[~np.isnan(found.map_at_r)].all()
    shuffle = rng.permutation(n)
    moved = sample_retrieval(embeddings[shuffle], labels[shuffle], dtype="float64")
    np.testing.assert_allclose(moved.map_at_r, found.map_at_r[shuffle])


@pytest.mark.needs("torch", "pytorch_metric_learning")
def test_scores_agree_with_pytorch_metric_learning():
    import torch
    from pytorch_metric_learning.distances import CosineSimilarity
    from pytorch_metric_learning.utils.accuracy_calculator import AccuracyCalculator
    from pytorch_metric_learning.utils.inference import CustomKNN

    rng = np.random.default_rng(3)
    labels = np.repeat(np.arange(8), rng.integers(2, 30, 8))
    embeddings = rng.standard_normal((8, 16))[labels] + rng.standard_normal((labels.size, 16))
    calculator = AccuracyCalculator(
        include=("precision_at_1", "r_precision", "mean_average_precision_at_r"),
        k="max_bin_count",
        knn_func=CustomKNN(CosineSimilarity()),
        device=torch.device("cpu"),
    )
    theirs = calculator.get_accuracy(torch.tensor(embeddings), torch.tensor(labels))
    ours = sample_retrieval(embeddings, labels, dtype="float64")
    assert ours.precision_at_1.mean() == pytest.approx(theirs["precision_at_1"])
    assert ours.r_precision.mean() == pytest.approx(theirs["r_precision"])
    assert ours.map_at_r.mean() == pytest.approx(theirs["mean_average_precision_at_r"])


def test_a_sample_without_company_has_no_score():
    found = sample_retrieval(np.eye(3), ["a", "b", "b"])
    assert np.isnan([found.precision_at_1[0], found.r_precision[0], found.map_at_r[0]]).all()
    lonely = sample_retrieval(np.eye(3), ["a", "b", "c"])
    assert np.isnan(lonely.map_at_r).all()


def test_lengths_must_agree():
    with pytest.raises(PredictionsError, match="3 embeddings and 2 labels"):
        sample_retrieval(np.eye(3), [0, 1])
