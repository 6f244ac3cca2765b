"""Oddities of a tree are told, each with an example; a plain tree has none."""

from __future__ import annotations

import pytest

import hiertools as ht
from hiertools.trees.oddities import oddities
from hiertools.trees.outline import outline


@pytest.mark.parametrize(
    ("newick", "told"),
    [
        ("((a)x,b);", "1 node has a single child, such as 'x'"),
        ("(((a)),((b)));", "4 nodes have a single child"),
        ("((a,b)x,(c,d)x);", "1 label is on several nodes, such as 'x' at x and x"),
        ("((a,b),(A,c));", "2 class names differ only in case or separators: 'a' and 'A'"),
        ("((((((a,b),c),d),e),f),g);", "classes lie 1 to 6 edges below the root ('g' and 'a')"),
        ("((a:1,b:0):1,c:2);", "1 edge(s) have length 0"),
    ],
)
def test_each_oddity_is_told(newick, told):
    assert any(told in sentence for sentence in oddities(ht.ClassTree.from_newick(newick)))


def test_classes_at_inner_nodes_and_empty_branches():
    tree = ht.ClassTree(
        [-1, 0, 1, 0, 0], ["up", "down"], [1, 2], labels=["", "u", "d", "none", "no"]
    )
    told = " ".join(oddities(tree))
    assert "1 class sits at an inner node, above other nodes: 'up'." in told
    assert "2 branch(es) hold no class: 'none', 'no'." in told


def test_a_plain_tree_is_not_odd():
    assert oddities(ht.ClassTree.from_newick("((a,b),(c,d));")) == []


def test_outline_tells_what_it_leaves_out():
    tree = ht.ClassTree.from_newick("((a,b,c,d)x,(e,f)y,g);")
    lines = outline(tree, depth=2, most=2).splitlines()
    assert lines == [
        "root (7 classes)",
        "  x (4)",
        "    a",
        "    b",
        "    ... 2 more",
        "  y (2)",
        "    e",
        "    f",
        "  ... 1 more",
    ]


def test_outline_of_a_very_deep_tree():
    n = 100_000
    tree = ht.ClassTree([-1, *range(n - 1)], ["end"], [n - 1])
    assert len(outline(tree, depth=5).splitlines()) == 6
