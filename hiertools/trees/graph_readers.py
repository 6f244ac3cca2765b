"""How a `ClassGraph` is made of what people keep graphs in: its ``from_`` methods."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from hiertools._core import checks
from hiertools._core.doors import behind_doors
from hiertools.errors import FileFormatError
from hiertools.trees.columns import columns_of
from hiertools.trees.formats.build import Classes
from hiertools.trees.formats.edges import edge_links
from hiertools.trees.formats.graphs import networkx_links
from hiertools.trees.formats.links import Links
from hiertools.trees.formats.several_parents import GraphColumns, graph_of_links
from hiertools.trees.tree import ClassTree

if TYPE_CHECKING:
    import networkx as nx


@behind_doors
class GraphReaders:
    """The readers that `ClassGraph` inherits."""

    @classmethod
    def _built(cls, columns: GraphColumns) -> Self:
        """Build the graph of these columns."""
        raise NotImplementedError

    @classmethod
    def _of(cls, links: Links, classes: Classes | None) -> Self:
        """Build the graph of these links, and keep what lies above classes that are named."""
        raise NotImplementedError

    @classmethod
    def from_edges(cls, edges: Any, /, *, classes: Classes | None = None) -> Self:
        """Build a graph from its edges, in which a child may stand below several parents.

        Parameters
        ----------
        edges
            As for `ClassTree.from_edges`.
        classes
            Which nodes are classes: names, or a mapping of name to a node's label. By default those
            that the column ``class`` names, or else nodes without children. With it, what lies
            above none of them is left out.

        Examples
        --------
        >>> from hiertools import ClassGraph
        >>> rows = [("animal", "canine"), ("animal", "pet"), ("canine", "dog"), ("pet", "dog"),
        ...         ("canine", "wolf"), ("pet", "hamster")]
        >>> ClassGraph.from_edges(rows)
        ClassGraph(3 classes, 6 nodes, 6 edges, 1 node with several parents)
        """
        return cls._of(edge_links(edges), classes)

    @classmethod
    def from_networkx(
        cls,
        graph: nx.DiGraph,
        /,
        *,
        classes: Classes | None = None,
        length: str | None = "length",
    ) -> Self:
        """Build a graph from a networkx DiGraph whose edges point from parent to child.

        Parameters
        ----------
        graph, length
            As for `ClassTree.from_networkx`.
        classes
            As for `from_edges`.
        """
        return cls._of(networkx_links(graph, root=None, length=length), classes)

    @classmethod
    def from_children(
        cls, children: Mapping[str, Sequence[str]], /, *, classes: Classes | None = None
    ) -> Self:
        """Build a graph from a mapping of each node to its children, as JSON holds it.

        Parameters
        ----------
        children
            Names of nodes to lists of names.
        classes
            As for `from_edges`.

        Examples
        --------
        >>> from hiertools import ClassGraph
        >>> ClassGraph.from_children({"animal": ["canine", "pet"], "canine": ["dog", "wolf"],
        ...                           "pet": ["dog"]})
        ClassGraph(2 classes, 5 nodes, 5 edges, 1 node with several parents)
        """
        links = Links("the mapping", [], [])
        edges = []
        for parent, below in children.items():
            held = [] if below is None else checks.in_order(below)
            listed = list(held) if checks.is_list(held) else [None]
            if not isinstance(parent, str) or not all(isinstance(name, str) for name in listed):
                raise FileFormatError(
                    f"a graph by children maps names to lists of names; {parent!r} has "
                    f"{type(below).__name__}."
                )
            edges += [(parent, name) for name in listed]
        links.parents, links.children = [up for up, _ in edges], [down for _, down in edges]
        return cls._of(links, classes)

    @classmethod
    def from_dict(cls, held: Mapping[str, Any]) -> Self:
        """Build a graph from what `to_dict` returns, checked as any other.

        Examples
        --------
        >>> from hiertools import ClassGraph
        >>> graph = ClassGraph.from_children({"animal": ["canine", "pet"], "canine": ["dog"],
        ...                                   "pet": ["dog"]})
        >>> ClassGraph.from_dict(graph.to_dict()) == graph
        True
        """
        try:
            drawn = ClassTree.from_json(json.dumps(held["drawn"]))
            edges = np.array(held["edges"], dtype=np.int64).reshape(-1, 2)
            lengths = held["length"]
            links = Links(
                "the saved graph", edges[:, 0].tolist(), edges[:, 1].tolist(), lengths,
                label=dict(enumerate(drawn.labels)),
                classes=dict(zip(drawn.class_node.tolist(), drawn.classes)),
                alone=0,
            )  # fmt: skip
            columns = graph_of_links(links, None)
            as_saved = replace(columns, drawn=columns_of(drawn))
            shape = np.asarray(columns.drawn.parent)
            same = shape.size == drawn.n_nodes and np.array_equal(shape, drawn.parent)
        except (KeyError, TypeError, ValueError, IndexError, OverflowError):
            raise FileFormatError("it holds no graph") from None
        if not same or (lengths is not None and len(lengths) != len(edges)):
            raise FileFormatError("its graph and the tree along which it is drawn disagree")
        return cls._built(as_saved)
