"""Hierarchical precision, recall and F1 against ancestor sets and hiclass."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hiertools import ClassTree, PredictionsError, ancestors
from hiertools.measures.hierarchical_f1 import hierarchical_f1

TREE = ClassTree.from_newick("(((a,b)x,(c,d)y)v,((e,f)z,g)w,h);")


def by_definition(labels, predicted, average):
    def above(node):
        return {node, *ancestors(TREE, node).tolist()} - {0}

    sets = [(above(y), above(p)) for y, p in zip(labels, predicted)]
    common = np.array([len(y & p) for y, p in sets], dtype=float)
    n_true = np.array([len(y) for y, _ in sets], dtype=float)
    n_predicted = np.array([len(p) for _, p in sets], dtype=float)
    if average == "micro":
        common, n_true, n_predicted = common.sum(), n_true.sum(), n_predicted.sum()
    precision, recall = common / n_predicted, common / n_true
    f1 = 2 * common / (n_predicted + n_true)
    return [float(np.mean(x)) for x in (precision, recall, f1)]


@given(st.integers(0, 2**32 - 1), st.integers(1, 30), st.sampled_from(["micro", "macro"]))
@settings(deadline=None, max_examples=40)
def test_scores_are_their_definitions(seed, n, average):
    rng = np.random.default_rng(seed)
    labels = TREE.class_node[rng.integers(0, 8, n)]
    predicted = rng.integers(1, TREE.n_nodes, n)  # inner nodes too, the root not
    found = hierarchical_f1(TREE, labels, predicted, average)
    np.testing.assert_allclose(found, by_definition(labels.tolist(), predicted.tolist(), average))


@pytest.mark.needs("hiclass")
@pytest.mark.parametrize("average", ["micro", "macro"])
def test_scores_agree_with_hiclass(average):
    from hiclass.metrics import f1, precision, recall

    rng = np.random.default_rng(2)
    tree = ClassTree.from_lineages({f"c{i}": f"k{i // 4}/f{i // 2}/c{i}" for i in range(8)})
    y, p = rng.integers(0, 8, 60), rng.integers(0, 8, 60)
    rows = np.array([[f"k{i // 4}", f"f{i // 2}", f"c{i}"] for i in range(8)], dtype=object)
    nodes = tree.class_node[[tree.class_index[f"c{i}"] for i in range(8)]]
    ours = hierarchical_f1(tree, nodes[y], nodes[p], average)
    assert ours.precision == pytest.approx(precision(rows[y], rows[p], average))
    assert ours.recall == pytest.approx(recall(rows[y], rows[p], average))
    if average == "micro":
        assert ours.f1 == pytest.approx(f1(rows[y], rows[p], average, zero_division=0.0))


def test_the_root_claims_nothing():
    found = hierarchical_f1(TREE, [TREE.class_node[0]], [0])
    assert found == (1.0, 0.0, 0.0)


def test_without_samples_everything_is_undefined():
    assert np.isnan(hierarchical_f1(TREE, np.empty(0, int), np.empty(0, int))).all()


def test_lengths_must_agree():
    with pytest.raises(PredictionsError, match="2 labels and 1 predictions"):
        hierarchical_f1(TREE, [1, 2], [1])
