"""Tables and supports that tell of trees are their definitions, written out literally."""

import dataclasses
import math
from collections import Counter
from itertools import combinations

import numpy as np
import pytest
from literal import assert_defined, below
from scipy import stats
from tree_pairs import binary_tree, multifurcating_tree

import hiertools as ht
from hiertools import ClassTree
from hiertools.treedist.fowlkes_mallows import fowlkes_mallows_curve
from hiertools.trees.oddities import oddities

# ---- Fowlkes-Mallows


def depth_below(tree, node):
    """Edges down to the deepest class: the height of a node of a tree without heights."""
    if tree.heights is not None:
        return float(tree.heights[node])
    children = [v for v in range(tree.n_nodes) if tree.parent[v] == node]
    return max((1 + depth_below(tree, v) for v in children if below(tree, v)), default=0)


def cut(tree, k):
    """Groups of the lowest cut by height that leaves at most k of them."""
    heights = {v: depth_below(tree, v) for v in range(tree.n_nodes)}
    for limit in sorted({-1.0, *heights.values()}):
        tops = {
            below(tree, v)
            for v in range(tree.n_nodes)
            if heights[v] <= limit and (v == 0 or heights[int(tree.parent[v])] > limit)
        }
        held = {name for group in tops for name in group}
        groups = [*tops, *({name} for name in tree.classes if name not in held)]
        if len(groups) <= k:
            return [next(i for i, g in enumerate(groups) if c in g) for c in tree.classes]
    raise AssertionError("a cut at the root leaves one group")


def together(groups):
    return {(i, j) for i, j in combinations(range(len(groups)), 2) if groups[i] == groups[j]}


def agreement(a, b):
    one, two = together(a), together(b)
    return len(one & two) / math.sqrt(len(one) * len(two))


def curve(reference, other, ks, band):
    rows = []
    pairs = math.comb(reference.n_classes, 2)
    for k in ks:
        a, b = cut(reference, k), cut(other, k)
        chance = math.sqrt(len(together(a)) * len(together(b))) / pairs
        low, high, deviation = band(a, b, chance)
        rows.append(
            {
                "k": k,
                "k_reference": len(set(a)),
                "k_other": len(set(b)),
                "value": agreement(a, b),
                "chance": chance,
                "chance_sd": deviation,
                "low": low,
                "high": high,
            }
        )
    return rows


def exact_deviation(a, b):
    """The standard deviation over all relabellings, by counting how pairs of pairs meet."""
    n, (one, two) = len(a), (together(a), together(b))

    def overlaps(pairs):
        kinds = Counter(len({*p, *q}) for p in pairs for q in pairs)
        return kinds[2], kinds[3], kinds[4]

    ways = [math.perm(n, size) for size in (2, 3, 4)]
    # In how many orders a pair falls on a pair, two that share a class on two such, two apart ones.
    fits = (2, 1, 4)
    met = zip(overlaps(one), overlaps(two), ways, fits)
    square = sum(x * y / way * fit for x, y, way, fit in met)
    scale = math.sqrt(len(one) * len(two))
    mean = len(one) * len(two) / (n * (n - 1) / 2) / scale
    return math.sqrt(max(square / scale**2 - mean**2, 0.0))


@pytest.mark.parametrize("seed", range(3))
def test_fowlkes_mallows_curve(seed):
    rng = np.random.default_rng(seed)
    reference, other = (binary_tree(7, rng, heights=True) for _ in range(2))
    share = 0.9

    def normal(a, b, chance):
        deviation = exact_deviation(a, b)
        half = stats.norm.ppf((1 + share) / 2) * deviation
        return chance - half, chance + half, deviation

    found = fowlkes_mallows_curve(reference, other, level=share)
    assert_defined(found, curve(reference, other, range(2, 7), normal))
    shuffles = np.argsort(np.random.default_rng(seed).random((30, 7)), axis=1)

    def drawn(a, b, chance):
        values = [agreement([a[i] for i in order], b) for order in shuffles]
        low, high = np.quantile(values, [0.05, 0.95])
        return float(low), float(high), exact_deviation(a, b)

    found = fowlkes_mallows_curve(
        reference, other, [2, 4], level=share, permutations=30, random_state=seed
    )
    assert_defined(found, curve(reference, other, [2, 4], drawn))


def test_fowlkes_mallows_curve_of_a_tree_that_no_cut_parts_so():
    # Merges of one height leave the next smaller number of groups.
    tree = ClassTree.from_newick("((a,b),(c,d),(e,f));")
    other = ClassTree.from_newick("(((a,c),b),((d,e),f));")
    [row] = fowlkes_mallows_curve(tree, other, [3]).to_dict("records")
    a, b = cut(tree, 3), cut(other, 3)
    assert (row["k"], row["k_reference"], row["k_other"]) == (3, len(set(a)), len(set(b)))
    assert row["value"] == pytest.approx(agreement(a, b))
    [row] = fowlkes_mallows_curve(tree, other, [5]).to_dict("records")
    assert (row["k_reference"], row["k_other"]) == (3, len(set(cut(other, 5))))


# ---- consensus


@pytest.mark.parametrize("greedy", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_support_of_each_node(seed, greedy):
    rng = np.random.default_rng(seed)
    trees = [multifurcating_tree(8, rng) for _ in range(2)]
    base = binary_tree(8, rng)
    for _ in range(6):
        order = np.arange(8)
        moved = rng.choice(8, 2, replace=False)
        order[moved] = order[rng.permutation(moved)]
        trees.append(ClassTree(base.parent, base.classes, base.class_node[order]))
    found = ht.consensus(trees, greedy=greedy)
    assert found.n_trees == 8
    assert {f.name for f in dataclasses.fields(found)} == {
        "tree",
        "support",
        "n_trees",
        "notes",
        "versions",
    }
    for node in range(found.tree.n_nodes):
        clade = below(found.tree, node)
        holding = sum(any(below(t, v) == clade for v in range(t.n_nodes)) for t in trees)
        expected = 1.0 if len(clade) in (1, 8) else holding / 8
        assert found.support[node] == pytest.approx(expected)
    assert found.notes == ()
    inner = found.support[(found.support < 1)]
    assert inner.size
    assert greedy or (inner > 0.5).all()
    assert_consensus_tables(found)


def assert_consensus_tables(found):
    """Hold the tables of a consensus to their definitions; its supports are tested beside them."""
    tree, n = found.tree, found.tree.n_classes
    clades = {below(tree, v): float(found.support[v]) for v in range(tree.n_nodes)}
    clades = {clade: share for clade, share in clades.items() if 1 < len(clade) < n}
    rows = [
        {"n_classes": len(clade), "support": share, "classes": tuple(sorted(clade))}
        for clade, share in clades.items()
    ]
    # The best supported first, of these the largest, then by names.
    rows.sort(key=lambda row: (-row["support"], -row["n_classes"], row["classes"]))
    if rows:
        assert_defined(found.per_clade, rows)
    else:
        assert found.per_clade.empty
        assert list(found.per_clade) == ["n_classes", "support", "classes"]
    mean = math.nan if not clades else sum(clades.values()) / len(clades)
    resolution = len(clades) / (n - 2) if n > 2 else math.nan
    few = ("undefined: too few classes", f"a tree of {n} classes has no clades to find")
    none = few if n < 3 else ("undefined: no groups", "no clade is in enough of the trees")
    told = {
        "mean_support": (mean, *(("ok", "") if clades else none)),
        "resolution": (resolution, *(("ok", "") if n > 2 else few)),
    }
    nothing = (
        "z", "p_value", "p_adjusted", "p_least", "n_permutations", "adjusted", "ceiling", "ci_low",
        "ci_high",
    )  # fmt: skip
    assert_defined(
        found.scores,
        [
            {
                "score": score,
                "level": None,
                "rank": None,
                "k": None,
                "value": value,
                "chance": math.nan,
                **(dict.fromkeys(nothing, math.nan) | {"n_permutations": 0}),
                "better": "higher",
                "n_classes": n,
                "status": status,
                "note": note,
            }
            for score, (value, status, note) in told.items()
        ],
    )


@pytest.mark.parametrize(
    "runs", [["((a,b),c);", "((a,c),b);"], ["(a,b);"], ["(a);"], ["((a,b),(c,d));"]]
)
def test_tables_of_a_consensus_that_holds_few_clades_or_none(runs):
    assert_consensus_tables(ht.consensus([ClassTree.from_newick(run) for run in runs]))


def test_a_consensus_says_which_classes_were_left_out():
    runs = ["((a,b),(c,d));", "((a,b),c,e);"]
    found = ht.consensus([ClassTree.from_newick(run) for run in runs], on_missing="drop")
    assert found.notes == ("2 of 5 classes are not in every tree and were left out: 'd', 'e'.",)
    assert_consensus_tables(found)


# ---- oddities


@pytest.mark.parametrize(("low", "high"), [(a, b) for a in (1, 2, 3, 4) for b in range(a, 10)])
def test_unequal_depths_are_told_from_twice_the_least_and_three_edges_on(low, high):
    lines = {f"c{d}": "/".join([*(f"n{i}" for i in range(d - 1)), f"c{d}"]) for d in (low, high)}
    told = [x for x in oddities(ClassTree.from_lineages(lines)) if x.startswith("classes lie")]
    if high >= 2 * low and high - low >= 3:
        assert told == [
            f"classes lie {low} to {high} edges below the root ('c{low}' and 'c{high}'): "
            "path distances weigh the deep branches more."
        ]
    else:
        assert told == []
