"""Nodes of a tree, and the same ones in the tree of some of its classes."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from hiertools._core.arrays import Ints
from hiertools.trees.tree import ClassTree

__all__ = ["deepest_known", "same_nodes"]


def deepest_known(full: ClassTree, known: Collection[str], names: Sequence[str]) -> Ints:
    """Return the deepest node above each class, or its own, that holds some of the known classes.

    Examples
    --------
    >>> tree = ClassTree.from_newick("(((lynx,wolf)mammal,newt)animal,oak);")
    >>> [tree.labels[i] for i in deepest_known(tree, {"lynx", "newt"}, ["wolf", "newt", "oak"])]
    ['mammal', 'newt', '']
    """
    some = _holding(full, known)[1]
    index = full.class_index
    nodes = full.class_node[np.array([index[name] for name in names], dtype=np.int64)]
    while not some[nodes].all():
        nodes = np.where(some[nodes], nodes, full.parent[nodes])
    return nodes


def same_nodes(full: ClassTree, own: ClassTree, nodes: Ints) -> Ints:
    """Return nodes of a tree as nodes of the tree of some of its classes, which they hold.

    The same node above a class that both trees have is as deep.
    """
    before, _ = _holding(full, own.class_index)
    first = np.searchsorted(before, before[full.clade_start[nodes]] + 1) - 1
    index = own.class_index
    below = [index[full.classes[full.class_order[place]]] for place in first.tolist()]
    found = own.class_node[np.array(below, dtype=np.int64)]
    while (deeper := own.depth[found] > full.depth[nodes]).any():
        found = np.where(deeper, own.parent[found], found)
    return found


def _holding(full: ClassTree, known: Collection[str]) -> tuple[Ints, NDArray[np.bool_]]:
    """Return how many known classes come before each in the order of clades, and who holds some."""
    held = np.array([name in known for name in full.classes], dtype=np.int64)
    before = np.concatenate([[0], held[full.class_order].cumsum()])
    return before, before[full.clade_stop] > before[full.clade_start]
