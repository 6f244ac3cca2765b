"""scipy linkage matrices and scikit-learn's AgglomerativeClustering."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.cluster.hierarchy import cophenet, is_valid_linkage, linkage
from scipy.spatial.distance import squareform
from sklearn.cluster import AgglomerativeClustering

from hiertools import ClassTree, HiertoolsError, TreeError, clades, path_distances
from hiertools.readers import from_linkage, from_newick, from_sklearn, to_linkage

METHODS = ("single", "complete", "average", "weighted", "centroid", "median", "ward")


def names(n):
    return [f"c{i}" for i in range(n)]


@pytest.mark.parametrize("method", METHODS[:4] + METHODS[6:])
@settings(deadline=None, max_examples=15)
@given(n=st.integers(2, 12), seed=st.integers(0, 99))
def test_paths_are_cophenetic_distances(method, n, seed):
    matrix = linkage(np.random.default_rng(seed).normal(size=(n, 3)), method)
    tree = from_linkage(matrix, names(n))
    assert np.allclose(path_distances(tree), squareform(cophenet(matrix)), atol=1e-12)


@pytest.mark.parametrize("method", METHODS)
@settings(deadline=None, max_examples=15)
@given(n=st.integers(2, 12), seed=st.integers(0, 99))
def test_round_trip(method, n, seed):
    matrix = linkage(np.random.default_rng(seed).normal(size=(n, 3)), method)
    tree = from_linkage(matrix, names(n))
    again = to_linkage(tree)
    assert is_valid_linkage(again)
    assert np.array_equal(again, matrix)


def test_ties_and_trees_without_heights():
    matrix = linkage(np.repeat([[0.0], [1.0]], 4, axis=0), "average")
    tree = from_linkage(matrix, names(8))
    again = from_linkage(to_linkage(tree), names(8))
    assert set(clades(again)) == set(clades(tree))
    plain = from_newick("((a:1,b:1):2,(c:2,d:2):1);")
    assert to_linkage(plain).tolist() == [[0, 1, 2, 2], [2, 3, 4, 2], [4, 5, 6, 4]]
    assert to_linkage(from_newick("a;")).shape == (0, 4)


def test_large():
    rng = np.random.default_rng(0)
    tree = from_linkage(linkage(rng.normal(size=(2000, 2)), "single"), names(2000))
    assert is_valid_linkage(to_linkage(tree))


@pytest.mark.parametrize("method", ["single", "complete", "average", "ward"])
def test_sklearn_equals_scipy(method):
    points = np.random.default_rng(1).normal(size=(15, 4))
    model = AgglomerativeClustering(linkage=method, compute_distances=True).fit(points)
    ours = from_sklearn(model, names(15))
    theirs = from_linkage(linkage(points, method), names(15))
    assert set(clades(ours)) == set(clades(theirs))
    assert np.allclose(path_distances(ours), path_distances(theirs))
    bare = from_sklearn(AgglomerativeClustering(linkage=method).fit(points), names(15))
    assert bare.heights is None
    assert not bare.has_lengths
    assert set(clades(bare)) == set(clades(ours))


GOOD = [[0, 1, 1.0, 2], [2, 3, 2.0, 3]]


@pytest.mark.parametrize(
    ("matrix", "classes", "message"),
    [
        (GOOD, names(4), "2 merges joins 3 classes, but 4 names"),
        (GOOD, ["a", "a", "b"], "more than once: 'a'"),
        ([[0, 1, 1.0]], names(2), r"shape \(classes - 1, 4\); got \(1, 3\)"),
        ([1.0, 2.0, 3.0], names(3), "looks like distances: use infer_tree"),
        ([[0, 1, float("nan"), 2]], names(2), "finite"),
        ([[0, 1, -1.0, 2]], names(2), "at least 0; the lowest is -1, at merge 0"),
        ([[0, 0.5, 1.0, 2]], names(2), "whole numbers"),
        ([[0, 2, 1.0, 2]], names(2), r"merge 0 joins \[0, 2\], but only clusters 0 to 1 exist"),
        ([[0, 1, 1.0, 2], [1, 2, 1.0, 2]], names(3), "cluster 1 is merged more than once"),
        ([["a", "b", "c", "d"]], names(2), "must be numbers"),
    ],
)
def test_bad_linkage(matrix, classes, message):
    with pytest.raises(HiertoolsError, match=message):
        from_linkage(matrix, classes)


def test_bad_models():
    with pytest.raises(TreeError, match=r"call fit\(\) first"):
        from_sklearn(AgglomerativeClustering(), names(3))
    points = np.arange(6.0)[:, None]
    model = AgglomerativeClustering().fit(points)
    with pytest.raises(TreeError, match="fitted to 6 samples, but 3 names"):
        from_sklearn(model, names(3))
    neighbours = np.eye(6, k=1) + np.eye(6, k=-1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cut = AgglomerativeClustering(
            n_clusters=3, connectivity=neighbours, compute_full_tree=False
        ).fit(points)
    with pytest.raises(TreeError, match=r"stopped after 3 of 5 merges.*compute_full_tree=True"):
        from_sklearn(cut, names(6))


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        (from_newick("(a,b,c);"), "1 of 1 inner nodes have another number of children"),
        (from_newick("((a)x,b);"), "first 'x' with 1"),
        (from_newick("((a:1,b:1):1,c:9);"), r"different distances from the root \(2 to 9\)"),
        (ClassTree([-1, 0, 0], ["a", "r"], [1, 0]), "classes at the leaves only"),
        (ClassTree([-1, 0, 0], ["a"], [1]), "classes at the leaves only"),
    ],
)
def test_what_a_linkage_matrix_cannot_say(tree, message):
    with pytest.raises(TreeError, match=message):
        to_linkage(tree)
