"""Edge lists, networkx graphs and ete3 trees."""

import warnings

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tree_strategies import clade_lengths, class_trees, names

from hiertools import (
    ClassTree,
    HiertoolsError,
    MissingDependencyError,
    OptionError,
    TreeError,
)
from hiertools.readers import (
    from_edges,
    from_ete3,
    from_lineages,
    from_networkx,
    from_newick,
    to_edges,
    to_ete3,
    to_lineages,
    to_networkx,
)


@pytest.fixture(scope="module")
def ete3():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it imports what Python has deprecated
        import ete3
    return ete3


EDGES = [("b", "x"), ("r", "a"), ("r", "b"), ("b", "y")]


@pytest.mark.parametrize(
    "edges",
    [
        EDGES,
        [list(edge) for edge in EDGES],
        pd.DataFrame(EDGES, columns=["Parent", "Child"]),
        pd.DataFrame([(c, 1, p) for p, c in EDGES], columns=["child", "n", "parent"]),
        pd.DataFrame(EDGES, columns=["from", "to"]),
        pd.DataFrame([("", "r"), *EDGES], columns=["parent", "child"]),
        pd.DataFrame([(None, "r"), *EDGES], columns=["parent", "child"]),
    ],
)
def test_children_come_in_the_order_of_their_rows(edges):
    tree = from_edges(edges)
    assert tree.labels == ("r", "a", "b", "x", "y")
    assert tree.parent.tolist() == [-1, 0, 0, 2, 2]
    assert tree.classes == ("a", "x", "y")
    assert not tree.has_lengths


def test_columns():
    table = pd.DataFrame(
        {
            "parent": ["", "1", "1", "3"],
            "child": ["1", "2", "3", "4"],
            "length": ["", "0.5", "2", "1e-1"],
            "rank": ["", "family", "family", "genus"],
            "label": ["", "cats", "dogs", "wolf"],
            "class": ["", "cats", "", "grey wolf"],
        }
    )
    tree = from_edges(table)
    assert tree.labels == ("", "cats", "dogs", "wolf")
    assert tree.classes == ("cats", "grey wolf")
    assert tree.length.tolist() == [0, 0.5, 2, 0.1]
    assert tree.ranks == ("", "family", "family", "genus")
    assert tree.rank_order == ("family", "genus")
    assert from_edges(table, classes=["dogs"]).labels == ("", "dogs")
    triples = [("r", "a", 1), ("r", "b", np.float32(0.5))]
    assert from_edges(triples).length.tolist() == [0, 1, 0.5]


def test_a_single_node():
    tree = from_edges(pd.DataFrame({"parent": [""], "child": ["only"]}))
    assert tree.classes == ("only",)
    assert tree.n_nodes == 1


DAG = [("r", "a"), ("r", "b"), ("a", "m"), ("m", "x"), ("b", "x"), ("b", "y"), ("r", "y")]


def test_several_parents_are_refused_by_name():
    with pytest.raises(
        TreeError, match=r"2 node\(s\) have more than one parent: 'x', 'y'; .*'first'"
    ):
        from_edges(DAG)
    with pytest.raises(OptionError, match=r"multiple_parents has no option 'last'"):
        from_edges(DAG, multiple_parents="last")


@pytest.mark.parametrize(
    ("how", "x", "y"),
    [
        ("first", ("a", "m", "x"), ("b", "y")),
        ("shortest", ("b", "x"), ("y",)),
        ("longest", ("a", "m", "x"), ("b", "y")),
    ],
)
def test_reducing_a_dag(how, x, y):
    tree = from_edges(DAG, multiple_parents=how)
    assert sorted(tree.classes) == ["x", "y"]  # a group that lost its children is no class
    assert to_lineages(tree, lossy=True)["x"] == x
    assert to_lineages(tree, lossy=True)["y"] == y


@settings(deadline=None, max_examples=40)
@given(st.integers(2, 9), st.randoms(use_true_random=False))
def test_reduction_keeps_the_extreme_depth_of_every_class(n, random):
    edges = {("n0", f"n{i}") for i in range(1, n)}
    edges |= {(f"n{i}", f"n{j}") for j in range(2, n) for i in range(1, j) if random.random() < 0.4}
    listed = sorted(edges, key=lambda edge: random.random())
    graph = nx.DiGraph(listed)
    for how, best in (("shortest", min), ("longest", max)):
        tree = from_edges(listed, multiple_parents=how)
        assert sorted(tree.classes) == sorted(v for v in graph if graph.out_degree(v) == 0)
        for name, node in zip(tree.classes, tree.class_node, strict=True):
            ways = nx.all_simple_paths(graph, "n0", name)
            assert tree.depth[node] == best(len(way) - 1 for way in ways)


@pytest.mark.parametrize(
    ("edges", "message"),
    [
        ([], "there are none"),
        (
            [("a", "b"), ("b", "c"), ("c", "a")],
            r"circle of 3 node\(s\): ('a' -> 'b' -> 'c'|'b' -> 'c' -> 'a'|'c' -> 'a' -> 'b') -> ",
        ),
        (
            [("r", "x"), ("a", "b"), ("b", "a")],
            "circle of 2 node.*'(a' -> 'b' -> 'a|b' -> 'a' -> 'b)'",
        ),
        ([("a", "a")], "circle of 1 node.*'a' -> 'a'"),
        ([("a", "b"), ("c", "d")], "one root, but 2 nodes have no parent: 'a', 'c'"),
        ([("a", "b"), ("a", "b")], "'b' is listed more than once under the same parent"),
        ([("a", "b", 1.0), ("a", "c")], r"all be pairs .* got \('a', 'c'\)"),
        ([("a",)], "all be pairs"),
        (["ab", "cd"], "all be pairs"),
        ([("a", "b", "far")], "the length of 'b' must be a number; got 'far'"),
        ([("a", "b", None)], "the length of 'b' must be a number"),
        ([("a", "b", float("inf")), ("a", "c", 1.0)], "finite"),
        ([("a", "b", -1.0), ("a", "c", 1.0)], "must not be negative.*'b'"),
        ([("a", 3)], "children in edges must be text, but row 0 is 3"),
        ([("a", "")], "the child in row 0 is empty"),
        ([("a", float("nan"))], "row 0 is missing"),
        ("a,b", r"read_tree\(path\)"),
        ({"a": "b"}, "edges must be pairs"),
        (
            pd.DataFrame({"x": ["a"], "y": ["b"], "z": ["c"]}),
            "needs the columns 'parent' and 'child'",
        ),
        (
            pd.DataFrame({"parent": ["", "", "a"], "child": ["a", "b", "c"]}),
            "2 rows have an empty parent: 'a', 'b'",
        ),
        (
            pd.DataFrame({"parent": ["r", "r"], "child": ["a", "b"], "label": ["x", "x"]}),
            "occur more than once: 'x'",
        ),
    ],
)
def test_bad_edges(edges, message):
    with pytest.raises(HiertoolsError, match=message):
        from_edges(edges)


def test_long_cycle_is_cut_short():
    edges = [(f"n{i}", f"n{(i + 1) % 50}") for i in range(50)]
    with pytest.raises(TreeError, match=r"circle of 50 node\(s\): .* -> \.\.\. -> "):
        from_edges(edges)


def test_ranks_that_contradict_each_other():
    edges = pd.DataFrame(
        {
            "parent": ["r", "a", "r", "c"],
            "child": ["a", "b", "c", "d"],
            "rank": ["family", "genus", "genus", "family"],
        }
    )
    with pytest.raises(TreeError, match="the ranks 'family', 'genus' stand above each other"):
        from_edges(edges)
    assert from_edges(edges, rank_order=["family", "genus"]).rank_order == ("family", "genus")


def test_deep_edges():
    tree = from_edges([(f"n{i}", f"n{i + 1}") for i in range(100_000)])
    assert tree.n_levels == 100_000


@settings(deadline=None, max_examples=60)
@given(class_trees())
def test_edges_round_trip(tree):
    assert from_edges(to_edges(tree)) == tree


def test_edges_are_plain_where_they_can_be():
    tree = from_newick("((a:1,b:2)x:1,c:1)r;")
    assert list(to_edges(tree).columns) == ["parent", "child", "length"]
    assert to_edges(tree)["parent"].tolist() == ["r", "x", "x", "r"]


def test_edges_carry_ranks_and_heights():
    tree = ClassTree(
        [-1, 0, 1, 1, 0],
        ["a", "b", "c"],
        [2, 3, 4],
        labels=["", "a", "a", "b", "c"],
        ranks=["", "family", "genus", "", "family"],
        rank_order=["family", "genus"],
        heights=[2.0, 1.0, 0, 0, 0],
    )
    assert from_edges(to_edges(tree)) == tree
    assert from_networkx(to_networkx(tree)) == tree


# ---- networkx


def test_networkx_graphs():
    graph = nx.DiGraph([("r", "a"), ("r", "b"), ("b", "c")])
    assert from_networkx(graph) == from_edges(list(graph.edges))
    assert from_networkx(graph, classes=["b", "a"]).classes == ("b", "a")
    weighted = nx.DiGraph()
    weighted.add_weighted_edges_from([("r", "a", 2.0), ("r", "b", 3)])
    assert not from_networkx(weighted).has_lengths
    assert from_networkx(weighted, length="weight").length.tolist() == [0, 2, 3]


def test_networkx_undirected_with_a_root():
    graph = nx.Graph([("a", "r"), ("b", "r"), ("c", "b")])
    assert from_networkx(graph, root="r").parent.tolist() == [-1, 0, 0, 2]
    with pytest.raises(TreeError, match="undirected; pass root="):
        from_networkx(graph)
    with pytest.raises(OptionError, match="root='z' is not a node"):
        from_networkx(graph, root="z")
    graph.add_edge("a", "b")
    with pytest.raises(TreeError, match="4 nodes, 4 edges and 4 nodes in reach"):
        from_networkx(graph, root="r")


@settings(deadline=None, max_examples=60)
@given(class_trees())
def test_networkx_round_trip(tree):
    graph = to_networkx(tree)
    assert nx.is_arborescence(graph)
    assert from_networkx(graph) == tree
    lengths = nx.single_source_dijkstra_path_length(graph, 0, weight="length")
    if tree.has_lengths:
        assert np.allclose([lengths[node] for node in range(tree.n_nodes)], tree.root_distance)


@pytest.mark.parametrize(
    ("graph", "options", "message"),
    [
        (nx.DiGraph(), {}, "there are no edges"),
        ("((a,b),c);", {}, "takes a DiGraph, or a Graph with root=; got str"),
        (nx.MultiGraph([("r", "a")]), {"root": "r"}, "got MultiGraph"),
        (nx.MultiDiGraph([("r", "a"), ("r", "a")]), {}, "'a' is listed more than once"),
        (
            nx.DiGraph([("a", "r"), ("b", "r")]),
            {},
            r"point from child to parent; pass graph.reverse\(\)",
        ),
        (nx.DiGraph([("a", "b"), ("b", "a")]), {}, "circle of 2"),
        (
            nx.DiGraph([("r", "a"), ("r", "b"), ("a", "c"), ("b", "c")]),
            {},
            "more than one parent: 'c'",
        ),
        (nx.DiGraph([(0, 1), (0, 2.5)]), {}, r"text \(or whole numbers\), but 2.5 is of type fl"),
        (nx.DiGraph([("r", "a")]), {"root": "r"}, "root= is for undirected"),
        (nx.from_edgelist([("r", "a"), ("r", "b")], nx.DiGraph), {"classes": ["z"]}, "no place in"),
    ],
)
def test_bad_graphs(graph, options, message):
    with pytest.raises(HiertoolsError, match=message):
        from_networkx(graph, **options)


def test_bad_graph_attributes():
    graph = nx.DiGraph([("r", "a"), ("r", "b")])
    graph.edges["r", "a"]["length"] = 1
    with pytest.raises(TreeError, match=r"1 of 2 edges lack the attribute 'length'.*'r' to 'b'"):
        from_networkx(graph)
    assert not from_networkx(graph, length=None).has_lengths
    graph.edges["r", "b"]["length"] = "far"
    with pytest.raises(TreeError, match="the edge attribute 'length'"):
        from_networkx(graph)
    graph.add_node("alone")
    graph.edges["r", "b"]["length"] = 2
    with pytest.raises(TreeError, match="1 of 4 nodes have no edge: 'alone'"):
        from_networkx(graph)


@pytest.mark.parametrize("as_label", [False, True], ids=["nodes", "labels"])
def test_whole_numbers_of_leaves_stand_for_their_digits(as_label):
    graph = nx.balanced_tree(2, 2, create_using=nx.DiGraph)
    if as_label:
        nx.set_node_attributes(graph, {node: node for node in graph}, "label")
    assert from_networkx(graph).classes == ("3", "4", "5", "6")
    assert from_networkx(nx.DiGraph([(np.int64(0), np.int64(7)), (0, 8)])).classes == ("7", "8")
    for odd in (2.0, True, (1, 2)):
        with pytest.raises(TreeError, match=r"is of type .*relabel_nodes\(graph, str\)"):
            from_networkx(nx.DiGraph([("r", odd), ("r", "a")]))
    with pytest.raises(TreeError, match="more than once: '7'"):
        from_networkx(nx.DiGraph([("r", 7), ("r", "7")]))
    nx.set_node_attributes(graph, {n: f"c{n}" for n in (3, 4, 5, 6)}, "label")
    assert from_networkx(graph).classes == ("c3", "c4", "c5", "c6")
    bare = nx.balanced_tree(2, 2, create_using=nx.DiGraph)
    assert from_networkx(nx.relabel_nodes(bare, str)).classes == ("3", "4", "5", "6")
    nx.set_node_attributes(bare, {n: f"c{n}" for n in (3, 4, 5, 6)}, "class_name")
    assert from_networkx(bare).classes == ("c3", "c4", "c5", "c6")


def test_whole_numbers_may_stand_for_inner_nodes():
    tree = from_networkx(nx.DiGraph([(0, "a"), (0, 1), (1, "b")]))
    assert tree.labels == ("0", "a", "1", "b")


# ---- ete3


@pytest.mark.needs("ete3")
def test_ete3_trees(ete3):
    tree = from_ete3(ete3.Tree("((a:1,b:2)x:0.5,c:1)r;", format=1))
    assert tree == from_newick("((a:1,b:2)x:0.5,c:1)r;")
    assert not from_ete3(ete3.Tree("((a,b)x,c)r;", format=1)).has_lengths
    assert from_ete3(ete3.Tree("(a,b);"), lengths=True).has_lengths
    twin = ete3.Tree("(a,b);")
    twin.children[1].name = ""
    with pytest.raises(TreeError, match="1 of 2 leaves have no name"):
        from_ete3(twin)
    with pytest.raises(TreeError, match=r"from_ete3 takes an ete3\.Tree; got str"):
        from_ete3("(a,b);")


@pytest.mark.needs("ete3")
@settings(deadline=None, max_examples=40)
@given(class_trees())
def test_ete3_round_trip(tree):
    again = from_ete3(to_ete3(tree), lengths=tree.has_lengths)
    assert again == tree


@pytest.mark.needs("ete3")
def test_ete3_measures_the_same_tree(ete3):
    tree = from_newick("((a:1,b:2)x:0.5,(c:1,d:4)y:2);")
    twin = to_ete3(tree)
    assert twin.get_distance("a", "d") == 7.5
    assert twin.get_common_ancestor("a", "b").name == "x"
    assert twin.robinson_foulds(ete3.Tree("((a,b),(c,d));"))[0] == 0


@pytest.mark.needs("ete3")
def test_ete3_deep(ete3):
    node = root = ete3.TreeNode(name="")
    for _ in range(20_000):
        child = ete3.TreeNode(name="x")
        child.up = node
        node.children.append(child)
        node = child
    assert from_ete3(root).n_levels == 20_000
    assert from_ete3(to_ete3(from_ete3(root))).n_levels == 20_000


def test_without_ete3(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "ete3", None)
    with pytest.raises(MissingDependencyError, match=r"pip install 'hiertools\[ete3\]'"):
        to_ete3(from_lineages(["a/b", "c"]))


@pytest.mark.needs("ete3")
@settings(deadline=None, max_examples=25)
@given(class_trees(labels=names("abc"), leaves_only=True, names_are_labels=True, lengths=True))
def test_all_graph_forms_hold_the_same_clades(tree):
    for again in (
        from_edges(to_edges(tree)),
        from_networkx(to_networkx(tree)),
        from_ete3(to_ete3(tree), lengths=True),
    ):
        assert clade_lengths(again) == clade_lengths(tree)
