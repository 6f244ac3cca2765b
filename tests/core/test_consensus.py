"""Consensus trees against counting every clade, and against DendroPy."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tree_pairs import _trees, binary_tree

from hiertools import ClassMismatchError, ClassTree, OptionError
from hiertools._core.keyed import keyed_number
from hiertools.comparison.consensus import consensus

FEW = settings(deadline=None, max_examples=50)


def clades(tree):
    found = set()
    for v in range(tree.n_nodes):
        end = v + tree.subtree_size[v]
        found.add(frozenset(c for c, at in zip(tree.classes, tree.class_node) if v <= at < end))
    return {clade for clade in found if 1 < len(clade) < tree.n_classes}


@FEW
@given(trees=st.integers(1, 5).flatmap(_trees), threshold=st.sampled_from([0.5, 0.6, 0.75, 1]))
def test_majority_and_strict(trees, threshold):
    count = Counter(clade for tree in trees for clade in clades(tree))
    found = consensus(trees, threshold)
    expected = {
        clade: times / len(trees)
        for clade, times in count.items()
        if times > threshold * len(trees) or times == len(trees)
    }
    assert found.clades() == pytest.approx(expected)
    assert clades(found.tree) == set(expected)
    assert found.n_trees == len(trees)
    assert found.tree.classes == tuple(sorted(trees[0].classes))
    assert found.support.shape == (found.tree.n_nodes,)
    assert (found.support[found.tree.class_node] == 1).all()


@FEW
@given(trees=st.integers(1, 5).flatmap(_trees))
def test_greedy(trees):
    count = Counter(clade for tree in trees for clade in clades(tree))
    expected = []
    for clade in sorted(count, key=lambda c: (-count[c], -len(c), keyed_number(sorted(c), 0))):
        if all(not clade & other or clade <= other or other <= clade for other in expected):
            expected.append(clade)
    found = consensus(trees, greedy=True).clades()
    assert found == pytest.approx({clade: count[clade] / len(trees) for clade in expected})


@pytest.mark.needs("dendropy")
def test_agrees_with_dendropy():
    import dendropy

    rng = np.random.default_rng(0)
    base = binary_tree(20, rng)
    trees = []
    for _ in range(7):
        order = np.arange(20)
        moved = rng.choice(20, 4, replace=False)
        order[moved] = order[rng.permutation(moved)]
        trees.append(ClassTree(base.parent, base.classes, base.class_node[order]))
    text = "\n".join("[&R] " + tree.to_newick() for tree in trees)
    theirs = dendropy.TreeList.get(data=text, schema="newick").consensus(min_freq=0.5)
    peer = {
        frozenset(leaf.taxon.label for leaf in node.leaf_iter())
        for node in theirs.internal_nodes()
        if node.parent_node is not None
    }
    assert clades(consensus(trees).tree) == peer


def test_what_a_tie_alone_left_out_is_told():
    runs = [ClassTree.from_newick(text) for text in ("((a,b),c,d);", "((b,c),a,d);")]
    kept = set()
    for seed in range(8):
        found = consensus(runs, greedy=True, random_state=seed)
        kept |= clades(found.tree)
        assert found.notes[0].startswith("1 clade as frequent and as large")
    assert kept == {frozenset("ab"), frozenset("bc")}
    whole_trees = [ClassTree.from_newick(text) for text in ("((a,b),c);", "((b,c),a);")]
    assert consensus(whole_trees, greedy=True).notes[0].startswith("1 clade")
    for whole in (runs[:1], [*runs, runs[0]]):
        assert consensus(whole, greedy=True).notes == ()
    assert consensus(runs).notes == ()


def test_same_whatever_the_order_of_trees_and_classes():
    rng = np.random.default_rng(1)
    trees = [binary_tree(12, rng) for _ in range(4)]
    found = consensus(trees, greedy=True)
    order = rng.permutation(12)
    first = trees[0]
    shuffled = ClassTree(first.parent, [first.classes[i] for i in order], first.class_node[order])
    again = consensus([*trees[:0:-1], shuffled], greedy=True)
    assert again.tree == found.tree
    np.testing.assert_array_equal(again.support, found.support)


def test_one_class_and_missing_classes():
    one = ClassTree.from_newick("(a);")
    assert consensus([one, one]).tree.classes == ("a",)
    a, b = ClassTree.from_newick("((a,b),c,d);"), ClassTree.from_newick("((a,b),c);")
    with pytest.raises(ClassMismatchError, match="no place"):
        consensus([a, b])
    assert consensus([a, b, b], on_missing="drop").clades() == {frozenset("ab"): 1.0}


def test_bad_options():
    with pytest.raises(OptionError, match="at least one tree; got none"):
        consensus([])
    with pytest.raises(OptionError, match=r"consensus\(\): trees must be a list; got ClassTree"):
        consensus(ClassTree.from_newick("(a,b);"))
    with pytest.raises(OptionError, match=r"threshold must be between 0.5 and 1; got 0.4"):
        consensus([ClassTree.from_newick("(a,b);")], 0.4)
