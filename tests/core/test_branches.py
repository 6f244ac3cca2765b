"""Best-matching clades against a search over all of them."""

import pytest
from hypothesis import given, settings
from tree_pairs import tree_pairs
from tree_strategies import class_trees

from hiertools import (
    ClassMismatchError,
    ClassTree,
    OptionError,
    TooLargeError,
    node_path,
    rename_classes,
    restrict,
)
from hiertools import clades as clades_of
from hiertools._core import memory
from hiertools._core.keyed import keyed_ranks
from hiertools.treedist.branches import branches


def clades(tree):
    found = []
    for v in range(tree.n_nodes):
        end = v + tree.subtree_size[v]
        below = frozenset(c for c, at in zip(tree.classes, tree.class_node) if v <= at < end)
        if below and below not in found:
            found.append(below)
    return found


@settings(deadline=None, max_examples=50)
@given(pair=tree_pairs())
def test_each_branch_has_its_best_match(pair):
    # Ids are those of the trees without branches that hold no class.
    a, b = (restrict(tree, tree.classes) for tree in pair)
    table = branches(*pair)
    wanted = [clade for clade in clades(a) if 1 < len(clade) < a.n_classes]
    assert len(table) == len(wanted)
    for row, clade in zip(table.itertuples(), wanted):
        assert row.n_classes == len(clade)
        best = max(len(clade & other) / len(clade | other) for other in clades(b))
        assert row.best_jaccard == pytest.approx(best)
        matches = [m for m in clades(b) if len(clade & m) / len(clade | m) == best]
        rank = dict(zip(a.classes, keyed_ranks(a.classes)))
        match = min(matches, key=lambda m: (len(m), min(rank[c] for c in m)))
        assert row.inferred_tied == sum(len(m) == len(match) for m in matches)
        assert row.inferred_size == len(match)
        assert row.precision == pytest.approx(len(clade & match) / len(match))
        assert row.recall == pytest.approx(len(clade & match) / len(clade))
        assert row.missing == tuple(sorted(clade - match)[:5])
        assert row.intruding == tuple(sorted(match - clade)[:5])
        end = row.inferred_node + b.subtree_size[row.inferred_node]
        held = {c for c, at in zip(b.classes, b.class_node) if row.inferred_node <= at < end}
        assert held == match


def test_paths_chains_and_limits():
    tree = ClassTree.from_lineages({"a": "x/only/a", "b": "x/only/b", "c": "x/only/c", "d": "y/d"})
    other = ClassTree.from_newick("((a,d),(b,c));")
    table = branches(tree, other, most_named=0)
    assert table["path"].tolist() == ["x"]
    assert table["missing"].tolist() == [()]
    assert table["inferred_size"].tolist() == [4]
    assert branches(other, other)["best_jaccard"].tolist() == [1.0, 1.0]
    assert branches(ClassTree.from_newick("(a,b);"), ClassTree.from_newick("(b,a);")).empty


def test_of_equally_good_clades_no_name_comes_first():
    # {a, b, c, d} is as much like {a, b} as like {c, d}, whatever the classes are called.
    tree, other = (
        ClassTree.from_newick(newick)
        for newick in ("((a,b,c,d),e,f,g,h,i,j);", "((a,b),(c,d),e,f,g,h,i,j);")
    )
    numbers = ["node", "n_classes", "best_jaccard", "inferred_tied", "precision", "recall"]
    table = branches(tree, other)
    assert table["inferred_tied"].tolist() == [2]
    named = set()
    for seed in range(20):
        again = branches(tree, other, random_state=seed)
        assert again[numbers].equals(table[numbers])
        named.add(again["missing"][0])
    assert named == {("a", "b"), ("c", "d")}
    turned = dict(zip("abcdefghij", "jihgfedcba"))
    renamed = branches(rename_classes(tree, turned), rename_classes(other, turned))
    assert renamed[numbers].equals(table[numbers])


def test_bad_input():
    tree = ClassTree.from_newick("((a,b),c);")
    with pytest.raises(ClassMismatchError, match="have no place in the other tree"):
        branches(tree, ClassTree.from_newick("(a,b);"))
    with pytest.raises(OptionError, match="most_named must be a whole number"):
        branches(tree, tree, most_named=-1)
    shared = branches(
        ClassTree.from_newick("((a,b),c,d);"),
        ClassTree.from_newick("((a,b),c);"),
        on_missing="drop",
    )
    assert shared["best_jaccard"].tolist() == [1.0]


@settings(deadline=None, max_examples=60)
@given(tree=class_trees())
def test_paths_are_the_labels_from_the_root(tree):
    """Nodes without labels, a root with one, chains."""
    bare = restrict(tree, tree.classes)
    for node, path in zip(*(branches(tree, tree)[name] for name in ("node", "path"))):
        assert path == "/".join(node_path(bare, int(node)))


def test_what_would_fill_the_memory_is_refused(monkeypatch):
    """A caterpillar has few nodes, but the names of all its branches and clades are many."""
    monkeypatch.setattr(memory, "available", lambda: 10**8)
    n = 12_000
    up = [-1, *range(n - 2)]
    names = [f"c{i:05}" for i in range(n)]
    tree = ClassTree(up + list(range(n - 1)) + [n - 2], names, range(n - 1, 2 * n - 1),
                     labels=["inner"] * (2 * n - 1))  # fmt: skip
    with pytest.raises(TooLargeError, match=r"names of 11,998 branches .* 0\.4 GB"):
        branches(tree, tree)
    with pytest.raises(TooLargeError, match=r"11,998 clades as sets .* 2\.3 GB"):
        clades_of(tree)


def test_hours_of_work_are_refused(monkeypatch):
    tree = ClassTree.from_newick("((a,b),(c,d),e);")
    monkeypatch.setattr("hiertools.treedist.branches._MOST", 10.0)
    assert len(branches(tree, tree)) == 2
    monkeypatch.setattr("hiertools.treedist.branches._MOST", 9.0)
    with pytest.raises(TooLargeError, match="2 branches of 5 classes would take about 67 seconds"):
        branches(tree, tree)
