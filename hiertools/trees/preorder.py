"""What makes columns a tree: the checks and the ordering behind the constructor of `ClassTree`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from hiertools._core import checks
from hiertools._core.arrays import Floats, Ints
from hiertools._core.one_form import nfc_of_all
from hiertools.errors import TreeError
from hiertools.trees.columns import TreeColumns


@dataclass(frozen=True, eq=False)
class OrderedColumns(TreeColumns):
    """Columns that make a tree, depth first: arrays of their own, and tuples of text."""

    parent: Ints
    classes: tuple[str, ...]
    class_node: Ints
    length: Floats | None
    labels: tuple[str, ...]
    heights: Floats | None
    ranks: tuple[str, ...] | None
    rank_order: tuple[str, ...] | None


def in_preorder(columns: TreeColumns) -> OrderedColumns:
    """Check that columns make a tree, and return them depth first, with 0 above the root.

    Columns that have been here before are returned as they are.
    """
    if isinstance(columns, OrderedColumns):
        return columns
    names = checks.class_names(columns.classes, "the tree", TreeError)
    if not names:
        raise TreeError("a tree needs at least one class; got none.")
    parents = node_ids(columns.parent, "parent")
    n_nodes = parents.size
    of_class = node_ids(columns.class_node, "class_node")
    order = preorder(parents)
    check_class_nodes(of_class, names, n_nodes)
    number = np.empty(n_nodes, dtype=np.int64)  # node as given -> preorder number
    number[order] = np.arange(n_nodes)
    old_parent = parents[order]

    length = None
    if columns.length is not None:
        length = checks.numeric(columns.length, "edge lengths", TreeError)
        per_node(length.shape, (n_nodes,), "edge lengths")
        length = length[order]
        length[0] = 0.0
        checks.finite(length, "edge lengths", TreeError)
    given = columns.labels
    labels = nfc_of_all(map(str, given)) if given is not None else ("",) * n_nodes
    per_node((len(labels),), (n_nodes,), "labels")
    checks.writable(labels, "labels", TreeError)
    labels = tuple(map(labels.__getitem__, order.tolist()))
    if length is not None and (length < 0).any():
        worst = int(length.argmin())
        raise TreeError(
            f"edge lengths must not be negative, but {int((length < 0).sum())} of {n_nodes} are, "
            f"the lowest {length[worst]:g} above {labels[worst] or f'node {order[worst]}'!r}; "
            "set them to 0 or leave lengths out."
        )
    parent = np.where(old_parent < 0, -1, number[old_parent])
    if length is not None:
        check_reach(length, parent, labels, order)
    heights = None
    if columns.heights is not None:
        heights = checks.numeric(columns.heights, "merge heights", TreeError)
        per_node(heights.shape, (n_nodes,), "merge heights")
        heights = heights[order]
        checks.in_range(heights, "merge heights", TreeError)
    named, ranking = ranks(columns.ranks, columns.rank_order, order)
    return OrderedColumns(
        parent,
        names,
        number[of_class],
        length=length,
        labels=labels,
        heights=heights,
        ranks=named,
        rank_order=ranking,
    )


def node_ids(values: ArrayLike, what: str) -> Ints:
    """Return numbers of nodes as a flat array of 64-bit whole numbers."""
    array = checks.unmasked(values, what, TreeError)
    if array.ndim != 1 or (array.size and array.dtype.kind not in "iu"):
        raise TreeError(
            f"{what} must be a flat array of whole numbers; got shape {array.shape} "
            f"of {array.dtype}."
        )
    if array.size and int(array.max()) > np.iinfo(np.int64).max:
        raise TreeError(f"{what} must be whole numbers of 64 bits; got {array.max()}.")
    return array.astype(np.int64)


def per_node(shape: tuple[int, ...], expected: tuple[int, ...], what: str) -> None:
    """Refuse an array that has not one value a node."""
    if shape != expected:
        raise TreeError(f"{what} must have one value a node, shape {expected}; got {shape}.")


def check_class_nodes(class_node: Ints, names: tuple[str, ...], n_nodes: int) -> None:
    """Refuse classes without a node of their own."""
    if class_node.size != len(names):
        raise TreeError(
            f"{len(names)} classes but {class_node.size} class nodes; give each class one."
        )
    outside = np.flatnonzero((class_node < 0) | (class_node >= n_nodes))
    if outside.size:
        raise TreeError(
            f"the node of class {names[outside[0]]!r} is {class_node[outside[0]]}, "
            f"but the tree has nodes 0 to {n_nodes - 1}."
        )
    nodes, count = np.unique(class_node, return_counts=True)
    if nodes.size < class_node.size:
        node = nodes[count > 1][0]
        sharing = [names[i] for i in np.flatnonzero(class_node == node)]
        raise TreeError(
            f"{len(sharing)} classes share one node: {checks.name_list(sharing)}; "
            "each class needs a node of its own."
        )


def preorder(parent: Ints) -> Ints:
    """Return the nodes depth first, children in the order of their ids; refuse what is no tree."""
    n_nodes = parent.size
    if n_nodes == 0:
        raise TreeError("a tree needs at least a root; got no nodes.")
    if ((parent < -1) | (parent >= n_nodes)).any():
        node = int(np.flatnonzero((parent < -1) | (parent >= n_nodes))[0])
        raise TreeError(
            f"the parent of node {node} is {parent[node]}, but nodes are 0 to {n_nodes - 1} "
            "(-1 marks the root)."
        )
    roots = np.flatnonzero(parent == -1)
    if roots.size > 1:
        raise TreeError(
            f"a tree has one root, but {roots.size} nodes have no parent: "
            f"{', '.join(map(str, roots[: checks.MOST_NAMED]))}; join them under one node."
        )
    if roots.size == 0:
        raise TreeError("a tree has one root, but every node has a parent: there is a cycle.")
    by_parent = np.argsort(parent, kind="stable")  # the root first, then siblings side by side
    start = np.searchsorted(parent[by_parent], np.arange(n_nodes + 1)).tolist()
    children = by_parent.tolist()
    order: list[int] = []
    stack = [int(roots[0])]
    while stack:
        node = stack.pop()
        order.append(node)
        first, last = start[node], start[node + 1]
        if first < last:
            stack += children[first:last][::-1]
    if len(order) < n_nodes:
        raise TreeError(
            f"{n_nodes - len(order)} of {n_nodes} nodes can't be reached from the root: "
            "they form a cycle."
        )
    return np.array(order, dtype=np.int64)


def root_distances(length: Floats, parent: Ints) -> Floats:
    """Return the sum of edge lengths from the root to each node; nodes are in preorder."""
    distance = length.tolist()
    above = parent.tolist()
    for node in range(1, len(distance)):
        distance[node] += distance[above[node]]
    return np.array(distance)


def check_reach(length: Floats, parent: Ints, labels: Sequence[str], order: Ints) -> None:
    """Refuse lengths that add up to more than can be squared and summed."""
    # All edges together are no shorter than any path; few trees need the paths themselves.
    with np.errstate(over="ignore"):
        if length.sum() <= checks.LARGEST:
            return
    reach = root_distances(length, parent)
    far = int(reach.argmax())
    if reach[far] > checks.LARGEST:
        raise TreeError(
            f"edge lengths add up to {reach[far]:.3g} from the root to "
            f"{labels[far] or f'node {order[far]}'!r}, but squares of path lengths above "
            f"{checks.LARGEST:g} can't be summed; divide all lengths by one number."
        )


def ranks(
    ranks: Sequence[str] | None, rank_order: Sequence[str] | None, order: Ints
) -> tuple[tuple[str, ...] | None, tuple[str, ...] | None]:
    """Return the rank of each node in preorder, and the order of ranks, checked."""
    if ranks is None:
        if rank_order is not None:
            raise TreeError("rank_order was given without ranks; give the rank of each node too.")
        return None, None
    given = tuple(map(str, ranks))
    per_node((len(given),), (order.size,), "ranks")
    if rank_order is None:
        raise TreeError("ranks need rank_order, the ranks from the coarsest to the finest.")
    ranking = tuple(str(rank) for rank in rank_order)
    if len(set(ranking)) < len(ranking):
        raise TreeError(f"rank_order names a rank twice: {checks.name_list(ranking)}.")
    unknown = sorted(set(given) - set(ranking) - {""})
    if unknown:
        raise TreeError(
            f"rank_order lacks {len(unknown)} rank(s) that nodes have: {checks.name_list(unknown)}."
        )
    return tuple(map(given.__getitem__, order.tolist())), ranking
