"""Every two of several trees: distance, chance, p, and p adjusted for all pairs."""

import itertools

import numpy as np
import pytest
from literal import assert_defined

import hiertools as ht
from hiertools.inference.many_rows import step_down

NAMES = list("abcdefgh")
TREES = {
    "kinds": ht.ClassTree.from_newick("(((a,b),(c,d)),((e,f),(g,h)));"),
    "places": ht.ClassTree.from_newick("(((h,e),(b,f)),((c,g),(d,a)));"),
    "sizes": ht.ClassTree.from_newick("(((a,b),(c,d)),(e,(f,(g,h))));"),
}


def renamed(tree, order):
    """The tree in which class i has the place of class ``order[i]``."""
    return ht.rename_classes(tree, {NAMES[j]: NAMES[i] for i, j in enumerate(order)})


@pytest.mark.parametrize("method", ["clustering_information", "bakers_gamma", "triplet"])
def test_the_table_is_its_definition(method):
    found = ht.compare_trees(TREES, method=method, permutations=40, random_state=3)
    kind = ht.treedist.METHODS[method]
    shuffled = []
    orders = [np.random.default_rng([3, place]) for place in range(3)]
    for _ in range(40):  # each tree is relabelled by itself
        moved = (renamed(t, rng.permutation(8)) for t, rng in zip(TREES.values(), orders))
        shuffled.append(dict(zip(TREES, moved)))
    every = itertools.combinations if kind.symmetric else itertools.permutations
    pairs = list(every(TREES, 2))
    assert list(zip(found["reference"], found["other"])) == pairs
    nulls = [np.array([ht.tree_distance(s[a], s[b], method) for s in shuffled]) for a, b in pairs]
    values = [ht.tree_distance(TREES[a], TREES[b], method) for a, b in pairs]
    sign = 1.0 if kind.better == "higher" else -1.0
    p = [(1 + (sign * null >= sign * v - 1e-10).sum()) / 41 for null, v in zip(nulls, values)]
    adjusted = step_down(values, nulls, [sign] * len(pairs))
    rows = [
        {
            "reference": a,
            "other": b,
            "distance": v,
            "chance": null.mean(),
            "z": (v - null.mean()) / null.std(ddof=1),
            "p_value": one,
            "p_adjusted": max(one, of_all),
            "n_permutations": 40,
            "adjusted": (v - null.mean()) / (kind.best - null.mean()),
            "n_classes": 8,
            "note": "",
        }
        for (a, b), v, null, one, of_all in zip(pairs, values, nulls, p, adjusted)
    ]
    assert_defined(found, rows)


def test_of_unrelated_trees_few_tables_hold_a_small_adjusted_p():
    rng = np.random.default_rng(0)
    small, unadjusted = 0, 0
    for seed in range(20):
        trees = {
            str(i): ht.infer_tree(ht.ClassRepresentatives(rng.normal(size=(8, 3)), NAMES))
            for i in range(4)
        }
        found = ht.compare_trees(trees, method="triplet", permutations=39, random_state=seed)
        small += found["p_adjusted"].min() <= 0.05
        unadjusted += found["p_value"].min() <= 0.05
    assert small <= 4  # 1 expected; more than 4 with a chance of 0.3 %
    assert unadjusted > small


def test_without_shuffles_there_are_only_distances():
    found = ht.compare_trees(TREES, permutations=0)
    assert found["distance"].notna().all()
    assert found[["chance", "z", "p_value", "p_adjusted", "adjusted"]].isna().all(axis=None)


def test_classes_that_not_all_trees_have():
    fewer = {**TREES, "fewer": ht.restrict(TREES["kinds"], NAMES[:-1])}
    with pytest.raises(ht.ClassMismatchError, match="but 'h' is in one of 'kinds' and 'fewer'"):
        ht.compare_trees(fewer)
    found = ht.compare_trees(fewer, permutations=9, on_missing="drop")
    assert len(found) == 6
    assert set(found["n_classes"]) == {7}
    assert set(found["note"]) == {
        "1 of 8 classes is not in all trees and was left out of all: 'h'."
    }
    with pytest.raises(ht.ClassMismatchError, match="the 2 trees share no class; give all of them"):
        ht.compare_trees({"a": "((a,b),c);", "b": "((x,y),z);"}, on_missing="drop")


def test_what_can_not_be_asked():
    with pytest.raises(ht.OptionError, match="mapping of name to tree; got list"):
        ht.compare_trees([TREES["kinds"]])
    with pytest.raises(ht.OptionError, match="at least two trees; got 1"):
        ht.compare_trees({"kinds": TREES["kinds"]})
    with pytest.raises(ht.OptionError, match="robinson_foulds has no chance level here; choose"):
        ht.compare_trees(TREES, method="robinson_foulds")
