"""Levels of a tree: which node each class belongs to at a depth or a rank."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hiertools._core import checks
from hiertools._core.arrays import Ints
from hiertools._core.doors import door
from hiertools._core.own_names import SomeClasses
from hiertools.errors import OptionError
from hiertools.trees.paths import (
    nodes_of,
)
from hiertools.trees.tree import ClassTree


def numbered(nodes: Ints) -> tuple[Ints, Ints]:
    """Number groups in the order of their first members; return each member's, and their nodes.

    Nodes' own numbers follow the order of children, on which no sum over groups should depend.

    Examples
    --------
    >>> group, node = numbered(np.array([7, 7, 2, 7]))
    >>> group, node
    (array([0, 0, 1, 0]), array([7, 2]))
    """
    node, first, group = np.unique(nodes, return_index=True, return_inverse=True)
    order = np.argsort(first)
    place = np.empty_like(order)
    place[order] = np.arange(order.size)
    return place[group], node[order]


@door
def level_groups(tree: ClassTree, /, level: int | str, classes: SomeClasses | None = None) -> Ints:
    """Return the node that each class belongs to at a level.

    Level ``l`` is the nodes ``l + 1`` edges below the root; a class shallower than that stands for
    itself. A level may also be a rank: then a class belongs to the topmost node on its path whose
    rank is that one or a finer one, so that two species of a genus without a family still share a
    group at "family". A class without any such node stands for itself.

    Parameters
    ----------
    tree : ClassTree
    level : int or str
        Level from 0 to ``tree.n_levels - 1``, or the name of a rank.
    classes : sequence of str, optional
        Which classes, in which order; default ``tree.classes``.

    Returns
    -------
    ndarray of int, shape (C,)
        Node ids: equal ids are equal groups.

    Examples
    --------
    >>> import hiertools as ht
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf),newt);")
    >>> ht.level_groups(tree, 0)
    array([1, 1, 4])
    """
    node = nodes_of(tree, classes)
    if isinstance(level, str):
        if tree.ranks is None or tree.rank_order is None:
            raise OptionError(
                f"level {level!r} names a rank, but the tree has no ranks; give a level from 0 to "
                f"{tree.n_levels - 1}, or read the tree with ranks=(...)."
            )
        place = tree.rank_order.index(checks.option(level, tree.rank_order, "level"))
        fine = {rank for i, rank in enumerate(tree.rank_order) if i >= place}
        heads = _topmost(tree, np.array([rank in fine for rank in tree.ranks]))
    else:
        depth = checks.whole_number(level, "level") + 1
        if depth > tree.n_levels:
            raise OptionError(f"the tree has levels 0 to {tree.n_levels - 1}; got level {level}.")
        heads = np.flatnonzero(tree.depth == depth)
    return _head_of(tree, heads, node)


@door
def level_names(tree: ClassTree, /) -> tuple[int, ...] | tuple[str, ...]:
    """Return the levels of a tree: its ranks if it has any, else ``0 .. n_levels - 1``."""
    return tree.rank_order if tree.rank_order else tuple(range(tree.n_levels))


def _topmost(tree: ClassTree, marked: NDArray[np.bool_]) -> Ints:
    """Return the marked nodes that have no marked ancestor."""
    heads = []
    stop = 0
    for node in np.flatnonzero(marked).tolist():
        if node >= stop:
            heads.append(node)
            stop = node + int(tree.subtree_size[node])
    return np.array(heads, dtype=np.int64)


def _head_of(tree: ClassTree, heads: Ints, node: Ints) -> Ints:
    """Return the one of `heads` whose subtree holds each of `node`, else the node itself."""
    if heads.size == 0:
        return node.copy()
    nearest = np.searchsorted(heads, node, side="right") - 1
    head = heads[np.maximum(nearest, 0)]
    inside = (nearest >= 0) & (node < head + tree.subtree_size[head])
    return np.where(inside, head, node)
