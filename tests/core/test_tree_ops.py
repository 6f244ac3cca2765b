"""Distances, ancestors, levels, restriction, renaming, collapse: each against its definition."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tree_strategies import class_trees

import hiertools as ht
from hiertools import ClassMismatchError, ClassTree, OptionError, TreeError
from hiertools.trees.levels import numbered
from hiertools.trees.operations import by_first_class

PLANKTON = {
    "copepod": "living/crustacea/copepod",
    "krill": "living/crustacea/krill",
    "diatom": "living/diatom",
    "fibre": "detritus/fibre",
    "pellet": "detritus/pellet",
}


def undirected(tree):
    graph = nx.Graph()
    graph.add_nodes_from(range(tree.n_nodes))
    for node in range(1, tree.n_nodes):
        graph.add_edge(int(tree.parent[node]), node, weight=float(tree.length[node]))
    return graph


@settings(deadline=None, max_examples=60)
@given(class_trees())
def test_path_distances_are_those_of_the_graph(tree):
    by_length = dict(nx.all_pairs_dijkstra_path_length(undirected(tree)))
    by_edges = dict(nx.all_pairs_shortest_path_length(undirected(tree)))
    nodes = tree.class_node.tolist()
    lengths, edges = ht.path_distances(tree), ht.path_distances(tree, kind="edges")
    for i, a in enumerate(nodes):
        for j, b in enumerate(nodes):
            assert lengths[i, j] == pytest.approx(by_length[a][b], rel=1e-9, abs=1e-6)
            assert edges[i, j] == by_edges[a][b]
    assert (np.diag(lengths) == 0).all()
    assert (lengths == lengths.T).all()


@settings(deadline=None, max_examples=40)
@given(class_trees(), st.integers(1, 20), st.randoms(use_true_random=False))
def test_blocks_and_class_order_change_nothing(tree, block, random):
    whole = ht.path_distances(tree)
    parts = [part for _, part in ht.iter_path_distances(tree, block=block)]
    assert (np.vstack(parts) == whole).all()
    order = list(range(tree.n_classes))
    random.shuffle(order)
    names = [tree.classes[i] for i in order]
    assert (ht.path_distances(tree, names) == whole[np.ix_(order, order)]).all()


@settings(deadline=None, max_examples=40)
@given(class_trees())
def test_lowest_common_ancestors(tree):
    def climb(node):
        return [node, *ht.ancestors(tree, node).tolist()]

    nodes = np.arange(tree.n_nodes)
    found = ht.lca(tree, nodes[:, None], nodes[None, :])
    for a in nodes.tolist():
        for b in nodes.tolist():
            assert found[a, b] == next(v for v in climb(a) if v in climb(b))
    of_classes = found[np.ix_(tree.class_node, tree.class_node)]
    assert (ht.lca_nodes(tree) == of_classes).all()


@settings(deadline=None, max_examples=40)
@given(class_trees())
def test_levels_are_the_ancestors_at_that_depth_or_the_class_itself(tree):
    for level in range(tree.n_levels):
        for node, group in zip(tree.class_node.tolist(), ht.level_groups(tree, level).tolist()):
            line = [node, *ht.ancestors(tree, node).tolist()][::-1]
            assert group == (line[level + 1] if len(line) > level + 1 else node)


@settings(deadline=None, max_examples=40)
@given(class_trees())
def test_heights_and_clades_follow_from_their_definitions(tree):
    heights = ht.node_heights(tree)
    sets = set()
    for node in range(tree.n_nodes):
        stop = node + tree.subtree_size[node]
        inside = tree.class_node[(tree.class_node >= node) & (tree.class_node < stop)]
        below = tree.depth[inside] - tree.depth[node]
        assert heights[node] == below.max(initial=0)
        names = {c for c, v in zip(tree.classes, tree.class_node) if node <= v < stop}
        if 1 < len(names) < tree.n_classes:
            sets.add(frozenset(names))
    assert set(ht.clades(tree)) == sets
    assert len(ht.clades(tree)) == len(sets)


@settings(deadline=None, max_examples=40)
@given(class_trees(), st.data())
def test_restriction_keeps_distances_levels_and_order(tree, data):
    kept = data.draw(st.lists(st.sampled_from(tree.classes), min_size=1, unique=True))
    smaller = ht.restrict(tree, kept)
    assert smaller.classes == tuple(name for name in tree.classes if name in set(kept))
    assert np.allclose(ht.path_distances(smaller, kept), ht.path_distances(tree, kept), atol=1e-6)
    for level in range(smaller.n_levels):
        now = ht.level_groups(smaller, level, kept)
        before = ht.level_groups(tree, level, kept)
        assert ((now[:, None] == now) == (before[:, None] == before)).all()
    leaves = np.flatnonzero(smaller.n_children == 0)
    assert set(leaves) <= set(smaller.class_node.tolist())


@settings(deadline=None, max_examples=40)
@given(class_trees(lengths=True))
def test_collapse_keeps_distances_and_clades(tree):
    collapsed = ht.collapse_unary(tree)
    assert np.allclose(ht.path_distances(collapsed), ht.path_distances(tree), atol=1e-6)
    assert set(ht.clades(collapsed)) == set(ht.clades(tree))
    single = np.flatnonzero(collapsed.n_children == 1)
    assert set(single) <= set(collapsed.class_node.tolist())


def test_a_branch_is_left_out_by_label_path_or_id():
    tree = ClassTree.from_lineages(PLANKTON)
    living = ht.without_branch(tree, "detritus")
    assert set(living.classes) == {"copepod", "krill", "diatom"}
    assert ht.without_branch(tree, ("living", "crustacea")).n_classes == 3
    assert ht.without_branch(tree, ht.find_node(tree, "detritus")) == living
    with pytest.raises(TreeError, match="no node 'detrits'. Closest label: 'detritus'"):
        ht.without_branch(tree, "detrits")
    with pytest.raises(OptionError, match="no class left"):
        ht.without_branch(tree, 0)


def test_a_shared_label_needs_its_path():
    tree = ClassTree.from_lineages({"x": "a/same/x", "y": "b/same/y"})
    with pytest.raises(TreeError, match="2 nodes have the label 'same': 'a/same', 'b/same'"):
        ht.find_node(tree, "same")
    assert ht.node_path(tree, ht.find_node(tree, ("b", "same"))) == ("b", "same")


def test_renaming_by_table_and_function():
    tree = ClassTree.from_lineages(PLANKTON)
    renamed = ht.rename_classes(tree, {"krill": "Euphausia"})
    assert "Euphausia" in renamed.classes
    assert "Euphausia" in renamed.labels
    assert "krill" not in renamed.labels
    assert ht.rename_classes(tree, str.upper).classes == tuple(n.upper() for n in tree.classes)
    with pytest.raises(ClassMismatchError, match="no place in the tree: 'kril'.*'krill'"):
        ht.rename_classes(tree, {"kril": "x"})
    with pytest.raises(TreeError, match="more than once: 'krill'"):
        ht.rename_classes(tree, {"diatom": "krill"})


def test_ranks_are_levels_and_a_missing_rank_does_not_split_a_genus():
    ranks = ("order", "family", "genus", "species")
    tree = ClassTree(
        [-1, 0, 1, 2, 3, 3, 1, 6, 6],
        ["s1", "s2", "s3", "s4"],
        [4, 5, 7, 8],
        labels=["", "O", "F", "G", "s1", "s2", "G2", "s3", "s4"],
        ranks=["", *ranks[:3], "species", "species", "genus", "species", "species"],
        rank_order=ranks,
    )
    assert ht.level_names(tree) == ranks
    assert ht.level_groups(tree, "order").tolist() == [1, 1, 1, 1]
    # Genus G2 has no family: its two species still belong together at that rank.
    assert ht.level_groups(tree, "family").tolist() == [2, 2, 6, 6]
    assert ht.level_groups(tree, "genus").tolist() == [3, 3, 6, 6]
    with pytest.raises(OptionError, match="'phylum'.*'order', 'family'"):
        ht.level_groups(tree, "phylum")
    assert ht.restrict(tree, ["s1", "s3"]).rank_order == ranks


def test_bad_arguments_name_what_is_there():
    tree = ClassTree.from_lineages(PLANKTON)
    with pytest.raises(OptionError, match="levels 0 to 2; got level 3"):
        ht.level_groups(tree, 3)
    with pytest.raises(OptionError, match="the tree has no ranks"):
        ht.level_groups(tree, "family")
    with pytest.raises(ClassMismatchError, match="Closest names there: 'krill'"):
        ht.path_distances(tree, ["Krill"])
    with pytest.raises(OptionError, match="'length', 'edges'"):
        ht.path_distances(tree, kind="branch")
    with pytest.raises(TreeError, match="node ids between 0 and"):
        ht.lca(tree, [0], [99])
    with pytest.raises(OptionError, match="at least one class"):
        ht.restrict(tree, [])


def test_sorting_classes_moves_names_and_not_nodes():
    tree = ClassTree.from_newick("((b,a),c);")
    ordered = ht.sort_classes(tree)
    assert ordered.classes == ("a", "b", "c")
    assert (ordered.parent == tree.parent).all()
    assert (ht.path_distances(ordered, tree.classes) == ht.path_distances(tree)).all()


def test_lca_takes_arrays_whose_shapes_go_together():
    tree = ht.ClassTree.from_newick("((lynx,wolf),newt);")
    with pytest.raises(TreeError, match=r"shapes go together; got \(2,\) and \(3,\)"):
        ht.lca(tree, [2, 3], [2, 3, 4])
    with pytest.raises(TreeError, match="node ids must be an array of numbers"):
        ht.lca(tree, [[2, 3], [4]], [2])


@settings(deadline=None, max_examples=60)
@given(class_trees())
def test_children_come_in_the_order_of_their_first_classes(tree):
    ordered = by_first_class(tree)
    first = np.full(ordered.n_nodes, ordered.n_classes)
    for number, node in enumerate(ordered.class_node.tolist()):
        while node >= 0:  # every node above it holds it, too
            first[node] = min(first[node], number)
            node = int(ordered.parent[node])
    for node in range(ordered.n_nodes):
        (children,) = np.nonzero(ordered.parent == node)
        assert (np.diff(first[children]) >= 0).all()
    assert ordered.classes == tree.classes
    assert (ht.path_distances(ordered) == ht.path_distances(tree)).all()
    for before, after in zip(tree.class_node.tolist(), ordered.class_node.tolist()):
        assert ht.node_path(ordered, after) == ht.node_path(tree, before)
    assert by_first_class(ordered) == ordered


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(0, 6), min_size=1, max_size=20).map(np.array))
def test_groups_are_numbered_by_their_first_members(nodes):
    group, node = numbered(nodes)
    assert (node[group] == nodes).all()
    assert node.tolist() == list(dict.fromkeys(nodes.tolist()))
