"""A graph with its classes in another order, or on the nodes of another tree."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hiertools._core.arrays import Ints
from hiertools.trees.columns import columns_of, in_order
from hiertools.trees.formats.several_parents import GraphColumns
from hiertools.trees.graph import ClassGraph
from hiertools.trees.tree import ClassTree

__all__ = ["as_edges", "in_graph_order", "redrawn"]


def redrawn(graph: ClassGraph, drawn: ClassTree) -> ClassGraph:
    """Return a graph with the classes of another tree over the same nodes."""
    length = graph.length if graph.has_lengths else None
    return ClassGraph._built(GraphColumns(columns_of(drawn), graph.edges, length))


def as_edges(parent: Ints) -> Ints:
    """Return the edges of a tree, shape (N - 1, 2)."""
    nodes = np.arange(1, parent.size)
    return np.stack([parent[1:], nodes], axis=1)


def in_graph_order(graph: ClassGraph, classes: Sequence[str]) -> ClassGraph:
    """Return a graph with its classes in the order of these, which are all of them."""
    return redrawn(graph, ClassTree._built(in_order(columns_of(graph.drawn), classes)))
