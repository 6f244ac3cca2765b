"""Branches that hold no class are legal and say nothing: no number and no table changes with them.

A tree with such branches is the same tree to every measure, whatever they look like: leaves,
chains, long edges, deeper than every class, below a class's node or at the root.
"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tree_pairs import binary_tree, multifurcating_tree, tree_pairs
from tree_strategies import empty_branches, with_empty_branches

import hiertools as ht
from hiertools import ClassTree
from hiertools.decisions import back_off, minimise_risk
from hiertools.measures.hierarchical_f1 import hierarchical_f1
from hiertools.measures.similarity import class_similarity
from hiertools.plots import layout
from hiertools.plots.dendrogram import branch_lines, telling_groups
from hiertools.treedist import METHODS
from hiertools.trees.oddities import oddities

pytestmark = pytest.mark.arithmetic()

FEW = settings(deadline=None, max_examples=60)

BARE = ClassTree(
    [-1, 0, 0, 1, 1, 1, 0, 6, 6, 0, 0, 0, 0],
    [f"c{i}" for i in range(9)],
    [9, 10, 11, 12, 3, 4, 5, 7, 8],
)
"""Three groups and four classes that hang on the root."""


def same(a, b):
    """Return whether two results are one: NaN is NaN, and nothing is rounded."""
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, float):
        return a == b or (a != a and b != b)
    return bool(np.all(a == b))


def lengthened(tree, seed):
    """Return the tree with random edge lengths."""
    drawn = np.random.default_rng(seed).uniform(0, 2, tree.n_nodes)
    return ClassTree(tree.parent, tree.classes, tree.class_node, length=drawn, labels=tree.labels)


@pytest.mark.parametrize("name", METHODS)
@settings(deadline=None, max_examples=25)
@given(
    pair=tree_pairs(min_classes=3),
    spots=st.tuples(empty_branches(), empty_branches()),
    lengths=st.booleans(),
    seed=st.integers(0, 99),
)
def test_no_tree_distance_changes(name, pair, spots, lengths, seed):
    if lengths:
        pair = tuple(lengthened(tree, seed) for tree in pair)
    grown = tuple(with_empty_branches(tree, at, seed) for tree, at in zip(pair, spots))
    variants = [{option: False} for option in METHODS[name].options if option == "rooted"]
    for options in ({}, *variants):
        expected = ht.tree_distance(*pair, name, details=True, **options)
        for trees in (grown, (grown[0], pair[1]), (pair[0], grown[1])):
            assert same(ht.tree_distance(*trees, name, details=True, **options), expected)
            # The pure function does not lean on the door.
            found = METHODS[name].function(*trees, **options)
            assert same(found, METHODS[name].function(*pair, **options))


@FEW
@given(spots=empty_branches(), seed=st.integers(0, 99))
def test_merge_heights_of_such_branches_say_nothing(spots, seed):
    rng = np.random.default_rng(seed)
    first, second = binary_tree(9, rng, heights=True), binary_tree(9, rng, heights=True)
    grown = with_empty_branches(first, spots, seed)
    for name in ("cophenetic_correlation", "bakers_gamma", "fowlkes_mallows"):
        for k in ({}, {"k": 3}) if name == "fowlkes_mallows" else ({},):
            expected = ht.tree_distance(first, second, name, details=True, **k)
            assert same(ht.tree_distance(grown, second, name, details=True, **k), expected)


@FEW
@given(pair=tree_pairs(min_classes=2), spots=empty_branches(), seed=st.integers(0, 99))
def test_nothing_that_a_tree_says_of_its_classes_changes(pair, spots, seed):
    for tree in (pair[0], lengthened(pair[0], seed)):
        grown = with_empty_branches(tree, spots, seed)
        assert grown.n_levels == tree.n_levels
        assert ht.level_names(grown) == ht.level_names(tree)
        assert set(ht.clades(grown)) == set(ht.clades(tree))
        assert (grown.class_order == tree.class_order).all()
        for kind in ("length", "edges"):
            assert same(ht.path_distances(grown, kind=kind), ht.path_distances(tree, kind=kind))
        for similarity in ("kim", "barz"):
            assert same(
                class_similarity(grown, similarity=similarity),
                class_similarity(tree, similarity=similarity),
            )
        heights = (ht.node_heights(t)[ht.lca_nodes(t)] for t in (grown, tree))
        assert same(next(heights), next(heights))
        for level in range(tree.n_levels):
            now, then = (ht.level_groups(t, level) for t in (grown, tree))
            assert ((now[:, None] == now) == (then[:, None] == then)).all()
        assert ht.collapse_unary(grown) == ht.collapse_unary(tree)
        assert ht.restrict(grown, tree.classes) == ht.restrict(tree, tree.classes)


@FEW
@given(spots=empty_branches(), seed=st.integers(0, 99), scale=st.sampled_from(["auto", "rank"]))
def test_drawings_stay(spots, seed, scale):
    rng = np.random.default_rng(seed)
    for tree in (multifurcating_tree(12, rng), binary_tree(12, rng, heights=True)):
        tree = ht.restrict(tree, tree.classes)
        grown = with_empty_branches(tree, spots, seed)
        key = rng.random(12)
        order = layout.leaf_order(tree, key)
        assert (layout.leaf_order(grown, key) == order).all()
        lines = (branch_lines(t, order, layout.node_heights(t, scale)[0])[0] for t in (grown, tree))
        assert same(next(lines), next(lines))
        assert layout.node_heights(grown, scale)[1] == layout.node_heights(tree, scale)[1]
        now, then = (telling_groups(t) for t in (grown, tree))
        assert ((now[:, None] == now) == (then[:, None] == then)).all()


def grown_trees():
    """One tree bare, and with branches of every kind; ranks, too."""
    spots = [(0, 1, 1.0), (2, 5, 9.0), (9, 3, 0.5), (40, 2, 1e9), (3, 1, 0.0)]
    ranked = ClassTree(
        BARE.parent,
        BARE.classes,
        BARE.class_node,
        ranks=["", *["genus" if n else "species" for n in BARE.n_children[1:]]],
        rank_order=["family", "genus", "species"],
    )
    for tree in (BARE, lengthened(BARE, 3), ranked):
        yield tree, with_empty_branches(tree, spots)


@pytest.mark.parametrize(("tree", "grown"), list(grown_trees()))
def test_no_table_of_compare_changes(tree, grown):
    vectors = np.random.default_rng(1).normal(size=(9, 5))
    reps = ht.ClassRepresentatives(vectors, tree.classes)
    found, expected = (
        ht.compare(reps, t, scores="all", permutations=19, intervals=True) for t in (grown, tree)
    )
    for table in ("scores", "per_class", "per_node"):
        pd.testing.assert_frame_equal(
            getattr(found, table), getattr(expected, table), check_exact=True
        )
    assert found.notes == expected.notes
    assert found.predefined == expected.predefined
    assert str(found) == str(expected)
    pd.testing.assert_frame_equal(
        ht.branches(grown, found.inferred), ht.branches(tree, found.inferred), check_exact=True
    )


@pytest.mark.parametrize(("tree", "grown"), list(grown_trees()))
def test_no_table_of_evaluate_changes(tree, grown):
    rng = np.random.default_rng(2)
    labels = rng.integers(0, 9, 60)
    made = ht.Predictions(
        labels, rng.dirichlet(np.ones(9), 60), tree.classes, score_kind="probability",
        embeddings=rng.normal(size=(60, 4)),
    )  # fmt: skip
    found, expected = (
        ht.evaluate(made, t, k=(1, 3), hs_k=(1, 5, 10), n_bootstrap=19) for t in (grown, tree)
    )
    for table in ("scores", "per_class", "per_node", "confusions", "similarity_curve"):
        pd.testing.assert_frame_equal(
            getattr(found, table), getattr(expected, table), check_exact=True
        )
    assert str(found) == str(expected)
    p, names = rng.dirichlet(np.ones(9), 20), tree.classes
    now, then = (back_off(p, t, names, threshold=0.5) for t in (grown, tree))
    assert now.paths == then.paths
    assert same(now.specificity, then.specificity)
    now, then = (minimise_risk(p, t, names) for t in (grown, tree))
    assert same(np.asarray(now), np.asarray(then))
    f1 = [
        hierarchical_f1(t, t.class_node[labels], t.class_node[labels[::-1]]) for t in (grown, tree)
    ]
    assert f1[0] == f1[1]


def test_a_consensus_does_not_see_them():
    trees = [tree for tree, _ in grown_trees()]
    found = ht.consensus([grown for _, grown in grown_trees()])
    assert found.tree == ht.consensus(trees).tree


def test_what_is_odd_tells_of_them():
    told = oddities(with_empty_branches(BARE, [(2, 3, 1.0)]))
    assert any("hold no class" in sentence for sentence in told)


def test_the_smallest_tree_that_was_once_wrong():
    # Two chains that end without a class: three cuts of nine classes became one.
    tree = ClassTree(
        [-1, 0, 1, 2, 1, 1, 0, 6, 6, 0, 0, 0, 0, 0, 0],
        [f"c{i}" for i in range(9)],
        [10, 11, 12, 13, 14, 4, 5, 7, 8],
    )
    other = binary_tree(9, np.random.default_rng(0), heights=True)
    other = ClassTree(other.parent, tree.classes, other.class_node, heights=other.heights)
    for name in METHODS:
        function = METHODS[name].function
        plain = ht.restrict(tree, tree.classes)
        assert same(function(tree, other), function(plain, other))
        assert same(function(other, tree), function(other, plain))
