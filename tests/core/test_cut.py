"""`cut`: groups of classes that merge at or below a height, against that definition."""

import numpy as np
import pytest
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import pdist

import hiertools as ht
from hiertools.treedist.pairs import merge_heights

RNG = np.random.default_rng(3)
NAMES = [f"c{i}" for i in range(17)]
VECTORS = RNG.standard_normal((17, 4))
INFERRED = ht.infer_tree(ht.ClassRepresentatives(VECTORS, NAMES), metric="raw_euclidean")
TAXONOMY = ht.ClassTree.from_newick("((lynx,wolf),(newt,(toad,frog)),pike);")
WEIGHTED = ht.ClassTree.from_newick("((a:1,b:2):3,(c:4,d:1):1,e:2);")


def together(groups):
    values = np.asarray(groups)
    return values[:, None] == values[None, :]


@pytest.mark.parametrize("tree", [INFERRED, TAXONOMY, WEIGHTED])
def test_two_classes_share_a_group_where_they_merge_at_or_below_the_cut(tree):
    height = merge_heights(tree)
    for cut_at in np.unique([0.0, *height, *(height + 0.01), height.max() + 1]):
        groups = ht.cut(tree, height=cut_at)
        assert tuple(groups.index) == tree.classes
        merging = height[ht.lca_nodes(tree)] <= cut_at
        np.fill_diagonal(merging, True)
        assert (together(groups) == merging).all()


@pytest.mark.parametrize("k", range(1, 18))
def test_k_groups_are_those_of_scipy(k):
    merges = linkage(pdist(VECTORS), "average")
    groups = ht.cut(INFERRED, k=k)[NAMES]
    assert groups.nunique() == k
    # Old versions of scipy find too few groups where they are asked for a number of them.
    height = np.append(0.0, merges[:, 2])[17 - k]
    assert (together(groups) == together(fcluster(merges, height, "distance"))).all()


def test_groups_are_numbered_as_the_tree_is_drawn():
    groups = ht.cut(TAXONOMY, k=3)
    assert groups.to_dict() == {"lynx": 0, "wolf": 0, "newt": 1, "toad": 1, "frog": 1, "pike": 2}
    assert groups.name == "group"
    assert ht.cut("(a,b);", k=2).to_dict() == {"a": 0, "b": 1}
    assert ht.cut(ht.ClassTree([-1], ["a"], [0]), k=1).to_dict() == {"a": 0}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "give one"),
        ({"k": 2, "height": 1.0}, "give one"),
        ({"k": 0}, "k must be a whole number of at least 1"),
        ({"k": 2.0}, r"cut\(\): k must be a whole number or None"),
        ({"k": 2}, "no cut by height parts this tree into 2 groups; the nearest numbers are 1, 3"),
        ({"k": 99}, "nearest numbers are 1, 3, 4, 6"),
        ({"height": -1.0}, "height must be a number of at least 0"),
        ({"height": np.nan}, "height must be a number of at least 0"),
        ({"height": "x"}, r"cut\(\): height must be a number or None"),
    ],
)
def test_what_is_no_cut_is_refused(options, message):
    with pytest.raises(ht.OptionError, match=message):
        ht.cut(TAXONOMY, **options)
