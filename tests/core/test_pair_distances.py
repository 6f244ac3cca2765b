"""Distances made of numbers per pair of classes against their definitions, pair by pair."""

import math
from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.cluster import hierarchy
from scipy.spatial.distance import pdist
from scipy.stats import pearsonr, spearmanr
from tree_pairs import binary_tree, multifurcating_tree, tree_pairs, tree_triples

from hiertools import ClassTree, OptionError, ancestors, tree_distance
from hiertools.treedist import bakers_gamma, cophenetic, dasgupta, kendall_colijn, path_difference

pytestmark = pytest.mark.arithmetic()

FEW = settings(deadline=None, max_examples=40)


def up(tree, node):
    """The node and everything above it, root last."""
    return [node, *list(ancestors(tree, node))[::-1]]


def meet(tree, a, b):
    x, y = (up(tree, int(tree.class_node[tree.classes.index(c)])) for c in (a, b))
    return max(set(x) & set(y))


def below(tree, node):
    end = node + tree.subtree_size[node]
    return {c for c, at in zip(tree.classes, tree.class_node) if node <= at < end}


def edges(tree, node):
    return len(up(tree, node)) - 1


def height(tree, node):
    """Largest number of edges from a node down to a class."""
    end = node + tree.subtree_size[node]
    down = [edges(tree, int(at)) - edges(tree, node) for at in tree.class_node if node <= at < end]
    return max(down, default=0)


def pairs(tree):
    return list(combinations(sorted(tree.classes), 2))


def merge(tree, node):
    return height(tree, node) if tree.heights is None else tree.heights[node]


def groups_at(tree, h):
    """Classes by group of a cut at height h: the topmost node that merges at h or below."""
    found = {}
    for c, at in zip(tree.classes, tree.class_node):
        whole = [int(v) for v in up(tree, int(at)) if merge(tree, v) <= h]
        found[c] = str(min(whole)) if whole else f"only {c}"
    return found


def last_common_cut(tree, a, b):
    """The largest number of groups of a cut at some height that keeps a and b together."""
    cuts = [groups_at(tree, merge(tree, v)) for v in range(tree.n_nodes)]
    return max(len(set(cut.values())) for cut in cuts if cut[a] == cut[b])


def correlated(x, y, function):
    if len(set(x)) < 2 or len(set(y)) < 2:
        return math.nan
    return function(x, y).statistic


@FEW
@given(pair=tree_pairs())
def test_cophenetic_correlation_is_its_definition(pair):
    x, y = ([height(t, meet(t, *p)) for p in pairs(t)] for t in pair)
    counts = tree_distance(*pair, "cophenetic_correlation", details=True)
    assert counts["distance"] == pytest.approx(correlated(x, y, pearsonr), abs=1e-9, nan_ok=True)
    assert ("note" in counts) == math.isnan(counts["distance"])


@FEW
@given(pair=tree_pairs(max_classes=7))
def test_bakers_gamma_is_its_definition(pair):
    x, y = ([last_common_cut(t, *p) for p in pairs(t)] for t in pair)
    counts = tree_distance(*pair, "bakers_gamma", details=True)
    assert counts["distance"] == pytest.approx(correlated(x, y, spearmanr), abs=1e-9, nan_ok=True)


def test_bakers_gamma_with_merge_heights():
    rng = np.random.default_rng(0)
    for _ in range(5):
        a, b = binary_tree(9, rng, heights=True), multifurcating_tree(9, rng)
        x, y = ([last_common_cut(t, *p) for p in pairs(t)] for t in (a, b))
        ours = tree_distance(a, b, "bakers_gamma")
        assert ours == pytest.approx(spearmanr(x, y).statistic, abs=1e-9)


@FEW
@given(pair=tree_pairs(min_classes=2), normalized=st.booleans())
def test_path_difference_is_its_definition(pair, normalized):
    def path(tree, a, b):
        one, other = (edges(tree, int(tree.class_node[tree.classes.index(c)])) for c in (a, b))
        return one + other - 2 * edges(tree, meet(tree, a, b))

    squares = [(path(pair[0], *p) - path(pair[1], *p)) ** 2 for p in pairs(pair[0])]
    expected = math.sqrt(np.mean(squares) if normalized else sum(squares))
    ours = tree_distance(*pair, "path_difference", normalized=normalized)
    assert ours == pytest.approx(expected, abs=1e-9)


@FEW
@given(pair=tree_pairs(), weight=st.sampled_from([0.0, 0.3, 1.0]))
def test_kendall_colijn_is_its_definition(pair, weight):
    def vector(tree):
        m = [edges(tree, meet(tree, *p)) for p in pairs(tree)] + [1] * tree.n_classes
        lengths = [sum(tree.length[v] for v in up(tree, meet(tree, *p))) for p in pairs(tree)]
        for c in sorted(tree.classes):
            node = int(tree.class_node[tree.classes.index(c)])
            alone = tree.clade_stop[node] - tree.clade_start[node] == 1
            lengths.append(tree.length[node] if alone else 0)
        return (1 - weight) * np.array(m) + weight * np.array(lengths)

    expected = np.linalg.norm(vector(pair[0]) - vector(pair[1]))
    ours = tree_distance(*pair, "kendall_colijn", length_weight=weight)
    assert ours == pytest.approx(expected, abs=1e-9)


@FEW
@given(pair=tree_pairs())
def test_dasgupta_cost_is_its_definition(pair):
    a, b = pair

    def weight(p):  # clades below the root that hold both, single-child nodes not counted twice
        sets = {frozenset(below(a, v)) for v in up(a, meet(a, *p))}
        return len(sets - {frozenset(a.classes)})

    cost = sum(weight(p) * len(below(b, meet(b, *p))) for p in pairs(a))
    counts = tree_distance(a, b, "dasgupta_cost", details=True)
    assert counts["raw"] == pytest.approx(cost)
    assert counts["raw"] >= counts["best"] - 1e-9
    every = [
        sum(weight(p) * len(below(b, meet(b, *(moved[c] for c in p)))) for p in pairs(a))
        for order in list(permutations(a.classes))[: 120 if a.n_classes <= 5 else 0]
        for moved in [dict(zip(a.classes, order))]
    ]
    if every:
        assert counts["chance"] == pytest.approx(np.mean(every))
    if not math.isnan(counts["distance"]):
        expected = (cost - counts["best"]) / (counts["chance"] - counts["best"])
        assert counts["distance"] == pytest.approx(expected)


def test_dasgupta_best_is_that_of_a_binary_refinement():
    tree = ClassTree.from_newick("((a,b,c),(d,e),f,(g,(h,i,j)));")
    refined = ClassTree.from_newick("(((((a,b),c),(d,e)),f),(g,((h,i),j)));")
    assert tree_distance(tree, refined, "dasgupta_cost") == 0
    assert tree_distance(tree, tree, "dasgupta_cost") > 0
    star = ClassTree.from_newick("(a,b,c);")
    assert (
        "every tree is as good" in tree_distance(star, star, "dasgupta_cost", details=True)["note"]
    )


def test_heights_of_a_linkage_are_those_of_scipy():
    points = np.random.default_rng(4).normal(size=(2, 12, 3))
    names = [f"c{i:02d}" for i in range(12)]
    z = [hierarchy.linkage(pdist(p), "average") for p in points]
    a, b = (ClassTree.from_linkage(matrix, names) for matrix in z)
    expected = np.corrcoef(*(hierarchy.cophenet(matrix) for matrix in z))[0, 1]
    assert tree_distance(a, b, "cophenetic_correlation") == pytest.approx(expected)


def test_lengths_stand_in_for_missing_heights():
    a = ClassTree.from_newick("((a:1,b:1):1,(c:0.5,d:0.5):1.5);")
    b = ClassTree.from_newick("((a:2,b:2):2,(c:1,d:1):3);")
    assert tree_distance(a, b, "cophenetic_correlation") == pytest.approx(1)
    assert tree_distance(a, b, "bakers_gamma") == pytest.approx(1)


@pytest.mark.parametrize("method", ["path_difference", "kendall_colijn"])
@FEW
@given(triple=tree_triples())
def test_metric(method, triple):
    a, b, c = triple
    ab, bc, ac = (tree_distance(*p, method) for p in ((a, b), (b, c), (a, c)))
    assert ac <= ab + bc + 1e-9
    assert tree_distance(b, a, method) == pytest.approx(ab, abs=1e-9)
    assert tree_distance(a, a, method) == 0


METHODS = [
    "path_difference", "kendall_colijn", "cophenetic_correlation", "bakers_gamma", "dasgupta_cost"
]  # fmt: skip


@pytest.mark.parametrize("method", METHODS)
@FEW
@given(pair=tree_pairs(), data=st.data())
def test_blind_to_class_order(method, pair, data):
    a, b = pair
    value = tree_distance(a, b, method)
    order = data.draw(st.permutations(range(a.n_classes)))
    shuffled = ClassTree(a.parent, [a.classes[i] for i in order], a.class_node[list(order)])
    assert tree_distance(shuffled, b, method) == pytest.approx(value, abs=1e-9, nan_ok=True)


@pytest.mark.parametrize("method", METHODS)
def test_relabelled_values_are_those_of_relabelled_trees(method):
    module = {
        "path_difference": path_difference,
        "kendall_colijn": kendall_colijn,
        "cophenetic_correlation": cophenetic,
        "bakers_gamma": bakers_gamma,
        "dasgupta_cost": dasgupta,
    }[method]
    rng = np.random.default_rng(2)
    a, b = multifurcating_tree(25, rng), binary_tree(25, rng, heights=True)
    orders = np.array([rng.permutation(25) for _ in range(6)])
    expected = [
        tree_distance(ClassTree(a.parent, a.classes, a.class_node[order]), b, method)
        for order in orders
    ]
    np.testing.assert_allclose(module.prepare(a, b)(orders), expected)


def test_unrooted_path_difference_takes_the_root_out():
    a = ClassTree.from_newick("((a,b),((c),(d,e)));")
    b = ClassTree.from_newick("(((a,b),c),(d,e));")
    c = ClassTree.from_newick("((a,b),c,(d,e));")
    assert tree_distance(a, b, "path_difference") > 0
    assert tree_distance(a, b, "path_difference", rooted=False) == 0
    assert tree_distance(a, c, "path_difference", rooted=False) == 0


def test_undefined_and_bad_options():
    one, star = ClassTree.from_newick("(a);"), ClassTree.from_newick("(a,b,c);")
    tree = ClassTree.from_newick("((a,b),c);")
    assert (
        "one class has no pairs"
        in tree_distance(one, one, "path_difference", normalized=True, details=True)["note"]
    )
    for method in ("cophenetic_correlation", "bakers_gamma"):
        assert "in the reference" in tree_distance(star, tree, method, details=True)["note"]
        assert "in the other tree" in tree_distance(tree, star, method, details=True)["note"]
    with pytest.raises(OptionError, match="rooted=False concerns edges"):
        tree_distance(tree, tree, "path_difference", kind="length", rooted=False)
    with pytest.raises(OptionError, match="length_weight must be between 0 and 1; got 2"):
        tree_distance(tree, tree, "kendall_colijn", length_weight=2)
