"""Links in which nodes may have several parents, as columns of a graph."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hiertools._core import checks
from hiertools._core.arrays import Floats, Ints
from hiertools._core.one_form import nfc
from hiertools.errors import TreeError
from hiertools.trees.columns import TreeColumns
from hiertools.trees.formats.build import Classes, check_leaf_names, named_nodes
from hiertools.trees.formats.links import (
    Links,
    by_rows,
    linked,
    parent_rows,
    refuse_other_names,
    text_of,
)
from hiertools.trees.preorder import in_preorder, preorder


@dataclass(frozen=True, eq=False)
class GraphColumns:
    """A graph: all of its edges, and the tree of those that lie on longest ways down."""

    drawn: TreeColumns
    edges: Ints
    """Parent and child of each, nodes numbered depth first in that tree, shape (E, 2)."""
    length: Floats | None


def graph_of_links(links: Links, classes: Classes | None) -> GraphColumns:
    """Check that links run downwards from one root; keep every parent of every node.

    Classes are `classes` if given, else the nodes that the source marks, else those without
    children.
    """
    found = linked(links)
    chosen = parent_rows(found, "longest")
    in_order = by_rows(found, chosen)
    place = {node: i for i, node in enumerate(in_order)}
    parent = [-1, *(place[found.up[chosen[node]]] for node in in_order[1:])]
    keys = [found.names[node] for node in in_order]
    labels = [nfc(text_of(links, key)) for key in keys]
    inner = {place[node] for node in found.up}
    if classes is not None:
        held = named_nodes(parent, labels, classes, links.where)
        names, nodes = list(held), list(held.values())
    else:
        marked = {i: links.classes[key] for i, key in enumerate(keys) if key in links.classes}
        if not marked:
            marked = {i: labels[i] for i in range(len(keys)) if i not in inner}
            refuse_other_names(links, [keys[i] for i in marked])
            check_leaf_names(marked, links.where)
        names = list(checks.class_names(list(marked.values()), links.where, TreeError))
        nodes = list(marked)
    length = None
    if links.lengths is not None:
        length = checks.numeric(links.lengths, "edge lengths", TreeError)
        checks.finite(length, "edge lengths", TreeError)
        if (length < 0).any():
            raise TreeError(
                f"{links.where}: edge lengths must not be negative, but "
                f"{int((length < 0).sum())} of {length.size} are, the lowest {length.min():g}."
            )
    order = preorder(np.array(parent))
    number = np.empty_like(order)
    number[order] = np.arange(order.size)
    if classes is None:  # depth first, as in trees
        names, nodes = zip(*sorted(zip(names, nodes), key=lambda each: number[each[1]]))  # type: ignore[assignment]
    drawn = TreeColumns(
        parent,
        names,
        nodes,
        length=None if length is None else [0.0, *(length[chosen[n]] for n in in_order[1:])],
        labels=labels,
    )
    rows = [(number[place[node]], row) for node, of in enumerate(found.rows_of) for row in of]
    rows.sort()  # by child, and its parents in the order of the source
    edges = [(number[place[found.up[row]]], child) for child, row in rows]
    return GraphColumns(
        in_preorder(drawn),
        np.array(edges, dtype=np.int64).reshape(-1, 2),
        None if length is None else length[[row for _, row in rows]],
    )
