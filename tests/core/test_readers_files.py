"""Files and folders: read_tree, write_tree, as_tree."""

import inspect
import os
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from tree_strategies import class_trees

import hiertools as ht
from hiertools import ClassTree, FileFormatError, HiertoolsError, TreeError, readers
from hiertools.readers import as_tree, from_folder, from_newick, read_tree, to_ete3, write_tree

TREE = from_newick("((a,b)x,c);")
FIRST = "class,lineage\na,x/a\nb,x/b\nc,c\n"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("t.csv", FIRST),
        ("t.csv", "\ufeff" + FIRST.replace("\n", "\r\n")),
        ("t.csv", "\n" + FIRST + "\n\n"),
        ("t.csv", FIRST.replace(",", ";")),
        ("t.tsv", FIRST.replace(",", "\t")),
        ("t.txt", FIRST),
        ("t.csv", "Lineage,id,Class\nx/a,1,a\nx/b,2,b\nc,3,c\n"),
        ("t.csv", 'class,lineage\na,"x/a"\n"b",x/b\nc,c\n'),
        ("t.csv", "parent,child\nr,x\nx,a\nx,b\nr,c\n"),
        ("t.nwk", "((a,b)x,c);\n"),
        ("t.tree", "((a,b)\nx,\nc);"),
        ("t", "((a,b)x,c);"),
        ("t", " [c] ((a,b)x,c);"),
        ("t.json", '{"x": ["a", "b"], "c": null}'),
        ("t", '[{"x": ["a", "b"]}, "c"]'),
    ],
)
def test_formats_are_told_apart(tmp_path, name, text):
    path = tmp_path / name
    path.write_bytes(text.encode())
    tree = read_tree(path)
    assert tree.classes == ("a", "b", "c")
    assert [tree.labels[i] for i in tree.parent[tree.class_node]][:2] == ["x", "x"]


def test_excel_unicode_text(tmp_path):
    (tmp_path / "t.txt").write_text(FIRST.replace(",", "\t").replace("c,c", "é,é"), "utf-16")
    assert read_tree(tmp_path / "t.txt").classes == ("a", "b", "c")


def test_names_that_pandas_would_change(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text('class,lineage\n0295,"Birds//Ducks, Geese//1.0"\nNA,Birds//Owls//nan\n')
    tree = read_tree(path, missing=[])
    assert tree.classes == ("0295", "NA")
    assert tree.labels == ("", "Birds", "Ducks, Geese", "1.0", "Owls", "nan")
    (tmp_path / "e.csv").write_text("parent,child,length\nNA,001,1\nNA,null,2.5\n")
    assert read_tree(tmp_path / "e.csv").labels == ("NA", "001", "null")


def test_rank_table(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("Family,Genus,id\nFelidae,Lynx,1\nFelidae,,2\nCanidae,Canis,3\n")
    tree = read_tree(path, classes="id")
    assert tree.classes == ("1", "2", "3")
    assert ht.level_names(tree) == ("Family", "Genus")


def test_options_reach_the_reader(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("class,lineage\na,x>a\nb,x>b\n")
    assert read_tree(path, separator=">").n_levels == 2
    path.write_text("parent,child\nr,a\nr,b\na,c\nb,c\n")
    assert read_tree(path, multiple_parents="first").classes == ("c",)
    path.write_text("one,two\nx,a\nx,b\n")
    assert read_tree(path, format="edges").labels == ("x", "a", "b")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.csv", b"", "'.*t.csv' is empty"),
        ("t.nwk", b" \n ", "is empty"),
        ("t.nwk", b"((a,b)", "t.nwk: Newick text: it ends inside 1 open"),
        ("t.nwk", b"((a\x00,b);", "is a binary file"),
        ("t.nwk", bytes(range(1, 256)), "is not UTF-8 text: byte 127 is 0x80"),
        ("t.nwk", b"(a,'b);", "t.nwk: Newick text: the quote"),
        ("t.csv", b"class,lineage\n", "no rows below its header"),
        ("t.csv", b"class,lineage\na,x/a,b\n", "row 2 has 3 columns but the header has 2"),
        ("t.csv", b'class,lineage\na,"x/a\nb,x/b\n', "no valid CSV: unexpected end of data"),
        ("t.csv", b'class,lineage\na,"x"/a\n', "no valid CSV: .* expected after"),
        ("t.csv", b"class,path\na,x/a\n", "'class', 'path' are none that are known"),
        ("t.csv", b"class,lineage\na,x/a\na,x/b\n", "t.csv: lineages: .* more than once: 'a'"),
        ("t.csv", b"parent,child\na,b\nb,a\n", "t.csv: edges: the edges run in a circle"),
        ("t.json", b'{"a": ', "t.json: this is no valid JSON"),
        ("t.csv", b"just one line", "no rows below"),
    ],
)
def test_bad_files(tmp_path, name, content, message):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(HiertoolsError, match=message):
        read_tree(path)


def test_missing_file_and_wrong_kind(tmp_path):
    with pytest.raises(FileFormatError, match=r"there is no file '.*none\.csv'"):
        read_tree(tmp_path / "none.csv")
    with pytest.raises(FileFormatError, match="is a folder, not a file of format 'newick'"):
        read_tree(tmp_path, format="newick")
    with pytest.raises(HiertoolsError, match="format has no option 'phylip'"):
        read_tree(tmp_path / "t", format="phylip")
    with pytest.raises(FileFormatError, match="can't be read"):
        read_tree("/proc/self/mem")


# ---- writing


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("t.json", {}),
        ("t.json", {"nested": True}),
        ("t.nwk", {}),
        ("t.csv", {"format": "edges"}),
        ("t.tsv", {"format": "edges"}),
        ("t.txt", {"format": "newick"}),
    ],
)
@settings(deadline=None, max_examples=30)
@given(tree=class_trees())
def test_files_round_trip(tmp_path_factory, name, options, tree):
    path = tmp_path_factory.mktemp("trees") / name
    write_tree(tree, path, **options)
    kind = options.get("format")
    assert read_tree(path, **({"format": kind} if kind else {})) == tree
    assert os.listdir(path.parent) == [name]


def test_lineage_files(tmp_path):
    write_tree(TREE, tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_text() == FIRST
    assert read_tree(tmp_path / "t.csv") == TREE
    write_tree(TREE, tmp_path / "t.tsv", separator="|")
    assert read_tree(tmp_path / "t.tsv") == TREE


def test_what_cannot_be_written_leaves_the_file_alone(tmp_path):
    path = tmp_path / "t.csv"
    write_tree(TREE, path)
    with pytest.raises(TreeError, match="Lineages can't carry edge lengths"):
        write_tree(from_newick("(a:1,b:2);"), path)
    assert read_tree(path) == TREE
    with pytest.raises(FileFormatError, match=r"the ending of 't\.xyz' names no format"):
        write_tree(TREE, tmp_path / "t.xyz")
    with pytest.raises(HiertoolsError, match="format has no option 'ranks'"):
        write_tree(TREE, path, format="ranks")


# ---- folders


def make(root, *paths):
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        if path.endswith("/"):
            (root / path).mkdir(exist_ok=True)
        else:
            (root / path).write_bytes(b"")
    return root


def test_folder_of_folders(tmp_path):
    make(tmp_path, "x/b/1.png", "x/a/", "c/1.png", "readme.txt", ".git/objects/", "c/.DS_Store")
    assert from_folder(tmp_path) == from_newick("(c,(a,b)x);")
    assert read_tree(str(tmp_path)) == from_folder(tmp_path)


def test_files_beside_folders_make_a_class(tmp_path):
    make(tmp_path, "furca/1.png", "furca/muelleri/2.png", "x/notes.txt", "x/a/1.PNG")
    assert from_folder(tmp_path).classes == ("furca", "muelleri", "x", "a")
    assert from_folder(tmp_path, extensions=(".png",)).classes == ("furca", "muelleri", "a")


def test_folder_names_that_repeat(tmp_path):
    make(tmp_path, "eider/adult/", "king/adult/")
    with pytest.raises(
        TreeError, match=r"1 class name\(s\) more than once: 'adult'; pass names='path'"
    ):
        from_folder(tmp_path)
    tree = from_folder(tmp_path, names="path")
    assert tree.classes == ("eider/adult", "king/adult")
    assert tree.labels == ("", "eider", "adult", "king", "adult")


def test_links_are_followed_but_not_in_circles(tmp_path):
    make(tmp_path / "elsewhere", "a/1.png", "b/")
    make(tmp_path / "data", "c/")
    (tmp_path / "data" / "x").symlink_to(tmp_path / "elsewhere")
    assert from_folder(tmp_path / "data").classes == ("c", "a", "b")
    (tmp_path / "elsewhere" / "up").symlink_to(tmp_path / "data")
    with pytest.raises(FileFormatError, match="leads back to a folder above it"):
        from_folder(tmp_path / "data")


def test_bad_folders(tmp_path):
    with pytest.raises(FileFormatError, match="there is no folder"):
        from_folder(tmp_path / "none")
    make(tmp_path, "file.png")
    with pytest.raises(FileFormatError, match="holds no folders"):
        from_folder(tmp_path)
    with pytest.raises(FileFormatError, match="there is no folder"):
        from_folder(tmp_path / "file.png")
    with pytest.raises(HiertoolsError, match="names has no option 'id'"):
        from_folder(tmp_path, names="id")


# ---- as_tree


@pytest.mark.needs("ete3")
def test_as_tree_takes_what_stands_for_a_tree(tmp_path):
    path = tmp_path / "t.nwk"
    write_tree(TREE, path)
    frame = pd.DataFrame({"class": ["a", "b", "c"], "lineage": ["x/a", "x/b", "c"]})
    edges = pd.DataFrame({"parent": ["r", "x", "x", "r"], "child": ["x", "a", "b", "c"]})
    graph = nx.DiGraph()
    graph.add_node(0, label="")
    graph.add_edges_from([(0, "x"), ("x", "a"), ("x", "b"), (0, "c")])
    for source in (
        TREE,
        path,
        str(path),
        "((a,b)x,c);",
        frame,
        frame.set_index("class"),
        frame.set_index("class")["lineage"],
        {"a": "x/a", "b": "x/b", "c": "c"},
        {"a": ("x", "a"), "b": ("x", "b"), "c": ("c",)},
        {"x": ["a", "b"], "c": None},
        ["x/a", "x/b", "c"],
        graph,
        to_ete3(TREE),
    ):
        assert as_tree(source) == TREE
    assert as_tree(TREE) is TREE
    assert as_tree(edges).classes == TREE.classes
    ranks = pd.DataFrame({"family": ["x", "x"], "genus": ["a", "b"]})
    assert as_tree(ranks).rank_order == ("family", "genus")
    make(tmp_path / "f", "x/a/", "x/b/", "c/")
    assert as_tree(tmp_path / "f").classes == ("c", "a", "b")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (3, "int stands for no tree"),
        (None, "NoneType stands for no tree"),
        ([("a", "b")], "a list could hold lineages or edges"),
        ([], "a list could hold"),
        ({}, "no tree in it"),
        (np.zeros((2, 4)), r"ndarray says nothing about class names; use ClassTree.from_linkage"),
        ("((a,b)", "it seems truncated"),
        ("wordnett:lynx", "names no taxonomy.*Did you mean 'wordnet:'"),
        ("no such file", "there is no file 'no such file'"),
        (pd.DataFrame({"a": ["b"]}), "'a' are none that are known"),
    ],
)
def test_as_tree_refuses(source, message):
    with pytest.raises(HiertoolsError, match=message):
        as_tree(source)


def test_a_file_whose_name_looks_like_something_else(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("(odd).csv;").write_text(FIRST)
    assert as_tree("(odd).csv;") == TREE


@pytest.mark.needs("ete3")
def test_classmethods_and_methods_reach_the_readers():
    assert ClassTree.from_newick(TREE.to_newick()) == TREE
    assert ClassTree.from_lineages(TREE.to_lineages()) == TREE
    assert ClassTree.from_json(TREE.to_json()) == TREE
    assert ClassTree.from_edges(TREE.to_edges()) == TREE
    assert ClassTree.from_networkx(TREE.to_networkx()) == TREE
    assert ClassTree.from_ete3(TREE.to_ete3()) == TREE
    binary = ClassTree.from_newick("((a:1,b:1):1,c:2);")
    assert ht.clades(ClassTree.from_linkage(binary.to_linkage(), binary.classes)) == ht.clades(
        binary
    )


@pytest.mark.parametrize(
    "name", ["lineages", "newick", "edges", "json", "networkx", "ete3", "linkage"]
)
def test_methods_take_what_the_writers_take(name):
    method = inspect.signature(getattr(ClassTree, f"to_{name}"))
    writer = inspect.signature(getattr(readers, f"to_{name}"))
    assert list(method.parameters.values())[1:] == list(writer.parameters.values())[1:]


@pytest.mark.parametrize("name", [name for name in readers.__all__ if name.startswith("from_")])
def test_readers_say_what_they_take(name):
    reader = getattr(readers, name)
    assert "Parameters\n" in reader.__doc__
    kinds = {parameter.kind for parameter in inspect.signature(reader).parameters.values()}
    assert not kinds & {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}
