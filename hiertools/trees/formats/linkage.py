"""Merges (scipy linkage matrices, scikit-learn's clusterings) to a tree's columns, and back."""

from __future__ import annotations

import heapq
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hiertools._core import checks
from hiertools._core.doors import door
from hiertools.errors import TreeError
from hiertools.trees.columns import TreeColumns, TreeLike
from hiertools.trees.preorder import OrderedColumns, check_reach

__all__ = ["read_linkage", "read_sklearn", "to_linkage"]


def read_linkage(matrix: ArrayLike, classes: object) -> TreeColumns:
    """Read a scipy linkage matrix, as `ClassTree.from_linkage` has it."""
    names = checks.class_names(classes, "the classes of the linkage matrix", TreeError)
    array = checks.numeric(matrix, "a linkage matrix", TreeError)
    if array.ndim != 2 or array.shape[1:] != (4,):
        raise TreeError(
            f"a linkage matrix has shape (classes - 1, 4); got {array.shape}."
            + (" That looks like distances: use infer_tree." if array.ndim < 2 else "")
        )
    if array.shape[0] != len(names) - 1:
        raise TreeError(
            f"a linkage matrix with {len(array)} merges joins {len(array) + 1} classes, but "
            f"{len(names)} names are given."
        )
    checks.finite(array, "a linkage matrix", TreeError)
    # Checked before the cast, of which huge numbers would make any others.
    clusters = array[:, :2]
    if (clusters != np.rint(clusters)).any() or (np.abs(clusters) > 2.0**53).any():
        raise TreeError("the first two columns of a linkage matrix must be whole numbers.")
    return _columns_of_merges(clusters.astype(np.int64), array[:, 2], names)


def _columns_of_merges(
    pairs: NDArray[np.int64], heights: NDArray[np.float64] | None, names: tuple[str, ...]
) -> OrderedColumns:
    """Return the tree in which merge i joins the clusters ``pairs[i]`` to cluster ``C + i``."""
    from hiertools._kernels.linkage import preorder_places

    n_classes = len(names)
    merges = np.arange(len(pairs))[:, None]
    wrong = np.flatnonzero(((pairs < 0) | (pairs >= n_classes + merges)).any(axis=1))
    if wrong.size:
        raise TreeError(
            f"merge {wrong[0]} joins {pairs[wrong[0]].tolist()}, but only clusters 0 to "
            f"{n_classes + wrong[0] - 1} exist by then."
        )
    twice = np.flatnonzero(np.bincount(pairs.ravel()) > 1)
    if twice.size:
        raise TreeError(f"cluster {twice[0]} is merged more than once; once is right.")
    place = preorder_places(pairs, n_classes)
    parent = np.full(place.size, -1, dtype=np.int64)
    parent[place[pairs]] = place[n_classes:, None]
    leaves = place[:n_classes]
    labels = [""] * place.size
    for name, node in zip(names, leaves.tolist(), strict=True):
        labels[node] = name
    length = at = None
    if heights is not None:
        checks.in_range(heights, "merge heights", TreeError)
        if (heights < 0).any():
            raise TreeError(
                f"merge heights must be at least 0; the lowest is {heights.min():g}, at merge "
                f"{heights.argmin()}."
            )
        at = np.zeros(place.size)
        at[place[n_classes:]] = heights
        length = np.maximum((at[parent] - at) / 2, 0.0)
        length[0] = 0.0
        check_reach(length, parent, labels, np.argsort(place))
    return OrderedColumns(
        parent,
        names,
        leaves,
        length=length,
        labels=tuple(labels),
        heights=at,
        ranks=None,
        rank_order=None,
    )


def read_sklearn(model: Any, classes: object) -> TreeColumns:
    """Read a fitted AgglomerativeClustering, as `ClassTree.from_sklearn` has it."""
    names = checks.class_names(classes, "the classes of the clustering", TreeError)
    merges = getattr(model, "children_", None)
    if merges is None:
        raise TreeError(
            f"from_sklearn takes a fitted AgglomerativeClustering; {type(model).__name__} has no "
            "merges (children_): call fit() first."
        )
    pairs = np.asarray(merges, dtype=np.int64)
    leaves = int(getattr(model, "n_leaves_", len(pairs) + 1))
    if len(names) != leaves:
        raise TreeError(
            f"the model was fitted to {leaves} samples, but {len(names)} names are given."
        )
    if len(pairs) != leaves - 1:
        raise TreeError(
            f"the model stopped after {len(pairs)} of {leaves - 1} merges; fit it with "
            "compute_full_tree=True."
        )
    heights = getattr(model, "distances_", None)
    if heights is not None:
        heights = checks.numeric(heights, "the merge heights of the model", TreeError)
    return _columns_of_merges(pairs, heights, names)


@door
def to_linkage(tree: TreeLike, /) -> NDArray[np.float64]:
    """Return a binary tree as a scipy linkage matrix; observation i is ``tree.classes[i]``.

    Heights are the tree's merge heights, or else twice the distance of a node to the classes below,
    which must then be the same for all of them.

    Parameters
    ----------
    tree
        The tree. Every inner node needs exactly two children, and the classes must be the leaves.

    Returns
    -------
    ndarray, shape (C - 1, 4)
        Merges from low to high, as far as parts come before what they are merged to.

    Raises
    ------
    TreeError
        What is no dendrogram of the classes.

    Examples
    --------
    >>> from hiertools.readers import from_newick
    >>> to_linkage(from_newick("(c:1.5,(a:0.5,b:0.5):1);")).tolist()
    [[1.0, 2.0, 1.0, 2.0], [0.0, 3.0, 3.0, 3.0]]
    """
    children = tree.n_children
    if set(tree.class_node.tolist()) != set(np.flatnonzero(children == 0).tolist()):
        raise TreeError(
            "a linkage matrix has classes at the leaves only; this tree has classes at inner nodes "
            "or leaves that are none."
        )
    odd = np.flatnonzero((children != 0) & (children != 2))
    if odd.size:
        raise TreeError(
            f"a linkage matrix joins two parts at a time, but {odd.size} of "
            f"{int((children > 0).sum())} inner nodes have another number of children, first "
            f"{tree.labels[odd[0]] or f'node {odd[0]}'!r} with {children[odd[0]]}."
        )
    heights = tree.heights if tree.heights is not None else _ultrametric_heights(tree)
    sizes = tree.clade_stop - tree.clade_start
    cluster = np.full(tree.n_nodes, -1, dtype=np.int64)
    cluster[tree.class_node] = np.arange(tree.n_classes)
    parts: list[list[int]] = [[] for _ in range(tree.n_nodes)]
    for node, up in enumerate(tree.parent.tolist()):
        if node:
            parts[up].append(node)
    waiting = [sum(bool(parts[part]) for part in pair) for pair in parts]
    # Lowest first; of equal heights the deeper-first order keeps parts before wholes.
    ready = [(heights[n], -n) for n, pair in enumerate(parts) if pair and not waiting[n]]
    heapq.heapify(ready)
    merges = np.empty((tree.n_classes - 1, 4))
    for row in range(len(merges)):
        height, negative = heapq.heappop(ready)
        node = -negative
        first, second = sorted(int(cluster[part]) for part in parts[node])
        merges[row] = first, second, height, sizes[node]
        cluster[node] = tree.n_classes + row
        up = int(tree.parent[node])
        if up >= 0:
            waiting[up] -= 1
            if not waiting[up]:
                heapq.heappush(ready, (heights[up], -up))
    return merges


def _ultrametric_heights(tree: TreeLike) -> NDArray[np.float64]:
    below = tree.root_distance[tree.class_node]
    spread = float(below.max() - below.min())
    if spread > 1e-9 * max(float(below.max()), 1e-300):
        raise TreeError(
            "a linkage matrix needs merge heights; this tree has none, and its classes lie at "
            f"different distances from the root ({below.min():g} to {below.max():g})."
        )
    heights: NDArray[np.float64] = 2 * (below.max() - tree.root_distance)
    heights[tree.class_node] = 0.0
    return heights
