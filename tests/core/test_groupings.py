"""Fowlkes-Mallows and dendrogram purity against their definitions, sklearn, and brute force."""

import math
from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tree_pairs import binary_tree, multifurcating_tree, tree_pairs

from hiertools import ClassTree, OptionError, tree_distance
from hiertools.treedist import dendrogram_purity
from hiertools.treedist.cuts import groups_in_cut, possible_cuts
from hiertools.treedist.fowlkes_mallows import (
    compare_groups,
    fowlkes_mallows_curve,
    prepare_groups,
)

FEW = settings(deadline=None, max_examples=40)


def classes_below(tree, node):
    end = node + tree.subtree_size[node]
    return {c for c, at in zip(tree.classes, tree.class_node) if node <= at < end}


def smallest_clade(clades, a, b):
    return min((clade for clade in clades if a in clade and b in clade), key=len)


def as_sets(tree, groups):
    return {frozenset(np.array(tree.classes)[groups == g]) for g in np.unique(groups)}


@FEW
@given(pair=tree_pairs())
def test_cuts_are_nested_clades_and_as_many_as_asked(pair):
    tree = pair[0]
    n = tree.n_classes
    clades = {frozenset(classes_below(tree, v)) for v in range(tree.n_nodes)}
    numbers = possible_cuts(tree)
    assert numbers[0] == 1
    assert numbers[-1] == n
    before = [frozenset(tree.classes)]
    for k in range(1, n + 1):
        groups = as_sets(tree, groups_in_cut(tree, k))
        assert len(groups) == max(number for number in numbers if number <= k)
        for group in groups:
            assert len(group) == 1 or group in clades
            assert any(group <= other for other in before)
        before = groups


def test_cut_of_a_linkage_is_that_of_scipy():
    from scipy.cluster import hierarchy

    points = np.random.default_rng(3).normal(size=(20, 3))
    z = hierarchy.linkage(points, "average")
    tree = ClassTree.from_linkage(z, [f"c{i:02d}" for i in range(20)])
    for k in range(1, 21):
        # Not fcluster: that of scipy 1.11 stops at 18 of these 20 groups.
        theirs = hierarchy.cut_tree(z, k)[:, 0]
        order = np.argsort([int(c[1:]) for c in tree.classes])
        assert compare_groups(groups_in_cut(tree, k)[order], theirs)["distance"] in (
            pytest.approx(1), pytest.approx(math.nan, nan_ok=True),
        )  # fmt: skip


@FEW
@given(labels=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=14))
def test_fowlkes_mallows_is_its_definition_and_that_of_sklearn(labels):
    from sklearn.metrics import fowlkes_mallows_score

    a, b = (np.array(column) for column in zip(*labels))
    pairs = list(combinations(range(len(labels)), 2))
    both = sum(a[i] == a[j] and b[i] == b[j] for i, j in pairs)
    in_a, in_b = (sum(x[i] == x[j] for i, j in pairs) for x in (a, b))
    counts = compare_groups(a, b)
    if in_a and in_b:
        assert counts["distance"] == pytest.approx(both / math.sqrt(in_a * in_b))
        assert counts["distance"] == pytest.approx(fowlkes_mallows_score(a, b))
    else:
        assert math.isnan(counts["distance"])
        assert "no two classes" in counts["note"]


@pytest.mark.parametrize("a", [[0, 0, 1, 1, 1, 2], [0, 0, 0, 0, 1], [0, 0, 1], [0, 0]])
def test_moments_are_those_over_all_relabellings(a):
    first = np.array(a)
    second = np.array([0] * (len(a) - len(a) // 3) + [1] * (len(a) // 3))
    orders = np.array(list(permutations(range(len(a)))))
    values = prepare_groups(first, second)(orders)
    counts = compare_groups(first, second)
    assert counts["chance"] == pytest.approx(values.mean())
    assert counts["chance_sd"] == pytest.approx(values.std(), abs=1e-7)


def test_curve_bands():
    rng = np.random.default_rng(0)
    a, b = binary_tree(20, rng, heights=True), binary_tree(20, rng, heights=True)
    exact = fowlkes_mallows_curve(a, b)
    drawn = fowlkes_mallows_curve(a, b, [2, 5, 10], permutations=2000)
    assert exact["k"].tolist() == list(range(2, 20))
    assert drawn["k"].tolist() == [2, 5, 10]
    near = exact.set_index("k").loc[[2, 5, 10]]
    np.testing.assert_allclose(drawn["high"], near["high"], atol=0.15)
    assert ((drawn["low"] <= drawn["chance"]) & (drawn["chance"] <= drawn["high"])).all()
    mean = tree_distance(a, b, "fowlkes_mallows")
    assert mean == pytest.approx(exact["value"].mean())


def test_fowlkes_mallows_of_trees_that_no_cut_suits():
    tree, star = ClassTree.from_newick("((a,b),(c,d));"), ClassTree.from_newick("(a,b,c,d);")
    assert (
        "No cut parts both trees"
        in tree_distance(tree, star, "fowlkes_mallows", details=True)["note"]
    )
    counts = tree_distance(star, tree, "fowlkes_mallows", k=3, details=True)
    assert (counts["k_reference"], counts["k_other"]) == (1, 2)
    assert fowlkes_mallows_curve(tree, star).empty


def test_fowlkes_mallows_of_a_level():
    from sklearn.metrics import fowlkes_mallows_score

    tree = ClassTree.from_lineages(
        {"a": "x/1/a", "b": "x/1/b", "c": "x/2/c", "d": "y/3/d", "e": "y/3/e"}
    )
    other = ClassTree.from_newick("(((a,d),b),(c,e));")
    for level, groups, cut_groups in (
        (0, [0, 0, 0, 1, 1], [0, 0, 1, 0, 1]),
        (1, [0, 0, 1, 2, 2], [0, 1, 2, 0, 2]),
    ):
        counts = tree_distance(tree, other, "fowlkes_mallows", level=level, details=True)
        assert counts["k_reference"] == counts["k_other"] == level + 2
        assert counts["distance"] == pytest.approx(fowlkes_mallows_score(groups, cut_groups))
    with pytest.raises(OptionError, match="give k or level, not both"):
        tree_distance(tree, other, "fowlkes_mallows", k=2, level=0)


def purity_by_definition(groups, tree, weights):
    """The mean, over classes with company and over their company, of the clade's share."""
    group = dict(zip(tree.classes, groups))
    clades = [classes_below(tree, v) for v in range(tree.n_nodes)]
    shares = []
    for i in tree.classes:
        company = [j for j in tree.classes if j != i and group[j] == group[i]]
        found = []
        for j in company:
            clade = smallest_clade(clades, i, j)
            found.append(sum(group[c] == group[i] for c in clade) / len(clade))
        shares.append(found)
    kept = [x for x in shares if x]
    if not kept:
        return math.nan
    if weights == "classes":
        return float(np.mean([np.mean(x) for x in kept]))
    return float(np.mean([value for x in kept for value in x]))


@FEW
@given(pair=tree_pairs(), weights=st.sampled_from(["classes", "pairs"]), data=st.data())
def test_purity_is_its_definition(pair, weights, data):
    tree = pair[0]
    n = tree.n_classes
    groups = data.draw(st.lists(st.integers(0, 3), min_size=n, max_size=n))
    value = dendrogram_purity.prepare(groups, tree, weights=weights)
    orders = np.array([data.draw(st.permutations(range(n))), list(range(n))])
    expected = [purity_by_definition(np.array(groups)[o], tree, weights) for o in orders]
    np.testing.assert_allclose(value(orders), expected, atol=1e-12)


@pytest.mark.parametrize("n", [30, 71])
def test_purity_of_larger_trees(n):
    rng = np.random.default_rng(n)
    for tree in (binary_tree(n, rng), multifurcating_tree(n, rng)):
        groups = rng.integers(0, 5, n)
        for weights in ("classes", "pairs"):
            ours = dendrogram_purity.prepare(groups, tree, weights=weights)(np.arange(n))[0]
            assert ours == pytest.approx(purity_by_definition(groups, tree, weights))


def test_purity_of_levels():
    tree = ClassTree.from_lineages({"a": "x/1/a", "b": "x/1/b", "c": "x/2/c", "d": "y/3/d"})
    assert tree_distance(tree, tree, "dendrogram_purity", level=0) == 1
    assert tree_distance(tree, tree, "dendrogram_purity", level=1) == 1
    counts = tree_distance(tree, tree, "dendrogram_purity", level=2, details=True)
    assert math.isnan(counts["distance"])
    assert counts["n_alone"] == 4
    assert "share a group at level 2" in counts["note"]
    mixed = ClassTree.from_newick("(((a,d),b),c);")
    assert tree_distance(tree, mixed, "dendrogram_purity", level=1) == pytest.approx(2 / 3)


def test_bad_options():
    tree = ClassTree.from_newick("((a,b),c);")
    with pytest.raises(OptionError, match="weights has no option 'all'"):
        tree_distance(tree, tree, "dendrogram_purity", weights="all")
    with pytest.raises(OptionError, match="for each of the tree's 3 classes; got shape"):
        dendrogram_purity.prepare([0, 1], tree)
    with pytest.raises(OptionError, match="k must be a whole number of at least 1; got 0"):
        tree_distance(tree, tree, "fowlkes_mallows", k=0)
    with pytest.raises(OptionError, match="level must be between 0 and 1; got 95"):
        fowlkes_mallows_curve(tree, tree, level=95)


COLUMNS_OF_THE_CURVE = {"value": "distance", "chance": "chance", "chance_sd": "chance_sd"}


@pytest.mark.parametrize("seed", range(12))
def test_the_curve_is_that_of_the_cuts_at_each_number(seed):
    """Trees with ties, classes at inner nodes and single-child nodes; k beyond what they have."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 25))
    trees = []
    for _ in range(2):
        size = n + int(rng.integers(0, n))
        parent = [-1, *(int(rng.integers(max(0, i - 6), i)) for i in range(1, size))]
        nodes = rng.permutation(size)[:n]
        length = rng.integers(0, 3, size).astype(float) if seed % 2 else None
        trees.append(ClassTree(parent, [f"c{i}" for i in range(n)], nodes, length=length))
    numbers = list(range(1, n + 3))
    found = fowlkes_mallows_curve(*trees, numbers)
    for k, row in zip(numbers, found.to_dict("records"), strict=True):
        first, second = (groups_in_cut(tree, k) for tree in trees)
        wanted = compare_groups(first, second)
        assert (row["k"], row["k_reference"]) == (k, first.max() + 1)
        assert row["k_other"] == second.max() + 1
        for column, name in COLUMNS_OF_THE_CURVE.items():
            assert row[column] == wanted[name] or math.isnan(row[column] + wanted[name])
