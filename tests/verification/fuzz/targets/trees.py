"""Class trees from files and text."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import hiertools as ht
from fuzz.again import tree_again
from fuzz.bundles import parts, unfold
from fuzz.oracle import after_reading, expect
from fuzz.target import Target


def _file(ending: str, kind: str | None, data: bytes, folder: Path) -> None:
    path = folder / f"given{ending}"
    path.write_bytes(data)
    tree_again(ht.read_tree(path, format=kind), folder)  # type: ignore[arg-type]


def _of(ending: str, kind: str | None) -> Callable[[bytes, Path], None]:
    return partial(_file, ending, kind)


ENDINGS = (".csv", ".tsv", ".txt", ".nwk", ".nex", ".json", "", ".xlsx")


def _guessed(data: bytes, folder: Path) -> None:
    """Read a file whose ending the first byte tells: packed, encoded, of whatever format."""
    _file(ENDINGS[data[0] % len(ENDINGS)] if data else "", None, data[1:], folder)


def _graph(data: bytes, folder: Path) -> None:
    """Read a graph from JSON, or a table of edges, as the first byte tells."""
    path = folder / f"given{('.json', '.csv')[data[0] % 2] if data else '.csv'}"
    path.write_bytes(data[1:])
    _graph_again(ht.as_graph(path))


@after_reading
def _graph_again(made: ht.ClassGraph) -> None:
    expect(ht.ClassGraph.from_dict(made.to_dict()) == made, "another graph from its dict")
    table = made.to_edges()
    again = ht.ClassGraph.from_edges(table, classes=None)
    expect(again.n_nodes == made.n_nodes and len(again.edges) == len(made.edges), "other edges")
    expect(set(again.classes) == set(made.classes), "other classes")
    expect(int(made.n_below.max()) == made.n_classes and bool(repr(made)), "classes got lost")


def _named(data: bytes, folder: Path) -> None:
    """Read what a text stands for: a path, Newick, a scheme with options; files lie beside it."""
    given = parts(data)
    text = given.pop("", b"").decode("utf-8", "surrogateescape")
    unfold(given, folder / "beside")
    tree_again(ht.as_tree(text.replace("BESIDE", str(folder / "beside"))), folder)


_NEWICK = ("(", ")", ",", ";", ":1", ":-1e3", "'", "[", "]", "[&R]", "[&hiertools:class=", "a", "b",
           "[&&NHX:", "nan", ":inf")  # fmt: skip
_TABLE = ("\n", ",", "\t", ";", '"', "class,lineage\n", "parent,child,length,rank,label\n",
          "family,genus,species\n", "a/b", "'", "|", "\r", " > ", "1e3", "nan")  # fmt: skip
_JSON = ("{", "}", "[", "]", '"name":', '"children":', '"length":', '"format":"hiertools.tree"',
         '"version":1', '"parent":', '"classes":', "null", "true", "1e3", "NaN", '"a"', "\\ud800",
         '"labels":', '"lengths":', '"ranks":', '"class_node":')  # fmt: skip
_NEXUS = ("#NEXUS", "begin trees;", "translate", "tree t = ", "end;", "[&R]", "1 a,", "'", ";",
          "begin taxa;", "taxlabels")  # fmt: skip

TARGETS = (
    Target("newick", "Newick", _of(".nwk", "newick"), ("tree format newick",), _NEWICK),
    Target("nexus", "NEXUS", _of(".nex", "nexus"), ("tree format nexus",), _NEXUS + _NEWICK),
    Target(
        "lineages", "tables of lineages", _of(".csv", "lineages"), ("tree format lineages",), _TABLE
    ),
    Target("edges", "tables of edges", _of(".csv", "edges"), ("tree format edges",), _TABLE),
    Target("ranks", "tables of ranks", _of(".tsv", "ranks"), ("tree format ranks",), _TABLE),
    Target("graph", "graphs in which nodes have several parents", _graph, ("as_graph",),
           _TABLE + _JSON),
    Target("json-tree", "trees in JSON", _of(".json", "json"), ("tree format json",), _JSON),
    Target("tree-file", "any file of a tree, packed or encoded", _guessed, ("read_tree",), _TABLE),
    Target(
        "tree-source",
        "what stands for a tree: schemes, options, paths",
        _named,
        (
            "as_tree", "tree format folder", "taxonomy folder", "taxonomy shipped",
            "taxonomy ranks", "taxonomy file", "resolve_taxonomy",
        ),
        (
            "file:", "?tree=", "&header=", "&missing_length=", "ranks:", "folder:",
            "shipped:", "nabirds:", "inaturalist:", "ncbi:", "wordnet:",
            "BESIDE", "?classes=", "&ranks=", "\n%% a.csv\n", "/a.csv", "cifar100", "names=ids",
            "%", "%00", "%ff",
        ),
    ),
)  # fmt: skip
