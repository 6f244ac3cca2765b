"""Nodes as answers, as arrays: how probable each is, how much it says, whether it holds another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hiertools._core import checks
from hiertools._core.arrays import Floats, Ints
from hiertools._core.classes import shared_classes
from hiertools._core.keyed import keyed_ranks
from hiertools.trees.operations import restrict
from hiertools.trees.sources import as_tree
from hiertools.trees.tree import ClassTree

__all__ = ["holds", "leafed", "most_probable", "node_blocks", "preferences", "specificity"]

_BLOCK_ELEMENTS = 1 << 21


def holds(tree: ClassTree, nodes: Ints, inner: Ints) -> NDArray[np.bool_]:
    """Return whether each of some nodes is another one or an ancestor of it."""
    inside = inner - nodes
    return (inside >= 0) & (inside < tree.subtree_size[nodes])


def specificity(tree: ClassTree) -> Floats:
    """Return the information of each node: 1 for a class, 0 for the root, by classes below it."""
    n_below = (tree.clade_stop - tree.clade_start).astype(np.float64)
    if tree.n_classes == 1:
        return np.ones(tree.n_nodes)
    share: Floats = 1.0 - np.log(n_below) / np.log(tree.n_classes)
    return share


def leafed(tree: Any, names: Sequence[str]) -> ClassTree:
    """Return the tree over `names`, every class on a leaf."""
    full = as_tree(tree)
    shared = shared_classes(names, full.classes)
    own = restrict(full, shared.classes)
    inner = [i for i, node in enumerate(own.class_node) if own.n_children[node] > 0]
    if not inner:
        return own
    class_node = own.class_node.copy()
    class_node[inner] = own.n_nodes + np.arange(len(inner))
    return ClassTree(
        np.concatenate([own.parent, own.class_node[inner]]),
        own.classes,
        class_node,
        length=np.concatenate([own.length, np.zeros(len(inner))]),
        labels=[*own.labels, *(own.classes[i] for i in inner)],
    )


def node_blocks(
    p: NDArray[np.floating], names: Sequence[str], tree: ClassTree
) -> Iterator[tuple[slice, Floats]]:
    """Yield rows, and the probability of every node in them, from those of classes (N, C)."""
    column = {name: i for i, name in enumerate(names)}
    order = [column[tree.classes[i]] for i in tree.class_order]
    rows = max(1, _BLOCK_ELEMENTS // tree.n_nodes)
    for start in range(0, len(p), rows):
        part = slice(start, min(start + rows, len(p)))
        total = np.zeros((part.stop - start, len(order) + 1))
        np.cumsum(p[part][:, order], axis=1, out=total[:, 1:])
        block = total[:, tree.clade_stop] - total[:, tree.clade_start]
        block[:, 0] = 1.0
        yield part, np.clip(block, 0.0, 1.0)


def preferences(tree: ClassTree, random_state: int) -> Ints:
    """Return a number for each node: of nodes that are tied, the one with the largest is taken.

    The deeper the larger; between nodes of one depth an order decides that has nothing to do with
    names: of their classes, each has one that comes first in it.
    """
    checks.whole_number(random_state, "random_state", most=None)
    first = np.full(tree.n_nodes, tree.n_classes)
    first[tree.class_node] = keyed_ranks(tree.classes, random_state)
    least, parent = first.tolist(), tree.parent.tolist()
    for node in range(tree.n_nodes - 1, 0, -1):  # ids are preorder numbers: children come first
        least[parent[node]] = min(least[parent[node]], least[node])
    preference = np.empty(tree.n_nodes, dtype=np.int64)
    preference[np.lexsort((-np.array(least), tree.depth))] = np.arange(tree.n_nodes)
    return preference


def most_probable(block: Floats, tree: ClassTree, preference: Ints) -> Ints:
    """Return the node of the most probable class; the preferred one of those that are tied."""
    chance, place = block[:, tree.class_node], preference[tree.class_node]
    near = chance >= chance.max(axis=1, keepdims=True) - 1e-12
    best: Ints = tree.class_node[np.where(near, place, -1).argmax(axis=1)]
    return best
