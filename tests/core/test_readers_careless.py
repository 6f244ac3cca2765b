"""What careless files and objects hold: nothing of it is lost without a word."""

import bz2
import gzip
import json
import lzma

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from hiertools import (
    ClassTree,
    FileFormatError,
    HiertoolsWarning,
    OptionError,
    TreeError,
    as_graph,
    path_distances,
)
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
    read_tree,
    to_lineages,
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
    graph.graph["rank_order"] = 3
    with pytest.raises(TreeError, match="'rank_order' must be a list of names of ranks; got 3"):
        from_networkx(graph)
    del graph.graph["rank_order"]
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


def test_names_that_became_an_index_are_columns():
    table = pd.DataFrame(
        {"class": ["x", "y"], "family": ["F", "F"], "genus": ["G", "H"], "species": ["s", "t"]}
    )
    assert from_ranks(table.set_index("class")) == from_ranks(table)
    assert as_tree(table.set_index("class")).classes == ("x", "y")
    ranks = table.drop(columns="class")
    for index in ("species", ["family", "genus"]):
        assert as_tree(ranks.set_index(index)) == as_tree(ranks)
    edges = pd.DataFrame({"child": ["cat", "lynx", "dog"], "parent": ["root", "cat", "root"]})
    assert as_tree(edges.set_index("child")) == as_tree(edges)
    assert as_graph(edges.set_index("child")) == as_graph(edges)
    lineages = pd.DataFrame({"otu": ["x", "y"], "lineage": ["a/x", "b/y"]})
    assert as_tree(lineages.set_index("otu")) == as_tree(lineages)


def test_nothing_says_what_names_the_classes():
    table = pd.DataFrame({"colour": ["red", "blue"], "lineage": ["a/x", "b/y"]})
    assert from_lineages(table).classes == ("red", "blue")  # two columns: in this order
    with pytest.raises(FileFormatError, match="which of the columns .* names the classes"):
        from_lineages(table.assign(size="big"))


def test_arrays_of_texts_and_frames_of_nothing():
    assert as_tree(np.array(["a/x", "b/y"])).classes == ("x", "y")
    with pytest.raises(FileFormatError, match="the table has no columns"):
        as_tree(pd.DataFrame())
    with pytest.raises(FileFormatError, match="Rename them, or say which with ClassTree.from_lin"):
        as_tree(pd.DataFrame([["x", "a/x"], ["y", "b/y"]]))


# ---- tables in files

TABLE = "class,lineage\nx,a/x\ny,b/y\n"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("t.csv", "\ufeff\ufeff" + TABLE),
        ("t.csv", "class,lineage,,\nx,a/x,,\ny,b/y, ,\n"),
        ("t.txt", '"class" "lineage"\n"1" "x" "a/x"\n"2" "y" "b/y"\n'),
        ("t.txt", "class\tlineage\n1\tx\ta/x\n2\ty\tb/y\n"),
        ("t.csv", "((x)a,(y)b);\n"),
        ("t.csv", '{"a": ["x"],\n "b": ["y"]}\n'),
    ],
)
def test_what_programs_do_to_tables(tmp_path, name, text):
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert to_lineages(read_tree(tmp_path / name)) == {"x": ("a", "x"), "y": ("b", "y")}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("class,lineage\nx;a/x\n", "row 2 has 1 columns but the header has 2: .*between all cells"),
        ("made by me\n" + TABLE, "the header has 1: .*take out what stands above the header"),
        ("class lineage\nx a/x\ny b / y\n", "none that are known"),
        ("class|lineage\nx|a/x\n", r"say delimiter='\|'"),
        ("class,lineage,,\nx,a/x,1,2\ny,b/y,,\n", "column name.s. occur more than once: ''"),
        ("class,lineage\n1,x,a/x\n2,y,b/y\n", "row 2 has 3 columns but the header has 2"),
    ],
)
def test_what_is_wrong_with_a_table(tmp_path, text, message):
    path = tmp_path / "t.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FileFormatError, match=message):
        read_tree(path)


@pytest.mark.parametrize(
    ("begin", "message"),
    [
        (b"\x28\xb5\x2f\xfd\x04\0", "packed by zstandard, which is not read; unpack it first"),
        (b"7z\xbc\xaf\x27\x1c\0", "is a 7z archive, not text; unpack it first"),
        (b"PAR1\x15", "is a Parquet file, not text; save the table in it as CSV"),
        (b"%PDF-1.4 \n%\xe2", "is a PDF, not text"),
        (gzip.compress(b"RDX3\nX\n"), "is a workspace of R"),
        (gzip.compress(gzip.compress(b"(a,b);")), "packed more than once; unpack it first"),
        (gzip.compress(b"t.csv".ljust(257, b"\0") + b"ustar\x0000"), "is a tar archive, not text"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "Git LFS .*`git lfs pull`"),
    ],
    ids=lambda part: part if isinstance(part, str) else "",  # gzip writes the time
)
def test_files_of_other_kinds_are_told_by_name(tmp_path, begin, message):
    path = tmp_path / "t.csv"
    path.write_bytes(begin)
    with pytest.raises(FileFormatError, match=message):
        read_tree(path)


@pytest.mark.parametrize(
    "pack", [gzip.compress, bz2.compress, lzma.compress,
             lambda raw: lzma.compress(raw, format=lzma.FORMAT_ALONE)],
)  # fmt: skip
def test_what_is_unpacked(tmp_path, pack):
    (tmp_path / "t").write_bytes(pack(TABLE.encode()))
    assert read_tree(tmp_path / "t").classes == ("x", "y")


def test_configurations_hold_no_tree(tmp_path):
    (tmp_path / "t.yaml").write_text("a:\n  - x\n  - y\n", encoding="utf-8")
    with pytest.raises(FileFormatError, match="YAML is not read; save what it holds as JSON"):
        read_tree(tmp_path / "t.yaml")


# ---- labels


def test_a_label_typed_in_two_ways_is_one():
    """Of the constructor too, as all readers have it: what is written is read back."""
    decomposed = "e\u0301"
    tree = ClassTree([-1, 0, 1], ["x"], [2], labels=["", decomposed, "x"])
    assert tree.labels == ("", "\u00e9", "x")
    assert from_newick(tree.to_newick()) == tree
    assert from_json(json.dumps({decomposed: ["a", decomposed]})).classes == ("\u00e9",)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("t.csv", "class,lineage\n" + "a" * 243 + "ustar  x,g/a\n"),  # as in an archive, at 257
        ("t.nwk", "PAR1;"),  # as Parquet begins
    ],
)
def test_text_that_looks_like_another_kind_of_file(tmp_path, name, text):
    """Archives and Parquet are known by bytes that no text holds."""
    path = tmp_path / name
    path.write_text(text)
    assert read_tree(path).n_classes == 1
