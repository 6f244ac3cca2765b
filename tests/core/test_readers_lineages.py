"""Lineages and rank tables: separators, verbatim names, classes at inner nodes."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tree_strategies import class_trees, names

from hiertools import (
    ClassTree,
    FileFormatError,
    HiertoolsError,
    OptionError,
    TreeError,
    level_groups,
    level_names,
)
from hiertools._core import memory
from hiertools.errors import TooLargeError
from hiertools.readers import from_lineages, from_newick, from_ranks, to_frame, to_lineages


def groups(tree, level):
    return [tree.labels[node] for node in level_groups(tree, level)]


def test_level_l_is_component_l_and_the_last_one_is_the_class():
    tree = from_lineages({"0295": "Birds//Ducks, Geese//Eider (f/juv)", "NA": "Birds//Owls//Owl"})
    assert tree.labels == ("", "Birds", "Ducks, Geese", "Eider (f/juv)", "Owls", "Owl")
    assert tree.classes == ("0295", "NA")
    assert groups(tree, 0) == ["Birds", "Birds"]
    assert groups(tree, 2) == ["Eider (f/juv)", "Owl"]


def test_a_group_and_a_class_of_the_same_name():
    tree = from_lineages({"e": "Ducks/Eider/Eider", "k": "Ducks/Eider/King", "x": "Eider"})
    assert tree.labels == ("", "Ducks", "Eider", "Eider", "King", "Eider")
    assert tree.class_node.tolist() == [3, 4, 5]


def test_class_at_an_inner_node():
    tree = from_lineages(["a/furca", "a/furca/muelleri", "b"])
    assert tree.classes == ("furca", "muelleri", "b")
    assert tree.subtree_size[tree.class_node].tolist() == [2, 1, 1]


@pytest.mark.parametrize(
    "given_as",
    [
        {"x": "a/x", "y": "a/y"},
        {"x": ("a", "x"), "y": ["a", "y"]},
        ["a/x", "a/y"],
        [("a", "x"), ("a", "y")],
        pd.DataFrame({"class": ["x", "y"], "lineage": ["a/x", "a/y"]}),
        pd.DataFrame({"Lineage": ["a/x", "a/y"], "size": [1, 2], "Class": ["x", "y"]}),
        pd.DataFrame({"id": ["x", "y"], "path": ["a/x", "a/y"]}),
        pd.DataFrame({"lineage": ["a/x", "a/y"]}, index=["x", "y"]),
        pd.Series({"x": "a/x", "y": "a/y"}),
    ],
)
def test_every_way_to_give_them(given_as):
    assert from_lineages(given_as) == ClassTree(
        [-1, 0, 1, 1], ["x", "y"], [2, 3], labels=["", "a", "x", "y"]
    )


@pytest.mark.parametrize(
    ("texts", "components"),
    [
        (["a/b", "a/c"], [("a", "b"), ("a", "c")]),
        (["a//b/c", "a//d"], [("a", "b/c"), ("a", "d")]),
        (["a|b", "c"], [("a", "b"), ("c",)]),
        (["a;b", "a;c"], [("a", "b"), ("a", "c")]),
        (["a; b", "a; c"], [("a", "b"), ("a", "c")]),
        (["a | b", "a | c"], [("a", "b"), ("a", "c")]),
        (["a; b", "a;c"], [("a", " b"), ("a", "c")]),
        (["a/b;x", "a/c"], [("a", "b;x"), ("a", "c")]),
        (["a, b", "c"], [("a, b",), ("c",)]),
        (["a / b/ c", "d"], [("a ", " b", " c"), ("d",)]),
    ],
)
def test_separator_is_found(texts, components):
    tree = from_lineages(texts)
    assert list(to_lineages(tree).values()) == components


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (
            ["a/b|c", "a/c|d"],
            r"not clear: of 2 lineages there is '/' in 2, '\|' in 2; .*separator=",
        ),
        (["a/b", "a//c"], "'//' in 1, '/' in 1"),
        (["a;b", "a/c"], "'/' in 1, ';' in 1"),
        (["a//b/c", "a//d/e"], "'//' in 2, '/' in 2"),
    ],
)
def test_unclear_separator(texts, message):
    with pytest.raises(FileFormatError, match=message):
        from_lineages(texts)
    assert from_lineages(texts, separator=">").n_levels == 1


@pytest.mark.parametrize(
    ("lineages", "options", "error", "message"),
    [
        ({}, {}, FileFormatError, "there are none"),
        (["/", "/a/y"], {}, FileFormatError, "row 0, '/', has an empty comp.*separator '/'"),
        ([("a", ""), ("b",)], {}, FileFormatError, "row 0.*has an empty component"),
        ({"x": ""}, {}, FileFormatError, "empty component"),
        ({"x": ()}, {}, FileFormatError, "empty component"),
        ({"x": ("a", 3)}, {}, FileFormatError, "not text"),
        (
            {"x": float("nan")},
            {},
            FileFormatError,
            "the lineage of class 'x' must be text; got nan",
        ),
        ({"x": None}, {}, FileFormatError, "must be text; got None"),
        ({"x": "a/b", "y": "a/b"}, {}, TreeError, "'x' and 'y' have the same lineage, 'a/b'"),
        (["a/x", "b/x"], {}, TreeError, "occur more than once: 'x'"),
        ({1: "a/b"}, {}, TreeError, "class names must be text"),
        (["a/x"], {"separator": ""}, OptionError, "separator must not be empty"),
        (["a/x"], {"classes": ["x", "y"]}, OptionError, "1 lineages but 2 class names"),
        ({"x": "a/x"}, {"classes": ["x"]}, OptionError, "name their classes already"),
        (
            ["a/x"],
            {"ranks": ["family"]},
            OptionError,
            "names 1 levels, but class 'x' lies 2 levels",
        ),
        (["a/x"], {"ranks": "family"}, OptionError, "ranks must be a list"),
        ("a/x", {}, FileFormatError, r"read_tree\(path\)"),
        (pd.DataFrame({"a": ["x"], "b": ["y"], "c": ["z"]}), {}, FileFormatError, "from_ranks"),
        (
            pd.DataFrame({"class": [295, 296], "lineage": ["a/b", "a/c"]}),
            {},
            FileFormatError,
            "row 0 is 295.*dtype=str",
        ),
        (
            pd.DataFrame({"class": ["x", None], "lineage": ["a/b", "a/c"]}),
            {},
            FileFormatError,
            "row 1 is missing",
        ),
    ],
)
def test_bad_lineages(lineages, options, error, message):
    with pytest.raises(error, match=message):
        from_lineages(lineages, **options)


def test_names_stay_verbatim_but_for_unicode_form():
    tree = from_lineages({" x ": " a /e\u0301", "é": "b/é"})
    assert tree.classes == (" x ", "é")
    assert tree.labels == ("", " a ", "é", "b", "é")
    with pytest.raises(TreeError, match="more than once: 'é'"):
        from_lineages({"é": "a", "e\u0301": "b"})


def test_ranks_name_the_levels():
    tree = from_lineages(
        ["Felidae/Lynx/lynx", "Canidae/wolf"], ranks=("family", "genus", "species")
    )
    assert level_names(tree) == ("family", "genus", "species")
    assert groups(tree, "family") == ["Felidae", "Canidae"]


def test_deep_lineage():
    tree = from_lineages({"x": ("a",) * 100_000})
    assert tree.n_levels == 100_000
    assert to_lineages(tree)["x"] == ("a",) * 100_000


paths = st.lists(
    st.lists(names("ab/;| ").filter(str.strip), min_size=1, max_size=4).map(tuple),
    min_size=1,
    max_size=8,
    unique=True,
)


@settings(deadline=None, max_examples=60)
@given(paths, st.data())
def test_round_trip_of_components(lineages, data):
    given_names = data.draw(
        st.lists(names(), min_size=len(lineages), max_size=len(lineages), unique=True)
    )
    given_as = dict(zip(given_names, lineages, strict=True))
    tree = from_lineages(given_as)
    assert to_lineages(tree) == given_as
    assert list(to_lineages(tree)) == list(given_as)
    assert from_lineages(to_lineages(tree)) == tree
    for name, path in given_as.items():
        for level in range(tree.n_levels):
            node = level_groups(tree, level)[tree.classes.index(name)]
            assert tree.labels[node] == path[min(level, len(path) - 1)]
    try:
        frame = to_frame(tree)
    except TreeError as error:
        assert "every separator" in str(error)  # noqa: PT017
        return
    assert from_lineages(frame) == tree


def test_to_frame_chooses_a_separator_that_reads_back():
    assert to_frame(from_lineages(["a|b/c", "a|d"]))["lineage"].tolist() == ["a//b/c", "a//d"]
    tree = from_lineages(["a/b", "c"])
    assert to_frame(tree, separator=" > ")["lineage"].tolist() == ["a > b", "c"]
    with pytest.raises(OptionError, match="hold the separator 'a'"):
        to_frame(tree, separator="a")
    with pytest.raises(TreeError, match="every separator there is"):
        to_frame(from_lineages([("a/b//c|d;e", "x"), ("y",)]))


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        (from_newick("(a:1,b:2);"), "can't carry edge lengths of ClassTree.*lossy=True"),
        (from_newick("(a,b)root;"), "can't carry the root's name 'root'"),
        (from_lineages(["a/b"], ranks=["x", "y"]), "can't carry ranks"),
        (ClassTree([-1, 0, 0], ["a"], [1], labels=["", "a", "b"]), "leaves that are no class"),
        (ClassTree([-1, 0, 0], ["a", "b"], [1, 2], heights=[1, 0, 0]), "merge heights"),
        (from_newick("((a,b),c);"), "but some have none"),
        (from_newick("((a)x,(b)x);"), "two siblings are called 'x'"),
        (ClassTree([-1, 0], ["r", "a"], [0, 1], labels=["", "a"]), "class 'r' sits at the root"),
    ],
)
def test_what_lineages_cannot_say(tree, message):
    with pytest.raises(TreeError, match=message):
        to_lineages(tree)


def test_lossy():
    tree = from_newick("((a:1,b:2)x:1,c:1)root;")
    assert to_lineages(tree, lossy=True) == {"a": ("x", "a"), "b": ("x", "b"), "c": ("c",)}


@settings(deadline=None, max_examples=40)
@given(class_trees(labels=names("abc"), lengths=False, names_are_labels=True, leaves_only=True))
def test_lineages_keep_the_clades_of_any_tree(tree):
    from hiertools import clades

    again = from_lineages(to_lineages(tree, lossy=True))
    assert set(clades(again)) == set(clades(tree))


TABLE = pd.DataFrame(
    {
        "phylum": ["Chordata", "Chordata", "Chordata", "Tracheophyta"],
        "family": ["Felidae", "Felidae", None, "Moraceae"],
        "genus": ["Lynx", float("nan"), "", "Morus"],
        "species": ["Lynx lynx", "Puma concolor", "Chordata", pd.NA],
    }
)


def test_rank_table_with_missing_ranks_and_repeated_names():
    tree = from_ranks(TABLE)
    assert tree.classes == ("Lynx lynx", "Puma concolor", "Chordata", "Morus")
    assert level_names(tree) == ("phylum", "family", "genus", "species")
    assert groups(tree, "family") == ["Felidae", "Felidae", "Chordata", "Moraceae"]
    assert groups(tree, "species")[1] == "Puma concolor"
    # The class called Chordata is a species of its own below the phylum Chordata.
    assert to_lineages(tree, lossy=True)["Chordata"] == ("Chordata", "Chordata")


def test_homonyms_under_different_groups_are_different_groups():
    tree = from_ranks(
        {"family": ["Moraceae", "Sulidae"], "genus": ["Morus", "Morus"], "id": ["m1", "m2"]},
        classes="id",
    )
    assert tree.classes == ("m1", "m2")
    assert len(set(groups(tree, "genus"))) == 1
    assert len(set(level_groups(tree, "genus"))) == 2


def test_same_label_at_two_ranks_is_two_nodes():
    tree = from_ranks({"genus": ["A", "A"], "subgenus": ["A", None], "species": [None, "A"],
                       "n": ["x", "y"]}, classes="n")  # fmt: skip
    assert tree.n_nodes == 4
    assert tree.ranks == ("", "genus", "subgenus", "species")


@pytest.mark.parametrize(
    ("table", "options", "message"),
    [
        (TABLE, {"ranks": ["phylum", "klass"]}, "has no option 'klass'.*'phylum', 'family'"),
        (TABLE, {"classes": "name"}, "has no option 'name'"),
        (TABLE, {"classes": ["a"]}, "has 4 rows, but 1 names"),
        (TABLE, {"ranks": ["phylum", "family"]}, "occur more than once: 'Felidae'"),
        (TABLE.iloc[:0], {}, "is empty"),
        ({"family": ["a", None]}, {}, "row 1 has no rank at all"),
        ({"family": [1]}, {}, "'family' must be text, but row 0 is 1"),
        ({"genus": ["a", "a"], "n": ["x", "y"]}, {"classes": "n"}, "'x' and 'y' have the same"),
        (np.zeros((2, 2)), {}, "must be a DataFrame or a mapping"),
        ({"n": ["a"]}, {"classes": "n"}, "no column of a rank"),
    ],
)
def test_bad_rank_tables(table, options, message):
    with pytest.raises(HiertoolsError, match=message):
        from_ranks(table, **options)


def test_lineages_that_would_fill_the_memory_are_refused(monkeypatch):
    """A caterpillar has few nodes, but every class has all those above it in its lineage."""
    monkeypatch.setattr(memory, "available", lambda: 10**8)
    n = 9_000
    names = [f"c{i}" for i in range(n)]
    tree = ClassTree([-1, *range(n - 2), *range(n - 1), n - 2], names, range(n - 1, 2 * n - 1),
                     labels=["", *(f"n{i}" for i in range(1, n - 1)), *names])  # fmt: skip
    with pytest.raises(TooLargeError, match=r"lineages of 9,000 classes, .* 0\.3 GB .* Newick"):
        tree.to_lineages()
