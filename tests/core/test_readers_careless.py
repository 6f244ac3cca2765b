"""What careless files and objects hold: nothing of it is lost without a word."""

import json

import networkx as nx
import pandas as pd
import pytest

from hiertools import FileFormatError, HiertoolsWarning, OptionError, TreeError, path_distances
from hiertools.readers import (
    as_tree,
    from_edges,
    from_ete3,
    from_json,
    from_lineages,
    from_networkx,
    from_newick,
    from_nexus,
    from_ranks,
)

# ---- JSON of other kinds than trees


def test_lineages_in_lists_are_those_in_text():
    tree = from_lineages({"lynx": "cats/big/lynx", "puma": "cats/puma", "wolf": "wolf"})
    text = json.dumps(tree.to_lineages())
    assert from_json(text) == as_tree(json.loads(text)) == tree
    assert from_json('{"cats": ["lynx", "puma"]}').classes == ("lynx", "puma")
    assert from_json('{"lynx": ["lynx"]}').n_levels == 2  # a group and a class of one name


def test_a_list_of_texts_is_one_of_lineages():
    texts = ["cats/lynx", "cats/puma", "wolf"]
    assert from_json(json.dumps(texts)) == from_lineages(texts)
    with pytest.raises(FileFormatError, match=r"separator='\.'.*pass it, .*from_lineages"):
        from_json('["cats.lynx", "cats.puma"]')


@pytest.mark.parametrize("orient", ["records", "list"])
def test_a_table_in_json_is_no_tree(tmp_path, orient):
    table = pd.DataFrame({"class": ["007", "NA"], "lineage": ["cats/007", "dogs/NA"]})
    held = table.to_dict(orient)
    path = tmp_path / "t.json"
    path.write_text(json.dumps(held), encoding="utf-8")
    with pytest.raises(FileFormatError, match=r"'class', 'lineage', not a tree; .*read_json\(path"):
        as_tree(path)
    assert as_tree(pd.read_json(path, dtype=False)).classes == ("007", "NA")  # as it advises


def test_children_under_another_name():
    with pytest.raises(FileFormatError, match="no 'children', but objects under 'kids'"):
        from_json('{"name": "r", "kids": [{"name": "a"}]}')
    text = '{"name": "r", "children": [{"name": "a", "pictures": [{"file": "x"}]}]}'
    assert from_json(text).classes == ("a",)


# ---- ids and parents


def test_parents_that_a_program_took_for_numbers():
    table = {"id": ["1", "2", "3"], "parent": ["", "1.0", "2.0"], "name": ["life", "cats", "lynx"]}
    with pytest.raises(
        FileFormatError, match="'1.0', '2.0' are no ids of rows, .*write both alike"
    ):
        from_edges(pd.DataFrame(table))


@pytest.mark.parametrize("lengths", [False, True])
def test_several_parents_without_a_row_are_groups(lengths):
    table = pd.DataFrame({"id": [*"5678"], "parent": ["3", "3", "4", ""], "name": [*"abcd"]})
    if lengths:
        table["length"] = [1, 1, 1, 1]
    with pytest.warns(HiertoolsWarning, match="2 parents have no row of their own.*'3', '4'"):
        tree = from_edges(table)
    above = tree.parent[[tree.class_node[tree.class_index[name]] for name in "abcd"]]
    assert [tree.labels[node] for node in above] == ["3", "3", "4", ""]
    apart = path_distances(tree, ["a", "b", "c"])
    assert apart[0, 1] == 2
    assert apart[0, 2] == (2 if lengths else 4)


# ---- Newick and NEXUS


def test_a_network_is_no_tree():
    with pytest.raises(TreeError, match="'#H1' stands in it more than once: this is a network"):
        from_newick("((a,(b)x#H1),(x#H1,c));")
    assert from_newick("((a,(b)x#H1),c);").classes == ("a", "b", "c")


@pytest.mark.parametrize("value", [-1.0, float("nan"), float("inf")])
def test_a_missing_length_is_one(value):
    with pytest.raises(OptionError, match="missing_length must be a number of at least 0"):
        from_newick("(a:1,b);", missing_length=value)


def test_numbers_that_nothing_translates():
    text = "#NEXUS\nbegin trees;\ntranslate {};\ntree t = (1,2);\nend;"
    with pytest.raises(FileFormatError, match="1 of 2 leaves are numbers .*: '2'; name them"):
        from_nexus(text.format("1 a"))
    assert from_nexus(text.format("1 2, 2 1")).classes == ("2", "1")
    assert from_nexus(text.format("")).classes == ("1", "2")


# ---- objects


def test_an_attribute_that_no_edge_has():
    graph = nx.DiGraph()
    graph.add_edge("r", "a", weight=2)
    graph.add_edge("r", "b", weight=1)
    with pytest.raises(OptionError, match="length='wieght' is an attribute of no edge; .*'weight'"):
        from_networkx(graph, length="wieght")
    assert from_networkx(graph, length="weight").length.tolist() == [0, 2, 1]
    assert not from_networkx(graph).has_lengths
    graph.nodes["a"]["height"] = "tall"
    with pytest.raises(TreeError, match="the node attribute 'height' must be numbers"):
        from_networkx(graph)


@pytest.mark.needs("ete3")
def test_what_ete3_nodes_lack():
    tree = from_newick("((a:1,b:1):1,c:2);").to_ete3()
    (tree & "a").name = None
    with pytest.raises(TreeError, match="1 of 3 leaves have no name"):
        from_ete3(tree)


def test_ranks_of_several_lengths():
    with pytest.raises(FileFormatError, match="must have one length; .*'family' 2, 'genus' 1"):
        from_ranks({"family": ["F", "F"], "genus": ["G"]})
