"""Whatever a file holds, readers return a tree or say in one sentence why not."""

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hiertools import ClassTree, HiertoolsError
from hiertools.readers import as_tree, from_edges, from_json, from_newick, read_tree

SIGNS = st.text("ab'\"()[],:;.-1e &h=\n", max_size=25)


def tree_or_sentence(read, *arguments, **options):
    try:
        tree = read(*arguments, **options)
    except HiertoolsError as error:
        message = str(error)
        assert 10 < len(message) < 700
        assert "\n" not in message or "\n" in repr(arguments)
    else:
        assert isinstance(tree, ClassTree)
        assert ClassTree.from_json(tree.to_json()) == tree


@settings(deadline=None, max_examples=300)
@given(SIGNS)
@example("([&hiertools:class=],[&hiertools:class=]);")
@example("(a[&hiertools:class=a:label=],b);")
@example("(a[&hiertools:rank=x],b)[&hiertools:height=1];")
@example("([&hiertools:class=x](a,b));")
def test_newick(text):
    tree_or_sentence(from_newick, text)
    tree_or_sentence(from_newick, f"({text});")


@settings(deadline=None, max_examples=100)
@given(st.text('{}[]",:ab1 \n', max_size=25))
@example('{"name": {"children": 1}}')
@example('{"children": [null, true]}')
@example('{"format": "hiertools.tree", "version": 1}')
def test_json_text(text):
    tree_or_sentence(from_json, text)


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text("ab", max_size=2),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "children", "length", "class", "rank", "a", "b", ""]), inner
        )
    ),
    max_leaves=8,
)


@settings(deadline=None, max_examples=200)
@given(json_values)
def test_json_values(value):
    tree_or_sentence(from_json, value)


columns = st.sampled_from(["parent", "child", "length", "rank", "label", "class", "height"])


@settings(deadline=None, max_examples=100)
@given(
    st.lists(columns, min_size=1, max_size=5, unique=True),
    st.lists(st.lists(st.sampled_from(["", "a", "b", "c", "1", "nan"]), min_size=5, max_size=5)),
)
def test_edge_tables(header, rows):
    import pandas as pd

    width = len(header)
    frame = pd.DataFrame([row[:width] for row in rows], columns=header, dtype=object)
    tree_or_sentence(from_edges, frame)
    tree_or_sentence(from_edges, frame, multiple_parents="longest")


@settings(deadline=None, max_examples=100)
@given(st.lists(st.tuples(*[st.sampled_from("abcdef")] * 2), max_size=9))
def test_edge_pairs(pairs):
    for how in ("error", "first", "shortest", "longest"):
        tree_or_sentence(from_edges, pairs, multiple_parents=how)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("files")


texts = st.sampled_from(
    [
        "class,lineage\n",
        "parent,child\n",
        "family,genus\n",
        "(a,b)",
        "{",
        "[",
        '"',
        "a,b\n",
        "a/b",
        "",
    ]
)


@settings(deadline=None, max_examples=150)
@given(
    start=texts,
    rest=st.binary(max_size=20) | st.lists(texts, max_size=4).map(lambda t: "".join(t).encode()),
    ending=st.sampled_from([".csv", ".nwk", ".json", ".tsv", ".txt", ""]),
)
def test_files(folder, start, rest, ending):
    path = Path(folder) / f"file{ending}"
    path.write_bytes(start.encode() + rest)
    tree_or_sentence(read_tree, path)


@settings(deadline=None, max_examples=100)
@given(json_values | st.binary() | SIGNS)
def test_anything(value):
    tree_or_sentence(as_tree, value)
