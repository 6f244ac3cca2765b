"""Oddities of a tree are told, each with an example; a plain tree has none."""

from __future__ import annotations

import random

import pytest

import hiertools as ht
from hiertools.trees.oddities import _ends_path, oddities
from hiertools.trees.outline import outline


@pytest.mark.parametrize(
    ("newick", "told"),
    [
        ("((a)x,b);", "1 node has a single child, such as 'x'"),
        ("(((a)),((b)));", "4 nodes have a single child"),
        ("((a,b)x,(c,d)x);", "1 label is on several nodes, such as 'x' at x and x"),
        ("((a,b),(A,c));", "2 class names differ only in case or separators: 'a' and 'A'"),
        (
            "((((((a,b),c),d),e),f),g);",
            "classes lie 1 to 6 edges below the root ('g' and 'a', one of 2)",
        ),
        ("((a:1,b:0):1,c:2);", "1 edge(s) have length 0"),
    ],
)
def test_each_oddity_is_told(newick, told):
    assert any(told in sentence for sentence in oddities(ht.ClassTree.from_newick(newick)))


@pytest.mark.parametrize(
    "name",
    ["NA", "n/a", "Unclassified", "unclassified Felidae", "Felidae_unclassified", "Incertae sedis",
     "Felidae incertae sedis", "g__", "f__unknown", "D_4__uncultured", "Other", "Lynx sp.",
     "Lynx_spp", "?"],
)  # fmt: skip
def test_groups_of_what_nobody_knows(name):
    tree = ht.ClassTree.from_newick(f"(((a,b)'{name}')x,c);")
    told = " ".join(oddities(tree))
    assert f"1 node is named as if nothing were known: {name!r} (2 classes)" in told


@pytest.mark.parametrize("name", ["Nastia", "Species", "Wasp", "Natrix", "g__Lynx", "Mother"])
def test_groups_with_names_that_only_look_unknown(name):
    assert (
        oddities(ht.ClassTree.from_lineages([(name, "a"), (name, "b"), ("c", "d"), ("c", "e")]))
        == []
    )


def test_a_class_may_be_unknown_but_sp_is_a_class_like_others():
    tree = ht.ClassTree.from_newick("((NA,Lynx sp.),(b,c));")
    assert "'NA' (1 class)" in " ".join(oddities(tree))
    assert "sp." not in " ".join(oddities(tree))


def test_groups_that_differ_only_in_blanks_or_case():
    tree = ht.ClassTree.from_lineages({"a": "Cats; x;a", "b": "Cats;x;b", "c": "cats ;x; c"})
    told = " ".join(oddities(tree))
    assert "differ only in blanks or case, or not at all: 'Cats' and 'cats '; ' x' and 'x'." in told
    assert "blanks" not in " ".join(oddities(ht.ClassTree.from_newick("((a,b)x,((c)x,d)y);")))


def test_slashes_that_made_levels():
    tree = ht.ClassTree.from_lineages(
        {"CD4+/CD25+": ("T", "CD4+", "CD25+"), "CD8+": ("T", "CD8+"), "B": ("B", "B")}
    )
    assert "1 class name(s) hold a slash that makes a level: 'CD4+/CD25+'" in " ".join(
        oddities(tree)
    )
    whole = ht.ClassTree.from_lineages({"a/b": "a/b", "a/c": "a/c"})
    assert "slash" not in " ".join(oddities(whole))


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


def random_tree(rng):
    parent = [-1, *(rng.randint(0, node) for node in range(rng.randint(1, 5)))]
    labels = [rng.choice(["", "a", "b", "a/b", "/", "b/", "/a"]) for _ in parent]
    return ht.ClassTree(parent, ["x"], [len(parent) - 1], labels=labels)


def test_a_name_that_ends_a_path_is_found_as_the_whole_path_tells():
    """Definition: the joined path ends with the name. Found from below, without the path."""
    rng, ending = random.Random(0), 0
    for _ in range(3000):
        tree = random_tree(rng)
        node = int(tree.class_node[0])
        name = "".join(rng.choice("ab//") for _ in range(rng.randint(1, 5)))
        literal = f"/{'/'.join(ht.node_path(tree, node))}".endswith(f"/{name}")
        assert _ends_path(tree, node, name) == literal
        ending += literal
    assert ending > 100


def test_a_long_path_is_told_by_both_ends():
    labels = ["r", *(f"n{i}" for i in range(11)), "x", "x"]
    tree = ht.ClassTree([*range(-1, 11), 11, 11], ["a", "b"], [12, 13], labels=labels)
    (told,) = (sentence for sentence in oddities(tree) if "several nodes" in sentence)
    assert "such as 'x' at r/n0/n1/n2/.../n9/n10/x and r/n0/n1/n2/.../n9/n10/x:" in told
