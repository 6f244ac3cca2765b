"""Costs of predictions against their definitions and scikit-learn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hiertools import ClassTree, PredictionsError, ancestors, path_distances
from hiertools.measures.mistakes import (
    ClassPairs,
    ball_radius,
    distance_at_k,
    hierarchical_precision_at_k,
    hit_at_k,
    top_k,
)
from hiertools.measures.similarity import class_similarity

NAMES = tuple("abcdefgh")
TREE = ClassTree.from_newick("(((a,b),(c,d)),((e,f),g),h);")
PAIRS = ClassPairs(TREE, NAMES)


def ancestor_set(name):
    node = int(TREE.class_node[TREE.class_index[name]])
    return {node, *ancestors(TREE, node).tolist()} - {0}


def hp_by_definition(label, first, k, variant, s):
    """One sample; `first` are names."""
    t = path_distances(TREE, NAMES)[NAMES.index(label)]
    if variant == "devise":  # grow the ball hop by hop until it holds k classes
        radius, ball = 0, set()
        while len(ball) < k:
            ball = {name for name, d in zip(NAMES, t) if d <= radius}
            radius += 1
        return len(ball & set(first)) / k
    if variant == "paper":
        radius = np.sort(t)[k + 1]
        return len({name for name, d in zip(NAMES, t) if d <= radius} & set(first)) / k
    if variant == "ancestors":
        own = ancestor_set(label)
        return np.mean([len(own & ancestor_set(p)) / len(ancestor_set(p)) for p in first])
    row = s[NAMES.index(label)]
    return sum(row[NAMES.index(p)] for p in first) / sum(sorted(row, reverse=True)[:k])


@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 5),
    st.sampled_from(["devise", "paper", "similarity", "ancestors"]),
)
@settings(deadline=None, max_examples=60)
def test_hierarchical_precision_is_its_definition(seed, k, variant):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 8, 12)
    ranked = np.array([rng.permutation(8)[:6] for _ in labels])
    s = class_similarity(TREE, NAMES)
    got = hierarchical_precision_at_k(PAIRS, labels, ranked, k, variant, s)
    expected = [
        hp_by_definition(NAMES[y], [NAMES[p] for p in row[:k]], k, variant, s)
        for y, row in zip(labels, ranked)
    ]
    np.testing.assert_allclose(got, expected, rtol=1e-12)
    assert ((got >= 0) & (got <= 1 + 1e-12)).all()


def test_ranking_by_distance_is_perfect_at_every_k():
    ranked = np.argsort(PAIRS.distance, axis=1, kind="stable")
    labels = np.arange(8)
    for k in range(1, 9):
        assert (hierarchical_precision_at_k(PAIRS, labels, ranked, k) == 1).all()


@given(st.integers(0, 2**32 - 1), st.integers(1, 8))
@settings(deadline=None, max_examples=40)
def test_top_k_is_a_stable_sort_that_prefers_the_earlier_place(seed, k):
    rng = np.random.default_rng(seed)
    scores = rng.integers(0, 4, (20, 8)) / 2  # many ties
    order = rng.permutation(8)
    expected = np.argsort(-scores[:, order], axis=1, kind="stable")[:, :k]
    for dtype in (np.float32, np.float64, np.float16, np.int64):
        if dtype is np.int64:
            np.testing.assert_array_equal(top_k((2 * scores).astype(dtype), k, order), expected)
        else:
            np.testing.assert_array_equal(top_k(scores.astype(dtype), k, order), expected)


def test_top_k_accuracy_agrees_with_scikit_learn():
    from sklearn.metrics import top_k_accuracy_score

    rng = np.random.default_rng(5)
    scores, labels = rng.random((300, 8)), rng.integers(0, 8, 300)
    for k in (1, 2, 5):
        theirs = top_k_accuracy_score(labels, scores, k=k)
        assert hit_at_k(labels, top_k(scores, k), k).mean() == pytest.approx(theirs)


def test_distance_at_one_is_the_cost():
    rng = np.random.default_rng(1)
    labels, ranked = rng.integers(0, 8, 30), rng.integers(0, 8, (30, 3))
    cost = distance_at_k(PAIRS.distance, labels, ranked, 1)
    np.testing.assert_array_equal(
        cost, [PAIRS.distance[y, p] for y, p in zip(labels, ranked[:, 0])]
    )
    three = distance_at_k(PAIRS.distance, labels, ranked, 3)
    np.testing.assert_allclose(
        three, [np.mean([PAIRS.distance[y, p] for p in row]) for y, row in zip(labels, ranked)]
    )


def test_pairs_of_a_class_at_an_inner_node():
    tree = ClassTree([-1, 0, 1, 0], ["felid", "lynx", "newt"], [1, 2, 3])
    pairs = ClassPairs(tree, tree.classes)
    assert pairs.lca_height.tolist() == [[0, 1, 2], [1, 0, 2], [2, 2, 0]]
    assert pairs.lca_depth.tolist() == [[1, 1, 0], [1, 2, 0], [0, 0, 1]]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: top_k(np.eye(3), 4), "the top 4 of 3 classes don't exist"),
        (lambda: top_k(np.ones(3), 1), "must have shape"),
        (lambda: ball_radius(np.zeros((3, 3)), 2, "paper"), "needs at least 4 classes; got 3"),
        (lambda: ball_radius(np.zeros((3, 3)), 4), "needs at least 4 classes; got 3"),
        (
            lambda: hierarchical_precision_at_k(PAIRS, [0], [[1]], 2),
            "needs 2 ranked predictions a sample; got 1",
        ),
        (
            lambda: hierarchical_precision_at_k(PAIRS, [0], [[1]], 1, "similarity"),
            "needs a matrix of class similarities",
        ),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(PredictionsError, match=message):
        call()
