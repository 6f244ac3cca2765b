"""JSON: our columns, d3's objects, nested objects, one lineage a class."""

import json

import pytest
from hypothesis import given, settings
from tree_strategies import class_trees

from hiertools import (
    ClassTree,
    FileFormatError,
    HiertoolsError,
    TreeError,
    infer_tree,
    sort_classes,
)
from hiertools.readers import from_json, from_lineages, from_newick, to_dict, to_json


@settings(deadline=None, max_examples=60)
@given(class_trees(depth_first=False))
def test_columns_keep_everything(tree):
    assert from_json(to_json(tree)) == tree
    assert from_json(to_json(tree, indent=1)) == tree
    assert from_json(json.loads(json.dumps(to_dict(tree)))) == tree


@settings(deadline=None, max_examples=60)
@given(class_trees())
def test_nested_round_trip(tree):
    text = to_json(tree, nested=True)
    json.loads(text)
    assert from_json(text) == tree


RANKED = ClassTree(
    [-1, 0, 1, 1, 0],
    ["a", "b", "c"],
    [2, 3, 4],
    labels=["", "a", "a", "b", "c"],
    ranks=["", "family", "genus", "", "family"],
    rank_order=["family", "genus"],
    heights=[2.0, 1.0, 0, 0, 0],
    length=[0, 0.5, 0.5, 0.5, 1],
)


def test_ranks_and_heights():
    assert from_json(to_json(RANKED)) == RANKED
    assert from_json(to_json(RANKED, nested=True)) == RANKED
    unused = from_lineages(["a/b", "c"], ranks=["x", "y", "z"])
    assert from_json(to_json(unused)) == unused
    with pytest.raises(TreeError, match="can't carry ranks that no node has"):
        to_json(unused, nested=True)
    assert from_json(to_json(unused, nested=True, lossy=True)).rank_order == ("x", "y")


def test_an_inferred_tree():
    tree = infer_tree({"a": [1.0, 0], "b": [0.9, 0.1], "c": [0, 1.0]})
    assert from_json(to_json(tree)) == tree
    assert sort_classes(from_json(to_json(tree, nested=True))) == sort_classes(tree)


@pytest.mark.parametrize(
    "source",
    [
        {"x": ["a", "b"], "c": None},
        {"x": {"a": None, "b": {}}, "c": []},
        [{"x": ["a", {"b": ""}]}, "c"],
        {"x": "", "y": None, "z": None},
        '{"x": ["a", "b"], "c": null}',
        {"name": "", "children": [{"name": "x", "children": [{"name": "a"}, "b"]}, {"name": "c"}]},
        {"a": "x/a", "b": "x/b", "c": "c"},
    ],
)
def test_forms(source):
    if isinstance(source, dict) and "y" in source:
        assert from_json(source).to_newick() == "(x,y,z);"
    else:
        assert from_json(source) == from_newick("((a,b)x,c);")


def test_classes_by_name():
    source = {"birds": {"duck": ["duck", "eider"]}, "other": None}
    assert from_json(source, classes=["duck", "eider"]).labels == (
        "",
        "birds",
        "duck",
        "duck",
        "eider",
    )
    tree = from_newick("((a)b,c);")
    assert from_json(to_dict(tree), classes=["b", "c"]).classes == ("b", "c")
    assert from_json({"a": "x/a", "b": "x/b"}, classes=["x"]).n_nodes == 2


def test_d3_fields():
    tree = from_json(
        '{"name": "r", "children": [{"name": "x", "class": "1", "length": 2, "rank": "family",'
        ' "children": [{"name": "y", "class": "2", "length": 0.5, "value": 3}]}]}'
    )
    assert tree.classes == ("1", "2")
    assert tree.length.tolist() == [0, 2, 0.5]
    assert tree.ranks == ("", "family", "")


def test_deep():
    tree = from_newick("(" * 50_000 + "a" + ")" * 50_000 + ";")
    assert from_json(to_json(tree)) == tree
    text = to_json(tree, nested=True)
    with pytest.raises(FileFormatError, match="nested deeper than Python can read"):
        from_json(text)
    nested = {"name": "a"}
    for _ in range(50_000):
        nested = {"name": "x", "children": [nested]}
    assert from_json(nested).n_levels == 50_000
    while "children" in nested:  # or else Python's own clean-up would recurse
        nested = nested["children"].pop()


def test_one_of_very_many_keys_that_comes_twice_is_found():
    # Each key held against every other one would be hours of work.
    keys = [*range(400_000), 7]
    text = "{" + ", ".join(f'"c{key}": null' for key in keys) + "}"
    with pytest.raises(FileFormatError, match=r"the key\(s\) 'c7' more than once"):
        from_json(text)


COLUMNS = to_dict(from_newick("(a:1,b:2);"))


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("", "no valid JSON: Expecting value at line 1, column 1"),
        ('{"a": ["b",\n}', "no valid JSON: .* at line 2, column 1"),
        ('{"a": null, "a": null}', "'a' more than once, of which only one would be read"),
        ('{"name": "r", "children": [{"name": "a", "length": NaN}]}', "NaN is no number"),
        ("{}", "there is no tree in it"),
        ("[]", "there is no tree in it"),
        ("3", "under '' must be an object, a list or null; got 3"),
        ({"a": {"b": 3}}, "under 'b' must be an object, a list or null; got 3"),
        ({"a": [3]}, "names under 'a' must be text; got 3"),
        ({"a": ["b", "b"]}, "occur more than once: 'b'"),
        ({"name": "r", "children": [{"name": 3}]}, "a text 'name'"),
        ({"name": "r", "children": [{"name": "a", "children": "b"}]}, "with str"),
        (
            {"name": "r", "children": [{"name": "a", "length": "far"}]},
            "must be a number; got 'far'",
        ),
        (
            {"name": "r", "children": [{"name": "a", "length": 1}, {"name": "b"}]},
            "1 of 2 nodes below the root have no 'length', first 'b'",
        ),
        ({"name": "r", "children": [{"name": ""}]}, "1 of 1 leaves have no name"),
        ({**COLUMNS, "version": 2}, "version 2 of the format.*reads version 1"),
        ({k: v for k, v in COLUMNS.items() if k != "labels"}, "lacks 'labels'"),
        ({**COLUMNS, "parent": [-1, 5, 0]}, "the parent of node 1 is 5"),
        ({**COLUMNS, "parent": None}, "parent must be a flat array"),
        ({**COLUMNS, "classes": 3}, "class names must be a list, one name an entry; got 3"),
        ({**COLUMNS, "class_node": "x"}, "class_node must be a flat array"),
        ({**COLUMNS, "length": [0, -1, 1]}, "must not be negative"),
    ],
)
def test_bad_json(source, message):
    with pytest.raises(HiertoolsError, match=message):
        from_json(source)
