"""Cutting a tree by height into groups of classes."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from hiertools._core.arrays import Floats, Ints
from hiertools.treedist.pairs import branching, merge_heights
from hiertools.trees.operations import holds_class
from hiertools.trees.tree import ClassTree


def groups_at_cuts(tree: ClassTree) -> tuple[Ints, Ints]:
    """Return, per node, the number of groups at the lowest cut above and the highest below it.

    Nodes of one height are parted together. Where a node lies above its parent (an inversion), the
    parent is taken to merge where the node does.
    """
    height = merge_heights(tree).tolist()
    parent = tree.parent.tolist()
    holds = holds_class(tree).tolist()
    for node in range(tree.n_nodes - 1, 0, -1):
        if holds[node]:
            height[parent[node]] = max(height[parent[node]], height[node])
    fall = -np.array(height)
    order = np.argsort(fall, kind="stable")
    parts = np.maximum(branching(tree) - 1, 0)[order]
    groups = 1 + np.concatenate([[0], np.cumsum(parts)])
    falls = fall[order]
    return (
        groups[np.searchsorted(falls, fall, side="left")],
        groups[np.searchsorted(falls, fall, side="right")],
    )


def possible_cuts(tree: ClassTree) -> list[int]:
    """Return the numbers of groups into which cuts by height part a tree, in order.

    Examples
    --------
    >>> import hiertools as ht
    >>> possible_cuts(ht.ClassTree.from_newick("((a,b),(c,d),e);"))
    [1, 3, 5]
    """
    after = groups_at_cuts(tree)[1]
    return sorted({1, *after[branching(tree) > 1].tolist()})


def cut(tree: ClassTree, k: int) -> Ints:
    """Return the group of each class when the tree is cut by height into at most k, shape (C,).

    The cut that gives k groups, or where none does, the next smaller number. Groups are numbered
    from 0 in depth-first order.

    Examples
    --------
    >>> import hiertools as ht
    >>> cut(ht.ClassTree.from_newick("((a,b),(c,d),e);"), 4)
    array([0, 0, 1, 1, 2])
    """
    return cuts(tree, [k])[0]


def cuts(tree: ClassTree, numbers: Iterable[int]) -> list[Ints]:
    """Return `cut` for several k."""
    # Groups are runs of the depth-first order; the node at which two neighbours there meet tells
    # when they part.
    start, parent = tree.clade_start, tree.parent
    later = np.flatnonzero((start[1:] > start[parent[1:]]) & (tree.clade_stop[1:] > start[1:])) + 1
    parts_at = np.empty(tree.n_classes, dtype=np.int64)
    parts_at[start[later]] = groups_at_cuts(tree)[1][parent[later]]
    parts_at[0] = np.iinfo(np.int64).max
    found = []
    for k in numbers:
        groups = np.empty(tree.n_classes, dtype=np.int64)
        groups[tree.class_order] = np.cumsum(parts_at <= k)
        found.append(groups)
    return found


def group_sizes(groups: Ints) -> Floats:
    """Return the size of each group, as floats that can be squared without overflow."""
    return np.bincount(groups).astype(np.float64)
