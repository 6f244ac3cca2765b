"""Quartet counts against every quartet looked at."""

import csv
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from subset_twins import BOXES, counts, counts_per_class
from tree_pairs import binary_tree, multifurcating_tree, tree_pairs

import hiertools as ht
from hiertools import ClassTree
from hiertools.errors import OptionError
from hiertools.treedist.quartets import prepare, quartet, quartet_counts_per_class, without

TQDIST = Path(__file__).parents[1] / "verification" / "tqdist" / "figures.csv"
"""`figures.py` beside it made it."""

COMMON = settings(deadline=None, max_examples=60)


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


@COMMON
@given(tree_pairs())
def test_counts_are_those_of_looking_at_each(trees):
    found = quartet(*trees)
    expected = counts(*trees, 4)
    assert {box: found[box] for box in BOXES} == expected
    assert found["n_total"] == sum(expected.values()) == math.comb(trees[0].n_classes, 4)


@pytest.mark.parametrize("shape", ["binary", "taxonomy", "comb", "three", "five"])
def test_counts_of_larger_trees(shape):
    rng = np.random.default_rng(5)
    n = 17
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
        found = quartet(a, b)
        assert {box: found[box] for box in BOXES} == counts(a, b, 4)


@COMMON
@given(tree_pairs(min_classes=4))
def test_distances_are_quotients_of_the_counts(trees):
    box = counts(*trees, 4)
    agree, contradicted, only_reference, only_other, _ = (box[name] for name in BOXES)
    differ = contradicted + only_reference + only_other
    parts = {
        "reference": (contradicted + only_reference, agree + contradicted + only_reference),
        "all": (differ, math.comb(trees[0].n_classes, 4)),
        "both": (contradicted, agree + contradicted),
        "none": (differ, 1),
    }
    for denominator, (upper, lower) in parts.items():
        found = quartet(*trees, denominator=denominator)
        assert found["distance"] == (
            upper / lower if lower else pytest.approx(math.nan, nan_ok=True)
        )
        assert ("note" in found) == (lower == 0)


@COMMON
@given(tree_pairs(min_classes=4))
def test_exchanging_the_trees_exchanges_the_counts(trees):
    a, b = trees
    there, back = quartet(a, b), quartet(b, a)
    assert there["n_only_reference"] == back["n_only_other"]
    for box in ("n_agree", "n_contradicted", "n_neither"):
        assert there[box] == back[box]
    same = quartet(a, a)
    assert same["n_agree"] + same["n_neither"] == same["n_total"]
    for denominator in ("all", "none"):
        assert quartet(a, b, denominator=denominator)["distance"] == pytest.approx(
            quartet(b, a, denominator=denominator)["distance"]
        )


@COMMON
@given(tree_pairs(min_classes=4), st.integers(0, 2**32 - 1))
def test_class_order_and_chains_do_not_matter(trees, seed):
    rng = np.random.default_rng(seed)
    a, b = trees
    order = rng.permutation(a.n_classes)
    again = ClassTree(a.parent, [a.classes[i] for i in order], a.class_node[order])
    assert quartet(again, ht.collapse_unary(b)) == pytest.approx(quartet(a, b), nan_ok=True)


@COMMON
@given(tree_pairs(min_classes=2, max_classes=7))
def test_counts_per_class_are_those_of_looking_at_each(trees):
    assert quartet_counts_per_class(*trees).tolist() == counts_per_class(*trees, 4)


@settings(deadline=None, max_examples=25)
@given(tree_pairs(min_classes=2, max_classes=8), st.integers(0, 2**32 - 1))
def test_null_is_that_of_renamed_trees(trees, seed):
    a, b = trees
    rng = np.random.default_rng(seed)
    permutations = np.array([rng.permutation(a.n_classes) for _ in range(4)])
    for denominator in ("reference", "all", "both", "none"):
        expected = []
        for permutation in permutations:
            renamed = ClassTree(b.parent, [b.classes[i] for i in permutation], b.class_node)
            expected.append(quartet(a, renamed, denominator=denominator)["distance"])
        found = prepare(a, b, denominator)(permutations)
        np.testing.assert_allclose(found, expected)


@settings(deadline=None, max_examples=25)
@given(tree_pairs(min_classes=3, max_classes=9), st.integers(1, 4))
def test_leaving_groups_out_is_restricting_both_trees(trees, n_groups):
    a, b = trees
    group_of = np.arange(a.n_classes) % n_groups
    for group, value in enumerate(without(a, b, group_of, np.arange(n_groups))):
        kept = [name for name, g in zip(a.classes, group_of) if g != group]
        if kept:
            expected = quartet(ht.restrict(a, kept), ht.restrict(b, kept))["distance"]
            assert value == pytest.approx(expected, nan_ok=True)


def test_chance_is_the_mean_over_relabellings():
    rng = np.random.default_rng(0)
    a, b = multifurcating_tree(40, rng), multifurcating_tree(40, rng)
    permutations = np.array([rng.permutation(40) for _ in range(2000)])
    for denominator in ("reference", "all", "none"):
        drawn = prepare(a, b, denominator)(permutations)
        chance = quartet(a, b, denominator=denominator)["chance"]
        assert abs(drawn.mean() - chance) < 5 * drawn.std() / math.sqrt(2000)
    assert quartet(a, binary_tree(40, rng))["chance"] == pytest.approx(2 / 3)


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


def test_agrees_with_figures_of_tqdist_on_binary_trees():
    with open(TQDIST, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            found = ht.tree_distance(row["reference"], row["other"], "quartet")
            assert found == pytest.approx(float(row["quartet"]))


def test_large_and_deep_trees():
    n = 20_000
    names = [f"c{i}" for i in range(n)]
    found = quartet(comb(n, names), comb(n, names))
    assert found["n_agree"] == found["n_total"] == math.comb(n, 4)
    star = ClassTree([-1] + [0] * n, names, range(1, n + 1))
    found = quartet(star, comb(n, names))
    assert found["n_only_other"] == math.comb(n, 4)
    assert math.isnan(found["distance"])
    assert quartet(star, star)["n_neither"] == math.comb(n, 4)


def test_undefined_distance_has_a_note():
    tree = ClassTree.from_newick("(a,b);")
    found = quartet(tree, tree)
    assert math.isnan(found["distance"])
    assert found["note"] == "The reference resolves no quartet, so no share of them can be taken."


def test_bad_input_is_refused():
    tree = ClassTree.from_newick("((a,b),(c,d));")
    with pytest.raises(OptionError, match="denominator has no option 'total'"):
        ht.tree_distance(tree, tree, "quartet", denominator="total")
    with pytest.raises(OptionError, match="the group of each of 4 classes"):
        without(tree, tree, [0, 1], [0])
