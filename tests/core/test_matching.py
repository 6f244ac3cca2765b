"""Which branches of two trees are matched: the assignment behind shared information."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from tree_strategies import class_trees

import hiertools as ht
from hiertools.plots.matching import matching
from hiertools.treedist import matched_splits

METHOD = {
    "clustering": ("clustering_information", "mutual_information"),
    "phylogenetic": ("phylogenetic_information", "shared_information"),
    "matching": ("matching_split_information", "shared_information"),
}


def clade(tree: ht.ClassTree, node: int) -> frozenset[str]:
    run = tree.class_order[tree.clade_start[node] : tree.clade_stop[node]]
    return frozenset(tree.classes[i] for i in run.tolist())


def random_pair(seed: int) -> tuple[ht.ClassTree, ht.ClassTree]:
    rng = np.random.default_rng(seed)
    names = [f"c{i}" for i in range(9)]
    return tuple(
        ht.infer_tree(ht.ClassRepresentatives(rng.normal(size=(9, 4)), names)) for _ in range(2)
    )


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("kind", METHOD)
def test_pairs_share_what_the_distance_says(seed, kind):
    one, two = random_pair(seed)
    pairs = matched_splits(one, two, kind=kind)
    name, shared = METHOD[kind]
    counts = ht.tree_distance(one, two, name, details=True)
    assert pairs["shared"].sum() == pytest.approx(counts[shared])
    assert pairs["node"].is_unique
    assert pairs["other_node"].is_unique
    assert (pairs["share"] <= 1).all()


@pytest.mark.parametrize("seed", range(6))
def test_shared_information_is_its_definition(seed):
    one, two = random_pair(seed)
    everything = frozenset(one.classes)
    for row in matched_splits(one, two).to_dict("records"):
        a, b = clade(one, row["node"]), clade(two, row["other_node"])
        mutual = 0.0
        for x, y in itertools.product((a, everything - a), (b, everything - b)):
            both = len(x & y) / 9
            if both:
                mutual += both * np.log2(both / (len(x) / 9 * len(y) / 9))
        assert row["shared"] == pytest.approx(mutual)
        assert (row["n_classes"], row["other_n_classes"]) == (len(a), len(b))
        assert (row["share"] == pytest.approx(1)) == (b in (a, everything - a))


@given(class_trees())
@settings(deadline=None, max_examples=30)
def test_a_tree_is_matched_with_itself(tree):
    pairs = matched_splits(tree, tree)
    assert np.allclose(pairs["share"], 1)
    assert pairs["node"].equals(pairs["other_node"].rename("node"))


@pytest.mark.parametrize("seed", range(4))
def test_no_order_of_classes_or_nodes_decides(seed):
    one, two = random_pair(seed)
    told = [
        {(clade(a, row["node"]), clade(b, row["other_node"])) for row in found.to_dict("records")}
        for a, b in ((one, two), (turned(one), turned(two)))
        for found in [matched_splits(a, b)]
    ]
    sides = [{frozenset((s, frozenset(one.classes) - s)) for s in pair} for pair in told[0]]
    for pair in told[1]:
        assert {frozenset((s, frozenset(one.classes) - s)) for s in pair} in sides


def turned(tree: ht.ClassTree) -> ht.ClassTree:
    """Return the tree with its children and classes the other way round."""
    order = np.lexsort([-np.arange(tree.n_nodes), tree.depth])
    place = np.empty_like(order)
    place[order] = np.arange(order.size)
    above = tree.parent[order]
    parent = np.where(above < 0, -1, place[above])
    return ht.ClassTree(parent, tree.classes[::-1], place[tree.class_node][::-1])


def test_pairs_are_drawn_where_they_are():
    one, two = random_pair(1)
    pairs = matched_splits(one, two)
    figure = matching(one, two, pairs, most=3)
    assert [t.get_text() for t in figure.axes[0].texts] == ["1", "2", "3"]
    assert f"3 matched branches; {len(pairs) - 3} more" in figure.axes[1].get_title()
    (links,) = figure.axes[1].collections
    assert len(links.get_paths()) == 3
    assert links.get_linewidths()[0] == max(links.get_linewidths())


def test_what_is_no_matching_of_these_trees_is_refused():
    one, two = random_pair(1)
    pairs = matched_splits(one, two)
    with pytest.raises(ht.OptionError, match="nodes that its tree doesn't have"):
        matching(one, two, pairs.assign(node=99))
    with pytest.raises(ht.OptionError, match="no branches were matched"):
        matching(one, two, pairs.head(0))
    with pytest.raises(ht.OptionError, match="lacks the column"):
        matching(one, two, pd.DataFrame({"node": [1]}))
