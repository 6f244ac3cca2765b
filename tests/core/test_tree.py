"""ClassTree: the invariants, and what it refuses."""

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tree_strategies import class_trees

from hiertools import ClassTree, TreeError


def climb(tree, node):
    """Nodes from `node` up to the root, by the definition of a parent."""
    line = [node]
    while tree.parent[line[-1]] >= 0:
        line.append(int(tree.parent[line[-1]]))
    return line


@settings(deadline=None, max_examples=60)
@given(class_trees())
def test_derived_arrays_follow_from_the_parents(tree):
    for node in range(tree.n_nodes):
        line = climb(tree, node)
        assert line[-1] == 0
        assert tree.depth[node] == len(line) - 1
        expected = sum(tree.length[i] for i in line[::-1][1:])
        assert tree.root_distance[node] == pytest.approx(expected)
        below = [v for v in range(tree.n_nodes) if node in climb(tree, v)]
        assert below == list(range(node, node + tree.subtree_size[node]))
        run = tree.class_order[tree.clade_start[node] : tree.clade_stop[node]]
        assert set(run) == {i for i, v in enumerate(tree.class_node) if v in set(below)}
        assert tree.n_children[node] == (tree.parent == node).sum()


@settings(deadline=None, max_examples=40)
@given(class_trees(), st.randoms(use_true_random=False))
def test_any_order_of_nodes_gives_the_same_clades(tree, random):
    shuffled = list(range(tree.n_nodes))
    random.shuffle(shuffled)
    place = np.argsort(shuffled)
    parent = [-1 if tree.parent[i] < 0 else place[tree.parent[i]] for i in shuffled]
    again = ClassTree(
        parent,
        tree.classes,
        place[tree.class_node],
        length=tree.length[shuffled] if tree.has_lengths else None,
        labels=[tree.labels[i] for i in shuffled],
    )

    def described(t):
        nodes = zip(t.labels, t.length, t.clade_start, t.clade_stop)
        return sorted(
            (label, length, sorted(t.classes[i] for i in t.class_order[a:b]))
            for label, length, a, b in nodes
        )

    assert described(again) == described(tree)


def test_arrays_are_read_only_and_trees_can_be_pickled_and_hashed():
    tree = ClassTree.from_newick("((a:1,b:2):3,c:1);")
    with pytest.raises(ValueError, match="read-only"):
        tree.length[0] = 1.0
    with pytest.raises(AttributeError):
        tree.classes = ()
    assert pickle.loads(pickle.dumps(tree)) == tree
    assert len({tree, ClassTree.from_newick("((a:1,b:2):3,c:1);")}) == 1
    assert tree != ClassTree.from_newick("((a:1,b:2):3,c:2);")
    assert tree != "a tree"


def test_one_class_is_a_tree():
    tree = ClassTree([-1], ["alone"], [0])
    assert repr(tree) == "ClassTree(1 class, 1 node, 0 levels)"
    assert tree.clade_stop.tolist() == [1]


def test_depth_of_100_000_needs_no_recursion():
    n = 100_000
    tree = ClassTree(np.arange(-1, n), ["bottom", "top"], [n, 1])
    assert tree.depth[-1] == n
    assert tree.subtree_size[0] == n + 1
    assert tree.classes[tree.class_order[0]] == "top"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([-1, -1], ["a"], [1]), "2 nodes have no parent"),
        (([1, 0], ["a"], [1]), "every node has a parent: there is a cycle"),
        (([-1, 2, 1], ["a"], [2]), "2 of 3 nodes can't be reached"),
        (([-1, 5], ["a"], [1]), "the parent of node 1 is 5"),
        (([], ["a"], [0]), "got no nodes"),
        (([-1, 0], [], []), "at least one class"),
        (([-1, 0], ["a", "b"], [1, 1]), "2 classes share one node: 'a', 'b'"),
        (([-1, 0], ["a", "a"], [0, 1]), "occur more than once: 'a'"),
        (([-1, 0], ["a"], [7]), "the node of class 'a' is 7"),
        (([-1, 0], ["a"], [0, 1]), "1 classes but 2 class nodes"),
        (([-1, 0], [3], [1]), "class names must be text"),
        (([-1, 0], [""], [1]), "a class name is empty"),
        (([-1.0, 0.5], ["a"], [1]), "flat array of whole numbers"),
    ],
)
def test_bad_structure_is_refused(arguments, message):
    with pytest.raises(TreeError, match=message):
        ClassTree(*arguments)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"length": [0, -1.5]}, "must not be negative.*the lowest -1.5"),
        ({"length": [0, np.nan]}, "must be finite"),
        ({"length": [0]}, "one value a node"),
        ({"length": ["x", "y"]}, "must be numbers"),
        ({"labels": ["r"]}, "labels must have one value a node"),
        ({"heights": [1, np.inf]}, "merge heights must be finite"),
        ({"ranks": ["", "family"]}, "ranks need rank_order"),
        ({"rank_order": ["family"]}, "without ranks"),
        ({"ranks": ["", "genus"], "rank_order": ["family"]}, "lacks 1 rank.*'genus'"),
        ({"ranks": ["", ""], "rank_order": ["x", "x"]}, "names a rank twice"),
    ],
)
def test_bad_options_are_refused(options, message):
    with pytest.raises(TreeError, match=message):
        ClassTree([-1, 0], ["a"], [1], **options)


def test_names_are_normalised_to_nfc_and_otherwise_verbatim():
    tree = ClassTree([-1, 0, 0], ["cafe\u0301", " 0295 "], [1, 2])
    assert tree.classes == ("caf\u00e9", " 0295 ")
