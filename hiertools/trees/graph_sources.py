"""One way in for every hierarchy in which a node may have several parents."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hiertools._core.doors import door
from hiertools._core.files import named_path
from hiertools._core.schemes import call_source
from hiertools._core.tables import frame_header, is_frame, read_table
from hiertools._core.text_files import ending_of, read_text
from hiertools.errors import FileFormatError, TreeError
from hiertools.trees.columns import columns_of
from hiertools.trees.files import frame_of_rows
from hiertools.trees.formats.edges import links_in
from hiertools.trees.formats.nested_json import refuse_table
from hiertools.trees.formats.several_parents import GraphColumns
from hiertools.trees.graph import ClassGraph
from hiertools.trees.graph_views import as_edges
from hiertools.trees.sources import as_tree
from hiertools.trees.table_kinds import headed
from hiertools.trees.tree import ClassTree

__all__ = ["as_graph"]

WORDNET = "wordnet:"


@door
def as_graph(source: Any, /) -> ClassGraph:
    """Return whatever stands for a hierarchy as a ClassGraph, with every parent of every node.

    Parameters
    ----------
    source
        A ClassGraph; a networkx DiGraph; edges (pairs, a DataFrame, or the path of a table with the
        columns ``parent`` and ``child``), in which a child stands once for each parent; a mapping
        of each node to its children, or the path of such a JSON file; ``"wordnet:dog,wolf"`` (see
        `hiertools.taxonomies.wordnet_graph`). All else as `as_tree` has it: a tree is a graph in
        which nobody has two parents.

    Returns
    -------
    ClassGraph

    Raises
    ------
    TreeError
        Edges that run in a circle, named; several roots.

    Examples
    --------
    >>> as_graph({"animal": ["canine", "pet"], "canine": ["dog", "wolf"], "pet": ["dog"]})
    ClassGraph(2 classes, 5 nodes, 5 edges, 1 node with several parents)
    >>> as_graph("((lynx,puma)cat,dog);")
    ClassGraph(3 classes, 5 nodes, 4 edges, 0 nodes with several parents)
    """
    if isinstance(source, ClassGraph):
        return source
    if isinstance(source, str) and source.startswith(WORDNET):
        return _of_wordnet(source)
    if isinstance(source, os.PathLike) or (isinstance(source, str) and os.path.isfile(source)):
        return _of_file(named_path(source, "the path of the graph"))
    if is_frame(source) and links_in(frame_header(source)) is not None:
        return ClassGraph.from_edges(source)
    if "networkx" in {kind.__module__.partition(".")[0] for kind in type(source).__mro__}:
        return ClassGraph.from_networkx(source)
    if isinstance(source, Mapping) and _by_children(source):
        return ClassGraph.from_children(source)
    pairs = isinstance(source, Sequence) and not isinstance(source, str)
    if pairs and source and all(isinstance(row, tuple | list) for row in source):
        return ClassGraph.from_edges(source)
    return _of_tree(as_tree(source))


def _by_children(held: Mapping[Any, Any]) -> bool:
    """Tell a mapping of nodes to lists of children from one of classes to lineages."""
    return bool(held) and all(isinstance(below, list) for below in held.values())


def _of_tree(tree: ClassTree) -> ClassGraph:
    length = tree.length[1:] if tree.has_lengths else None
    return ClassGraph._built(GraphColumns(columns_of(tree), as_edges(tree.parent), length))


def _of_wordnet(source: str) -> ClassGraph:
    from hiertools.trees.taxonomies.wordnet import wordnet_graph

    rest = source.removeprefix(WORDNET)
    graph: ClassGraph = call_source(wordnet_graph, rest, source, {}, what="the graph of WordNet")
    return graph


def _of_file(path: Path) -> ClassGraph:
    try:
        if ending_of(path) == ".json":
            held = json.loads(read_text(path))
            refuse_table(held)
            if isinstance(held, dict) and _by_children(held):
                return ClassGraph.from_children(held)
        elif not path.is_dir():
            edges = _edges_in(path)
            if edges is not None:
                return ClassGraph.from_edges(edges)
    except (json.JSONDecodeError, RecursionError):
        pass  # told by the reader of trees
    except (FileFormatError, TreeError) as error:
        if path.name in str(error):
            raise
        raise type(error)(f"{path.name}: {error}") from None
    return _of_tree(as_tree(path))


def _edges_in(path: Path) -> Any:
    """Return the table of edges that a file holds, None where it holds something else."""
    text = read_text(path)
    first = text.lstrip()[:1]
    if first in ("(", "[", "{", "<", "#", ""):
        return None
    rows = read_table(text, path.name, None, path)
    if links_in([name.strip() for name in rows[0]]) is None:
        return None
    _, names, below = headed(rows, path.name, "edges", True)
    return frame_of_rows(names, below, path.name)
