"""Matrices over every two classes of a tree, row by row."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tree_strategies import class_trees

import hiertools as ht
from hiertools import ClassTree
from hiertools._core import memory
from hiertools._core.threads import limited
from hiertools.errors import TooLargeError
from hiertools.trees import paths
from hiertools.trees.paths import meeting_values

pytestmark = pytest.mark.arithmetic()


def meeting_node(tree: ClassTree, a: int, b: int) -> int:
    """Return the lowest common ancestor of two nodes, by the definition."""
    above = [a, *ht.ancestors(tree, a).tolist()]
    return next(node for node in [b, *ht.ancestors(tree, b).tolist()] if node in above)


def literal_distances(tree: ClassTree, kind: str) -> np.ndarray:
    """Return path distances by the formula, pair by pair."""
    height = tree.root_distance if kind == "length" else tree.depth.astype(float)
    found = np.zeros((tree.n_classes, tree.n_classes))
    for i, a in enumerate(tree.class_node.tolist()):
        for j, b in enumerate(tree.class_node.tolist()):
            if i != j:
                meet = meeting_node(tree, a, b)
                found[i, j] = max((height[a] + height[b]) - 2 * height[meet], 0.0)
    return found


def a_large_tree(lengths: bool, n: int = 300) -> ClassTree:
    """Return a tree above the size from which rows are compiled, with few distinct lengths."""
    rng = np.random.default_rng(3)
    parent = [-1, *(int(rng.integers(max(0, i - 9), i)) for i in range(1, 2 * n))]
    nodes = np.sort(rng.permutation(2 * n)[:n])  # some at inner nodes
    names = [f"c{i}" for i in rng.permutation(n)]
    length = rng.choice([0.0, 0.1, 0.25, 1.5], 2 * n) if lengths else None
    return ClassTree(parent, names, nodes, length=length)


@pytest.fixture(params=["numpy", "compiled", "threads"], autouse=True)
def way(request, monkeypatch):
    """Let small trees go each way that large ones go."""
    if request.param != "numpy":
        monkeypatch.setattr(paths, "_FEW", 0)
    if request.param == "threads":
        monkeypatch.setattr(paths, "_TO_A_THREAD", 1)
    with limited(3 if request.param == "threads" else 1):
        yield


@given(class_trees(depth_first=False), st.sampled_from(["length", "edges"]))
def test_distances_are_those_of_the_formula_to_the_last_bit(tree, kind):
    """Whatever computes them: one class, several, inner nodes, lengths of 0."""
    wanted = literal_distances(tree, kind)
    assert np.array_equal(ht.path_distances(tree, kind=kind), wanted)
    for rows, block in ht.iter_path_distances(tree, kind=kind, block=2):
        assert np.array_equal(block, wanted[rows])


@given(class_trees(depth_first=False), st.booleans())
def test_counted_edges_are_the_distances_by_edges(tree, many):
    """In bytes, or in wider numbers where paths may be too long for these."""
    with pytest.MonkeyPatch.context() as patch:
        if many:
            patch.setattr(paths.PathRows, "MOST", 1)
        counts = paths.edge_counts(tree, tree.classes)
    assert counts.dtype == (np.int32 if many and tree.depth.max() else np.uint8)
    assert np.array_equal(counts, literal_distances(tree, "edges"))


@given(class_trees(depth_first=False))
def test_where_classes_meet_is_their_lowest_common_ancestor(tree):
    """As a node, and as a value of the node."""
    node = tree.class_node.tolist()
    wanted = np.array([[meeting_node(tree, a, b) for b in node] for a in node])
    assert np.array_equal(ht.lca_nodes(tree), wanted)
    value = np.sqrt(np.arange(tree.n_nodes))
    assert np.array_equal(meeting_values(tree, value), value[wanted])


@pytest.mark.parametrize("lengths", [False, True])
def test_large_trees_go_the_same_way(lengths):
    """Also for some of the classes, in any order."""
    tree = a_large_tree(lengths)
    wanted = literal_distances(tree, "length")
    assert np.array_equal(ht.path_distances(tree), wanted)
    chosen = np.random.default_rng(0).permutation(tree.n_classes)[:280]
    some = [tree.classes[i] for i in chosen]
    assert np.array_equal(ht.path_distances(tree, some), wanted[np.ix_(chosen, chosen)])


def test_a_matrix_that_can_not_fit_is_refused_before_it_is_begun(monkeypatch):
    """The number of gigabytes, and what to do."""
    monkeypatch.setattr(memory, "available", lambda: 10**9)
    n = 20_000
    star = ClassTree(np.append(-1, np.zeros(n, int)), list(map(str, range(n))), np.arange(n) + 1)
    with pytest.raises(
        TooLargeError,
        match=r"path distances of 20,000 classes would take 3\.2 GB of memory, but 1\.0 GB are "
        r"free; take fewer classes, or blocks of rows by iter_path_distances\.",
    ):
        ht.path_distances(star)
    with pytest.raises(TooLargeError, match=r"common ancestors of 20,000 classes"):
        ht.lca_nodes(star)
