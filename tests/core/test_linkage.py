"""Inferred hierarchies against scipy and scikit-bio."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.cluster import hierarchy

import hiertools as ht
from hiertools import OptionError
from hiertools.hierarchy.linkage import LINKAGES

SCIPY = [name for name in LINKAGES if name != "nj"]


def random_reps(seed, n=12, dim=4):
    rng = np.random.default_rng(seed)
    names = [f"c{i:02d}" for i in range(n)]
    return ht.ClassRepresentatives(rng.normal(size=(n, dim)), names)


@pytest.mark.parametrize("linkage", SCIPY)
def test_clades_and_heights_are_scipys(linkage):
    reps = random_reps(3)
    tree = ht.infer_tree(reps, linkage)
    matrix = hierarchy.linkage(ht.distances(reps).condensed.copy(), linkage)
    sets = {i: frozenset([name]) for i, name in enumerate(reps.classes)}
    expected = {}
    for step, (a, b, height, _) in enumerate(matrix):
        sets[len(reps.classes) + step] = sets[int(a)] | sets[int(b)]
        expected[sets[len(reps.classes) + step]] = height
    found = {}
    for node in range(tree.n_nodes):
        run = tree.class_order[tree.clade_start[node] : tree.clade_stop[node]]
        if run.size > 1:
            found[frozenset(tree.classes[i] for i in run)] = tree.heights[node]
    assert found.keys() == expected.keys()
    assert all(found[clade] == pytest.approx(expected[clade]) for clade in expected)


@pytest.mark.parametrize("linkage", ["single", "complete", "average", "weighted", "ward"])
def test_path_distance_is_the_height_of_the_merge(linkage):
    reps = random_reps(4)
    matrix = hierarchy.linkage(ht.distances(reps).condensed.copy(), linkage)
    tree = ht.infer_tree(reps, linkage)
    paths = ht.path_distances(tree, reps.classes)[np.triu_indices(12, 1)]
    assert np.allclose(paths, hierarchy.cophenet(matrix))


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10**6), st.sampled_from(sorted(LINKAGES)), st.integers(1, 3))
def test_class_order_never_matters_even_with_ties(seed, linkage, grid):
    rng = np.random.default_rng(seed)
    n = 8
    values = rng.integers(1, grid + 1, n * (n - 1) // 2).astype(float)
    matrix = ht.DistanceMatrix(values, [f"c{i}" for i in range(n)])
    shuffled = matrix.take(rng.permutation(matrix.classes).tolist())
    assert ht.infer_tree(shuffled, linkage) == ht.infer_tree(matrix, linkage)


def test_one_and_two_classes():
    assert ht.infer_tree({"a": [1.0, 2.0]}).n_nodes == 1
    for linkage in LINKAGES:
        two = ht.infer_tree({"b": [1.0, 0.0], "a": [0.0, 1.0]}, linkage)
        assert sorted(two.classes) == ["a", "b"]
        assert ht.path_distances(two)[0, 1] == pytest.approx(np.sqrt(2))


def test_euclidean_linkages_refuse_other_distances():
    reps = random_reps(5)
    for linkage in ("ward", "centroid", "median"):
        with pytest.raises(OptionError, match="Euclidean distances, but metric='angular'"):
            ht.infer_tree(reps, linkage, metric="angular")
        assert ht.infer_tree(reps, linkage, metric="raw_euclidean").n_classes == 12


def test_inversions_keep_their_heights_and_get_no_negative_edges():
    corner = ht.ClassRepresentatives([[0.0, 0.0], [1.0, 0.0], [0.5, 0.95]], ["a", "b", "c"])
    tree = ht.infer_tree(corner, "centroid", metric="raw_euclidean")
    assert tree.heights[0] < tree.heights.max()
    assert (tree.length >= 0).all()


def test_contradictions_are_refused():
    matrix = ht.DistanceMatrix([1.0], ["a", "b"])
    with pytest.raises(OptionError, match="metric='cosine' can't be applied to a DistanceMatrix"):
        ht.infer_tree(matrix, metric="cosine")
    with pytest.raises(OptionError, match="center=True can't be applied"):
        ht.infer_tree(matrix, center=True)
    with pytest.raises(OptionError, match="linkage has no option 'upgma'"):
        ht.infer_tree(matrix, "upgma")
