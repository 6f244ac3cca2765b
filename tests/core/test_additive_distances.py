"""Neighbour joining on distances that are path lengths of a tree: zero, tied, tiny and huge ones.

Such distances have one tree, up to edges of length zero, whichever of equal pairs is joined first.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from literal import path_between
from tree_pairs import binary_tree, multifurcating_tree

import hiertools as ht
from hiertools import ClassTree, DistanceMatrix, infer_tree
from hiertools.hierarchy.neighbor_joining import neighbor_joining

pytestmark = pytest.mark.arithmetic()

FEW = settings(deadline=None, max_examples=40)
ROOTINGS = ("midpoint", "last_join")


@st.composite
def trees(draw, lengths):
    """Trees of any shape with edges of some lengths, all 0 perhaps."""
    n = draw(st.integers(2, 14))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shape = draw(st.sampled_from([binary_tree, multifurcating_tree]))(max(n, 4), rng)
    long = draw(st.lists(lengths, min_size=shape.n_nodes, max_size=shape.n_nodes))
    return ClassTree(shape.parent, shape.classes, shape.class_node, length=long)


def literal_paths(tree):
    node = tree.class_node.tolist()
    return np.array([[path_between(tree, a, b) for b in node] for a in node])


def real_splits(tree, least):
    """Both sides of each edge longer than `least` that parts two classes from two others.

    An edge of length zero may be resolved in any way, and so may not be there.
    """
    every, found = frozenset(tree.classes), {}
    order = [tree.classes[i] for i in tree.class_order]
    for node in range(1, tree.n_nodes):
        side = frozenset(order[tree.clade_start[node] : tree.clade_stop[node]])
        key = frozenset([side, every - side])
        found[key] = found.get(key, 0.0) + float(tree.length[node])
    return {
        key: length for key, length in found.items() if length > least and min(map(len, key)) >= 2
    }


@pytest.mark.parametrize("rooting", ROOTINGS)
@FEW
@given(tree=trees(st.sampled_from([0.0, 0.0, 1.0, 2.0])), unit=st.sampled_from([1.0, 0.1, 1e-3]))
def test_additive_distances_with_zeros_and_ties_give_back_the_tree(tree, unit, rooting):
    d = literal_paths(tree) * unit
    found, info = neighbor_joining(DistanceMatrix(d, tree.classes), rooting=rooting, details=True)
    np.testing.assert_allclose(ht.path_distances(found, tree.classes), d, atol=1e-12)
    assert (info["n_negative"], info["most_negative"]) == (0, 0.0)
    assert (found.length >= 0).all()
    theirs, ours = real_splits(tree, 1e-9), real_splits(found, 1e-9)
    assert ours == pytest.approx({key: length * unit for key, length in theirs.items()})


@pytest.mark.parametrize("rooting", ROOTINGS)
@pytest.mark.parametrize("power", [-960, -300, 300, 330])
def test_no_joining_depends_on_the_unit_of_distances(power, rooting):
    rng = np.random.default_rng(0)
    for n in (4, 9, 30):
        whole = rng.integers(1, 2**10, n * (n - 1) // 2).astype(float) * 2.0 ** (-10)
        names = [f"c{i:02d}" for i in range(n)]
        plain, unit = (
            neighbor_joining(DistanceMatrix(np.ldexp(whole, p), names), rooting=rooting)
            for p in (0, power)
        )
        assert set(ht.clades(plain)) == set(ht.clades(unit))
        assert unit.length.tolist() == np.ldexp(plain.length, power).tolist()


@pytest.mark.parametrize("scale", [1e99, 3e99, 1e-289])
def test_huge_and_tiny_additive_distances(scale):
    rng = np.random.default_rng(1)
    shape = binary_tree(12, rng)
    tree = ClassTree(shape.parent, shape.classes, shape.class_node, length=rng.random(23) / 10)
    found = neighbor_joining(DistanceMatrix(ht.path_distances(tree) * scale, tree.classes))
    np.testing.assert_allclose(
        ht.path_distances(found, tree.classes) / scale, ht.path_distances(tree), rtol=1e-9
    )
    assert ht.tree_distance(tree, found, "robinson_foulds_unrooted") == 0


@pytest.mark.parametrize("linkage", ["single", "complete", "average", "weighted"])
@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(2, 12))
def test_ultrametric_distances_with_ties_give_back_their_heights(linkage, seed, n):
    """Path distances of a tree whose classes are equally deep, in whole numbers: exactly."""
    rng = np.random.default_rng(seed)
    shape = binary_tree(n, rng)
    height = np.zeros(shape.n_nodes)
    for v in range(shape.n_nodes - 1, -1, -1):  # whole numbers, many of them equal
        if v not in set(shape.class_node.tolist()):
            below = [height[c] for c in range(shape.n_nodes) if shape.parent[c] == v]
            height[v] = max(below) + rng.integers(0, 3)
    length = [0.0, *(height[shape.parent[1:]] - height[1:])]
    tree = ClassTree(shape.parent, shape.classes, shape.class_node, length=length)
    d = literal_paths(tree)
    found = infer_tree(DistanceMatrix(d, tree.classes), linkage)
    np.testing.assert_array_equal(ht.path_distances(found, tree.classes), d)
