"""Triplet and quartet counts against every triplet and quartet looked at."""

import csv
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from subset_twins import BOXES, counts
from tree_pairs import binary_tree, multifurcating_tree, tree_pairs

import hiertools as ht
from hiertools import ClassTree
from hiertools.errors import OptionError
from hiertools.treedist import METHODS
from hiertools.treedist.quartets import quartet
from hiertools.treedist.triplets import triplet

pytestmark = pytest.mark.arithmetic()

TQDIST = Path(__file__).parents[1] / "verification" / "tqdist" / "figures.csv"
"""`figures.py` beside it made it."""

COMMON = settings(deadline=None, max_examples=60)

BOTH = pytest.mark.parametrize(
    ("name", "compared", "order"), [("triplet", triplet, 3), ("quartet", quartet, 4)]
)


def comb(n, names):
    """A caterpillar."""
    inner = np.arange(n - 1)
    parent = np.concatenate([inner - 1, inner, [n - 2]])
    return ClassTree(parent, names, np.arange(n - 1, 2 * n - 1))


def of_degree(n, degree, rng):
    """Join `degree` nodes at a time."""
    parent, alive = [-1] * n, list(range(n))
    while len(alive) > 1:
        joined = rng.choice(len(alive), min(degree, len(alive)), replace=False)
        parent.append(-1)
        for i in joined:
            parent[alive[i]] = len(parent) - 1
        alive = [v for i, v in enumerate(alive) if i not in joined] + [len(parent) - 1]
    return ClassTree(parent, [f"c{i:03d}" for i in rng.permutation(n)], range(n))


@BOTH
@COMMON
@given(trees=tree_pairs())
def test_counts_are_those_of_looking_at_each(name, compared, order, trees):
    found = compared(*trees)
    expected = counts(*trees, order)
    assert {box: found[box] for box in BOXES} == expected
    assert found["n_total"] == sum(expected.values()) == math.comb(trees[0].n_classes, order)


@BOTH
@pytest.mark.parametrize("shape", ["binary", "taxonomy", "comb", "three", "five"])
def test_counts_of_larger_trees(name, compared, order, shape):
    rng = np.random.default_rng(5)
    n = {3: 30, 4: 17}[order]
    names = [f"c{i:03d}" for i in range(n)]
    make = {
        "binary": lambda: binary_tree(n, rng),
        "taxonomy": lambda: multifurcating_tree(n, rng),
        "comb": lambda: comb(n, [names[i] for i in rng.permutation(n)]),
        "three": lambda: of_degree(n, 3, rng),
        "five": lambda: of_degree(n, 5, rng),
    }
    a = make[shape]()
    for b in (make[shape](), make["five"](), make["comb"]()):
        found = compared(a, b)
        assert {box: found[box] for box in BOXES} == counts(a, b, order)


@BOTH
@COMMON
@given(data=st.data())
def test_distances_are_quotients_of_the_counts(name, compared, order, data):
    trees = data.draw(tree_pairs(min_classes=order))
    box = counts(*trees, order)
    agree, contradicted, only_reference, only_other, _ = (box[name] for name in BOXES)
    differ = contradicted + only_reference + only_other
    parts = {
        "reference": (contradicted + only_reference, agree + contradicted + only_reference),
        "all": (differ, math.comb(trees[0].n_classes, order)),
        "both": (contradicted, agree + contradicted),
        "none": (differ, 1),
    }
    for denominator, (upper, lower) in parts.items():
        found = compared(*trees, denominator=denominator)
        assert found["distance"] == (
            upper / lower if lower else pytest.approx(math.nan, nan_ok=True)
        )
        assert ("note" in found) == (lower == 0)


@BOTH
@COMMON
@given(data=st.data())
def test_exchanging_the_trees_exchanges_the_counts(name, compared, order, data):
    a, b = data.draw(tree_pairs(min_classes=order))
    there, back = compared(a, b), compared(b, a)
    assert there["n_only_reference"] == back["n_only_other"]
    for box in ("n_agree", "n_contradicted", "n_neither"):
        assert there[box] == back[box]
    same = compared(a, a)
    assert same["n_agree"] + same["n_neither"] == same["n_total"]
    for denominator in ("all", "none"):
        assert compared(a, b, denominator=denominator)["distance"] == pytest.approx(
            compared(b, a, denominator=denominator)["distance"]
        )


@BOTH
@COMMON
@given(data=st.data(), seed=st.integers(0, 2**32 - 1))
def test_class_order_and_chains_do_not_matter(name, compared, order, data, seed):
    rng = np.random.default_rng(seed)
    a, b = data.draw(tree_pairs(min_classes=order))
    shuffle = rng.permutation(a.n_classes)
    again = ClassTree(a.parent, [a.classes[i] for i in shuffle], a.class_node[shuffle])
    assert compared(again, ht.collapse_unary(b)) == pytest.approx(compared(a, b), nan_ok=True)


@BOTH
@settings(deadline=None, max_examples=25)
@given(trees=tree_pairs(min_classes=2, max_classes=8), seed=st.integers(0, 2**32 - 1))
def test_null_is_that_of_renamed_trees(name, compared, order, trees, seed):
    a, b = trees
    rng = np.random.default_rng(seed)
    permutations = np.array([rng.permutation(a.n_classes) for _ in range(4)])
    for denominator in ("reference", "all", "both", "none"):
        expected = []
        for permutation in permutations:
            renamed = ClassTree(b.parent, [b.classes[i] for i in permutation], b.class_node)
            expected.append(compared(a, renamed, denominator=denominator)["distance"])
        found = METHODS[name].prepare(a, b, denominator)(permutations)
        np.testing.assert_allclose(found, expected)


@BOTH
def test_chance_is_the_mean_over_relabellings(name, compared, order):
    rng = np.random.default_rng(0)
    a, b = multifurcating_tree(40, rng), multifurcating_tree(40, rng)
    permutations = np.array([rng.permutation(40) for _ in range(2000)])
    for denominator in ("reference", "all", "none"):
        drawn = METHODS[name].prepare(a, b, denominator)(permutations)
        chance = compared(a, b, denominator=denominator)["chance"]
        assert abs(drawn.mean() - chance) < 5 * drawn.std() / math.sqrt(2000)
    assert compared(a, binary_tree(40, rng))["chance"] == pytest.approx(2 / 3)


@pytest.mark.parametrize("degree", [2, 3, 8])
def test_triplets_of_large_trees_by_intersections_of_clades(degree):
    # Of clades u, v and those above them, U and V: a pair in u and v, and a third class in U and V
    # but in neither u nor v, make an agreeing triplet, each just once.
    rng = np.random.default_rng(8)
    a, b = ht.sort_classes(of_degree(300, degree, rng)), ht.sort_classes(of_degree(300, 5, rng))
    first, second = membership(a), membership(b)
    common = first @ second.T
    up, upper = a.parent[1:], b.parent[1:]
    pairs = common[1:, 1:] * (common[1:, 1:] - 1) // 2
    third = common[np.ix_(up, upper)] - common[1:, upper] - common[up, 1:] + common[1:, 1:]
    assert triplet(a, b)["n_agree"] == (pairs * third).sum()


def test_quartets_are_triplets_seen_from_each_class():
    # Hung up at one of its classes, a quartet ij|kl is the triplet kl|j: so the triplets of the
    # trees rooted at each class, that class taken out, count every quartet four times.
    from hiertools._kernels.robinson_foulds import reroot
    from hiertools._kernels.triplets import compare, resolved

    rng = np.random.default_rng(6)
    n = 120
    for a, b in (
        (of_degree(n, 5, rng), of_degree(n, 4, rng)),
        (multifurcating_tree(n, rng), multifurcating_tree(n, rng)),
        (of_degree(n, 30, rng), comb(n, [f"c{i:03d}" for i in rng.permutation(n)])),
    ):
        total = np.zeros(4, dtype=np.int64)
        place = b.class_index
        node = np.array([b.class_node[place[name]] for name in a.classes])
        for at in range(n):
            first, second = (
                [turned[0], turned[2]]
                for turned in (
                    reroot(a.parent.copy(), a.length.copy(), a.class_node.copy(), at),
                    reroot(b.parent.copy(), b.length.copy(), node, at),
                )
            )
            total += (
                resolved(*first),
                resolved(*second),
                *compare(*first, *second, math.comb(n - 1, 3)),
            )
        found = quartet(a, b)
        agree, neither = found["n_agree"], found["n_neither"]
        in_a = agree + found["n_contradicted"] + found["n_only_reference"]
        in_b = agree + found["n_contradicted"] + found["n_only_other"]
        assert (total / 4).tolist() == [in_a, in_b, agree, neither]


def membership(tree):
    """Whether each node holds each class, (N, C)."""
    held = np.zeros((tree.n_nodes, tree.n_classes), dtype=np.int64)
    held[tree.class_node, np.arange(tree.n_classes)] = 1
    for node in range(tree.n_nodes - 1, 0, -1):
        held[tree.parent[node]] += held[node]
    return held


@BOTH
def test_agrees_with_figures_of_tqdist_on_binary_trees(name, compared, order):
    with open(TQDIST, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            found = ht.tree_distance(row["reference"], row["other"], name)
            assert found == pytest.approx(float(row[name]))


@BOTH
def test_large_and_deep_trees(name, compared, order):
    n = 20_000
    names = [f"c{i}" for i in range(n)]
    found = compared(comb(n, names), comb(n, names))
    assert found["n_agree"] == found["n_total"] == math.comb(n, order)
    star = ClassTree([-1] + [0] * n, names, range(1, n + 1))
    found = compared(star, comb(n, names))
    assert found["n_only_other"] == math.comb(n, order)
    assert math.isnan(found["distance"])
    assert compared(star, star)["n_neither"] == math.comb(n, order)


@BOTH
def test_undefined_distance_has_a_note(name, compared, order):
    tree = ClassTree.from_newick("(a,b);")
    found = compared(tree, tree)
    assert math.isnan(found["distance"])
    assert found["note"] == f"The reference resolves no {name}, so no share of them can be taken."


@BOTH
def test_bad_input_is_refused(name, compared, order):
    tree = ClassTree.from_newick("((a,b),(c,d));")
    with pytest.raises(OptionError, match="denominator has no option 'total'"):
        ht.tree_distance(tree, tree, name, denominator="total")
